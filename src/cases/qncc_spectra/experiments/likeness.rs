//! Similarity of the absorbance stand-in to the synthetic nova, beside null models from real spectra and optical constants.

use serde::{Deserialize, Serialize};

use super::stand_ins::{FILE as BANDS, bands};
use super::{CASE, raise, table};
use crate::cases::qncc_spectra::emission::{Density, from_absorbance, from_optical_constants};
use crate::cases::qncc_spectra::profiles::blackbody;
use crate::cases::qncc_spectra::readers::{Duplicates, Errors, Selection};
use crate::cases::qncc_spectra::similarity::{
    Bootstrap, Candidate, Protocol, Ranked, Setup, detrend, interpolate, noise_bootstrap, pearson, rank,
};
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Spectrum, Unit, Wavelength};
use crate::cases::qncc_spectra::stand_in::StandIn;
use crate::repro::{CaseError, Experiment, Workbench};

/// How a null model becomes emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Optical constants: `(k/λ) B_ν(T)`.
    OpticalConstants,
    /// Opacity: `κ B_ν(T)`.
    Opacity,
    /// An observed spectrum in `F_ν`, as filed.
    Observed,
}

/// One null model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullModel {
    pub name: String,
    pub file: String,
    pub kind: Kind,
}

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
        let model = |name: &str, file: &str, kind| NullModel { name: name.into(), file: file.into(), kind };
        Self {
            null_models: vec![
                model("amorphous carbon", "amorphous_carbon_zubko1996.lnk", Kind::OpticalConstants),
                model("M101 nucleus", "m101_nucleus_spitzer_irs.ipac", Kind::Observed),
                model("hydrogenated carbon", "hac_opacity_cafe.txt", Kind::Opacity),
                model("tholin (CVD)", "titan_tholins_cvd_nk.csv", Kind::OpticalConstants),
                model("tholin (Doose)", "titan_tholins_doose_nk.csv", Kind::OpticalConstants),
                model("CHON organics", "organics_chon_henning1996.lnk", Kind::OpticalConstants),
            ],
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

/// Correlations at one resolving power, in the order of [`Outcome::ranked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtResolution {
    pub resolving_power: f64,
    pub pearson: Vec<f64>,
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
        let mut resolved = Vec::new();
        for power in &params.resolving_powers {
            let mut correlations = Vec::new();
            for place in &ranked {
                let Some(model) = fine_models.iter().find(|model| model.name == place.name) else { continue };
                let observed = params.null_models.iter().any(|m| m.name == model.name && m.kind == Kind::Observed);
                // An observed spectrum has its instrument's resolution already.
                let own = (!observed).then_some(*power);
                let common = shared(&grid, &model.wavelength_um);
                let blurred = detrend(&common, &at_resolution(&fine, &fine_nova, Some(*power), &common)?);
                let emission = at_resolution(&model.wavelength_um, &model.emission, own, &common)?;
                correlations.push(pearson(&detrend(&common, &emission), &blurred));
            }
            resolved.push(AtResolution { resolving_power: *power, pearson: correlations });
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

/// The points of `grid` whose bins lie within a spectrum.
fn shared(grid: &[f64], wavelength_um: &[f64]) -> Vec<f64> {
    let (first, last) = (wavelength_um[0], wavelength_um[wavelength_um.len() - 1]);
    // Half a step of the grid is 1/360 of the wavelength.
    grid.iter().copied().filter(|at| at * (1.0 - 1.0 / 300.0) > first && at * (1.0 + 1.0 / 300.0) < last).collect()
}

/// Where models are evaluated before they are convolved: 4.8–15.2 µm, step 1/1500 in ln λ.
fn fine_grid() -> Vec<f64> {
    (0..).map(|k| 4.8 * (f64::from(k) / 1500.0).exp()).take_while(|wavelength| *wavelength <= 15.2).collect()
}

/// Convolves to a resolving power, if one is given, and integrates over the bins of `grid`.
fn at_resolution(x: &[f64], y: &[f64], power: Option<f64>, grid: &[f64]) -> Result<Vec<f64>, CaseError> {
    let failed = || raise(Likeness::NAME);
    // Emission may be tiny in absolute units; a relative one is all that is compared.
    let scale = blackbody(8.0, 600.0).max(f64::MIN_POSITIVE);
    let values = y.iter().map(|value| value / scale).collect();
    let spectrum =
        Spectrum::<Wavelength, FluxDensityNu>::new(x.to_vec(), values, None, Unit::Relative).map_err(failed())?;
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
            assert!((resolved.pearson[0] - 0.92).abs() < 0.02, "{resolved:?}");
        }
    }
}
