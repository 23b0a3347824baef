//! The problem on a working set of columns: their Gram matrix gathered into cache, sweeps, and Newton steps.

use super::Penalty;
use super::factor::{Factor, add_scaled};

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
    /// Positions of the coefficients in the factor, in its order.
    support: Vec<usize>,
    /// Of `H + l2` on the support.
    factor: Factor,
    /// Whether a position is in the support.
    member: Vec<bool>,
    step: Vec<f64>,
    change: Vec<f64>,
    entries: Vec<f64>,
}

/// Sweeps between Newton steps while the signs still change.
const WAIT: usize = 4;
/// Steps in one go while signs change.
const PASSES: usize = 16;
/// A factor is made anew when more than this part of its rows change.
const CHANGES: usize = 12;
/// Newton steps are left out above this many coefficients: a factorisation costs more than sweeps then.
const LARGEST_FACTOR: usize = 1500;

impl Compact {
    /// All columns of a matrix `gram` (by rows), with coefficients and their gradient.
    pub fn whole(gram: Vec<f64>, beta: &[f64], gradient: Vec<f64>, penalty: Penalty) -> Self {
        let count = beta.len();
        Self {
            columns: (0..count).collect(),
            beta: beta.to_vec(),
            gradient,
            penalties: vec![penalty; count],
            diagonal: gram.iter().copied().step_by(count + 1).collect(),
            gram,
            stride: count,
            scratch: Scratch::default(),
        }
    }

    /// Empties the working set and makes room for `room` columns.
    pub fn clear(&mut self, room: usize) {
        self.columns.clear();
        self.beta.clear();
        self.gradient.clear();
        self.penalties.clear();
        self.diagonal.clear();
        self.scratch.support.clear();
        self.scratch.factor.clear();
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
    pub fn violation(&self) -> f64 {
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
            let new = if pull.abs() <= penalty.l1 || self.diagonal[k] <= 0.0 {
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

    /// Goes to the minimum for the present signs, or towards it while the objective falls.
    ///
    /// For fixed signs the objective is quadratic: a Cholesky factor of `H + l2` on the support finds its minimum. Where a sign
    /// would change, its coefficient leaves, and the factor follows. Returns false when nothing can be done.
    fn newton(&mut self) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut moved = false;
        let mut left = PASSES;
        while left > 0 && self.gather(&mut scratch, &mut moved) {
            scratch.step.clear();
            let slopes = scratch.support.iter().map(|k| self.penalties[*k].slope(self.gradient[*k], self.beta[*k]));
            scratch.step.extend(slopes);
            scratch.factor.solve(&mut scratch.step);
            let Some(whole) = self.towards(&mut scratch) else {
                scratch.support.clear();
                scratch.factor.clear();
                break;
            };
            moved = true;
            left = if whole { 0 } else { left - 1 };
        }
        self.scratch = scratch;
        moved
    }

    /// Brings support and factor up to date; false when there is nothing to factorise.
    ///
    /// Where columns depend on each other, coefficients move along the dependence, until one of them is zero: `moved` is set
    /// then.
    fn gather(&mut self, scratch: &mut Scratch, moved: &mut bool) -> bool {
        let count = self.beta.iter().filter(|beta| **beta != 0.0).count();
        if count == 0 || count > LARGEST_FACTOR {
            return false;
        }
        let staying = scratch.support.iter().filter(|k| self.beta[**k] != 0.0).count();
        if (scratch.support.len() - staying) + (count - staying) > count / CHANGES {
            self.rebuild(scratch);
        } else {
            self.drop_zeros(scratch);
        }
        scratch.member.clear();
        scratch.member.resize(self.beta.len(), false);
        scratch.support.iter().for_each(|k| scratch.member[*k] = true);
        for k in 0..self.beta.len() {
            while self.beta[k] != 0.0 && !scratch.member[k] {
                scratch.entries.clear();
                let row = self.row(k);
                scratch.entries.extend(scratch.support.iter().map(|l| row[*l]));
                scratch.entries.push(row[k] + self.penalties[k].l2);
                match scratch.factor.push(&scratch.entries) {
                    Ok(()) => {
                        scratch.support.push(k);
                        scratch.member[k] = true;
                    }
                    Err(coefficients) => {
                        if !self.along(scratch, k, &coefficients) {
                            return false;
                        }
                        *moved = true;
                        self.drop_zeros(scratch);
                    }
                }
            }
        }
        !scratch.support.is_empty()
    }

    /// Factorises the whole support, as far as its columns are independent.
    fn rebuild(&self, scratch: &mut Scratch) {
        let Scratch { support, factor, .. } = scratch;
        support.clear();
        support.extend((0..self.beta.len()).filter(|k| self.beta[*k] != 0.0));
        factor.rebuild(support.len(), |i, entries| {
            let k = support[i];
            let row = self.row(k);
            entries.iter_mut().zip(support.iter()).for_each(|(entry, l)| *entry = row[*l]);
            entries[i] += self.penalties[k].l2;
        });
        support.truncate(factor.size());
    }

    /// Takes coefficients that became zero out of the factor.
    fn drop_zeros(&self, scratch: &mut Scratch) {
        for place in (0..scratch.support.len()).rev() {
            let k = scratch.support[place];
            if self.beta[k] == 0.0 {
                scratch.factor.remove(place);
                scratch.support.remove(place);
                if let Some(member) = scratch.member.get_mut(k) {
                    *member = false;
                }
            }
        }
    }

    /// Takes the step towards the minimum for the present signs; says whether that was all of it, `None` if the objective
    /// would not fall.
    ///
    /// Coefficients that would change sign become zero, if that lowers the objective; else the step ends where the first one
    /// is zero.
    fn towards(&mut self, scratch: &mut Scratch) -> Option<bool> {
        let crossing = |k: usize, step: f64| self.penalties[k].l1 > 0.0 && (self.beta[k] + step) * self.beta[k] <= 0.0;
        let pairs = scratch.support.iter().zip(&scratch.step).filter(|(k, step)| crossing(**k, **step));
        let first = pairs.map(|(k, step)| (-self.beta[*k] / step, *k)).min_by(|a, b| a.0.total_cmp(&b.0));
        let full = first.map(|_| scratch.step.clone());
        for (k, step) in scratch.support.iter().zip(&mut scratch.step) {
            if crossing(*k, *step) {
                *step = -self.beta[*k];
            }
        }
        let mut falls = self.rise(scratch) < 0.0;
        if let (false, Some((share, gone)), Some(full)) = (falls, first, full) {
            for ((k, step), full) in scratch.support.iter().zip(&mut scratch.step).zip(full) {
                *step = if *k == gone { -self.beta[*k] } else { share * full };
            }
            falls = self.rise(scratch) < 0.0;
        }
        if falls {
            self.take(scratch);
        }
        falls.then_some(first.is_none())
    }

    /// Moves along a dependence of column `last` on those of the support, until a coefficient is zero.
    ///
    /// The quadratic part doesn't change along it, so the objective falls at a constant rate one way.
    fn along(&mut self, scratch: &mut Scratch, last: usize, coefficients: &[f64]) -> bool {
        let mut direction: Vec<f64> = coefficients.iter().map(|value| -value).collect();
        direction.push(1.0);
        scratch.support.push(last);
        let slope = |k: usize| self.penalties[k].slope(self.gradient[k], self.beta[k]);
        let rate: f64 = direction.iter().zip(&scratch.support).map(|(direction, k)| direction * slope(*k)).sum();
        direction.iter_mut().for_each(|value| *value *= rate.signum());
        let ends = scratch
            .support
            .iter()
            .zip(&direction)
            .filter(|(k, along)| self.penalties[**k].l1 > 0.0 && self.beta[**k] * **along < 0.0);
        let end = ends.map(|(k, along)| (-self.beta[*k] / along, *k)).min_by(|a, b| a.0.total_cmp(&b.0));
        let found = end.filter(|(length, _)| length.is_finite());
        if let Some((length, gone)) = found {
            let step = |(k, along): (&usize, f64)| if *k == gone { -self.beta[*k] } else { length * along };
            scratch.step.clear();
            scratch.step.extend(scratch.support.iter().zip(direction).map(step));
        }
        let falls = found.is_some() && self.rise(scratch) < 0.0;
        if falls {
            self.take(scratch);
        }
        scratch.support.pop();
        falls
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
