//! One run: what all engines share in recording, counting and stopping.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::StochasticError;
use super::channel::CountingProcess;
use crate::display::Monitor;
use crate::methods::parallel::Interrupted;

/// When a run gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Events, or steps of an approximate method, that one run may take.
    pub events: u64,
}

impl Default for Limits {
    /// 5·10⁸ events: some twenty seconds of a small network.
    fn default() -> Self {
        Self { events: 500_000_000 }
    }
}

/// What a run did, apart from its states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Events of each channel (extents, not whole numbers, of the chemical Langevin equation).
    pub events: Vec<f64>,
    /// Propensities that were evaluated.
    pub evaluations: u64,
    /// Entries of sums or of the queue that were visited to find the next event and to keep them in order.
    pub visits: u64,
}

impl Tally {
    pub(super) fn new(channels: usize) -> Self {
        Self { events: vec![0.0; channels], evaluations: 0, visits: 0 }
    }

    /// Events of all channels.
    pub fn total(&self) -> f64 {
        self.events.iter().sum()
    }
}

/// The recorded course of one run: `counts[k][i]` is species `i` at `times[k]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    pub times: Vec<f64>,
    pub counts: Vec<Vec<f64>>,
    pub tally: Tally,
}

/// Receives the counts at each time of the grid, by its index.
pub(super) type Sink<'a> = dyn FnMut(usize, &[f64]) + 'a;

/// What an engine is asked to do.
pub(super) struct Job<'a> {
    pub process: &'a CountingProcess,
    pub initial: Vec<f64>,
    pub rng: ChaCha8Rng,
    pub limits: Limits,
    pub monitor: &'a dyn Monitor,
    pub record: Record<'a>,
}

/// The time grid, and how much of it is recorded.
pub(super) struct Record<'a> {
    times: &'a [f64],
    next: usize,
    sink: &'a mut Sink<'a>,
}

impl<'a> Record<'a> {
    /// A record on ascending times.
    pub(super) fn new(times: &'a [f64], sink: &'a mut Sink<'a>) -> Result<Self, StochasticError> {
        for (index, &found) in times.iter().enumerate() {
            let before = if index == 0 { 0.0 } else { times[index - 1] };
            if !(found.is_finite() && found >= before) {
                return Err(StochasticError::BadTimes { index, found });
            }
        }
        Ok(Self { times, next: 0, sink })
    }

    /// The next time to be recorded; `None` when the run is over.
    pub(super) fn due(&self) -> Option<f64> {
        self.times.get(self.next).copied()
    }

    /// The last time of the grid.
    pub(super) fn end(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// Records the state at the time that was due.
    pub(super) fn take(&mut self, counts: &[f64]) {
        (self.sink)(self.next, counts);
        self.next += 1;
    }

    /// Records a state that lasts for ever.
    pub(super) fn finish(&mut self, counts: &[f64]) {
        while self.due().is_some() {
            self.take(counts);
        }
    }
}

impl Job<'_> {
    /// Checks between chunks of a run: interrupt, budget, size of the counts.
    pub(super) fn check(&self, spent: u64, time: f64, counts: &[f64]) -> Result<(), StochasticError> {
        if self.monitor.cancelled() {
            return Err(Interrupted.into());
        }
        if spent > self.limits.events {
            let end = self.record.end();
            return Err(StochasticError::BudgetSpent { budget: self.limits.events, time, end });
        }
        check_counts(self.process, time, counts)
    }

    /// Says which count or propensity is at fault, if any is.
    pub(super) fn diagnose(&self, time: f64, counts: &[f64]) -> Result<(), StochasticError> {
        check_counts(self.process, time, counts)?;
        for channel in self.process.channels() {
            let found = channel.propensity.at(counts);
            if !(found.is_finite() && found >= 0.0) {
                return Err(self.bad_propensity(&channel.name, found, time, counts));
            }
        }
        Ok(())
    }

    /// The error for a propensity that no clock can use.
    pub(super) fn bad_propensity(&self, channel: &str, found: f64, time: f64, counts: &[f64]) -> StochasticError {
        let state = describe(self.process.species(), counts);
        StochasticError::BadPropensity { channel: channel.into(), found, time, state }
    }
}

fn check_counts(process: &CountingProcess, time: f64, counts: &[f64]) -> Result<(), StochasticError> {
    for (&count, species) in counts.iter().zip(process.species()) {
        if count < 0.0 {
            return Err(StochasticError::NegativeCount { species: species.clone(), count, time });
        }
        if count.is_nan() || count > super::LARGEST_COUNT {
            return Err(StochasticError::CountTooLarge { species: species.clone(), count, time });
        }
    }
    Ok(())
}

/// Species shown in the description of a state.
const SHOWN: usize = 12;

fn describe(species: &[String], counts: &[f64]) -> String {
    let mut text: Vec<String> = species.iter().zip(counts).take(SHOWN).map(|(s, n)| format!("{s} = {n}")).collect();
    if species.len() > SHOWN {
        text.push(format!("and {} more", species.len() - SHOWN));
    }
    text.join(", ")
}
