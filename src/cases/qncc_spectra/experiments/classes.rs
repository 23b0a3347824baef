//! Classes of real spectra and of the synthetic nova.

use serde::{Deserialize, Serialize};

use super::orion;
use super::stand_ins::{FILE as BANDS, bands};
use super::{CASE, raise, table};
use crate::cases::qncc_spectra::classes::{Band, Class, Classification, Position, classify, measure};
use crate::cases::qncc_spectra::readers::{Duplicates, Errors, Selection};
use crate::cases::qncc_spectra::resolution::peak_shift;
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Wavelength};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Classes`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Spectrum of low resolution.
    pub nucleus: String,
    /// Its resolving power.
    pub resolving_power: f64,
    /// Positions of the Orion Bar with their files and resolving powers; the last one, of the highest, tells what a low one
    /// does.
    pub positions: Vec<(String, String, f64)>,
    /// Half width of baselines' anchors in µm: of the spectra of high and of low resolution.
    pub anchors: (f64, f64),
    /// Signal to noise of the synthetic nova, with its continuum.
    pub signal_to_noise: f64,
    pub seed: u64,
}

impl Params {
    /// Settings; `seed` feeds the noise of the nova.
    pub fn new(seed: u64) -> Self {
        Self {
            nucleus: "m101_nucleus_spitzer_irs.ipac".into(),
            resolving_power: 90.0,
            positions: orion::Params::default()
                .positions
                .into_iter()
                .zip([500.0, 500.0, 1600.0])
                .map(|((name, file), power)| (name, file, power))
                .collect(),
            anchors: (0.03, 0.05),
            signal_to_noise: 50.0,
            seed,
        }
    }
}

/// One spectrum with its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classified {
    pub name: String,
    pub synthetic: bool,
    /// The class that the case expects.
    pub expected: Class,
    pub found: Classification,
}

/// All spectra.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub spectra: Vec<Classified>,
    /// M101 less the shift that a template of class A has at its resolution, which presupposes the answer.
    pub nucleus_corrected: Classification,
    /// Bands of M101 that this leaves out because the template's shift can't be measured, with the reason.
    pub uncorrected: Vec<String>,
}

/// The classes.
pub struct Classes;

/// That of the grid on which the nova is drawn.
const NOVA_RESOLVING_POWER: f64 = 180.0;

/// A stretch of spectrum: wavelengths in µm and flux.
type Part = (Vec<f64>, Vec<f64>);

impl Experiment for Classes {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "classes";

    fn inputs(params: &Params) -> Vec<String> {
        let positions = params.positions.iter().map(|(_, file, _)| file.clone());
        [BANDS.to_owned(), params.nucleus.clone()].into_iter().chain(positions).collect()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let mut spectra = Vec::new();
        let mut sharp: Vec<Part> = Vec::new();
        for (name, file, power) in &params.positions {
            sharp = sub_bands(file, bench)?;
            let found = classify(&positions(&sharp, *power, params.anchors.0));
            spectra.push(Classified { name: format!("Orion Bar {name}"), synthetic: false, expected: Class::A, found });
        }
        let measured = nucleus(params, bench)?;
        let at: Vec<f64> = measured.x;
        let (mut corrected, mut uncorrected): (Vec<Position>, Vec<String>) = (Vec::new(), Vec::new());
        for position in &measured.positions {
            let band = position.band;
            let Some((x, y)) = sharp.get(usize::from(band != Band::Six)) else {
                uncorrected.push(format!("{:.2} µm: no template", position.position_um));
                continue;
            };
            let (fine, coarse) = (band.settings(params.anchors.0), band.settings(params.anchors.1));
            match peak_shift((x, y), &fine, params.resolving_power, &at, &coarse) {
                Ok(shift) => corrected.push(position.less_shift(shift)),
                Err(error) => uncorrected.push(format!("{:.2} µm: {error}", position.position_um)),
            }
        }
        spectra.push(Classified {
            name: "M101 nucleus".into(),
            synthetic: false,
            expected: Class::A,
            found: classify(&measured.positions),
        });
        let nova = nova(params, bench)?;
        spectra.push(Classified {
            name: "stand-in nova".into(),
            synthetic: true,
            expected: Class::C,
            found: classify(&positions(&[nova], NOVA_RESOLVING_POWER, params.anchors.1)),
        });
        Ok(Outcome { spectra, nucleus_corrected: classify(&corrected), uncorrected })
    }
}

/// Sub-bands 6 and 7 of an ISO SWS file.
fn sub_bands(file: &str, bench: &Workbench) -> Result<Vec<Part>, CaseError> {
    let table = table(Classes::NAME, file, bench)?;
    let part = |band: &str| {
        let selection = Selection {
            band: Some(band.into()),
            duplicates: Duplicates::Merge,
            errors: Errors::Ignored,
            ..Selection::default()
        };
        let spectrum = table.spectrum::<Wavelength, FluxDensityNu>(&selection).map_err(raise(Classes::NAME))?;
        Ok((spectrum.x().to_vec(), spectrum.y().to_vec()))
    };
    ["6", "7"].into_iter().map(part).collect()
}

/// What can be measured of the four bands in parts of a spectrum.
fn positions(parts: &[Part], power: f64, anchor: f64) -> Vec<Position> {
    parts.iter().flat_map(|(x, y)| measure(x, y, &[], power, anchor)).filter_map(|(_, found)| found.ok()).collect()
}

struct Nucleus {
    x: Vec<f64>,
    positions: Vec<Position>,
}

fn nucleus(params: &Params, bench: &Workbench) -> Result<Nucleus, CaseError> {
    let table = table(Classes::NAME, &params.nucleus, bench)?;
    let spectrum = table.spectrum::<Wavelength, FluxDensityNu>(&Selection::default()).map_err(raise(Classes::NAME))?;
    let x = spectrum.x().to_vec();
    let found =
        measure(&x, spectrum.y(), spectrum.sigma().unwrap_or_default(), params.resolving_power, params.anchors.1);
    let positions = found.into_iter().filter_map(|(_, found)| found.ok()).collect();
    Ok(Nucleus { x, positions })
}

/// The synthetic nova with continuum and noise, 5–15 µm, step 1/180 in ln λ.
fn nova(params: &Params, bench: &Workbench) -> Result<Part, CaseError> {
    let bands = bands(Classes::NAME, bench)?;
    let x: Vec<f64> =
        (0..).map(|k| 5.0 * (f64::from(k) / 180.0).exp()).take_while(|wavelength| *wavelength <= 15.0).collect();
    let noise = bands.nova_noise(&x, params.signal_to_noise, params.seed, 0);
    let parts = bands.nova(&x).into_iter().zip(bands.continuum(&x)).zip(noise);
    let y = parts.map(|((bands, continuum), noise)| bands + continuum + noise).collect();
    Ok((x, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn classes_are_those_of_the_case() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Classes::run(&Params::new(1), &bench).unwrap();
        assert_eq!(found.spectra.len(), 5);
        for spectrum in &found.spectra {
            // At its resolving power M101 stays open between A and B.
            let expected = (spectrum.name != "M101 nucleus").then_some(spectrum.expected);
            assert_eq!(spectrum.found.class, expected, "{}: {}", spectrum.name, spectrum.found.reason);
        }
        eprintln!("{:?}", found.uncorrected);
        assert_eq!(found.nucleus_corrected.class, Some(Class::A), "{}", found.nucleus_corrected.reason);
    }
}
