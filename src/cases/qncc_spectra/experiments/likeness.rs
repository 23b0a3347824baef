//! Similarity of the absorbance stand-in to the synthetic nova, beside null models from real spectra and optical constants.

use serde::{Deserialize, Serialize};

use super::stand_ins::{FILE as BANDS, bands};
use super::{CASE, raise, table};
use crate::cases::qncc_spectra::emission::{Density, from_absorbance, from_optical_constants};
use crate::cases::qncc_spectra::readers::{Duplicates, Errors, Selection};
use crate::cases::qncc_spectra::similarity::{
    Bootstrap, Candidate, Comparison, Kind, NullModel, Protocol, Ranked, Resolution, Setup, compare, filled,
    interpolate, noise_bootstrap, null_models, rank,
};
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Spectrum, Unit, Wavelength};
use crate::cases::qncc_spectra::stand_in::StandIn;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Likeness`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub null_models: Vec<NullModel>,
    /// Temperature of the emission, in K.
    pub temperature: f64,
    /// Signal to noise of the nova: peak of bands and continuum over σ.
    pub signal_to_noise: Vec<f64>,
    /// Resolving powers to which models and nova are convolved, besides none.
    pub resolving_powers: Vec<f64>,
    pub setup: Setup,
}

impl Params {
    /// Settings; `seed` feeds the noise.
    pub fn new(seed: u64) -> Self {
        Self {
            null_models: null_models(),
            temperature: 600.0,
            signal_to_noise: vec![50.0, 20.0],
            resolving_powers: vec![60.0, 100.0, 130.0],
            setup: Setup { seed, ..Setup::default() },
        }
    }
}

/// The name of the candidate that is no null model.
pub const PLANTED: &str = "QNCC stand-in";

/// Correlation of the absorbance stand-in with a noisy nova.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noisy {
    pub signal_to_noise: f64,
    /// Noise counted from the peak of bands and continuum.
    pub observed: Bootstrap,
    /// Noise counted from the peak of the bands alone.
    pub bands_only: Bootstrap,
}

/// One candidate at a common resolving power.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub name: String,
    pub null_model: bool,
    /// The resolving power that it has then: the common one, or its own where that is lower.
    pub resolving_power: f64,
    /// Grid points whose bins and kernels it fills.
    pub points: usize,
    /// All measures, with the errors of the first signal to noise.
    pub comparison: Comparison,
}

/// All candidates at one resolving power, in the order of [`Outcome::ranked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtResolution {
    pub resolving_power: f64,
    pub seen: Vec<Seen>,
}

impl AtResolution {
    /// One candidate.
    pub fn candidate(&self, name: &str) -> Option<&Seen> {
        self.seen.iter().find(|seen| seen.name == name)
    }

    /// The null model with the highest correlation.
    pub fn best_null(&self) -> Option<&Seen> {
        let nulls = self.seen.iter().filter(|seen| seen.null_model);
        nulls.max_by(|a, b| a.comparison.pearson.total_cmp(&b.comparison.pearson))
    }
}

/// What the comparisons gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Wavelengths in µm.
    pub grid: Vec<f64>,
    /// The synthetic nova without continuum and noise.
    pub nova: Vec<f64>,
    /// Every candidate with its emission.
    pub candidates: Vec<Candidate>,
    /// Most alike first; noise bootstraps at the first signal to noise.
    pub ranked: Vec<Ranked>,
    pub noisy: Vec<Noisy>,
    pub resolved: Vec<AtResolution>,
}

impl Outcome {
    /// One candidate.
    pub fn candidate(&self, name: &str) -> Option<&Ranked> {
        self.ranked.iter().find(|ranked| ranked.name == name)
    }

    /// The best null model.
    pub fn best_null(&self) -> Option<&Ranked> {
        self.ranked.iter().find(|ranked| ranked.null_model)
    }
}

/// Similarity beside null models.
pub struct Likeness;

impl Experiment for Likeness {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "likeness";

    fn inputs(params: &Params) -> Vec<String> {
        [BANDS.to_owned()].into_iter().chain(params.null_models.iter().map(|model| model.file.clone())).collect()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let bands = bands(Self::NAME, bench)?;
        let sources = params
            .null_models
            .iter()
            .map(|model| Ok((model, source(model, bench)?)))
            .collect::<Result<Vec<_>, CaseError>>()?;
        let candidates = |grid: &[f64]| -> Result<Vec<Candidate>, CaseError> {
            let planted = Candidate {
                name: PLANTED.into(),
                null_model: false,
                wavelength_um: grid.to_vec(),
                emission: planted(&bands, grid, params.temperature)?,
            };
            let others = sources.iter().map(|(model, source)| null_model(model, source, grid, params.temperature));
            std::iter::once(Ok(planted)).chain(others).collect()
        };
        let grid = Protocol::default().grid().map_err(raise(Self::NAME))?;
        let nova = bands.nova(&grid);
        let all = candidates(&grid)?;
        let first = params.signal_to_noise.first().copied().unwrap_or(50.0);
        let sigma = vec![bands.nova_sigma(&grid, first); grid.len()];
        let ranked = rank(&Protocol::default(), &all, (&nova, &sigma), &params.setup, bench.monitor)
            .map_err(raise(Self::NAME))?;
        let noisy = noisy(&bands, (&grid, &all[0].emission, &nova), params, bench)?;
        let fine = fine_grid();
        let (fine_models, fine_nova) = (candidates(&fine)?, bands.nova(&fine));
        let resolution = |name: &str| {
            let known = params.null_models.iter().find(|model| model.name == name);
            known.map_or(Resolution::Sharp, |model| model.resolution)
        };
        let mut resolved = Vec::new();
        for power in &params.resolving_powers {
            let mut seen = Vec::new();
            for place in &ranked {
                let Some(model) = fine_models.iter().find(|model| model.name == place.name) else { continue };
                let own = resolution(&model.name);
                let kernel = own.kernel(*power);
                let (first, last) = (model.wavelength_um[0], model.wavelength_um[model.wavelength_um.len() - 1]);
                let part = &grid[filled(&grid, (first, last), kernel, BIN)];
                let blurred = at_resolution(&fine, &fine_nova, Some(*power), part)?;
                let emission = at_resolution(&model.wavelength_um, &model.emission, kernel, part)?;
                let comparison = compare(part, &emission, (&blurred, &sigma[..part.len()]), &params.setup);
                seen.push(Seen {
                    name: model.name.clone(),
                    null_model: model.null_model,
                    resolving_power: own.compared_at(*power).unwrap_or(*power),
                    points: part.len(),
                    comparison: comparison.map_err(raise(Self::NAME))?,
                });
            }
            resolved.push(AtResolution { resolving_power: *power, seen });
        }
        Ok(Outcome { grid, nova, candidates: all, ranked, noisy, resolved })
    }
}

/// Correlations of the planted candidate under noise, both ways of counting it.
fn noisy(
    bands: &StandIn,
    curves: (&[f64], &[f64], &[f64]),
    params: &Params,
    bench: &Workbench,
) -> Result<Vec<Noisy>, CaseError> {
    let (grid, _, nova) = curves;
    let peak = nova.iter().copied().fold(0.0, f64::max);
    let replicates = |sigma: f64| {
        let Setup { replicates, seed, .. } = params.setup;
        noise_bootstrap(curves, &vec![sigma; grid.len()], replicates, seed, bench.monitor)
            .map_err(raise(Likeness::NAME))
    };
    let level = |ratio: &f64| {
        Ok(Noisy {
            signal_to_noise: *ratio,
            observed: replicates(bands.nova_sigma(grid, *ratio))?,
            bands_only: replicates(peak / ratio)?,
        })
    };
    params.signal_to_noise.iter().map(level).collect()
}

/// Emission of the absorbance stand-in.
fn planted(bands: &StandIn, grid: &[f64], temperature: f64) -> Result<Vec<f64>, CaseError> {
    let wavenumbers: Vec<f64> = grid.iter().map(|wavelength| 1e4 / wavelength).collect();
    from_absorbance(grid, &bands.absorbance(&wavenumbers), temperature, Density::Frequency)
        .map_err(raise(Likeness::NAME))
}

/// Wavelengths in µm and what the file has there: k, κ or F_ν.
fn source(model: &NullModel, bench: &Workbench) -> Result<(Vec<f64>, Vec<f64>), CaseError> {
    let table = table(Likeness::NAME, &model.file, bench)?;
    let selection = Selection { errors: Errors::Ignored, duplicates: Duplicates::Merge, ..Selection::default() };
    let failed = raise(Likeness::NAME);
    Ok(match model.kind {
        Kind::OpticalConstants => {
            let constants = table.optical_constants(&selection).map_err(failed)?;
            (constants.k.x().to_vec(), constants.k.y().to_vec())
        }
        Kind::Opacity => {
            let opacity = table.spectrum::<Wavelength, Opacity>(&selection).map_err(failed)?;
            (opacity.x().to_vec(), opacity.y().to_vec())
        }
        Kind::Observed => {
            let flux = table.spectrum::<Wavelength, FluxDensityNu>(&selection).map_err(failed)?;
            (flux.x().to_vec(), flux.y().to_vec())
        }
    })
}

/// A null model with its emission: an observed spectrum at its own points, others on `grid` as far as the file covers it.
fn null_model(
    model: &NullModel,
    (x, y): &(Vec<f64>, Vec<f64>),
    grid: &[f64],
    temperature: f64,
) -> Result<Candidate, CaseError> {
    let (name, null_model) = (model.name.clone(), true);
    if model.kind == Kind::Observed {
        return Ok(Candidate { name, null_model, wavelength_um: x.clone(), emission: y.clone() });
    }
    let (first, last) = (x[0], x[x.len() - 1]);
    let wavelength_um: Vec<f64> = grid.iter().copied().filter(|at| (first..=last).contains(at)).collect();
    let values = interpolate(x, y, &wavelength_um).map_err(raise(Likeness::NAME))?;
    let emission = match model.kind {
        Kind::OpticalConstants => from_optical_constants(&wavelength_um, &values, temperature, Density::Frequency),
        Kind::Opacity | Kind::Observed => from_absorbance(&wavelength_um, &values, temperature, Density::Frequency),
    }
    .map_err(raise(Likeness::NAME))?;
    Ok(Candidate { name, null_model, wavelength_um, emission })
}

/// Width of a bin of the comparison's grid over its wavelength.
const BIN: f64 = 1.0 / 180.0;

/// Where models are evaluated before they are convolved: 4.8–15.2 µm, step 1/1500 in ln λ.
fn fine_grid() -> Vec<f64> {
    (0..).map(|k| 4.8 * (f64::from(k) / 1500.0).exp()).take_while(|wavelength| *wavelength <= 15.2).collect()
}

/// Convolves to a resolving power, if one is given, and integrates over the bins of `grid`.
fn at_resolution(x: &[f64], y: &[f64], power: Option<f64>, grid: &[f64]) -> Result<Vec<f64>, CaseError> {
    let failed = || raise(Likeness::NAME);
    let spectrum =
        Spectrum::<Wavelength, FluxDensityNu>::new(x.to_vec(), y.to_vec(), None, Unit::Relative).map_err(failed())?;
    let blurred = match power {
        Some(power) => spectrum.convolved(power).map_err(failed())?,
        None => spectrum,
    };
    Ok(blurred.binned_at(grid).map_err(failed())?.y().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn correlations_are_those_of_an_independent_computation() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let mut params = Params::new(1);
        params.setup.replicates = 200;
        let found = Likeness::run(&params, &bench).unwrap();
        // NumPy, from the same files by the same protocol.
        for (name, expected) in [
            (PLANTED, 0.92013),
            ("amorphous carbon", 0.79016),
            ("M101 nucleus", 0.70907),
            ("tholin (Doose)", 0.03129),
            ("tholin (CVD)", 0.04775),
            ("CHON organics", -0.14784),
        ] {
            let pearson = found.candidate(name).unwrap().comparison.pearson;
            assert!((pearson - expected).abs() < 2e-4, "{name}: {pearson}");
        }
        assert_eq!(found.best_null().unwrap().name, "amorphous carbon");
        let noisy = &found.noisy[0];
        assert!((noisy.observed.mean - 0.8964).abs() < 0.002 && (noisy.bands_only.mean - 0.9175).abs() < 0.001);
        for resolved in &found.resolved {
            let planted = resolved.candidate(PLANTED).unwrap();
            assert!((planted.comparison.pearson - 0.92).abs() < 0.02, "{planted:?}");
            // The bands are wider than the kernels: what is left and where the band lies hardly change.
            let as_made = &found.candidate(PLANTED).unwrap().comparison;
            let centre = |of: &Comparison| of.centres.as_ref().unwrap().difference;
            assert!((planted.comparison.fit.chi2 / as_made.fit.chi2 - 1.0).abs() < 0.3, "{planted:?} {as_made:?}");
            assert!((centre(&planted.comparison) - centre(as_made)).abs() < 0.03, "{planted:?} {as_made:?}");
            // M101 is convolved where it is the sharper one, and is never said to be sharper than it is.
            let nucleus = resolved.candidate("M101 nucleus").unwrap();
            assert_eq!(nucleus.resolving_power, resolved.resolving_power.min(90.0));
            assert_eq!(nucleus.points, if resolved.resolving_power < 90.0 { 178 } else { 182 });
        }
        // At R = 60 by NumPy, Gaussian kernel and polygon integrated over bins; not convolved M101 would have 0.7021.
        let nucleus = found.resolved[0].candidate("M101 nucleus").unwrap();
        assert!((nucleus.comparison.pearson - 0.713_321).abs() < 1e-3, "{nucleus:?}");
        assert!((nucleus.comparison.cosine - 0.833_186).abs() < 1e-3, "{nucleus:?}");
    }
}
