//! What a cross-validation gives.

use serde::{Deserialize, Serialize};

use super::Method;

/// The hyper-parameters chosen in a fold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Chosen {
    /// There was nothing to choose.
    Nothing,
    /// Ridge and tissue.
    Ridge {
        /// λ on the sum of squares.
        lambda: f64,
    },
    /// Elastic net and lasso.
    ElasticNet {
        /// λ, glmnet's.
        lambda: f64,
        /// The share of the lasso penalty.
        l1_ratio: f64,
    },
    /// NW.P and PredictiveNetwork.
    Network {
        /// Lasso weight on B.
        a1: f64,
        /// Ridge weight on B.
        a2: f64,
        /// a3 as a share of the one at which θ is zero.
        f: f64,
        /// Lasso weight on θ.
        a3: f64,
        /// Weight of the network penalty.
        a4: f64,
    },
}

/// One fold of one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldOutcome {
    /// The fold.
    pub fold: usize,
    /// The test rows, ascending.
    pub rows: Vec<usize>,
    /// Predicted responses of these rows, in the units of z as given.
    pub predictions: Vec<f64>,
    /// Test MSE, in units of the variance of z over all lines used.
    pub mse: f64,
    /// What was chosen.
    pub chosen: Chosen,
    /// Intercept, in the units of z as given.
    pub intercept: f64,
    /// Coefficients of genes as given (of tissues, for the tissue predictor), ascending; zeros are left out.
    pub coefficients: Vec<(usize, f64)>,
    /// θ of the network methods, ascending; empty for others.
    pub theta: Vec<(usize, f64)>,
    /// Outer rounds; 0 where there are none.
    pub rounds: usize,
    /// Whether the fit met its stop rule.
    pub converged: bool,
    /// `‖B − B⁰‖/‖B⁰‖`; 0 where B isn't fitted to z.
    pub network_change: f64,
}

/// Errors with the mean of each tissue taken out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithinTissue {
    /// Mean square of `z − ẑ` less its tissue mean (denominator: lines less tissues), in units of the variance of z over all
    /// lines used.
    pub mse: f64,
    /// The same for z itself: what a predictor that knows the tissue means (and nothing else) has.
    pub variance: f64,
    /// Pearson's r of z and ẑ, both less their tissue means; `None` where the predictions don't differ within tissues.
    pub pearson: Option<f64>,
    /// Lines in tissues with at least two lines; only these count.
    pub lines: usize,
}

/// One method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodOutcome {
    /// The method.
    pub method: Method,
    /// Test MSE over all lines, in units of the variance of z over all lines used.
    pub mse: f64,
    /// Standard error of the folds' MSE.
    pub standard_error: f64,
    /// Pearson's r of z and its prediction over all lines; `None` where the predictions don't differ.
    pub pearson: Option<f64>,
    /// The same within tissues, where tissues are known.
    pub within_tissue: Option<WithinTissue>,
    /// Prediction of every line, in the units of z as given.
    pub predictions: Vec<f64>,
    /// The folds.
    pub folds: Vec<FoldOutcome>,
}

/// A nested cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CvOutcome {
    /// One for each method, as asked for.
    pub methods: Vec<MethodOutcome>,
    /// The fold of each line.
    pub fold_of_line: Vec<usize>,
    /// Mean of z over all lines used.
    pub z_mean: f64,
    /// Standard deviation of z over all lines used (denominator n): its square is the unit of every MSE here.
    pub z_scale: f64,
}

impl CvOutcome {
    /// The outcome of a method, if it was asked for.
    pub fn of(&self, method: Method) -> Option<&MethodOutcome> {
        self.methods.iter().find(|outcome| outcome.method == method)
    }
}
