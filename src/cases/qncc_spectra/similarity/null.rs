//! What a correlation is when there is nothing to correlate.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{CASE, SimilarityError, detrend, pearson};
use crate::display::Monitor;
use crate::methods::{parallel::ordered, random::stream};

/// Correlations of one spectrum with versions of the other in which its features were moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullDistribution {
    /// The correlation of the spectra as they are.
    pub observed: f64,
    /// The correlations under the null hypothesis, ascending.
    pub null: Vec<f64>,
    /// `(1 + number of null correlations ≥ observed)/(1 + number of null correlations)`, one-sided.
    pub p_value: f64,
}

impl NullDistribution {
    fn new(observed: f64, mut null: Vec<f64>) -> Self {
        null.sort_by(f64::total_cmp);
        let reached = null.iter().filter(|r| **r >= observed).count();
        let p_value = (1.0 + reached as f64) / (1.0 + null.len() as f64);
        Self { observed, null, p_value }
    }
}

/// Null distribution from circular shifts of `b` along a grid uniform in ln λ by more than `nearest` points either way.
///
/// The features keep their shapes and distances (as ratios of wavelengths), only their places are wrong. Deterministic. As
/// spectra are smooth, neighbouring shifts depend on each other: the p-value can't be smaller than one over the number of
/// shifts, and one close to that is weak evidence. Both curves are detrended again after the shift.
///
/// # Errors
/// Lengths that differ, or `nearest` so large that no shift is left.
pub fn shift_null(grid: &[f64], a: &[f64], b: &[f64], nearest: usize) -> Result<NullDistribution, SimilarityError> {
    let n = check(grid, a, b)?;
    if 2 * nearest + 1 >= n {
        let (found, expected) = (nearest as f64, "less than half of the points");
        return Err(SimilarityError::Setting { name: "nearest", found, expected });
    }
    let a = detrend(grid, a);
    let correlation = |shift: usize| {
        let moved: Vec<f64> = (0..n).map(|i| b[(i + shift) % n]).collect();
        pearson(&a, &detrend(grid, &moved))
    };
    Ok(NullDistribution::new(correlation(0), (nearest + 1..n - nearest).map(correlation).collect()))
}

/// Null distribution from `replicates` random orders of blocks of `length` points of `b`, each possibly reversed.
///
/// Short blocks destroy what is local (and make the test lenient towards smooth spectra), long ones leave whole bands
/// in place of others. The draws of replicate `k` come from the stream (seed, k).
///
/// # Errors
/// Lengths that differ, blocks of no length or of more than a quarter of the spectrum, no replicates, an interrupt.
pub fn block_null(
    (grid, a, b): (&[f64], &[f64], &[f64]),
    length: usize,
    replicates: usize,
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<NullDistribution, SimilarityError> {
    let n = check(grid, a, b)?;
    if length == 0 || 4 * length > n {
        let expected = "at least 1 and at most a quarter of the points";
        return Err(SimilarityError::Setting { name: "length", found: length as f64, expected });
    }
    if replicates == 0 {
        return Err(SimilarityError::Setting { name: "replicates", found: 0.0, expected: "at least 1" });
    }
    let (a, straight) = (detrend(grid, a), detrend(grid, b));
    let null = ordered(replicates, monitor, |index| {
        let mut random = stream(seed, CASE, "similarity blocks", index as u64);
        // blocks begin at a random place of the circle, so that their edges aren't always the same
        let origin = random.random_range(0..n);
        let mut blocks: Vec<(usize, usize, bool)> =
            (0..n).step_by(length).map(|start| (start, (start + length).min(n), random.random::<bool>())).collect();
        for last in (1..blocks.len()).rev() {
            blocks.swap(last, random.random_range(0..=last));
        }
        let mut order = Vec::with_capacity(n);
        for (start, end, reversed) in blocks {
            let block = (start..end).map(|i| straight[(origin + i) % n]);
            if reversed { order.extend(block.rev()) } else { order.extend(block) }
        }
        pearson(&a, &detrend(grid, &order))
    })?;
    Ok(NullDistribution::new(pearson(&a, &straight), null))
}

fn check(grid: &[f64], a: &[f64], b: &[f64]) -> Result<usize, SimilarityError> {
    for (what, values) in [("the first spectrum", a), ("the second spectrum", b)] {
        if values.len() != grid.len() {
            return Err(SimilarityError::Lengths { what, found: values.len(), expected: grid.len() });
        }
    }
    Ok(grid.len())
}
