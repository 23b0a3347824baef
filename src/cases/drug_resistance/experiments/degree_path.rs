//! θ along the weight of the network penalty: neighbours come together, and genes with few links are shrunk most.

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::drug_resistance::predictive::{self, ThetaPenalty};
use crate::cases::drug_resistance::readers::{Drug, Features, shipped, shipped_files};
use crate::methods::parallel::ordered;
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
    /// B stays at the nodewise networks.
    pub fit: predictive::Params,
}

impl Default for Params {
    /// 5-fluorouracil on expression, four weights a decade from 1e-4 to 10.
    fn default() -> Self {
        let fit = predictive::Params {
            a1: 0.3,
            a2: 0.3,
            a3: ThetaPenalty::Fraction(0.1),
            network_step: false,
            ..predictive::Params::default()
        };
        Self {
            features: Features::Expr706,
            drug: Drug::Fluorouracil,
            weights: (0..=20).map(|k| 10f64.powf(-4.0 + 0.25 * f64::from(k))).collect(),
            followed: 8,
            fit,
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
        bench.monitor.begin("path of the network penalty", params.weights.len() as u64);
        let fits = ordered(params.weights.len(), bench.monitor, |index| {
            let valid = predictive::Params { a4: params.weights[index], ..params.fit.clone() }.check()?;
            let fit = predictive::fit(screen.x(), screen.z(), &valid, &crate::display::Silent)?;
            Ok((fit.theta, fit.degree))
        });
        bench.monitor.end();
        let fits: Vec<(Vec<f64>, Vec<f64>)> =
            fits?.into_iter().collect::<Result<_, predictive::PredictiveError>>().map_err(raise(Self::NAME))?;
        Ok(follow(screen.genes(), &fits, params))
    }
}

fn follow(genes: &[String], fits: &[(Vec<f64>, Vec<f64>)], params: &Params) -> Outcome {
    let Some((first, degree)) = fits.first() else {
        return Outcome { weights: Vec::new(), followed: Vec::new(), shrinkage: Vec::new(), selected: Vec::new() };
    };
    let mut order: Vec<usize> = (0..genes.len()).filter(|gene| first[*gene] != 0.0).collect();
    order.sort_by(|a, b| first[*b].abs().total_cmp(&first[*a].abs()).then(a.cmp(b)));
    let middle = &fits[fits.len() / 2].0;
    let followed = order.iter().take(params.followed).map(|gene| Followed {
        gene: genes[*gene].clone(),
        degree: degree[*gene],
        theta: fits.iter().map(|(theta, _)| theta[*gene]).collect(),
    });
    Outcome {
        weights: params.weights.clone(),
        followed: followed.collect(),
        shrinkage: order.iter().map(|gene| (degree[*gene], first[*gene].abs(), middle[*gene].abs())).collect(),
        selected: fits.iter().map(|(theta, _)| theta.iter().filter(|theta| **theta != 0.0).count()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_followed() {
        let genes = ["A", "B", "C"].map(String::from);
        let fits = vec![
            (vec![0.1, -0.5, 0.0], vec![1.0, 2.0, 3.0]),
            (vec![0.05, -0.4, 0.0], vec![1.0, 2.0, 3.0]),
            (vec![0.0, -0.3, 0.1], vec![1.0, 2.0, 3.0]),
        ];
        let found = follow(&genes, &fits, &Params { followed: 1, weights: vec![1.0, 2.0, 3.0], ..Params::default() });
        assert_eq!(found.followed, vec![Followed { gene: "B".into(), degree: 2.0, theta: vec![-0.5, -0.4, -0.3] }]);
        assert_eq!(found.shrinkage, vec![(2.0, 0.5, 0.4), (1.0, 0.1, 0.05)]);
        assert_eq!(found.selected, vec![2, 2, 2]);
    }
}
