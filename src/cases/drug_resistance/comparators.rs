//! Predictors to compare with: mean, tissue, ridge, elastic net and lasso.
//!
//! All are linear, `z ≈ b0 + Σ_j b_j x_j` in units of the data, with columns standardised on the rows that they are fitted on.
//! Ridge chooses λ by exact leave-one-out, elastic net and lasso by the squared error on rows held out.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::methods::elastic_net::{ElasticNetError, Gram, Options, Scaling, path};
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
#[derive(Clone, Debug)]
pub struct Training {
    gram: Gram,
    correlations: Vec<f64>,
    mean: f64,
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
    /// λ, glmnet's.
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
        let gram = Gram::of(x, None, Scaling::UnitVariance)?;
        let correlations = gram.right_hand_side(x, z, None)?;
        Ok(Self { gram, correlations, mean: average(z) })
    }

    /// This training set, judged on rows that aren't in it.
    pub fn judged_on(&self, x: ArrayView2<'_, f64>, z: &[f64]) -> HeldOut {
        HeldOut { training: self.clone(), x: x.to_owned(), z: z.to_vec() }
    }

    /// This training set (rows `x`, `z`) split into folds: each is held out once, its Gram taken from this one.
    ///
    /// # Errors
    /// [`ElasticNetError`] for data that can't be used.
    pub fn folds(&self, x: ArrayView2<'_, f64>, z: &[f64], fold_of: &[usize]) -> Result<Vec<HeldOut>, ElasticNetError> {
        let count = fold_of.iter().max().map_or(0, |last| last + 1);
        let part = |fold: usize| {
            let (out, kept): (Vec<usize>, Vec<usize>) = (0..z.len()).partition(|row| fold_of[*row] == fold);
            let of = |rows: &[usize]| (x.select(Axis(0), rows), rows.iter().map(|row| z[*row]).collect::<Vec<f64>>());
            let ((x_out, z_out), (x_kept, z_kept)) = (of(&out), of(&kept));
            let gram = self.gram.without(x_out.view(), None)?;
            let correlations = gram.right_hand_side(x_kept.view(), &z_kept, None)?;
            let training = Training { gram, correlations, mean: average(&z_kept) };
            Ok(HeldOut { training, x: x_out, z: z_out })
        };
        (0..count).map(part).collect()
    }

    fn path(&self, lambdas: &[f64], l1_ratio: f64, tolerance: f64) -> Result<Vec<Linear>, ElasticNetError> {
        let options = Options { tolerance, ..Options::default() };
        let fits = path::fit(path::On::Gram(&self.gram, &self.correlations), lambdas, l1_ratio, None, &options)?;
        let of_fit = |fit| {
            let fit = self.gram.in_original_units(fit, self.mean);
            Linear { intercept: fit.intercept, coefficients: fit.coefficients }
        };
        Ok(fits.iter().map(of_fit).collect())
    }

    /// Chooses λ and l1 ratio by the squared error on rows held out, and fits all training rows with them.
    ///
    /// The grid of λ is that of all training rows. Of equals the first counts: the larger λ, the earlier ratio.
    ///
    /// # Errors
    /// [`ElasticNetError`] for settings out of range, or a fit that doesn't converge.
    pub fn choose(
        &self,
        held_out: &[HeldOut],
        paths: &ElasticNetPaths<'_>,
    ) -> Result<ElasticNetChoice, ElasticNetError> {
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
            let mut errors = vec![0.0; lambdas.len()];
            for part in held_out {
                let models = part.training.path(&lambdas, *ratio, paths.tolerance)?;
                for (error, model) in errors.iter_mut().zip(models) {
                    *error += model.squared_error(part.x.view(), &part.z);
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
        let model = self.path(&lambdas[..=index], l1_ratio, paths.tolerance)?.pop().unwrap_or_default();
        Ok(ElasticNetChoice { model, lambda: lambdas[index], l1_ratio })
    }
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
