//! Models that are linear in coefficients and nonlinear in shapes, fitted with the coefficients projected out.

use serde::{Deserialize, Serialize};

use super::FitError;
use super::covariance::Covariance;
use super::search::Whitened;
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;
use rand::RngExt;

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

impl Problem<'_> {
    /// How many shapes may move.
    pub fn movable(&self) -> usize {
        self.lower.iter().zip(&self.upper).filter(|(lower, upper)| lower < upper).count()
    }
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

/// Minimises χ² over coefficients and shapes.
///
/// Variable projection: at given shapes the coefficients are those of [`super::nnls::nnls`], and the shapes move by
/// Levenberg–Marquardt steps within their bounds, on derivatives with the active columns projected out (Kaufman 1975; the
/// gradient of χ² is exact, as the term left out is orthogonal to the residuals). Where a column has coefficient zero, its own
/// shapes don't matter; they are scanned between their bounds for a place where the coefficient would grow. All this is done
/// from each start, and the smallest χ² is returned, the earliest of equals. The result has the same bits for any number
/// of threads.
///
/// `start` is moved into the bounds; further starts are drawn between finite bounds. The monitor advances once per start.
///
/// # Errors
/// [`FitError`] for lengths that don't fit, numbers that aren't finite, errors that aren't positive, bounds that exclude
/// each other, coefficients that can't be found, or an interrupt.
pub fn fit(problem: &Problem<'_>, start: &[f64], options: &Options, monitor: &dyn Monitor) -> Result<Fit, FitError> {
    let whitened = Whitened::new(problem)?;
    if start.len() != problem.basis.shapes() {
        return Err(FitError::Length { what: "the start", found: start.len(), expected: problem.basis.shapes() });
    }
    super::finite("the start", start)?;
    let starts = if problem.movable() == 0 { 1 } else { options.starts.max(1) };
    monitor.begin("fitting shapes", starts as u64);
    let ends = ordered(starts, monitor, |index| {
        let from = if index == 0 { start.to_vec() } else { drawn(problem, start, options.seed, index as u64) };
        whitened.search(&from, &[], options)
    });
    monitor.end();
    let mut best = None;
    for end in ends? {
        let end = end?;
        if best.as_ref().is_none_or(|best: &super::search::State| end.chi2 < best.chi2) {
            best = Some(end);
        }
    }
    let best = best.ok_or(FitError::Empty("there are no starts"))?;
    Ok(whitened.conclude(best))
}

/// A start between the bounds; a shape without finite bounds keeps its given start.
fn drawn(problem: &Problem<'_>, start: &[f64], seed: u64, index: u64) -> Vec<f64> {
    let mut random = stream(seed, "qncc_spectra", "starts", index);
    let bounds = problem.lower.iter().zip(&problem.upper);
    bounds
        .zip(start)
        .map(|((lower, upper), given)| {
            let share = random.random::<f64>();
            if lower.is_finite() && upper.is_finite() { lower + share * (upper - lower) } else { *given }
        })
        .collect()
}

#[cfg(test)]
#[path = "separable_tests.rs"]
pub(crate) mod tests;
