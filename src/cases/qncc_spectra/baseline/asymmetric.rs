//! Asymmetric least squares.

use super::BaselineError;
use super::banded::Pentadiagonal;

/// Rounds after which weights that still change are a failure.
const ROUNDS: usize = 200;

/// Finds a baseline below the bands: minimises `Σ w_i (y_i − z_i)² + stiffness Σ (Δ²z)_i²` with `w_i = asymmetry` where
/// `y_i > z_i` and `1 − asymmetry` elsewhere, repeated until the weights stay.
///
/// Eilers & Boelens, *Baseline correction with asymmetric least squares smoothing* (2005). Second differences are per sample,
/// as in the source: sample evenly in the axis in which the baseline is smooth. `O(n)` a round.
pub(super) fn asymmetric(y: &[f64], stiffness: f64, asymmetry: f64) -> Result<Vec<f64>, BaselineError> {
    let n = y.len();
    let mut above = vec![false; n];
    let mut penalty = Pentadiagonal::zeros(n);
    for i in 0..n - 2 {
        penalty.add_outer(i, [1.0, -2.0, 1.0], stiffness);
    }
    for round in 0..ROUNDS {
        let weight = |above: bool| match (round, above) {
            (0, _) => 1.0,
            (_, true) => asymmetry,
            (_, false) => 1.0 - asymmetry,
        };
        let mut matrix = penalty.clone();
        let weights: Vec<f64> = above.iter().map(|above| weight(*above)).collect();
        matrix.diagonal.iter_mut().zip(&weights).for_each(|(d, w)| *d += w);
        let right = weights.iter().zip(y).map(|(w, y)| w * y).collect();
        let z = matrix.solve(right).ok_or(BaselineError::TooStiff { stiffness })?;
        let now: Vec<bool> = y.iter().zip(&z).map(|(y, z)| y > z).collect();
        if round > 0 && now == above {
            return Ok(z);
        }
        above = now;
    }
    Err(BaselineError::WeightsDoNotSettle { rounds: ROUNDS, stiffness, asymmetry })
}
