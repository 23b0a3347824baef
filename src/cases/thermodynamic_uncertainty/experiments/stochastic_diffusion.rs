//! Whether the variance of a short increment is the diffusion coefficient: `V·Var(Δx)/(2Δt) → D`.

use serde::{Deserialize, Serialize};

use super::stochastic::{positive, simulate, specimen_of, zoo_problem};
use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::linear_noise::linear_noise;
use crate::cases::thermodynamic_uncertainty::ode::Tolerances;
use crate::cases::thermodynamic_uncertainty::stochastic::isomerisation_variance;
use crate::cases::thermodynamic_uncertainty::thermodynamics::scaled_diffusion;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`ShortTimeDiffusion`].
///
/// | name | smoke | paper | purpose | range |
/// |---|---|---|---|---|
/// | `volumes` | 10, 100, 1000 | and 10⁴ | sizes of the system | positive |
/// | `increments` | 12 from 10⁻³ to 0.5 | 16 | Δt | ascending, positive |
/// | `runs` | 4,000 | 20,000 | runs at each volume | ≥ 2 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionParams {
    pub volumes: Vec<f64>,
    pub increments: Vec<f64>,
    pub runs: usize,
}

impl DiffusionParams {
    /// A few seconds.
    pub fn smoke() -> Self {
        Self { volumes: vec![1e1, 1e2, 1e3], increments: log_spaced(1e-3, 0.5, 12), runs: 4_000 }
    }

    /// More runs and a larger volume.
    pub fn paper() -> Self {
        Self { volumes: vec![1e1, 1e2, 1e3, 1e4], increments: log_spaced(1e-3, 0.5, 16), runs: 20_000 }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        for &volume in &self.volumes {
            positive("volume", volume)?;
        }
        for &increment in &self.increments {
            positive("increment", increment)?;
        }
        require(self.runs >= 2, "runs", self.runs, "at least 2")
    }
}

/// `V·Var(Δx)/(2Δt)` of one species.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionCurves {
    pub network: String,
    pub species: String,
    /// The scaled diffusion coefficient at the start.
    pub diffusion: f64,
    pub increments: Vec<f64>,
    /// What the linear-noise equation gives at each increment; exact for the isomerisation, at every volume.
    pub expected: Vec<f64>,
    pub volumes: Vec<f64>,
    /// `measured[v][k]` at volume `v` and increment `k`.
    pub measured: Vec<Vec<f64>>,
    /// Standard error of a measured value over the value, `√(2/(n−1))`.
    pub relative_error: f64,
}

/// One set of curves per network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionOutcome {
    pub curves: Vec<DiffusionCurves>,
}

/// Simulates the isomerisation (exact law known) and the Brusselator from exact counts.
pub struct ShortTimeDiffusion;

impl Experiment for ShortTimeDiffusion {
    type Params = DiffusionParams;
    type Outcome = DiffusionOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_diffusion";

    fn run(params: &DiffusionParams, bench: &Workbench) -> Result<DiffusionOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let mut curves = Vec::new();
        for id in ["iso", "brus"] {
            let specimen = specimen_of(Self::NAME, id)?;
            let fluxes = specimen.network.fluxes(&specimen.state).map_err(raise(Self::NAME))?;
            let diffusion = scaled_diffusion(specimen.network.stoichiometry().view(), &fluxes)[0];
            let expected = if id == "iso" {
                let start = (specimen.state[0], specimen.state[1]);
                params.increments.iter().map(|&t| isomerisation_variance(2.0, 1.0, start, t) / (2.0 * t)).collect()
            } else {
                let mut times = vec![0.0];
                times.extend(&params.increments);
                let tolerances = Tolerances { relative: 1e-10, absolute: vec![1e-12] };
                let noise = linear_noise(&specimen.network, &specimen.state, &times, &tolerances, bench.monitor)
                    .map_err(raise(Self::NAME))?;
                let scaled = params.increments.iter().zip(&noise.covariances[1..]);
                scaled.map(|(t, covariance)| covariance[[0, 0]] / (2.0 * t)).collect()
            };
            let mut measured = Vec::new();
            for &volume in &params.volumes {
                let problem = zoo_problem(Self::NAME, id, volume)?;
                let task = format!("{} {id} V={volume}", Self::NAME);
                let found = simulate(Self::NAME, &problem, &params.increments, params.runs, &task, bench)?;
                let scaled = params.increments.iter().enumerate();
                measured.push(scaled.map(|(k, t)| found.variance(k, 0) / volume / (2.0 * t)).collect());
            }
            curves.push(DiffusionCurves {
                network: id.into(),
                species: specimen.network.species()[0].clone(),
                diffusion,
                increments: params.increments.clone(),
                expected,
                volumes: params.volumes.clone(),
                measured,
                relative_error: (2.0 / (params.runs as f64 - 1.0)).sqrt(),
            });
        }
        Ok(DiffusionOutcome { curves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn short_increments_spread_by_the_diffusion_coefficient() {
        let params = DiffusionParams { volumes: vec![100.0], increments: vec![1e-3, 1e-2, 0.1], runs: 2000 };
        let outcome = run::<ShortTimeDiffusion>(&params).expect("no faults");
        for curves in &outcome.curves {
            assert!((curves.expected[0] / curves.diffusion - 1.0).abs() < 0.01, "{curves:?}");
            for (measured, expected) in curves.measured[0].iter().zip(&curves.expected) {
                // Five standard errors; at short times counts are rare and their variance spreads a little more.
                assert!((measured / expected - 1.0).abs() < 6.5 * curves.relative_error, "{curves:?}");
            }
        }
        assert!((outcome.curves[0].diffusion - 1.1).abs() < 1e-12);
    }
}
