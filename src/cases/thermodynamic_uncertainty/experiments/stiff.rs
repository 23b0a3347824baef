//! Claim 11: stiff problems against their reference solutions.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::ode::problems::{StiffProblem, oregonator, robertson};
use crate::cases::thermodynamic_uncertainty::ode::{OdeSystem, Tolerances, solve};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`StiffRuns`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | tightening | 1, 0.1 | factor on the problems' own tolerances |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StiffParams {
    pub tightening: f64,
}

impl StiffParams {
    pub fn smoke() -> Self {
        Self { tightening: 1.0 }
    }

    pub fn paper() -> Self {
        Self { tightening: 0.1 }
    }

    /// # Errors
    /// A factor that isn't within 10⁻³ and 10³.
    pub fn check(&self) -> Result<(), ParamsError> {
        require((1e-3..=1e3).contains(&self.tightening), "tightening", self.tightening, "from 1e-3 to 1e3")
    }
}

/// One variable of one problem at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StiffCheck {
    pub problem: String,
    pub time: f64,
    pub variable: usize,
    pub found: f64,
    pub expected: f64,
}

impl StiffCheck {
    /// `|found − expected|/|expected|`.
    pub fn relative_error(&self) -> f64 {
        (self.found / self.expected - 1.0).abs()
    }
}

/// All comparisons, and what they cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StiffRuns {
    pub checks: Vec<StiffCheck>,
    /// (problem, right-hand sides, Jacobians).
    pub evaluations: Vec<(String, u64, u64)>,
}

impl StiffRuns {
    /// The largest relative error.
    pub fn worst_error(&self) -> f64 {
        self.checks.iter().map(StiffCheck::relative_error).fold(0.0, f64::max)
    }
}

/// Counts what a solver asks of a system.
struct Counted<'s> {
    system: &'s dyn OdeSystem,
    rates: AtomicU64,
    jacobians: AtomicU64,
}

impl OdeSystem for Counted<'_> {
    fn dimension(&self) -> usize {
        self.system.dimension()
    }
    fn rhs(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.rates.fetch_add(1, Ordering::Relaxed);
        self.system.rhs(t, x, out);
    }
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.jacobians.fetch_add(1, Ordering::Relaxed);
        self.system.jacobian(t, x, out);
    }
}

impl Experiment for StiffRuns {
    type Params = StiffParams;
    type Outcome = StiffRuns;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stiff";

    fn run(params: &StiffParams, bench: &Workbench) -> Result<StiffRuns, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let mut outcome = StiffRuns { checks: Vec::new(), evaluations: Vec::new() };
        for problem in [robertson(), oregonator()] {
            compare(&problem, params, bench, &mut outcome)?;
        }
        Ok(outcome)
    }
}

fn compare(
    problem: &StiffProblem,
    params: &StiffParams,
    bench: &Workbench,
    outcome: &mut StiffRuns,
) -> Result<(), CaseError> {
    let system = Counted { system: problem.system.as_ref(), rates: AtomicU64::new(0), jacobians: AtomicU64::new(0) };
    let tolerances = Tolerances {
        relative: params.tightening * problem.tolerances.relative,
        absolute: problem.tolerances.absolute.iter().map(|a| params.tightening * a).collect(),
    };
    let mut times = vec![0.0];
    times.extend(problem.reference.iter().map(|point| point.time));
    let run = solve(&system, &problem.initial, &times, &tolerances, bench.monitor).map_err(raise(StiffRuns::NAME))?;
    for (point, state) in problem.reference.iter().zip(&run.states[1..]) {
        for (variable, (expected, &found)) in point.state.iter().zip(state).enumerate() {
            if let Some(expected) = *expected {
                let (problem, time) = (problem.name.into(), point.time);
                outcome.checks.push(StiffCheck { problem, time, variable, found, expected });
            }
        }
    }
    outcome.evaluations.push((problem.name.into(), system.rates.into_inner(), system.jacobians.into_inner()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn references_are_met_at_both_tiers() {
        for params in [StiffParams::smoke(), StiffParams::paper()] {
            let found = run::<StiffRuns>(&params).expect("solvable");
            assert_eq!(found.checks.len(), 8);
            assert!(found.worst_error() < 1e-6, "{:#?}", found.checks);
            // an explicit method takes tens of millions on the Oregonator
            assert!(found.evaluations.iter().all(|(_, rates, jacobians)| rates < &200_000 && jacobians < rates));
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        assert_eq!(StiffParams { tightening: 0.0 }.check().expect_err("no tolerance").name, "tightening");
    }
}
