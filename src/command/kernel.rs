//! `saigen kernel`.

use super::{Outcome, Verdict};

/// Installs, removes, warms and inspects the Jupyter kernel.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
