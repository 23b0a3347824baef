//! Small problems, the objective written out as printed, and a generic convex solver to hold the block solvers against.
//!
//! Nothing here calls the methods under test: the objective is summed term by term, and the solver knows only a quadratic
//! and thresholds.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::CASE;
use crate::methods::random::stream;

/// Lines of a small problem.
pub(super) const LINES: usize = 60;
/// Genes of a small problem.
pub(super) const GENES: usize = 8;

/// Expression and response drawn at random: two latent factors, noise, and a response of three genes; columns standardised
/// (denominator n), z centred and of variance one.
pub(super) fn drawn(seed: u64, index: u64) -> (Array2<f64>, Vec<f64>) {
    let mut random = stream(seed, CASE, "small problem", index);
    let mut normal = || random.sample::<f64, _>(StandardNormal);
    let factors = Array2::from_shape_simple_fn((LINES, 2), &mut normal);
    let loadings = Array2::from_shape_simple_fn((2, GENES), &mut normal);
    let mut x = factors.dot(&loadings) + Array2::from_shape_simple_fn((LINES, GENES), &mut normal);
    x.axis_iter_mut(Axis(1)).for_each(|mut column| standardise(&mut column));
    let mut z = Array1::from_shape_fn(LINES, |i| 0.6 * x[[i, 0]] - 0.4 * x[[i, 3]] + 0.5 * x[[i, 5]] + normal());
    standardise(&mut z.view_mut());
    (x, z.to_vec())
}

/// The design of the reference values of [`super::nodewise`], in closed form: 60 × 8, columns standardised.
pub(super) fn closed_form() -> Array2<f64> {
    let mut x = Array2::from_shape_fn((LINES, GENES), |(i, j)| {
        let (row, column) = (i as f64, j as f64);
        let sign = if j % 2 == 0 { 1.0 } else { -0.6 };
        let slow = if j < 4 { 0.5 * (0.11 * row).sin() } else { 0.0 };
        (1.3 * (row + 1.0) * (column + 1.0) + 0.7 * column * column).sin() + 0.9 * (0.37 * row).cos() * sign + slow
    });
    x.axis_iter_mut(Axis(1)).for_each(|mut column| standardise(&mut column));
    x
}

fn standardise(column: &mut ndarray::ArrayViewMut1<f64>) {
    let n = column.len() as f64;
    let mean = column.sum() / n;
    column.mapv_inplace(|value| value - mean);
    let scale = (column.iter().map(|value| value * value).sum::<f64>() / n).sqrt();
    column.mapv_inplace(|value| value / scale);
}

/// Everything that is held while a block is solved, for F/n: weights a1 to a4, signs, edge weights w.
pub(super) struct Frozen<'a> {
    pub x: ArrayView2<'a, f64>,
    pub z: &'a [f64],
    pub a: [f64; 4],
    pub signs: &'a [f64],
    /// w, p × p, symmetric with a zero diagonal.
    pub w: Array2<f64>,
}

impl Frozen<'_> {
    fn degree(&self) -> Vec<f64> {
        self.w.axis_iter(Axis(1)).map(|column| column.sum()).collect()
    }

    /// The quadratic form of the network penalty: Σ_q Σ_j w_qj (s_q θ_q/d_q − s_j θ_j/d_j)² = θᵀLθ.
    fn laplacian(&self) -> Array2<f64> {
        let (p, d) = (self.w.nrows(), self.degree());
        let mut form = Array2::zeros((p, p));
        for q in 0..p {
            for j in 0..p {
                let weight = self.w[[q, j]];
                if weight > 0.0 {
                    let (u, v) = (self.signs[q] / d[q], self.signs[j] / d[j]);
                    form[[q, q]] += weight * u * u;
                    form[[j, j]] += weight * v * v;
                    form[[q, j]] -= weight * u * v;
                    form[[j, q]] -= weight * u * v;
                }
            }
        }
        form
    }

    /// F/n as printed, term by term.
    pub fn objective(&self, b: ArrayView2<f64>, theta: &[f64]) -> f64 {
        let [a1, a2, a3, a4] = self.a;
        let n = self.x.nrows() as f64;
        let fitted = self.x.dot(&b);
        let theta = ArrayView1::from(theta);
        let residual = &ArrayView1::from(self.z) - &fitted.dot(&theta);
        let mean = residual.sum() / n;
        let response = residual.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>();
        let network = (&self.x - &fitted).iter().map(|e| e * e).sum::<f64>();
        let d = self.degree();
        let mut penalty = 0.0;
        for ((q, j), weight) in self.w.indexed_iter().filter(|(_, weight)| **weight > 0.0) {
            let difference = self.signs[q] * theta[q] / d[q] - self.signs[j] * theta[j] / d[j];
            penalty += weight * difference * difference;
        }
        (response + network) / n
            + a1 * b.iter().map(|b| b.abs()).sum::<f64>()
            + a2 * b.iter().map(|b| b * b).sum::<f64>()
            + a3 * theta.iter().map(|t| t.abs()).sum::<f64>()
            + a4 * penalty
    }

    /// θ given B, as a quadratic: variables without a degree are held at zero.
    pub fn theta_block(&self, b: ArrayView2<f64>) -> Quadratic {
        let n = self.x.nrows() as f64;
        let m = self.x.dot(&b);
        let hessian = (m.t().dot(&m) / n + self.laplacian() * self.a[3]) * 2.0;
        let linear = m.t().dot(&ArrayView1::from(self.z)) * (2.0 / n);
        let held = self.degree().iter().map(|degree| *degree <= 0.0).collect();
        Quadratic { hessian, linear, threshold: self.a[2], held }
    }

    /// B given θ, as a quadratic in its columns one below the other: entry l + p·j is B_lj; the diagonal is held at zero.
    pub fn network_block(&self, theta: &[f64]) -> Quadratic {
        let (n, p) = (self.x.nrows() as f64, self.x.ncols());
        let gram = self.x.t().dot(&self.x) / n;
        let correlation = self.x.t().dot(&ArrayView1::from(self.z)) / n;
        let mut hessian = Array2::zeros((p * p, p * p));
        let mut linear = Array1::zeros(p * p);
        for j in 0..p {
            for l in 0..p {
                linear[l + p * j] = 2.0 * (gram[[l, j]] + theta[j] * correlation[l]);
                hessian[[l + p * j, l + p * j]] += 2.0 * self.a[1];
                for k in 0..p {
                    for m in 0..p {
                        let same = if j == k { 1.0 } else { 0.0 };
                        hessian[[l + p * j, m + p * k]] += 2.0 * gram[[l, m]] * (theta[j] * theta[k] + same);
                    }
                }
            }
        }
        let held = (0..p * p).map(|index| index % p == index / p).collect();
        Quadratic { hessian, linear, threshold: self.a[0], held }
    }
}

/// ½ vᵀHv − gᵀv + t Σ|v|, with some variables held at zero; convex.
pub(super) struct Quadratic {
    hessian: Array2<f64>,
    linear: Array1<f64>,
    threshold: f64,
    held: Vec<bool>,
}

impl Quadratic {
    /// The largest violation of the optimality conditions.
    pub fn kkt(&self, v: &[f64]) -> f64 {
        let slope = &self.linear - &self.hessian.dot(&ArrayView1::from(v));
        let free = (0..v.len()).filter(|k| !self.held[*k]);
        let violation = |k: usize| match v[k] {
            0.0 => (slope[k].abs() - self.threshold).max(0.0),
            value => (slope[k] - self.threshold * value.signum()).abs(),
        };
        free.map(violation).fold(0.0, f64::max)
    }

    /// The minimum by accelerated proximal gradients with restarts (Beck & Teboulle 2009; O'Donoghue & Candès 2015).
    pub fn minimise(&self) -> Vec<f64> {
        const STEPS: usize = 50_000;
        const ENOUGH: f64 = 1e-13;
        let size = self.linear.len();
        // A bound on the largest eigenvalue: the largest absolute row sum.
        let row_sum = |row: ArrayView1<f64>| row.iter().map(|h| h.abs()).sum::<f64>();
        let step = 1.0 / self.hessian.axis_iter(Axis(0)).map(row_sum).fold(f64::MIN_POSITIVE, f64::max);
        let mut v = Array1::<f64>::zeros(size);
        let mut ahead = v.clone();
        let mut momentum = 1.0f64;
        for _ in 0..STEPS {
            let slope = self.hessian.dot(&ahead) - &self.linear;
            let next = Array1::from_shape_fn(size, |k| {
                let free = ahead[k] - step * slope[k];
                if self.held[k] { 0.0 } else { free.signum() * (free.abs() - step * self.threshold).max(0.0) }
            });
            let change = &next - &v;
            let uphill = (&ahead - &next).dot(&change) > 0.0;
            let following = if uphill { 1.0 } else { 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) };
            let weight = if uphill { 0.0 } else { (momentum - 1.0) / following };
            ahead = &next + &(&change * weight);
            momentum = following;
            v = next;
            if self.kkt(&v.to_vec()) < ENOUGH {
                break;
            }
        }
        v.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_generic_solver_finds_a_known_minimum() {
        // ½·2v² − 3v + |v|: v = 1; and a variable below its threshold.
        let problem = Quadratic {
            hessian: array![[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            linear: array![3.0, 0.5, 9.0],
            threshold: 1.0,
            held: vec![false, false, true],
        };
        let found = problem.minimise();
        assert!((found[0] - 1.0).abs() < 1e-13 && found[1] == 0.0 && found[2] == 0.0, "{found:?}");
        assert!(problem.kkt(&found) < 1e-12 && problem.kkt(&[0.9, 0.0, 0.0]) > 0.1);
    }

    #[test]
    fn blocks_and_objective_agree() {
        let (x, z) = drawn(1, 0);
        let w = Array2::from_shape_fn((GENES, GENES), |(q, j)| if q == j { 0.0 } else { 0.1 * (q + j) as f64 });
        let signs: Vec<f64> = (0..GENES).map(|j| if j % 3 == 0 { -1.0 } else { 1.0 }).collect();
        let frozen = Frozen { x: x.view(), z: &z, a: [0.3, 0.2, 0.05, 0.4], signs: &signs, w };
        let b = Array2::from_shape_fn((GENES, GENES), |(l, j)| if l == j { 0.0 } else { 0.05 * l as f64 - 0.1 });
        let value = |quadratic: &Quadratic, v: &[f64]| {
            let v = ArrayView1::from(v);
            let curve = quadratic.hessian.dot(&v).dot(&v);
            0.5 * curve - quadratic.linear.dot(&v) + quadratic.threshold * v.iter().map(|v| v.abs()).sum::<f64>()
        };
        let (one, other) = (vec![0.1; GENES], vec![-0.3; GENES]);
        let block = frozen.theta_block(b.view());
        let change = frozen.objective(b.view(), &one) - frozen.objective(b.view(), &other);
        assert!((change - (value(&block, &one) - value(&block, &other))).abs() < 1e-11);
        let stacked = |b: &Array2<f64>| b.t().iter().copied().collect::<Vec<f64>>();
        let block = frozen.network_block(&one);
        let change = frozen.objective(b.view(), &one) - frozen.objective((&b * 0.5).view(), &one);
        assert!((change - (value(&block, &stacked(&b)) - value(&block, &stacked(&(&b * 0.5))))).abs() < 1e-11);
    }
}
