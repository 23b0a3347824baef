//! The experiments of the case: settings in, owned outcomes out, each run at most once per setting.

pub mod baseline;
pub mod degree_path;
pub mod descent;
pub mod full_matrix;
pub mod interactions;
pub mod networks;
pub mod nodewise;
pub mod optimum;
pub mod penalty;
mod problem;
pub mod scaling;
pub mod simulation;
pub(super) mod timings;

use crate::repro::raise;

/// The name of the case, for cache keys, files and random streams.
pub(super) const CASE: &str = "drug_resistance";
