//! θ on an active set for literal signs: coordinate descent with Newton steps on its support.

use nalgebra::{DMatrix, DVector};

use crate::methods::elastic_net::add_scaled;

/// `½θᵀQθ − bᵀθ + t Σ|θ|` plus the network penalty, on the m genes of an active set; matrices are row-major, m × m.
pub(super) struct Block {
    /// `b`.
    pub right: Vec<f64>,
    /// `Q`.
    pub quadratic: Vec<f64>,
    /// `2 a4 w_ij/(δ_i δ_j)`.
    pub coupling: Vec<f64>,
    /// `2 a4 d_i/δ_i²`.
    pub curvature: Vec<f64>,
    /// `t = a3/2`.
    pub threshold: f64,
}

/// Sweeps between Newton steps, at least.
const BETWEEN: usize = 8;

impl Block {
    /// The minimiser in one coordinate whose partial residual is `x` (`b_l − Σ_{k≠l} Q_lk θ_k`), whose neighbours pull with
    /// `pull = 2 a4 g_l/δ_l`, and whose curvature is `Q_ll + 2 a4 d_l/δ_l²`.
    ///
    /// `sign(x) max(|x| + pull − t, 0)/curvature`: the global minimum even where the threshold `t − pull` is negative;
    /// sign(0) = +1.
    pub fn coordinate(x: f64, pull: f64, threshold: f64, curvature: f64) -> f64 {
        let excess = x.abs() + pull - threshold;
        if curvature > 0.0 && excess > 0.0 { excess.copysign(x) / curvature } else { 0.0 }
    }

    /// Descends from `theta` until no coordinate is farther than `tolerance` from its minimum, times its curvature.
    ///
    /// Returns the sweeps; at `max_sweeps` it just ends, as the caller looks at the certificate.
    pub fn descend(&self, theta: &mut [f64], tolerance: f64, max_sweeps: usize) -> usize {
        let m = theta.len();
        let (mut residual, mut pull) = self.state(theta);
        let between = BETWEEN.max(m / 6);
        for sweep in 1..=max_sweeps {
            for i in 0..m {
                let row = i * m..(i + 1) * m;
                let old = theta[i];
                let new = self.minimum(i, old, residual[i], pull[i]);
                if new == old {
                    continue;
                }
                theta[i] = new;
                add_scaled(&mut residual, old - new, &self.quadratic[row.clone()]);
                if self.curvature[i] != 0.0 {
                    add_scaled(&mut pull, new.abs() - old.abs(), &self.coupling[row]);
                }
            }
            let distance = |i: usize| {
                let distance = theta[i] - self.minimum(i, theta[i], residual[i], pull[i]);
                (self.quadratic[i * m + i] + self.curvature[i]) * distance.abs()
            };
            if (0..m).all(|i| distance(i) <= tolerance) {
                return sweep;
            }
            if sweep % between == 0 && self.newton(theta) {
                (residual, pull) = self.state(theta);
            }
        }
        max_sweeps
    }

    /// Where coordinate i has its minimum, from its value, its residual `b − Qθ` and the pull of its neighbours.
    fn minimum(&self, i: usize, value: f64, residual: f64, pull: f64) -> f64 {
        let own = self.quadratic[i * self.right.len() + i];
        let curvature = own + self.curvature[i];
        Self::coordinate(residual + own * value, pull, self.threshold, curvature)
    }

    /// `b − Qθ`, and the pull of the neighbours.
    fn state(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let m = theta.len();
        let (mut residual, mut pull) = (self.right.clone(), vec![0.0; m]);
        for (i, value) in theta.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let row = i * m..(i + 1) * m;
            add_scaled(&mut residual, -value, &self.quadratic[row.clone()]);
            add_scaled(&mut pull, value.abs(), &self.coupling[row]);
        }
        (residual, pull)
    }

    /// Solves for the support with all signs as they are, and goes there, or to where the first sign would change.
    ///
    /// Says whether it moved: not from a singular system, nor where the objective would not fall.
    fn newton(&self, theta: &mut [f64]) -> bool {
        let m = theta.len();
        let support: Vec<usize> = (0..m).filter(|i| theta[*i] != 0.0).collect();
        if support.is_empty() {
            return false;
        }
        let hessian = DMatrix::from_fn(support.len(), support.len(), |a, b| {
            let (i, j) = (support[a], support[b]);
            let signs = (theta[i] * theta[j]).signum();
            let own = if i == j { self.curvature[i] } else { 0.0 };
            self.quadratic[i * m + j] - signs * self.coupling[i * m + j] + own
        });
        let right = DVector::from_iterator(
            support.len(),
            support.iter().map(|i| self.right[*i] - self.threshold.copysign(theta[*i])),
        );
        let before = DVector::from_iterator(support.len(), support.iter().map(|i| theta[*i]));
        let start = &right - &hessian * &before;
        let Some(factor) = hessian.clone().cholesky() else { return false };
        let step = factor.solve(&start);
        let mut share: f64 = 1.0;
        let mut blocked = None;
        for (a, (value, step)) in before.iter().zip(step.iter()).enumerate() {
            if value * (value + step) < 0.0 && -value / step < share {
                share = -value / step;
                blocked = Some(a);
            }
        }
        // Along the step the objective is a parabola with this slope and curvature.
        let slope = start.dot(&step);
        let bend = step.dot(&(&hessian * &step));
        if !step.iter().all(|value| value.is_finite()) || share * (0.5 * share * bend - slope) >= 0.0 {
            return false;
        }
        for (a, i) in support.iter().enumerate() {
            theta[*i] = if blocked == Some(a) { 0.0 } else { before[a] + share * step[a] };
        }
        true
    }
}
