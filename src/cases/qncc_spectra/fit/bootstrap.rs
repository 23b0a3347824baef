//! Parametric bootstrap: how the fit scatters when the data are drawn anew from the fitted model.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::FitError;
use super::covariance::Parameter;
use super::search::Whitened;
use super::separable::{Fit, Options, Problem};
use crate::cases::qncc_spectra::interpolation::quantile;
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// How spectra are drawn.
///
/// | name | default | range | purpose |
/// |---|---|---|---|
/// | `replicates` | 1000 | ≥ 2 | spectra drawn and fitted |
/// | `seed` | 1 | any | of the noise |
/// | `inflation` | 1 | > 0 | factor on the errors: `√(χ²/dof)` draws as much noise as the residuals have |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BootstrapOptions {
    /// Spectra drawn and fitted.
    pub replicates: usize,
    /// Seed of the noise.
    pub seed: u64,
    /// Factor on the errors.
    pub inflation: f64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 1000, seed: 1, inflation: 1.0 }
    }
}

/// The fit of one drawn spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replicate {
    /// One per column.
    pub coefficients: Vec<f64>,
    /// The shapes.
    pub shapes: Vec<f64>,
    /// Its χ² for the errors of the data, without inflation.
    pub chi2: f64,
}

/// The fits of all drawn spectra, in the order of their seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// One for each spectrum.
    pub replicates: Vec<Replicate>,
}

impl Bootstrap {
    /// A quantity of every replicate.
    pub fn values(&self, quantity: impl Fn(&Replicate) -> f64) -> Vec<f64> {
        self.replicates.iter().map(quantity).collect()
    }

    /// The standard deviation of a quantity over the replicates.
    pub fn sigma(&self, quantity: impl Fn(&Replicate) -> f64) -> f64 {
        let values = self.values(quantity);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
    }

    /// The standard deviation of a parameter.
    pub fn sigma_of(&self, parameter: Parameter) -> f64 {
        self.sigma(|replicate| match parameter {
            Parameter::Coefficient(j) => replicate.coefficients[j],
            Parameter::Shape(s) => replicate.shapes[s],
        })
    }

    /// The value below which the share `probability` of the replicates lies, linear between them.
    pub fn quantile(&self, probability: f64, quantity: impl Fn(&Replicate) -> f64) -> f64 {
        let mut values = self.values(quantity);
        values.sort_by(f64::total_cmp);
        quantile(&values, probability)
    }
}

/// Draws spectra from the fitted model with Gaussian noise and fits each as the data were fitted, from the fitted shapes.
///
/// The noise of replicate `i` comes from a stream of its own, so the result has the same bits for any number of threads.
/// Coefficients at zero scatter to one side only: take quantiles for them, not standard deviations. The monitor advances
/// once for each replicate.
///
/// # Errors
/// As [`super::fit()`]; and [`FitError::Empty`] for less than two replicates.
pub fn bootstrap(
    problem: &Problem<'_>,
    fit: &Fit,
    options: &BootstrapOptions,
    search: &Options,
    monitor: &dyn Monitor,
) -> Result<Bootstrap, FitError> {
    let whitened = Whitened::new(problem)?;
    if options.replicates < 2 {
        return Err(FitError::Empty("there are less than two replicates"));
    }
    super::finite("the inflation of the errors", &[options.inflation])?;
    monitor.begin("bootstrap", options.replicates as u64);
    let fits = ordered(options.replicates, monitor, |index| {
        let mut random = stream(options.seed, "qncc_spectra", "bootstrap", index as u64);
        let mut noisy = |(model, sigma): (&f64, &f64)| -> f64 {
            model + options.inflation * sigma * random.sample::<f64, _>(StandardNormal)
        };
        let y: Vec<f64> = fit.model.iter().zip(problem.sigma).map(&mut noisy).collect();
        let best = whitened.with_data(&y).search(&fit.shapes, &fit.coefficients, search)?;
        Ok(Replicate { coefficients: best.solution.x, shapes: best.shapes, chi2: best.chi2 })
    });
    monitor.end();
    let replicates: Result<Vec<Replicate>, FitError> = fits?.into_iter().collect();
    Ok(Bootstrap { replicates: replicates? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::fit::fit;
    use crate::cases::qncc_spectra::fit::separable::tests::Bands;
    use crate::display::{Silent, Stopped};

    fn drawn(replicates: usize, seed: u64) -> (Fit, Bootstrap) {
        let bands = Bands::two();
        let (y, sigma) = bands.noisy(3);
        let problem = bands.problem(&y, &sigma);
        let search = Options { starts: 1, ..Options::default() };
        let best = fit(&problem, &[4.8, 7.2], &search, &Silent).expect("fits");
        let options = BootstrapOptions { replicates, seed, inflation: 1.0 };
        let scatter = bootstrap(&problem, &best, &options, &search, &Silent).expect("fits");
        (best, scatter)
    }

    #[test]
    fn the_scatter_agrees_with_the_covariance() {
        let (best, scatter) = drawn(1000, 5);
        for parameter in &best.covariance.parameters {
            let formal = best.covariance.sigma(*parameter).expect("fitted");
            // A standard deviation of 1000 draws is known to 2.2 %; four of these and a little curvature.
            assert!((scatter.sigma_of(*parameter) / formal - 1.0).abs() < 0.12, "{parameter:?}");
        }
        let middle = scatter.quantile(0.5, |replicate| replicate.shapes[0]);
        assert!((middle - best.shapes[0]).abs() < 0.1 * scatter.sigma_of(Parameter::Shape(0)) + 1e-4);
    }

    #[test]
    fn the_seed_and_nothing_else_decides() {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let eight = rayon::ThreadPoolBuilder::new().num_threads(8).build().expect("a pool");
        let first = one.install(|| drawn(20, 1).1);
        assert_eq!(first, eight.install(|| drawn(20, 1).1));
        assert_ne!(first, drawn(20, 2).1);
    }

    #[test]
    fn too_few_replicates_and_an_interrupt_are_refused() {
        let bands = Bands::two();
        let (y, sigma) = bands.noisy(3);
        let problem = bands.problem(&y, &sigma);
        let search = Options { starts: 1, ..Options::default() };
        let best = fit(&problem, &[4.8, 7.2], &search, &Silent).expect("fits");
        let few = BootstrapOptions { replicates: 1, ..BootstrapOptions::default() };
        assert!(matches!(bootstrap(&problem, &best, &few, &search, &Silent), Err(FitError::Empty(_))));
        let stopped = bootstrap(&problem, &best, &BootstrapOptions::default(), &search, &Stopped);
        assert!(matches!(stopped, Err(FitError::Interrupted(_))));
    }
}
