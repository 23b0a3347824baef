//! One comparison with all measures, and candidates ranked beside null models.

use serde::{Deserialize, Serialize};

use super::{
    Bootstrap, NullDistribution, Protocol, ScaledFit, SimilarityError, block_null, cosine, detrend, interpolate,
    pearson, point_bootstrap, resample::noise_bootstrap_after, scaled_fit, shift_null,
};
use crate::cases::qncc_spectra::peaks;
use crate::display::Monitor;

/// Where the centres of a band lie in two spectra, in µm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Centres {
    /// Peak in the laboratory's spectrum.
    pub model: f64,
    /// Peak in the observed spectrum.
    pub observed: f64,
    /// Observed minus laboratory.
    pub difference: f64,
    /// One σ of the difference.
    pub uncertainty: f64,
}

/// All measures for two spectra on one grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Pearson's correlation of the detrended spectra.
    pub pearson: f64,
    /// Cosine of the spectra as they are, continua included: the measure that continua flatter most.
    pub cosine: f64,
    /// Centres of the band in the window; or why there are none, in words.
    pub centres: Result<Centres, String>,
    /// χ² with a free scale and a straight continuum.
    pub fit: ScaledFit,
}

/// How spectra are compared and how their errors are found.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `window` | 7.0–9.2 µm | where the band lies whose centres are compared |
/// | `anchor_half_width` | 0.06 µm | the local baseline's anchors |
/// | `replicates` | 1000 | of each bootstrap and of the block null |
/// | `block` | 12 | points in a block: about the width of the 11 µm bands |
/// | `nearest` | 12 | shifts up to this many points aren't part of the null |
/// | `seed` | 1 | of all draws |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub window: (f64, f64),
    pub anchor_half_width: f64,
    pub replicates: usize,
    pub block: usize,
    pub nearest: usize,
    pub seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self { window: (7.0, 9.2), anchor_half_width: 0.06, replicates: 1000, block: 12, nearest: 12, seed: 1 }
    }
}

/// Compares a model with an observation, both on `grid` (µm, ascending), the observation with one-σ errors.
///
/// # Errors
/// Lengths that differ, errors that aren't above zero, a spectrum that is a straight line. A band that isn't found is
/// no error: see [`Comparison::centres`].
pub fn compare(
    grid: &[f64],
    model: &[f64],
    (observed, sigma): (&[f64], &[f64]),
    setup: &Setup,
) -> Result<Comparison, SimilarityError> {
    let fit = scaled_fit(grid, model, observed, sigma)?;
    let correlation = pearson(&detrend(grid, model), &detrend(grid, observed));
    if !correlation.is_finite() {
        return Err(SimilarityError::Flat { what: "the observation" });
    }
    let settings = peaks::Settings::new(setup.window, setup.anchor_half_width);
    let centres = match (peaks::measure(grid, model, &[], &settings), peaks::measure(grid, observed, sigma, &settings))
    {
        (Ok(of_model), Ok(of_observed)) => Ok(Centres {
            model: of_model.position,
            observed: of_observed.position,
            difference: of_observed.position - of_model.position,
            uncertainty: of_model.uncertainty.hypot(of_observed.uncertainty),
        }),
        (Err(reason), _) => Err(format!("model: {reason}")),
        (_, Err(reason)) => Err(format!("observation: {reason}")),
    };
    Ok(Comparison { pearson: correlation, cosine: cosine(model, observed), centres, fit })
}

/// A spectrum that is compared with the observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it is, as the report names it.
    pub name: String,
    /// Whether it is a null model: something that nobody holds to be the carrier.
    pub null_model: bool,
    /// Wavelengths in µm, ascending.
    pub wavelength_um: Vec<f64>,
    /// Its emission there.
    pub emission: Vec<f64>,
}

/// A candidate with its similarity, errors and null distributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    pub name: String,
    pub null_model: bool,
    /// Grid points compared: all, or those that the candidate covers.
    pub points_compared: usize,
    pub comparison: Comparison,
    /// Over the observation's noise; replicate `k` has the same noise for all candidates.
    pub noise: Bootstrap,
    /// Over points in blocks.
    pub points: Bootstrap,
    /// Against circular shifts.
    pub shift: NullDistribution,
    /// Against random orders of blocks.
    pub blocks: NullDistribution,
}

/// Compares all candidates with an observation and sorts them by Pearson's correlation, the highest first.
///
/// `observed` and its one-σ errors stand on [`Protocol::grid`]; candidates are interpolated to it, one that doesn't cover it
/// to the part that it does ([`Protocol::covered`]). Whatever is claimed of a candidate must hold against the best null model,
/// not against zero.
///
/// # Errors
/// Those of [`compare`], of the resampling functions and of [`interpolate`].
pub fn rank(
    protocol: &Protocol,
    candidates: &[Candidate],
    (observed, sigma): (&[f64], &[f64]),
    setup: &Setup,
    monitor: &dyn Monitor,
) -> Result<Vec<Ranked>, SimilarityError> {
    let whole = protocol.grid()?;
    for (what, values) in [("the observation", observed), ("the errors", sigma)] {
        if values.len() != whole.len() {
            return Err(SimilarityError::Lengths { what, found: values.len(), expected: whole.len() });
        }
    }
    monitor.begin("similarity", (3 * setup.replicates * candidates.len()) as u64);
    let ranked = candidates
        .iter()
        .map(|candidate| place(protocol, &whole, candidate, (observed, sigma), setup, monitor))
        .collect::<Result<Vec<Ranked>, SimilarityError>>();
    monitor.end();
    let mut ranked = ranked?;
    ranked.sort_by(|a, b| b.comparison.pearson.total_cmp(&a.comparison.pearson));
    Ok(ranked)
}

/// One candidate against the observation, where it covers the grid.
fn place(
    protocol: &Protocol,
    whole: &[f64],
    candidate: &Candidate,
    (observed, sigma): (&[f64], &[f64]),
    setup: &Setup,
    monitor: &dyn Monitor,
) -> Result<Ranked, SimilarityError> {
    let Setup { replicates, block, nearest, seed, .. } = *setup;
    let [first, .., last] = candidate.wavelength_um.as_slice() else {
        let found = candidate.wavelength_um.len();
        return Err(SimilarityError::Lengths { what: "the candidate", found, expected: whole.len() });
    };
    let grid = protocol.covered(*first, *last)?;
    let start = whole.partition_point(|x| *x < grid[0]);
    let part = start..start + grid.len();
    let model = interpolate(&candidate.wavelength_um, &candidate.emission, &grid)?;
    let (observed, sigma) = (&observed[part.clone()], &sigma[part]);
    let curves = (grid.as_slice(), model.as_slice(), observed);
    Ok(Ranked {
        name: candidate.name.clone(),
        null_model: candidate.null_model,
        points_compared: grid.len(),
        comparison: compare(&grid, &model, (observed, sigma), setup)?,
        noise: noise_bootstrap_after(start, curves, sigma, replicates, seed, monitor)?,
        points: point_bootstrap(curves, block, replicates, seed, monitor)?,
        shift: shift_null(&grid, &model, observed, nearest)?,
        blocks: block_null(curves, block, replicates, seed, monitor)?,
    })
}
