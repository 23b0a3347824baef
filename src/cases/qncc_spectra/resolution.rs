//! What a low resolving power does to the position of an asymmetric band.
//!
//! The bands near 6.2 and 11.2 µm rise steeply and have a tail to longer wavelengths; smoothed, they peak at longer wavelengths.
//! At a resolving power of 90 that is 0.01 to 0.03 µm: the distance between classes. A template that was observed at high
//! resolution tells how much.

use super::peaks::{self, PeakError, Settings};
use super::spectrum::{blurred, kernel_range};

/// Convolves a spectrum with a Gaussian whose full width at half maximum is `λ/resolving_power`, at the wavelengths `at`.
///
/// As [`blurred`]; the template's own resolution isn't taken off.
///
/// # Errors
/// A resolving power that isn't positive, an axis that falls, wavelengths that the kernel can't reach.
pub fn convolve(wavelength_um: &[f64], flux: &[f64], resolving_power: f64, at: &[f64]) -> Result<Vec<f64>, PeakError> {
    let found = resolving_power;
    if !(found > 0.0 && found.is_finite()) {
        return Err(PeakError::Setting { name: "resolving_power", found, expected: "a number above 0" });
    }
    let n = wavelength_um.len();
    if flux.len() != n || n < 2 {
        return Err(PeakError::Lengths { x: n, y: flux.len(), sigma: n });
    }
    if let Some(i) = wavelength_um.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(PeakError::Unsorted { index: i + 1, before: wavelength_um[i], found: wavelength_um[i + 1] });
    }
    let seen = blurred((wavelength_um, flux), None, resolving_power, at);
    let reached = |(seen, centre): (Option<(f64, f64)>, &f64)| {
        let (from, to) = kernel_range(*centre, resolving_power);
        seen.map(|(flux, _)| flux).ok_or(PeakError::TooFewPoints { from, to, found: 0, wanted: 1 })
    };
    seen.into_iter().zip(at).map(reached).collect()
}

/// How far the peak of a template's band moves when it is seen at `resolving_power` on the wavelengths `at`: coarse minus fine.
///
/// Only wavelengths within the template are used. `fine` and `coarse` are the settings of the two measurements: the same
/// window, with wider anchors where the points are few.
///
/// # Errors
/// Those of [`convolve`] and [`peaks::measure`].
pub fn peak_shift(
    (wavelength_um, flux): (&[f64], &[f64]),
    fine: &Settings,
    resolving_power: f64,
    at: &[f64],
    coarse: &Settings,
) -> Result<f64, PeakError> {
    let sharp = peaks::measure(wavelength_um, flux, &[], fine)?;
    let [first, .., last] = wavelength_um else {
        return Err(PeakError::Lengths { x: wavelength_um.len(), y: flux.len(), sigma: 0 });
    };
    let at: Vec<f64> = at.iter().copied().filter(|x| (*first..=*last).contains(x)).collect();
    let smooth = convolve(wavelength_um, flux, resolving_power, &at)?;
    Ok(peaks::measure(&at, &smooth, &[], coarse)?.position - sharp.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Gaussian of width a seen through one of width b has the width √(a² + b²) and the same area.
    #[test]
    fn a_gaussian_widens_by_the_kernel() {
        let x: Vec<f64> = (0..4000).map(|i| 9.0 + 1e-3 * f64::from(i)).collect();
        let line = |x: f64, fwhm: f64| (-4.0 * std::f64::consts::LN_2 * ((x - 11.0) / fwhm).powi(2)).exp();
        let y: Vec<f64> = x.iter().map(|x| line(*x, 0.2)).collect();
        let kernel = 11.0 / 100.0;
        let wide = 0.2_f64.hypot(kernel);
        let found = convolve(&x, &y, 100.0, &[10.9, 11.0, 11.1]).unwrap();
        for (found, at) in found.iter().zip([10.9, 11.0, 11.1]) {
            let expected = 0.2 / wide * line(at, wide);
            // the kernel's width follows the wavelength, which a Gaussian of fixed width doesn't
            assert!((found - expected).abs() < 0.01, "{at}: {found} {expected}");
        }
    }

    #[test]
    fn a_band_with_a_red_tail_moves_to_the_red_and_a_symmetric_one_stays() {
        let x: Vec<f64> = (0..3000).map(|i| 10.5 + 5e-4 * f64::from(i)).collect();
        let coarse: Vec<f64> = (0..60).map(|i| 10.5 + 0.025 * f64::from(i)).collect();
        let shift = |red: f64| {
            let band = |x: f64| {
                let width = if x < 11.2 { 0.08 } else { red };
                (-((x - 11.2) / width).powi(2)).exp()
            };
            let y: Vec<f64> = x.iter().map(|x| band(*x)).collect();
            let settings = Settings::new((10.8, 11.7), 0.03);
            peak_shift((&x, &y), &settings, 100.0, &coarse, &settings).unwrap()
        };
        assert!(shift(0.08).abs() < 2e-3, "{}", shift(0.08));
        assert!(shift(0.2) > 0.01, "{}", shift(0.2));
    }

    #[test]
    fn faults_say_what_was_found() {
        let (x, y) = ([1.0, 2.0, 3.0], [1.0; 3]);
        assert!(matches!(convolve(&x, &y, 0.0, &[2.0]), Err(PeakError::Setting { .. })));
        assert!(matches!(convolve(&x, &y, 1000.0, &[2.5]), Err(PeakError::TooFewPoints { found: 0, .. })));
        assert!(matches!(convolve(&[1.0, 3.0, 2.0], &y, 10.0, &[2.0]), Err(PeakError::Unsorted { index: 2, .. })));
    }
}
