//! The fit (signatures; bodies follow).

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{PredictiveError, ValidParams};
use crate::display::Monitor;
use crate::methods::elastic_net::many::Network;

/// F/n and its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `‖z − θ0 − XBθ‖²/n`.
    pub response: f64,
    /// `‖X − XB‖²/n`.
    pub network: f64,
    /// `a1 Σ|B|`.
    pub lasso: f64,
    /// `a2 ΣB²`.
    pub ridge: f64,
    /// `a3 Σ|θ|`.
    pub theta: f64,
    /// `Σ_q Σ_j w_qj (s_q θ_q/d_q − s_j θ_j/d_j)²`, without its weight a4.
    pub laplacian: f64,
    /// The sum, with `a4 · laplacian`: F/n.
    pub total: f64,
}

/// The largest violation of the optimality conditions of each block, in units of F/n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kkt {
    /// Of θ given B, w, d and s.
    pub theta: f64,
    /// Of the columns of B given θ.
    pub network: f64,
}

/// What was done before a value of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// Nodewise networks, θ of the lasso.
    Start,
    /// θ given B.
    Prediction,
    /// B given θ.
    Network,
    /// w and d from B.
    Refresh,
    /// w and d from B were tried and refused, as F rose; the value is that of the refused F/n.
    Refused,
}

/// One step of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The round, from 1; 0 for the start.
    pub round: usize,
    /// What was done.
    pub kind: StepKind,
    /// F/n after it.
    pub objective: f64,
}

/// A fitted PredictiveNetwork (or NW.P).
#[derive(Clone, Debug)]
pub struct PredictiveFit {
    /// B, p × p, by column; for standardised expression.
    pub b: Network,
    /// θ, for standardised expression and scaled z; exactly zero off its support.
    pub theta: Vec<f64>,
    /// θ0 in the units of z as given: its mean over the lines of the fit.
    pub theta0: f64,
    /// `h = Bθ`: the coefficients of the standardised expression in the prediction of the scaled z.
    pub h: Vec<f64>,
    /// d of the last weights.
    pub degree: Vec<f64>,
    /// The signs s used in the penalty.
    pub signs: Vec<f64>,
    /// F/n at the end.
    pub objective: Objective,
    /// KKT residuals at the end.
    pub kkt: Kkt,
    /// F/n after every step.
    pub trace: Vec<Step>,
    /// Outer rounds made.
    pub rounds: usize,
    /// Whether the stop rule was met within the allowed rounds.
    pub converged: bool,
    /// The weight a3 used.
    pub a3: f64,
    /// `‖B − B⁰‖_F/‖B⁰‖_F`: how far the response moved the network.
    pub network_change: f64,
    /// Mean of each gene over the lines of the fit.
    pub gene_mean: Vec<f64>,
    /// Standard deviation of each gene (denominator n); 1 for a constant gene.
    pub gene_scale: Vec<f64>,
    /// What z was divided by.
    pub z_scale: f64,
}

impl PredictiveFit {
    /// Predicts the response of lines (rows of `x`, genes as in the fit), in the units of z as given.
    ///
    /// # Errors
    /// [`PredictiveError::Length`] for another number of genes.
    pub fn predict(&self, _x: ArrayView2<f64>) -> Result<Vec<f64>, PredictiveError> {
        todo!()
    }

    /// Intercept and coefficients of the genes as given (not standardised), for z as given.
    pub fn coefficients(&self) -> (f64, Vec<f64>) {
        todo!()
    }

    /// The genes with `θ_j ≠ 0`, ascending.
    pub fn selected(&self) -> Vec<usize> {
        todo!()
    }
}

/// Fits PredictiveNetwork to expression `x` (n lines × p genes, as given; it is standardised here) and response `z` (n).
///
/// # Errors
/// [`PredictiveError`] for data that can't be fitted, a block that doesn't converge, or an interrupt. That the outer rounds
/// end without meeting the stop rule is no error: see [`PredictiveFit::converged`].
pub fn fit(
    _x: ArrayView2<f64>,
    _z: &[f64],
    _params: &ValidParams,
    _monitor: &dyn Monitor,
) -> Result<PredictiveFit, PredictiveError> {
    todo!()
}

/// As [`fit`], on nodewise networks already at hand (see [`Nodewise`](super::Nodewise)).
pub fn fit_on() {
    todo!()
}
