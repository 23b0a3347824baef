//! Errors of parameters and of what is summed from them.

use serde::{Deserialize, Serialize};

use super::factor::triangle;
use super::matrix::Matrix;

/// One fitted number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Parameter {
    /// The coefficient of a column.
    Coefficient(usize),
    /// A shape.
    Shape(usize),
}

/// The covariance of those parameters that the data moved: active coefficients and free shapes within their bounds.
///
/// It is `(JᵀJ)⁻¹` of the residuals divided by their errors, so it is formal: conditional on the active set, and right
/// only when χ² per degree of freedom is about one; times `χ²/dof` it is as wide as the scatter that is seen. A parameter that the others can replace has an infinite variance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Covariance {
    /// The parameters, coefficients first.
    pub parameters: Vec<Parameter>,
    /// Their covariances.
    pub matrix: Matrix,
}

/// Above this variance, in units of the column's own, a parameter counts as undetermined.
const UNDETERMINED: f64 = 1e24;

impl Covariance {
    /// The inverse normal matrix of `jacobian`, whose columns are derivatives of residuals divided by their errors.
    ///
    /// Columns are scaled to unit length before they are factored.
    pub fn from_jacobian(parameters: Vec<Parameter>, mut jacobian: Matrix) -> Self {
        let count = parameters.len();
        let scales = jacobian.normalise();
        let mut upper = triangle(&jacobian);
        // A diagonal of zero would be a division by zero: a variance far above `UNDETERMINED` comes of it.
        for k in 0..count {
            if upper[(k, k)].abs() < f64::EPSILON {
                upper[(k, k)] = f64::EPSILON;
            }
        }
        let inverse = inverse_of_triangle(&upper);
        let mut matrix = Matrix::zeros(count, count);
        for i in 0..count {
            for j in 0..=i {
                // Row i of the inverse is zero before its diagonal.
                let value: f64 = (i..count).map(|k| inverse[(i, k)] * inverse[(j, k)]).sum();
                let value = if i == j && value > UNDETERMINED { f64::INFINITY } else { value };
                let scaled = value / (scales[i] * scales[j]);
                matrix[(i, j)] = scaled;
                matrix[(j, i)] = scaled;
            }
        }
        Self { parameters, matrix }
    }

    /// One standard deviation; `None` for a parameter that is at a bound, which has a limit instead.
    pub fn sigma(&self, parameter: Parameter) -> Option<f64> {
        self.covariance(parameter, parameter).map(f64::sqrt)
    }

    /// The covariance of two parameters.
    pub fn covariance(&self, a: Parameter, b: Parameter) -> Option<f64> {
        let place = |wanted| self.parameters.iter().position(|parameter| *parameter == wanted);
        Some(self.matrix[(place(a)?, place(b)?)])
    }

    /// The standard deviation of a quantity from its derivatives; parameters at a bound contribute nothing.
    pub fn propagate(&self, gradient: &[(Parameter, f64)]) -> f64 {
        let mut along = vec![0.0; self.parameters.len()];
        for (parameter, derivative) in gradient {
            if let Some(place) = self.parameters.iter().position(|known| known == parameter) {
                along[place] += derivative;
            }
        }
        let mut variance = 0.0;
        for (i, slope) in along.iter().enumerate().filter(|(_, slope)| **slope != 0.0) {
            let involved = along.iter().zip(self.matrix.column(i)).filter(|(other, _)| **other != 0.0);
            variance += slope * involved.map(|(other, value)| other * value).sum::<f64>();
        }
        variance.max(0.0).sqrt()
    }
}

/// The inverse of an upper triangle, itself an upper triangle.
fn inverse_of_triangle(upper: &Matrix) -> Matrix {
    let count = upper.columns();
    let mut inverse = Matrix::zeros(count, count);
    for j in 0..count {
        inverse[(j, j)] = 1.0 / upper[(j, j)];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|k| upper[(i, k)] * inverse[(k, j)]).sum();
            inverse[(i, j)] = -sum / upper[(i, i)];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::fit::matrix::dot;

    fn line() -> (Matrix, Covariance) {
        let at: Vec<f64> = (0..20).map(|i| f64::from(i) / 10.0).collect();
        let jacobian = Matrix::from_columns(&[vec![1.0; 20], at]).expect("equally long");
        let parameters = vec![Parameter::Coefficient(0), Parameter::Coefficient(1)];
        (jacobian.clone(), Covariance::from_jacobian(parameters, jacobian))
    }

    #[test]
    fn a_straight_line_has_the_textbook_covariance() {
        let (jacobian, covariance) = line();
        let sums = [20.0, jacobian.column(1).iter().sum::<f64>(), dot(jacobian.column(1), jacobian.column(1))];
        let determinant = sums[0] * sums[2] - sums[1] * sums[1];
        let (offset, slope) = (Parameter::Coefficient(0), Parameter::Coefficient(1));
        let close = |found: Option<f64>, expected: f64| (found.expect("fitted") / expected - 1.0).abs() < 1e-13;
        assert!(close(covariance.sigma(offset), (sums[2] / determinant).sqrt()));
        assert!(close(covariance.sigma(slope), (sums[0] / determinant).sqrt()));
        assert!(close(covariance.covariance(offset, slope), -sums[1] / determinant));
        assert_eq!(covariance.sigma(Parameter::Shape(0)), None);
    }

    #[test]
    fn a_sum_is_surer_than_its_terms_where_they_trade() {
        let (_, covariance) = line();
        let (offset, slope) = (Parameter::Coefficient(0), Parameter::Coefficient(1));
        // The value at the centre of gravity: σ² = 1/20.
        let centre = covariance.propagate(&[(offset, 1.0), (slope, 0.95)]);
        assert!((centre - 0.05_f64.sqrt()).abs() < 1e-13);
        let beside = covariance.propagate(&[(offset, 1.0), (slope, 0.95), (Parameter::Shape(3), 9.0)]);
        assert_eq!(beside, centre, "a parameter without a variance adds none");
    }

    #[test]
    fn what_the_data_cannot_tell_apart_has_no_finite_error() {
        let column: Vec<f64> = (1..9).map(f64::from).collect();
        let other = vec![1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 2.0];
        let jacobian = Matrix::from_columns(&[column.clone(), other, column]).expect("equally long");
        let parameters: Vec<Parameter> = (0..3).map(Parameter::Coefficient).collect();
        let covariance = Covariance::from_jacobian(parameters, jacobian);
        assert_eq!(covariance.sigma(Parameter::Coefficient(0)), Some(f64::INFINITY));
        assert!(covariance.sigma(Parameter::Coefficient(1)).expect("fitted") < 1.0);
    }
}
