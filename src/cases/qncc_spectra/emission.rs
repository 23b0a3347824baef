//! From absorbance or optical constants to optically thin thermal emission, and where its bands peak.
//!
//! A cloud of grains at temperature `T` that is transparent at every wavelength emits `F_ν ∝ κ_ν B_ν(T)`. The opacity `κ_ν` is
//! proportional to the absorbance after its baseline was removed, or, for grains much smaller than the wavelength, to `k/λ`
//! when scattering and the shape of the grains are left out. Absorbance belongs to a point, so changing its axis takes no
//! Jacobian; `F_λ = F_ν c/λ²` is a density and does. `B_ν` is [`super::profiles::blackbody`], in MJy/sr.
//!
//! Wavelengths are vacuum µm, wavenumbers vacuum cm⁻¹, temperatures K. What comes out is relative: κ has no unit here.

use serde::{Deserialize, Serialize};

use super::constants::frequency_per_wavelength;
use super::profiles::{blackbody as planck, gaussian};

/// What an emission spectrum is a density of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Density {
    /// `F_ν`: per frequency, and so per wavenumber or energy.
    Frequency,
    /// `F_λ`: per wavelength.
    Wavelength,
}

impl Density {
    /// The symbol: `F_ν` or `F_λ`.
    pub fn symbol(self) -> &'static str {
        match self {
            Density::Frequency => "F_ν",
            Density::Wavelength => "F_λ",
        }
    }

    /// The Jacobian from `F_ν`: one, or `c/λ²` with `c` in µm/s.
    fn jacobian(self, wavelength_um: f64) -> f64 {
        match self {
            Density::Frequency => 1.0,
            Density::Wavelength => frequency_per_wavelength(wavelength_um),
        }
    }
}

/// Why no emission could be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EmissionError {
    #[error("the temperature is {found} K, expected a number above 0")]
    Temperature { found: f64 },
    #[error("the axis has {wavelengths} points and the opacity {opacities}; give one value per point")]
    Lengths { wavelengths: usize, opacities: usize },
    #[error("point {index} is {found}; wavelengths must be above 0 and all values numbers")]
    Value { index: usize, found: f64 },
    #[error("the peak is sought between {from} and {to} µm; give two positive wavelengths, the lower one first")]
    Range { from: f64, to: f64 },
    #[error(
        "the emission is highest at the end ({at} µm) of the range {from}–{to} µm, so it has no peak inside; widen the range"
    )]
    AtTheEnd { from: f64, to: f64, at: f64 },
}

/// Emission `κ B_ν(T)` (times `c/λ²` for [`Density::Wavelength`]) from an opacity at each wavelength.
///
/// `opacity` is the absorbance after baseline removal. Noise may have made it negative somewhere; that is kept.
///
/// # Errors
/// An unphysical temperature, lengths that differ, values that aren't numbers.
pub fn from_absorbance(
    wavelength_um: &[f64],
    opacity: &[f64],
    temperature_k: f64,
    density: Density,
) -> Result<Vec<f64>, EmissionError> {
    check_temperature(temperature_k)?;
    if wavelength_um.len() != opacity.len() {
        return Err(EmissionError::Lengths { wavelengths: wavelength_um.len(), opacities: opacity.len() });
    }
    let emission = |(index, (x, kappa)): (usize, (&f64, &f64))| {
        if !(x.is_finite() && *x > 0.0) {
            return Err(EmissionError::Value { index, found: *x });
        }
        if !kappa.is_finite() {
            return Err(EmissionError::Value { index, found: *kappa });
        }
        Ok(kappa * planck(*x, temperature_k) * density.jacobian(*x))
    };
    wavelength_um.iter().zip(opacity).enumerate().map(emission).collect()
}

/// Emission `(k/λ) B_ν(T)` from the imaginary part `k` of the refractive index.
///
/// # Errors
/// Those of [`from_absorbance`].
pub fn from_optical_constants(
    wavelength_um: &[f64],
    k: &[f64],
    temperature_k: f64,
    density: Density,
) -> Result<Vec<f64>, EmissionError> {
    let opacity: Vec<f64> = k.iter().zip(wavelength_um).map(|(k, x)| k / x).collect();
    if k.len() != wavelength_um.len() {
        return Err(EmissionError::Lengths { wavelengths: wavelength_um.len(), opacities: k.len() });
    }
    from_absorbance(wavelength_um, &opacity, temperature_k, density)
}

/// Cells of the grid on which a peak is first sought.
const CELLS: usize = 2000;
/// Width to which a peak is bracketed, in µm.
const BRACKET: f64 = 1e-7;

/// Finds where the emission of a continuous opacity (a function of the wavelength in µm) is highest, to 1e-5 µm.
///
/// The highest of 2001 points brackets the peak, a golden-section search narrows it; two peaks closer than a cell, of
/// which the lower one has the higher grid point, are confused.
///
/// # Errors
/// An unphysical temperature or range, and a maximum at an end of the range.
pub fn peak(
    opacity: &dyn Fn(f64) -> f64,
    temperature_k: f64,
    density: Density,
    range: (f64, f64),
) -> Result<f64, EmissionError> {
    check_temperature(temperature_k)?;
    // relative to the middle, so that exp(14387.752/λT) can't underflow all values at low temperatures
    let scale = planck(0.5 * (range.0 + range.1), temperature_k).max(f64::MIN_POSITIVE);
    highest(&|x| opacity(x) * planck(x, temperature_k) / scale * density.jacobian(x), range)
}

/// Where a function is highest.
fn highest(function: &dyn Fn(f64) -> f64, (from, to): (f64, f64)) -> Result<f64, EmissionError> {
    if !(from > 0.0 && to > from && to.is_finite()) {
        return Err(EmissionError::Range { from, to });
    }
    let at = |k: usize| from + (to - from) * k as f64 / CELLS as f64;
    let best = (0..=CELLS).max_by(|a, b| function(at(*a)).total_cmp(&function(at(*b)))).unwrap_or(0);
    if best == 0 || best == CELLS {
        return Err(EmissionError::AtTheEnd { from, to, at: at(best) });
    }
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (at(best - 1), at(best + 1));
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (function(a), function(b));
    while high - low > BRACKET {
        if at_a >= at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - ratio * (high - low);
            at_a = function(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + ratio * (high - low);
            at_b = function(b);
        }
    }
    Ok(0.5 * (low + high))
}

/// One line of a shift table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Temperature of the grains, in K.
    pub temperature_k: f64,
    /// Unit of the emission.
    pub density: Density,
    /// Where the emission peaks, in µm.
    pub peak_um: f64,
    /// The peak minus that of the opacity itself, in µm.
    pub shift_um: f64,
}

/// Where a band of a continuous opacity peaks at each temperature and in each unit, and how far that is from the peak of the
/// opacity.
///
/// # Errors
/// Those of [`peak`], for the opacity as well.
pub fn shifts(
    opacity: &dyn Fn(f64) -> f64,
    temperatures_k: &[f64],
    range: (f64, f64),
) -> Result<Vec<Shift>, EmissionError> {
    let own = highest(opacity, range)?;
    let mut table = Vec::with_capacity(2 * temperatures_k.len());
    for &temperature_k in temperatures_k {
        for density in [Density::Frequency, Density::Wavelength] {
            let peak_um = peak(opacity, temperature_k, density, range)?;
            table.push(Shift { temperature_k, density, peak_um, shift_um: peak_um - own });
        }
    }
    Ok(table)
}

/// The opacity of a Gaussian band in wavenumber (both numbers in cm⁻¹), as a function of the wavelength in µm.
pub fn gaussian_band(center_per_cm: f64, fwhm_per_cm: f64) -> impl Fn(f64) -> f64 {
    move |wavelength_um| gaussian(1e4 / wavelength_um, center_per_cm, fwhm_per_cm)
}

fn check_temperature(found: f64) -> Result<(), EmissionError> {
    if found.is_finite() && found > 0.0 { Ok(()) } else { Err(EmissionError::Temperature { found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::constants::SPEED_OF_LIGHT_UM_PER_S as LIGHT;
    use proptest::prelude::*;

    const RANGE: (f64, f64) = (7.0, 9.5);

    /// Claim 7.
    #[test]
    fn the_8_um_band_peaks_where_the_case_says() {
        let band = gaussian_band(1250.0, 200.0);
        for (temperature, density, expected) in [
            (300.0, Density::Frequency, 8.111),
            (500.0, Density::Frequency, 8.026),
            (1000.0, Density::Frequency, 7.969),
            (500.0, Density::Wavelength, 7.953),
        ] {
            let found = peak(&band, temperature, density, RANGE).unwrap();
            assert!((found - expected).abs() < 0.001, "{temperature} {density:?}: {found}");
        }
    }

    /// Bounded minimisation in SciPy (Brent, tolerance 1e-9) gave 8.025562029 and 7.953199462 at 500 K.
    #[test]
    fn a_peak_is_found_to_1e_5_um() {
        let band = gaussian_band(1250.0, 200.0);
        for (density, expected) in [(Density::Frequency, 8.025562029), (Density::Wavelength, 7.953199462)] {
            let found = peak(&band, 500.0, density, RANGE).unwrap();
            assert!((found - expected).abs() < 1e-6, "{density:?}: {found}");
        }
    }

    #[test]
    fn the_table_has_both_units_and_shifts_from_the_absorbance() {
        let band = gaussian_band(1250.0, 200.0);
        let table = shifts(&band, &[300.0, 1000.0], RANGE).unwrap();
        assert_eq!(table.len(), 4);
        assert!(table.iter().all(|row| (row.peak_um - row.shift_um - 8.0).abs() < 1e-6), "{table:?}");
        // in F_λ the band lies shorter than in F_ν, and hotter grains move it to shorter wavelengths
        assert!(table[1].peak_um < table[0].peak_um && table[2].peak_um < table[0].peak_um);
    }

    proptest! {
        /// The energy in a band doesn't depend on the unit: ∫F_ν dν = ∫F_λ dλ.
        #[test]
        fn the_jacobian_keeps_the_energy(temperature in 100.0..2000.0_f64) {
            let x: Vec<f64> = (0..=4000).map(|i| 5.0 + 0.002 * f64::from(i)).collect();
            let flat = vec![1.0; x.len()];
            let per = |density| from_absorbance(&x, &flat, temperature, density).unwrap();
            let (by_frequency, by_wavelength) = (per(Density::Frequency), per(Density::Wavelength));
            let (mut in_frequency, mut in_wavelength) = (0.0, 0.0);
            for i in 1..x.len() {
                in_frequency += 0.5 * (by_frequency[i] + by_frequency[i - 1]) * (LIGHT / x[i - 1] - LIGHT / x[i]);
                in_wavelength += 0.5 * (by_wavelength[i] + by_wavelength[i - 1]) * (x[i] - x[i - 1]);
            }
            prop_assert!((in_frequency / in_wavelength - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn optical_constants_enter_as_k_over_wavelength() {
        let (x, k) = ([5.0, 10.0], [0.1, 0.3]);
        let by_k = from_optical_constants(&x, &k, 600.0, Density::Frequency).unwrap();
        let by_opacity = from_absorbance(&x, &[0.02, 0.03], 600.0, Density::Frequency).unwrap();
        assert!(by_k.iter().zip(&by_opacity).all(|(a, b)| (a / b - 1.0).abs() < 1e-14));
    }

    #[test]
    fn faults_say_what_was_found() {
        let band = gaussian_band(1250.0, 200.0);
        assert_eq!(
            from_absorbance(&[5.0], &[1.0], 0.0, Density::Frequency).unwrap_err().to_string(),
            "the temperature is 0 K, expected a number above 0"
        );
        assert!(matches!(
            from_absorbance(&[5.0, -1.0], &[1.0, 1.0], 300.0, Density::Frequency),
            Err(EmissionError::Value { index: 1, .. })
        ));
        assert!(matches!(
            from_optical_constants(&[5.0], &[1.0, 2.0], 300.0, Density::Frequency),
            Err(EmissionError::Lengths { wavelengths: 1, opacities: 2 })
        ));
        let end = peak(&band, 300.0, Density::Frequency, (8.5, 9.0)).unwrap_err();
        assert!(end.to_string().contains("highest at the end (8.5 µm)"), "{end}");
        assert!(matches!(peak(&band, 300.0, Density::Frequency, (9.0, 8.0)), Err(EmissionError::Range { .. })));
    }
}
