//! Measures of likeness between two curves on one grid.

use nalgebra::{DVector, Matrix3};
use serde::{Deserialize, Serialize};

use super::SimilarityError;

/// Pearson's correlation coefficient; NaN when a curve is constant.
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |y: &[f64]| y.iter().sum::<f64>() / y.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    ab / (aa * bb).sqrt()
}

/// Cosine of the angle between two curves as vectors; NaN when a curve is zero.
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The best `scale · model + offset + slope · λ` to an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaledFit {
    /// Factor of the model; below zero when its mirror image fits better.
    pub scale: f64,
    /// One σ of the scale, formal.
    pub scale_error: f64,
    /// The continuum at the middle of the grid.
    pub offset: f64,
    /// Slope of the continuum, per µm.
    pub slope: f64,
    /// `Σ ((observed − scale · model − continuum)/σ)²`.
    pub chi2: f64,
    /// Points minus three.
    pub freedom: usize,
}

/// Fits the scale of `model` and a straight continuum to `observed` with one-σ errors `sigma`, on wavelengths in µm.
///
/// # Errors
/// Lengths that differ, errors that aren't above zero, a model that is a straight line.
pub fn scaled_fit(
    wavelength_um: &[f64],
    model: &[f64],
    observed: &[f64],
    sigma: &[f64],
) -> Result<ScaledFit, SimilarityError> {
    let expected = wavelength_um.len();
    for (what, values) in [("the model", model), ("the observation", observed), ("the errors", sigma)] {
        if values.len() != expected {
            return Err(SimilarityError::Lengths { what, found: values.len(), expected });
        }
    }
    if let Some(index) = sigma.iter().position(|s| !(s.is_finite() && *s > 0.0)) {
        return Err(SimilarityError::Value { what: "the errors", index, found: sigma[index] });
    }
    let flat = SimilarityError::Flat { what: "the model" };
    let [first, .., last] = wavelength_um else { return Err(flat) };
    let (middle, half) = (0.5 * (first + last), 0.5 * (last - first));
    // columns of similar size, each divided by the errors
    let size = model.iter().fold(0.0, |m: f64, y| m.max(y.abs()));
    let column = |f: &dyn Fn(usize) -> f64| DVector::from_fn(expected, |i, _| f(i) / sigma[i]);
    let columns = [column(&|i| model[i] / size), column(&|_| 1.0), column(&|i| (wavelength_um[i] - middle) / half)];
    let data = column(&|i| observed[i]);
    let normal = Matrix3::from_fn(|i, j| columns[i].dot(&columns[j]));
    // what of the model is left when the straight line is taken out decides whether its scale is known
    let correlation = normal.try_inverse().map(|inverse| inverse[(0, 0)] * normal[(0, 0)]);
    let inverse = normal.try_inverse().filter(|_| size > 0.0 && correlation.is_some_and(|c| c > 0.0 && c < 1e12));
    let inverse = inverse.ok_or(flat)?;
    let right = nalgebra::Vector3::from_fn(|i, _| columns[i].dot(&data));
    let solution = inverse * right;
    let mut residual = data;
    for (column, coefficient) in columns.iter().zip(solution.iter()) {
        residual.axpy(-coefficient, column, 1.0);
    }
    Ok(ScaledFit {
        scale: solution[0] / size,
        scale_error: inverse[(0, 0)].sqrt() / size,
        offset: solution[1],
        slope: solution[2] / half,
        chi2: residual.norm_squared(),
        freedom: expected.saturating_sub(3),
    })
}
