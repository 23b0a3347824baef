//! The documented results, one folder each, all of the same shape.

pub mod drug_resistance;
pub mod qncc_spectra;
pub mod thermodynamic_uncertainty;

#[cfg(test)]
pub(crate) mod test_data;

use crate::repro::Case;

/// All cases, in the order of the report.
pub fn all() -> &'static [&'static dyn Case] {
    &[
        &thermodynamic_uncertainty::ThermodynamicUncertainty,
        &qncc_spectra::QnccSpectra,
        &drug_resistance::DrugResistance,
    ]
}
