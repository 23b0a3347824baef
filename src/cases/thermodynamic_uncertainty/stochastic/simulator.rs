//! The door to all engines: choose a method, compile a process, run it.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::StochasticError;
use super::channel::CountingProcess;
use super::direct::{self, Engine, Search};
use super::langevin::Langevin;
use super::leap::{Leap, TauLeap};
use super::next_reaction::NextReaction;
use super::run::{Job, Limits, Path, Record, Sink, Tally};
use crate::display::Monitor;

/// How a process is simulated.
///
/// | method | law | cost |
/// |---|---|---|
/// | `Direct` | exact | one event at a time; the fastest on networks of any size here |
/// | `NextReaction` | exact | one event at a time, one random number each |
/// | `TauLeap` | weak order one in `step` | one step at a time, for large counts |
/// | `AdaptiveTauLeap` | relative change `epsilon` of propensities a step | few steps, exact near zero counts |
/// | `Langevin` | Gaussian noise, large counts only | one step at a time |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Direct(Search),
    NextReaction,
    TauLeap { step: f64 },
    AdaptiveTauLeap { epsilon: f64 },
    Langevin { step: f64 },
}

impl Default for Method {
    fn default() -> Self {
        Self::Direct(Search::Auto)
    }
}

/// A process compiled for a method; cheap to run many times, from many threads.
pub struct Simulator {
    process: CountingProcess,
    engine: Box<dyn Engine>,
}

impl Simulator {
    /// Compiles a process.
    ///
    /// # Errors
    /// A step that isn't finite and positive, or an ε that isn't between 0 and 1.
    pub fn new(process: &CountingProcess, method: Method) -> Result<Self, StochasticError> {
        let positive = |name, found: f64| {
            let fine = found.is_finite() && found > 0.0;
            if fine { Ok(found) } else { Err(StochasticError::BadSetting { name, found, expected: "positive" }) }
        };
        let engine: Box<dyn Engine> = match method {
            Method::Direct(search) => direct::compile(process, search),
            Method::NextReaction => Box::new(NextReaction::new(process)),
            Method::TauLeap { step } => Box::new(TauLeap::new(process, Leap::Fixed(positive("step", step)?))),
            Method::AdaptiveTauLeap { epsilon } if epsilon > 0.0 && epsilon < 1.0 => {
                Box::new(TauLeap::new(process, Leap::Adaptive(epsilon)))
            }
            Method::AdaptiveTauLeap { epsilon } => {
                let expected = "between 0 and 1";
                return Err(StochasticError::BadSetting { name: "epsilon", found: epsilon, expected });
            }
            Method::Langevin { step } => Box::new(Langevin::new(positive("step", step)?)),
        };
        Ok(Self { process: process.clone(), engine })
    }

    /// The process that it runs.
    pub fn process(&self) -> &CountingProcess {
        &self.process
    }

    /// Runs from `initial` at time zero and records the counts at `times`.
    ///
    /// The same stream gives the same path. An absorbing state ends the run early; its counts fill the grid.
    ///
    /// # Errors
    /// Bad counts or times; a propensity that turns negative, infinite or NaN, or a count that turns negative or
    /// inexact, with channel or species, time and state; a spent budget; an interrupt.
    pub fn run(
        &self,
        initial: &[i64],
        times: &[f64],
        rng: ChaCha8Rng,
        limits: Limits,
        monitor: &dyn Monitor,
    ) -> Result<Path, StochasticError> {
        let mut counts = Vec::with_capacity(times.len());
        let mut sink = |_: usize, state: &[f64]| counts.push(state.to_vec());
        let tally = self.record(initial, times, rng, limits, monitor, &mut sink)?;
        Ok(Path { times: times.to_vec(), counts, tally })
    }

    /// [`Simulator::run`] with the counts handed to `sink`.
    pub(super) fn record<'a>(
        &'a self,
        initial: &[i64],
        times: &'a [f64],
        rng: ChaCha8Rng,
        limits: Limits,
        monitor: &'a dyn Monitor,
        sink: &'a mut Sink<'a>,
    ) -> Result<Tally, StochasticError> {
        let initial = self.process.initial(initial)?;
        let record = Record::new(times, sink)?;
        self.engine.run(Job { process: &self.process, initial, rng, limits, monitor, record })
    }
}
