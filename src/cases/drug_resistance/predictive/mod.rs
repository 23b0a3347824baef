//! PredictiveNetwork: a gene network estimated together with the predictor of drug response that rests on it.
//!
//! Source: Park, Yamaguchi, Imoto and Miyano, BMC Bioinformatics 23 (2022) 342. With `X` (n lines × p genes, standardised),
//! `z` (n, centred), `B` (p × p, column `β_j` holds the regulators of gene j, `B_jj = 0`) and `θ` (p),
//!
//! ```text
//! F(B, θ0, θ) = ‖z − θ0·1 − XBθ‖² + ‖X − XB‖² + λ1 Σ|B| + λ2 ΣB² + λ3 Σ|θ|
//!             + λ4 Σ_q Σ_j w_qj (s_q θ_q/d_q − s_j θ_j/d_j)²,
//! w_qj = (|B_qj| + |B_jq|)/2,  w_jj = 0,  d_j = Σ_i w_ij.
//! ```
//!
//! The double sum runs over ordered pairs: each edge counts twice. A gene with `d_j = 0` has `θ_j = 0` and no term. Everything
//! here works with `F/n` and `λ = n·a`, so that weights carry over between numbers of lines. Weights below 1e-12 of the
//! largest count as zero, so that no term divides by a vanishing degree.
//!
//! [`fit`] descends in blocks: θ given B ([`prediction_step`]), then the columns of B with `θ_j ≠ 0` one after the other
//! ([`network_step`]); all others ignore z and stay the nodewise elastic nets. F is not jointly convex: the limit is a
//! coordinatewise minimum.

pub mod error;
mod fit;
mod options;

pub use error::PredictiveError;
pub use fit::{Kkt, Objective, PredictiveFit, Step, StepKind, fit, fit_on};
pub use options::{DegreeScale, Mode, Params, Refresh, ResponseScale, Sign, ThetaPenalty, ValidParams};
