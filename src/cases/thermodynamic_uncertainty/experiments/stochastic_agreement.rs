//! Whether the direct and the next-reaction method draw from the same law.

use serde::{Deserialize, Serialize};

use super::stochastic::{simulate_by, zoo_problem};
use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::stochastic::models::{self, Problem};
use crate::cases::thermodynamic_uncertainty::stochastic::{
    Ensemble, EnsembleParams, KsTest, Method, Search, StochasticError, ks_test,
};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`EngineAgreement`]: independent runs of each engine (smoke 2,000, paper 10,000; at least 100).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgreementParams {
    pub runs: usize,
}

impl AgreementParams {
    /// A few seconds.
    pub fn smoke() -> Self {
        Self { runs: 2_000 }
    }

    /// Five times the runs.
    pub fn paper() -> Self {
        Self { runs: 10_000 }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Fewer than 100 runs.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.runs >= 100, "runs", self.runs, "at least 100")
    }
}

/// One comparison of two samples of a count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub problem: String,
    pub species: String,
    /// What is compared, such as `tree against next reaction`.
    pub engines: String,
    pub test: KsTest,
}

/// All comparisons, and one of a wrong process that must fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgreementOutcome {
    pub comparisons: Vec<Comparison>,
    /// Dimerisation with the propensity `k P (P−1)` in place of `k P (P−1)/2`.
    pub control: Comparison,
}

/// Significance below which two laws count as different.
pub const SIGNIFICANCE: f64 = 1e-3;

impl AgreementOutcome {
    /// The smallest p-value among the comparisons that should agree.
    pub fn smallest(&self) -> f64 {
        self.comparisons.iter().map(|c| c.test.p_value).fold(1.0, f64::min)
    }

    /// Whether all agree and the control doesn't.
    pub fn holds(&self) -> bool {
        self.smallest() > SIGNIFICANCE && self.control.test.p_value < SIGNIFICANCE
    }
}

/// Compares counts at one time, engine by engine, on networks from one to 300 channels.
pub struct EngineAgreement;

const DIRECT: [(&str, Method); 3] = [
    ("direct", Method::Direct(Search::Auto)),
    ("direct, scan", Method::Direct(Search::Scan)),
    ("direct, tree", Method::Direct(Search::Tree)),
];

impl Experiment for EngineAgreement {
    type Params = AgreementParams;
    type Outcome = AgreementOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_agreement";

    fn run(params: &AgreementParams, bench: &Workbench) -> Result<AgreementOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let sample = |name: &str, problem: &Problem, engine: &str, method: Method, time: f64| {
            let task = format!("{} {name} {engine}", Self::NAME);
            let ensemble = EnsembleParams::new(params.runs, bench.seed, Self::CASE, &task).with_samples();
            simulate_by(Self::NAME, problem, method, &[time], ensemble, bench)
        };
        let mut comparisons = Vec::new();
        for (name, problem, time, species) in problems()? {
            let reference = sample(name, &problem, "next reaction", Method::NextReaction, time)?;
            for (engine, method) in DIRECT {
                let found = sample(name, &problem, engine, method, time)?;
                let engines = format!("{engine} against next reaction");
                comparisons.extend(species.iter().map(|&i| compare(name, &engines, &found, &reference, i)));
            }
        }
        let right = models::dimerisation(2.0).map_err(raise(Self::NAME))?;
        let wrong = models::dimerisation(1.0).map_err(raise(Self::NAME))?;
        let right = sample("control, right factor", &right, "next reaction", Method::NextReaction, DIMER_TIME)?;
        let wrong = sample("control, wrong factor", &wrong, "direct", Method::default(), DIMER_TIME)?;
        let control = compare("dimerisation", "direct with k P (P−1) against next reaction", &wrong, &right, 0);
        Ok(AgreementOutcome { comparisons, control })
    }
}

const DIMER_TIME: f64 = 10.0;

/// Name, problem, time and species of a comparison.
type Trial = (&'static str, Problem, f64, Vec<usize>);

fn problems() -> Result<Vec<Trial>, CaseError> {
    let model = |problem: Result<Problem, StochasticError>| problem.map_err(raise(EngineAgreement::NAME));
    let zoo = |id, volume| zoo_problem(EngineAgreement::NAME, id, volume);
    Ok(vec![
        ("isomerisation, V = 100", zoo("iso", 100.0)?, 0.3, vec![0]),
        ("association, V = 100", zoo("assoc", 100.0)?, 0.5, vec![2]),
        ("reversible Brusselator, V = 100", zoo("brus", 100.0)?, 4.0, vec![0, 1]),
        ("Schlögl", model(models::schlogl())?, 2.0, vec![0]),
        ("dimerisation", model(models::dimerisation(2.0))?, DIMER_TIME, vec![0]),
        ("Vilar oscillator", model(models::vilar())?, 1.0, vec![6, 8]),
        ("ring of 100 species", model(models::ring(100, 3))?, 0.5, vec![0]),
    ])
}

fn compare(problem: &str, engines: &str, a: &Ensemble, b: &Ensemble, species: usize) -> Comparison {
    let column = |ensemble: &Ensemble| ensemble.sample(0, species).unwrap_or_default();
    Comparison {
        problem: problem.into(),
        species: a.columns[species].clone(),
        engines: engines.into(),
        test: ks_test(&column(a), &column(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn engines_agree_and_a_wrong_factor_is_seen() {
        let params = AgreementParams { runs: 500 };
        let outcome = run::<EngineAgreement>(&params).expect("no faults");
        assert_eq!(outcome.comparisons.len(), 27);
        assert!(outcome.holds(), "{outcome:#?}");
        assert!(AgreementParams { runs: 10 }.check().is_err());
    }
}
