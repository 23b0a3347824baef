//! The table of the case: all predictors on one drug and one feature set, by nested cross-validation with fixed folds.

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::drug_resistance::cross_validation::{self, Chosen, CvOutcome, FoldScheme, Method, Standardise};
use crate::cases::drug_resistance::readers::{Drug, Features, shipped, shipped_files};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Baseline`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub features: Features,
    pub drug: Drug,
    pub methods: Vec<Method>,
    pub options: cross_validation::Options,
    /// Expression beyond this many standard deviations is brought back to it; `None` leaves it as it is.
    pub clip: Option<f64>,
}

impl Params {
    /// All methods.
    pub fn new(features: Features, drug: Drug, options: cross_validation::Options) -> Self {
        Self { features, drug, methods: Method::ALL.to_vec(), options, clip: None }
    }

    /// Linear predictors on clipped expression: how much the outliers matter (they reach 18.6 standard deviations).
    pub fn clipped(drug: Drug, options: cross_validation::Options) -> Self {
        let methods = vec![Method::Ridge, Method::ElasticNet, Method::Lasso];
        Self { methods, clip: Some(CLIP), ..Self::new(Features::Expr706, drug, options) }
    }
}

/// Standard deviations at which expression is clipped where outliers are taken back.
pub const CLIP: f64 = 3.0;

/// Fixed folds; z is scaled by the training rows of each fit, so that nothing leaks.
pub fn options(seed: u64) -> cross_validation::Options {
    cross_validation::Options {
        folds: FoldScheme::Given,
        seed,
        standardise: Standardise::TrainingRows,
        ..cross_validation::Options::default()
    }
}

/// One table, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub lines: usize,
    pub genes: Vec<String>,
    /// Lines and genes that were left out, in words.
    pub exclusions: usize,
    pub cv: CvOutcome,
}

impl Outcome {
    /// Pooled test MSE of a method; NaN if it was not run.
    pub fn mse(&self, method: Method) -> f64 {
        self.cv.of(method).map_or(f64::NAN, |outcome| outcome.mse)
    }

    /// Genes that a method uses in more than half of the folds: θ ≠ 0 for network methods, a coefficient for others.
    pub fn selected(&self, method: Method) -> Vec<usize> {
        let Some(outcome) = self.cv.of(method) else { return Vec::new() };
        let mut folds = vec![0usize; self.genes.len()];
        for fold in &outcome.folds {
            let used = if fold.theta.is_empty() { &fold.coefficients } else { &fold.theta };
            for (gene, _) in used {
                folds[*gene] += 1;
            }
        }
        (0..folds.len()).filter(|gene| 2 * folds[*gene] > outcome.folds.len()).collect()
    }

    /// The weights `(a1, a2, f, a4)` that most folds chose; ties go to the larger, the sparser ones.
    pub fn usual_choice(&self, method: Method) -> Option<(f64, f64, f64, f64)> {
        let choices: Vec<(f64, f64, f64, f64)> = self
            .cv
            .of(method)?
            .folds
            .iter()
            .filter_map(|fold| match fold.chosen {
                Chosen::Network { a1, a2, f, a4, .. } => Some((a1, a2, f, a4)),
                _ => None,
            })
            .collect();
        let votes = |choice: &(f64, f64, f64, f64)| choices.iter().filter(|other| *other == choice).count();
        let order = |a: &(f64, f64, f64, f64), b: &(f64, f64, f64, f64)| {
            let by_weight = a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)).then(a.3.total_cmp(&b.3));
            votes(a).cmp(&votes(b)).then(by_weight)
        };
        choices.iter().copied().max_by(order)
    }
}

/// Nested cross-validation of all methods.
pub struct Baseline;

impl Experiment for Baseline {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "baseline";

    fn inputs(params: &Params) -> Vec<String> {
        shipped_files(params.features)
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let joined = shipped(bench.library, params.features, params.drug).map_err(raise(Self::NAME))?;
        let screen = match params.clip {
            Some(limit) => joined.screen.clipped(limit),
            None => joined.screen,
        };
        let cv = cross_validation::nested(&screen, &params.methods, &params.options, bench.monitor)
            .map_err(raise(Self::NAME))?;
        Ok(Outcome { lines: screen.n(), genes: screen.genes().to_vec(), exclusions: joined.exclusions.len(), cv })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn ridge_and_tissue_stand_beside_the_mean() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let methods = vec![Method::Mean, Method::Tissue, Method::Ridge];
        let params = Params { methods, ..Params::new(Features::Tf127, Drug::Fluorouracil, options(1)) };
        let found = Baseline::run(&params, &bench).unwrap();
        assert_eq!((found.lines, found.genes.len()), (919, 127));
        let mse = [Method::Mean, Method::Tissue, Method::Ridge].map(|method| found.mse(method));
        eprintln!("{mse:?}");
        assert!(mse[0] > 0.99 && mse[1] < mse[0] && mse[2] < mse[1]);
        assert!(found.mse(Method::Lasso).is_nan() && found.usual_choice(Method::Ridge).is_none());
        assert_eq!(found.selected(Method::Ridge).len(), 127);
    }
}
