//! What the stochastic experiments share.

use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::stochastic::{
    CountingProcess, Counts, Ensemble, EnsembleParams, Method, Simulator, StochasticError, counts_at, ensemble,
    models::Problem,
};
use crate::cases::thermodynamic_uncertainty::zoo::{Specimen, specimen};
use crate::repro::{CaseError, Workbench};

/// Checks that a setting is finite and positive.
pub(super) fn positive(name: &'static str, found: f64) -> Result<(), ParamsError> {
    require(found.is_finite() && found > 0.0, name, found, "finite and positive")
}

/// A network of the zoo, by id.
pub(super) fn specimen_of(experiment: &'static str, id: &str) -> Result<Specimen, CaseError> {
    specimen(id)
        .ok_or_else(|| CaseError::Experiment { experiment, source: format!("the zoo has no network `{id}`").into() })
}

/// A network of the zoo as a counting process, from exact counts at its table state.
pub(super) fn zoo_problem(experiment: &'static str, id: &str, volume: f64) -> Result<Problem, CaseError> {
    let specimen = specimen_of(experiment, id)?;
    let build = || -> Result<Problem, StochasticError> {
        let process = CountingProcess::from_network(&specimen.network, volume)?;
        Ok(Problem { process, initial: counts_at(&specimen.state, volume)?, end: 1.0 })
    };
    build().map_err(raise(experiment))
}

/// Runs a problem by the direct method and keeps mean and spread of all counts.
pub(super) fn simulate(
    experiment: &'static str,
    problem: &Problem,
    times: &[f64],
    runs: usize,
    task: &str,
    bench: &Workbench,
) -> Result<Ensemble, CaseError> {
    simulate_by(experiment, problem, Method::default(), times, EnsembleParams::new(runs, bench.seed, CASE, task), bench)
}

/// Runs a problem by any method.
pub(super) fn simulate_by(
    experiment: &'static str,
    problem: &Problem,
    method: Method,
    times: &[f64],
    params: EnsembleParams,
    bench: &Workbench,
) -> Result<Ensemble, CaseError> {
    let simulator = Simulator::new(&problem.process, method).map_err(raise(experiment))?;
    let readout = Counts::of(&problem.process);
    ensemble(&simulator, &problem.initial, times, &readout, &params, bench.monitor).map_err(raise(experiment))
}
