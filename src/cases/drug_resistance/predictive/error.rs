//! What can be wrong with data or options, or go wrong in the fit.

use crate::methods::elastic_net::ElasticNetError;
use crate::methods::parallel::Interrupted;

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PredictiveError {
    /// An option that is out of range.
    #[error("option {name} is {found}; it must be {allowed}")]
    Option {
        /// Which option.
        name: &'static str,
        /// What it was.
        found: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Two inputs that must be equally long are not.
    #[error("{what} has {found} entries, but {expected} are needed; give one for each line (or gene)")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// Too few lines or genes.
    #[error("there are {found} {what}, but {least} are needed at least; read more data in")]
    TooFew {
        /// Lines, genes or others.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// NaN or infinity.
    #[error("the {what} of line {line} is {value}; only finite numbers can be fitted, drop the line or mend it")]
    NotFinite {
        /// Response or expression.
        what: &'static str,
        /// Which line, from zero.
        line: usize,
        /// What stands there.
        value: f64,
    },
    /// A response without spread.
    #[error("the response is {value} in all {lines} lines; there is nothing to predict")]
    ConstantResponse {
        /// The value.
        value: f64,
        /// How many lines.
        lines: usize,
    },
    /// The θ-step ended before its optimum.
    #[error(
        "no optimum of θ within {sweeps} sweeps (KKT residual {kkt:.1e}, {allowed:.1e} allowed); \
         raise a3 or block_tolerance"
    )]
    NotConverged {
        /// Sweeps made.
        sweeps: usize,
        /// The residual reached.
        kkt: f64,
        /// The residual demanded.
        allowed: f64,
    },
    /// From the elastic nets of the columns.
    #[error(transparent)]
    ElasticNet(ElasticNetError),
    /// Stopped by the monitor.
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}

impl From<ElasticNetError> for PredictiveError {
    fn from(error: ElasticNetError) -> Self {
        match error {
            ElasticNetError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            error => Self::ElasticNet(error),
        }
    }
}
