//! Bands of the Orion Bar at three positions: peaks above a straight line, each sub-band by itself.

use serde::{Deserialize, Serialize};

use super::{CASE, raise, table};
use crate::cases::qncc_spectra::peaks::{Peak, Settings, measure};
use crate::cases::qncc_spectra::readers::{Duplicates, Errors, Selection};
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Wavelength};
use crate::repro::{CaseError, Experiment, Workbench};

/// One band to be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandWindow {
    /// Such as `6.2`.
    pub name: String,
    /// The SWS sub-band that holds it.
    pub sub_band: String,
    /// Ends of the straight baseline, in µm.
    pub window: (f64, f64),
    /// Half width of the two anchors of the baseline, in µm.
    pub anchor: f64,
}

/// Settings of [`Orion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Name of the position, and its file.
    pub positions: Vec<(String, String)>,
    pub bands: Vec<BandWindow>,
}

impl Default for Params {
    fn default() -> Self {
        let file = |name: &str| format!("orion_bar_{name}_iso_sws_merged.ipac");
        let band = |name: &str, sub_band: &str, window, anchor| BandWindow {
            name: name.into(),
            sub_band: sub_band.into(),
            window,
            anchor,
        };
        Self {
            positions: [("D2", "d2"), ("Brγ", "brgamma"), ("H2S1", "h2s1")]
                .map(|(name, stem)| (name.to_owned(), file(stem)))
                .to_vec(),
            bands: vec![
                band("6.2", "6", (6.05, 6.60), 0.02),
                band("7.7", "7", (7.10, 8.25), 0.03),
                band("11.2", "7", (10.9, 11.7), 0.03),
            ],
        }
    }
}

/// One band at one position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandAt {
    pub position: String,
    pub band: String,
    pub peak: Peak,
    /// Wavelengths in µm within the window.
    pub wavelength: Vec<f64>,
    /// Flux above the straight line, in units of the peak's height.
    pub profile: Vec<f64>,
}

/// All bands, position by position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub bands: Vec<BandAt>,
}

impl Outcome {
    /// One band at every position.
    pub fn band(&self, name: &str) -> Vec<&BandAt> {
        self.bands.iter().filter(|at| at.band == name).collect()
    }
}

/// The bands of the Orion Bar.
pub struct Orion;

impl Experiment for Orion {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "orion";

    fn inputs(params: &Params) -> Vec<String> {
        params.positions.iter().map(|(_, file)| file.clone()).collect()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let mut bands = Vec::new();
        for (position, file) in &params.positions {
            let table = table(Self::NAME, file, bench)?;
            for wanted in &params.bands {
                let selection = Selection {
                    band: Some(wanted.sub_band.clone()),
                    duplicates: Duplicates::Merge,
                    errors: Errors::Ignored,
                    ..Selection::default()
                };
                let spectrum = table.spectrum::<Wavelength, FluxDensityNu>(&selection).map_err(raise(Self::NAME))?;
                let settings = Settings::new(wanted.window, wanted.anchor);
                let peak = measure(spectrum.x(), spectrum.y(), &[], &settings).map_err(raise(Self::NAME))?;
                let (wavelength, profile) = above_line(spectrum.x(), spectrum.y(), wanted, peak.height);
                bands.push(BandAt { position: position.clone(), band: wanted.name.clone(), peak, wavelength, profile });
            }
        }
        Ok(Outcome { bands })
    }
}

/// The points of a window above the line between its anchors, over `height`.
fn above_line(x: &[f64], y: &[f64], band: &BandWindow, height: f64) -> (Vec<f64>, Vec<f64>) {
    let anchor = |at: f64| {
        let near: Vec<f64> = x.iter().zip(y).filter(|(x, _)| (*x - at).abs() <= band.anchor).map(|(_, y)| *y).collect();
        near.iter().sum::<f64>() / near.len().max(1) as f64
    };
    let (from, to) = band.window;
    let (low, high) = (anchor(from), anchor(to));
    let line = |x: f64| low + (high - low) * (x - from) / (to - from);
    x.iter().zip(y).filter(|(x, _)| **x >= from && **x <= to).map(|(x, y)| (*x, (y - line(*x)) / height)).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn profiles_are_normalised_and_bands_lie_where_the_case_says() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Orion::run(&Params::default(), &bench).unwrap();
        assert_eq!(found.bands.len(), 9);
        for at in found.band("6.2") {
            assert!((at.peak.position - 6.217).abs() < 0.012, "{at:?}");
            let highest = at.profile.iter().copied().fold(f64::MIN, f64::max);
            assert!((0.95..1.15).contains(&highest), "{highest}");
        }
    }
}
