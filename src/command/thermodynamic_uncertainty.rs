//! `saigen thermodynamic_uncertainty`.

use super::{Outcome, Verdict};

/// The thermodynamic uncertainty case on the user's own models.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
