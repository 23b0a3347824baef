//! How much work an event takes as the network grows, by engine.

use serde::{Deserialize, Serialize};

use super::stochastic::positive;
use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::stochastic::{Limits, Method, Search, Simulator, models};
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`WorkPerEvent`]: numbers of species of a ring in which each hops to `degree` others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkParams {
    pub species: Vec<usize>,
    pub degree: usize,
    /// Events to average over, at least.
    pub events: usize,
}

impl WorkParams {
    /// Up to 4,096 channels.
    pub fn smoke() -> Self {
        Self { species: (3..=10).map(|k| 1 << k).collect(), degree: 4, events: 20_000 }
    }

    /// More events.
    pub fn paper() -> Self {
        Self { events: 1_000_000, ..Self::smoke() }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A ring without species, hops or events.
    pub fn check(&self) -> Result<(), ParamsError> {
        for &species in &self.species {
            require(species > self.degree, "species", species, "more than the degree")?;
        }
        positive("degree", self.degree as f64)?;
        positive("events", self.events as f64)
    }
}

/// Work of one engine over network sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineWork {
    pub engine: String,
    /// Numbers of channels.
    pub channels: Vec<usize>,
    /// Propensities evaluated per event.
    pub evaluations: Vec<f64>,
    /// Entries of sums or of the queue visited per event.
    pub visits: Vec<f64>,
}

/// One curve per engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOutcome {
    pub engines: Vec<EngineWork>,
}

/// Counts work instead of time, so that the figure has the same bytes everywhere; the bench prints events per second.
pub struct WorkPerEvent;

const ENGINES: [(&str, Method); 3] = [
    ("direct, linear search", Method::Direct(Search::Scan)),
    ("direct, tree", Method::Direct(Search::Tree)),
    ("next reaction", Method::NextReaction),
];

impl Experiment for WorkPerEvent {
    type Params = WorkParams;
    type Outcome = WorkOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_work";

    fn run(params: &WorkParams, bench: &Workbench) -> Result<WorkOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let mut engines = Vec::new();
        for (engine, method) in ENGINES {
            let mut work = EngineWork { engine: engine.into(), channels: vec![], evaluations: vec![], visits: vec![] };
            for &species in &params.species {
                let problem = models::ring(species, params.degree).map_err(raise(Self::NAME))?;
                // A ring of n species with 20 molecules each has 20 n · degree events per time.
                let end = params.events as f64 / (20 * species * params.degree) as f64;
                let simulator = Simulator::new(&problem.process, method).map_err(raise(Self::NAME))?;
                let rng = stream(bench.seed, Self::CASE, Self::NAME, species as u64);
                let path = simulator.run(&problem.initial, &[end], rng, Limits::default(), bench.monitor);
                let tally = path.map_err(raise(Self::NAME))?.tally;
                work.channels.push(species * params.degree);
                work.evaluations.push(tally.evaluations as f64 / tally.total());
                work.visits.push(tally.visits as f64 / tally.total());
            }
            engines.push(work);
        }
        Ok(WorkOutcome { engines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn a_linear_search_grows_with_the_network_and_the_others_with_its_logarithm() {
        let params = WorkParams { species: vec![16, 256], events: 4_000, ..WorkParams::smoke() };
        let outcome = run::<WorkPerEvent>(&params).expect("no faults");
        let [scan, tree, queue] = &outcome.engines[..] else { panic!("three engines") };
        assert_eq!(scan.channels, [64, 1024]);
        for work in [scan, tree, queue] {
            // Both species of a hop have four channels.
            assert!(work.evaluations.iter().all(|e| (*e - 8.0).abs() < 1e-12), "{work:?}");
        }
        assert!(scan.visits[1] > 10.0 * scan.visits[0] && scan.visits[1] >= 1024.0);
        assert!(tree.visits[1] < 3.0 * tree.visits[0] && queue.visits[1] < 3.0 * queue.visits[0]);
    }
}
