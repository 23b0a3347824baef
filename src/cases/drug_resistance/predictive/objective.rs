//! The value of F/n with its parts, and where a fit stands on the way down.

use serde::{Deserialize, Serialize};

use super::design::{Nodewise, Response};
use super::graph::{Graph, Penalty};
use super::{Column, Params};
use crate::methods::elastic_net::Fit;

/// F/n and its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `‖z − θ0 − XBθ‖²/n`.
    pub response: f64,
    /// `‖X − XB‖²/n`.
    pub network: f64,
    /// `a1 Σ|B|`.
    pub lasso: f64,
    /// `a2 ΣB²`.
    pub ridge: f64,
    /// `a3 Σ|θ|`.
    pub theta: f64,
    /// `Σ_q Σ_j w_qj (s_q θ_q/d_q − s_j θ_j/d_j)²`, without its weight a4.
    pub laplacian: f64,
    /// The sum, with `a4 · laplacian`: F/n.
    pub total: f64,
}

/// The largest violation of the optimality conditions of each block, as a derivative of F/n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kkt {
    /// Of θ given B, w, d and s.
    pub theta: f64,
    /// Of the columns of B given θ; for columns with `θ_j = 0` a bound on it.
    pub network: f64,
}

/// B, θ and what follows from them.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// B by columns.
    pub columns: Vec<Column>,
    /// The fits of columns that differ from B⁰.
    pub fits: Vec<Option<Fit>>,
    pub theta: Vec<f64>,
    /// `h = Bθ`.
    pub h: Vec<f64>,
    /// `Gh`.
    pub image: Vec<f64>,
    /// The graph of the weights in force.
    pub graph: Graph,
    /// `‖x_j − Xβ_j‖²/n`, `Σ|β_j|` and `Σβ_j²`.
    pub losses: Vec<[f64; 3]>,
}

impl State {
    /// The start: B⁰ and this θ.
    pub fn new(nodewise: &Nodewise, theta: Vec<f64>) -> Self {
        let columns = nodewise.columns.clone();
        let losses = columns.iter().enumerate().map(|(j, column)| losses(nodewise.design.loss(j, column), column));
        let mut state = Self {
            losses: losses.collect(),
            fits: vec![None; columns.len()],
            columns,
            h: Vec::new(),
            image: Vec::new(),
            graph: nodewise.graph.clone(),
            theta: Vec::new(),
        };
        state.set_theta(nodewise, theta);
        state
    }

    /// Takes another θ, with h and its image made anew.
    pub fn set_theta(&mut self, nodewise: &Nodewise, theta: Vec<f64>) {
        self.h = vec![0.0; theta.len()];
        for (column, value) in self.columns.iter().zip(&theta).filter(|(_, value)| **value != 0.0) {
            column.iter().for_each(|(l, entry)| self.h[*l] += value * entry);
        }
        let h: Column = self.h.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect();
        self.image = nodewise.design.image(&h);
        self.theta = theta;
    }

    /// F/n.
    pub fn objective(&self, response: &Response, params: &Params, a3: f64, penalty: &Penalty<'_>) -> Objective {
        let inner: f64 = self.h.iter().zip(&self.image).map(|(h, image)| h * image).sum();
        let with_z: f64 = self.h.iter().zip(&response.correlations).map(|(h, c)| h * c).sum();
        let sum = |part: usize| self.losses.iter().map(|losses| losses[part]).sum::<f64>();
        let mut objective = Objective {
            response: response.square - 2.0 * with_z + inner,
            network: sum(0),
            lasso: params.a1 * sum(1),
            ridge: params.a2 * sum(2),
            theta: a3 * self.theta.iter().map(|value| value.abs()).sum::<f64>(),
            laplacian: penalty.sum(&self.theta),
            total: 0.0,
        };
        objective.total = objective.response
            + objective.network
            + objective.lasso
            + objective.ridge
            + objective.theta
            + params.a4 * objective.laplacian;
        objective
    }
}

/// What a column adds to the loss and the penalties.
pub(super) fn losses(loss: f64, column: &[(usize, f64)]) -> [f64; 3] {
    let lasso = column.iter().map(|(_, value)| value.abs()).sum();
    [loss, lasso, column.iter().map(|(_, value)| value * value).sum()]
}
