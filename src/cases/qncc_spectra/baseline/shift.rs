//! The centre of one band under several baselines.

use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineError};
use crate::cases::qncc_spectra::peaks::{self, PeakError};

/// Where a band's centre lies above one baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Centre {
    /// The method's name.
    pub method: String,
    /// Peak of the band above the baseline, in the unit of the axis.
    pub peak: f64,
    /// One σ of the peak, from the scatter of the points about a cubic.
    pub uncertainty: f64,
    /// Centroid above half height, in the unit of the axis.
    pub centroid: f64,
    /// The peak minus that of the first baseline in the list.
    pub shift: f64,
}

/// Why the centre couldn't be found under a baseline.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CentreError {
    #[error("{method}: {source}")]
    Baseline { method: &'static str, source: BaselineError },
    #[error("{method}: {source}")]
    Peak { method: &'static str, source: PeakError },
}

/// Finds the peak of the band in `window` above each of the baselines.
///
/// # Errors
/// The first baseline that can't be drawn or above which the window has no peak, by name.
pub fn centres(x: &[f64], y: &[f64], window: (f64, f64), baselines: &[Baseline]) -> Result<Vec<Centre>, CentreError> {
    let mut found: Vec<Centre> = Vec::with_capacity(baselines.len());
    for baseline in baselines {
        let method = baseline.name();
        let above = baseline.remove(x, y).map_err(|source| CentreError::Baseline { method, source })?;
        let peak = peaks::without_baseline(x, &above, window).map_err(|source| CentreError::Peak { method, source })?;
        let first = found.first().map_or(peak.position, |first| first.peak);
        found.push(Centre {
            method: method.into(),
            peak: peak.position,
            uncertainty: peak.uncertainty,
            centroid: peak.centroid,
            shift: peak.position - first,
        });
    }
    Ok(found)
}
