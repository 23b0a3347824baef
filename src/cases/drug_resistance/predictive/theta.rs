//! θ of NW.P over a grid of f and a4, as needed to choose them.

use super::design::{Nodewise, Response};
use super::graph::Graph;
use super::prediction_step::{Predictors, ThetaTerms};
use super::{Column, DegreeScale, PredictiveError, Sign};
use crate::display::Monitor;
use crate::methods::parallel::Interrupted;

/// A grid of NW.P on one set of nodewise networks.
#[derive(Clone, Copy, Debug)]
pub struct ThetaGrid<'a> {
    /// a3 as shares of the one at which θ is zero; quickest in descending order.
    pub f: &'a [f64],
    /// Weights of the network penalty.
    pub a4: &'a [f64],
    /// Signs in the network penalty.
    pub sign: Sign,
    /// Divisor in the network penalty.
    pub degree: DegreeScale,
    /// KKT residual, relative to the largest correlation.
    pub tolerance: f64,
}

/// NW.P at one point of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct ThetaPoint {
    /// a3 as a share of the one at which θ is zero.
    pub f: f64,
    /// The weight a3.
    pub a3: f64,
    /// Weight of the network penalty.
    pub a4: f64,
    /// θ, of p entries.
    pub theta: Vec<f64>,
    /// `Bθ`, of p entries.
    pub h: Vec<f64>,
    /// Largest violation of the optimality conditions of θ, as a derivative of F/n.
    pub kkt: f64,
}

/// Fits θ with B at the nodewise networks for every f and a4: points `(f_0, a4_0), (f_0, a4_1), …`.
///
/// The predictors' covariances are shared by all points, and every fit starts from a neighbour: the lasso at f from the one
/// before, the first a4 from the lasso, every other a4 from the one before.
///
/// # Errors
/// [`PredictiveError`] where θ doesn't converge, or an interrupt.
pub fn theta_grid(
    nodewise: &Nodewise,
    response: &Response,
    grid: &ThetaGrid<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<ThetaPoint>, PredictiveError> {
    theta_grid_while(nodewise, response, grid, monitor, |_, _| true)
}

/// As [`theta_grid`], while it is worth it: the path of an a4 along f ends after a point where `go_on` (given the index of a4,
/// and the point) says no. Points after it are left out.
///
/// # Errors
/// As [`theta_grid`].
pub fn theta_grid_while(
    nodewise: &Nodewise,
    response: &Response,
    grid: &ThetaGrid<'_>,
    monitor: &dyn Monitor,
    mut go_on: impl FnMut(usize, &ThetaPoint) -> bool,
) -> Result<Vec<ThetaPoint>, PredictiveError> {
    let mut predictors = Predictors::new(nodewise.design(), &nodewise.columns, &response.correlations);
    let graph: &Graph = nodewise.graph();
    let largest = predictors.largest_a3();
    let mut before = vec![0.0; nodewise.columns.len()];
    let mut points = Vec::with_capacity(grid.f.len() * grid.a4.len());
    let mut going: Vec<usize> = (0..grid.a4.len()).collect();
    for f in grid.f {
        if monitor.cancelled() {
            return Err(Interrupted.into());
        }
        if going.is_empty() {
            break;
        }
        let a3 = f * largest;
        let (lasso, signs) = predictors.lasso(a3, graph, &before, grid.tolerance)?;
        let mut theta = lasso.theta.clone();
        let mut left = Vec::with_capacity(going.len());
        for index in going {
            let a4 = grid.a4[index];
            let penalty = graph.penalty(a4, grid.sign, &signs, grid.degree);
            let fit = predictors.solve(&ThetaTerms { a3, penalty: &penalty }, &theta, grid.tolerance)?;
            theta.clone_from(&fit.theta);
            let h = product(&nodewise.columns, &theta);
            let point = ThetaPoint { f: *f, a3, a4, theta: fit.theta, h, kkt: fit.kkt };
            if go_on(index, &point) {
                left.push(index);
            }
            points.push(point);
        }
        going = left;
        before = lasso.theta;
    }
    Ok(points)
}

/// `Bθ`.
fn product(columns: &[Column], theta: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; theta.len()];
    for (column, value) in columns.iter().zip(theta).filter(|(_, value)| **value != 0.0) {
        column.iter().for_each(|(l, entry)| product[*l] += value * entry);
    }
    product
}
