//! The problem on a working set of columns: their Gram matrix gathered into cache, sweeps, and Newton steps.

use super::Penalty;

/// `½ βᵀHβ − cᵀβ + Σ l1|β| + ½ Σ l2 β²` on the columns of a working set, with the gradient `c − Hβ` kept up to date.
#[derive(Debug, Default)]
pub(super) struct Compact {
    /// The columns, in the order in which they came in.
    pub columns: Vec<usize>,
    /// The coefficients.
    pub beta: Vec<f64>,
    /// `c − Hβ`.
    pub gradient: Vec<f64>,
    penalties: Vec<Penalty>,
    diagonal: Vec<f64>,
    /// H by rows, at distance `stride`.
    gram: Vec<f64>,
    stride: usize,
    scratch: Scratch,
}

/// What a Newton step needs, kept from one to the next.
#[derive(Debug, Default)]
struct Scratch {
    support: Vec<usize>,
    factor: Vec<f64>,
    step: Vec<f64>,
    change: Vec<f64>,
}

/// Sweeps between Newton steps while the signs still change.
const WAIT: usize = 4;
/// Newton steps are left out above this many coefficients: a factorisation costs more than sweeps then.
const LARGEST_FACTOR: usize = 1500;
/// Least square of a pivot, relative to the diagonal.
const INDEPENDENT: f64 = 1e-13;

impl Compact {
    /// Empties the working set and makes room for `room` columns.
    pub fn clear(&mut self, room: usize) {
        self.columns.clear();
        self.beta.clear();
        self.gradient.clear();
        self.penalties.clear();
        self.diagonal.clear();
        self.stride = self.stride.max(room.next_multiple_of(8));
        if self.gram.len() < self.stride * self.stride {
            self.gram.resize(self.stride * self.stride, 0.0);
        }
    }

    /// Adds columns with coefficient `beta` and gradient `gradient`; `row(j)` is row j of the whole Gram matrix.
    pub fn add<'a>(&mut self, new: impl Iterator<Item = (usize, Penalty, f64, f64)>, row: impl Fn(usize) -> &'a [f64]) {
        let old = self.columns.len();
        for (column, penalty, beta, gradient) in new {
            self.columns.push(column);
            self.penalties.push(penalty);
            self.beta.push(beta);
            self.gradient.push(gradient);
            self.diagonal.push(row(column)[column]);
        }
        let count = self.columns.len();
        if count > self.stride {
            self.widen(old, (2 * count).next_multiple_of(8));
        }
        for k in old..count {
            let whole = row(self.columns[k]);
            for (l, column) in self.columns[..=k].iter().enumerate() {
                self.gram[k * self.stride + l] = whole[*column];
                self.gram[l * self.stride + k] = whole[*column];
            }
        }
    }

    fn widen(&mut self, count: usize, stride: usize) {
        let mut gram = vec![0.0; stride * stride];
        for k in 0..count {
            gram[k * stride..k * stride + count].copy_from_slice(&self.gram[k * self.stride..k * self.stride + count]);
        }
        (self.gram, self.stride) = (gram, stride);
    }

    /// Solves to a KKT residual of `tolerance` on the working set, in at most `limit` sweeps; returns the sweeps.
    pub fn solve(&mut self, tolerance: f64, limit: usize) -> usize {
        let mut sweeps = 0;
        // Sweeps until the next Newton step, and how many to wait after one; more where columns turned out dependent.
        let (mut wait, mut patience) = (WAIT, WAIT);
        while sweeps < limit {
            let steady = self.sweep();
            sweeps += 1;
            wait -= 1;
            if self.violation() <= tolerance {
                break;
            }
            if (wait == 0 || steady && patience == WAIT) && sweeps < limit {
                if self.newton() {
                    sweeps += 1;
                    patience = WAIT;
                    if self.violation() <= tolerance {
                        break;
                    }
                } else {
                    patience = patience.saturating_mul(2);
                }
                wait = patience;
            }
        }
        sweeps
    }

    /// The largest violation of the optimality conditions on the working set.
    fn violation(&self) -> f64 {
        let members = self.gradient.iter().zip(&self.beta).zip(&self.penalties);
        members.fold(0.0, |worst, ((gradient, beta), penalty)| f64::max(worst, penalty.violation(*gradient, *beta)))
    }

    /// One sweep of coordinate descent; tells whether all signs stayed.
    fn sweep(&mut self) -> bool {
        let count = self.columns.len();
        let mut steady = true;
        for k in 0..count {
            let (old, penalty) = (self.beta[k], self.penalties[k]);
            let pull = self.gradient[k] + self.diagonal[k] * old;
            let new = if pull.abs() <= penalty.l1 {
                0.0
            } else {
                (pull - penalty.l1.copysign(pull)) / (self.diagonal[k] + penalty.l2)
            };
            if new != old {
                self.beta[k] = new;
                steady &= (new > 0.0, new < 0.0) == (old > 0.0, old < 0.0);
                add_scaled(&mut self.gradient, old - new, &self.gram[k * self.stride..k * self.stride + count]);
            }
        }
        steady
    }

    /// Goes to the minimum for the present signs, or as far towards it as the objective falls and signs allow.
    ///
    /// For fixed signs the objective is quadratic: one Cholesky factor of `H + l2` on the support finds its minimum. Coefficients
    /// that would change sign become zero, if that lowers the objective; else the step ends where the first one is zero, which
    /// always lowers it. Returns false when the columns are too close to dependence.
    fn newton(&mut self) -> bool {
        let Self { beta, gradient, penalties, gram, stride, scratch, .. } = self;
        let Scratch { support, factor, step, change } = scratch;
        support.clear();
        support.extend((0..beta.len()).filter(|k| beta[*k] != 0.0));
        let size = support.len();
        if size == 0 || size > LARGEST_FACTOR {
            return false;
        }
        factor.clear();
        step.clear();
        for (i, k) in support.iter().enumerate() {
            let row = &gram[k * *stride..][..beta.len()];
            factor.extend(support[..=i].iter().map(|l| row[*l]));
            factor.resize((i + 1) * size, 0.0);
            factor[i * size + i] += penalties[*k].l2;
            step.push(penalties[*k].slope(gradient[*k], beta[*k]));
        }
        if !solve_cholesky(factor, step) {
            return false;
        }
        let crosses = |k: usize, step: f64| penalties[k].l1 > 0.0 && (beta[k] + step) * beta[k] <= 0.0;
        let moves = |step: &[f64], change: &mut Vec<f64>| {
            change.clear();
            change.resize(beta.len(), 0.0);
            for (k, step) in support.iter().zip(step) {
                add_scaled(change, *step, &gram[k * *stride..][..beta.len()]);
            }
        };
        let first = support.iter().zip(step.iter()).filter(|(k, step)| crosses(**k, **step));
        let first = first.map(|(k, step)| (-beta[*k] / step, *k)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((share, gone)) = first {
            let full = step.clone();
            for (k, step) in support.iter().zip(step.iter_mut()) {
                if crosses(*k, *step) {
                    *step = -beta[*k];
                }
            }
            moves(step, change);
            let rise: f64 = support
                .iter()
                .zip(step.iter())
                .map(|(k, step)| {
                    let (old, new, penalty) = (beta[*k], beta[*k] + step, penalties[*k]);
                    step * (0.5 * change[*k] - gradient[*k]) + penalty.value(new) - penalty.value(old)
                })
                .sum();
            if rise >= 0.0 {
                for ((k, step), full) in support.iter().zip(step.iter_mut()).zip(full) {
                    *step = if *k == gone { -beta[*k] } else { share * full };
                }
                moves(step, change);
            }
        } else {
            moves(step, change);
        }
        for (k, step) in support.iter().zip(step.iter()) {
            beta[*k] += step;
        }
        gradient.iter_mut().zip(change.iter()).for_each(|(gradient, change)| *gradient -= change);
        true
    }
}

impl Penalty {
    /// By how much a coefficient with this gradient `c − Gβ` violates its optimality condition.
    pub(super) fn violation(self, gradient: f64, beta: f64) -> f64 {
        if beta == 0.0 { (gradient.abs() - self.l1).max(0.0) } else { self.slope(gradient, beta).abs() }
    }

    /// Minus the derivative of the objective at a coefficient that isn't zero.
    fn slope(self, gradient: f64, beta: f64) -> f64 {
        gradient - self.l2 * beta - self.l1.copysign(beta)
    }

    /// `l1|β| + ½ l2 β²`.
    pub(super) fn value(self, beta: f64) -> f64 {
        self.l1 * beta.abs() + 0.5 * self.l2 * beta * beta
    }
}

/// `to += factor · from`.
#[inline]
pub(super) fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

/// `aᵀb`, in eight sums, so that additions don't wait for each other.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, length) = ([0.0; 8], a.len().min(b.len()));
    let whole = length - length % 8;
    for (a, b) in a[..whole].chunks_exact(8).zip(b[..whole].chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a[whole..length].iter().zip(&b[whole..length]).map(|(a, b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// Solves `Ax = b` in place of `b` by the Cholesky factor in place of `A`, of which the lower triangle is read, by rows.
///
/// Returns false when a pivot vanishes.
fn solve_cholesky(matrix: &mut [f64], b: &mut [f64]) -> bool {
    let size = b.len();
    for i in 0..size {
        let (above, rest) = matrix.split_at_mut(i * size);
        let row = &mut rest[..size];
        for j in 0..i {
            let other = &above[j * size..j * size + size];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot <= INDEPENDENT * row[i] || !pivot.is_finite() {
            return false;
        }
        row[i] = pivot.sqrt();
        b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
    }
    for i in (0..size).rev() {
        b[i] /= matrix[i * size + i];
        let (above, at) = b.split_at_mut(i);
        add_scaled(above, -at[0], &matrix[i * size..i * size + i]);
    }
    true
}
