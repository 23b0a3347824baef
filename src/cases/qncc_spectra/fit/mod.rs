//! Least squares with non-negative coefficients: the optimum, the proof that it is one, and what it is worth.
//!
//! A spectrum is a sum of columns (bands, lines, continua) with coefficients that are mostly non-negative, and the
//! columns may depend on shapes (centres, widths, an optical depth). [`nnls`] finds the coefficients at fixed shapes and
//! certifies them; [`fit()`] finds the shapes, with the coefficients projected out. All numbers are plain `f64`: residuals
//! are divided by one-σ errors first, so χ² has no unit.

pub mod bic;
pub mod covariance;
mod error;
pub mod matrix;
pub mod separable;

pub use bic::bic;
pub use covariance::{Covariance, Parameter};
pub use error::FitError;
pub use matrix::{Matrix, MatrixRef};
pub use separable::{Basis, Fit, Options, Problem};
