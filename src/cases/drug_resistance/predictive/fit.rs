//! The outer loop: θ, B and the weights in turn.

use std::sync::Arc;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::design::{Design, Nodewise, Response};
use super::graph::{Graph, Penalty};
use super::network_step::{self, network_step};
use super::objective::{Kkt, Objective, State};
use super::prediction_step::{Predictors, ThetaTerms, violations};
use super::{Params, PredictiveError, Refresh, Sign, ThetaPenalty, ValidParams};
use crate::display::Monitor;
use crate::methods::elastic_net::{Fit, Network};
use crate::methods::parallel::Interrupted;

/// What was done before a value of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// Nodewise networks, θ of the lasso.
    Start,
    /// θ given B.
    Prediction,
    /// B given θ.
    Network,
    /// w and d from B.
    Refresh,
    /// w and d from B were tried and refused, as F would not have fallen; the value is the refused one.
    Refused,
}

/// One step of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The round, from 1; 0 for the start.
    pub round: usize,
    /// What was done.
    pub kind: StepKind,
    /// F/n after it.
    pub objective: f64,
}

/// A fitted PredictiveNetwork (or NW.P).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictiveFit {
    /// B, p × p, by column; for standardised expression.
    pub b: Network,
    /// θ, for standardised expression and scaled z; exactly zero off its support.
    pub theta: Vec<f64>,
    /// θ0 in the units of z as given: its mean over the lines of the fit.
    pub theta0: f64,
    /// `h = Bθ`: the coefficients of the standardised expression in the prediction of the scaled z.
    pub h: Vec<f64>,
    /// d of the weights in force at the end.
    pub degree: Vec<f64>,
    /// The signs s in the penalty: the frozen ones, or those of θ.
    pub signs: Vec<f64>,
    /// F/n at the end.
    pub objective: Objective,
    /// KKT residuals at the end.
    pub kkt: Kkt,
    /// F/n after every step.
    pub trace: Vec<Step>,
    /// Outer rounds made.
    pub rounds: usize,
    /// Whether the stop rule was met within the allowed rounds.
    pub converged: bool,
    /// The weight a3 used.
    pub a3: f64,
    /// `‖B − B⁰‖_F/‖B⁰‖_F`: how far the response moved the network; 0 where there is none.
    pub network_change: f64,
    /// Mean of each gene over the lines of the fit.
    pub gene_mean: Vec<f64>,
    /// Standard deviation of each gene (denominator n); 1 for a constant gene.
    pub gene_scale: Vec<f64>,
    /// What z was divided by.
    pub z_scale: f64,
}

impl PredictiveFit {
    /// Predicts the response of lines (rows of `x`, genes as in the fit), in the units of z as given.
    ///
    /// # Errors
    /// [`PredictiveError::Length`] for another number of genes.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>, PredictiveError> {
        let (intercept, coefficients) = self.coefficients();
        if x.ncols() != coefficients.len() {
            return Err(PredictiveError::Length {
                what: "a line's expression",
                found: x.ncols(),
                expected: coefficients.len(),
            });
        }
        let of_line = |line: ndarray::ArrayView1<'_, f64>| {
            intercept + line.iter().zip(&coefficients).map(|(x, coefficient)| x * coefficient).sum::<f64>()
        };
        Ok(x.rows().into_iter().map(of_line).collect())
    }

    /// Intercept and coefficients of the genes as given (not standardised), for z as given.
    pub fn coefficients(&self) -> (f64, Vec<f64>) {
        let coefficients: Vec<f64> =
            self.h.iter().zip(&self.gene_scale).map(|(h, scale)| self.z_scale * h / scale).collect();
        let shift: f64 = coefficients.iter().zip(&self.gene_mean).map(|(value, mean)| value * mean).sum();
        (self.theta0 - shift, coefficients)
    }

    /// The genes with `θ_j ≠ 0`, ascending.
    pub fn selected(&self) -> Vec<usize> {
        (0..self.theta.len()).filter(|j| self.theta[*j] != 0.0).collect()
    }
}

/// Fits PredictiveNetwork to expression `x` (n lines × p genes, as given; it is standardised here) and response `z` (n).
///
/// ```
/// use ndarray::Array2;
/// use saigen::cases::drug_resistance::predictive::{Params, fit};
/// use saigen::display::Silent;
///
/// // Gene 1 follows gene 0, and the response follows both.
/// let x = Array2::from_shape_fn((40, 3), |(i, j)| {
///     let wave = |k: usize| ((i * (2 * k + 3)) as f64 * 0.7).sin();
///     if j == 1 { wave(0) + 0.3 * wave(1) } else { wave(j) }
/// });
/// let z: Vec<f64> = x.rows().into_iter().map(|line| 2.0 + line[0] + 0.5 * line[1]).collect();
/// let fit = fit(x.view(), &z, &Params::default().check()?, &Silent)?;
/// assert!(fit.converged && fit.b.get(0, 1) > 0.0 && fit.theta[1] != 0.0);
/// # Ok::<(), saigen::cases::drug_resistance::predictive::PredictiveError>(())
/// ```
///
/// # Errors
/// [`PredictiveError`] for data that can't be fitted, a block that doesn't converge, or an interrupt. That the outer rounds
/// end without meeting the stop rule is no error: see [`PredictiveFit::converged`].
pub fn fit(
    x: ArrayView2<'_, f64>,
    z: &[f64],
    params: &ValidParams,
    monitor: &dyn Monitor,
) -> Result<PredictiveFit, PredictiveError> {
    let design = Arc::new(Design::of(x, params.mode)?);
    let response = Response::of(&design, x, z, params.response)?;
    let nodewise = Nodewise::of(&design, params.a1, params.a2, None, params.block_tolerance, monitor)?;
    fit_on(&nodewise, &response, params, monitor)
}

/// As [`fit`], on nodewise networks at hand; they hold for every response to the same lines, f and a4.
///
/// The options `mode` and `response` have been spent on the design and the response, and aren't looked at.
///
/// # Errors
/// As [`fit`], and [`PredictiveError::Option`] when the networks have other weights a1, a2.
pub fn fit_on(
    nodewise: &Nodewise,
    response: &Response,
    params: &ValidParams,
    monitor: &dyn Monitor,
) -> Result<PredictiveFit, PredictiveError> {
    for (name, found, own) in [("a1", params.a1, nodewise.a1), ("a2", params.a2, nodewise.a2)] {
        if found != own {
            return Err(PredictiveError::Option { name, found, allowed: "that of the nodewise networks" });
        }
    }
    monitor.begin("PredictiveNetwork, rounds", params.max_rounds as u64);
    let fit = Descent::start(nodewise, response, params).and_then(|descent| descent.run(monitor));
    monitor.end();
    fit
}

/// A fit under way.
struct Descent<'a> {
    nodewise: &'a Nodewise,
    response: &'a Response,
    params: &'a Params,
    a3: f64,
    signs: Vec<f64>,
    state: State,
    trace: Vec<Step>,
}

impl<'a> Descent<'a> {
    /// B⁰, and the lasso of z on `XB⁰`.
    fn start(nodewise: &'a Nodewise, response: &'a Response, params: &'a Params) -> Result<Self, PredictiveError> {
        let mut predictors = Predictors::new(&nodewise.design, &nodewise.columns, &response.correlations);
        let a3 = match params.a3 {
            ThetaPenalty::Absolute(a3) => a3,
            ThetaPenalty::Fraction(f) => f * predictors.largest_a3(),
        };
        let zero = vec![0.0; nodewise.columns.len()];
        let (lasso, signs) = predictors.lasso(a3, &nodewise.graph, &zero, params.block_tolerance)?;
        let state = State::new(nodewise, lasso.theta);
        let mut descent = Self { nodewise, response, params, a3, signs, state, trace: Vec::new() };
        descent.note(0, StepKind::Start);
        Ok(descent)
    }

    fn run(mut self, monitor: &dyn Monitor) -> Result<PredictiveFit, PredictiveError> {
        let mut converged = false;
        let mut rounds = 0;
        while rounds < self.params.max_rounds && !converged {
            if monitor.cancelled() {
                return Err(Interrupted.into());
            }
            rounds += 1;
            let before = (self.state.theta.clone(), self.trace.last().map_or(0.0, |step| step.objective));
            self.predict()?;
            let mut objective = self.note(rounds, StepKind::Prediction);
            if self.params.network_step {
                network_step(self.nodewise, self.response, &mut self.state, self.params.block_tolerance)?;
                objective = self.note(rounds, StepKind::Network);
                objective = self.refresh(rounds, objective);
            }
            let moved = before.0.iter().zip(&self.state.theta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let fell = (before.1 - objective).abs();
            converged = !self.params.network_step
                || moved < self.params.theta_tolerance && fell < self.params.objective_tolerance * objective.abs();
            monitor.advance(1);
        }
        self.finish(rounds, converged)
    }

    /// θ given B.
    fn predict(&mut self) -> Result<(), PredictiveError> {
        let mut predictors = Predictors::new(&self.nodewise.design, &self.state.columns, &self.response.correlations);
        let penalty = self.penalty(&self.state.graph);
        let terms = ThetaTerms { a3: self.a3, penalty: &penalty };
        let fit = predictors.solve(&terms, &self.state.theta, self.params.block_tolerance)?;
        self.state.set_theta(self.nodewise, fit.theta);
        Ok(())
    }

    /// w and d from B, as asked for; gives F/n after it.
    fn refresh(&mut self, round: usize, before: f64) -> f64 {
        if self.params.refresh == Refresh::Never {
            return before;
        }
        let graph = Graph::of(&self.state.columns);
        let old = std::mem::replace(&mut self.state.graph, graph);
        let after = self.objective().total;
        let accepted = self.params.refresh == Refresh::PerRound || after < before;
        let kind = if accepted { StepKind::Refresh } else { StepKind::Refused };
        self.trace.push(Step { round, kind, objective: after });
        if accepted {
            return after;
        }
        self.state.graph = old;
        before
    }

    fn penalty<'b>(&'b self, graph: &'b Graph) -> Penalty<'b> {
        graph.penalty(self.params.a4, self.params.sign, &self.signs, self.params.degree)
    }

    fn objective(&self) -> Objective {
        let penalty = self.penalty(&self.state.graph);
        self.state.objective(self.response, self.params, self.a3, &penalty)
    }

    /// Adds F/n to the trace.
    fn note(&mut self, round: usize, kind: StepKind) -> f64 {
        let objective = self.objective().total;
        self.trace.push(Step { round, kind, objective });
        objective
    }

    fn finish(self, rounds: usize, converged: bool) -> Result<PredictiveFit, PredictiveError> {
        let Self { nodewise, response, params, a3, .. } = &self;
        let state = &self.state;
        let penalty = self.penalty(&state.graph);
        let with = |column: &super::Column, values: &[f64]| -> f64 {
            column.iter().map(|(l, value)| value * values[*l]).sum()
        };
        let right: Vec<f64> = state.columns.iter().map(|column| with(column, &response.correlations)).collect();
        let terms = ThetaTerms { a3: *a3, penalty: &penalty };
        let of_theta = violations(&state.columns, &right, &state.image, &terms, &state.theta);
        let kkt = Kkt {
            theta: 2.0 * of_theta.into_iter().fold(0.0, f64::max),
            network: network_step::violation(nodewise, response, state),
        };
        let changed: Vec<(usize, Fit)> =
            state.fits.iter().enumerate().filter_map(|(j, fit)| Some((j, fit.clone()?))).collect();
        let b = nodewise.network.with_columns(&changed)?;
        let signs = match params.sign {
            Sign::Frozen => self.signs.clone(),
            Sign::Literal => state.theta.iter().map(|value| if *value < 0.0 { -1.0 } else { 1.0 }).collect(),
        };
        Ok(PredictiveFit {
            network_change: change(&nodewise.network, &b, changed.iter().map(|(j, _)| *j)),
            b,
            theta: state.theta.clone(),
            theta0: response.mean,
            h: state.h.clone(),
            degree: state.graph.degree().to_vec(),
            signs,
            objective: self.objective(),
            kkt,
            trace: self.trace.clone(),
            rounds,
            converged,
            a3: *a3,
            gene_mean: nodewise.design.mean().to_vec(),
            gene_scale: nodewise.design.scale().to_vec(),
            z_scale: response.scale,
        })
    }
}

/// `‖B − B⁰‖_F/‖B⁰‖_F`, for networks that differ in some columns.
fn change(start: &Network, end: &Network, columns: impl Iterator<Item = usize>) -> f64 {
    let whole: f64 = start.edges().map(|(_, _, value)| value * value).sum();
    let mut difference = 0.0;
    for target in columns {
        let mut column = vec![0.0; start.nodes()];
        end.regulators(target).for_each(|(l, value)| column[l] = value);
        start.regulators(target).for_each(|(l, value)| column[l] -= value);
        difference += column.iter().map(|value| value * value).sum::<f64>();
    }
    if whole > 0.0 { (difference / whole).sqrt() } else { 0.0 }
}
