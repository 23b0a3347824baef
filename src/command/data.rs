//! `saigen data`.

use super::{Outcome, Verdict};

/// Lists, fetches and checks data files.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
