//! θ given B: the minimum on `Q = BᵀGB`, of which only what active genes need is ever computed.

use super::block::Block;
use super::design::Design;
use super::graph::{Graph, Penalty};
use super::{Column, DegreeScale, PredictiveError, Sign};
use crate::methods::elastic_net::covariance::fit_whole;
use crate::methods::elastic_net::{Options, add_scaled};

/// The predictors `M = XB` of a fixed B, by their covariances: with `G = XᵀX/n` and `c = Xᵀz/n`, `MᵀM/n = BᵀGB` and `Mᵀz/n = Bᵀc`.
///
/// Rows of `BᵀGB` are made when a gene first becomes active, and kept for later fits on the same B: along a3, and for every a4.
pub(super) struct Predictors<'a> {
    design: &'a Design,
    columns: &'a [Column],
    /// `Bᵀc`.
    right: Vec<f64>,
    /// Genes that were active, by their first time.
    known: Vec<usize>,
    /// Where a gene stands in `known`.
    place: Vec<Option<usize>>,
    /// `Gβ_l` of known genes.
    images: Vec<Vec<f64>>,
    /// Row k: `β_kᵀGβ_l` of known genes l up to k.
    rows: Vec<Vec<f64>>,
}

/// The penalties on θ.
pub(super) struct ThetaTerms<'a> {
    /// Weight of the lasso penalty.
    pub a3: f64,
    /// The network penalty.
    pub penalty: &'a Penalty<'a>,
}

/// θ and its certificate.
#[derive(Clone, Debug)]
pub(super) struct ThetaFit {
    pub theta: Vec<f64>,
    /// Largest violation of the optimality conditions, as a derivative of F/n.
    pub kkt: f64,
}

/// Sweeps before a fit gives up.
const MAX_SWEEPS: usize = 200_000;
/// New genes that may become active at once, at least.
const BATCH: usize = 32;

impl<'a> Predictors<'a> {
    /// The predictors of B (by columns) for a response with `c = Xᵀz/n`.
    pub fn new(design: &'a Design, columns: &'a [Column], c: &[f64]) -> Self {
        let right = columns.iter().map(|column| column.iter().map(|(l, value)| value * c[*l]).sum()).collect();
        let p = columns.len();
        Self { design, columns, right, known: Vec::new(), place: vec![None; p], images: Vec::new(), rows: Vec::new() }
    }

    /// `2‖Mᵀz‖∞/n`: the a3 from which on θ is zero, when a4 = 0.
    pub fn largest_a3(&self) -> f64 {
        2.0 * self.largest_right()
    }

    fn largest_right(&self) -> f64 {
        self.right.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()))
    }

    /// θ of the lasso on M, and its signs with sign(0) = +1: the `s` of [`Sign::Frozen`].
    pub fn lasso(
        &mut self,
        a3: f64,
        graph: &Graph,
        start: &[f64],
        tolerance: f64,
    ) -> Result<(ThetaFit, Vec<f64>), PredictiveError> {
        let ones = vec![1.0; start.len()];
        let penalty = graph.penalty(0.0, Sign::Frozen, &ones, DegreeScale::Linear);
        let fit = self.solve(&ThetaTerms { a3, penalty: &penalty }, start, tolerance)?;
        let signs = fit.theta.iter().map(|value| if *value < 0.0 { -1.0 } else { 1.0 }).collect();
        Ok((fit, signs))
    }

    /// Minimises F over θ from `start`; `tolerance` is the KKT residual relative to `‖Mᵀz‖∞/n`.
    ///
    /// # Errors
    /// [`PredictiveError::NotConverged`].
    pub fn solve(
        &mut self,
        terms: &ThetaTerms<'_>,
        start: &[f64],
        tolerance: f64,
    ) -> Result<ThetaFit, PredictiveError> {
        let degree = terms.penalty.graph.degree();
        let mut theta: Vec<f64> =
            start.iter().zip(degree).map(|(value, degree)| if *degree == 0.0 { 0.0 } else { *value }).collect();
        let allowed = tolerance * self.largest_right();
        // A literal start may be stationary in a coordinate without being its global minimum.
        let mut swept = terms.penalty.sign == Sign::Frozen;
        let mut sweeps = 0;
        loop {
            let image = self.image(&theta);
            let violations = violations(self.columns, &self.right, &image, terms, &theta);
            let worst = violations.iter().fold(0.0, |worst: f64, value| worst.max(*value));
            if worst <= allowed && swept {
                return Ok(ThetaFit { theta, kkt: 2.0 * worst });
            }
            if sweeps >= MAX_SWEEPS {
                return Err(PredictiveError::NotConverged { sweeps, kkt: worst, allowed });
            }
            let active = active_set(&theta, &violations, allowed);
            let mut part: Vec<f64> = active.iter().map(|l| theta[*l]).collect();
            sweeps += self.descend(&active, terms, &mut part, allowed / 2.0, MAX_SWEEPS - sweeps)?;
            active.iter().zip(part).for_each(|(l, value)| theta[*l] = value);
            swept = true;
        }
    }

    /// `GBθ`.
    fn image(&mut self, theta: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; theta.len()];
        for (l, value) in theta.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let place = self.know(l);
            add_scaled(&mut image, *value, &self.images[place]);
        }
        image
    }

    /// Where gene l stands among the known ones; it is made known if need be.
    fn know(&mut self, l: usize) -> usize {
        if let Some(place) = self.place[l] {
            return place;
        }
        let image = self.design.image(&self.columns[l]);
        let with = |k: &usize| self.columns[*k].iter().map(|(i, value)| value * image[*i]).sum();
        self.known.push(l);
        self.rows.push(self.known.iter().map(with).collect());
        self.images.push(image);
        self.place[l] = Some(self.known.len() - 1);
        self.known.len() - 1
    }

    /// Goes from θ on an active set to the minimum there, to a violation of `tolerance`; returns the sweeps.
    fn descend(
        &mut self,
        active: &[usize],
        terms: &ThetaTerms<'_>,
        theta: &mut [f64],
        tolerance: f64,
        max_sweeps: usize,
    ) -> Result<usize, PredictiveError> {
        let (m, penalty, threshold) = (active.len(), terms.penalty, terms.a3 / 2.0);
        let right: Vec<f64> = active.iter().map(|l| self.right[*l]).collect();
        let mut quadratic = self.quadratic(active);
        let curvature = active.iter().map(|l| penalty.curvature[*l]);
        if penalty.sign == Sign::Literal {
            let mut coupling = vec![0.0; m * m];
            couplings(active, penalty, |a, b, value| coupling[a * m + b] = value);
            let block = Block { right, quadratic, coupling, curvature: curvature.collect(), threshold };
            return Ok(block.descend(theta, tolerance, max_sweeps));
        }
        // With frozen signs the network penalty is a quadratic form: what is left is a lasso.
        let sign = |a: usize| penalty.signs[active[a]];
        couplings(active, penalty, |a, b, value| quadratic[a * m + b] -= sign(a) * sign(b) * value);
        curvature.enumerate().for_each(|(a, value)| quadratic[a * m + a] += value);
        let largest = right.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if largest == 0.0 {
            theta.fill(0.0);
            return Ok(1);
        }
        let options = Options { tolerance: tolerance / largest, max_sweeps, ..Options::default() };
        Ok(fit_whole(quadratic, &right, threshold, theta, &options)?)
    }

    /// `Q` on the genes of an active set, by rows.
    fn quadratic(&mut self, active: &[usize]) -> Vec<f64> {
        let m = active.len();
        let mut by_place: Vec<(usize, usize)> = active.iter().map(|l| self.know(*l)).zip(0..).collect();
        by_place.sort_unstable();
        let mut quadratic = vec![0.0; m * m];
        for (k, (place, a)) in by_place.iter().enumerate() {
            let row = &self.rows[*place];
            for (other, b) in &by_place[..=k] {
                quadratic[a * m + b] = row[*other];
                quadratic[b * m + a] = row[*other];
            }
        }
        quadratic
    }
}

/// Gives `2 a4 w_ab/(δ_a δ_b)` of neighbours within an active set to `put`, with their positions there.
fn couplings(active: &[usize], penalty: &Penalty<'_>, mut put: impl FnMut(usize, usize, f64)) {
    if penalty.a4 == 0.0 {
        return;
    }
    for (a, l) in active.iter().enumerate() {
        for (j, weight) in penalty.graph.neighbours(*l) {
            if let Ok(b) = active.binary_search(&j) {
                put(a, b, 2.0 * penalty.a4 * weight * penalty.inverse[*l] * penalty.inverse[j]);
            }
        }
    }
}

/// The genes with `θ ≠ 0` and those that most violate their condition, ascending.
fn active_set(theta: &[f64], violations: &[f64], allowed: f64) -> Vec<usize> {
    let mut active: Vec<usize> = (0..theta.len()).filter(|l| theta[*l] != 0.0).collect();
    let mut new: Vec<usize> = (0..theta.len()).filter(|l| theta[*l] == 0.0 && violations[*l] > allowed).collect();
    new.sort_by(|a, b| violations[*b].total_cmp(&violations[*a]).then(a.cmp(b)));
    new.truncate(BATCH.max(active.len()));
    active.extend(new);
    active.sort_unstable();
    active
}

/// By how much half the derivative of F/n by each `θ_l` violates its condition; `right = Bᵀc`, `image = GBθ`.
///
/// Zero for genes without degree, whose θ is fixed.
pub(super) fn violations(
    columns: &[Column],
    right: &[f64],
    image: &[f64],
    terms: &ThetaTerms<'_>,
    theta: &[f64],
) -> Vec<f64> {
    let penalty = terms.penalty;
    let threshold = terms.a3 / 2.0;
    let pull = penalty.pull(theta);
    let of_gene = |l: usize| {
        if penalty.graph.degree()[l] == 0.0 {
            return 0.0;
        }
        let inner: f64 = columns[l].iter().map(|(i, value)| value * image[*i]).sum();
        let descent = right[l] - inner - penalty.curvature[l] * theta[l];
        match (penalty.sign, theta[l] != 0.0) {
            (Sign::Frozen, true) => (descent + penalty.signs[l] * pull[l] - threshold.copysign(theta[l])).abs(),
            (Sign::Frozen, false) => ((descent + penalty.signs[l] * pull[l]).abs() - threshold).max(0.0),
            (Sign::Literal, true) => (descent - 1f64.copysign(theta[l]) * (threshold - pull[l])).abs(),
            (Sign::Literal, false) => (descent.abs() + pull[l] - threshold).max(0.0),
        }
    };
    (0..theta.len()).map(of_gene).collect()
}
