//! The experiments of the case: settings in, owned outcomes out, each run at most once per setting.

pub mod biomodels;
mod closed_networks;
mod cost_precision;
pub mod dsmts;
mod ladder;
mod near_equilibrium;
mod oscillation;
mod random_bounds;
pub mod receptor;
pub mod semantic;
mod single_reaction;
mod speed;
mod stiff;
mod stochastic;
pub mod stochastic_agreement;
pub mod stochastic_diffusion;
pub mod stochastic_scaling;
pub mod stochastic_stationary;
pub mod stochastic_weak_order;
pub mod stochastic_work;
mod suite;

pub use closed_networks::{ClosedNetworks, ClosedNetworksParams, ClosedRun};
pub use cost_precision::{CostPrecision, CostPrecisionParams, DrivePoint};
pub use ladder::{Ladder, LadderParams, Link};
pub use near_equilibrium::{NearEquilibrium, NearEquilibriumParams, NearPoint};
pub use oscillation::{Oscillation, OscillationParams, OscillationPoint};
pub use random_bounds::{RandomBounds, RandomBoundsParams, random_bounds};
pub use single_reaction::{SingleReaction, SingleReactionParams, ZooReaction};
pub use speed::{SpeedLimitRun, SpeedLimitRuns, SpeedLimitsParams};
pub use stiff::{StiffCheck, StiffParams, StiffRuns};

use crate::repro::raise;

/// The name of the case, for cache keys and random streams.
const CASE: &str = "thermodynamic_uncertainty";

/// A setting is out of range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{name}` is {found}; expected {expected}")]
pub struct ParamsError {
    pub name: &'static str,
    pub found: String,
    pub expected: &'static str,
}

/// Passes when `holds`; otherwise names the setting, its value and what was expected.
fn require(
    holds: bool,
    name: &'static str,
    found: impl std::fmt::Debug,
    expected: &'static str,
) -> Result<(), ParamsError> {
    if holds { Ok(()) } else { Err(ParamsError { name, found: format!("{found:?}"), expected }) }
}

/// `(high − low)/high`, the relative slack of `low ≤ high`; zero where both vanish.
fn slack(low: f64, high: f64) -> f64 {
    if low == high { 0.0 } else { (high - low) / high }
}

/// `points` values from `from` to `to`, evenly spaced in their logarithm.
fn log_spaced(from: f64, to: f64, points: usize) -> Vec<f64> {
    let last = points.saturating_sub(1).max(1) as f64;
    (0..points).map(|k| from * (to / from).powf(k as f64 / last)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::{Silent, Stopped};
    use crate::repro::{CaseError, Experiment, Tier, Workbench};

    /// Runs an experiment on a bench without data.
    pub(super) fn run<E: Experiment>(params: &E::Params) -> Result<E::Outcome, CaseError> {
        E::run(params, &Workbench::new(Tier::Smoke, 1, &Library::default(), &Silent))
    }

    #[test]
    fn an_interrupt_stays_an_interrupt() {
        let library = Library::default();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Stopped);
        assert!(matches!(StiffRuns::run(&StiffParams::smoke(), &bench), Err(CaseError::Interrupted)));
        assert!(matches!(Oscillation::run(&OscillationParams::smoke(), &bench), Err(CaseError::Interrupted)));
        assert!(matches!(RandomBounds::run(&RandomBoundsParams::smoke(1), &bench), Err(CaseError::Interrupted)));
    }

    #[test]
    fn slack_is_relative_to_the_larger_side() {
        assert_eq!(slack(1.0, 2.0), 0.5);
        assert_eq!(slack(2.0, 1.0), -1.0);
        assert_eq!(slack(0.0, 0.0), 0.0);
    }

    #[test]
    fn spacing_ends_where_it_should() {
        let values = log_spaced(1e-2, 1e2, 5);
        assert_eq!(values.len(), 5);
        assert!(values.iter().zip([1e-2, 1e-1, 1.0, 1e1, 1e2]).all(|(a, b)| (a / b - 1.0).abs() < 1e-14));
        assert_eq!(log_spaced(3.0, 5.0, 1), [3.0]);
    }
}
