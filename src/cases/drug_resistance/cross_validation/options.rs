//! Methods, grids and folds.

use serde::{Deserialize, Serialize};

use super::CvError;
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

/// Grid of elastic net and lasso. Defaults: l1 ratios .1, .5, .9, 25 λ down to a hundredth of the largest, 5 inner folds.
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

/// Grid of ridge and tissue. Default: 21 λ from 1 to 10⁵, a quarter decade apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgeGrid {
    /// λ on the sum of squares over standardised genes, each tried by leave-one-out.
    pub lambdas: Vec<f64>,
}

/// Grid of NW.P and PredictiveNetwork.
///
/// NW.P chooses (a1, a4, f) on rows held out; PredictiveNetwork then chooses among that f and its two neighbours (three at the
/// end of the grid), with the same a1 and a4.
///
/// | name | default |
/// |---|---|
/// | `a1` | .15, .3, .4, .7 |
/// | `a2_wide`, `a2_tall` | 1, ¼ |
/// | `f` | .5 → .005 in nine steps |
/// | `a4` | 0, 10⁻³, 10⁻², 10⁻¹ |
/// | `validation` | ¼ |
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

impl Default for ElasticNetGrid {
    fn default() -> Self {
        Self { l1_ratios: vec![0.1, 0.5, 0.9], lambdas: 25, smallest: 0.01, inner_folds: 5 }
    }
}

impl Default for RidgeGrid {
    fn default() -> Self {
        Self { lambdas: (0..21).map(|k| 10f64.powf(0.25 * f64::from(k))).collect() }
    }
}

impl Default for NetworkGrid {
    fn default() -> Self {
        Self {
            a1: vec![0.15, 0.3, 0.4, 0.7],
            a2_wide: 1.0,
            a2_tall: 0.25,
            f: (0..9).map(|k| 0.5 * 10f64.powf(-0.25 * f64::from(k))).collect(),
            a4: vec![0.0, 1e-3, 1e-2, 1e-1],
            validation: 0.25,
            sign: Sign::default(),
            degree: DegreeScale::default(),
            refresh: Refresh::default(),
        }
    }
}

impl Default for Options {
    /// Five folds made from seed 1, z scaled on training rows, all genes, default grids.
    fn default() -> Self {
        Self {
            folds: FoldScheme::Made { count: 5 },
            seed: 1,
            standardise: Standardise::default(),
            top_variance: None,
            elastic_net: ElasticNetGrid::default(),
            ridge: RidgeGrid::default(),
            network: NetworkGrid::default(),
        }
    }
}

impl Options {
    /// The settings of the reference baseline: folds of the screen, z scaled on all lines used, default grids.
    pub fn reference(seed: u64) -> Self {
        Self { folds: FoldScheme::Given, standardise: Standardise::LinesUsed, seed, ..Self::default() }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// [`CvError::Option`] with the setting, what was found and what is allowed.
    pub fn check(&self) -> Result<(), CvError> {
        let demand = |good: bool, name, found: f64, allowed| {
            if good { Ok(()) } else { Err(CvError::Option { name, found, allowed }) }
        };
        let each = |values: &[f64], name, allowed, good: fn(f64) -> bool| {
            demand(!values.is_empty(), name, f64::NAN, "a list with at least one number")?;
            values.iter().try_for_each(|value| demand(good(*value), name, *value, allowed))
        };
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let share = self.top_variance.unwrap_or(1.0);
        demand(share > 0.0 && share <= 1.0, "the share of genes by variance", share, "above 0 and at most 1")?;
        let linear = &self.elastic_net;
        each(&linear.l1_ratios, "an l1 ratio", "above 0 and at most 1", |ratio| ratio > 0.0 && ratio <= 1.0)?;
        demand(linear.lambdas > 0, "the number of λ", linear.lambdas as f64, "1 or more")?;
        demand(
            linear.smallest > 0.0 && linear.smallest <= 1.0,
            "the smallest λ",
            linear.smallest,
            "above 0 and at most 1",
        )?;
        demand(linear.inner_folds > 1, "the number of inner folds", linear.inner_folds as f64, "2 or more")?;
        each(&self.ridge.lambdas, "a λ of ridge", "above 0", positive)?;
        let network = &self.network;
        each(&network.a1, "a1", "above 0", positive)?;
        for (name, ratio) in [("a2/a1 for p ≥ n", network.a2_wide), ("a2/a1 for p < n", network.a2_tall)] {
            demand(ratio >= 0.0 && ratio.is_finite(), name, ratio, "0 or more")?;
        }
        each(&network.f, "f", "above 0 and at most 1", |f| f > 0.0 && f <= 1.0)?;
        each(&network.a4, "a4", "0 or more", |a4| a4 >= 0.0 && a4.is_finite())?;
        demand(network.f.is_sorted_by(|a, b| a > b), "f", network.f[0], "a list that descends")?;
        let held = network.validation;
        demand(held > 0.0 && held < 1.0, "the share held out for validation", held, "between 0 and 1")
    }
}
