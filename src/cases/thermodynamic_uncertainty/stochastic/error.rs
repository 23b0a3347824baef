//! Why a stochastic simulation could not start or go on.

use crate::methods::parallel::Interrupted;

/// A counting process could not be built or simulated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StochasticError {
    #[error("channel `{channel}` names species {index}; the process has {species}")]
    UnknownSpecies { channel: String, index: usize, species: usize },
    #[error("channel `{channel}` has the rate {found}; it must be finite and not negative")]
    BadRate { channel: String, found: f64 },
    #[error("channel `{channel}` changes a count by {found}; at most ±{largest} is allowed")]
    BadChange { channel: String, found: i64, largest: i64 },
    #[error("channel `{channel}` has a reactant of order {found}; at most {largest} is allowed")]
    BadOrder { channel: String, found: u32, largest: u32 },
    #[error("the volume is {found}; it must be finite and positive")]
    BadVolume { found: f64 },
    #[error("species {species} starts at the count {found}; it must lie between 0 and 2^52")]
    BadInitialCount { species: usize, found: f64 },
    #[error("the state has {found} counts; the process has {expected} species")]
    StateLength { found: usize, expected: usize },
    #[error("the times of the record must be finite, not negative and ascending; entry {index} is {found}")]
    BadTimes { index: usize, found: f64 },
    #[error("{name} is {found}; it must be {expected}")]
    BadSetting { name: &'static str, found: f64, expected: &'static str },
    #[error("channel `{channel}` has the propensity {found} at time {time}, state {state}")]
    BadPropensity { channel: String, found: f64, time: f64, state: String },
    #[error("the count of `{species}` fell to {count} at time {time}")]
    NegativeCount { species: String, count: f64, time: f64 },
    #[error("the count of `{species}` reached {count} at time {time}; counts are exact up to 2^52 only")]
    CountTooLarge { species: String, count: f64, time: f64 },
    #[error(
        "the run used up its {budget} events or steps at time {time} of {end}; raise the budget or shorten the run"
    )]
    BudgetSpent { budget: u64, time: f64, end: f64 },
    #[error("no step kept all counts positive at time {time}, down to a step of {step}")]
    StepRejected { time: f64, step: f64 },
    #[error("{entries} samples were asked to be kept; at most {largest} are")]
    TooManySamples { entries: usize, largest: usize },
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}
