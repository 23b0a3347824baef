//! Whether a fit of the noisy absorbance stand-in gives back the planted 8 µm band, and whether its errors are honest.

use serde::{Deserialize, Serialize};

use super::stand_ins::{FILE as BANDS, bands};
use super::{CASE, raise};
use crate::cases::qncc_spectra::bands::{FreeBand, Profile, fit_bands};
use crate::cases::qncc_spectra::fit::Options;
use crate::cases::qncc_spectra::stand_in::{Band, NOISE_LEVELS, absorbance_grid};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Recovery`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Noise, as shares of the 8 µm band's peak.
    pub levels: Vec<f64>,
    /// Spectra drawn at each level.
    pub replicates: usize,
    pub seed: u64,
}

impl Params {
    /// The settings of the smoke tier.
    pub fn smoke(seed: u64) -> Self {
        Self { levels: NOISE_LEVELS.to_vec(), replicates: 200, seed }
    }

    /// The settings of the paper tier.
    pub fn paper(seed: u64) -> Self {
        Self { replicates: 1000, ..Self::smoke(seed) }
    }
}

/// The 8 µm centre at one noise level, in µm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtNoise {
    pub level: f64,
    /// Centre of every replicate.
    pub centres: Vec<f64>,
    pub mean: f64,
    /// Standard deviation over the replicates.
    pub scatter: f64,
    /// Mean formal σ.
    pub formal: f64,
    /// Mean χ² per degree of freedom.
    pub reduced: f64,
}

/// All levels, in the order of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub levels: Vec<AtNoise>,
}

/// Recovery of the planted 8 µm band.
pub struct Recovery;

impl Experiment for Recovery {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "recovery";

    fn inputs(_params: &Params) -> Vec<String> {
        vec![BANDS.into()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        bench.monitor.begin("8 µm band of the stand-in", (params.levels.len() * params.replicates) as u64);
        let levels: Result<_, CaseError> = params.levels.iter().map(|level| at_noise(*level, params, bench)).collect();
        bench.monitor.end();
        Ok(Outcome { levels: levels? })
    }
}

/// Centre in µm, formal σ in µm, reduced χ² of one replicate.
type One = (f64, f64, f64);

fn at_noise(level: f64, params: &Params, bench: &Workbench) -> Result<AtNoise, CaseError> {
    let bands = bands(Recovery::NAME, bench)?;
    let grid = absorbance_grid();
    let sigma = vec![bands.absorbance_sigma(level); grid.len()];
    let starts: Vec<FreeBand> = bands.absorbance.iter().enumerate().map(start).collect();
    let main = (0..bands.absorbance.len())
        .max_by(|a, b| bands.absorbance[*a].peak.total_cmp(&bands.absorbance[*b].peak))
        .unwrap_or(0);
    let options = Options { starts: 1, seed: params.seed, ..Options::default() };
    let one = |index: usize| -> Result<One, CaseError> {
        let y = bands.recorded_absorbance(&grid, level, params.seed, index as u64);
        let spectrum = (grid.as_slice(), y.as_slice(), sigma.as_slice());
        let found = fit_bands(spectrum, Profile::Gaussian, &starts, &options, &crate::display::Silent)
            .map_err(raise(Recovery::NAME))?;
        let band = &found.bands[main];
        let centre = 1e4 / band.centre;
        // dλ = λ²/10⁴ dν̃
        let formal = band.centre_error.unwrap_or(f64::INFINITY) * centre * centre / 1e4;
        Ok((centre, formal, found.fit.chi2 / found.freedom.max(1) as f64))
    };
    let found: Vec<One> =
        ordered(params.replicates, bench.monitor, one)?.into_iter().collect::<Result<_, CaseError>>()?;
    let count = found.len() as f64;
    let mean_of = |value: fn(&One) -> f64| found.iter().map(value).sum::<f64>() / count;
    let mean = mean_of(|one| one.0);
    let variance = found.iter().map(|one| (one.0 - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Ok(AtNoise {
        level,
        centres: found.iter().map(|one| one.0).collect(),
        mean,
        scatter: variance.sqrt(),
        formal: mean_of(|one| one.1),
        reduced: mean_of(|one| one.2),
    })
}

/// A start beside the truth, so that the fit has something to find.
fn start((index, band): (usize, &Band)) -> FreeBand {
    let aside = if index % 2 == 0 { 0.1 } else { -0.1 };
    let (centre, fwhm) = (band.center_per_cm + aside * band.fwhm, band.fwhm * (1.0 - aside));
    FreeBand::around(centre, fwhm, 0.5 * band.fwhm, 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let Some(library) = library(CASE) else { return };
        let params = Params { replicates: 6, levels: vec![0.005], seed: 3 };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Recovery::run(&params, &Workbench::new(Tier::Smoke, 3, &library, &Silent)).unwrap())
        };
        let first = run(1);
        for threads in [2, 8] {
            assert_eq!(run(threads), first);
        }
        assert!((first.levels[0].mean - 8.0).abs() < 5e-4);
    }
}
