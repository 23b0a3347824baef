//! Elastic nets: one response or thousands on one design, on its Gram matrix or on the data, each with its certificate.
//!
//! The objective is that of glmnet (Friedman, Hastie & Tibshirani 2010, J. Stat. Softw. 33:1), for `n` observations with
//! weights `v_i`, `p` columns with penalty factors `u_j`, λ ≥ 0 and the ℓ1 ratio ρ ∈ [0, 1]:
//!
//! ```text
//! 1/(2 Σv) Σ_i v_i (y_i − b0 − x_iᵀβ)² + λ Σ_j u_j (ρ |β_j| + (1−ρ)/2 β_j²)
//! ```
//!
//! The intercept `b0` has no penalty, so columns and response are centred by their weighted means, and columns are divided by
//! their weighted standard deviation where [`Scaling::UnitVariance`] asks for it; the response never is. With `l1 = λρ`,
//! `l2 = λ(1−ρ)` ([`Penalty`]), `G = XᵀVX/Σv` ([`Gram`]) and `c = XᵀVy/Σv` ([`Gram::right_hand_side`]) of the centred columns
//! the problem that is solved is
//!
//! ```text
//! F(β) = ½ βᵀGβ − cᵀβ + Σ_j l1 u_j |β_j| + ½ Σ_j l2 u_j β_j²
//! ```
//!
//! which is glmnet's objective less its value at β = 0. `F ≤ 0` is what [`Fit::objective`] reports; add the constant
//! `½ Σv (y−ȳ)²/Σv` for glmnet's number. A loss without the factor, `‖y − Xβ‖² + λ1 Σ|β| + λ2 Σβ²`, is [`Penalty::raw`].
//!
//! | name | where | meaning |
//! |---|---|---|
//! | λ, ρ | [`Penalty::glmnet`] | glmnet's `lambda` and `alpha`; scikit-learn's `alpha` and `l1_ratio` |
//! | u_j | [`Options::factors`] | glmnet's `penalty.factor`, not rescaled to mean one; 0 leaves free, ∞ excludes |
//! | v_i | [`Gram::of`], [`residual::Design::of`] | observation weights; any scale, zero leaves a row out |
//! | G, c | [`Gram`] | weighted covariances; correlations with [`Scaling::UnitVariance`] |
//! | tolerance | [`Options::tolerance`] | of the KKT residual, relative to the largest `abs(c_j)` |
//!
//! The KKT residual of `β` is the largest violation of `g_j = l1 u_j sign(β_j) + l2 u_j β_j` where `β_j ≠ 0` and of
//! `|g_j| ≤ l1 u_j` where `β_j = 0`, with `g = c − Gβ`. It is computed from all columns at the end of every fit, so it certifies
//! the optimum, as the problem is convex.
//!
//! [`covariance::fit`] works on `G`, [`residual::fit`] on the columns (for p ≫ n), [`path::fit`] along a grid of λ,
//! [`many::nodewise`] for every column on all others and [`many::responses`] for many responses. Everything is f64, and has the
//! same bits for any number of threads.

use serde::{Deserialize, Serialize};

use crate::methods::parallel::Interrupted;

mod check;
mod compact;
pub mod covariance;
mod factor;
mod gram;
pub mod many;
mod network;
pub mod path;
pub mod residual;

pub(crate) use check::{Ready, ready, vector as check_vector};
pub(crate) use factor::add_scaled;
pub use gram::Gram;
pub(crate) use gram::cross_product;
pub use network::Network;

/// What columns are divided by, after their means were taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scaling {
    /// By nothing.
    None,
    /// By their weighted standard deviation `√(Σ v (x−x̄)²/Σv)`, as glmnet does. A constant column is left as it is.
    #[default]
    UnitVariance,
}

/// The weights of the two penalties on a mean loss: `l1 Σ u_j |β_j| + ½ l2 Σ u_j β_j²`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Penalty {
    /// Of the absolute values, `λρ`.
    pub l1: f64,
    /// Of half the squares, `λ(1−ρ)`.
    pub l2: f64,
}

impl Penalty {
    /// From glmnet's parameters: `λ` and `l1_ratio` (ρ; glmnet's `alpha`).
    pub const fn glmnet(lambda: f64, l1_ratio: f64) -> Self {
        Self { l1: lambda * l1_ratio, l2: lambda * (1.0 - l1_ratio) }
    }

    /// From `λ1`, `λ2` of the loss `‖y − Xβ‖² + λ1 Σ|β| + λ2 Σβ²` without a factor, for `weight` = n or Σv.
    ///
    /// Dividing by `2n` gives `λρ = λ1/2n` and `λ(1−ρ) = λ2/n`.
    pub const fn raw(lambda1: f64, lambda2: f64, weight: f64) -> Self {
        Self { l1: lambda1 / (2.0 * weight), l2: lambda2 / weight }
    }
}

/// On which of the two penalties the factors `u_j` act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FactorScope {
    /// On both, as in glmnet.
    #[default]
    Both,
    /// On the ℓ1 part only, as adaptive weights of the recursive elastic net (Shimamura 2011) do. ∞ still excludes.
    L1Only,
}

/// How a fit is made.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `tolerance` | 1e-9 | largest KKT residual, relative to the largest `abs(c_j)` | > 0 |
/// | `max_sweeps` | 100 000 | coordinate sweeps and Newton steps before a fit gives up | ≥ 1 |
/// | `factors` | none: all 1 | `u_j` | 0 … ∞, one for each column |
/// | `scope` | both | what `factors` act on | |
/// | `exclude` | none | a column that stays out: the response's own | < p |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options<'a> {
    /// The largest KKT residual of a fit that is given out, relative to the largest `|c_j|`.
    pub tolerance: f64,
    /// Coordinate sweeps and Newton steps before a fit gives up with [`ElasticNetError::NotConverged`].
    pub max_sweeps: usize,
    /// The penalty factors `u_j`; 0 leaves a column without penalty, ∞ excludes it.
    pub factors: Option<&'a [f64]>,
    /// What the factors act on.
    pub scope: FactorScope,
    /// A column that is excluded besides: the response's own.
    pub exclude: Option<usize>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { tolerance: 1e-9, max_sweeps: 100_000, factors: None, scope: FactorScope::Both, exclude: None }
    }
}

/// An elastic net and the proof that it is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The coefficients that aren't zero, by ascending column, in units of the centred and scaled columns.
    pub coefficients: Vec<(usize, f64)>,
    /// The intercept: 0 for centred columns; [`Gram::in_original_units`] gives that of the data.
    pub intercept: f64,
    /// The KKT residual over all columns, relative to the largest `|c_j|`.
    pub kkt: f64,
    /// `F(β)`, the objective less its value at β = 0; never positive.
    pub objective: f64,
    /// Coordinate sweeps and Newton steps that it took.
    pub sweeps: usize,
}

impl Fit {
    /// The coefficients as a vector of `columns` entries.
    ///
    /// # Panics
    /// When a coefficient's column is not below `columns`.
    pub fn dense(&self, columns: usize) -> Vec<f64> {
        let mut dense = vec![0.0; columns];
        for (column, value) in &self.coefficients {
            dense[*column] = *value;
        }
        dense
    }
}

/// Why an elastic net wasn't fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ElasticNetError {
    /// There is nothing to fit on.
    #[error("the design has {rows} rows and {columns} columns; it needs at least one of each")]
    Empty {
        /// Rows that were given.
        rows: usize,
        /// Columns that were given.
        columns: usize,
    },
    /// A length that doesn't fit the others.
    #[error("{what}: {found} where {expected} are needed")]
    Length {
        /// What was given.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// A number that isn't finite.
    #[error("{what} has {value} at row {row}, column {column}; leave such rows or columns out, or impute them")]
    NonFinite {
        /// What was given.
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// An observation weight that isn't one.
    #[error("the weight of row {row} is {value}; weights are finite and not negative")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// No row has a weight.
    #[error("the weights of all {rows} rows are zero; at least one must be positive")]
    NoWeight {
        /// Rows that were given.
        rows: usize,
    },
    /// More was taken away than there is.
    #[error(
        "the rows taken away weigh {removed}, all rows {total}; some must be left, and all must come from this design"
    )]
    NothingLeft {
        /// Weight of the rows to take away.
        removed: f64,
        /// Weight of all rows.
        total: f64,
    },
    /// A penalty, factor, tolerance or limit out of range.
    #[error("{what} is {value}; it must be {range}")]
    OutOfRange {
        /// The setting.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
    /// The optimum wasn't reached.
    #[error(
        "no optimum after {sweeps} sweeps: the KKT residual is {kkt:.3e} where {tolerance:.3e} is asked for{}; raise \
         max_sweeps or the tolerance, or add a ridge part, as columns may depend on each other",
        .response.map_or(String::new(), |j| format!(" (response {j})"))
    )]
    NotConverged {
        /// The KKT residual reached, relative to the largest `|c_j|`.
        kkt: f64,
        /// The one that was asked for.
        tolerance: f64,
        /// Sweeps that it took.
        sweeps: usize,
        /// Which response, where there are many.
        response: Option<usize>,
    },
    /// The monitor was cancelled.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl ElasticNetError {
    /// The same error, saying which of many responses it came from.
    fn of_response(self, index: usize) -> Self {
        match self {
            Self::NotConverged { kkt, tolerance, sweeps, .. } => {
                Self::NotConverged { kkt, tolerance, sweeps, response: Some(index) }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
