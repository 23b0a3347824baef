//! Elastic nets along a grid of λ.

use std::borrow::Cow;

use ndarray::ArrayView2;

use super::covariance::{Problem, Workspace};
use super::{ElasticNetError, Fit, Gram, Options, Penalty, check, residual};

/// What a path is fitted on.
#[derive(Clone, Copy, Debug)]
pub enum On<'a> {
    /// A Gram matrix and the right-hand side `c`: covariance mode.
    Gram(&'a Gram, &'a [f64]),
    /// As `Gram`, with a symmetric matrix from elsewhere.
    Matrix(ArrayView2<'a, f64>, &'a [f64]),
    /// A design and the response: residual mode.
    Design(&'a residual::Design, &'a [f64]),
}

/// Fits an elastic net for every λ, with warm starts and sequential strong rules (Tibshirani et al. 2012, JRSS B 74:245).
///
/// The grid may come in any order; it is worked through from the largest λ down, and the fits come in the order of
/// `lambdas`. A column stays out of the first working set at λ_k when `|g_j| < u_j ρ (2λ_k − λ_{k−1})`; the pass over all
/// columns at the end of each fit catches what the rule was wrong about. `start` belongs to the largest λ.
///
/// # Errors
/// [`ElasticNetError`]; [`ElasticNetError::NotConverged`] names the index of λ as the response.
pub fn fit<'a>(
    on: On<'a>,
    lambdas: &[f64],
    l1_ratio: f64,
    start: Option<&[(usize, f64)]>,
    options: &'a Options<'a>,
) -> Result<Vec<Fit>, ElasticNetError> {
    let mut order: Vec<usize> = (0..lambdas.len()).collect();
    order.sort_by(|a, b| lambdas[*b].total_cmp(&lambdas[*a]).then(a.cmp(b)));
    let mut path = Path::new(on, l1_ratio, start, options)?;
    let mut fits = vec![Fit::default(); lambdas.len()];
    for index in order {
        fits[index] = path.step(lambdas[index]).map_err(|error| error.of_response(index))?.clone();
    }
    Ok(fits)
}

/// A path that is fitted λ by λ, from the largest down, for as long as its caller wants.
pub struct Path<'a> {
    along: Along<'a>,
    l1_ratio: f64,
    last: Fit,
    /// `λρ` of the last fit.
    before: Option<f64>,
}

impl<'a> Path<'a> {
    /// A path from `start`, or from zero.
    ///
    /// # Errors
    /// [`ElasticNetError`] for inputs that can't be used.
    pub fn new(
        on: On<'a>,
        l1_ratio: f64,
        start: Option<&[(usize, f64)]>,
        options: &'a Options<'a>,
    ) -> Result<Self, ElasticNetError> {
        if !(0.0..=1.0).contains(&l1_ratio) {
            return Err(ElasticNetError::OutOfRange { what: "l1_ratio", value: l1_ratio, range: "from 0 to 1" });
        }
        let along = Along::new(on, start, options)?;
        let last = Fit { coefficients: start.unwrap_or_default().to_vec(), ..Fit::default() };
        Ok(Self { along, l1_ratio, last, before: None })
    }

    /// Fits the next λ, no larger than the one before, from the fit before.
    ///
    /// # Errors
    /// [`ElasticNetError`] for a λ that isn't one, or a fit that doesn't converge.
    pub fn step(&mut self, lambda: f64) -> Result<&Fit, ElasticNetError> {
        let penalty = Penalty::glmnet(lambda, self.l1_ratio);
        self.last = self.along.step(penalty, &self.last.coefficients, self.before)?;
        self.before = Some(lambda * self.l1_ratio);
        Ok(&self.last)
    }

    /// The fit of the last λ; the start before the first.
    pub fn last(&self) -> &Fit {
        &self.last
    }
}

/// What the steps of one path share.
enum Along<'a> {
    Covariance {
        gram: Cow<'a, [f64]>,
        diagonal: Vec<f64>,
        c: &'a [f64],
        workspace: Box<Workspace>,
        options: &'a Options<'a>,
    },
    Residual {
        design: &'a residual::Design,
        y: Vec<f64>,
        options: &'a Options<'a>,
    },
}

impl<'a> Along<'a> {
    fn new(on: On<'a>, start: Option<&[(usize, f64)]>, options: &'a Options<'a>) -> Result<Self, ElasticNetError> {
        let (gram, c) = match on {
            On::Gram(gram, c) => (gram.matrix.view(), c),
            On::Matrix(gram, c) => (gram, c),
            On::Design(design, y) => {
                check::start(start.unwrap_or_default(), design.columns())?;
                return Ok(Self::Residual { design, y: design.response(y)?, options });
            }
        };
        check::square(gram, c.len())?;
        check::vector(c, c.len(), "the right-hand side")?;
        check::start(start.unwrap_or_default(), c.len())?;
        let diagonal = gram.diag().to_vec();
        Ok(Self::Covariance { gram: check::by_rows(gram), diagonal, c, workspace: Box::default(), options })
    }

    fn step(&mut self, penalty: Penalty, warm: &[(usize, f64)], before: Option<f64>) -> Result<Fit, ElasticNetError> {
        match self {
            Self::Covariance { gram, diagonal, c, workspace, options } => {
                check::settings(penalty, options, c.len())?;
                Problem { gram, diagonal, c, penalty, options }.solve(workspace, warm, before)
            }
            Self::Residual { design, y, options } => {
                check::settings(penalty, options, design.columns())?;
                design.solve(y, penalty, warm, before, options)
            }
        }
    }
}

/// The least λ at which all penalised coefficients are zero, if none is free of penalty: `max_j |c_j|/(u_j ρ)`.
///
/// For ρ below 0.001 that of ρ = 0.001, as in glmnet, since a ridge has none.
///
/// # Errors
/// [`ElasticNetError`] for factors of another length or out of range.
pub fn largest_lambda(c: &[f64], l1_ratio: f64, options: &Options<'_>) -> Result<f64, ElasticNetError> {
    check::settings(Penalty::glmnet(1.0, l1_ratio.clamp(0.0, 1.0)), options, c.len())?;
    let ratio = l1_ratio.max(1e-3);
    let unit = Penalty { l1: 1.0, l2: 0.0 };
    let bounds = c.iter().enumerate().filter_map(|(j, c)| {
        let factor = check::column_penalty(unit, options, j)?.l1;
        (factor > 0.0).then(|| c.abs() / (factor * ratio))
    });
    // λρu is to be no less than |c| after rounding, too.
    Ok(bounds.fold(0.0, f64::max) * (1.0 + 2.0 * f64::EPSILON))
}

/// `count` values from `largest` down to `ratio · largest`, equally spaced in the logarithm.
///
/// # Errors
/// [`ElasticNetError::OutOfRange`] unless `largest` is positive and finite and `ratio` in (0, 1].
pub fn grid(largest: f64, ratio: f64, count: usize) -> Result<Vec<f64>, ElasticNetError> {
    if !(largest > 0.0 && largest.is_finite()) {
        return Err(ElasticNetError::OutOfRange {
            what: "the largest lambda",
            value: largest,
            range: "finite and positive",
        });
    }
    if !(ratio > 0.0 && ratio <= 1.0) {
        return Err(ElasticNetError::OutOfRange {
            what: "the ratio of the grid's ends",
            value: ratio,
            range: "in (0, 1]",
        });
    }
    let steps = count.saturating_sub(1).max(1) as f64;
    Ok((0..count).map(|k| largest * ratio.powf(k as f64 / steps)).collect())
}
