//! `saigen lab`.

use super::{Outcome, Verdict};

/// Opens JupyterLab with the saigen kernel on the notebooks.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
