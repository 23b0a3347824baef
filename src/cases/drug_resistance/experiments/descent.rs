//! How F moves from step to step: with w and d frozen, taken anew every round, or taken anew only when F falls.

use serde::{Deserialize, Serialize};

use super::problem::drawn;
use super::{CASE, raise};
use crate::cases::drug_resistance::predictive::{self, Refresh, Step, StepKind, ThetaPenalty};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Descent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Random problems of 60 lines and 8 genes.
    pub problems: usize,
    pub fit: predictive::Params,
    pub seed: u64,
}

impl Params {
    /// Forty problems; a network penalty that is strong enough to be seen.
    pub fn new(seed: u64) -> Self {
        let fit = predictive::Params {
            a1: 0.15,
            a2: 0.15,
            a3: ThetaPenalty::Fraction(0.02),
            a4: 0.1,
            theta_tolerance: 1e-9,
            objective_tolerance: 1e-12,
            max_rounds: 50,
            block_tolerance: 1e-12,
            ..predictive::Params::default()
        };
        Self { problems: 40, fit, seed }
    }
}

/// One rule on all problems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub refresh: Refresh,
    /// F/n after every step, problem by problem; refused refreshes are left out.
    pub traces: Vec<Vec<f64>>,
    /// Steps of all problems.
    pub steps: usize,
    /// Steps after which F was higher by more than 1e-12 of itself.
    pub rises: usize,
    /// The largest rise, relative to F; zero or less: there was none.
    pub largest: f64,
    /// The problem with the largest rise.
    pub at: usize,
    /// Problems that met the stop rule.
    pub converged: usize,
}

/// The three rules: frozen, every round, only when F falls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub rules: Vec<Rule>,
}

impl Outcome {
    /// One rule.
    pub fn rule(&self, refresh: Refresh) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.refresh == refresh)
    }
}

/// The descent of F.
pub struct Descent;

impl Experiment for Descent {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "descent";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let rules = [Refresh::Never, Refresh::PerRound, Refresh::DescentOnly];
        bench.monitor.begin("descent of F", (rules.len() * params.problems) as u64);
        let rules: Result<_, CaseError> = rules.into_iter().map(|refresh| rule(params, refresh, bench)).collect();
        bench.monitor.end();
        Ok(Outcome { rules: rules? })
    }
}

fn rule(params: &Params, refresh: Refresh, bench: &Workbench) -> Result<Rule, CaseError> {
    let options = predictive::Params { refresh, ..params.fit.clone() };
    let valid = options.check().map_err(raise(Descent::NAME))?;
    let fits = ordered(params.problems, bench.monitor, |index| {
        let (x, z) = drawn(params.seed, index as u64);
        predictive::fit(x.view(), &z, &valid, &crate::display::Silent).map(|fit| (accepted(&fit.trace), fit.converged))
    })?;
    let fits: Vec<(Vec<f64>, bool)> = fits.into_iter().collect::<Result<_, _>>().map_err(raise(Descent::NAME))?;
    let converged = fits.iter().filter(|(_, converged)| *converged).count();
    let traces: Vec<Vec<f64>> = fits.into_iter().map(|(trace, _)| trace).collect();
    let rises = |trace: &[f64]| -> Vec<f64> { trace.windows(2).map(|pair| (pair[1] - pair[0]) / pair[0]).collect() };
    let highest: Vec<f64> =
        traces.iter().map(|trace| rises(trace).into_iter().fold(f64::NEG_INFINITY, f64::max)).collect();
    let (at, largest) = highest
        .iter()
        .copied()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, found| if found.1 > best.1 { found } else { best });
    Ok(Rule {
        refresh,
        steps: traces.iter().map(|trace| trace.len().saturating_sub(1)).sum(),
        rises: traces.iter().flat_map(|trace| rises(trace)).filter(|rise| *rise > RISE).count(),
        largest,
        at,
        converged,
        traces,
    })
}

/// What counts as a rise, relative to F: rounding is below it.
pub const RISE: f64 = 1e-12;

/// F/n after every step that was kept.
fn accepted(trace: &[Step]) -> Vec<f64> {
    trace.iter().filter(|step| step.kind != StepKind::Refused).map(|step| step.objective).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn only_a_free_refresh_may_raise_f() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Descent::run(&Params { problems: 6, ..Params::new(1) }, &bench).unwrap();
        for refresh in [Refresh::Never, Refresh::DescentOnly] {
            let rule = found.rule(refresh).unwrap();
            assert!(rule.rises == 0 && rule.steps > 6, "{refresh:?}: {} of {}", rule.rises, rule.steps);
        }
        assert_eq!(found.rules.len(), 3);
    }
}
