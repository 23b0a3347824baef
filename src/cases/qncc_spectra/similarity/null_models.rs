//! The null models that rest on files of the case: one table for the claims and for the user's own spectra.

use serde::{Deserialize, Serialize};

use super::Resolution;

/// How a null model's file becomes emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Optical constants: `(k/λ) B_ν(T)`.
    OpticalConstants,
    /// Opacity: `κ B_ν(T)`.
    Opacity,
    /// An observed spectrum in `F_ν`, as filed.
    Observed,
}

/// One null model: something that nobody holds to be the carrier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullModel {
    pub name: String,
    /// Its file among those of the case.
    pub file: String,
    pub kind: Kind,
    /// With which it was taken.
    pub resolution: Resolution,
}

/// Resolving power of Spitzer/IRS in low resolution, where spectra are compared: 60 to 127 along each of its orders.
const SPITZER_LOW: f64 = 90.0;

/// All null models, the likest to an observed nova first.
///
/// The published optical constants and the opacity have no instrument's resolution that counts; their rows may lie wide apart,
/// which is said where it is used.
pub fn null_models() -> Vec<NullModel> {
    use Kind::{Observed, Opacity, OpticalConstants};
    [
        ("amorphous carbon", "amorphous_carbon_zubko1996.lnk", OpticalConstants, Resolution::Sharp),
        ("M101 nucleus", "m101_nucleus_spitzer_irs.ipac", Observed, Resolution::Of(SPITZER_LOW)),
        ("hydrogenated carbon", "hac_opacity_cafe.txt", Opacity, Resolution::Sharp),
        ("tholin (CVD)", "titan_tholins_cvd_nk.csv", OpticalConstants, Resolution::Sharp),
        ("tholin (Doose)", "titan_tholins_doose_nk.csv", OpticalConstants, Resolution::Sharp),
        ("CHON organics", "organics_chon_henning1996.lnk", OpticalConstants, Resolution::Sharp),
    ]
    .into_iter()
    .map(|(name, file, kind, resolution)| NullModel { name: name.into(), file: file.into(), kind, resolution })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Manifest;

    #[test]
    fn every_null_model_has_its_own_file_of_the_case() {
        let models = null_models();
        let manifest = Manifest::built_in();
        for model in &models {
            assert!(manifest.entry("qncc_spectra", &model.file).is_ok(), "{} is not in the manifest", model.file);
            assert_eq!(models.iter().filter(|other| other.file == model.file || other.name == model.name).count(), 1);
        }
    }
}
