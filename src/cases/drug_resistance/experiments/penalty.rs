//! The network penalty at the optimum of θ as its weight doubles, B held.

use serde::{Deserialize, Serialize};

use super::problem::drawn;
use super::{CASE, raise};
use crate::cases::drug_resistance::predictive::{self, ThetaPenalty};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Penalty`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Random problems of 60 lines and 8 genes.
    pub problems: usize,
    /// The smallest weight a4.
    pub smallest: f64,
    /// How often it is doubled.
    pub doublings: usize,
    /// Other settings; B stays at the nodewise networks.
    pub fit: predictive::Params,
    pub seed: u64,
}

impl Params {
    /// Twenty problems, seventeen doublings from 1e-4.
    pub fn new(seed: u64) -> Self {
        let fit = predictive::Params {
            a1: 0.15,
            a2: 0.15,
            a3: ThetaPenalty::Fraction(0.02),
            network_step: false,
            theta_tolerance: 1e-12,
            objective_tolerance: 1e-15,
            max_rounds: 200,
            block_tolerance: 1e-13,
            ..predictive::Params::default()
        };
        Self { problems: 20, smallest: 1e-4, doublings: 17, fit, seed }
    }

    /// The weights a4.
    pub fn weights(&self) -> Vec<f64> {
        (0..=self.doublings).map(|k| self.smallest * 2f64.powi(k as i32)).collect()
    }
}

/// The penalty of every problem at every weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub weights: Vec<f64>,
    /// Σ w (sθ/d − sθ/d)² at the optimum of θ, problem by problem.
    pub penalties: Vec<Vec<f64>>,
}

impl Outcome {
    /// The largest rise from one weight to the next, relative to the penalty at the smallest weight.
    pub fn largest_rise(&self) -> f64 {
        let rise = |penalties: &Vec<f64>| {
            let first = penalties.first().copied().unwrap_or(0.0).max(f64::MIN_POSITIVE);
            penalties.windows(2).map(move |pair| (pair[1] - pair[0]) / first).fold(f64::NEG_INFINITY, f64::max)
        };
        self.penalties.iter().map(rise).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// The network penalty along its weight.
pub struct Penalty;

impl Experiment for Penalty {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "penalty";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let weights = params.weights();
        bench.monitor.begin("doubling the network penalty", params.problems as u64);
        let penalties = ordered(params.problems, bench.monitor, |index| {
            let (x, z) = drawn(params.seed, index as u64);
            let at = |a4: &f64| {
                let valid = predictive::Params { a4: *a4, ..params.fit.clone() }.check()?;
                let fit = predictive::fit(x.view(), &z, &valid, &crate::display::Silent)?;
                Ok(fit.objective.laplacian)
            };
            weights.iter().map(at).collect::<Result<Vec<f64>, predictive::PredictiveError>>()
        });
        bench.monitor.end();
        let penalties = penalties?.into_iter().collect::<Result<_, _>>().map_err(raise(Self::NAME))?;
        Ok(Outcome { weights, penalties })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn the_penalty_falls_and_a_rise_would_be_seen() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Penalty::run(&Params { problems: 3, ..Params::new(3) }, &bench).unwrap();
        assert!(found.largest_rise() <= 1e-9, "{}", found.largest_rise());
        let fallen = |penalties: &Vec<f64>| penalties[0] > 0.0 && penalties[17] < 0.5 * penalties[0];
        assert!(found.penalties.iter().all(fallen), "{:?}", found.penalties);
        let risen = Outcome { weights: vec![1.0, 2.0], penalties: vec![vec![1.0, 1.1]] };
        assert!((risen.largest_rise() - 0.1).abs() < 1e-12);
    }
}
