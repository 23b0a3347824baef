//! Methods, grids and folds.

use serde::{Deserialize, Serialize};

use crate::cases::drug_resistance::predictive::{DegreeScale, Refresh, Sign};

/// A predictor of drug response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Method {
    /// The mean of the training rows.
    Mean,
    /// Ridge on tissue dummies.
    Tissue,
    /// Ridge regression.
    Ridge,
    /// Elastic net (ELA).
    ElasticNet,
    /// Lasso (LA).
    Lasso,
    /// The network first, the predictor on it second (NW.P).
    NetworkPredictor,
    /// Both together (Pro).
    PredictiveNetwork,
}

impl Method {
    /// All of them, in the order of the tables.
    pub const ALL: [Method; 7] = [
        Method::Mean,
        Method::Tissue,
        Method::Ridge,
        Method::ElasticNet,
        Method::Lasso,
        Method::NetworkPredictor,
        Method::PredictiveNetwork,
    ];

    /// The short name of tables: `mean`, `tissue`, `ridge`, `ELA`, `LA`, `NW.P`, `Pro`.
    pub fn label(self) -> &'static str {
        match self {
            Method::Mean => "mean",
            Method::Tissue => "tissue",
            Method::Ridge => "ridge",
            Method::ElasticNet => "ELA",
            Method::Lasso => "LA",
            Method::NetworkPredictor => "NW.P",
            Method::PredictiveNetwork => "Pro",
        }
    }

    /// The name on the command line: `mean`, `tissue`, `ridge`, `elastic-net`, `lasso`, `nwp`, `predictive-network`.
    pub fn name(self) -> &'static str {
        match self {
            Method::Mean => "mean",
            Method::Tissue => "tissue",
            Method::Ridge => "ridge",
            Method::ElasticNet => "elastic-net",
            Method::Lasso => "lasso",
            Method::NetworkPredictor => "nwp",
            Method::PredictiveNetwork => "predictive-network",
        }
    }
}

/// On which lines z is centred and scaled before a fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standardise {
    /// On the training rows of each fit: nothing of a test row reaches a fit.
    #[default]
    TrainingRows,
    /// On all lines used, once: what the reference baseline did. It leaks mean and scale of the test rows.
    LinesUsed,
}

/// Where folds come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FoldScheme {
    /// From [`Screen::fold_of`](crate::cases::drug_resistance::Screen::fold_of).
    Given,
    /// Made from the seed: `count` folds of equal size, or one line more.
    Made {
        /// How many.
        count: usize,
    },
    /// Made from the seed within each tissue, so that folds have about equal shares of it.
    Stratified {
        /// How many.
        count: usize,
    },
}

/// Grid of elastic net and lasso.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetGrid {
    /// l1 ratios of the elastic net; the lasso has 1.
    pub l1_ratios: Vec<f64>,
    /// How many λ, log-spaced from the one at which all is zero.
    pub lambdas: usize,
    /// Smallest λ, as a share of the largest.
    pub smallest: f64,
    /// Inner folds.
    pub inner_folds: usize,
}

/// Grid of ridge and tissue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgeGrid {
    /// λ on the sum of squares over standardised genes, each tried by leave-one-out.
    pub lambdas: Vec<f64>,
}

/// Grid of NW.P and PredictiveNetwork.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkGrid {
    /// Lasso weights on B.
    pub a1: Vec<f64>,
    /// `a2 = a1 ·` this when p ≥ n.
    pub a2_wide: f64,
    /// `a2 = a1 ·` this when p < n.
    pub a2_tall: f64,
    /// `a3` as a share of the one at which θ is zero, descending.
    pub f: Vec<f64>,
    /// Weights of the network penalty.
    pub a4: Vec<f64>,
    /// Share of the training rows that inner validation is done on.
    pub validation: f64,
    /// Signs in the network penalty.
    pub sign: Sign,
    /// Divisor in the network penalty.
    pub degree: DegreeScale,
    /// When w and d follow B.
    pub refresh: Refresh,
}

/// Settings of a nested cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Outer folds.
    pub folds: FoldScheme,
    /// Feeds outer folds that are made, inner folds and inner splits.
    pub seed: u64,
    /// Where z is scaled.
    pub standardise: Standardise,
    /// Keeps this share of the genes, by variance in the training rows; `None` keeps all.
    pub top_variance: Option<f64>,
    /// Elastic net and lasso.
    pub elastic_net: ElasticNetGrid,
    /// Ridge and tissue.
    pub ridge: RidgeGrid,
    /// NW.P and PredictiveNetwork.
    pub network: NetworkGrid,
}
