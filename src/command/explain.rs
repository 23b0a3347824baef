//! `saigen explain`.

use super::{Outcome, Verdict};

/// Prints the record inside a figure: what made it, and how to make it again.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
