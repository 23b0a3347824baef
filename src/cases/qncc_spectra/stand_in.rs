//! SYNTHETIC stand-ins for the two spectra that nobody filed: the QNCC absorbance and the nova's emission.
//!
//! They are made from a table of band parameters (`SYNTHETIC_standin_bands.csv`), each with a letter that says where the
//! number comes from. Nothing computed from them says anything about the published spectra: they show that the machinery
//! finds what was planted. Whatever is drawn from them is watermarked.
//!
//! - Absorbance: a sum of Gaussians in wavenumber, on the baseline `0.10 + 0.05 ν̃/4000` (ν̃ in cm⁻¹).
//! - Nova: a sum of Drude profiles in wavelength, in `F_ν`, relative to the 8.1 µm band; optionally on the continuum of warm
//!   amorphous carbon, `λ⁻¹ B_ν(600 K)`, which is twice the 8.1 µm band's peak at 8.1 µm.
//! - Noise: normal, one σ per spectrum. Absorbance: a share of the 8 µm band's peak ([`NOISE_LEVELS`]). Nova: the peak of the
//!   spectrum with its continuum over S/N ([`SIGNAL_TO_NOISE`]), as an observer counts it, who sees both together.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::profiles::{blackbody, drude, gaussian};
use crate::methods::random::stream;

/// Noise of the absorbance stand-in, as shares of the 8 µm band's peak.
pub const NOISE_LEVELS: [f64; 3] = [0.002, 0.005, 0.02];
/// Signal to noise of the nova stand-in: peak of the spectrum with its continuum over σ.
pub const SIGNAL_TO_NOISE: [f64; 2] = [50.0, 20.0];
/// Temperature of the nova's dust continuum, in K.
pub const CONTINUUM_TEMPERATURE: f64 = 600.0;
/// Where the continuum is scaled, in µm.
const CONTINUUM_PLACE_UM: f64 = 8.1;
/// The continuum there, in units of the 8.1 µm band's peak.
const CONTINUUM_STRENGTH: f64 = 2.0;
const CASE: &str = "qncc_spectra";

/// Where a number of the stand-in comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grade {
    /// Printed in a public text about this material (`P`).
    Printed,
    /// Printed for another nova or a class C source (`C`).
    PrintedElsewhere,
    /// Not traced to a text (`S`; the table has `B` for it).
    Seed,
    /// An assumption of this project (`A`).
    Assumed,
}

impl Grade {
    /// The letter that is shown.
    pub fn letter(self) -> char {
        match self {
            Grade::Printed => 'P',
            Grade::PrintedElsewhere => 'C',
            Grade::Seed => 'S',
            Grade::Assumed => 'A',
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "P" => Some(Grade::Printed),
            "C" => Some(Grade::PrintedElsewhere),
            "B" | "S" => Some(Grade::Seed),
            "A" => Some(Grade::Assumed),
            _ => None,
        }
    }
}

/// One band of a stand-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Centre in µm.
    pub center_um: f64,
    /// Centre in cm⁻¹.
    pub center_per_cm: f64,
    /// Full width at half maximum: in cm⁻¹ for the absorbance, in µm for the nova.
    pub fwhm: f64,
    /// Peak, relative to the band near 8 µm.
    pub peak: f64,
    /// Where the centre comes from.
    pub center_grade: Grade,
    /// Where the width comes from.
    pub width_grade: Grade,
    /// What the band is ascribed to.
    pub assignment: String,
}

/// The parameters of both stand-ins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandIn {
    /// Gaussians in wavenumber (set `qncc_absorbance`).
    pub absorbance: Vec<Band>,
    /// Drude profiles in wavelength (set `nova_emission`).
    pub nova: Vec<Band>,
}

/// What is wrong with a table of bands; lines count from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StandInError {
    #[error("{place}:{line}: found the columns `{found}`, expected `{COLUMNS}`")]
    Header { place: String, line: usize, found: String },
    #[error("{place}:{line}: found {found} fields, expected {expected} as in the header")]
    Ragged { place: String, line: usize, found: usize, expected: usize },
    #[error("{place}:{line}: `{column}` is `{found}`; expected {expected}")]
    Field { place: String, line: usize, column: &'static str, found: String, expected: &'static str },
    #[error("{place}: found no band of the set `{set}`; add a row that begins with `{set},`")]
    NoBands { place: String, set: &'static str },
}

const COLUMNS: &str = "set,center_um,center_cm1,fwhm_cm1,fwhm_um,rel_peak,evidence_center,evidence_width,assignment";
const ABSORBANCE: &str = "qncc_absorbance";
const NOVA: &str = "nova_emission";

impl StandIn {
    /// Reads the table of bands; `place` names it in errors.
    ///
    /// Lines that begin with `#` are remarks. Every number must be positive and finite.
    ///
    /// # Errors
    /// The first fault from the top, as a [`StandInError`].
    pub fn parse(place: &str, text: &str) -> Result<Self, StandInError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let header = lines.next().unwrap_or((1, ""));
        if header.1 != COLUMNS {
            return Err(StandInError::Header { place: place.into(), line: header.0, found: header.1.into() });
        }
        let mut bands = Self { absorbance: Vec::new(), nova: Vec::new() };
        for (line, text) in lines {
            let row = Row::split(place, line, text)?;
            match row.fields[0] {
                ABSORBANCE => bands.absorbance.push(row.band("fwhm_cm1", 3)?),
                NOVA => bands.nova.push(row.band("fwhm_um", 4)?),
                _ => return Err(row.fault("set", 0, "`qncc_absorbance` or `nova_emission`")),
            }
        }
        for (set, found) in [(ABSORBANCE, &bands.absorbance), (NOVA, &bands.nova)] {
            if found.is_empty() {
                return Err(StandInError::NoBands { place: place.into(), set });
            }
        }
        Ok(bands)
    }

    /// The bands of the absorbance without baseline and noise, at wavenumbers in cm⁻¹.
    pub fn absorbance(&self, wavenumber_per_cm: &[f64]) -> Vec<f64> {
        let value =
            |x: &f64| self.absorbance.iter().map(|band| band.peak * gaussian(*x, band.center_per_cm, band.fwhm)).sum();
        wavenumber_per_cm.iter().map(value).collect()
    }

    /// The absorbance as a spectrometer would record it: bands, baseline and noise of `level` (a share of the 8 µm band's
    /// peak). `index` counts realisations under one seed.
    pub fn recorded_absorbance(&self, wavenumber_per_cm: &[f64], level: f64, seed: u64, index: u64) -> Vec<f64> {
        let noise = noise(wavenumber_per_cm.len(), self.absorbance_sigma(level), seed, "absorbance", index);
        let bands = self.absorbance(wavenumber_per_cm);
        let baseline = wavenumber_per_cm.iter().map(|x| baseline(*x));
        bands.iter().zip(baseline).zip(noise).map(|((bands, base), noise)| bands + base + noise).collect()
    }

    /// One σ of the absorbance's noise at a level of [`NOISE_LEVELS`].
    pub fn absorbance_sigma(&self, level: f64) -> f64 {
        level * main_peak(&self.absorbance)
    }

    /// The nova's bands without continuum and noise, in `F_ν`, at wavelengths in µm.
    pub fn nova(&self, wavelength_um: &[f64]) -> Vec<f64> {
        let value = |x: &f64| self.nova.iter().map(|band| band.peak * drude(*x, band.center_um, band.fwhm)).sum();
        wavelength_um.iter().map(value).collect()
    }

    /// The continuum under the nova's bands, in `F_ν`, at wavelengths in µm.
    pub fn continuum(&self, wavelength_um: &[f64]) -> Vec<f64> {
        let scale = CONTINUUM_STRENGTH * main_peak(&self.nova) / warm_carbon(CONTINUUM_PLACE_UM);
        wavelength_um.iter().map(|x| scale * warm_carbon(*x)).collect()
    }

    /// The noise of one observation of the nova at a signal to noise of [`SIGNAL_TO_NOISE`]; `index` counts realisations.
    ///
    /// To be added to [`StandIn::nova`] alone (an observer who subtracted the continuum without error) or with
    /// [`StandIn::continuum`]. Its σ is [`StandIn::nova_sigma`].
    pub fn nova_noise(&self, wavelength_um: &[f64], signal_to_noise: f64, seed: u64, index: u64) -> Vec<f64> {
        noise(wavelength_um.len(), self.nova_sigma(wavelength_um, signal_to_noise), seed, "nova", index)
    }

    /// One σ of the nova's noise: the highest point of bands and continuum on this grid over `signal_to_noise`.
    pub fn nova_sigma(&self, wavelength_um: &[f64], signal_to_noise: f64) -> f64 {
        let total = self.nova(wavelength_um).into_iter().zip(self.continuum(wavelength_um)).map(|(a, b)| a + b);
        total.fold(0.0, f64::max) / signal_to_noise
    }
}

/// The grid of the absorbance stand-in: 650–4000 cm⁻¹, step 2.
pub fn absorbance_grid() -> Vec<f64> {
    (0..=1675).map(|k| 650.0 + 2.0 * f64::from(k)).collect()
}

/// The baseline under the absorbance at a wavenumber in cm⁻¹.
pub fn baseline(wavenumber_per_cm: f64) -> f64 {
    0.10 + 0.05 * wavenumber_per_cm / 4000.0
}

/// The peak to which all others of a set are relative: that of the highest band.
fn main_peak(bands: &[Band]) -> f64 {
    bands.iter().map(|band| band.peak).fold(0.0, f64::max)
}

/// `λ⁻¹ B_ν` at [`CONTINUUM_TEMPERATURE`], up to a constant.
fn warm_carbon(wavelength_um: f64) -> f64 {
    blackbody(wavelength_um, CONTINUUM_TEMPERATURE) / wavelength_um
}

/// Normal draws with deviation `sigma` from the stream of (seed, task, index).
fn noise(count: usize, sigma: f64, seed: u64, task: &str, index: u64) -> Vec<f64> {
    let mut random = stream(seed, CASE, &format!("stand-in {task}"), index);
    (0..count).map(|_| sigma * random.sample::<f64, _>(StandardNormal)).collect()
}

/// One line of the table, taken apart.
struct Row<'a> {
    place: &'a str,
    line: usize,
    fields: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn split(place: &'a str, line: usize, text: &'a str) -> Result<Self, StandInError> {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let expected = COLUMNS.split(',').count();
        if fields.len() != expected {
            return Err(StandInError::Ragged { place: place.into(), line, found: fields.len(), expected });
        }
        Ok(Self { place, line, fields })
    }

    fn fault(&self, column: &'static str, index: usize, expected: &'static str) -> StandInError {
        let found = self.fields[index].to_owned();
        StandInError::Field { place: self.place.into(), line: self.line, column, found, expected }
    }

    fn number(&self, column: &'static str, index: usize) -> Result<f64, StandInError> {
        match self.fields[index].parse::<f64>() {
            Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(self.fault(column, index, "a number above zero, such as 8.0")),
        }
    }

    fn grade(&self, column: &'static str, index: usize) -> Result<Grade, StandInError> {
        Grade::from_letter(self.fields[index]).ok_or_else(|| self.fault(column, index, "P, C, B, S or A"))
    }

    fn band(&self, width: &'static str, width_index: usize) -> Result<Band, StandInError> {
        Ok(Band {
            center_um: self.number("center_um", 1)?,
            center_per_cm: self.number("center_cm1", 2)?,
            fwhm: self.number(width, width_index)?,
            peak: self.number("rel_peak", 5)?,
            center_grade: self.grade("evidence_center", 6)?,
            width_grade: self.grade("evidence_width", 7)?,
            assignment: self.fields[8].to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "qncc_absorbance,8.000,1250.0,200,1.285,1.00,P,C,C-N stretch\n\
                        qncc_absorbance,6.250,1600.0,90,0.352,0.80,P,A,C=C stretch\n\
                        nova_emission,8.100,1234.6,,1.300,1.00,B,C,broad class C band\n";

    fn table(rows: &str) -> String {
        format!("# a remark\n{COLUMNS}\n{rows}")
    }

    fn bands() -> StandIn {
        StandIn::parse("bands.csv", &table(ROWS)).unwrap()
    }

    #[test]
    fn a_band_has_its_peak_at_its_centre_and_half_of_it_half_a_width_away() {
        let only = |set: usize| {
            let mut bands = bands();
            bands.absorbance.truncate(1);
            assert_eq!((bands.absorbance.len(), bands.nova.len()), (1, 1));
            if set == 0 { bands.absorbance(&[1250.0, 1350.0, 1150.0]) } else { bands.nova(&[8.1]) }
        };
        let values = only(0);
        assert_eq!(values[0], 1.0);
        assert!((values[1] - 0.5).abs() < 1e-15 && (values[2] - 0.5).abs() < 1e-15);
        assert_eq!(only(1), [1.0]);
        // A Drude profile is half its peak where |λ/λ₀ − λ₀/λ| = FWHM/λ₀.
        let g: f64 = 1.3 / 8.1;
        let half = 8.1 * (g / 2.0 + (1.0 + g * g / 4.0).sqrt());
        assert!((bands().nova(&[half])[0] - 0.5).abs() < 1e-14);
    }

    #[test]
    fn the_continuum_is_twice_the_main_band_at_8_1_um() {
        assert!((bands().continuum(&[8.1])[0] - 2.0).abs() < 1e-14);
        let at = bands().continuum(&[5.2, 6.0, 14.0]);
        assert!(at[0] < at[1] && at[2] < at[1], "λ⁻¹B(600 K) peaks near 6.2 µm: {at:?}");
    }

    #[test]
    fn the_grid_is_that_of_a_spectrometer() {
        let absorbance = absorbance_grid();
        assert_eq!((absorbance.len(), absorbance[0], absorbance[1675]), (1676, 650.0, 4000.0));
    }

    #[test]
    fn noise_has_its_sigma_and_depends_on_seed_index_and_spectrum() {
        let bands = bands();
        let grid = absorbance_grid();
        let residual = |level, seed, index| -> Vec<f64> {
            let clean = bands.absorbance(&grid);
            let noisy = bands.recorded_absorbance(&grid, level, seed, index);
            noisy.iter().zip(clean).zip(&grid).map(|((noisy, clean), x)| noisy - clean - baseline(*x)).collect()
        };
        let first = residual(0.02, 1, 0);
        let rms = (first.iter().map(|r| r * r).sum::<f64>() / first.len() as f64).sqrt();
        // The relative error of a deviation from 1676 draws is 1/√(2·1676) = 1.7 %.
        assert!((rms / 0.02 - 1.0).abs() < 0.07, "{rms}");
        assert!(residual(0.0, 1, 0).iter().all(|r| r.abs() < 1e-15));
        assert_eq!(first, residual(0.02, 1, 0));
        assert_ne!(first, residual(0.02, 2, 0));
        assert_ne!(first, residual(0.02, 1, 1));
        let nova = bands.nova_noise(&grid[..5], 50.0, 1, 0);
        let scale = bands.nova_sigma(&grid[..5], 50.0) / 0.02;
        assert!(nova.iter().zip(&first).all(|(nova, absorbance)| *nova != scale * absorbance));
    }

    #[test]
    fn sigma_counts_the_continuum_of_the_observed_spectrum() {
        let grid = [8.1];
        assert!((bands().nova_sigma(&grid, 50.0) - 3.0 / 50.0).abs() < 1e-14);
    }

    #[test]
    fn faults_name_their_line_and_column() {
        let fault = |text: &str| StandIn::parse("bands.csv", text).unwrap_err().to_string();
        for (text, expected) in [
            ("", "bands.csv:1: found the columns ``, expected `set,center_um"),
            ("set,center\n", "bands.csv:1: found the columns `set,center`"),
            (&table("qncc_absorbance,8.0,1250\n"), "bands.csv:3: found 3 fields, expected 9"),
            (
                &table(&ROWS.replace("1250.0", "NaN")),
                "bands.csv:3: `center_cm1` is `NaN`; expected a number above zero",
            ),
            (&table(&ROWS.replace(",200,", ",-200,")), "`fwhm_cm1` is `-200`"),
            (&table(&ROWS.replace(",1.300,", ",,")), "bands.csv:5: `fwhm_um` is ``"),
            (
                &table(&ROWS.replace(",B,C,", ",Q,C,")),
                "bands.csv:5: `evidence_center` is `Q`; expected P, C, B, S or A",
            ),
            (&table(&ROWS.replace("nova_", "star_")), "bands.csv:5: `set` is `star_emission`"),
            (&table(ROWS.split("nova").next().unwrap()), "found no band of the set `nova_emission`"),
        ] {
            let found = fault(text);
            assert!(found.contains(expected), "found `{found}`, expected `{expected}`");
        }
    }
}
