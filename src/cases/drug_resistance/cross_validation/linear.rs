//! A fold of mean, tissue, ridge, elastic net and lasso.

use super::{Chosen, CvError, Fold, FoldOutcome, Method, Options, folds};
use crate::cases::drug_resistance::comparators::{ElasticNetPaths, Linear, Training, dummies, mean, ridge};
use crate::methods::elastic_net::Scaling;

/// KKT residual of elastic nets, relative to the largest correlation.
const TOLERANCE: f64 = 1e-6;

/// Fits methods of one family on the training rows of a fold and predicts its test rows.
pub(super) fn run(
    part: &Fold<'_>,
    family: &[Method],
    options: &Options,
    unit: f64,
) -> Result<Vec<(Method, FoldOutcome)>, CvError> {
    let fold = part.fold;
    match family[0] {
        Method::ElasticNet | Method::Lasso => elastic_nets(part, family, options, unit),
        Method::Ridge => {
            let fitted = ridge(part.x.view(), &part.z, &options.ridge.lambdas, Scaling::UnitVariance);
            let (model, lambda) = fitted.map_err(|source| CvError::Ridge { fold, source })?;
            Ok(vec![(Method::Ridge, outcome(part, model, Chosen::Ridge { lambda }, unit))])
        }
        Method::Tissue => {
            let tissue = part.screen.tissue().ok_or(CvError::NoTissue { what: "the tissue predictor" })?;
            let of = |rows: &[usize]| {
                let codes: Vec<usize> = rows.iter().map(|row| tissue.codes[*row]).collect();
                dummies(&codes, tissue.names.len())
            };
            let fitted = ridge(of(&part.train).view(), &part.z, &options.ridge.lambdas, Scaling::None);
            let (model, lambda) = fitted.map_err(|source| CvError::Ridge { fold, source })?;
            let predictions = model.predict(of(&part.test).view());
            Ok(vec![(Method::Tissue, written(part, model, predictions, Chosen::Ridge { lambda }, unit))])
        }
        _ => Ok(vec![(Method::Mean, outcome(part, mean(&part.z), Chosen::Nothing, unit))]),
    }
}

/// Elastic net and lasso, on the same inner folds.
fn elastic_nets(
    part: &Fold<'_>,
    family: &[Method],
    options: &Options,
    unit: f64,
) -> Result<Vec<(Method, FoldOutcome)>, CvError> {
    let failed = |source| CvError::ElasticNet { fold: part.fold, source };
    let grid = &options.elastic_net;
    let training = Training::of(part.x.view(), &part.z).map_err(failed)?;
    let inner = folds::inner(part.z.len(), grid.inner_folds, options.seed, part.fold);
    let held_out = training.folds(part.x.view(), &part.z, &inner).map_err(failed)?;
    let of_method = |method: &Method| {
        let l1_ratios = if *method == Method::Lasso { &[1.0][..] } else { &grid.l1_ratios };
        let paths = ElasticNetPaths { l1_ratios, lambdas: grid.lambdas, smallest: grid.smallest, tolerance: TOLERANCE };
        let choice = training.choose(&held_out, &paths).map_err(failed)?;
        let chosen = Chosen::ElasticNet { lambda: choice.lambda, l1_ratio: choice.l1_ratio };
        Ok((*method, outcome(part, choice.model, chosen, unit)))
    };
    family.iter().map(of_method).collect()
}

/// The outcome of a model of the kept genes.
fn outcome(part: &Fold<'_>, model: Linear, chosen: Chosen, unit: f64) -> FoldOutcome {
    let predictions = model.predict(part.test_expression().view());
    let coefficients = model.coefficients.iter().map(|(j, value)| (part.genes[*j], *value)).collect();
    written(part, Linear { coefficients, ..model }, predictions, chosen, unit)
}

fn written(part: &Fold<'_>, model: Linear, predictions: Vec<f64>, chosen: Chosen, unit: f64) -> FoldOutcome {
    FoldOutcome {
        fold: part.fold,
        rows: part.test.clone(),
        mse: part.error(&predictions) / unit,
        predictions,
        chosen,
        intercept: model.intercept,
        coefficients: model.coefficients,
        theta: Vec::new(),
        rounds: 0,
        converged: true,
        network_change: 0.0,
    }
}
