//! `saigen thermodynamic_uncertainty ssa`.

use super::super::{Outcome, Verdict};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    model: super::ModelFile,
}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
