//! Least squares with polynomials, on an abscissa scaled to −1…1.

use nalgebra::{DMatrix, DVector};

/// A polynomial fitted by weighted least squares, with the covariance of its coefficients.
#[derive(Clone, Debug)]
pub struct Polynomial {
    middle: f64,
    half: f64,
    /// Coefficients in `u = (x − middle)/half`, constant first.
    coefficients: DVector<f64>,
    /// Inverse normal matrix, for weights of one.
    inverse_normal: DMatrix<f64>,
    /// Weighted sum of squared residuals.
    pub residual: f64,
    /// Points minus coefficients.
    pub freedom: usize,
}

impl Polynomial {
    /// Fits `y ≈ Σ c_j u^j` with the weights `w` (1/σ²); needs more distinct points than coefficients or as many.
    ///
    /// Solved by orthogonal factors of the weighted design. `None` when the points don't determine the
    /// coefficients.
    pub fn fit(x: &[f64], y: &[f64], weights: &[f64], degree: usize) -> Option<Self> {
        let columns = degree + 1;
        let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        if x.len() < columns || !(high > low || (degree == 0 && high == low)) {
            return None;
        }
        let (middle, half) = (0.5 * (low + high), if high > low { 0.5 * (high - low) } else { 1.0 });
        let root = |i: usize| weights[i].sqrt();
        let design = DMatrix::from_fn(x.len(), columns, |i, j| root(i) * ((x[i] - middle) / half).powi(j as i32));
        let right = DVector::from_fn(y.len(), |i, _| root(i) * y[i]);
        let qr = design.clone().qr();
        let inverse = qr.r().try_inverse()?;
        if (0..columns).any(|j| qr.r()[(j, j)].abs() <= 1e-12 * qr.r()[(0, 0)].abs()) {
            return None;
        }
        let coefficients = &inverse * (qr.q().transpose() * &right);
        let residual = (&design * &coefficients - right).norm_squared();
        let inverse_normal = &inverse * inverse.transpose();
        Some(Self { middle, half, coefficients, inverse_normal, residual, freedom: x.len() - columns })
    }

    /// Value at `x`.
    pub fn value(&self, x: f64) -> f64 {
        self.derivative(x, 0)
    }

    /// The derivative of an order at `x`.
    pub fn derivative(&self, x: f64, order: usize) -> f64 {
        self.row(x, order).dot(&self.coefficients)
    }

    /// The variance of the derivative of an order at `x`, for a variance of one per weight.
    pub fn variance(&self, x: f64, order: usize) -> f64 {
        let row = self.row(x, order);
        row.dot(&(&self.inverse_normal * &row))
    }

    /// Where the polynomial (degree two or three) has a maximum; `None` for another degree or when it has none.
    pub fn maximum(&self) -> Option<f64> {
        let c = &self.coefficients;
        let (a, b, g) = match c.len() {
            3 => (0.0, 2.0 * c[2], c[1]),
            4 => (3.0 * c[3], 2.0 * c[2], c[1]),
            _ => return None,
        };
        // p′ = a u² + b u + g; of its roots the one where p″ = 2 a u + b is negative, by the form without cancellation
        let root = (b * b - 4.0 * a * g).sqrt();
        let u = if b < 0.0 { 2.0 * g / (root - b) } else { (-b - root) / (2.0 * a) };
        (u.is_finite() && 2.0 * a * u + b < 0.0).then_some(self.middle + self.half * u)
    }

    fn row(&self, x: f64, order: usize) -> DVector<f64> {
        let u = (x - self.middle) / self.half;
        DVector::from_fn(self.coefficients.len(), |j, _| {
            if j < order {
                return 0.0;
            }
            let falling: f64 = (0..order).map(|k| (j - k) as f64).product();
            falling * u.powi((j - order) as i32) / self.half.powi(order as i32)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cubic_is_found_with_its_derivatives_and_maximum() {
        // p = x³ − 3x has its maximum at −1
        let x: Vec<f64> = (0..9).map(|i| -2.0 + 0.5 * f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| x.powi(3) - 3.0 * x).collect();
        let found = Polynomial::fit(&x, &y, &[1.0; 9], 3).unwrap();
        assert!((found.maximum().unwrap() + 1.0).abs() < 1e-13);
        assert!((found.value(0.3) - (0.027 - 0.9)).abs() < 1e-13);
        assert!((found.derivative(0.3, 1) - (0.27 - 3.0)).abs() < 1e-12);
        assert!((found.derivative(0.3, 2) - 1.8).abs() < 1e-12);
        assert!(found.residual < 1e-24 && found.freedom == 5);
    }

    #[test]
    fn weights_of_a_constant_give_the_weighted_mean_and_its_variance() {
        let found = Polynomial::fit(&[1.0, 2.0], &[0.0, 3.0], &[2.0, 1.0], 0).unwrap();
        assert!((found.value(5.0) - 1.0).abs() < 1e-14);
        assert!((found.variance(5.0, 0) - 1.0 / 3.0).abs() < 1e-14);
    }

    #[test]
    fn what_cannot_be_fitted_is_none() {
        assert!(Polynomial::fit(&[1.0, 2.0], &[0.0, 3.0], &[1.0; 2], 2).is_none());
        assert!(Polynomial::fit(&[1.0, 1.0, 2.0], &[0.0, 3.0, 1.0], &[1.0; 3], 2).is_none());
        let valley = Polynomial::fit(&[-1.0, 0.0, 1.0], &[1.0, 0.0, 1.0], &[1.0; 3], 2).unwrap();
        assert_eq!(valley.maximum(), None);
    }

    proptest! {
        #[test]
        fn a_parabola_keeps_its_vertex_wherever_it_stands(vertex in -50.0..50.0_f64, curve in 0.1..10.0_f64) {
            let x: Vec<f64> = (0..7).map(|i| vertex - 1.0 + 0.4 * f64::from(i)).collect();
            let y: Vec<f64> = x.iter().map(|x| 5.0 - curve * (x - vertex).powi(2)).collect();
            for degree in [2, 3] {
                let found = Polynomial::fit(&x, &y, &[1.0; 7], degree).unwrap();
                prop_assert!((found.maximum().unwrap() - vertex).abs() < 1e-9);
            }
        }
    }
}
