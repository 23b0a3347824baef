//! Models that are linear in coefficients and nonlinear in shapes, fitted with the coefficients projected out.

use serde::{Deserialize, Serialize};

use super::covariance::Covariance;

/// A model `y ≈ Σ_j c_j · column_j(shapes)`.
///
/// A column may depend on any shapes: a band on its centre and width, every column on an optical depth.
pub trait Basis: Sync {
    /// The number of points.
    fn rows(&self) -> usize;

    /// The number of columns, and of coefficients.
    fn columns(&self) -> usize;

    /// The number of shapes.
    fn shapes(&self) -> usize;

    /// Fills column `j`, of length [`Basis::rows`], at `shapes`.
    fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]);

    /// Which shapes column `j` depends on, ascending.
    fn depends(&self, j: usize) -> &[usize];

    /// Fills `∂ column_j / ∂ shape_s`, analytic. Asked only for a shape that the column depends on.
    fn derivative(&self, j: usize, s: usize, shapes: &[f64], out: &mut [f64]);

    /// Fills all columns, one after the other; worth overriding where columns share work.
    fn fill(&self, shapes: &[f64], out: &mut [f64]) {
        for (j, column) in out.chunks_exact_mut(self.rows()).enumerate() {
            self.column(j, shapes, column);
        }
    }

    /// Fills `Σ_j c_j ∂ column_j / ∂ shape_s`; worth overriding where columns share work.
    fn slope(&self, s: usize, shapes: &[f64], coefficients: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut one = vec![0.0; out.len()];
        for (j, coefficient) in coefficients.iter().enumerate() {
            if *coefficient != 0.0 && self.depends(j).contains(&s) {
                self.derivative(j, s, shapes, &mut one);
                super::matrix::add_scaled(out, *coefficient, &one);
            }
        }
    }
}

/// What is to be fitted: minimise `Σ ((y − Σ_j c_j column_j)/σ)²` over coefficients and bounded shapes.
pub struct Problem<'a> {
    /// The model.
    pub basis: &'a dyn Basis,
    /// The data, one value for each row.
    pub y: &'a [f64],
    /// One-σ errors in units of `y`, all positive.
    pub sigma: &'a [f64],
    /// Per column, whether its coefficient must not be negative; `false` for a baseline.
    pub non_negative: Vec<bool>,
    /// Lower bound of each shape.
    pub lower: Vec<f64>,
    /// Upper bound of each shape.
    pub upper: Vec<f64>,
}

/// How the shapes are searched.
///
/// | name | default | range | purpose |
/// |---|---|---|---|
/// | `starts` | 8 | ≥ 1 | the given start, and further ones drawn uniformly between the bounds |
/// | `seed` | 1 | any | of the further starts |
/// | `max_steps` | 200 | ≥ 1 | evaluations allowed for each start |
/// | `tolerance` | 1e-10 | > 0 | relative change of χ² below which a start ends |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Starts, the given one included.
    pub starts: usize,
    /// Seed of the further starts.
    pub seed: u64,
    /// Evaluations allowed for each start.
    pub max_steps: usize,
    /// Relative change of χ² at which a start ends.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { starts: 8, seed: 1, max_steps: 200, tolerance: 1e-10 }
    }
}

/// The best fit of all starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// One per column; exactly zero off the active set.
    pub coefficients: Vec<f64>,
    /// The shapes.
    pub shapes: Vec<f64>,
    /// `Σ ((y − model)/σ)²`.
    pub chi2: f64,
    /// The model at each row.
    pub model: Vec<f64>,
    /// The largest violation of the optimality conditions of the coefficients; see [`super::nnls::Solution::kkt`].
    pub kkt: f64,
    /// The largest cosine between the residuals and the derivative in a shape that could still move, coefficients
    /// projected out: zero at a stationary point.
    pub stationarity: f64,
    /// How many coefficients are positive (those of free sign count when they aren't zero).
    pub positive: usize,
    /// Evaluations of the start that won.
    pub steps: usize,
    /// Whether that start ended by `tolerance` and not by `max_steps`.
    pub converged: bool,
    /// Per shape, whether it ended on a bound.
    pub at_bound: Vec<bool>,
    /// Formal covariance of active coefficients and of shapes within their bounds.
    pub covariance: Covariance,
}
