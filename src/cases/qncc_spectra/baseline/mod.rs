//! Baselines under bands, and how the centre of a band moves among them.
//!
//! | method | what it needs | what it assumes |
//! |---|---|---|
//! | [`Baseline::Linear`] | windows without bands | a straight line |
//! | [`Baseline::Polynomial`] | windows without bands, a degree | a smooth trend |
//! | [`Baseline::Spline`] | anchors without bands | a curve that bends between anchors as little as it can |
//! | [`Baseline::AsymmetricLeastSquares`] | stiffness and asymmetry | bands stand above a stiff curve |

mod asymmetric;
mod banded;
mod polynomial;
mod shift;
mod spline;

pub use polynomial::Polynomial;
pub use shift::{Centre, CentreError, centres};
pub use spline::Spline;

use serde::{Deserialize, Serialize};

/// A way to draw a baseline. Places are in the unit of the spectrum's axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Baseline {
    /// A straight line through the points in the windows, by least squares.
    Linear { windows: Vec<(f64, f64)> },
    /// A polynomial through the points in the windows, by least squares.
    Polynomial { degree: usize, windows: Vec<(f64, f64)> },
    /// A natural cubic spline through anchors; each anchor's value is the mean of the points within `half_width`.
    ///
    /// `stiffness` zero interpolates; above zero it smooths ([`Spline::smoothing`], unit: axis cubed).
    Spline { anchors: Vec<f64>, half_width: f64, stiffness: f64 },
    /// Eilers & Boelens (2005): `stiffness` is their λ (10²–10⁹), `asymmetry` their p (0.001–0.1).
    AsymmetricLeastSquares { stiffness: f64, asymmetry: f64 },
}

/// Why a baseline couldn't be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BaselineError {
    #[error("the axis has {x} points and the spectrum {y}; give one value per point")]
    Lengths { x: usize, y: usize },
    #[error(
        "the axis doesn't ascend strictly at point {index} (found {found} after {before}); sort it and drop repeated points"
    )]
    Unsorted { index: usize, before: f64, found: f64 },
    #[error("point {index} is {found}; remove points that aren't numbers")]
    NotFinite { index: usize, found: f64 },
    #[error("found {found} points in the windows, a polynomial of degree {degree} needs {wanted}; widen the windows")]
    TooFewPoints { found: usize, wanted: usize, degree: usize },
    #[error("no point within {half_width} of the anchor {anchor}; move the anchor or widen its neighbourhood")]
    EmptyAnchor { anchor: f64, half_width: f64 },
    #[error("found {found} anchors, expected at least {wanted}, strictly ascending")]
    Anchors { found: usize, wanted: usize },
    #[error("{name} is {found}, expected {expected}")]
    Setting { name: &'static str, found: f64, expected: &'static str },
    #[error("a stiffness of {stiffness} leaves a singular system; lower it")]
    TooStiff { stiffness: f64 },
    #[error(
        "the weights still change after {rounds} rounds (stiffness {stiffness}, asymmetry {asymmetry}); change either"
    )]
    WeightsDoNotSettle { rounds: usize, stiffness: f64, asymmetry: f64 },
}

impl Baseline {
    /// The name of the method.
    pub fn name(&self) -> &'static str {
        match self {
            Baseline::Linear { .. } => "linear",
            Baseline::Polynomial { .. } => "polynomial",
            Baseline::Spline { .. } => "spline",
            Baseline::AsymmetricLeastSquares { .. } => "asymmetric least squares",
        }
    }

    /// The baseline at every point of a spectrum `y` on a strictly ascending axis `x`.
    ///
    /// # Errors
    /// A [`BaselineError`]: an axis or a setting that can't be used, too few points to draw from.
    pub fn estimate(&self, x: &[f64], y: &[f64]) -> Result<Vec<f64>, BaselineError> {
        check(x, y)?;
        match self {
            Baseline::Linear { windows } => polynomial_baseline(x, y, windows, 1),
            Baseline::Polynomial { degree, windows } => polynomial_baseline(x, y, windows, *degree),
            Baseline::Spline { anchors, half_width, stiffness } => {
                spline_baseline(x, y, anchors, *half_width, *stiffness)
            }
            Baseline::AsymmetricLeastSquares { stiffness, asymmetry } => {
                setting("stiffness", *stiffness, *stiffness > 0.0, "a number above 0")?;
                let inside = *asymmetry > 0.0 && *asymmetry < 1.0;
                setting("asymmetry", *asymmetry, inside, "a number between 0 and 1")?;
                if y.len() < 3 {
                    return Err(BaselineError::TooFewPoints { found: y.len(), wanted: 3, degree: 2 });
                }
                asymmetric::asymmetric(y, *stiffness, *asymmetry)
            }
        }
    }

    /// The spectrum above its baseline.
    ///
    /// # Errors
    /// Those of [`Baseline::estimate`].
    pub fn remove(&self, x: &[f64], y: &[f64]) -> Result<Vec<f64>, BaselineError> {
        Ok(self.estimate(x, y)?.iter().zip(y).map(|(base, y)| y - base).collect())
    }
}

fn check(x: &[f64], y: &[f64]) -> Result<(), BaselineError> {
    if x.len() != y.len() {
        return Err(BaselineError::Lengths { x: x.len(), y: y.len() });
    }
    for (index, (x, y)) in x.iter().zip(y).enumerate() {
        if let Some(found) = [*x, *y].into_iter().find(|value| !value.is_finite()) {
            return Err(BaselineError::NotFinite { index, found });
        }
    }
    match x.windows(2).position(|pair| pair[1] <= pair[0]) {
        Some(i) => Err(BaselineError::Unsorted { index: i + 1, before: x[i], found: x[i + 1] }),
        None => Ok(()),
    }
}

fn setting(name: &'static str, found: f64, fine: bool, expected: &'static str) -> Result<(), BaselineError> {
    if fine && found.is_finite() { Ok(()) } else { Err(BaselineError::Setting { name, found, expected }) }
}

fn polynomial_baseline(x: &[f64], y: &[f64], windows: &[(f64, f64)], degree: usize) -> Result<Vec<f64>, BaselineError> {
    let inside = |x: f64| windows.iter().any(|(low, high)| (*low..=*high).contains(&x));
    let (at, values): (Vec<f64>, Vec<f64>) = x.iter().zip(y).filter(|(x, _)| inside(**x)).unzip();
    let fit = Polynomial::fit(&at, &values, &vec![1.0; at.len()], degree);
    let fit = fit.ok_or(BaselineError::TooFewPoints { found: at.len(), wanted: degree + 1, degree })?;
    Ok(x.iter().map(|x| fit.value(*x)).collect())
}

fn spline_baseline(
    x: &[f64],
    y: &[f64],
    anchors: &[f64],
    half_width: f64,
    stiffness: f64,
) -> Result<Vec<f64>, BaselineError> {
    setting("half_width", half_width, half_width >= 0.0, "a number from 0 on")?;
    setting("stiffness", stiffness, stiffness >= 0.0, "a number from 0 on")?;
    if anchors.len() < 2 || anchors.windows(2).any(|pair| pair[1] <= pair[0]) {
        return Err(BaselineError::Anchors { found: anchors.len(), wanted: 2 });
    }
    let mut knots = Vec::with_capacity(anchors.len());
    let mut values = Vec::with_capacity(anchors.len());
    for &anchor in anchors {
        let near: Vec<usize> = (0..x.len()).filter(|&i| (x[i] - anchor).abs() <= half_width).collect();
        if near.is_empty() {
            return Err(BaselineError::EmptyAnchor { anchor, half_width });
        }
        let mean = |of: &[f64]| near.iter().map(|&i| of[i]).sum::<f64>() / near.len() as f64;
        // the mean place, not the anchor itself: the points needn't lie evenly around it
        knots.push(mean(x));
        values.push(mean(y));
    }
    if knots.windows(2).any(|pair| pair[1] <= pair[0]) {
        return Err(BaselineError::Anchors { found: anchors.len(), wanted: 2 });
    }
    let spline = Spline::smoothing(&knots, &values, &vec![1.0; knots.len()], stiffness);
    let spline = spline.ok_or(BaselineError::TooStiff { stiffness })?;
    Ok(x.iter().map(|x| spline.value(*x)).collect())
}

#[cfg(test)]
mod tests;
