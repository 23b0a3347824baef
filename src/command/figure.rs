//! `saigen figure`.

use super::{Outcome, Verdict};

/// Draws one figure of a case.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
