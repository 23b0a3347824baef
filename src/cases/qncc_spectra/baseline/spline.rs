//! Natural cubic splines, interpolating or smoothing.

use super::banded::Pentadiagonal;

/// A natural cubic spline: values and second derivatives at ascending knots, straight lines outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Spline {
    knots: Vec<f64>,
    values: Vec<f64>,
    /// Second derivatives at the knots; zero at both ends.
    curvature: Vec<f64>,
}

impl Spline {
    /// The spline that minimises `Σ w_i (y_i − f(x_i))² + stiffness ∫ f″²`; a stiffness of zero interpolates.
    ///
    /// Green & Silverman, *Nonparametric Regression and Generalized Linear Models* (1994), section 2.3 (Reinsch's
    /// algorithm), `O(n)`. Knots must ascend strictly and weights be positive; `None` for fewer than two knots.
    pub fn smoothing(x: &[f64], y: &[f64], weights: &[f64], stiffness: f64) -> Option<Self> {
        let n = x.len();
        if n < 2 {
            return None;
        }
        let gap = |i: usize| x[i + 1] - x[i];
        let mut curvature = vec![0.0; n];
        let mut values = y.to_vec();
        if n > 2 {
            let inner = n - 2;
            // Q maps second derivatives of inner knots to values: its column j stands at rows j, j+1, j+2
            let q = |j: usize| [1.0 / gap(j), -1.0 / gap(j) - 1.0 / gap(j + 1), 1.0 / gap(j + 1)];
            let mut matrix = Pentadiagonal::zeros(inner);
            let mut right = vec![0.0; inner];
            for j in 0..inner {
                let own = q(j);
                matrix.diagonal[j] += (gap(j) + gap(j + 1)) / 3.0;
                if j + 1 < inner {
                    matrix.first[j] += gap(j + 1) / 6.0;
                }
                right[j] = (0..3).map(|k| own[k] * y[j + k]).sum();
                for (reach, below) in [(0, &mut matrix.diagonal), (1, &mut matrix.first), (2, &mut matrix.second)] {
                    if j + reach < inner {
                        let other = q(j + reach);
                        let overlap: f64 = (reach..3).map(|k| own[k] * other[k - reach] / weights[j + k]).sum();
                        below[j] += stiffness * overlap;
                    }
                }
            }
            let solved = matrix.solve(right)?;
            for (j, second) in solved.iter().enumerate() {
                curvature[j + 1] = *second;
                for (k, entry) in q(j).iter().enumerate() {
                    values[j + k] -= stiffness * entry * second / weights[j + k];
                }
            }
        }
        Some(Self { knots: x.to_vec(), values, curvature })
    }

    /// Value at `x`; beyond the ends the spline goes on as a straight line.
    pub fn value(&self, x: f64) -> f64 {
        let last = self.knots.len() - 2;
        let i = self.knots.partition_point(|knot| *knot <= x).saturating_sub(1).min(last);
        let h = self.knots[i + 1] - self.knots[i];
        let slope = (self.values[i + 1] - self.values[i]) / h;
        let (low, high) = (self.curvature[i], self.curvature[i + 1]);
        let end = self.knots.len() - 1;
        if x < self.knots[0] {
            return self.values[0] + (x - self.knots[0]) * (slope - h * high / 6.0);
        }
        if x > self.knots[end] {
            return self.values[end] + (x - self.knots[end]) * (slope + h * low / 6.0);
        }
        let (a, b) = ((self.knots[i + 1] - x) / h, (x - self.knots[i]) / h);
        a * self.values[i] + b * self.values[i + 1] + ((a * a * a - a) * low + (b * b * b - b) * high) * h * h / 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The spline through all points.
    fn through(x: &[f64], y: &[f64]) -> Spline {
        Spline::smoothing(x, y, &vec![1.0; x.len()], 0.0).unwrap()
    }

    /// Closed form: through (−1, 0), (0, 1), (1, 0) the natural spline is 1 − 1.5 x² + 0.5 |x|³.
    #[test]
    fn three_points_give_the_closed_form() {
        let spline = through(&[-1.0, 0.0, 1.0], &[0.0, 1.0, 0.0]);
        for x in [-1.0, -0.3, 0.0, 0.5, 0.9] {
            let x: f64 = x;
            let expected = 1.0 - 1.5 * x * x + 0.5 * x.abs().powi(3);
            assert!((spline.value(x) - expected).abs() < 1e-14, "{x}");
        }
        // slope at the end −1.5, and straight beyond
        assert!((spline.value(2.0) + 1.5).abs() < 1e-14 && (spline.value(-3.0) + 3.0).abs() < 1e-14);
    }

    #[test]
    fn no_stiffness_meets_every_point_and_much_gives_the_regression_line() {
        let x: Vec<f64> = (0..12).map(|i| f64::from(i) + 0.3 * f64::from(i % 3)).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 + 0.5 * x + (1.3 * x).sin()).collect();
        let through = through(&x, &y);
        assert!(x.iter().zip(&y).all(|(x, y)| (through.value(*x) - y).abs() < 1e-12));
        let stiff = Spline::smoothing(&x, &y, &[1.0; 12], 1e9).unwrap();
        let line = super::super::polynomial::Polynomial::fit(&x, &y, &[1.0; 12], 1).unwrap();
        assert!(x.iter().all(|x| (stiff.value(*x) - line.value(*x)).abs() < 1e-5));
    }

    /// At the minimum of the penalised sum, moving any value cannot lower it.
    #[test]
    fn the_penalised_sum_is_stationary() {
        let x = [0.0, 1.0, 1.5, 3.0, 4.0, 5.5];
        let y = [0.0, 2.0, 1.0, 4.0, 2.0, 3.0];
        let w = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0];
        let stiffness = 0.7;
        let found = Spline::smoothing(&x, &y, &w, stiffness).unwrap();
        let cost = |values: &[f64]| {
            let spline = through(&x, values);
            let misfit: f64 = (0..6).map(|i| w[i] * (y[i] - values[i]).powi(2)).sum();
            let bend: f64 = (0..5)
                .map(|i| {
                    let (a, b) = (spline.curvature[i], spline.curvature[i + 1]);
                    (x[i + 1] - x[i]) * (a * a + a * b + b * b) / 3.0
                })
                .sum();
            misfit + stiffness * bend
        };
        let best = cost(&found.values);
        for i in 0..6 {
            for step in [-1e-3, 1e-3] {
                let mut moved = found.values.clone();
                moved[i] += step;
                assert!(cost(&moved) > best, "{i} {step}");
            }
        }
    }
}
