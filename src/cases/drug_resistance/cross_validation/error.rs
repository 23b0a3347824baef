//! Why there is no cross-validation.

use crate::cases::drug_resistance::predictive::PredictiveError;
use crate::methods::elastic_net::ElasticNetError;
use crate::methods::parallel::Interrupted;
use crate::methods::ridge::RidgeError;

/// Why there is no cross-validation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CvError {
    /// Folds were to be taken from the screen, which has none.
    #[error("the screen has no folds; give a table of folds, or have them made")]
    NoFolds,
    /// The tissue predictor needs tissues, and so do stratified folds.
    #[error("the screen has no tissues, which {what} needs; give a table of tissues, or do without")]
    NoTissue {
        /// What needs them.
        what: &'static str,
    },
    /// More folds than lines.
    #[error("{folds} folds of {lines} lines; there must be at least two folds, and two lines for each")]
    TooManyFolds {
        /// Folds asked for.
        folds: usize,
        /// Lines there are.
        lines: usize,
    },
    /// A fold leaves too few lines to train on.
    #[error("fold {fold} leaves {found} lines to train on, but {least} are needed; use fewer folds, or more lines")]
    TooFewLines {
        /// The fold.
        fold: usize,
        /// Lines left.
        found: usize,
        /// Lines needed.
        least: usize,
    },
    /// The response doesn't vary.
    #[error("the response is {value} in all lines that fold {fold} trains on; there is nothing to predict")]
    ConstantResponse {
        /// The fold.
        fold: usize,
        /// The value.
        value: f64,
    },
    /// A setting out of range.
    #[error("{name} is {found}; it must be {allowed}")]
    Option {
        /// Which.
        name: &'static str,
        /// What it was.
        found: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// No method was asked for.
    #[error("no method to validate; name at least one")]
    NoMethod,
    /// A method failed in a fold.
    #[error("fold {fold}: {source}")]
    Predictive {
        /// The fold.
        fold: usize,
        /// Why.
        source: PredictiveError,
    },
    /// A method failed in a fold.
    #[error("fold {fold}: {source}")]
    ElasticNet {
        /// The fold.
        fold: usize,
        /// Why.
        source: ElasticNetError,
    },
    /// A method failed in a fold.
    #[error("fold {fold}: {source}")]
    Ridge {
        /// The fold.
        fold: usize,
        /// Why.
        source: RidgeError,
    },
    /// Stopped by the monitor.
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}

impl CvError {
    pub(super) fn predictive(fold: usize, source: PredictiveError) -> Self {
        match source {
            PredictiveError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            source => Self::Predictive { fold, source },
        }
    }
}
