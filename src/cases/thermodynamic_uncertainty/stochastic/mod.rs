//! The same networks made noisy: exact and approximate simulation of species counts, and ensembles of runs.

mod channel;
mod error;

pub use channel::{Channel, CountingProcess, Counts, LARGEST_COUNT, Propensity, RateLaw, Readout, counts_at};
pub use error::StochasticError;
