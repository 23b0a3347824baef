//! How fluctuations shrink with the volume, and whether the linear-noise equation gives their size.

use serde::{Deserialize, Serialize};

use super::stochastic::{positive, simulate, specimen_of, zoo_problem};
use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::linear_noise::linear_noise;
use crate::cases::thermodynamic_uncertainty::ode::Tolerances;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`VolumeScaling`].
///
/// | name | smoke | paper | purpose | range |
/// |---|---|---|---|---|
/// | `networks` | assoc, brus | same | zoo networks | ids of the zoo |
/// | `volumes` | 10, 100, 1000, 10⁴ | same | where the variance is measured | two or more, positive |
/// | `runs` | 4,000 | 20,000 | runs at each volume | ≥ 2 |
/// | `time` | 0.1 | 0.1 | when | positive |
/// | `comparison_volume` | 1000 | 1000 | where the variance is held against linear noise | positive |
/// | `comparison_runs` | 20,000 | 20,000 | runs there | ≥ 2 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingParams {
    pub networks: Vec<String>,
    pub volumes: Vec<f64>,
    pub runs: usize,
    pub time: f64,
    pub comparison_volume: f64,
    pub comparison_runs: usize,
}

impl ScalingParams {
    /// A few seconds.
    pub fn smoke() -> Self {
        Self {
            networks: vec!["assoc".into(), "brus".into()],
            volumes: vec![1e1, 1e2, 1e3, 1e4],
            runs: 4_000,
            time: 0.1,
            comparison_volume: 1e3,
            comparison_runs: 20_000,
        }
    }

    /// Twenty thousand runs throughout.
    pub fn paper() -> Self {
        Self { runs: 20_000, ..Self::smoke() }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.volumes.len() >= 2, "number of volumes", self.volumes.len(), "at least 2")?;
        for &volume in self.volumes.iter().chain([&self.comparison_volume]) {
            positive("volume", volume)?;
        }
        let runs = self.runs.min(self.comparison_runs);
        require(runs >= 2, "runs", runs, "at least 2")?;
        positive("time", self.time)
    }
}

/// `V·Var(x)` of one species against the volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeciesScaling {
    pub network: String,
    pub species: String,
    pub volumes: Vec<f64>,
    /// `V·Var(x)` at each volume.
    pub scaled_variances: Vec<f64>,
    /// Least-squares slope of `ln Var(x)` against `ln V`.
    pub slope: f64,
    /// Its standard error from the sampling of the variances.
    pub slope_error: f64,
    /// `V·Var(x)` at the volume of the comparison.
    pub compared: f64,
    /// What the linear-noise equation gives.
    pub linear_noise: f64,
    /// Their difference in standard errors of a sample variance, `√(2/(n−1))` of it.
    pub deviation: f64,
}

impl SpeciesScaling {
    /// Whether the slope is −1 ± 0.05.
    pub fn slope_holds(&self) -> bool {
        (self.slope + 1.0).abs() <= 0.05
    }

    /// Whether simulation and linear noise agree within four standard errors.
    pub fn linear_noise_holds(&self) -> bool {
        self.deviation.abs() <= 4.0
    }
}

/// Slopes and linear noise for every species of the networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingOutcome {
    pub species: Vec<SpeciesScaling>,
}

/// Runs each network from exact counts at its table state, over volumes.
pub struct VolumeScaling;

impl Experiment for VolumeScaling {
    type Params = ScalingParams;
    type Outcome = ScalingOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_scaling";

    fn run(params: &ScalingParams, bench: &Workbench) -> Result<ScalingOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let mut species = Vec::new();
        for id in &params.networks {
            let variances = |volume: f64, runs: usize| -> Result<Vec<f64>, CaseError> {
                let problem = zoo_problem(Self::NAME, id, volume)?;
                let task = format!("{} {id} V={volume}", Self::NAME);
                let found = simulate(Self::NAME, &problem, &[params.time], runs, &task, bench)?;
                Ok((0..found.columns.len()).map(|c| found.variance(0, c) / volume).collect())
            };
            let scaled = params.volumes.iter().map(|&v| variances(v, params.runs)).collect::<Result<Vec<_>, _>>()?;
            let compared = variances(params.comparison_volume, params.comparison_runs)?;
            let specimen = specimen_of(Self::NAME, id)?;
            let tolerances = Tolerances { relative: 1e-10, absolute: vec![1e-12] };
            let noise =
                linear_noise(&specimen.network, &specimen.state, &[0.0, params.time], &tolerances, bench.monitor)
                    .map_err(raise(Self::NAME))?;
            for (i, name) in specimen.network.species().iter().enumerate() {
                let scaled_variances: Vec<f64> = scaled.iter().map(|row| row[i]).collect();
                let (slope, slope_error) = slope(&params.volumes, &scaled_variances, params.runs);
                let expected = noise.covariances[1][[i, i]];
                let standard_error = (2.0 / (params.comparison_runs as f64 - 1.0)).sqrt() * expected;
                species.push(SpeciesScaling {
                    network: id.clone(),
                    species: name.clone(),
                    volumes: params.volumes.clone(),
                    scaled_variances,
                    slope,
                    slope_error,
                    compared: compared[i],
                    linear_noise: expected,
                    deviation: (compared[i] - expected) / standard_error,
                });
            }
        }
        Ok(ScalingOutcome { species })
    }
}

/// Slope of `ln(scaled/V)` against `ln V`, and its standard error when each variance comes from `runs` runs.
fn slope(volumes: &[f64], scaled: &[f64], runs: usize) -> (f64, f64) {
    let x: Vec<f64> = volumes.iter().map(|v| v.ln()).collect();
    let y: Vec<f64> = volumes.iter().zip(scaled).map(|(v, s)| (s / v).ln()).collect();
    let centre = x.iter().sum::<f64>() / x.len() as f64;
    let spread: f64 = x.iter().map(|x| (x - centre).powi(2)).sum();
    let slope = x.iter().zip(&y).map(|(x, y)| (x - centre) * y).sum::<f64>() / spread;
    (slope, (2.0 / (runs as f64 - 1.0) / spread).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn slopes_and_linear_noise_hold_and_the_equation_has_its_pins() {
        let params = ScalingParams {
            volumes: vec![100.0, 400.0, 1600.0],
            runs: 1500,
            comparison_runs: 3000,
            ..ScalingParams::smoke()
        };
        let outcome = run::<VolumeScaling>(&params).expect("no faults");
        assert_eq!(outcome.species.len(), 5);
        for species in &outcome.species {
            assert!((species.slope + 1.0).abs() < 5.0 * species.slope_error + 0.02, "{species:?}");
            assert!(species.linear_noise_holds(), "{species:?}");
        }
        // Pins of the case at t = 0.1.
        for (k, pin) in [(0, 0.085115276129), (3, 0.806326282884), (4, 0.640761968929)] {
            assert!((outcome.species[k].linear_noise / pin - 1.0).abs() < 1e-8, "{:?}", outcome.species[k]);
        }
    }

    #[test]
    fn the_slope_of_a_power_is_its_exponent() {
        let (found, error) = slope(&[1.0, 10.0, 100.0], &[2.0, 2.0, 2.0], 101);
        assert!((found + 1.0).abs() < 1e-12);
        let spread = 2.0 * 10.0_f64.ln().powi(2);
        assert!((error - (0.02 / spread).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn bad_settings_are_refused() {
        assert!(ScalingParams { volumes: vec![1.0], ..ScalingParams::smoke() }.check().is_err());
        assert!(ScalingParams { time: -1.0, ..ScalingParams::smoke() }.check().is_err());
        assert!(ScalingParams::paper().check().is_ok());
    }
}
