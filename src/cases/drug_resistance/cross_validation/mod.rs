//! Nested cross-validation of all predictors, without leaks.
//!
//! Every choice (standardisation, variance filter, hyper-parameters, inner splits) is made on the training rows of a fold;
//! its test rows are only predicted. By default z is scaled by its training rows too; [`Standardise::LinesUsed`] scales it by
//! all lines used, as the reference baseline did.

mod options;
mod outcome;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub use options::{ElasticNetGrid, FoldScheme, Method, NetworkGrid, Options, RidgeGrid, Standardise};
pub use outcome::{Chosen, CvOutcome, FoldOutcome, MethodOutcome, WithinTissue};

use crate::display::Monitor;

/// Lines with expression and the response to one drug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// n lines × p genes.
    pub x: Array2<f64>,
    /// n responses, such as ln IC50.
    pub z: Vec<f64>,
    /// n names of lines.
    pub lines: Vec<String>,
    /// p names of genes.
    pub genes: Vec<String>,
    /// n tissue codes, pointing into `tissue_names`.
    pub tissue: Option<Vec<usize>>,
    /// Names of the tissues.
    pub tissue_names: Vec<String>,
    /// n folds (0, 1, …) given from outside.
    pub folds: Option<Vec<usize>>,
    /// The drug.
    pub drug: String,
}

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
