//! Several models fitted to one spectrum and ranked by their BIC.

use super::fit::{XanesError, XanesFit, fit};
use super::model::Model;
use crate::cases::qncc_spectra::fit::FitError;
use crate::cases::qncc_spectra::fit::separable::Options;
use crate::display::{Monitor, Quiet};
use crate::methods::parallel::{Interrupted, ordered};

/// A spectrum to be fitted: ascending energies in eV, absorption, one-σ errors.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'a> {
    pub energy: &'a [f64],
    pub y: &'a [f64],
    pub sigma: &'a [f64],
}

/// Fits every model and returns the fits in the order of the models.
///
/// # Errors
/// The first [`XanesError`] in that order; [`XanesError::NoModels`] for an empty list.
pub fn fit_all(
    models: &[Model],
    spectrum: Spectrum,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Vec<XanesFit>, XanesError> {
    if models.is_empty() {
        return Err(XanesError::NoModels);
    }
    let one = |i: usize| {
        let watch = Quiet(monitor);
        fit(&models[i], spectrum.energy, spectrum.y, spectrum.sigma, options, &watch)
    };
    let interrupted =
        |stop: Interrupted| XanesError::Fit { model: models[0].name.clone(), source: FitError::Interrupted(stop) };
    ordered(models.len(), monitor, one).map_err(interrupted)?.into_iter().collect()
}

/// χ² per degree of freedom beyond which a model doesn't fit: what it misses is as large as the errors themselves.
pub const NO_FIT: f64 = 2.0;

/// How far errors must be widened for the model that fits best to fit: √(χ²/dof), never below one.
pub fn error_scale(fits: &[XanesFit]) -> f64 {
    let least = fits.iter().map(XanesFit::reduced).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least.max(1.0).sqrt() } else { 1.0 }
}

/// Indices of fits from the lowest BIC to the highest, with errors times `scale`; ties keep their order.
///
/// A fit with peaks of no height is the same as the one of a smaller model, but for what a search leaves: it goes behind it.
pub fn ranking(fits: &[XanesFit], scale: f64) -> Vec<usize> {
    let key = |fit: &XanesFit| {
        let absent = fit.peaks.iter().filter(|peak| peak.height.value() == 0.0).count();
        fit.bic_with_errors_times(scale) + BEHIND * absent as f64
    };
    let mut order: Vec<usize> = (0..fits.len()).collect();
    order.sort_by(|a, b| key(&fits[*a]).total_cmp(&key(&fits[*b])));
    order
}

/// What a peak of no height counts in the order of fits, in units of BIC: well above rounding, well below evidence.
const BEHIND: f64 = 0.5;
