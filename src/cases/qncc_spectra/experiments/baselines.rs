//! How the centre of the 8 µm band moves among baselines, on the absorbance stand-in with its real slope and noise.

use serde::{Deserialize, Serialize};

use super::stand_ins::{FILE as BANDS, bands};
use super::{CASE, raise, table};
use crate::cases::qncc_spectra::baseline::{Baseline, Centre, centres};
use crate::cases::qncc_spectra::readers::Selection;
use crate::cases::qncc_spectra::spectrum::{Opacity, Wavelength};
use crate::cases::qncc_spectra::stand_in::absorbance_grid;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Baselines`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub baselines: Vec<Baseline>,
    /// Where the band is sought, in cm⁻¹.
    pub window: (f64, f64),
    /// Noise, as a share of the 8 µm band's peak.
    pub noise: f64,
    /// Baselines under the nova with its continuum, in µm, and where its band is sought.
    pub observed: Vec<Baseline>,
    pub observed_window: (f64, f64),
    /// Optical depths at 9.7 µm of silicate in front of the nova, and its profile.
    pub depths: Vec<f64>,
    pub silicate: String,
    pub signal_to_noise: f64,
    pub seed: u64,
}

impl Params {
    /// Settings; `seed` feeds the noise.
    pub fn new(seed: u64) -> Self {
        let windows = vec![(650.0, 690.0), (1850.0, 2500.0), (3300.0, 4000.0)];
        Self {
            baselines: vec![
                Baseline::Linear { windows: windows.clone() },
                Baseline::Polynomial { degree: 3, windows },
                Baseline::Spline {
                    anchors: vec![665.0, 1000.0, 1780.0, 2200.0, 2600.0, 3400.0, 3900.0],
                    half_width: 15.0,
                    stiffness: 0.0,
                },
                Baseline::AsymmetricLeastSquares { stiffness: 1e7, asymmetry: 0.005 },
            ],
            window: (1050.0, 1420.0),
            noise: 0.005,
            observed: vec![
                Baseline::Linear { windows: vec![(5.0, 5.5), (9.9, 10.5), (13.0, 15.0)] },
                Baseline::Polynomial { degree: 3, windows: vec![(5.0, 5.5), (9.9, 10.5), (13.0, 15.0)] },
                Baseline::Spline { anchors: vec![5.2, 5.5, 10.2, 13.2, 14.7], half_width: 0.1, stiffness: 0.0 },
                Baseline::AsymmetricLeastSquares { stiffness: 1e4, asymmetry: 0.01 },
            ],
            observed_window: (7.0, 9.4),
            depths: vec![0.0, 0.5],
            silicate: "attenuation_smith2007_kvt.csv".into(),
            signal_to_noise: 50.0,
            seed,
        }
    }
}

/// The centre above one baseline, on both axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shifted {
    pub method: String,
    /// Peak in cm⁻¹ with its one σ, and in µm.
    pub peak_per_cm: f64,
    pub uncertainty_per_cm: f64,
    pub peak_um: f64,
    /// Centroid above half height, in µm.
    pub centroid_um: f64,
    /// Peak minus the planted centre, in µm.
    pub shift_um: f64,
}

/// The centres, in the order of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub shifts: Vec<Shifted>,
    /// The nova's band, for each optical depth.
    pub observed: Vec<(f64, Vec<Shifted>)>,
}

/// Baselines and the 8 µm centre.
pub struct Baselines;

/// The planted centres of absorbance and nova, in µm.
const PLANTED_UM: f64 = 8.0;
const PLANTED_NOVA_UM: f64 = 8.1;

impl Experiment for Baselines {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "baselines";

    fn inputs(params: &Params) -> Vec<String> {
        vec![BANDS.into(), params.silicate.clone()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let bands = bands(Self::NAME, bench)?;
        let grid = absorbance_grid();
        let recorded = bands.recorded_absorbance(&grid, params.noise, params.seed, 0);
        let found = centres(&grid, &recorded, params.window, &params.baselines).map_err(raise(Self::NAME))?;
        let shifted = |centre: Centre| {
            let peak_um = 1e4 / centre.peak;
            Shifted {
                method: centre.method,
                peak_per_cm: centre.peak,
                uncertainty_per_cm: centre.uncertainty,
                peak_um,
                centroid_um: 1e4 / centre.centroid,
                shift_um: peak_um - PLANTED_UM,
            }
        };
        let curve = table(Self::NAME, &params.silicate, bench)?
            .spectrum::<Wavelength, Opacity>(&Selection::default())
            .map_err(raise(Self::NAME))?;
        let x: Vec<f64> = (0..).map(|k| 5.0 * (f64::from(k) / 180.0).exp()).take_while(|x| *x <= 15.0).collect();
        let silicate = curve.interpolated(&x).map_err(raise(Self::NAME))?;
        let noise = bands.nova_noise(&x, params.signal_to_noise, params.seed, 0);
        let clean: Vec<f64> = bands.nova(&x).iter().zip(bands.continuum(&x)).map(|(a, b)| a + b).collect();
        let of_depth = |depth: &f64| -> Result<(f64, Vec<Shifted>), CaseError> {
            let dimmed = clean.iter().zip(&silicate).zip(&noise).map(|((y, ratio), n)| y * (-depth * ratio).exp() + n);
            let dimmed: Vec<f64> = dimmed.collect();
            let found = centres(&x, &dimmed, params.observed_window, &params.observed).map_err(raise(Self::NAME))?;
            Ok((*depth, found.into_iter().map(in_wavelength).collect()))
        };
        let observed = params.depths.iter().map(of_depth).collect::<Result<_, CaseError>>()?;
        Ok(Outcome { shifts: found.into_iter().map(shifted).collect(), observed })
    }
}

/// A centre that was found in µm.
fn in_wavelength(centre: Centre) -> Shifted {
    let per_um = 1e4 / (centre.peak * centre.peak);
    Shifted {
        method: centre.method,
        peak_per_cm: 1e4 / centre.peak,
        uncertainty_per_cm: centre.uncertainty * per_um,
        peak_um: centre.peak,
        centroid_um: centre.centroid,
        shift_um: centre.peak - PLANTED_NOVA_UM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn every_baseline_gives_a_centre_and_they_differ() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Baselines::run(&Params::new(1), &bench).unwrap();
        eprintln!("{:#?}", found.shifts);
        assert_eq!(found.shifts.len(), 4);
        assert!(found.shifts.iter().all(|shift| shift.shift_um.abs() < 0.02));
        eprintln!("{:#?}", found.observed);
        assert!(found.observed.iter().all(|(_, shifts)| shifts.len() == 4));
        assert!(found.shifts.iter().any(|shift| (shift.shift_um - found.shifts[0].shift_um).abs() > 1e-4));
    }
}
