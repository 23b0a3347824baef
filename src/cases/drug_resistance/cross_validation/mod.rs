//! Nested cross-validation of all predictors, without leaks.
//!
//! Every choice (standardisation of genes, variance filter, hyper-parameters, inner splits) is made on the training rows of a
//! fold; its test rows are only predicted. By default z is centred and scaled on the rows that a fit is made on;
//! [`Standardise::LinesUsed`] scales it by all lines used, as the reference baseline did. That matters only to
//! PredictiveNetwork: ridge and NW.P follow the scale of z, and elastic nets are always fitted to z scaled on training rows.
//!
//! Errors are in units of the variance of z over all lines used (denominator n), so that the mean predictor is at about 1; the
//! unit takes no part in a fit.
//!
//! | method | chosen by | among |
//! |---|---|---|
//! | mean | | |
//! | tissue: ridge on tissue dummies, not scaled | leave-one-out | 21 λ |
//! | ridge | leave-one-out | 21 λ |
//! | elastic net (ELA), lasso (LA) | inner 5 folds | l1 ratio .1, .5, .9 (1) × 25 λ |
//! | NW.P | inner 75/25 split | a1 × a4 × f |
//! | PredictiveNetwork (Pro) | the same split | three neighbouring f |

mod error;
mod folds;
mod linear;
mod networks;
mod options;
mod outcome;
mod scores;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2, Axis};

pub use error::CvError;
pub(super) use networks::neighbours;
pub use options::{ElasticNetGrid, FoldScheme, Method, NetworkGrid, Options, RidgeGrid, Standardise};
pub use outcome::{Chosen, CvOutcome, FoldOutcome, MethodOutcome, WithinTissue};
pub(super) use scores::mean_square;

use crate::cases::drug_resistance::Screen;
use crate::display::{Monitor, Quiet};
use crate::methods::parallel::ordered;

/// Lines that a fold must leave to train on, at least.
const LEAST_LINES: usize = 12;

/// Runs nested cross-validation of the methods on a screen.
///
/// Folds and families of methods run in parallel; the outcome has the same bits for any number of threads. A method that is
/// named twice is run once.
///
/// # Errors
/// [`CvError`] for a screen or options that can't be used, a fit that fails, or an interrupt.
pub fn nested(
    screen: &Screen,
    methods: &[Method],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<CvOutcome, CvError> {
    options.check()?;
    let mut asked: Vec<Method> = Vec::new();
    methods.iter().for_each(|method| {
        if !asked.contains(method) {
            asked.push(*method)
        }
    });
    if asked.is_empty() {
        return Err(CvError::NoMethod);
    }
    if asked.contains(&Method::Tissue) && screen.tissue().is_none() {
        return Err(CvError::NoTissue { what: "the tissue predictor" });
    }
    let fold_of_line = folds::assign(screen, options.folds, options.seed)?;
    let count = fold_of_line.iter().max().map_or(0, |last| last + 1);
    let parts = (0..count).map(|fold| Fold::of(screen, &fold_of_line, fold, options)).collect::<Result<Vec<_>, _>>()?;
    let families: Vec<Vec<Method>> = FAMILIES
        .iter()
        .map(|family| family.iter().copied().filter(|method| asked.contains(method)).collect())
        .filter(|family: &Vec<Method>| !family.is_empty())
        .collect();
    let z = screen.z();
    let z_mean = z.iter().sum::<f64>() / z.len() as f64;
    let unit = z.iter().map(|value| (value - z_mean).powi(2)).sum::<f64>() / z.len() as f64;
    let quiet = Quiet(monitor);
    monitor.begin("nested cross-validation", (families.len() * count) as u64);
    let outcomes = ordered(families.len() * count, monitor, |task| {
        // The longest family first, so that no thread is left with it at the end.
        let (family, part) = (&families[task / count], &parts[task % count]);
        match family[0] {
            Method::NetworkPredictor | Method::PredictiveNetwork => {
                let scale = (options.standardise == Standardise::LinesUsed).then_some((z_mean, unit.sqrt()));
                networks::run(part, family, options, scale, unit, &quiet)
            }
            _ => linear::run(part, family, options, unit),
        }
    });
    monitor.end();
    let mut found: Vec<(Method, FoldOutcome)> = Vec::new();
    for outcome in outcomes? {
        found.extend(outcome?);
    }
    let of_method = |method: Method| {
        let folds = found.iter().filter(|(other, _)| *other == method).map(|(_, fold)| fold.clone()).collect();
        scores::pooled(method, folds, z, screen.tissue(), unit)
    };
    let methods = asked.into_iter().map(of_method).collect();
    Ok(CvOutcome { methods, fold_of_line, z_mean, z_scale: unit.sqrt() })
}

/// Methods that share work in a fold.
const FAMILIES: [&[Method]; 5] = [
    &[Method::NetworkPredictor, Method::PredictiveNetwork],
    &[Method::ElasticNet, Method::Lasso],
    &[Method::Ridge],
    &[Method::Tissue],
    &[Method::Mean],
];

/// The rows of one fold: what a method may learn from, and what it is to predict.
struct Fold<'a> {
    screen: &'a Screen,
    fold: usize,
    /// Genes kept by the variance filter, ascending.
    genes: Vec<usize>,
    /// Training and test rows, ascending.
    train: Vec<usize>,
    test: Vec<usize>,
    /// Expression of the training rows, kept genes only.
    x: Array2<f64>,
    /// Response of the training rows.
    z: Vec<f64>,
}

impl<'a> Fold<'a> {
    fn of(screen: &'a Screen, fold_of_line: &[usize], fold: usize, options: &Options) -> Result<Self, CvError> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..screen.n()).partition(|row| fold_of_line[*row] == fold);
        let least = LEAST_LINES.max(2 * options.elastic_net.inner_folds);
        if train.len() < least {
            return Err(CvError::TooFewLines { fold, found: train.len(), least });
        }
        let z: Vec<f64> = train.iter().map(|row| screen.z()[*row]).collect();
        if z.iter().all(|value| *value == z[0]) {
            return Err(CvError::ConstantResponse { fold, value: z[0] });
        }
        let all = screen.x().select(Axis(0), &train);
        let genes = kept(all.view(), options.top_variance);
        let x = if genes.len() == screen.p() { all } else { all.select(Axis(1), &genes) };
        Ok(Self { screen, fold, genes, train, test, x, z })
    }

    /// Expression of the test rows, kept genes only.
    fn test_expression(&self) -> Array2<f64> {
        self.screen.x().select(Axis(0), &self.test).select(Axis(1), &self.genes)
    }

    /// Mean squared error of predictions of the test rows, in the unit of the screen.
    fn error(&self, predictions: &[f64]) -> f64 {
        let z: Vec<f64> = self.test.iter().map(|row| self.screen.z()[*row]).collect();
        scores::mean_square(&z, predictions)
    }
}

/// The share of genes with the highest variance, at least two, ascending; of equals the first.
pub fn kept(x: ArrayView2<f64>, share: Option<f64>) -> Vec<usize> {
    let p = x.ncols();
    let Some(share) = share else { return (0..p).collect() };
    let variances = x.var_axis(Axis(0), 0.0);
    let mut order: Vec<usize> = (0..p).collect();
    order.sort_by(|a, b| variances[*b].total_cmp(&variances[*a]).then(a.cmp(b)));
    order.truncate(((p as f64 * share).round() as usize).max(2));
    order.sort_unstable();
    order
}
