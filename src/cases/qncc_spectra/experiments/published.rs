//! Numbers that were printed or computed elsewhere, from `data/published`.

use serde::Deserialize;

use super::m101::PahfitRun;
use super::nitrogen_ratio::Ratio;

/// The part of the file that the experiments use.
#[derive(Debug, Deserialize)]
pub(super) struct Numbers {
    /// N/C as printed.
    pub nitrogen: Vec<Ratio>,
    /// Band powers of M101 by PAHFIT.
    pub pahfit: Vec<BandPower>,
    /// The fit that they come from.
    pub pahfit_own: OwnComponents,
    /// PAHFIT on the problem of this case.
    pub pahfit_held: PahfitRun,
    pub idl: IdlFit,
}

/// PAHFIT with its own components.
#[derive(Debug, Deserialize)]
pub(super) struct OwnComponents {
    pub version: String,
    /// τ at 9.7 µm.
    pub tau: f64,
}

/// The optical depth of the IDL code's fit.
#[derive(Debug, Deserialize)]
pub(super) struct IdlFit {
    pub tau: f64,
    pub tau_error: f64,
}

/// The power of a band complex, in 10⁻¹³ W m⁻².
#[derive(Debug, Deserialize)]
pub(super) struct BandPower {
    pub band: String,
    pub power: f64,
}

/// Reads the file.
pub(super) fn numbers() -> Result<Numbers, toml::de::Error> {
    const FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/qncc_spectra/numbers.toml"));
    toml::from_str(FILE)
}
