//! Profiles of bands and lines, thermal continua and attenuation, as functions of wavelength or any other axis.
//!
//! Every profile is one at its centre, so a coefficient is a height in the units of the spectrum. Widths are full widths at
//! half maximum in the units of the axis. Derivatives are analytic.

mod faddeeva;

use serde::{Deserialize, Serialize};

pub use faddeeva::faddeeva;

use std::f64::consts::{LN_2, PI};

use super::constants::{
    JANSKY, LINE_FWHM_PER_SIGMA, PLANCK_MJY_PER_SR, SECOND_RADIATION_CONSTANT_UM_K, SPEED_OF_LIGHT_UM_PER_S,
    frequency_per_wavelength,
};

/// Where silicate absorbs most, in µm; modified blackbodies and optical depths refer to it.
pub const SILICATE_UM: f64 = 9.7;

/// A profile at one point, with its derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slopes {
    /// The profile.
    pub value: f64,
    /// Its derivative in the centre.
    pub by_centre: f64,
    /// Its derivative in the FWHM.
    pub by_width: f64,
}

/// `g²/((λ/λ₀ − λ₀/λ)² + g²)`, `g = FWHM/λ₀`: the band of a damped oscillator, symmetric in log λ (Smith et al. 2007, eq. 3).
pub fn drude(x: f64, centre: f64, fwhm: f64) -> f64 {
    let g = fwhm / centre;
    let u = x / centre - centre / x;
    g * g / (u * u + g * g)
}

/// [`drude`] with its derivatives.
pub fn drude_slopes(x: f64, centre: f64, fwhm: f64) -> Slopes {
    let g = fwhm / centre;
    let u = x / centre - centre / x;
    let size = u * u + g * g;
    let value = g * g / size;
    // ∂value/∂g and ∂value/∂u, then the chain.
    let by_g = 2.0 * g * u * u / (size * size);
    let by_u = -2.0 * value * u / size;
    let u_by_centre = -x / (centre * centre) - 1.0 / x;
    Slopes { value, by_centre: by_u * u_by_centre - by_g * g / centre, by_width: by_g / centre }
}

/// `exp(−4 ln 2 ((x − x₀)/FWHM)²)`.
pub fn gaussian(x: f64, centre: f64, fwhm: f64) -> f64 {
    let u = (x - centre) / fwhm;
    (-4.0 * LN_2 * u * u).exp()
}

/// [`gaussian`] with its derivatives.
pub fn gaussian_slopes(x: f64, centre: f64, fwhm: f64) -> Slopes {
    normal_slopes(x, centre, fwhm, 4.0 * LN_2)
}

/// `exp(−½((λ − λ₀)/(FWHM/2.355))²)`: an unresolved line with PAHFIT's rounded width.
pub fn line(x: f64, centre: f64, fwhm: f64) -> f64 {
    let u = (x - centre) / (fwhm / LINE_FWHM_PER_SIGMA);
    (-0.5 * u * u).exp()
}

/// [`line`] with its derivatives.
pub fn line_slopes(x: f64, centre: f64, fwhm: f64) -> Slopes {
    normal_slopes(x, centre, fwhm, 0.5 * LINE_FWHM_PER_SIGMA * LINE_FWHM_PER_SIGMA)
}

fn normal_slopes(x: f64, centre: f64, fwhm: f64, sharpness: f64) -> Slopes {
    let u = (x - centre) / fwhm;
    let value = (-sharpness * u * u).exp();
    let by_centre = 2.0 * sharpness * u / fwhm * value;
    Slopes { value, by_centre, by_width: by_centre * u }
}

/// `1/(1 + 4((x − x₀)/FWHM)²)`.
pub fn lorentzian(x: f64, centre: f64, fwhm: f64) -> f64 {
    let u = 2.0 * (x - centre) / fwhm;
    1.0 / (1.0 + u * u)
}

/// [`lorentzian`] with its derivatives.
pub fn lorentzian_slopes(x: f64, centre: f64, fwhm: f64) -> Slopes {
    let u = 2.0 * (x - centre) / fwhm;
    let value = 1.0 / (1.0 + u * u);
    let by_centre = 4.0 * u * value * value / fwhm;
    Slopes { value, by_centre, by_width: 0.5 * by_centre * u }
}

/// A Voigt profile at one point, with its derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoigtSlopes {
    /// The profile, one at its centre.
    pub value: f64,
    /// Its derivative in the centre.
    pub by_centre: f64,
    /// Its derivative in the FWHM of the Gaussian part.
    pub by_gaussian: f64,
    /// Its derivative in the FWHM of the Lorentzian part.
    pub by_lorentzian: f64,
}

/// A Gaussian convolved with a Lorentzian, divided by its value at the centre.
pub fn voigt(x: f64, centre: f64, gaussian_fwhm: f64, lorentzian_fwhm: f64) -> f64 {
    voigt_slopes(x, centre, gaussian_fwhm, lorentzian_fwhm).value
}

/// [`voigt`] with its derivatives: `Re w(u + iv)/Re w(iv)`, `u = (x − x₀)/(σ√2)`, `v = γ/(σ√2)`, with [`faddeeva`]'s `w`.
///
/// A Gaussian width of zero gives the Lorentzian. Good to about 1e-12 of its value, its derivatives to 1e-10 away from their
/// zeros, as long as the widths differ by less than four decades.
pub fn voigt_slopes(x: f64, centre: f64, gaussian_fwhm: f64, lorentzian_fwhm: f64) -> VoigtSlopes {
    if gaussian_fwhm == 0.0 {
        let Slopes { value, by_centre, by_width } = lorentzian_slopes(x, centre, lorentzian_fwhm);
        return VoigtSlopes { value, by_centre, by_gaussian: 0.0, by_lorentzian: by_width };
    }
    let scale = 2.0 * LN_2.sqrt() / gaussian_fwhm;
    let (u, v) = ((x - centre) * scale, 0.5 * lorentzian_fwhm * scale);
    let (w, slope) = faddeeva(u, v);
    let (peak, peak_slope) = faddeeva(0.0, v);
    let value = w[0] / peak[0];
    // Re w by u and by v, the latter through −Im w'; then the quotient.
    let by_u = slope[0] / peak[0];
    let by_v = (-slope[1] + value * peak_slope[1]) / peak[0];
    VoigtSlopes {
        value,
        by_centre: -by_u * scale,
        by_gaussian: -(u * by_u + v * by_v) / gaussian_fwhm,
        by_lorentzian: 0.5 * by_v * scale,
    }
}

/// The FWHM of a Voigt profile, to rounding: the root of `voigt = ½`.
pub fn voigt_fwhm(gaussian_fwhm: f64, lorentzian_fwhm: f64) -> f64 {
    // Olivero & Longbothum 1977, good to 0.02 %; Newton's steps do the rest.
    let mut width = 0.5346 * lorentzian_fwhm + (0.2166 * lorentzian_fwhm.powi(2) + gaussian_fwhm.powi(2)).sqrt();
    for _ in 0..4 {
        let at = voigt_slopes(0.5 * width, 0.0, gaussian_fwhm, lorentzian_fwhm);
        width += 2.0 * (at.value - 0.5) / at.by_centre;
    }
    width
}

/// The integral of [`drude`] over wavelength, `π FWHM/2`, exact over the whole axis.
pub fn drude_area(fwhm: f64) -> f64 {
    0.5 * PI * fwhm
}

/// The integral of [`gaussian`].
pub fn gaussian_area(fwhm: f64) -> f64 {
    0.5 * fwhm * (PI / LN_2).sqrt()
}

/// The integral of [`lorentzian`].
pub fn lorentzian_area(fwhm: f64) -> f64 {
    0.5 * PI * fwhm
}

/// The integral of [`voigt`].
pub fn voigt_area(gaussian_fwhm: f64, lorentzian_fwhm: f64) -> f64 {
    if gaussian_fwhm == 0.0 {
        return lorentzian_area(lorentzian_fwhm);
    }
    let scale = 2.0 * LN_2.sqrt() / gaussian_fwhm;
    PI.sqrt() / (scale * faddeeva(0.0, 0.5 * lorentzian_fwhm * scale).0[0])
}

/// Power of a Drude band in F_ν: `P = π c b g/(2 λ₀)` in W m⁻², for height `b` in Jy and lengths in µm; exact.
pub fn drude_power(height_jy: f64, centre_um: f64, fwhm_um: f64) -> f64 {
    0.5 * PI * SPEED_OF_LIGHT_UM_PER_S * JANSKY * height_jy * (fwhm_um / centre_um) / centre_um
}

/// Power in W m⁻² of a profile that is narrow and Gaussian in wavelength, from its height in Jy and its σ in µm.
///
/// `∫ F_ν c/λ² dλ = (c/λ₀²) b σ √(2π) (1 + 3s² + 15s⁴ + …)` with `s = σ/λ₀`; what is left out is of the order 105 s⁶.
pub fn gaussian_power(height_jy: f64, centre_um: f64, sigma_um: f64) -> f64 {
    let narrow = (sigma_um / centre_um).powi(2);
    let area = sigma_um * (2.0 * PI).sqrt() * (1.0 + 3.0 * narrow + 15.0 * narrow * narrow);
    frequency_per_wavelength(centre_um) * JANSKY * height_jy * area
}

/// B_ν(T) in MJy/sr: `3.97289e13 λ⁻³/(exp(14387.752/λT) − 1)`, λ in µm, T in K; constants rounded as in PAHFIT.
pub fn blackbody(wavelength_um: f64, temperature_k: f64) -> f64 {
    let exponent = SECOND_RADIATION_CONSTANT_UM_K / (wavelength_um * temperature_k);
    PLANCK_MJY_PER_SR / wavelength_um.powi(3) / exponent.exp_m1()
}

/// [`blackbody`] times `(9.7/λ)²`: dust whose emissivity grows as ν².
pub fn modified_blackbody(wavelength_um: f64, temperature_k: f64) -> f64 {
    blackbody(wavelength_um, temperature_k) * (SILICATE_UM / wavelength_um).powi(2)
}

/// How dust of optical depth τ(λ) lies in what it attenuates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Geometry {
    /// Mixed with the emitter: `(1 − e^−τ)/τ`.
    Mixed,
    /// In front of it: `e^−τ`.
    Screen,
}

impl Geometry {
    /// The share of light that is left.
    pub fn factor(self, depth: f64) -> f64 {
        match self {
            Self::Screen => (-depth).exp(),
            // Terms of the series below; the first left out is τ⁵/720.
            Self::Mixed if depth.abs() < 1e-3 => {
                1.0 - depth / 2.0 * (1.0 - depth / 3.0 * (1.0 - depth / 4.0 * (1.0 - depth / 5.0)))
            }
            Self::Mixed => -(-depth).exp_m1() / depth,
        }
    }

    /// The derivative of [`Geometry::factor`] in the optical depth.
    pub fn slope(self, depth: f64) -> f64 {
        match self {
            Self::Screen => -(-depth).exp(),
            // Rounding would grow as 1/τ² otherwise; the first term left out is 7τ⁶/40320.
            Self::Mixed if depth.abs() < 2e-2 => {
                -0.5 + depth
                    * (1.0 / 3.0 - depth * (1.0 / 8.0 - depth * (1.0 / 30.0 - depth * (1.0 / 144.0 - depth / 840.0))))
            }
            Self::Mixed => ((-depth).exp() - self.factor(depth)) / depth,
        }
    }
}

#[cfg(test)]
#[path = "profiles/tests.rs"]
mod tests;
