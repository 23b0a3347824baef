//! How alike two spectra are, and how alike anything else would have been.
//!
//! Two spectra are convolved to one resolving power ([`Resolution`]), brought onto one logarithmic grid and lose a straight
//! line in wavelength ([`Protocol`]); then they are compared ([`compare`]) by Pearson's correlation, the cosine, the difference
//! of a band's centres, and the χ² that is left by a free scale and a straight continuum. A correlation alone shows no
//! resemblance: featureless carbon reaches 0.79 where the planted twin reaches 0.92. So every comparison is ranked beside null
//! models ([`null_models`], [`rank`]), has errors from a bootstrap over noise or points, and stands beside its null distribution
//! from shifted or permuted spectra with a p-value ([`NullDistribution`]).

mod common;
mod compare;
mod measures;
mod null;
mod null_models;
mod protocol;
mod resample;

pub use common::{Resolution, filled, margin};
pub use compare::{Candidate, Centres, Comparison, Ranked, Setup, compare, rank};
pub use measures::{ScaledFit, cosine, pearson, scaled_fit};
pub use null::{NullDistribution, block_null, shift_null};
pub use null_models::{Kind, NullModel, null_models};
pub use protocol::{Protocol, detrend, interpolate};
pub use resample::{Bootstrap, noise_bootstrap, point_bootstrap};

use crate::methods::parallel::Interrupted;

/// Name of the case in random streams.
const CASE: &str = "qncc_spectra";

/// Why two spectra couldn't be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimilarityError {
    #[error("{what} has {found} points, expected {expected}; give one value per point")]
    Lengths { what: &'static str, found: usize, expected: usize },
    #[error("point {index} of {what} is {found}; remove points that aren't numbers, and errors that aren't above zero")]
    Value { what: &'static str, index: usize, found: f64 },
    #[error(
        "the axis doesn't ascend strictly at point {index} (found {found} after {before}); sort it, and give overlapping sub-bands one by one"
    )]
    Unsorted { index: usize, before: f64, found: f64 },
    #[error(
        "the spectrum covers {from}–{to} µm, the comparison needs {wanted_from}–{wanted_to} µm; narrow the comparison"
    )]
    Coverage { from: f64, to: f64, wanted_from: f64, wanted_to: f64 },
    #[error("{name} is {found}, expected {expected}")]
    Setting { name: &'static str, found: f64, expected: &'static str },
    #[error("{what} is a straight line on the grid, so nothing can be compared")]
    Flat { what: &'static str },
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}

#[cfg(test)]
mod tests;
