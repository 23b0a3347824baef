//! Without a response the network is that of nodewise elastic nets, and one column is that of another program.

use serde::{Deserialize, Serialize};

use super::problem::{Frozen, GENES, LINES, closed_form, drawn};
use super::{CASE, raise};
use crate::cases::drug_resistance::predictive::{self, ThetaPenalty};
use crate::methods::elastic_net::{Gram, Options, Penalty, Scaling, covariance, many};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Nodewise`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Random problems of 60 lines and 8 genes.
    pub problems: usize,
    /// Weights a1 and a2 on B, each as in the reference columns.
    pub weights: Vec<(f64, f64)>,
    pub seed: u64,
}

impl Params {
    /// Twenty problems at the weights of the reference columns.
    pub fn new(seed: u64) -> Self {
        Self { problems: 20, weights: REFERENCE.iter().map(|column| column.weights).collect(), seed }
    }
}

/// Coefficients of gene 1 on genes 2 to 8 by another program.
struct ReferenceColumn {
    weights: (f64, f64),
    coefficients: [f64; GENES - 1],
}

/// scikit-learn 1.9.1 on the design in closed form: `ElasticNet(alpha=a1/2 + a2, l1_ratio=(a1/2)/(a1/2 + a2),
/// fit_intercept=False, tol=1e-15)`, duality gaps below 1e-16. In raw weights α·ρ = λ1/2n and α(1−ρ) = λ2/n.
const REFERENCE: [ReferenceColumn; 2] = [
    ReferenceColumn {
        weights: (0.3, 0.3),
        coefficients: [
            0.0,
            0.21274450809237713,
            0.0,
            0.0517599274153995,
            -0.001829266184671382,
            0.11100948982745514,
            -0.020393801805702272,
        ],
    },
    ReferenceColumn {
        weights: (0.15, 0.0375),
        coefficients: [
            0.0,
            0.2995987698323877,
            0.0,
            0.07218578925158692,
            -0.023016204942904753,
            0.1496597022352162,
            -0.054908781007129974,
        ],
    },
];

/// Largest differences over all problems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Entries of B from the fit with θ ≡ 0 against nodewise elastic nets of the engine.
    pub engine: f64,
    /// The same against the generic convex solver.
    pub generic: f64,
    /// Largest |θ|; the comparison is empty unless it is zero.
    pub theta: f64,
    /// One column against scikit-learn, for each pair of weights.
    pub reference: Vec<f64>,
    /// Edges in all networks together.
    pub edges: usize,
}

/// B without a response.
pub struct Nodewise;

impl Experiment for Nodewise {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "nodewise";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let tasks = params.problems * params.weights.len();
        bench.monitor.begin("networks without a response", tasks as u64);
        let found = ordered(tasks, bench.monitor, |task| {
            let (index, weights) = (task / params.weights.len(), params.weights[task % params.weights.len()]);
            compare(params.seed, index as u64, weights)
        });
        bench.monitor.end();
        let found: Vec<Compared> = found?.into_iter().collect::<Result<_, _>>()?;
        let largest = |value: fn(&Compared) -> f64| found.iter().map(value).fold(0.0, f64::max);
        Ok(Outcome {
            engine: largest(|one| one.engine),
            generic: largest(|one| one.generic),
            theta: largest(|one| one.theta),
            reference: REFERENCE.iter().map(reference).collect::<Result<_, _>>()?,
            edges: found.iter().map(|one| one.edges).sum(),
        })
    }
}

struct Compared {
    engine: f64,
    generic: f64,
    theta: f64,
    edges: usize,
}

/// Solved beyond the tolerance of the claim.
const TIGHT: f64 = 1e-13;

fn compare(seed: u64, index: u64, (a1, a2): (f64, f64)) -> Result<Compared, CaseError> {
    let (x, z) = drawn(seed, index);
    // Above 1 the lasso weight on θ leaves none of it.
    let options = predictive::Params {
        a1,
        a2,
        a3: ThetaPenalty::Fraction(2.0),
        a4: 0.0,
        block_tolerance: TIGHT,
        ..predictive::Params::default()
    };
    let valid = options.check().map_err(raise(Nodewise::NAME))?;
    let fit = predictive::fit(x.view(), &z, &valid, &crate::display::Silent).map_err(raise(Nodewise::NAME))?;
    let b = fit.b.dense();

    let gram = Gram::of(x.view(), None, Scaling::UnitVariance).map_err(raise(Nodewise::NAME))?;
    let n = LINES as f64;
    let options = Options { tolerance: TIGHT, ..Options::default() };
    let network = many::nodewise(&gram, Penalty::raw(n * a1, n * a2, n), None, &options, &crate::display::Silent)
        .map_err(raise(Nodewise::NAME))?;

    let zero = [0.0; GENES];
    let w = ndarray::Array2::zeros((GENES, GENES));
    let frozen = Frozen { x: x.view(), z: &z, a: [a1, a2, 1.0, 0.0], signs: &zero, w };
    let generic = frozen.network_block(&zero).minimise();
    let engine = (&b - &network.dense()).iter().map(|b| b.abs()).fold(0.0, f64::max);
    let generic = b.indexed_iter().map(|((l, j), b)| (b - generic[l + GENES * j]).abs()).fold(0.0, f64::max);
    Ok(Compared {
        engine,
        generic,
        theta: fit.theta.iter().map(|theta| theta.abs()).fold(0.0, f64::max),
        edges: b.iter().filter(|b| **b != 0.0).count(),
    })
}

/// The largest difference from a reference column.
fn reference(column: &ReferenceColumn) -> Result<f64, CaseError> {
    let x = closed_form();
    let gram = Gram::of(x.view(), None, Scaling::None).map_err(raise(Nodewise::NAME))?;
    let (n, (a1, a2)) = (LINES as f64, column.weights);
    let c = gram.right_hand_side(x.view(), x.column(0).to_vec().as_slice(), None).map_err(raise(Nodewise::NAME))?;
    let options = Options { tolerance: TIGHT, exclude: Some(0), ..Options::default() };
    let fit =
        covariance::fit(&gram, &c, Penalty::raw(n * a1, n * a2, n), None, &options).map_err(raise(Nodewise::NAME))?;
    let found = fit.dense(GENES);
    let differences = column.coefficients.iter().zip(&found[1..]).map(|(expected, found)| (expected - found).abs());
    Ok(differences.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn three_ways_to_one_network() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Nodewise::run(&Params { problems: 3, ..Params::new(2) }, &bench).unwrap();
        eprintln!("{found:?}");
        assert!(found.edges > 50 && found.theta == 0.0);
        assert!(found.engine < 1e-8 && found.generic < 1e-8);
        assert!(found.reference.iter().all(|difference| *difference < 1e-8));
    }
}
