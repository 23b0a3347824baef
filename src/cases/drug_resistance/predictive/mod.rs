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
//! [`fit`] descends in blocks: θ given B, by coordinate descent on `BᵀGB`; then the columns of B with `θ_j ≠ 0` one after the
//! other, each an elastic net. All other columns ignore z and stay the nodewise elastic nets ([`Nodewise`]), which are shared by
//! every response, f and a4. F is not jointly convex: the limit is a coordinatewise minimum.
//!
//! | step | works on | cost |
//! |---|---|---|
//! | nodewise | `G = XᵀX/n` | once for (a1, a2), in parallel |
//! | θ | `β_kᵀGβ_l` of active genes k, l | p·(entries of a column) for each gene that becomes active |
//! | B | `Xᵀỹ/n = (G_·j + θ_j (c − G h_−j))/(1+θ_j²)`, `h = Bθ` | one elastic net for each `θ_j ≠ 0` |
//!
//! For p ≫ n, where G is too large ([`Mode`]), the same steps work on the data: `Gβ` becomes `Xᵀ(Xβ)/n`, and every elastic net is
//! fitted by residuals. At p = 20,000 and n = 500 the nodewise networks are what takes long; B is sparse, and memory stays at two
//! copies of the data.

mod block;
mod design;
mod error;
mod fit;
mod graph;
mod network_step;
mod objective;
mod options;
mod prediction_step;
#[cfg(test)]
mod tests;
mod theta;

pub use design::{Design, Nodewise, Response};
pub use error::PredictiveError;
pub use fit::{PredictiveFit, Step, StepKind, fit, fit_on};
pub use graph::Graph;
pub use objective::{Kkt, Objective};
pub use options::{DegreeScale, Mode, Params, Refresh, ResponseScale, Sign, ThetaPenalty, ValidParams};
pub use theta::{ThetaGrid, ThetaPoint, theta_grid, theta_grid_while};

/// The entries `(row, value)` of a column of B that aren't zero, ascending.
type Column = Vec<(usize, f64)>;
