//! B given θ: column by column, each an elastic net of expression and response together.

use super::design::{ColumnTask, Nodewise, Response};
use super::objective::{State, losses};
use super::{Column, PredictiveError};
use crate::methods::elastic_net::Penalty;
use crate::methods::elastic_net::covariance::Workspace;

/// Descends in every column of B with `θ_j ≠ 0` once, in order; all others go (back) to the nodewise networks, their minimum.
///
/// With `q = 1 + θ_j²` and `r_−j` the residual of z without column j, `β_j` is the elastic net of `(x_j + θ_j r_−j)/q` on the
/// other genes with weights a1/q and a2/q; its `Xᵀỹ/n` is `(G_·j + θ_j (c − G h_−j))/q`, so the data isn't passed over.
pub(super) fn network_step(
    nodewise: &Nodewise,
    response: &Response,
    state: &mut State,
    tolerance: f64,
) -> Result<(), PredictiveError> {
    let mut workspace = Workspace::default();
    for target in 0..state.theta.len() {
        let theta = state.theta[target];
        if theta == 0.0 {
            if state.fits[target].take().is_some() {
                state.columns[target] = nodewise.columns[target].clone();
                let loss = nodewise.design.loss(target, &state.columns[target]);
                state.losses[target] = losses(loss, &state.columns[target]);
            }
            continue;
        }
        let image = nodewise.design.image(&state.columns[target]);
        shift(state, target, -theta, &image);
        let right = right_hand_side(nodewise, response, &state.image, target, theta);
        let share = 1.0 + theta * theta;
        let task = ColumnTask {
            target,
            theta,
            response,
            others: &state.h,
            right: &right,
            penalty: Penalty { l1: nodewise.a1 / (2.0 * share), l2: nodewise.a2 / share },
            start: &state.columns[target],
            tolerance,
        };
        let fit = nodewise.design.column(&task, &mut workspace)?;
        state.columns[target].clone_from(&fit.coefficients);
        let image = nodewise.design.image(&state.columns[target]);
        shift(state, target, theta, &image);
        let loss = nodewise.design.loss(target, &state.columns[target]);
        state.losses[target] = losses(loss, &state.columns[target]);
        state.fits[target] = Some(fit);
    }
    Ok(())
}

/// Adds `factor · β_j` to h, and its image to that of h.
fn shift(state: &mut State, target: usize, factor: f64, image: &[f64]) {
    state.columns[target].iter().for_each(|(l, value)| state.h[*l] += factor * value);
    state.image.iter_mut().zip(image).for_each(|(sum, entry)| *sum += factor * entry);
}

/// `(G_·j + θ_j (c − G h_−j))/(1 + θ_j²)`; `others` is `G h_−j`.
fn right_hand_side(nodewise: &Nodewise, response: &Response, others: &[f64], target: usize, theta: f64) -> Vec<f64> {
    let mut right = nodewise.design.correlations_of(target);
    let share = 1.0 + theta * theta;
    for ((right, c), other) in right.iter_mut().zip(&response.correlations).zip(others) {
        *right = (*right + theta * (c - other)) / share;
    }
    right
}

/// The largest violation of the conditions of B given θ, as a derivative of F/n.
///
/// Columns with `θ_j ≠ 0` are computed; for the others the certificate of their nodewise fit counts, times the largest
/// possible correlation, 1.
pub(super) fn violation(nodewise: &Nodewise, response: &Response, state: &State) -> f64 {
    let mut worst: f64 = 0.0;
    for (target, theta) in state.theta.iter().enumerate() {
        if *theta == 0.0 {
            worst = worst.max(2.0 * nodewise.network.kkt()[target]);
            continue;
        }
        let image = nodewise.design.image(&state.columns[target]);
        let others: Vec<f64> = state.image.iter().zip(&image).map(|(sum, own)| sum - theta * own).collect();
        let right = right_hand_side(nodewise, response, &others, target, *theta);
        let column = dense(&state.columns[target], right.len());
        let share = 1.0 + theta * theta;
        for l in (0..right.len()).filter(|l| *l != target) {
            let descent = share * (right[l] - image[l]) - nodewise.a2 * column[l];
            let violation = match column[l] {
                0.0 => descent.abs() - nodewise.a1 / 2.0,
                value => (descent - (nodewise.a1 / 2.0).copysign(value)).abs(),
            };
            worst = worst.max(2.0 * violation);
        }
    }
    worst
}

fn dense(column: &Column, length: usize) -> Vec<f64> {
    let mut dense = vec![0.0; length];
    column.iter().for_each(|(l, value)| dense[*l] = *value);
    dense
}
