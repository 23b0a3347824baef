//! Least squares with non-negative coefficients: the optimum, the proof that it is one, and what it is worth.
//!
//! A spectrum is a sum of columns (bands, lines, continua) with coefficients that are mostly non-negative, and the
//! columns may depend on shapes (centres, widths, an optical depth). [`nnls`] finds the coefficients at fixed shapes and
//! certifies them; [`fit()`] finds the shapes, with the coefficients projected out. All numbers are plain `f64`: residuals
//! are divided by one-σ errors first, so χ² has no unit.

pub mod bic;
pub mod bootstrap;
pub mod covariance;
mod error;
mod factor;
pub mod limits;
pub mod matrix;
pub mod nnls;
pub mod profile;
mod search;
pub mod separable;

pub use bic::bic;
pub use bootstrap::{Bootstrap, BootstrapOptions, Replicate, bootstrap};
pub use covariance::{Covariance, Parameter};
pub use error::FitError;
pub use limits::upper_limits;
pub use matrix::{Matrix, MatrixRef};
pub use nnls::{Solution, nnls, nnls_from};
pub use profile::{Interval, interval, profile, scan};
pub use separable::{Basis, Fit, Options, Problem, fit};

/// Refuses NaN and infinity.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), FitError> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, value)) => Err(FitError::NotFinite { what, index, value: *value }),
        None => Ok(()),
    }
}
