//! What all nodewise elastic nets cost as the number of genes grows: coefficients and sweeps, which don't depend on a machine.

use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::methods::elastic_net::{Gram, Options, Penalty, Scaling as ColumnScaling, covariance};
use crate::methods::parallel::ordered;
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Scaling`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Numbers of genes.
    pub genes: Vec<usize>,
    pub lines: usize,
    /// Latent factors behind the genes.
    pub factors: usize,
    /// glmnet's λ and l1 ratio.
    pub lambda: f64,
    pub l1_ratio: f64,
    /// KKT residual, relative.
    pub tolerance: f64,
    pub seed: u64,
}

impl Params {
    /// Up to 1600 genes; the design of the benches.
    pub fn smoke(seed: u64) -> Self {
        let genes = vec![100, 200, 400, 800, 1600];
        Self { genes, lines: 900, factors: 40, lambda: 0.3, l1_ratio: 0.5, tolerance: 1e-6, seed }
    }

    /// Up to 5000 genes.
    pub fn paper(seed: u64) -> Self {
        Self { genes: vec![100, 200, 400, 800, 1600, 3200, 5000], ..Self::smoke(seed) }
    }
}

/// All columns at one number of genes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct At {
    pub genes: usize,
    /// Coefficients per gene that aren't zero, mean.
    pub coefficients: f64,
    /// Coordinate sweeps and Newton steps per gene, mean.
    pub sweeps: f64,
    /// Largest KKT residual, relative.
    pub kkt: f64,
    /// Bytes of the Gram matrix.
    pub gram_bytes: f64,
}

/// One for each number of genes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Vec<At>,
}

/// Cost against the number of genes.
pub struct Scaling;

impl Experiment for Scaling {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "scaling";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        bench.monitor.begin("nodewise networks of growing size", params.genes.iter().sum::<usize>() as u64);
        let at: Result<_, CaseError> = params.genes.iter().map(|genes| at(*genes, params, bench)).collect();
        bench.monitor.end();
        Ok(Outcome { at: at? })
    }
}

fn at(genes: usize, params: &Params, bench: &Workbench) -> Result<At, CaseError> {
    let x = design(genes, params);
    let gram = Gram::of(x.view(), None, ColumnScaling::UnitVariance).map_err(raise(Scaling::NAME))?;
    let penalty = Penalty::glmnet(params.lambda, params.l1_ratio);
    let fits = ordered(genes, bench.monitor, |gene| {
        let c = gram.matrix.column(gene).to_vec();
        let options = Options { tolerance: params.tolerance, exclude: Some(gene), ..Options::default() };
        covariance::fit(&gram, &c, penalty, None, &options).map(|fit| (fit.coefficients.len(), fit.sweeps, fit.kkt))
    })?;
    let fits: Vec<_> = fits.into_iter().collect::<Result<_, _>>().map_err(raise(Scaling::NAME))?;
    let count = fits.len() as f64;
    Ok(At {
        genes,
        coefficients: fits.iter().map(|fit| fit.0 as f64).sum::<f64>() / count,
        sweeps: fits.iter().map(|fit| fit.1 as f64).sum::<f64>() / count,
        kkt: fits.iter().map(|fit| fit.2).fold(0.0, f64::max),
        gram_bytes: 8.0 * (genes * genes) as f64,
    })
}

/// Standard deviation of the noise beside factors whose part has 1: about 33 coefficients a gene at 976 genes.
const NOISE: f64 = 0.58;

/// Lines × genes: latent factors with random loadings, and noise.
fn design(genes: usize, params: &Params) -> Array2<f64> {
    let mut random = stream(params.seed, CASE, "scaling", genes as u64);
    let mut normal = || random.sample::<f64, _>(StandardNormal);
    let factors = Array2::from_shape_simple_fn((params.lines, params.factors), &mut normal);
    let scale = 1.0 / (params.factors as f64).sqrt();
    let loadings = Array2::from_shape_simple_fn((params.factors, genes), || scale * normal());
    factors.dot(&loadings) + NOISE * Array2::from_shape_simple_fn((params.lines, genes), &mut normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn every_size_is_solved_to_its_tolerance() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let params = Params { genes: vec![30, 60], lines: 100, lambda: 0.2, ..Params::smoke(1) };
        let found = Scaling::run(&params, &bench).unwrap();
        assert!(found.at.iter().all(|at| at.kkt <= 1e-6 && at.sweeps >= 1.0), "{found:?}");
        assert!(found.at[0].coefficients > 0.0 && found.at[0].coefficients < 30.0, "{found:?}");
    }
}
