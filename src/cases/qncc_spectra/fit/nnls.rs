//! Non-negative least squares with a certificate of optimality (Lawson & Hanson 1974, chapter 23).

use serde::{Deserialize, Serialize};

use super::FitError;
use super::factor::{Cholesky, least_squares};
use super::matrix::{Matrix, MatrixRef, add_scaled, dot, norm};

/// A minimiser of `‖Ax − b‖` and the proof that it is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// The coefficients; exactly zero off the active set.
    pub x: Vec<f64>,
    /// `‖Ax − b‖²`.
    pub residual_norm2: f64,
    /// `a_jᵀ(b − Ax)/(‖a_j‖‖b‖)`: zero on the active set, not positive off it.
    pub gradient: Vec<f64>,
    /// The largest violation of these conditions. They are sufficient, as the problem is convex.
    pub kkt: f64,
    /// Which columns take part: free ones, and those with a positive coefficient.
    pub active: Vec<bool>,
    /// Changes of the active set and refinements.
    pub iterations: usize,
}

/// How a least-squares problem on the active set is solved, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// By the normal matrix.
    Normal,
    /// By the normal matrix, applied to the true residual: the corrected semi-normal equations.
    Refined,
    /// By reflections of the columns, for sets too close to dependence for a normal matrix.
    Orthogonal,
}

/// Off the active set, a gradient above this may enter; `b` and the columns have unit length.
const ENTER: f64 = 1e-12;
/// Least square of a pivot in the normal matrix, and least pivot by reflections.
const INDEPENDENT: f64 = 1e-11;
/// A certificate that the normal equations needn't improve.
const GOOD: f64 = 1e-11;
/// A certificate that isn't given out.
const BAD: f64 = 1e-9;

/// Minimises `‖Ax − b‖` with `x_j ≥ 0` where `non_negative[j]`, and `x_j` of any sign elsewhere.
///
/// Columns are scaled to unit length first. Columns of zeros and columns that depend on the active ones get zero. The
/// active set is found on normal equations, refined on true residuals, and found anew by reflections where the certificate
/// doesn't hold. Costs `m n²/2` multiplications for `m` rows and `n` columns, and little more.
///
/// # Errors
/// [`FitError`] for unequal lengths, numbers that aren't finite, or when no optimum is reached.
pub fn nnls(a: MatrixRef<'_>, b: &[f64], non_negative: &[bool]) -> Result<Solution, FitError> {
    nnls_from(a, b, non_negative, &[])
}

/// As [`nnls`], starting from the active set of `start`, the solution of a problem like this one; empty for none.
///
/// # Errors
/// As [`nnls`].
pub fn nnls_from(a: MatrixRef<'_>, b: &[f64], non_negative: &[bool], start: &[f64]) -> Result<Solution, FitError> {
    check(a, b, non_negative, start)?;
    let mut unit = a.to_matrix();
    let scales = unit.normalise();
    let size = match norm(b) {
        0.0 => 1.0,
        size => size,
    };
    let target: Vec<f64> = b.iter().map(|value| value / size).collect();
    let mut search = Search::new(&unit, &target, non_negative);
    let start: Vec<f64> = start.iter().zip(&scales).map(|(value, scale)| value * scale / size).collect();
    search.begin(&start);
    let mut last = (Vec::new(), f64::INFINITY);
    for mode in [Mode::Normal, Mode::Refined, Mode::Orthogonal] {
        search.mode = mode;
        search.run();
        if mode != Mode::Normal {
            last = search.certificate();
            if last.1 <= GOOD {
                break;
            }
        }
    }
    let (gradient, kkt) = last;
    if kkt.is_nan() || kkt > BAD {
        return Err(FitError::NotConverged { iterations: search.iterations, kkt });
    }
    let residual = search.residual();
    let mut active = vec![false; a.columns()];
    search.passive.iter().for_each(|j| active[*j] = true);
    let x = search.x.iter().zip(&scales).map(|(value, scale)| value * size / scale).collect();
    let residual_norm2 = dot(&residual, &residual) * size * size;
    Ok(Solution { x, residual_norm2, gradient, kkt, active, iterations: search.iterations })
}

fn check(a: MatrixRef<'_>, b: &[f64], non_negative: &[bool], start: &[f64]) -> Result<(), FitError> {
    if a.rows() == 0 {
        return Err(FitError::Empty("there are no points"));
    }
    if a.columns() == 0 {
        return Err(FitError::Empty("there are no columns"));
    }
    let length = |what, found, expected| {
        if found == expected { Ok(()) } else { Err(FitError::Length { what, found, expected }) }
    };
    length("the right side", b.len(), a.rows())?;
    length("`non_negative`", non_negative.len(), a.columns())?;
    if !start.is_empty() {
        length("the start", start.len(), a.columns())?;
    }
    super::finite("the right side", b)?;
    for j in 0..a.columns() {
        super::finite("a column", a.column(j))?;
    }
    Ok(())
}

/// The state of a search among active sets.
struct Search<'a> {
    /// Columns of unit length (or zero).
    a: &'a Matrix,
    b: &'a [f64],
    non_negative: &'a [bool],
    gram: Matrix,
    /// `Aᵀb`.
    right: Vec<f64>,
    mode: Mode,
    x: Vec<f64>,
    /// The active set, in the order of `factor`.
    passive: Vec<usize>,
    factor: Cholesky,
    /// Columns that could not enter since the set last changed.
    blocked: Vec<bool>,
    iterations: usize,
}

impl<'a> Search<'a> {
    fn new(a: &'a Matrix, b: &'a [f64], non_negative: &'a [bool]) -> Self {
        let right = (0..a.columns()).map(|j| dot(a.column(j), b)).collect();
        let count = a.columns();
        Self {
            a,
            b,
            non_negative,
            gram: a.gram(),
            right,
            mode: Mode::Normal,
            x: vec![0.0; count],
            passive: Vec::new(),
            factor: Cholesky::default(),
            blocked: vec![false; count],
            iterations: 0,
        }
    }

    /// Takes in the free columns, and those that are positive in `start`.
    fn begin(&mut self, start: &[f64]) {
        for j in 0..self.x.len() {
            let value = start.get(j).copied().unwrap_or(0.0);
            if (!self.non_negative[j] || value > 0.0) && self.enter(j) {
                self.x[j] = value;
            }
        }
    }

    /// Adds `j` to the active set, unless it depends on it.
    fn enter(&mut self, j: usize) -> bool {
        if self.mode != Mode::Orthogonal {
            let others = self.passive.iter().chain([&j]);
            let products: Vec<f64> = others.map(|i| self.gram[(*i, j)]).collect();
            if !self.factor.push(&products, INDEPENDENT) {
                return false;
            }
        }
        self.passive.push(j);
        true
    }

    /// Takes the entry at `place` out of the active set.
    fn leave(&mut self, place: usize) {
        let j = self.passive.remove(place);
        self.x[j] = 0.0;
        if self.mode != Mode::Orthogonal {
            self.factor.remove(place);
        }
    }

    /// Runs until the conditions hold as well as this mode can tell.
    fn run(&mut self) {
        self.blocked.fill(false);
        let limit = self.iterations + 20 * self.x.len() + 100;
        if !self.descend(limit) {
            return;
        }
        let mut before = f64::INFINITY;
        while self.iterations < limit {
            let gradient = self.gradient();
            if self.mode == Mode::Refined {
                let left = self.passive.iter().fold(0.0_f64, |worst, j| worst.max(gradient[*j].abs()));
                if left > 1e-15 && left < 0.5 * before {
                    before = left;
                    if !self.descend(limit) {
                        return;
                    }
                    continue;
                }
            }
            let Some(j) = self.steepest(&gradient) else { return };
            self.iterations += 1;
            if !self.enter(j) {
                self.blocked[j] = true;
                continue;
            }
            let enters = self.target().and_then(|target| target.last().copied()).is_some_and(|value| value > 0.0);
            if !enters {
                self.leave(self.passive.len() - 1);
                self.blocked[j] = true;
                continue;
            }
            self.blocked.fill(false);
            before = f64::INFINITY;
            if !self.descend(limit) {
                return;
            }
        }
    }

    /// The column whose coefficient should grow most urgently.
    fn steepest(&self, gradient: &[f64]) -> Option<usize> {
        let mut best = (None, ENTER);
        for (j, slope) in gradient.iter().enumerate() {
            if *slope > best.1 && !self.blocked[j] && !self.passive.contains(&j) && self.non_negative[j] {
                best = (Some(j), *slope);
            }
        }
        best.0
    }

    /// Moves to the minimum on the active set, dropping what would turn negative on the way; false at the limit.
    fn descend(&mut self, limit: usize) -> bool {
        while self.iterations < limit {
            self.iterations += 1;
            let Some(target) = self.target() else {
                // A set that has become dependent: without its latest column it was not.
                let Some(place) = self.passive.len().checked_sub(1) else { return true };
                self.leave(place);
                continue;
            };
            let mut step = 1.0;
            let mut first = None;
            for (place, (j, goal)) in self.passive.iter().zip(&target).enumerate() {
                if self.non_negative[*j] && *goal <= 0.0 {
                    let ratio = self.x[*j] / (self.x[*j] - goal);
                    // NaN comes of 0/0: such a column leaves.
                    let ratio = if ratio.is_nan() { 0.0 } else { ratio };
                    if first.is_none() || ratio < step {
                        (step, first) = (ratio, Some(place));
                    }
                }
            }
            for (j, goal) in self.passive.iter().zip(&target) {
                self.x[*j] = if first.is_none() { *goal } else { self.x[*j] + step * (goal - self.x[*j]) };
            }
            let Some(first) = first else { return true };
            self.leave(first);
            for place in (0..self.passive.len()).rev() {
                let j = self.passive[place];
                if self.non_negative[j] && self.x[j] <= 0.0 {
                    self.leave(place);
                }
            }
        }
        false
    }

    /// The minimum on the active set, signs left aside; `None` when the set is dependent.
    fn target(&self) -> Option<Vec<f64>> {
        match self.mode {
            Mode::Normal => {
                let right: Vec<f64> = self.passive.iter().map(|j| self.right[*j]).collect();
                Some(self.factor.solve(&right))
            }
            Mode::Refined => {
                let residual = self.residual();
                let right: Vec<f64> = self.passive.iter().map(|j| dot(self.a.column(*j), &residual)).collect();
                let change = self.factor.solve(&right);
                Some(self.passive.iter().zip(change).map(|(j, change)| self.x[*j] + change).collect())
            }
            Mode::Orthogonal => least_squares(self.a.select(&self.passive), self.b, INDEPENDENT),
        }
    }

    fn residual(&self) -> Vec<f64> {
        let mut residual = self.b.to_vec();
        for j in &self.passive {
            add_scaled(&mut residual, -self.x[*j], self.a.column(*j));
        }
        residual
    }

    /// `Aᵀ(b − Ax)`.
    fn gradient(&self) -> Vec<f64> {
        if self.mode == Mode::Normal {
            let mut gradient = self.right.clone();
            for j in &self.passive {
                add_scaled(&mut gradient, -self.x[*j], self.gram.column(*j));
            }
            return gradient;
        }
        let residual = self.residual();
        (0..self.x.len()).map(|j| dot(self.a.column(j), &residual)).collect()
    }

    /// The gradient of true residuals, and the largest violation of the conditions.
    fn certificate(&self) -> (Vec<f64>, f64) {
        let gradient = self.gradient();
        let violation = |(j, slope): (usize, &f64)| {
            if self.non_negative[j] && self.x[j] == 0.0 { slope.max(0.0) } else { slope.abs() }
        };
        let kkt =
            gradient.iter().enumerate().map(violation).fold(0.0, |worst, one| if one <= worst { worst } else { one });
        (gradient, kkt)
    }
}

#[cfg(test)]
#[path = "nnls_tests.rs"]
mod tests;
