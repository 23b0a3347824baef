//! What can be wrong with a problem, or go wrong in solving it.

use crate::methods::parallel::Interrupted;

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Two inputs that must be equally long are not.
    #[error("{what} has {found} entries, but {expected} are needed; give one for each")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// No rows or no columns.
    #[error("{0}, so there is nothing to fit")]
    Empty(&'static str),
    /// NaN or infinity.
    #[error("{what} is {value} at index {index}; only finite numbers can be fitted, mask or mend it")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// Where, from zero.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A one-σ error that isn't positive.
    #[error("the error of point {index} is {value}; errors must be positive, mask the point or give its real error")]
    Error {
        /// Which point, from zero.
        index: usize,
        /// Its error.
        value: f64,
    },
    /// Bounds that exclude each other.
    #[error("shape {shape} is bounded by {lower} and {upper}; the lower bound must not be above the upper one")]
    Bounds {
        /// Which shape, from zero.
        shape: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// The optimum was not reached within the allowed iterations.
    #[error(
        "no optimum within {iterations} iterations (largest violation of the optimality conditions {kkt:.1e}); \
         columns that are almost multiples of each other may be the cause, drop one of them"
    )]
    NotConverged {
        /// Iterations made.
        iterations: usize,
        /// The largest violation left.
        kkt: f64,
    },
    /// Stopped by the monitor.
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}
