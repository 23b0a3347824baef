//! Ridge regression for a whole grid of λ, with its leave-one-out errors, from one eigendecomposition.
//!
//! Minimises `1/(2n) Σ_i (y_i − b0 − x_iᵀβ)² + λ/2 Σ_j β_j²`, glmnet's objective at ρ = 0, on columns that are centred and, where
//! asked for, scaled to unit variance. scikit-learn's `Ridge` has `alpha = nλ` on the same columns.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2};

use super::elastic_net::{ElasticNetError, Ready, Scaling, check_vector, cross_product, ready};

/// A design with the eigendecomposition of the smaller of `XᵀX/n` and `XXᵀ/n`; many responses and λ can share it.
#[derive(Clone, Debug)]
pub struct Ridge {
    /// n × p, centred, scaled, divided by `√n`.
    design: Array2<f64>,
    mean: Vec<f64>,
    scale: Vec<f64>,
    side: Side,
    /// Eigenvalues, not negative.
    values: Vec<f64>,
}

/// The eigenvectors, by columns, and where they live.
#[derive(Clone, Debug)]
enum Side {
    /// `U` (n × n) of `XXᵀ/n = USUᵀ`, for n < p.
    Rows(DMatrix<f64>),
    /// `V` (p × p) of `XᵀX/n = VSVᵀ`, and the scores `XV/√n` (n × p).
    Columns { vectors: DMatrix<f64>, scores: DMatrix<f64> },
}

/// A ridge regression in units of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct RidgeFit {
    /// λ.
    pub lambda: f64,
    /// One coefficient for each column, in units of the data.
    pub coefficients: Vec<f64>,
    /// The intercept, in units of the data.
    pub intercept: f64,
    /// The mean squared leave-one-out error.
    pub leave_one_out: f64,
}

impl RidgeFit {
    /// Predicts the response of rows `x` (m × p, in units of the data).
    ///
    /// # Panics
    /// When `x` hasn't as many columns as there are coefficients.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        assert_eq!(x.ncols(), self.coefficients.len(), "a column for each coefficient");
        let along = |row: ndarray::ArrayView1<'_, f64>| -> f64 {
            row.iter().zip(&self.coefficients).map(|(x, coefficient)| x * coefficient).sum()
        };
        x.rows().into_iter().map(|row| self.intercept + along(row)).collect()
    }
}

/// Why a ridge wasn't fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RidgeError {
    /// The design or the response can't be used.
    #[error(transparent)]
    Data(#[from] ElasticNetError),
    /// There is nobody to leave out.
    #[error("{rows} rows; leaving one out needs at least two")]
    TooFewRows {
        /// Rows that were given.
        rows: usize,
    },
    /// A λ that is out of range, or none.
    #[error("lambda is {value}; every λ of the grid must be finite and positive, and there must be one")]
    Lambda {
        /// What was given; NaN for an empty grid.
        value: f64,
    },
}

impl Ridge {
    /// Decomposes the design `x` (n × p, rows are observations).
    ///
    /// # Errors
    /// [`RidgeError`] for fewer than two rows, no columns, or numbers that aren't finite.
    pub fn of(x: ArrayView2<'_, f64>, scaling: Scaling) -> Result<Self, RidgeError> {
        let (n, p) = x.dim();
        if n < 2 {
            return Err(RidgeError::TooFewRows { rows: n });
        }
        let Ready { rows: design, mean, scale, .. } = ready(x, None, scaling)?;
        let gram = match n < p {
            true => cross_product(&design.t().as_standard_layout().into_owned()),
            false => cross_product(&design),
        };
        let size = gram.nrows();
        // Symmetric, so the order of storage is the same by rows and by columns.
        let eigen = SymmetricEigen::new(DMatrix::from_iterator(size, size, gram.iter().copied()));
        let values = eigen.eigenvalues.iter().map(|value| value.max(0.0)).collect();
        let side = if n < p {
            Side::Rows(eigen.eigenvectors)
        } else {
            let scores = DMatrix::from_row_iterator(n, p, design.iter().copied()) * &eigen.eigenvectors;
            Side::Columns { vectors: eigen.eigenvectors, scores }
        };
        Ok(Self { design, mean, scale, side, values })
    }

    /// The mean squared error of leaving out each row in turn, for every λ.
    ///
    /// Exact: `e_i/(1 − h_i)` with the hat matrix `11ᵀ/n + K(K + λ)⁻¹`, intercept fitted anew without the row. The scales of the
    /// columns are those of all rows.
    ///
    /// # Errors
    /// [`RidgeError`] for a response of another length or with numbers that aren't finite, or a λ that isn't positive.
    pub fn leave_one_out(&self, y: &[f64], lambdas: &[f64]) -> Result<Vec<f64>, RidgeError> {
        self.check(y, lambdas)?;
        let (mean, rotated) = self.rotated(y);
        Ok(lambdas.iter().map(|lambda| self.error(y, mean, &rotated, *lambda)).collect())
    }

    /// The ridge at one λ, in units of the data, with its leave-one-out error.
    ///
    /// # Errors
    /// As [`Ridge::leave_one_out`].
    pub fn fit(&self, y: &[f64], lambda: f64) -> Result<RidgeFit, RidgeError> {
        self.check(y, &[lambda])?;
        let (mean, rotated) = self.rotated(y);
        let leave_one_out = self.error(y, mean, &rotated, lambda);
        let shrunk = rotated.iter().zip(&self.values).map(|(y, value)| y / (value + lambda));
        let shrunk = nalgebra::DVector::from_iterator(self.values.len(), shrunk);
        let root = (y.len() as f64).sqrt();
        let mut coefficients: Vec<f64> = match &self.side {
            // β = Xᵀ U (S + λ)⁻¹ Uᵀy / √n: `design` is X/√n, so one root is left.
            Side::Rows(vectors) => {
                let dual = vectors * shrunk;
                let mut sums = vec![0.0; self.scale.len()];
                for (row, dual) in self.design.rows().into_iter().zip(dual.iter()) {
                    row.iter().zip(&mut sums).for_each(|(x, sum)| *sum += x * dual / root);
                }
                sums
            }
            Side::Columns { vectors, .. } => (vectors * shrunk).iter().map(|value| value / root).collect(),
        };
        coefficients.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value /= scale);
        let intercept = mean - coefficients.iter().zip(&self.mean).map(|(value, mean)| value * mean).sum::<f64>();
        Ok(RidgeFit { lambda, coefficients, intercept, leave_one_out })
    }

    /// The ridge at the λ with the least leave-one-out error (the largest such λ), and the errors of the grid.
    ///
    /// # Errors
    /// As [`Ridge::leave_one_out`].
    pub fn best(&self, y: &[f64], lambdas: &[f64]) -> Result<(RidgeFit, Vec<f64>), RidgeError> {
        let errors = self.leave_one_out(y, lambdas)?;
        let pairs = lambdas.iter().zip(&errors);
        let best = pairs.min_by(|a, b| a.1.total_cmp(b.1).then(b.0.total_cmp(a.0)));
        let lambda = best.map(|(lambda, _)| *lambda).ok_or(RidgeError::Lambda { value: f64::NAN })?;
        Ok((self.fit(y, lambda)?, errors))
    }

    fn check(&self, y: &[f64], lambdas: &[f64]) -> Result<(), RidgeError> {
        check_vector(y, self.design.nrows(), "the response")?;
        match lambdas.iter().find(|lambda| !(lambda.is_finite() && **lambda > 0.0)) {
            Some(value) => Err(RidgeError::Lambda { value: *value }),
            None if lambdas.is_empty() => Err(RidgeError::Lambda { value: f64::NAN }),
            None => Ok(()),
        }
    }

    /// The mean of the response, and the centred response in the basis of the decomposition: `Uᵀy`, or the scores' `Zᵀy`.
    fn rotated(&self, y: &[f64]) -> (f64, Vec<f64>) {
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let centred = nalgebra::DVector::from_iterator(y.len(), y.iter().map(|value| value - mean));
        let basis = match &self.side {
            Side::Rows(vectors) => vectors,
            Side::Columns { scores, .. } => scores,
        };
        (mean, basis.tr_mul(&centred).as_slice().to_vec())
    }

    /// The mean squared leave-one-out error at one λ.
    fn error(&self, y: &[f64], mean: f64, rotated: &[f64], lambda: f64) -> f64 {
        let n = y.len();
        let (basis, kernel) = match &self.side {
            Side::Rows(vectors) => (vectors, true),
            Side::Columns { scores, .. } => (scores, false),
        };
        let (mut fitted, mut hat) = (vec![mean; n], vec![1.0 / n as f64; n]);
        for ((column, value), rotated) in basis.column_iter().zip(&self.values).zip(rotated) {
            let shrink = if kernel { value / (value + lambda) } else { 1.0 / (value + lambda) };
            for ((entry, fitted), hat) in column.iter().zip(&mut fitted).zip(&mut hat) {
                *fitted += entry * shrink * rotated;
                *hat += entry * entry * shrink;
            }
        }
        let terms = y.iter().zip(&fitted).zip(&hat);
        terms.map(|((y, fitted), hat)| ((y - fitted) / (1.0 - hat)).powi(2)).sum::<f64>() / n as f64
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};
    use proptest::prelude::*;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::methods::random::stream;

    fn made_up(seed: u64, n: usize, p: usize) -> (Array2<f64>, Vec<f64>) {
        let mut random = stream(seed, "test", "ridge", 0);
        let mut normal = || random.sample::<f64, _>(StandardNormal);
        let x = Array2::from_shape_simple_fn((n, p), &mut normal) + 2.0;
        let y = x.rows().into_iter().map(|row| 3.0 + row[0] - row[p - 1] + normal()).collect();
        (x, y)
    }

    /// Intercept and coefficients by the normal equations with a column of ones that has no penalty.
    fn plain(x: ArrayView2<'_, f64>, y: &[f64], penalty: f64) -> Vec<f64> {
        let (n, p) = x.dim();
        let full = DMatrix::from_fn(n, p + 1, |i, j| if j == 0 { 1.0 } else { x[[i, j - 1]] });
        let mut system = full.tr_mul(&full);
        (1..=p).for_each(|j| system[(j, j)] += penalty);
        let right = full.tr_mul(&nalgebra::DVector::from_row_slice(y));
        system.lu().solve(&right).unwrap().as_slice().to_vec()
    }

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
    }

    /// scikit-learn 1.9.1 (NumPy 2.4.6): `RidgeCV(alphas=[a], store_cv_results=True)` on columns of unit variance.
    #[test]
    fn agrees_with_scikit_learn() {
        let x = array![
            [2.0, 1.0, 0.0, 3.0],
            [4.0, 3.0, 1.0, 1.0],
            [1.0, 0.0, 5.0, 2.0],
            [3.0, 2.0, 2.0, 6.0],
            [6.0, 5.0, 1.0, 0.0],
            [0.0, 1.0, 4.0, 4.0],
            [5.0, 3.0, 3.0, 2.0],
            [2.0, 2.0, 6.0, 5.0],
            [7.0, 4.0, 0.0, 1.0],
            [1.0, 3.0, 2.0, 7.0]
        ];
        let y = [3.1, 4.7, -0.4, 1.6, 7.9, -1.2, 5.0, 0.3, 8.8, -2.5];
        let small = [1.0523926030753705, -0.02802461185939574, -0.2990366928039931, -0.5064123537158329];
        let large = [0.6091269968728905, 0.35550999913458153, -0.3046114906161591, -0.48775571434560405];
        let ridge = Ridge::of(x.view(), Scaling::UnitVariance).unwrap();
        for (alpha, expected, intercept, error) in
            [(0.5, small, 1.8224083581775663, 1.9118341181344043), (5.0, large, 2.2315926037211975, 2.6218747688688864)]
        {
            let fit = ridge.fit(&y, alpha / 10.0).unwrap();
            assert!(fit.coefficients.iter().zip(&expected).all(|(a, b)| close(*a, *b, 1e-11)), "{fit:?}");
            assert!(close(fit.intercept, intercept, 1e-11) && close(fit.leave_one_out, error, 1e-11), "{fit:?}");
        }
        let (best, errors) = ridge.best(&y, &[0.5, 0.05]).unwrap();
        assert!(best.lambda == 0.05 && errors[1] == best.leave_one_out && errors[0] > errors[1]);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let (x, y) = made_up(1, 6, 3);
        assert_eq!(
            Ridge::of(x.slice(ndarray::s![..1, ..]), Scaling::None).unwrap_err(),
            RidgeError::TooFewRows { rows: 1 }
        );
        assert!(matches!(Ridge::of((&x / 0.0).view(), Scaling::None), Err(RidgeError::Data(_))));
        let ridge = Ridge::of(x.view(), Scaling::None).unwrap();
        assert!(matches!(ridge.fit(&y[1..], 1.0), Err(RidgeError::Data(_))));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(ridge.leave_one_out(&y, &[1.0, bad]), Err(RidgeError::Lambda { .. })));
        }
        assert!(matches!(ridge.best(&y, &[]), Err(RidgeError::Lambda { .. })));
    }

    #[test]
    fn a_constant_column_gets_zero() {
        let (mut x, y) = made_up(2, 9, 12);
        x.column_mut(4).fill(0.3);
        for scaling in [Scaling::None, Scaling::UnitVariance] {
            let fit = Ridge::of(x.view(), scaling).unwrap().fit(&y, 0.1).unwrap();
            assert_eq!(fit.coefficients[4], 0.0);
            assert!(fit.coefficients[0] != 0.0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn leaving_one_out_is_fitting_without_it(seed in any::<u64>(), n in 2..20_usize, p in 1..25_usize, lambda in 0.01..10.0_f64) {
            let (x, y) = made_up(seed, n, p);
            let ridge = Ridge::of(x.view(), Scaling::None).unwrap();
            let penalty = n as f64 * lambda;
            let fit = ridge.fit(&y, lambda).unwrap();
            let exact = plain(x.view(), &y, penalty);
            prop_assert!(close(fit.intercept, exact[0], 1e-8));
            prop_assert!(fit.coefficients.iter().zip(&exact[1..]).all(|(a, b)| close(*a, *b, 1e-8)));
            let mut sum = 0.0;
            for out in 0..n {
                let rest: Vec<usize> = (0..n).filter(|i| *i != out).collect();
                let of_rest: Vec<f64> = rest.iter().map(|i| y[*i]).collect();
                // The penalty on the sum of squares stays what it is with all rows.
                let without = plain(x.select(Axis(0), &rest).view(), &of_rest, penalty);
                let along: f64 = x.row(out).iter().zip(&without[1..]).map(|(x, b)| x * b).sum();
                sum += (y[out] - without[0] - along).powi(2);
            }
            prop_assert!(close(fit.leave_one_out, sum / n as f64, 1e-8));
            let at: f64 = x.row(0).iter().zip(&fit.coefficients).map(|(x, b)| x * b).sum();
            prop_assert!(close(fit.predict(x.view())[0], fit.intercept + at, 1e-12));
        }
    }
}
