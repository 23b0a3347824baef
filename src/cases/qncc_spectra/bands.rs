//! Bands with free centres and widths on a straight baseline, as a laboratory fits an absorbance spectrum.
//!
//! `y ≈ offset + slope · u + Σ h_k p(x; c_k, w_k)` with heights `h_k ≥ 0` and `u` the axis scaled to −1…1. The heights and the
//! baseline are linear and are projected out; centres and widths are searched between their bounds ([`super::fit`]). Axis and
//! profile belong together: Gaussians and Lorentzians for wavenumbers, Drude profiles for wavelengths.

use serde::{Deserialize, Serialize};

use super::fit::{Basis, Fit, FitError, Options, Parameter, Problem, fit};
use super::profiles::{self, Slopes};
use crate::display::Monitor;

/// The shape of all bands of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    Drude,
    Gaussian,
    Lorentzian,
}

impl Profile {
    /// The profile, one at its centre.
    pub fn value(self, x: f64, centre: f64, fwhm: f64) -> f64 {
        match self {
            Profile::Drude => profiles::drude(x, centre, fwhm),
            Profile::Gaussian => profiles::gaussian(x, centre, fwhm),
            Profile::Lorentzian => profiles::lorentzian(x, centre, fwhm),
        }
    }

    fn slopes(self, x: f64, centre: f64, fwhm: f64) -> Slopes {
        match self {
            Profile::Drude => profiles::drude_slopes(x, centre, fwhm),
            Profile::Gaussian => profiles::gaussian_slopes(x, centre, fwhm),
            Profile::Lorentzian => profiles::lorentzian_slopes(x, centre, fwhm),
        }
    }
}

/// A band to be fitted; all numbers in the unit of the axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreeBand {
    /// Where the search starts.
    pub centre: f64,
    /// Where the search starts.
    pub fwhm: f64,
    /// Lowest and highest centre.
    pub centre_bounds: (f64, f64),
    /// Smallest and largest width.
    pub fwhm_bounds: (f64, f64),
}

impl FreeBand {
    /// A band whose centre may move by `reach` either way and whose width by a factor of `factor`.
    pub fn around(centre: f64, fwhm: f64, reach: f64, factor: f64) -> Self {
        let (centre_bounds, fwhm_bounds) = ((centre - reach, centre + reach), (fwhm / factor, fwhm * factor));
        Self { centre, fwhm, centre_bounds, fwhm_bounds }
    }
}

/// Why the bands couldn't be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BandError {
    #[error(
        "band {band} starts at centre {centre} and width {fwhm}, outside of its bounds; start within them, and with a width above 0"
    )]
    Start { band: usize, centre: f64, fwhm: f64 },
    #[error("found {points} points for {parameters} free parameters; give more points or fewer bands")]
    TooFewPoints { points: usize, parameters: usize },
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// A fitted band. An error is `None` for what ended at a bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedBand {
    pub centre: f64,
    pub centre_error: Option<f64>,
    pub fwhm: f64,
    pub fwhm_error: Option<f64>,
    /// Height above the baseline.
    pub height: f64,
    pub height_error: Option<f64>,
}

/// Bands and baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandFit {
    /// In the order of the starts.
    pub bands: Vec<FittedBand>,
    /// The baseline at the first and the last point.
    pub baseline: (f64, f64),
    /// Points minus free parameters.
    pub freedom: usize,
    /// The fit itself: coefficients are offset, slope and heights; shapes are centre and width of each band in turn.
    pub fit: Fit,
}

/// Fits bands of one profile and a straight baseline to a spectrum with one-σ errors.
///
/// Errors are formal: multiply them by `√(χ²/freedom)` where `sigma` isn't known to be the noise.
///
/// # Errors
/// A start outside of its bounds, too few points, and what [`fit`] raises.
pub fn fit_bands(
    (x, y, sigma): (&[f64], &[f64], &[f64]),
    profile: Profile,
    starts: &[FreeBand],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<BandFit, BandError> {
    for (band, start) in starts.iter().enumerate() {
        let within = |value: f64, (low, high): (f64, f64)| low <= value && value <= high;
        let FreeBand { centre, fwhm, centre_bounds, fwhm_bounds } = start.clone();
        if !(within(centre, centre_bounds) && within(fwhm, fwhm_bounds) && fwhm_bounds.0 > 0.0) {
            return Err(BandError::Start { band, centre, fwhm });
        }
    }
    let parameters = LINE + 3 * starts.len();
    if x.len() < parameters {
        return Err(BandError::TooFewPoints { points: x.len(), parameters });
    }
    let basis = Bands::new(x, profile, starts.len());
    let pairs = |f: &dyn Fn(&FreeBand) -> [f64; 2]| -> Vec<f64> { starts.iter().flat_map(f).collect() };
    let problem = Problem {
        basis: &basis,
        y,
        sigma,
        non_negative: (0..basis.columns()).map(|column| column >= LINE).collect(),
        lower: pairs(&|band| [band.centre_bounds.0, band.fwhm_bounds.0]),
        upper: pairs(&|band| [band.centre_bounds.1, band.fwhm_bounds.1]),
    };
    let found = fit(&problem, &pairs(&|band| [band.centre, band.fwhm]), options, monitor)?;
    let error = |parameter| found.covariance.sigma(parameter);
    let bands = (0..starts.len())
        .map(|k| FittedBand {
            centre: found.shapes[2 * k],
            centre_error: error(Parameter::Shape(2 * k)),
            fwhm: found.shapes[2 * k + 1],
            fwhm_error: error(Parameter::Shape(2 * k + 1)),
            height: found.coefficients[LINE + k],
            height_error: error(Parameter::Coefficient(LINE + k)),
        })
        .collect();
    let (offset, slope) = (found.coefficients[0], found.coefficients[1]);
    let ends = (basis.scaled(x[0]), basis.scaled(x[x.len() - 1]));
    let baseline = (offset + slope * ends.0, offset + slope * ends.1);
    Ok(BandFit { bands, baseline, freedom: x.len() - parameters, fit: found })
}

/// Columns of the baseline: constant and slope.
const LINE: usize = 2;

/// The columns: constant, slope, then one for each band.
struct Bands<'a> {
    x: &'a [f64],
    profile: Profile,
    middle: f64,
    half: f64,
    /// Shapes of each column.
    depends: Vec<Vec<usize>>,
}

impl<'a> Bands<'a> {
    fn new(x: &'a [f64], profile: Profile, bands: usize) -> Self {
        let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        let mut depends = vec![Vec::new(); LINE];
        depends.extend((0..bands).map(|k| vec![2 * k, 2 * k + 1]));
        Self { x, profile, middle: 0.5 * (low + high), half: (0.5 * (high - low)).max(f64::MIN_POSITIVE), depends }
    }

    fn scaled(&self, x: f64) -> f64 {
        (x - self.middle) / self.half
    }
}

impl Basis for Bands<'_> {
    fn rows(&self) -> usize {
        self.x.len()
    }

    fn columns(&self) -> usize {
        self.depends.len()
    }

    fn shapes(&self) -> usize {
        2 * (self.depends.len() - LINE)
    }

    fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]) {
        let value = |x: f64| match j {
            0 => 1.0,
            1 => self.scaled(x),
            _ => self.profile.value(x, shapes[2 * (j - LINE)], shapes[2 * (j - LINE) + 1]),
        };
        out.iter_mut().zip(self.x).for_each(|(out, x)| *out = value(*x));
    }

    fn depends(&self, j: usize) -> &[usize] {
        &self.depends[j]
    }

    fn derivative(&self, j: usize, s: usize, shapes: &[f64], out: &mut [f64]) {
        let band = 2 * (j - LINE);
        for (out, x) in out.iter_mut().zip(self.x) {
            let slopes = self.profile.slopes(*x, shapes[band], shapes[band + 1]);
            *out = if s == band { slopes.by_centre } else { slopes.by_width };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::stand_in::{self, StandIn};
    use crate::cases::qncc_spectra::test_files;
    use crate::display::Silent;

    #[test]
    fn derivatives_are_those_of_the_columns() {
        let x: Vec<f64> = (0..40).map(|i| 7.0 + 0.05 * f64::from(i)).collect();
        for profile in [Profile::Drude, Profile::Gaussian, Profile::Lorentzian] {
            let basis = Bands::new(&x, profile, 2);
            let shapes = [7.6, 0.4, 8.3, 0.7];
            for (j, depends) in basis.depends.iter().enumerate() {
                for &s in depends {
                    let mut slope = vec![0.0; x.len()];
                    basis.derivative(j, s, &shapes, &mut slope);
                    let at = |step: f64| {
                        let mut moved = shapes;
                        moved[s] += step;
                        let mut out = vec![0.0; x.len()];
                        basis.column(j, &moved, &mut out);
                        out
                    };
                    let (up, down) = (at(1e-6), at(-1e-6));
                    let worst = (0..x.len()).map(|i| (slope[i] - (up[i] - down[i]) / 2e-6).abs()).fold(0.0, f64::max);
                    assert!(worst < 1e-7, "{profile:?} column {j} shape {s}: {worst}");
                }
            }
        }
    }

    /// Claim 5: the stack of 60 galaxies near 3.3 µm. The 32 points are those between 3.1 and 3.75 µm without the ends.
    #[test]
    fn the_1c_stack_has_its_two_bands_where_the_case_says() {
        let Some(rows) = test_files::numbers("lai2020_1c_stack_akari_spitzer.ecsv") else { return };
        let rows: Vec<Vec<f64>> = rows.into_iter().filter(|row| row[0] > 3.1 && row[0] < 3.75).collect();
        assert_eq!(rows.len(), 32);
        let column = |k| test_files::column(&rows, k);
        let starts = [
            FreeBand { centre: 3.29, fwhm: 0.06, centre_bounds: (3.25, 3.33), fwhm_bounds: (0.02, 0.2) },
            FreeBand { centre: 3.42, fwhm: 0.10, centre_bounds: (3.38, 3.50), fwhm_bounds: (0.03, 0.4) },
        ];
        let found = fit_bands(
            (&column(0), &column(1), &column(2)),
            Profile::Drude,
            &starts,
            &Options { tolerance: 1e-13, ..Options::default() },
            &Silent,
        )
        .unwrap();
        eprintln!("χ² {:.6} {:?}", found.fit.chi2, found.bands);
        assert!((found.bands[0].centre - 3.288).abs() < 5e-4, "{}", found.bands[0].centre);
        assert!((found.bands[1].centre - 3.437).abs() < 6e-4, "{}", found.bands[1].centre);
        // SciPy's trust region finds 1.309462; the case rounds to 1.310
        assert!((found.fit.chi2 - 1.309462).abs() < 1e-5, "{}", found.fit.chi2);
        assert!(found.fit.at_bound.iter().all(|bound| !bound));
    }

    fn starts(bands: &StandIn) -> Vec<FreeBand> {
        // starts beside the truth, so that the fit has something to find
        let start = |(k, band): (usize, &stand_in::Band)| {
            let aside = if k % 2 == 0 { 0.1 } else { -0.1 };
            let (centre, fwhm) = (band.center_per_cm + aside * band.fwhm, band.fwhm * (1.0 - aside));
            FreeBand::around(centre, fwhm, 0.5 * band.fwhm, 2.0)
        };
        bands.absorbance.iter().enumerate().map(start).collect()
    }

    /// Claim 8: the 8 µm band of the noisy stand-in is found, and formal errors are the scatter of replicates.
    #[test]
    fn the_stand_in_has_its_8_um_band_and_errors_are_honest() {
        let name = "SYNTHETIC_standin_bands.csv";
        let Some(text) = test_files::text(name) else { return };
        let bands = StandIn::parse(name, &text).unwrap();
        let (x, starts) = (stand_in::absorbance_grid(), starts(&bands));
        let main = bands.absorbance.iter().position(|band| band.center_um == 8.0).unwrap();
        let sigma = vec![bands.absorbance_sigma(0.005); x.len()];
        let options = Options { starts: 1, ..Options::default() };
        let (mut centres, mut formal) = (Vec::new(), 0.0);
        let replicates = 120;
        for index in 0..replicates {
            let y = bands.recorded_absorbance(&x, 0.005, 1, index);
            let found = fit_bands((&x, &y, &sigma), Profile::Gaussian, &starts, &options, &Silent).unwrap();
            assert!(found.fit.converged && (found.fit.chi2 / found.freedom as f64 - 1.0).abs() < 0.2);
            let band = &found.bands[main];
            // dλ = λ²/10⁴ dν
            centres.push(1e4 / band.centre);
            formal += band.centre_error.unwrap() * 64.0 / 1e4 / replicates as f64;
        }
        let mean = centres.iter().sum::<f64>() / replicates as f64;
        let scatter = (centres.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (replicates as f64 - 1.0)).sqrt();
        eprintln!("first {:.5} mean {mean:.6} scatter {scatter:.6} formal {formal:.6}", centres[0]);
        assert!((mean - 8.0).abs() < 3.0 * scatter / (replicates as f64).sqrt(), "{mean}");
        assert!((mean - 8.0).abs() < 5e-4 && scatter < 5e-4);
        // the scatter of 120 replicates is itself known to 6.5 %
        assert!((formal / scatter - 1.0).abs() < 0.2, "formal {formal} scatter {scatter}");
    }

    #[test]
    fn faults_say_what_was_found() {
        let (x, one) = ([1.0, 2.0, 3.0, 4.0], [1.0; 4]);
        let go = |start: FreeBand| {
            fit_bands((&x, &one, &one), Profile::Drude, &[start], &Options::default(), &Silent).unwrap_err()
        };
        let outside = FreeBand { centre: 9.0, ..FreeBand::around(2.0, 0.5, 0.1, 2.0) };
        assert_eq!(go(outside), BandError::Start { band: 0, centre: 9.0, fwhm: 0.5 });
        assert_eq!(go(FreeBand::around(2.0, 0.5, 0.1, 2.0)), BandError::TooFewPoints { points: 4, parameters: 5 });
        let no_width = FreeBand { fwhm_bounds: (0.0, 1.0), ..FreeBand::around(2.0, 0.5, 0.1, 2.0) };
        assert!(matches!(go(no_width), BandError::Start { .. }));
    }
}
