//! Symmetric positive definite systems with two diagonals on each side.

/// A symmetric matrix with half bandwidth two: the diagonal and the two diagonals below it.
///
/// `first[i]` stands at `(i + 1, i)`, `second[i]` at `(i + 2, i)`; both have the length of the diagonal, so that their last
/// one and two entries are not part of the matrix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pentadiagonal {
    pub diagonal: Vec<f64>,
    pub first: Vec<f64>,
    pub second: Vec<f64>,
}

impl Pentadiagonal {
    /// The zero matrix of `n` rows.
    pub fn zeros(n: usize) -> Self {
        Self { diagonal: vec![0.0; n], first: vec![0.0; n], second: vec![0.0; n] }
    }

    /// Adds `weight · vvᵀ`, where `v` holds three values from row `at` on.
    pub fn add_outer(&mut self, at: usize, v: [f64; 3], weight: f64) {
        for (offset, value) in v.iter().enumerate() {
            self.diagonal[at + offset] += weight * value * value;
        }
        self.first[at] += weight * v[0] * v[1];
        self.first[at + 1] += weight * v[1] * v[2];
        self.second[at] += weight * v[0] * v[2];
    }

    /// Solves the system by `LDLᵀ` without pivots, in place, in `O(n)`; `None` when the matrix isn't positive definite.
    pub fn solve(mut self, mut b: Vec<f64>) -> Option<Vec<f64>> {
        let n = self.diagonal.len();
        for i in 0..n {
            let pivot = self.diagonal[i];
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            let near = if i + 1 < n { self.first[i] / pivot } else { 0.0 };
            let far = if i + 2 < n { self.second[i] / pivot } else { 0.0 };
            if i + 1 < n {
                self.diagonal[i + 1] -= near * self.first[i];
                b[i + 1] -= near * b[i];
            }
            if i + 2 < n {
                self.first[i + 1] -= far * self.first[i];
                self.diagonal[i + 2] -= far * self.second[i];
                b[i + 2] -= far * b[i];
            }
            (self.first[i], self.second[i]) = (near, far);
        }
        for i in (0..n).rev() {
            b[i] /= self.diagonal[i];
            if i + 1 < n {
                b[i] -= self.first[i] * b[i + 1];
            }
            if i + 2 < n {
                b[i] -= self.second[i] * b[i + 2];
            }
        }
        Some(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(matrix: &Pentadiagonal, x: &[f64]) -> Vec<f64> {
        let n = x.len();
        let mut out: Vec<f64> = (0..n).map(|i| matrix.diagonal[i] * x[i]).collect();
        for (reach, below) in [(1, &matrix.first), (2, &matrix.second)] {
            for i in 0..n.saturating_sub(reach) {
                out[i + reach] += below[i] * x[i];
                out[i] += below[i] * x[i + reach];
            }
        }
        out
    }

    #[test]
    fn the_solution_gives_the_right_side_back() {
        for n in [3, 4, 7, 50] {
            let mut matrix = Pentadiagonal::zeros(n);
            matrix.diagonal.iter_mut().for_each(|d| *d = 0.5);
            for i in 0..n - 2 {
                matrix.add_outer(i, [1.0, -2.0, 1.0 + 0.1 * i as f64], 3.0);
            }
            let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin() + 1.0).collect();
            let found = matrix.clone().solve(times(&matrix, &x)).unwrap();
            assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-9), "{n}: {found:?}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_refused() {
        let mut matrix = Pentadiagonal::zeros(4);
        matrix.diagonal = vec![1.0, -1.0, 1.0, 1.0];
        assert_eq!(matrix.solve(vec![1.0; 4]), None);
        assert_eq!(Pentadiagonal::zeros(3).solve(vec![1.0; 3]), None);
    }
}
