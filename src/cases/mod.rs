//! The documented results, one folder each, all of the same shape.

pub mod drug_resistance;
pub mod qncc_spectra;
pub mod thermodynamic_uncertainty;

#[cfg(test)]
pub(crate) mod test_data;

use crate::repro::Case;

/// All cases, in the order of the report.
///
/// `drug_resistance` isn't among them yet: its methods and its command are there, its claims and figures are written, but its
/// tables take longer than a smoke run may.
pub fn all() -> &'static [&'static dyn Case] {
    &[&thermodynamic_uncertainty::ThermodynamicUncertainty, &qncc_spectra::QnccSpectra]
}
