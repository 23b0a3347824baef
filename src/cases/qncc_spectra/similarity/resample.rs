//! Errors of a similarity: from the noise of the observation, or from its points.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::{CASE, SimilarityError, detrend, pearson};
use crate::cases::qncc_spectra::interpolation::quantile;
use crate::display::Monitor;
use crate::methods::{parallel::ordered, random::stream};

/// The correlations of replicates, and what they say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Mean over the replicates.
    pub mean: f64,
    /// Standard deviation over the replicates.
    pub deviation: f64,
    /// The central 68.3 % of the replicates.
    pub interval_68: (f64, f64),
    /// The central 95.4 % of the replicates.
    pub interval_95: (f64, f64),
    /// The correlations, in the order of the replicates.
    pub values: Vec<f64>,
}

impl Bootstrap {
    fn new(values: Vec<f64>) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let interval = |inside: f64| (quantile(&sorted, 0.5 - 0.5 * inside), quantile(&sorted, 0.5 + 0.5 * inside));
        Self {
            mean,
            deviation: (squares / (n - 1.0)).sqrt(),
            interval_68: interval(0.682_689_492),
            interval_95: interval(0.954_499_736),
            values,
        }
    }
}

/// Pearson's correlation of `model` with `observed` plus normal noise of one-σ errors `sigma`, detrended anew each time.
///
/// From a noiseless `observed` this is a parametric bootstrap; from a real one, which has noise already, the mean of the
/// replicates lies lower than the correlation itself by about as much as that noise has lowered it. Replicate `k` draws
/// from the stream (seed, k).
///
/// # Errors
/// Lengths that differ, errors below zero, fewer than two replicates, an interrupt.
pub fn noise_bootstrap(
    curves: (&[f64], &[f64], &[f64]),
    sigma: &[f64],
    replicates: usize,
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<Bootstrap, SimilarityError> {
    noise_bootstrap_after(0, curves, sigma, replicates, seed, monitor)
}

/// [`noise_bootstrap`] on a part of a grid that begins after `skipped` points, which get the noise that they have in the whole.
pub(super) fn noise_bootstrap_after(
    skipped: usize,
    (grid, model, observed): (&[f64], &[f64], &[f64]),
    sigma: &[f64],
    replicates: usize,
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<Bootstrap, SimilarityError> {
    check(grid, model, observed, replicates)?;
    if sigma.len() != grid.len() {
        return Err(SimilarityError::Lengths { what: "the errors", found: sigma.len(), expected: grid.len() });
    }
    if let Some(index) = sigma.iter().position(|s| !(s.is_finite() && *s >= 0.0)) {
        return Err(SimilarityError::Value { what: "the errors", index, found: sigma[index] });
    }
    let model = detrend(grid, model);
    let values = ordered(replicates, monitor, |index| {
        let mut random = stream(seed, CASE, "similarity noise", index as u64);
        (0..skipped).for_each(|_| {
            random.sample::<f64, _>(StandardNormal);
        });
        let noisy: Vec<f64> =
            observed.iter().zip(sigma).map(|(y, s)| y + s * random.sample::<f64, _>(StandardNormal)).collect();
        pearson(&model, &detrend(grid, &noisy))
    })?;
    Ok(Bootstrap::new(values))
}

/// Pearson's correlation over points drawn with replacement, in blocks of `length` neighbours (Künsch 1989).
///
/// Says how much the correlation hangs on single regions. Neighbouring points of a band aren't independent, so `length`
/// should span a band; blocks wrap around the ends.
///
/// # Errors
/// Lengths that differ, a block of no length or longer than the spectrum, fewer than two replicates, an interrupt.
pub fn point_bootstrap(
    (grid, model, observed): (&[f64], &[f64], &[f64]),
    length: usize,
    replicates: usize,
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<Bootstrap, SimilarityError> {
    check(grid, model, observed, replicates)?;
    let n = grid.len();
    if length == 0 || length > n {
        let expected = "at least 1 and at most the number of points";
        return Err(SimilarityError::Setting { name: "length", found: length as f64, expected });
    }
    let (model, observed) = (detrend(grid, model), detrend(grid, observed));
    let values = ordered(replicates, monitor, |index| {
        let mut random = stream(seed, CASE, "similarity points", index as u64);
        let mut drawn = Vec::with_capacity(n + length);
        while drawn.len() < n {
            let start = random.random_range(0..n);
            drawn.extend((start..start + length).map(|i| i % n));
        }
        drawn.truncate(n);
        let pick = |of: &[f64]| -> Vec<f64> { drawn.iter().map(|&i| of[i]).collect() };
        pearson(&pick(&model), &pick(&observed))
    })?;
    Ok(Bootstrap::new(values))
}

fn check(grid: &[f64], model: &[f64], observed: &[f64], replicates: usize) -> Result<(), SimilarityError> {
    for (what, values) in [("the model", model), ("the observation", observed)] {
        if values.len() != grid.len() {
            return Err(SimilarityError::Lengths { what, found: values.len(), expected: grid.len() });
        }
    }
    if replicates < 2 {
        let (found, expected) = (replicates as f64, "at least 2");
        return Err(SimilarityError::Setting { name: "replicates", found, expected });
    }
    Ok(())
}
