//! Carbon K-edges of two real samples: double normalisation of a beamline scan, and a published film.

use serde::{Deserialize, Serialize};

use super::{CASE, raise, table};
use crate::cases::qncc_spectra::fit::separable::Options;
use crate::cases::qncc_spectra::readers::{Selection, Table};
use crate::cases::qncc_spectra::spectrum::{Absorption, Energy};
use crate::cases::qncc_spectra::xanes::carbon::ladder;
use crate::cases::qncc_spectra::xanes::scan::{Scan, double_normalised, in_order, scatter};
use crate::cases::qncc_spectra::xanes::{Spectrum, XanesFit, error_scale, fit_all, ranking};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`CarbonEdge`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Scans of the sample and of the photodiode without sample.
    pub sample: String,
    pub photodiode: String,
    /// A film, normalised by its authors.
    pub film: String,
    /// Energies fitted, in eV.
    pub range: (f64, f64),
    /// Points on each side from which an error is estimated.
    pub reach: usize,
    pub options: Options,
}

impl Params {
    /// Settings; `seed` feeds the starts of the fits.
    pub fn new(seed: u64) -> Self {
        Self {
            sample: "c_kedge_sample_sxr129578.asc".into(),
            photodiode: "c_kedge_photodiode_sxr129577.asc".into(),
            film: "dlc_film_c_kedge_nexafs.csv".into(),
            range: (275.0, 305.0),
            reach: 10,
            options: Options { starts: 6, seed, ..Options::default() },
        }
    }
}

/// One sample with its fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub name: String,
    /// Energies in eV.
    pub energy: Vec<f64>,
    /// Absorption, in units of its largest value.
    pub absorption: Vec<f64>,
    /// One-σ errors estimated from the scatter of neighbours.
    pub sigma: Vec<f64>,
    /// The fits, best first by BIC.
    pub fits: Vec<XanesFit>,
    /// Mean and standard deviation of measured minus set photon energy (eV), where the scan has both.
    pub monochromator: Option<(f64, f64)>,
}

/// The samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub samples: Vec<Sample>,
}

/// Carbon K-edges of real samples.
pub struct CarbonEdge;

/// Names of a scan's columns: measured and set photon energy, and the currents.
const ENERGY: &str = "calculated ph energy";
const SET_ENERGY: &str = "Mono setpoint";
const SAMPLE_DRAIN: &str = "Sample Drain";
const BEAM: &str = "I0 Chamber";
const PHOTODIODE: &str = "Photodiode";

impl Experiment for CarbonEdge {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "carbon_edge";

    fn inputs(params: &Params) -> Vec<String> {
        vec![params.sample.clone(), params.photodiode.clone(), params.film.clone()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let scan = table(Self::NAME, &params.sample, bench)?;
        let diode = table(Self::NAME, &params.photodiode, bench)?;
        let column = |table: &Table, name: &str| table.numbers(name).map_err(raise(Self::NAME));
        let (measured, set) = (column(&scan, ENERGY)?, column(&scan, SET_ENERGY)?);
        let monochromator = monochromator(&measured, &set);
        let sample = in_order(&[&measured, &column(&scan, SAMPLE_DRAIN)?, &column(&scan, BEAM)?]);
        let reference = in_order(&[&column(&diode, ENERGY)?, &column(&diode, PHOTODIODE)?, &column(&diode, BEAM)?]);
        let absorption = double_normalised(
            &Scan { energy: &sample[0], detector: &sample[1], monitor: &sample[2] },
            &Scan { energy: &reference[0], detector: &reference[1], monitor: &reference[2] },
        )
        .map_err(raise(Self::NAME))?;
        let film = table(Self::NAME, &params.film, bench)?;
        let film = film.spectrum::<Energy, Absorption>(&Selection::default()).map_err(raise(Self::NAME))?;

        bench.monitor.begin("carbon K-edges", 2 * ladder().len() as u64);
        let samples = [
            ("scan of Z1_01", sample[0].as_slice(), absorption.as_slice(), Some(monochromator)),
            ("diamond-like carbon", film.x(), film.y(), None),
        ]
        .into_iter()
        .map(|(name, energy, y, monochromator)| one(name, energy, y, monochromator, params, bench))
        .collect::<Result<_, _>>();
        bench.monitor.end();
        Ok(Outcome { samples: samples? })
    }
}

/// Normalises to the largest value, estimates errors, fits the ladder within the range.
fn one(
    name: &str,
    energy: &[f64],
    y: &[f64],
    monochromator: Option<(f64, f64)>,
    params: &Params,
    bench: &Workbench,
) -> Result<Sample, CaseError> {
    let largest = y.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let scaled: Vec<f64> = y.iter().map(|y| y / largest).collect();
    let errors = scatter(&scaled, params.reach);
    let inside: Vec<usize> =
        (0..energy.len()).filter(|i| (params.range.0..=params.range.1).contains(&energy[*i])).collect();
    let pick = |values: &[f64]| -> Vec<f64> { inside.iter().map(|i| values[*i]).collect() };
    let (energy, absorption, sigma) = (pick(energy), pick(&scaled), pick(&errors));
    let spectrum = Spectrum { energy: &energy, y: &absorption, sigma: &sigma };
    let fits = fit_all(&ladder(), spectrum, &params.options, bench.monitor).map_err(raise(CarbonEdge::NAME))?;
    let fits = ranking(&fits, error_scale(&fits)).into_iter().map(|i| fits[i].clone()).collect();
    Ok(Sample { name: name.into(), energy, absorption, sigma, fits, monochromator })
}

/// Mean and standard deviation of measured minus set energy.
fn monochromator(measured: &[f64], set: &[f64]) -> (f64, f64) {
    let differences: Vec<f64> = measured.iter().zip(set).map(|(measured, set)| measured - set).collect();
    let count = differences.len().max(2) as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn the_first_peak_of_both_samples_is_that_of_double_bonds() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = CarbonEdge::run(&Params::new(1), &bench).unwrap();
        for sample in &found.samples {
            let best = &sample.fits[0];
            for fit in &sample.fits {
                eprintln!("{} {} χ² {:.1} BIC {:.1} k {}", sample.name, fit.model, fit.chi2, fit.bic, fit.parameters);
            }
            for peak in &best.peaks {
                eprintln!("  {} {:.3} {:.3} {:?}", peak.name, peak.center, peak.fwhm, peak.height);
            }
            let double_bond = best.peak(crate::cases::qncc_spectra::xanes::carbon::DOUBLE_BOND).unwrap();
            assert!(!double_bond.at_bound && (284.8..285.6).contains(&double_bond.center), "{double_bond:?}");
            assert!(best.kkt < 1e-8 && best.bic.is_finite());
        }
        let (mean, deviation) = found.samples[0].monochromator.unwrap();
        assert!(mean.abs() < 0.01 && deviation < 0.02, "{mean} {deviation}");
    }
}
