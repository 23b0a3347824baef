//! Predictors to compare with: mean, tissue, ridge, elastic net and lasso.
//!
//! All are linear, `z ≈ b0 + Σ_j b_j x_j` in units of the data, with columns standardised on the rows that they are fitted on.
//! Ridge chooses λ by exact leave-one-out, elastic net and lasso by the squared error on rows held out.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::methods::elastic_net::{ElasticNetError, Fit, Gram, Options, Scaling, path};
use crate::methods::ridge::{Ridge, RidgeError};

/// A linear predictor in units of the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// `b0`.
    pub intercept: f64,
    /// `(j, b_j)` of columns with `b_j ≠ 0`, ascending.
    pub coefficients: Vec<(usize, f64)>,
}

impl Linear {
    /// Predicts the response of rows `x`.
    ///
    /// # Panics
    /// When `x` lacks a column that has a coefficient.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let of_row = |row: ndarray::ArrayView1<'_, f64>| {
            self.intercept + self.coefficients.iter().map(|(j, value)| value * row[*j]).sum::<f64>()
        };
        x.rows().into_iter().map(of_row).collect()
    }

    /// The sum of squared errors on rows held out.
    fn squared_error(&self, x: ArrayView2<'_, f64>, z: &[f64]) -> f64 {
        self.predict(x).iter().zip(z).map(|(predicted, z)| (z - predicted).powi(2)).sum()
    }
}

/// The mean of the responses.
pub fn mean(z: &[f64]) -> Linear {
    Linear { intercept: average(z), coefficients: Vec::new() }
}

pub(super) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Ridge at the λ with the least leave-one-out error (the largest such λ), with that λ.
///
/// λ stands before the sum of squared coefficients, beside the sum of squared errors, on columns scaled as told.
///
/// # Errors
/// [`RidgeError`] for data or a λ that can't be used.
pub fn ridge(
    x: ArrayView2<'_, f64>,
    z: &[f64],
    lambdas: &[f64],
    scaling: Scaling,
) -> Result<(Linear, f64), RidgeError> {
    let n = z.len() as f64;
    let ridge = Ridge::of(x, scaling)?;
    let per_row: Vec<f64> = lambdas.iter().map(|lambda| lambda / n).collect();
    let (fit, _) = ridge.best(z, &per_row)?;
    let chosen = per_row.iter().position(|lambda| *lambda == fit.lambda).unwrap_or_default();
    let coefficients = fit.coefficients.into_iter().enumerate().filter(|(_, value)| *value != 0.0).collect();
    Ok((Linear { intercept: fit.intercept, coefficients }, lambdas[chosen]))
}

/// One column for each tissue: 1 where a line is of it.
pub fn dummies(codes: &[usize], tissues: usize) -> Array2<f64> {
    let mut dummies = Array2::zeros((codes.len(), tissues));
    codes.iter().enumerate().for_each(|(line, code)| dummies[[line, *code]] = 1.0);
    dummies
}

/// A grid of elastic nets.
#[derive(Clone, Copy, Debug)]
pub struct ElasticNetPaths<'a> {
    /// l1 ratios; 1 is the lasso.
    pub l1_ratios: &'a [f64],
    /// How many λ, log-spaced from the one at which all is zero.
    pub lambdas: usize,
    /// Smallest λ, as a share of the largest.
    pub smallest: f64,
    /// KKT residual, relative to the largest correlation.
    pub tolerance: f64,
}

/// What elastic nets of one response are fitted on.
///
/// The response is divided by its standard deviation over the training rows, as glmnet does: else the share of the ridge
/// penalty would depend on its unit.
#[derive(Clone, Debug)]
pub struct Training {
    gram: Gram,
    correlations: Vec<f64>,
    mean: f64,
    spread: f64,
}

/// A training set with rows held out of it: on these, fits are judged.
#[derive(Clone, Debug)]
pub struct HeldOut {
    training: Training,
    x: Array2<f64>,
    z: Vec<f64>,
}

/// The elastic net that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticNetChoice {
    /// The fit on all training rows.
    pub model: Linear,
    /// λ, glmnet's, for a response of unit variance.
    pub lambda: f64,
    /// The share of the lasso penalty.
    pub l1_ratio: f64,
}

impl Training {
    /// Makes expression and response of the training rows ready.
    ///
    /// # Errors
    /// [`ElasticNetError`] for data that can't be used.
    pub fn of(x: ArrayView2<'_, f64>, z: &[f64]) -> Result<Self, ElasticNetError> {
        let mean = average(z);
        let variance = z.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / z.len() as f64;
        let spread = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        Self::scaled(Gram::of(x, None, Scaling::UnitVariance)?, x, z, spread)
    }

    fn scaled(gram: Gram, x: ArrayView2<'_, f64>, z: &[f64], spread: f64) -> Result<Self, ElasticNetError> {
        let mean = average(z);
        let response: Vec<f64> = z.iter().map(|value| (value - mean) / spread).collect();
        let correlations = gram.right_hand_side(x, &response, None)?;
        Ok(Self { gram, correlations, mean, spread })
    }

    /// This training set, judged on rows that aren't in it.
    pub fn judged_on(&self, x: ArrayView2<'_, f64>, z: &[f64]) -> HeldOut {
        HeldOut { training: self.clone(), x: x.to_owned(), z: z.to_vec() }
    }

    /// This training set (rows `x`, `z`) split into folds: each is held out once, its Gram taken from this one.
    ///
    /// Genes and response keep the units of the whole training set, as scikit-learn's `ElasticNetCV` has it (glmnet scales anew in
    /// each fold): a gene with an outlier in the fold held out would otherwise be blown up there.
    ///
    /// # Errors
    /// [`ElasticNetError`] for data that can't be used.
    pub fn folds(&self, x: ArrayView2<'_, f64>, z: &[f64], fold_of: &[usize]) -> Result<Vec<HeldOut>, ElasticNetError> {
        let count = fold_of.iter().max().map_or(0, |last| last + 1);
        let part = |fold: usize| {
            let (out, kept): (Vec<usize>, Vec<usize>) = (0..z.len()).partition(|row| fold_of[*row] == fold);
            let of = |rows: &[usize]| (x.select(Axis(0), rows), rows.iter().map(|row| z[*row]).collect::<Vec<f64>>());
            let ((x_out, z_out), (x_kept, z_kept)) = (of(&out), of(&kept));
            // The units of all training rows, for genes and response, so that λ means the same in every fold.
            let gram = self.gram.without(x_out.view(), None)?.in_scale(&self.gram.scale)?;
            let training = Training::scaled(gram, x_kept.view(), &z_kept, self.spread)?;
            Ok(HeldOut { training, x: x_out, z: z_out })
        };
        (0..count).map(part).collect()
    }

    fn path<'a>(&'a self, l1_ratio: f64, options: &'a Options<'a>) -> Result<path::Path<'a>, ElasticNetError> {
        path::Path::new(path::On::Gram(&self.gram, &self.correlations), l1_ratio, None, options)
    }

    /// A fit in the units of the data.
    fn model(&self, fit: &Fit) -> Linear {
        let fit = self.gram.in_original_units(fit, 0.0);
        let coefficients = fit.coefficients.iter().map(|(j, value)| (*j, self.spread * value)).collect();
        Linear { intercept: self.mean + self.spread * fit.intercept, coefficients }
    }

    /// Chooses λ and l1 ratio by the squared error on rows held out, and fits all training rows with them.
    ///
    /// The grid of λ is that of all training rows. Of equals the first counts: the larger λ, the earlier ratio. A path ends when
    /// its error has been 1.02 times its least one for two λ in a row.
    ///
    /// # Errors
    /// [`ElasticNetError`] for settings out of range, or a fit that doesn't converge.
    pub fn choose(
        &self,
        held_out: &[HeldOut],
        paths: &ElasticNetPaths<'_>,
    ) -> Result<ElasticNetChoice, ElasticNetError> {
        let options = Options { tolerance: paths.tolerance, ..Options::default() };
        let mut best: Option<(f64, usize, f64, Vec<f64>)> = None;
        for ratio in paths.l1_ratios {
            let largest = path::largest_lambda(&self.correlations, *ratio, &Options::default())?;
            if largest == 0.0 {
                // No gene goes with the response at all.
                return Ok(ElasticNetChoice {
                    model: Linear { intercept: self.mean, coefficients: Vec::new() },
                    lambda: 0.0,
                    l1_ratio: *ratio,
                });
            }
            let lambdas = path::grid(largest, paths.smallest, paths.lambdas)?;
            // All parts go down the path in step, so that it can end when their error has risen.
            let along = held_out.iter().map(|part| part.training.path(*ratio, &options));
            let mut along = along.collect::<Result<Vec<_>, _>>()?;
            let mut errors: Vec<f64> = Vec::with_capacity(lambdas.len());
            for lambda in &lambdas {
                let mut error = 0.0;
                for (part, path) in held_out.iter().zip(&mut along) {
                    let model = part.training.model(path.step(*lambda)?);
                    error += model.squared_error(part.x.view(), &part.z);
                }
                errors.push(error);
                if risen(&errors) {
                    break;
                }
            }
            if let Some(index) = least(errors.iter().copied())
                && best.as_ref().is_none_or(|(error, ..)| errors[index] < *error)
            {
                best = Some((errors[index], index, *ratio, lambdas));
            }
        }
        let Some((_, index, l1_ratio, lambdas)) = best else {
            return Err(ElasticNetError::OutOfRange {
                what: "the number of l1 ratios and λ",
                value: 0.0,
                range: "positive",
            });
        };
        let mut along = self.path(l1_ratio, &options)?;
        lambdas[..=index].iter().try_for_each(|lambda| along.step(*lambda).map(|_| ()))?;
        Ok(ElasticNetChoice { model: self.model(along.last()), lambda: lambdas[index], l1_ratio })
    }
}

/// Whether a path may end: its last two errors were 1.02 times its least one, or more.
///
/// Errors on rows held out fall, then rise, as a penalty gets smaller; what lies further on is the costly part of a path.
pub(super) fn risen(errors: &[f64]) -> bool {
    const RISE: f64 = 1.02;
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    errors.len() > 2 && errors[errors.len() - 2..].iter().all(|error| *error >= RISE * least)
}

/// Where the least value stands, the first of equals; `None` of none.
pub(super) fn least(values: impl Iterator<Item = f64>) -> Option<usize> {
    values
        .enumerate()
        .fold(None, |best: Option<(usize, f64)>, (index, value)| match best {
            Some((_, least)) if least <= value => best,
            _ => Some((index, value)),
        })
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests;
