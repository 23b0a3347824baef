//! `saigen notebooks`.

use super::{Outcome, Verdict};

/// Runs, checks and cleans notebooks.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
