//! The simulated design of the case on many seeds.

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::drug_resistance::published::numbers;
use crate::cases::drug_resistance::simulation::{Contender, Design, Trial, trial};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Simulation`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub design: Design,
    pub trials: usize,
    pub seed: u64,
}

impl Params {
    /// A hundred seeds, the least that the claim asks for.
    pub fn smoke(seed: u64) -> Self {
        Self { design: Design::default(), trials: 100, seed }
    }

    /// Five hundred seeds.
    pub fn paper(seed: u64) -> Self {
        Self { trials: 500, ..Self::smoke(seed) }
    }
}

/// All trials, in the order of their seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub trials: Vec<Trial>,
}

/// Mean test MSE and its standard error as given beforehand, over 20 seeds.
pub fn reference(contender: Contender) -> Option<(f64, f64)> {
    numbers().simulation.of(match contender {
        Contender::NetworkPredictorPlain => "NW.P, λ4 = 0",
        Contender::PredictiveNetworkUnscaled => "Pro, z left unscaled",
        other => other.label(),
    })
}

/// Mean and standard error of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub mean: f64,
    pub standard_error: f64,
}

impl Summary {
    /// Of a sample of two values at least; the standard error has denominator n − 1.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Self { mean, standard_error: (variance / n).sqrt() }
    }

    /// Mean over standard error.
    pub fn t(&self) -> f64 {
        self.mean / self.standard_error
    }
}

impl Outcome {
    /// The test MSE of a contender, seed by seed.
    pub fn mse(&self, contender: Contender) -> Vec<f64> {
        let index = Contender::ALL.iter().position(|known| *known == contender).unwrap_or(0);
        self.trials.iter().map(|trial| trial.mse[index]).collect()
    }

    /// The paired difference `worse − better`, and on how many seeds `better` has the lower MSE.
    pub fn paired(&self, worse: Contender, better: Contender) -> (Summary, usize) {
        let pairs: Vec<f64> = self.mse(worse).iter().zip(self.mse(better)).map(|(a, b)| a - b).collect();
        (Summary::of(&pairs), pairs.iter().filter(|difference| **difference > 0.0).count())
    }
}

/// The simulation.
pub struct Simulation;

impl Experiment for Simulation {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "simulation";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        bench.monitor.begin("simulated screens", params.trials as u64);
        let trials = ordered(params.trials, bench.monitor, |index| {
            trial(&params.design, params.seed.wrapping_add(index as u64), &crate::display::Silent)
        });
        bench.monitor.end();
        Ok(Outcome { trials: trials?.into_iter().collect::<Result<_, _>>().map_err(raise(Self::NAME))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn every_contender_has_a_reference() {
        assert!(Contender::ALL.into_iter().all(|contender| reference(contender).is_some_and(|(mse, _)| mse > 4.0)));
    }

    #[test]
    fn a_paired_difference_is_that_of_a_t_test() {
        // R: t.test(c(1, 2, 4, 5))$statistic = 3.286335
        let summary = Summary::of(&[1.0, 2.0, 4.0, 5.0]);
        assert!((summary.mean - 3.0).abs() < 1e-15 && (summary.t() - 3.286335345030997).abs() < 1e-9);
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let library = Library::empty();
        let params = Params { trials: 3, ..Params::smoke(5) };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Simulation::run(&params, &Workbench::new(Tier::Smoke, 5, &library, &Silent)).unwrap())
        };
        let first = run(1);
        assert_eq!(run(2), first);
        assert!(first.trials.iter().all(|trial| trial.mse.iter().all(|mse| mse.is_finite() && *mse > 3.0)));
    }
}
