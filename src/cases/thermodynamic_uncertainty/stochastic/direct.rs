//! Gillespie's direct method.
//!
//! The time to the next event is exponential with the summed propensity, its channel is drawn in proportion. Two
//! forms do the same: [`Small`](super::small::Small) evaluates everything without a branch, for up to sixteen
//! channels; [`Tree`](super::tree::Tree) evaluates what an event changed and keeps partial sums.

use serde::{Deserialize, Serialize};

use super::StochasticError;
use super::channel::CountingProcess;
use super::draws::Draws;
use super::layout::Layout;
use super::run::{Job, Tally};
use super::small::small;
use super::tree::{EIGHT, Tree};

/// How the direct method finds the channel of the next event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// What is fastest at the size of the network.
    #[default]
    Auto,
    /// A linear scan of cumulated propensities.
    Scan,
    /// A tree of partial sums, eight branches a node.
    Tree,
}

/// Widest list that is scanned before a tree pays.
const WIDEST_SCAN: usize = 48;

/// Why a kernel stopped firing events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// The next event lies beyond the time it was given.
    Reached,
    /// The block of draws is used up.
    Dry,
    /// The summed propensity isn't positive and finite, or a law or count went wrong.
    Stuck,
}

/// A compiled network that fires events.
pub(super) trait Kernel: Send + Sync {
    type State;

    /// The state at `counts`, time zero.
    fn start(&self, counts: &[f64]) -> Self::State;

    /// Fires events until one lies beyond `until`, or no more can be fired.
    ///
    /// A draw whose event lies beyond `until` stays in the block, so stopping doesn't change the course of a run.
    fn advance(&self, state: &mut Self::State, draws: &mut Draws, until: f64) -> Pause;

    /// Time of the last event.
    fn time(&self, state: &Self::State) -> f64;

    /// Counts of all species.
    fn counts<'s>(&self, state: &'s Self::State) -> &'s [f64];

    /// Adds what has been done so far.
    fn tally(&self, state: &Self::State, tally: &mut Tally);

    /// Events so far.
    fn fired(&self, state: &Self::State) -> u64;
}

/// An engine that can run jobs.
pub(super) trait Engine: Send + Sync {
    /// Runs one job to the end of its grid.
    fn run(&self, job: Job) -> Result<Tally, StochasticError>;
}

/// Compiles a process for the direct method.
pub(super) fn compile(process: &CountingProcess, search: Search) -> Box<dyn Engine> {
    let layout = Layout::new(process);
    match search {
        Search::Auto => small(&layout).unwrap_or_else(|| {
            let top = if layout.channels.len() <= WIDEST_SCAN { WIDEST_SCAN } else { EIGHT };
            Box::new(Direct(Tree::new(&layout, top)))
        }),
        Search::Scan => Box::new(Direct(Tree::new(&layout, usize::MAX))),
        Search::Tree => Box::new(Direct(Tree::new(&layout, EIGHT))),
    }
}

/// Drives a kernel along the grid of a job.
pub(super) struct Direct<K>(pub(super) K);

impl<K: Kernel> Engine for Direct<K> {
    fn run(&self, mut job: Job) -> Result<Tally, StochasticError> {
        let kernel = &self.0;
        let mut state = kernel.start(&job.initial);
        let mut draws = Draws::new(job.rng.clone());
        while let Some(due) = job.record.due() {
            match kernel.advance(&mut state, &mut draws, due) {
                Pause::Reached => job.record.take(kernel.counts(&state)),
                Pause::Dry => {
                    job.check(kernel.fired(&state), kernel.time(&state), kernel.counts(&state))?;
                    draws.refill();
                }
                Pause::Stuck => {
                    let (time, counts) = (kernel.time(&state), kernel.counts(&state));
                    job.diagnose(time, counts)?;
                    if let Some(channel) = overflowing(&job, counts) {
                        return Err(job.bad_propensity(&channel, f64::INFINITY, time, counts));
                    }
                    job.record.finish(counts);
                }
            }
        }
        let mut tally = Tally::new(job.process.channels().len());
        kernel.tally(&state, &mut tally);
        Ok(tally)
    }
}

/// The largest channel when the propensities are finite each, but not their sum; `None` in an absorbing state.
fn overflowing(job: &Job, counts: &[f64]) -> Option<String> {
    let largest = job.process.channels().iter().map(|c| (c.propensity.at(counts), &c.name));
    largest.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|&(rate, _)| rate > 0.0).map(|(_, name)| name.clone())
}
