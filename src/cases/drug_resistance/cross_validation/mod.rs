//! Nested cross-validation of all predictors, without leaks.
//!
//! Every choice (standardisation, variance filter, hyper-parameters, inner splits) is made on the training rows of a fold;
//! its test rows are only predicted. By default z is scaled by its training rows too; [`Standardise::LinesUsed`] scales it by
//! all lines used, as the reference baseline did.

mod options;
mod outcome;

pub use options::{ElasticNetGrid, FoldScheme, Method, NetworkGrid, Options, RidgeGrid, Standardise};
pub use outcome::{Chosen, CvOutcome, FoldOutcome, MethodOutcome, WithinTissue};

use crate::cases::drug_resistance::Screen;
use crate::display::Monitor;

/// Runs nested cross-validation of the methods on a screen.
///
/// # Errors
/// [`CvError`] for a screen or options that can't be used, a fit that fails, or an interrupt.
pub fn nested(
    _screen: &Screen,
    _methods: &[Method],
    _options: &Options,
    _monitor: &dyn Monitor,
) -> Result<CvOutcome, CvError> {
    todo!()
}

/// Why there is no cross-validation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CvError {}
