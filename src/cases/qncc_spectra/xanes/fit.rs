//! One model fitted to one spectrum.

use serde::{Deserialize, Serialize};

use super::model::{CONSTANT, Columns, FIRST_PEAK, Model, SLOPE, STEP};
use crate::cases::qncc_spectra::fit::separable::{Basis, Fit, Options, Problem, fit as fit_separable};
use crate::cases::qncc_spectra::fit::{FitError, Parameter, bic, upper_limits};
use crate::display::Monitor;

/// Why a spectrum could not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum XanesError {
    /// A model that no fit can handle.
    #[error("model `{model}`: {what}")]
    Model { model: String, what: String },
    /// Inputs of different lengths.
    #[error(
        "found {energies} energies, {values} values and {errors} errors; give one value and one error for each energy"
    )]
    Lengths { energies: usize, values: usize, errors: usize },
    /// An energy axis that is not ascending.
    #[error("energy {found} eV at index {index} follows {before} eV; sort the energies and drop repeated ones")]
    Unsorted { index: usize, found: f64, before: f64 },
    /// Too few points for the model.
    #[error("{points} points for up to {parameters} parameters of model `{model}`; widen the range or drop a peak")]
    TooFew { points: usize, parameters: usize, model: String },
    /// An amine without its rival.
    #[error(
        "the models have amine but not amide: both absorb near 401.4 eV or above, so neither may be named without the \
         other having been tried; add amide"
    )]
    AmineAlone,
    /// Nothing to compare.
    #[error("no model to compare; name some of imine, nitrile, amide, amine")]
    NoModels,
    /// Two scans that don't overlap.
    #[error(
        "the reference scan covers {low}–{high} eV, but the sample was scanned at {found} eV; use a reference of the same range"
    )]
    Reference { low: f64, high: f64, found: f64 },
    /// A current that can't be divided by.
    #[error("{what} is {found} at {energy} eV; a current above zero is needed to divide by it")]
    Current { what: &'static str, found: f64, energy: f64 },
    /// The fit itself.
    #[error("model `{model}`: {source}")]
    Fit {
        model: String,
        #[source]
        source: FitError,
    },
}

/// How high a component is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Height {
    /// A positive height with its formal σ.
    Found { value: f64, sigma: f64 },
    /// Zero; below this value with 95 % confidence, the other components fitted again.
    Limit(f64),
}

impl Height {
    /// The height: zero where there is only a limit.
    pub fn value(self) -> f64 {
        match self {
            Height::Found { value, .. } => value,
            Height::Limit(_) => 0.0,
        }
    }
}

/// One peak of a fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeakFit {
    pub name: String,
    /// Centre in eV.
    pub center: f64,
    /// Its formal σ in eV; `None` for a fixed centre, one at a bound or a peak of no height.
    pub center_sigma: Option<f64>,
    /// Whether the centre ended on a bound.
    pub at_bound: bool,
    /// Full width at half maximum, in eV.
    pub fwhm: f64,
    pub height: Height,
    /// The peak at every energy.
    pub curve: Vec<f64>,
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct XanesFit {
    pub model: String,
    /// Energies in eV.
    pub energy: Vec<f64>,
    /// The model at every energy.
    pub curve: Vec<f64>,
    /// The pre-edge line at every energy.
    pub line: Vec<f64>,
    /// The step alone at every energy.
    pub step: Vec<f64>,
    /// Position of the step in eV, and its formal σ where it was free.
    pub edge_position: (f64, Option<f64>),
    /// Width of the step, in eV.
    pub edge_width: f64,
    pub step_height: Height,
    pub peaks: Vec<PeakFit>,
    pub chi2: f64,
    pub points: usize,
    /// Positive coefficients, the two of the line, and free shapes of components that are there.
    pub parameters: usize,
    /// `χ² + parameters · ln points`.
    pub bic: f64,
    /// Largest violation of the optimality conditions of the heights.
    pub kkt: f64,
}

impl XanesFit {
    /// χ² per degree of freedom.
    pub fn reduced(&self) -> f64 {
        self.chi2 / self.points.saturating_sub(self.parameters).max(1) as f64
    }

    /// `χ²/scale² + parameters · ln points`: the criterion when every error is `scale` times as large.
    pub fn bic_with_errors_times(&self, scale: f64) -> f64 {
        bic(self.chi2 / (scale * scale), self.points, self.parameters)
    }

    /// The peak of a name.
    pub fn peak(&self, name: &str) -> Option<&PeakFit> {
        self.peaks.iter().find(|peak| peak.name == name)
    }
}

/// Rise of χ² at which a coefficient is below its limit with 95 %, one-sided: 1.644854².
const ONE_SIDED_95: f64 = 2.705_543_454_095_41;

/// Fits a model to absorption `y` with one-σ errors `sigma` at ascending energies in eV.
///
/// # Errors
/// [`XanesError`]: unsuitable input or model, or a fit that failed or was interrupted.
pub fn fit(
    model: &Model,
    energy: &[f64],
    y: &[f64],
    sigma: &[f64],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<XanesFit, XanesError> {
    model.check()?;
    check_input(energy, y, sigma)?;
    let most = FIRST_PEAK + 3 * model.peaks.len() + 4;
    if energy.len() <= most {
        return Err(XanesError::TooFew { points: energy.len(), parameters: most, model: model.name.clone() });
    }
    let columns = Columns::new(model, energy);
    let start: Vec<f64> = columns.ranges.iter().map(|range| range.middle()).collect();
    let problem = Problem {
        basis: &columns,
        y,
        sigma,
        non_negative: (0..columns.columns()).map(|j| j >= STEP).collect(),
        lower: columns.ranges.iter().map(|range| range.low).collect(),
        upper: columns.ranges.iter().map(|range| range.high).collect(),
    };
    let found = fit_separable(&problem, &start, options, monitor)
        .map_err(|source| XanesError::Fit { model: model.name.clone(), source })?;
    let limits = upper_limits(&problem, &found, ONE_SIDED_95)
        .map_err(|source| XanesError::Fit { model: model.name.clone(), source })?;
    Ok(collect(model, &columns, energy, &limits, &found))
}

fn check_input(energy: &[f64], y: &[f64], sigma: &[f64]) -> Result<(), XanesError> {
    if energy.len() != y.len() || energy.len() != sigma.len() {
        return Err(XanesError::Lengths { energies: energy.len(), values: y.len(), errors: sigma.len() });
    }
    match energy.windows(2).position(|pair| pair[1] <= pair[0] || pair[1].is_nan() || pair[0].is_nan()) {
        Some(index) => Err(XanesError::Unsorted { index: index + 1, found: energy[index + 1], before: energy[index] }),
        None => Ok(()),
    }
}

fn collect(model: &Model, columns: &Columns, energy: &[f64], limits: &[Option<f64>], found: &Fit) -> XanesFit {
    let points = energy.len();
    let unit = |j: usize| {
        let mut column = vec![0.0; points];
        columns.column(j, &found.shapes, &mut column);
        column
    };
    let scaled = |j: usize| -> Vec<f64> {
        let coefficient = found.coefficients[j];
        unit(j).into_iter().map(|value| coefficient * value).collect()
    };
    let height = |j: usize| match found.coefficients[j] {
        0.0 => Height::Limit(limits[j].unwrap_or(f64::INFINITY)),
        value => {
            let sigma = found.covariance.sigma(Parameter::Coefficient(j)).unwrap_or(f64::INFINITY);
            Height::Found { value, sigma }
        }
    };
    let shape_sigma = |shape: usize| found.covariance.sigma(Parameter::Shape(shape));
    let peaks = model.peaks.iter().enumerate().map(|(index, peak)| {
        let (center, fwhm) = columns.peak(index, &found.shapes);
        let shape = columns.center_shape(index);
        PeakFit {
            name: peak.name.clone(),
            center,
            center_sigma: shape.and_then(shape_sigma),
            at_bound: shape.is_some_and(|shape| found.at_bound[shape]),
            fwhm,
            height: height(FIRST_PEAK + index),
            curve: scaled(FIRST_PEAK + index),
        }
    });
    let peaks = peaks.collect();
    let (edge_position, edge_width) = columns.step(&found.shapes);
    let active = |j: usize| j == CONSTANT || j == SLOPE || found.coefficients[j] != 0.0;
    let used = (0..columns.columns()).filter(|j| active(*j));
    let mut shapes: Vec<usize> = used.clone().flat_map(|j| columns.depends(j).iter().copied()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    let parameters = used.count() + shapes.len();
    let line = scaled(CONSTANT).into_iter().zip(scaled(SLOPE)).map(|(constant, slope)| constant + slope).collect();
    XanesFit {
        model: model.name.clone(),
        energy: energy.to_vec(),
        curve: found.model.clone(),
        line,
        step: scaled(STEP),
        edge_position: (edge_position, columns.edge_shape().and_then(shape_sigma)),
        edge_width,
        step_height: height(STEP),
        peaks,
        chi2: found.chi2,
        points,
        parameters,
        bic: bic(found.chi2, points, parameters),
        kkt: found.kkt,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Peak, Range};
    use super::*;
    use crate::display::Silent;

    fn model() -> Model {
        Model {
            name: "two peaks".into(),
            edge: Edge::Arctangent,
            edge_position: Range::new(404.0, 407.0),
            edge_width: Range::fixed(2.0),
            fwhm: Range::new(0.4, 1.6),
            growth: Range::fixed(0.0),
            anchor: 398.0,
            peaks: vec![Peak::growing("there", Range::new(398.5, 399.2)), Peak::growing("absent", Range::fixed(401.4))],
        }
    }

    /// A line, a step, a peak at 398.8 eV, and one of this height at 401.4 eV.
    fn planted(second: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let energy: Vec<f64> = (0..200).map(|k| 393.0 + 0.1 * f64::from(k)).collect();
        let value = |e: &f64| {
            let peak = |centre: f64| (-4.0 * std::f64::consts::LN_2 * ((e - centre) / 0.9).powi(2)).exp();
            let step = 0.5 * (0.5 + (e - 405.2).atan() / std::f64::consts::PI);
            0.1 + 0.01 * (e - 393.0) + step + 0.7 * peak(398.8) + second * peak(401.4)
        };
        let y = energy.iter().map(value).collect();
        let sigma = vec![0.01; energy.len()];
        (energy, y, sigma)
    }

    fn fitted(second: f64) -> XanesFit {
        let (energy, y, sigma) = planted(second);
        fit(&model(), &energy, &y, &sigma, &Options::default(), &Silent).unwrap()
    }

    #[test]
    fn planted_parameters_come_back() {
        let found = fitted(0.05);
        let there = found.peak("there").unwrap();
        assert!(found.chi2 < 1e-6, "{}", found.chi2);
        assert!((there.center - 398.8).abs() < 1e-4 && (there.fwhm - 0.9).abs() < 1e-3);
        assert!((there.height.value() - 0.7).abs() < 1e-3);
        assert!((found.edge_position.0 - 405.2).abs() < 1e-3);
        let Height::Found { value, sigma } = found.peak("absent").unwrap().height else { panic!("{found:?}") };
        // σ of the height of a lone Gaussian on an even grid: σ √(step/FWHM) (8 ln 2/π)^¼ = 0.0038; the line makes it more.
        assert!((value - 0.05).abs() < 1e-4 && (0.0038..0.0076).contains(&sigma), "{value} {sigma}");
        // Constant, slope, step, two peaks; edge position, centre, common width.
        assert_eq!(found.parameters, 5 + 3);
        assert!((found.bic - found.chi2 - 8.0 * 200.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn where_the_data_dip_the_peak_is_absent_and_has_a_limit() {
        let found = fitted(-0.01);
        let Height::Limit(limit) = found.peak("absent").unwrap().height else { panic!("{found:?}") };
        // 1.645 σ if the dip weren't there; as it is, a little less.
        assert!((0.001..1.645 * 0.0076).contains(&limit), "{limit}");
        let there = found.peak("there").unwrap();
        assert!((there.center - 398.8).abs() < 0.01 && (there.height.value() - 0.7).abs() < 0.01, "{there:?}");
        assert!(found.peak("absent").unwrap().center_sigma.is_none());
        // Constant, slope, step, one peak; edge position, centre, common width.
        assert_eq!(found.parameters, 4 + 3);
    }

    #[test]
    fn unsuitable_input_is_refused() {
        let (mut energy, y, sigma) = planted(0.0);
        let said = |energy: &[f64], y: &[f64], sigma: &[f64]| {
            fit(&model(), energy, y, sigma, &Options::default(), &Silent).unwrap_err().to_string()
        };
        assert!(said(&energy, &y[..9], &sigma).contains("200 energies, 9 values and 200 errors"));
        assert!(said(&energy[..9], &y[..9], &sigma[..9]).contains("9 points"));
        assert!(said(&energy, &y, &[0.0; 200]).contains("error"), "{}", said(&energy, &y, &[0.0; 200]));
        energy.swap(10, 11);
        assert!(said(&energy, &y, &sigma).contains("index 11 follows"));
        energy[10] = f64::NAN;
        assert!(said(&energy, &y, &sigma).contains("sort the energies"));
    }
}
