//! The table of stand-in bands, read once per experiment.

use super::{CASE, raise};
use crate::cases::qncc_spectra::stand_in::StandIn;
use crate::repro::{CaseError, Workbench};

/// The file of the table.
pub const FILE: &str = "SYNTHETIC_standin_bands.csv";

/// Reads the table.
pub fn bands(experiment: &'static str, bench: &Workbench) -> Result<StandIn, CaseError> {
    StandIn::parse(FILE, &bench.library.text(CASE, FILE)?).map_err(raise(experiment))
}
