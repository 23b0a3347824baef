//! How each claim is judged: from the outcome of its experiment to a finding.

mod edges;
mod laboratory;
mod m101;
mod observed;

use super::params::Params;
use crate::repro::{CaseError, Finding, Workbench};

/// Judges one claim; `None` for an id that the case doesn't have.
pub fn evaluate(id: &str, params: &Params, bench: &Workbench) -> Option<Result<Finding, CaseError>> {
    let judge = match id {
        "qncc.match" => published_match,
        "qncc.amine" => published_amine,
        "qncc.fixed_shapes" => m101::fixed_shapes,
        "qncc.attenuation" => m101::attenuation,
        "qncc.coefficients" => m101::coefficients,
        "qncc.optimum" => m101::optimum,
        "qncc.free_centres" => m101::free_centres,
        "qncc.free_bic" => m101::free_bic,
        "qncc.powers" => m101::powers,
        "qncc.idl" => m101::idl,
        "qncc.bootstrap" => m101::bootstrap,
        "qncc.bic" => m101::bic,
        "qncc.orion_6_2" => observed::orion_6_2,
        "qncc.orion_11_2" => observed::orion_11_2,
        "qncc.stack" => observed::stack,
        "qncc.polystyrene" => laboratory::polystyrene,
        "qncc.emission" => laboratory::emission,
        "qncc.stand_in" => laboratory::stand_in,
        "qncc.baselines" => laboratory::baselines,
        "qncc.ranking" => laboratory::ranking,
        "qncc.ranking_noise" => laboratory::ranking_noise,
        "qncc.classes" => observed::classes,
        "qncc.carbon_edge" => edges::carbon,
        "qncc.nitrogen_models" => edges::nitrogen,
        "qncc.nitrogen_ratio" => edges::ratio,
        _ => return None,
    };
    Some(judge(params, bench))
}

/// What a reader needs to test the published match.
fn published_match(_params: &Params, _bench: &Workbench) -> Result<Finding, CaseError> {
    Ok(Finding::not_testable(
        "neither spectrum is publicly filed. A reader needs two files: (1) the absorbance of QNCC, from the authors or digitised \
         from a figure of the paper, as CSV with the header `wavenumber_cm-1,absorbance`, one row per point, ascending, at least \
         670–1980 cm⁻¹ (14.9–5.05 µm: 5.2–14.5 µm and what a convolution reaches), with its baseline; saved as qncc_absorbance.csv; \
         (2) V2361 Cyg by Spitzer/IRS, from the CASSIS atlas (cassis.sirtf.com), as CSV with the header \
         `wavelength_um,flux_Jy,sigma_Jy` or as IPAC table with units, 5.1–14.7 µm or more, continuum left in, epoch noted; saved as \
         v2361_cyg.csv. Both in the folder where you stand; then `saigen qncc_spectra compare qncc_absorbance.csv v2361_cyg.csv \
         --temperature 600 --observed-resolving-power 90 --out match` (try 300–1000 K; 90 is that of the low-resolution modules, about \
         600 that of the high-resolution ones) writes the similarity with its errors beside every null model. On stand-ins the same \
         comparison is circular: see qncc.ranking",
    ))
}

/// What a reader needs to test the nitrogen behind the 8 µm band.
fn published_amine(_params: &Params, _bench: &Workbench) -> Result<Finding, CaseError> {
    Ok(Finding::not_testable(
        "no nitrogen K-edge of QNCC is publicly filed. A reader needs one file: the absorption at 392–416 eV in steps of 0.2 eV or \
         less, as CSV with the header `energy_eV,absorption`, ascending, normalised or not, photon energies calibrated to 0.1 eV \
         or better (with 0.2 eV the windows of imine and nitrile all but meet); saved as qncc_n_edge.csv in the folder where you \
         stand; then `saigen qncc_spectra xanes qncc_n_edge.csv --models imine,nitrile,amide,amine --out edge`. Amine is only fitted beside \
         amide: a peak at 401.4 eV is no sign of it. On planted spectra the models do tell them apart: see qncc.nitrogen_models",
    ))
}
