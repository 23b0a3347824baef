//! Numbers that were printed or computed elsewhere, from `data/published`.

use serde::Deserialize;

use super::nitrogen_ratio::Ratio;

/// The part of the file that the experiments use.
#[derive(Debug, Deserialize)]
pub(super) struct Numbers {
    /// N/C as printed.
    pub nitrogen: Vec<Ratio>,
    /// Band powers of M101 by PAHFIT.
    pub pahfit: Vec<BandPower>,
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
