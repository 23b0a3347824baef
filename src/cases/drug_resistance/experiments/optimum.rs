//! Whether the block solvers end where a generic convex solver ends.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::problem::{Frozen, GENES, drawn};
use super::{CASE, raise};
use crate::cases::drug_resistance::predictive::{self, Refresh, ThetaPenalty};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Optimum`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Random problems of 60 lines and 8 genes.
    pub problems: usize,
    /// Settings of the fit; tight, as the optimum itself is asked for.
    pub fit: predictive::Params,
    pub seed: u64,
}

impl Params {
    /// Twenty problems, solved far beyond the tolerances of the claim.
    pub fn new(seed: u64) -> Self {
        let fit = predictive::Params {
            a1: 0.15,
            a2: 0.15,
            a3: ThetaPenalty::Fraction(0.05),
            a4: 0.01,
            refresh: Refresh::Never,
            theta_tolerance: 1e-13,
            objective_tolerance: 1e-15,
            max_rounds: 2000,
            block_tolerance: 1e-13,
            ..predictive::Params::default()
        };
        Self { problems: 20, fit, seed }
    }
}

/// One block beside the generic solver.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Relative difference of F.
    pub objective: f64,
    /// Largest difference of a coefficient.
    pub coefficients: f64,
    /// KKT residual over the weight of the ℓ1 penalty.
    pub kkt: f64,
}

/// One problem.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solved {
    /// F/n summed term by term.
    pub objective: f64,
    /// Relative difference of F/n as the fit reports it.
    pub reported: f64,
    /// θ given B.
    pub prediction: Block,
    /// B given θ.
    pub network: Block,
    /// Genes with θ ≠ 0, so that the network step had something to do.
    pub selected: usize,
}

/// All problems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub problems: Vec<Solved>,
}

/// The block solvers beside a generic convex solver.
pub struct Optimum;

impl Experiment for Optimum {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "optimum";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        bench.monitor.begin("small problems by a generic solver", params.problems as u64);
        let solved = ordered(params.problems, bench.monitor, |index| solve(params, index as u64));
        bench.monitor.end();
        Ok(Outcome { problems: solved?.into_iter().collect::<Result<_, _>>()? })
    }
}

fn solve(params: &Params, index: u64) -> Result<Solved, CaseError> {
    let (x, z) = drawn(params.seed, index);
    let fit = |network_step| {
        let options = predictive::Params { network_step, ..params.fit.clone() };
        let valid = options.check().map_err(raise(Optimum::NAME))?;
        predictive::fit(x.view(), &z, &valid, &crate::display::Silent).map_err(raise(Optimum::NAME))
    };
    let joint = fit(true)?;
    let b = joint.b.dense();
    // F is frozen at the weights of the nodewise networks, which NW.P keeps.
    let first = fit(false)?.b.dense();
    let w = (first.mapv(f64::abs) + first.t().mapv(f64::abs)) * 0.5;
    let a = [params.fit.a1, params.fit.a2, joint.a3, params.fit.a4];
    let frozen = Frozen { x: x.view(), z: &z, a, signs: &joint.signs, w };
    let objective = frozen.objective(b.view(), &joint.theta);

    let block = frozen.theta_block(b.view());
    let generic = block.minimise();
    let prediction = Block {
        objective: relative(frozen.objective(b.view(), &generic), objective),
        coefficients: largest_difference(&generic, &joint.theta),
        kkt: block.kkt(&joint.theta) / a[2],
    };
    let block = frozen.network_block(&joint.theta);
    let generic = block.minimise();
    let network = Block {
        objective: relative(frozen.objective(unstacked(&generic).view(), &joint.theta), objective),
        coefficients: largest_difference(&generic, &stacked(b.view())),
        kkt: block.kkt(&stacked(b.view())) / a[0],
    };
    let selected = joint.theta.iter().filter(|theta| **theta != 0.0).count();
    Ok(Solved { objective, reported: relative(joint.objective.total, objective), prediction, network, selected })
}

fn relative(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs()
}

fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Columns one below the other.
fn stacked(b: ArrayView2<f64>) -> Vec<f64> {
    b.axis_iter(Axis(1)).flat_map(|column| column.to_vec()).collect()
}

fn unstacked(columns: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((GENES, GENES), |(l, j)| columns[l + GENES * j])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn both_blocks_are_solved_and_not_empty() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Optimum::run(&Params { problems: 3, ..Params::new(1) }, &bench).unwrap();
        for solved in &found.problems {
            eprintln!("{solved:?}");
            assert!(solved.selected > 0 && solved.reported < 1e-10);
            for block in [solved.prediction, solved.network] {
                assert!(block.objective < 1e-8 && block.coefficients < 1e-6 && block.kkt < 1e-8, "{solved:?}");
            }
        }
    }
}
