//! Experiments of the case: what claims and figures are made of.

pub mod biomodels;
pub mod receptor;
pub mod semantic;
mod suite;

/// The case's folder name.
pub(crate) const CASE: &str = "thermodynamic_uncertainty";
