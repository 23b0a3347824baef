//! The grid on which spectra are compared, and how they get there.

use serde::{Deserialize, Serialize};

use super::SimilarityError;
use crate::cases::qncc_spectra::interpolation::linear;

/// The common grid: wavelengths `from · exp(k · step)` up to `to`, in µm.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `from` | 5.2 µm | first point |
/// | `to` | 14.5 µm | no point beyond |
/// | `step` | 1/180 | step in ln λ: a resolving power of 180 |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    pub from: f64,
    pub to: f64,
    pub step: f64,
}

impl Default for Protocol {
    fn default() -> Self {
        Self { from: 5.2, to: 14.5, step: 1.0 / 180.0 }
    }
}

impl Protocol {
    /// The wavelengths in µm.
    ///
    /// # Errors
    /// Ends or a step that make no grid of at least four points.
    pub fn grid(&self) -> Result<Vec<f64>, SimilarityError> {
        let Self { from, to, step } = *self;
        for (name, found, fine, expected) in [
            ("from", from, from > 0.0, "a wavelength above 0 µm"),
            ("to", to, to > from, "a wavelength above `from`"),
            ("step", step, step > 0.0 && 3.0 * step <= (to / from).ln(), "a step above 0 that gives 4 points or more"),
        ] {
            if !(fine && found.is_finite()) {
                return Err(SimilarityError::Setting { name, found, expected });
            }
        }
        // a point at `to` itself must not be lost to rounding
        let last = ((to / from).ln() / step * (1.0 + 4.0 * f64::EPSILON)).floor() as usize;
        Ok((0..=last).map(|k| from * (k as f64 * step).exp()).collect())
    }

    /// The part of the grid that a spectrum from `first` to `last` (µm) covers.
    ///
    /// # Errors
    /// No grid, or a spectrum that covers less than half of its points.
    pub fn covered(&self, first: f64, last: f64) -> Result<Vec<f64>, SimilarityError> {
        let whole = self.grid()?;
        let part: Vec<f64> = whole.iter().copied().filter(|x| (first..=last).contains(x)).collect();
        if 2 * part.len() < whole.len() {
            let (wanted_from, wanted_to) = (self.from, self.to);
            return Err(SimilarityError::Coverage { from: first, to: last, wanted_from, wanted_to });
        }
        Ok(part)
    }

    /// Brings a spectrum onto the grid by linear interpolation, without removing anything.
    ///
    /// # Errors
    /// A spectrum that can't be used or doesn't cover the grid.
    pub fn sample(&self, wavelength_um: &[f64], y: &[f64]) -> Result<Vec<f64>, SimilarityError> {
        interpolate(wavelength_um, y, &self.grid()?)
    }

    /// Brings a spectrum onto the grid and removes a straight line in wavelength.
    ///
    /// # Errors
    /// Those of [`Protocol::sample`].
    pub fn prepare(&self, wavelength_um: &[f64], y: &[f64]) -> Result<Vec<f64>, SimilarityError> {
        let grid = self.grid()?;
        Ok(detrend(&grid, &interpolate(wavelength_um, y, &grid)?))
    }
}

/// Linear interpolation of `y` on the strictly ascending axis `x` at the ascending places `at`.
///
/// # Errors
/// Lengths that differ, values that aren't numbers, an axis that doesn't ascend, places outside of it.
pub fn interpolate(x: &[f64], y: &[f64], at: &[f64]) -> Result<Vec<f64>, SimilarityError> {
    if x.len() != y.len() {
        return Err(SimilarityError::Lengths { what: "the spectrum", found: y.len(), expected: x.len() });
    }
    for (what, values) in [("the axis", x), ("the spectrum", y)] {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(SimilarityError::Value { what, index, found: values[index] });
        }
    }
    if let Some(i) = x.windows(2).position(|pair| pair[1] <= pair[0]) {
        return Err(SimilarityError::Unsorted { index: i + 1, before: x[i], found: x[i + 1] });
    }
    let (first, last) = match x {
        [first, .., last] => (*first, *last),
        _ => return Err(SimilarityError::Lengths { what: "the axis", found: x.len(), expected: 2 }),
    };
    let low = at.iter().copied().fold(f64::INFINITY, f64::min);
    let high = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let outside = SimilarityError::Coverage { from: first, to: last, wanted_from: low, wanted_to: high };
    at.iter().map(|place| linear(x, y, *place)).collect::<Option<_>>().ok_or(outside)
}

/// Removes the straight line in `x` that fits `y` best.
pub fn detrend(x: &[f64], y: &[f64]) -> Vec<f64> {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut along, mut square) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        along += (x - mean_x) * (y - mean_y);
        square += (x - mean_x) * (x - mean_x);
    }
    let slope = along / square;
    x.iter().zip(y).map(|(x, y)| y - mean_y - slope * (x - mean_x)).collect()
}
