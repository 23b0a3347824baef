//! The problem on a working set of columns: their Gram matrix gathered into cache, sweeps, and Newton steps.

use super::Penalty;
use super::factor::{add_scaled, back_substitute, factorise, solve};

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
        let (mut wait, mut patience) = (WAIT, 1_usize);
        while sweeps < limit {
            let steady = self.sweep();
            sweeps += 1;
            wait -= 1;
            if self.violation() <= tolerance {
                break;
            }
            if (wait == 0 || steady && patience == 1) && sweeps < limit {
                if self.newton() {
                    sweeps += 1;
                    patience = 1;
                    if self.violation() <= tolerance {
                        break;
                    }
                } else {
                    patience = patience.saturating_mul(2);
                }
                // A step costs as much as this many sweeps.
                let size = self.scratch.support.len();
                let sweeps_per_step = size * size / (4 * self.columns.len().max(1));
                wait = sweeps_per_step.max(WAIT).saturating_mul(patience);
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
    /// For fixed signs the objective is quadratic: one Cholesky factor of `H + l2` on the support finds its minimum. Where
    /// columns depend on each other, coefficients first move along the dependence, until one of them is zero. Returns
    /// false when nothing can be done.
    fn newton(&mut self) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut done = None;
        while done.is_none() {
            self.gather(&mut scratch);
            let size = scratch.support.len();
            if size == 0 || size > LARGEST_FACTOR {
                done = Some(false);
            } else {
                match factorise(&mut scratch.factor, size) {
                    Ok(()) => {
                        solve(&scratch.factor, &mut scratch.step);
                        self.towards(&mut scratch);
                        done = Some(true);
                    }
                    Err(dependent) if self.along(&mut scratch, dependent) => {}
                    Err(_) => done = Some(false),
                }
            }
        }
        self.scratch = scratch;
        done == Some(true)
    }

    /// The support, the matrix `H + l2` on it, and minus the derivative of the objective.
    fn gather(&self, scratch: &mut Scratch) {
        let Scratch { support, factor, step, .. } = scratch;
        support.clear();
        support.extend((0..self.beta.len()).filter(|k| self.beta[*k] != 0.0));
        factor.clear();
        step.clear();
        if support.len() > LARGEST_FACTOR {
            return;
        }
        for (i, k) in support.iter().enumerate() {
            let row = self.row(*k);
            factor.extend(support[..=i].iter().map(|l| row[*l]));
            factor.resize((i + 1) * support.len(), 0.0);
            factor[i * support.len() + i] += self.penalties[*k].l2;
            step.push(self.penalties[*k].slope(self.gradient[*k], self.beta[*k]));
        }
    }

    /// Takes the step towards the minimum for the present signs.
    ///
    /// Coefficients that would change sign become zero, if that lowers the objective; else the step ends where the first one
    /// is zero, which always lowers it.
    fn towards(&mut self, scratch: &mut Scratch) {
        let crossing = |k: usize, step: f64| self.penalties[k].l1 > 0.0 && (self.beta[k] + step) * self.beta[k] <= 0.0;
        let pairs = scratch.support.iter().zip(&scratch.step).filter(|(k, step)| crossing(**k, **step));
        let first = pairs.map(|(k, step)| (-self.beta[*k] / step, *k)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((share, gone)) = first {
            let full = scratch.step.clone();
            for (k, step) in scratch.support.iter().zip(&mut scratch.step) {
                if crossing(*k, *step) {
                    *step = -self.beta[*k];
                }
            }
            if self.rise(scratch) >= 0.0 {
                for ((k, step), full) in scratch.support.iter().zip(&mut scratch.step).zip(full) {
                    *step = if *k == gone { -self.beta[*k] } else { share * full };
                }
                self.follow(scratch);
            }
        } else {
            self.follow(scratch);
        }
        self.take(scratch);
    }

    /// Moves along a dependence of the columns, found at the pivot `dependent`, until a coefficient is zero.
    ///
    /// The quadratic part doesn't change along it, so the objective falls at a constant rate one way.
    fn along(&mut self, scratch: &mut Scratch, dependent: usize) -> bool {
        let Scratch { support, factor, step, .. } = scratch;
        let size = support.len();
        let mut direction = factor[dependent * size..dependent * size + dependent].to_vec();
        back_substitute(factor, size, &mut direction);
        direction.iter_mut().for_each(|value| *value = -*value);
        direction.push(1.0);
        let rate: f64 = direction.iter().zip(step.iter()).map(|(direction, slope)| direction * slope).sum();
        direction.iter_mut().for_each(|value| *value *= rate.signum());
        let ends = support
            .iter()
            .zip(&direction)
            .filter(|(k, along)| self.penalties[**k].l1 > 0.0 && self.beta[**k] * **along < 0.0);
        let end = ends.map(|(k, along)| (-self.beta[*k] / along, *k)).min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((length, gone)) = end.filter(|(length, _)| length.is_finite()) else { return false };
        direction.resize(size, 0.0);
        for ((k, step), along) in support.iter().zip(step.iter_mut()).zip(direction) {
            *step = if *k == gone { -self.beta[*k] } else { length * along };
        }
        if self.rise(scratch) >= 0.0 {
            return false;
        }
        self.take(scratch);
        true
    }

    /// `change = H step`.
    fn follow(&self, scratch: &mut Scratch) {
        scratch.change.clear();
        scratch.change.resize(self.beta.len(), 0.0);
        for (k, step) in scratch.support.iter().zip(&scratch.step) {
            add_scaled(&mut scratch.change, *step, self.row(*k));
        }
    }

    /// By how much the objective rises by the step, of which it also finds the change of the gradient.
    fn rise(&self, scratch: &mut Scratch) -> f64 {
        self.follow(scratch);
        let term = |(k, step): (&usize, &f64)| {
            let (old, penalty) = (self.beta[*k], self.penalties[*k]);
            step * (0.5 * scratch.change[*k] - self.gradient[*k]) + penalty.value(old + step) - penalty.value(old)
        };
        scratch.support.iter().zip(&scratch.step).map(term).sum()
    }

    fn take(&mut self, scratch: &Scratch) {
        for (k, step) in scratch.support.iter().zip(&scratch.step) {
            self.beta[*k] += step;
        }
        let change = scratch.change.iter();
        self.gradient.iter_mut().zip(change).for_each(|(gradient, change)| *gradient -= change);
    }

    /// Row `k` of H, as far as the working set goes.
    fn row(&self, k: usize) -> &[f64] {
        &self.gram[k * self.stride..k * self.stride + self.columns.len()]
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
