//! θ along the weight of the network penalty: neighbours come together, and genes with few links are shrunk most.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::drug_resistance::Screen;
use crate::cases::drug_resistance::predictive::{
    DegreeScale, Design, Mode, Nodewise, PredictiveError, Response, ResponseScale, Sign, ThetaGrid, theta_grid,
};
use crate::cases::drug_resistance::readers::{Drug, Features, shipped, shipped_files};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`DegreePath`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub features: Features,
    pub drug: Drug,
    /// Weights a4 of the network penalty, ascending.
    pub weights: Vec<f64>,
    /// How many genes are followed: those with the largest |θ| at the smallest weight.
    pub followed: usize,
    /// Lasso and ridge weight on B, which stays at the nodewise networks.
    pub network_weight: f64,
    /// The weight a3 as a share of the one at which θ is zero.
    pub f: f64,
}

impl Default for Params {
    /// 5-fluorouracil on expression, four weights a decade from 1e-4 to 10.
    fn default() -> Self {
        Self {
            features: Features::Expr706,
            drug: Drug::Fluorouracil,
            weights: (0..=20).map(|k| 10f64.powf(-4.0 + 0.25 * f64::from(k))).collect(),
            followed: 8,
            network_weight: 0.3,
            f: 0.03,
        }
    }
}

/// One gene along the path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub gene: String,
    /// d_j, the sum of the weights of its edges.
    pub degree: f64,
    /// θ at every weight.
    pub theta: Vec<f64>,
}

/// The path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub weights: Vec<f64>,
    pub followed: Vec<Followed>,
    /// Degree, |θ| at the smallest weight and |θ| at the middle one, of every gene with θ ≠ 0 at the smallest.
    pub shrinkage: Vec<(f64, f64, f64)>,
    /// Genes with θ ≠ 0 at every weight.
    pub selected: Vec<usize>,
}

/// θ along the network penalty.
pub struct DegreePath;

impl Experiment for DegreePath {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "degree_path";

    fn inputs(params: &Params) -> Vec<String> {
        shipped_files(params.features)
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let screen = shipped(bench.library, params.features, params.drug).map_err(raise(Self::NAME))?.screen;
        let (degree, thetas) = path(&screen, params, bench).map_err(raise(Self::NAME))?;
        Ok(follow(screen.genes(), &degree, &thetas, params))
    }
}

/// Degrees of all genes, and θ at every weight.
fn path(screen: &Screen, params: &Params, bench: &Workbench) -> Result<(Vec<f64>, Vec<Vec<f64>>), PredictiveError> {
    const TOLERANCE: f64 = 1e-9;
    let weight = params.network_weight;
    let design = Arc::new(Design::of(screen.x(), Mode::Auto)?);
    let response = Response::of(&design, screen.x(), screen.z(), ResponseScale::UnitVariance)?;
    let nodewise = Nodewise::of(&design, weight, weight, None, TOLERANCE, bench.monitor)?;
    let grid = ThetaGrid {
        f: &[params.f],
        a4: &params.weights,
        sign: Sign::default(),
        degree: DegreeScale::default(),
        tolerance: TOLERANCE,
    };
    let points = theta_grid(&nodewise, &response, &grid, bench.monitor)?;
    Ok((nodewise.graph().degree().to_vec(), points.into_iter().map(|point| point.theta).collect()))
}

fn follow(genes: &[String], degree: &[f64], thetas: &[Vec<f64>], params: &Params) -> Outcome {
    let Some(first) = thetas.first() else {
        return Outcome { weights: Vec::new(), followed: Vec::new(), shrinkage: Vec::new(), selected: Vec::new() };
    };
    let mut order: Vec<usize> = (0..genes.len()).filter(|gene| first[*gene] != 0.0).collect();
    order.sort_by(|a, b| first[*b].abs().total_cmp(&first[*a].abs()).then(a.cmp(b)));
    let middle = &thetas[thetas.len() / 2];
    let followed = order.iter().take(params.followed).map(|gene| Followed {
        gene: genes[*gene].clone(),
        degree: degree[*gene],
        theta: thetas.iter().map(|theta| theta[*gene]).collect(),
    });
    Outcome {
        weights: params.weights.clone(),
        followed: followed.collect(),
        shrinkage: order.iter().map(|gene| (degree[*gene], first[*gene].abs(), middle[*gene].abs())).collect(),
        selected: thetas.iter().map(|theta| theta.iter().filter(|theta| **theta != 0.0).count()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_followed() {
        let genes = ["A", "B", "C"].map(String::from);
        let thetas = vec![vec![0.1, -0.5, 0.0], vec![0.05, -0.4, 0.0], vec![0.0, -0.3, 0.1]];
        let params = Params { followed: 1, weights: vec![1.0, 2.0, 3.0], ..Params::default() };
        let found = follow(&genes, &[1.0, 2.0, 3.0], &thetas, &params);
        assert_eq!(found.followed, vec![Followed { gene: "B".into(), degree: 2.0, theta: vec![-0.5, -0.4, -0.3] }]);
        assert_eq!(found.shrinkage, vec![(2.0, 0.5, 0.4), (1.0, 0.1, 0.05)]);
        assert_eq!(found.selected, vec![2, 2, 2]);
    }
}
