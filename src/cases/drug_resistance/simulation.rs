//! The simulated design on which all predictors are compared (section 4 of the specification).

use serde::{Deserialize, Serialize};

use super::predictive::PredictiveError;
use crate::display::Monitor;

/// The design. Only [`Design::default`] has the reference values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Hubs.
    pub hubs: usize,
    /// Children of each hub.
    pub children: usize,
    /// Genes without edges.
    pub isolated: usize,
    /// Hubs whose children have θ* = ±½.
    pub active_hubs: usize,
    /// Variance of the noise of z.
    pub noise_variance: f64,
    /// Training lines.
    pub train: usize,
    /// Validation lines.
    pub validation: usize,
    /// Test lines.
    pub test: usize,
}

/// A predictor of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Contender {
    /// Lasso.
    Lasso,
    /// Elastic net.
    ElasticNet,
    /// NW.P with λ4 = 0.
    NetworkPredictorPlain,
    /// NW.P.
    NetworkPredictor,
    /// PredictiveNetwork.
    PredictiveNetwork,
    /// PredictiveNetwork on z that isn't scaled.
    PredictiveNetworkUnscaled,
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// Test MSE in z units, in the order of [`Contender::ALL`].
    pub mse: [f64; 6],
    /// Share of true edges (either direction) that B of PredictiveNetwork has.
    pub edge_tpr: f64,
    /// Share of pairs without an edge that it leaves empty.
    pub edge_tnr: f64,
    /// Share of genes with θ* ≠ 0 that θ of PredictiveNetwork has.
    pub theta_tpr: f64,
}

impl Contender {
    /// All of them, in the order of the table.
    pub const ALL: [Contender; 6] = [
        Contender::Lasso,
        Contender::ElasticNet,
        Contender::NetworkPredictorPlain,
        Contender::NetworkPredictor,
        Contender::PredictiveNetwork,
        Contender::PredictiveNetworkUnscaled,
    ];
}

/// Runs one seed; seeds are independent, so callers run them in parallel.
///
/// # Errors
/// A fit that fails, or an interrupt.
pub fn trial(_design: &Design, _seed: u64, _monitor: &dyn Monitor) -> Result<Trial, PredictiveError> {
    todo!()
}
