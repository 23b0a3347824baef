//! A fold of NW.P and PredictiveNetwork.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use super::{Chosen, CvError, Fold, FoldOutcome, Method, NetworkGrid, Options, folds, scores};
use crate::cases::drug_resistance::comparators::{least, risen};
use crate::cases::drug_resistance::predictive::{
    Design, Mode, Nodewise, Params, PredictiveError, PredictiveFit, Response, ResponseScale, ThetaGrid, ThetaPenalty,
    ThetaPoint, fit_on, theta_grid_while,
};
use crate::display::Monitor;
use crate::methods::parallel::ordered;

/// KKT residual of every block, relative to the largest correlation.
const TOLERANCE: f64 = 1e-6;
/// That of fits that are only compared by their error on rows held out.
const CHOOSING: f64 = 1e-4;

/// Fits NW.P and, if asked for, PredictiveNetwork on the training rows of a fold and predicts its test rows.
///
/// `scale`: mean and standard deviation by which z is scaled; `None` scales it on the rows of each fit.
pub(super) fn run(
    part: &Fold<'_>,
    family: &[Method],
    options: &Options,
    scale: Option<(f64, f64)>,
    unit: f64,
    monitor: &dyn Monitor,
) -> Result<Vec<(Method, FoldOutcome)>, CvError> {
    choose_and_fit(part, family, options, scale, unit, monitor).map_err(|source| CvError::predictive(part.fold, source))
}

fn choose_and_fit(
    part: &Fold<'_>,
    family: &[Method],
    options: &Options,
    scale: Option<(f64, f64)>,
    unit: f64,
    monitor: &dyn Monitor,
) -> Result<Vec<(Method, FoldOutcome)>, PredictiveError> {
    let grid = &options.network;
    let scaled: Vec<f64> = match scale {
        Some((mean, spread)) => part.z.iter().map(|value| (value - mean) / spread).collect(),
        None => part.z.clone(),
    };
    let response_scale = if scale.is_some() { ResponseScale::AsGiven } else { ResponseScale::UnitVariance };
    let (fitted, held) = folds::split(scaled.len(), grid.validation, options.seed, part.fold);
    let ratio = if part.x.ncols() < scaled.len() { grid.a2_tall } else { grid.a2_wide };
    let inner = Rows::of(&part.x, &scaled, &fitted, response_scale)?;
    let validation = (part.x.select(Axis(0), &held), held.iter().map(|row| scaled[*row]).collect::<Vec<f64>>());
    let (networks, choice) = choose(&inner, &validation, grid, ratio, monitor)?;

    let all: Vec<usize> = (0..scaled.len()).collect();
    let outer = Rows::of(&part.x, &scaled, &all, response_scale)?;
    let start = &networks[choice.network];
    let (a1, a2) = (grid.a1[choice.network], ratio * grid.a1[choice.network]);
    let nodewise = Nodewise::of(&outer.design, a1, a2, Some(start), TOLERANCE, monitor)?;
    let fold_outcome = |fit: &PredictiveFit, f: f64, a4: f64| -> Result<FoldOutcome, PredictiveError> {
        let test = fit.predict(part.test_expression().view())?;
        let (mean, spread) = scale.unwrap_or((0.0, 1.0));
        let predictions: Vec<f64> = test.iter().map(|value| mean + spread * value).collect();
        let (intercept, coefficients) = fit.coefficients();
        let kept = |values: &[f64], factor: f64| -> Vec<(usize, f64)> {
            let nonzero = values.iter().zip(&part.genes).filter(|(value, _)| **value != 0.0);
            nonzero.map(|(value, gene)| (*gene, factor * value)).collect()
        };
        Ok(FoldOutcome {
            fold: part.fold,
            rows: part.test.clone(),
            mse: part.error(&predictions) / unit,
            predictions,
            chosen: Chosen::Network { a1, a2, f, a3: fit.a3, a4 },
            intercept: mean + spread * intercept,
            coefficients: kept(&coefficients, spread),
            theta: kept(&fit.theta, 1.0),
            rounds: fit.rounds,
            converged: fit.converged,
            network_change: fit.network_change,
        })
    };
    let mut outcomes = Vec::new();
    if family.contains(&Method::NetworkPredictor) {
        let f = grid.f[choice.f];
        let params = Params { network_step: false, ..params(grid, (a1, a2), f, choice.a4) }.check()?;
        let fit = fit_on(&nodewise, &outer.response, &params, monitor)?;
        outcomes.push((Method::NetworkPredictor, fold_outcome(&fit, f, choice.a4)?));
    }
    if family.contains(&Method::PredictiveNetwork) {
        let near = neighbours(choice.f, grid.f.len());
        let errors = ordered(near.len(), monitor, |index| -> Result<f64, PredictiveError> {
            let params = params(grid, (a1, a2), grid.f[near[index]], choice.a4);
            let params = Params { block_tolerance: CHOOSING, ..params };
            let params = params.check()?;
            let fit = fit_on(start, &inner.response, &params, monitor)?;
            Ok(scores::mean_square(&validation.1, &fit.predict(validation.0.view())?))
        })?;
        let errors = errors.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let f = grid.f[near[least(errors.into_iter()).unwrap_or_default()]];
        let params = params(grid, (a1, a2), f, choice.a4).check()?;
        let fit = fit_on(&nodewise, &outer.response, &params, monitor)?;
        outcomes.push((Method::PredictiveNetwork, fold_outcome(&fit, f, choice.a4)?));
    }
    Ok(outcomes)
}

/// What fits are made on.
struct Rows {
    design: Arc<Design>,
    response: Response,
}

impl Rows {
    fn of(x: &Array2<f64>, z: &[f64], rows: &[usize], scale: ResponseScale) -> Result<Self, PredictiveError> {
        let x = x.select(Axis(0), rows);
        let z: Vec<f64> = rows.iter().map(|row| z[*row]).collect();
        let design = Arc::new(Design::of(x.view(), Mode::Auto)?);
        let response = Response::of(&design, x.view(), &z, scale)?;
        Ok(Self { design, response })
    }
}

/// What NW.P chose.
struct Choice {
    /// Index of a1.
    network: usize,
    /// Index of f.
    f: usize,
    a4: f64,
}

/// Nodewise networks for every a1, and the point of the grid at which NW.P has the least error on the rows held out.
///
/// Of equals the first counts: the earlier a1, the larger f, the earlier a4. Along f, each a4 ends where its error has risen.
fn choose(
    inner: &Rows,
    validation: &(Array2<f64>, Vec<f64>),
    grid: &NetworkGrid,
    ratio: f64,
    monitor: &dyn Monitor,
) -> Result<(Vec<Nodewise>, Choice), PredictiveError> {
    // From the sparsest network on, so that each starts from the one before.
    let mut order: Vec<usize> = (0..grid.a1.len()).collect();
    order.sort_by(|a, b| grid.a1[*b].total_cmp(&grid.a1[*a]).then(a.cmp(b)));
    let mut networks: Vec<Option<Nodewise>> = vec![None; grid.a1.len()];
    let mut before: Option<usize> = None;
    for index in order {
        let (a1, start) = (grid.a1[index], before.and_then(|before| networks[before].as_ref()));
        networks[index] = Some(Nodewise::of(&inner.design, a1, ratio * a1, start, TOLERANCE, monitor)?);
        before = Some(index);
    }
    let networks: Vec<Nodewise> = networks.into_iter().flatten().collect();
    let errors = ordered(networks.len(), monitor, |index| -> Result<Vec<f64>, PredictiveError> {
        let points = ThetaGrid { f: &grid.f, a4: &grid.a4, sign: grid.sign, degree: grid.degree, tolerance: CHOOSING };
        let mut of_a4: Vec<Vec<f64>> = vec![Vec::new(); grid.a4.len()];
        theta_grid_while(&networks[index], &inner.response, &points, monitor, |a4, point: &ThetaPoint| {
            let predictions = inner.response.predict(&inner.design, &point.h, validation.0.view());
            of_a4[a4].push(scores::mean_square(&validation.1, &predictions));
            !risen(&of_a4[a4])
        })?;
        let error = |k: usize| of_a4[k % grid.a4.len()].get(k / grid.a4.len()).copied().unwrap_or(f64::INFINITY);
        Ok((0..grid.f.len() * grid.a4.len()).map(error).collect::<Vec<f64>>())
    })?;
    let errors = errors.into_iter().collect::<Result<Vec<Vec<f64>>, _>>()?;
    let best = least(errors.into_iter().flatten()).unwrap_or_default();
    let (of_network, of_f) = (grid.f.len() * grid.a4.len(), grid.a4.len());
    let choice = Choice { network: best / of_network, f: best % of_network / of_f, a4: grid.a4[best % of_f] };
    Ok((networks, choice))
}

/// A point of the grid as options of a fit.
fn params(grid: &NetworkGrid, (a1, a2): (f64, f64), f: f64, a4: f64) -> Params {
    Params {
        a1,
        a2,
        a3: ThetaPenalty::Fraction(f),
        a4,
        sign: grid.sign,
        degree: grid.degree,
        refresh: grid.refresh,
        block_tolerance: TOLERANCE,
        ..Params::default()
    }
}

/// Three indices around one, within `0..count`.
pub(in crate::cases::drug_resistance) fn neighbours(index: usize, count: usize) -> Vec<usize> {
    let first = index.saturating_sub(1).min(count.saturating_sub(3));
    (first..(first + 3).min(count)).collect()
}
