//! Attenuated total reflection: how far its bands lie below those of transmission, and a correction of first order.
//!
//! In ATR the light probes the sample through an evanescent wave that reaches in deeper at longer wavelengths, and deeper still
//! where the sample's refractive index comes closer to the crystal's. The index is high on the low-wavenumber side of every
//! absorption band, so bands come out taller and lower in wavenumber than in transmission.
//!
//! Of the 2.1 cm⁻¹ by which the case's polystyrene film lies low, this explains a tenth: its bands are weak (absorbance 0.01 to
//! 0.04) and narrow. What is left, 1.9 cm⁻¹, doesn't grow with wavenumber, as an error of the laser's scale would, and is
//! as large as one sampling step (1.864 cm⁻¹). Optics don't account for it, so a correction must not be asked to.
//!
//! Sources: Harrick, *Internal Reflection Spectroscopy* (1967), for the depth of penetration and the effective thickness
//! (Harrick & du Pré, Appl. Opt. 5, 1739, 1966); Ohta & Ishida, Appl. Spectrosc. 42, 952 (1988) for the Kramers–Kronig
//! transform of sampled data.

use std::f64::consts::{LN_10, PI};

use serde::{Deserialize, Serialize};

use super::peaks::{self, PeakError};

/// The crystal on which the sample lies, with its refractive index near 1000 cm⁻¹.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Crystal {
    /// 2.38
    Diamond,
    /// 2.41
    ZincSelenide,
    /// 4.00
    Germanium,
    /// Another one, by its index.
    Other(f64),
}

impl Crystal {
    /// The refractive index, taken to be the same at all wavenumbers.
    pub fn index(self) -> f64 {
        match self {
            Crystal::Diamond => 2.38,
            Crystal::ZincSelenide => 2.41,
            Crystal::Germanium => 4.00,
            Crystal::Other(index) => index,
        }
    }
}

/// The geometry of a measurement.
///
/// | name | usual | range |
/// |---|---|---|
/// | `angle_degrees` | 45 | above the critical angle, below 90 |
/// | `bounces` | 1 | ≥ 1 |
/// | `sample_index` | 1.5 for polymers | refractive index of the sample far from its bands, at the high-wavenumber end |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub crystal: Crystal,
    /// Angle of incidence in degrees.
    pub angle_degrees: f64,
    pub bounces: u32,
    pub sample_index: f64,
}

/// What can go wrong with an ATR spectrum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AtrError {
    #[error("{name} is {found}, expected {expected}")]
    Setting { name: &'static str, found: f64, expected: &'static str },
    #[error(
        "no total reflection at {wavenumber} cm⁻¹: a sample of index {sample} on a crystal of {crystal} needs more than \
         {critical:.1}°, found {angle}°; check index, crystal and angle"
    )]
    NoTotalReflection { wavenumber: f64, sample: f64, crystal: f64, angle: f64, critical: f64 },
    #[error("the axis has {x} points and the spectrum {y}; give one value per point")]
    Lengths { x: usize, y: usize },
    #[error("point {index} is {found}; wavenumbers must be positive and ascend strictly, and all values numbers")]
    Value { index: usize, found: f64 },
    #[error(
        "the correction still changes by {change:.1e} of the highest absorption after {rounds} rounds; the bands are too strong for it"
    )]
    NotConverged { rounds: usize, change: f64 },
    #[error("the reference peak at {reference} cm⁻¹: {source}")]
    Peak { reference: f64, source: PeakError },
}

impl Setup {
    fn check(&self) -> Result<(), AtrError> {
        let crystal = self.crystal.index();
        for (name, found, fine, expected) in [
            (
                "angle_degrees",
                self.angle_degrees,
                (0.0..90.0).contains(&self.angle_degrees),
                "an angle from 0 to below 90",
            ),
            ("bounces", f64::from(self.bounces), self.bounces > 0, "at least 1"),
            ("crystal", crystal, crystal > 1.0 && crystal.is_finite(), "a refractive index above 1"),
            ("sample_index", self.sample_index, self.sample_index >= 1.0, "a refractive index from 1 on"),
        ] {
            if !fine {
                return Err(AtrError::Setting { name, found, expected });
            }
        }
        Ok(())
    }

    /// `sin²θ − n₂₁²`, which is positive when the reflection is total.
    fn excess(&self, wavenumber: f64, sample: f64) -> Result<f64, AtrError> {
        let crystal = self.crystal.index();
        let ratio = sample / crystal;
        let excess = self.angle_degrees.to_radians().sin().powi(2) - ratio * ratio;
        if excess > 0.0 {
            return Ok(excess);
        }
        let critical = ratio.min(1.0).asin().to_degrees();
        Err(AtrError::NoTotalReflection { wavenumber, sample, crystal, angle: self.angle_degrees, critical })
    }

    /// Depth in µm at which the field has fallen to 1/e: `λ/(2π n₁ √(sin²θ − n₂₁²))` (Harrick 1967).
    ///
    /// # Errors
    /// Settings that make no sense, or no total reflection.
    pub fn penetration_depth(&self, wavenumber_per_cm: f64) -> Result<f64, AtrError> {
        self.check()?;
        let excess = self.excess(wavenumber_per_cm, self.sample_index)?;
        Ok(1e4 / wavenumber_per_cm / (2.0 * PI * self.crystal.index() * excess.sqrt()))
    }

    /// Thickness in µm that would absorb as much in transmission as all bounces do, for unpolarised light and weak absorption.
    ///
    /// The mean of both polarisations, with `n₂₁ = n₂/n₁` and `λ₁ = λ/n₁` (Harrick & du Pré 1966):
    /// `d_⊥ = λ₁ n₂₁ cosθ/(π (1 − n₂₁²) √(sin²θ − n₂₁²))`,
    /// `d_∥ = d_⊥ (2 sin²θ − n₂₁²)/((1 + n₂₁²) sin²θ − n₂₁²)`.
    ///
    /// # Errors
    /// Settings that make no sense, or no total reflection.
    pub fn effective_thickness(&self, wavenumber_per_cm: f64, sample_index: f64) -> Result<f64, AtrError> {
        self.check()?;
        let root = self.excess(wavenumber_per_cm, sample_index)?.sqrt();
        let angle = self.angle_degrees.to_radians();
        let (sine2, ratio) = (angle.sin().powi(2), sample_index / self.crystal.index());
        let ratio2 = ratio * ratio;
        let wavelength = 1e4 / wavenumber_per_cm / self.crystal.index();
        let perpendicular = wavelength * ratio * angle.cos() / (PI * (1.0 - ratio2) * root);
        let parallel = perpendicular * (2.0 * sine2 - ratio2) / ((1.0 + ratio2) * sine2 - ratio2);
        Ok(f64::from(self.bounces) * 0.5 * (perpendicular + parallel))
    }
}

/// The spectrum that transmission would have shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transmission {
    /// Decadic absorbance of a film of the thickness asked for.
    pub absorbance: Vec<f64>,
    /// Imaginary part `k` of the refractive index.
    pub k: Vec<f64>,
    /// Real part `n`; constant without dispersion.
    pub n: Vec<f64>,
    /// Rounds until `k` and `n` agreed.
    pub rounds: usize,
}

/// What the correction allows for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Correction {
    /// The depth of penetration alone, proportional to the wavelength; the index is constant.
    Depth,
    /// Depth, and the index that the bands themselves cause, by Kramers–Kronig: bands move to their places.
    DepthAndDispersion,
}

/// Rounds of the correction before it counts as failed.
const ROUNDS: usize = 60;
/// Change of `k`, relative to its largest value, at which the rounds end.
const SETTLED: f64 = 1e-9;

/// Turns the ATR absorbance (decadic, baseline removed) of an isotropic sample into that of a film of `thickness_um`.
///
/// To first order in the absorption: `A_ATR = 4π ν̃ k d_e(n)/ln 10`, so `k = A_ATR ln 10/(4π ν̃ d_e(n))`, with `n` from `k` by
/// Kramers–Kronig in turns until both agree. Strong bands (`k` above about 0.3) are beyond first order. Wavenumbers in cm⁻¹,
/// ascending strictly. Cost: the square of the number of points in every round.
///
/// # Errors
/// Bad input or settings, an index at which the reflection isn't total, bands too strong for the rounds to converge.
pub fn to_transmission(
    wavenumber_per_cm: &[f64],
    absorbance: &[f64],
    setup: &Setup,
    correction: Correction,
    thickness_um: f64,
) -> Result<Transmission, AtrError> {
    check(wavenumber_per_cm, absorbance)?;
    setup.check()?;
    if !(thickness_um > 0.0 && thickness_um.is_finite()) {
        let expected = "a thickness above 0 µm";
        return Err(AtrError::Setting { name: "thickness_um", found: thickness_um, expected });
    }
    // 1e-4: from µm to cm, so that wavenumber times thickness has no unit
    let per_k = |x: f64, thickness: f64| 4.0 * PI * x * thickness * 1e-4 / LN_10;
    let mut n = vec![setup.sample_index; absorbance.len()];
    let mut k = vec![0.0; absorbance.len()];
    let mut rounds = 0;
    loop {
        let mut change: f64 = 0.0;
        let mut largest: f64 = 0.0;
        for i in 0..k.len() {
            let x = wavenumber_per_cm[i];
            let now = absorbance[i] / per_k(x, setup.effective_thickness(x, n[i])?);
            change = change.max((now - k[i]).abs());
            largest = largest.max(now.abs());
            k[i] = now;
        }
        rounds += 1;
        if correction == Correction::Depth || change <= SETTLED * largest {
            break;
        }
        if rounds == ROUNDS {
            return Err(AtrError::NotConverged { rounds, change: change / largest });
        }
        n = kramers_kronig(wavenumber_per_cm, &k, setup.sample_index)?;
    }
    let film = wavenumber_per_cm.iter().zip(&k).map(|(x, k)| k * per_k(*x, thickness_um)).collect();
    Ok(Transmission { absorbance: film, k, n, rounds })
}

/// The real part of the refractive index from the imaginary part: `n(ν) = n_∞ + (2/π) P∫ ν′k(ν′)/(ν′² − ν²) dν′`.
///
/// `k` is taken to be linear between points and zero beyond them; each piece is integrated in closed form, so the points may
/// lie unevenly. `n_∞` is the index above the highest wavenumber, where bands of the electrons alone count.
///
/// # Errors
/// Lengths that differ, values that aren't numbers, an axis that doesn't ascend strictly.
pub fn kramers_kronig(wavenumber_per_cm: &[f64], k: &[f64], n_infinity: f64) -> Result<Vec<f64>, AtrError> {
    check(wavenumber_per_cm, k)?;
    let x = wavenumber_per_cm;
    // 2ν′/(ν′² − ν²) = 1/(ν′ − ν) + 1/(ν′ + ν); over one piece k = a + bν′:
    // ∫ k/(ν′ − ν) = b (v − u) + (a + bν) ln|(v − ν)/(u − ν)|. Where ν is a point, the two pieces that meet there have
    // +k ln ε and −k ln ε, which cancel, so ln 0 counts as 0.
    let log = |distance: f64| if distance == 0.0 { 0.0 } else { distance.abs().ln() };
    let index = |nu: f64| {
        let mut sum = 0.0;
        for i in 1..x.len() {
            let (u, v) = (x[i - 1], x[i]);
            let slope = (k[i] - k[i - 1]) / (v - u);
            let at = |place: f64| k[i - 1] + slope * (place - u);
            sum += 2.0 * slope * (v - u) + at(nu) * (log(v - nu) - log(u - nu)) + at(-nu) * (log(v + nu) - log(u + nu));
        }
        n_infinity + sum / PI
    };
    Ok(x.iter().map(|nu| index(*nu)).collect())
}

fn check(x: &[f64], y: &[f64]) -> Result<(), AtrError> {
    if x.len() != y.len() {
        return Err(AtrError::Lengths { x: x.len(), y: y.len() });
    }
    for index in 0..x.len() {
        if !(x[index].is_finite() && x[index] > 0.0 && (index == 0 || x[index] > x[index - 1])) {
            return Err(AtrError::Value { index, found: x[index] });
        }
        if !y[index].is_finite() {
            return Err(AtrError::Value { index, found: y[index] });
        }
    }
    Ok(())
}

/// Polystyrene's reference peaks in cm⁻¹, in transmission: untraced (S). Values of this kind come from the certificates of
/// calibration films, such as NIST's Standard Reference Material 1921; none was read.
pub const POLYSTYRENE: [f64; 9] = [3060.0, 3026.4, 2850.0, 1601.35, 1583.0, 1154.5, 1028.35, 906.8, 841.9];

/// A reference peak and where it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Where it should be, in cm⁻¹.
    pub reference: f64,
    /// Where it was found, in cm⁻¹.
    pub position: f64,
    /// One σ of that, from the scatter about a parabola.
    pub uncertainty: f64,
}

impl Found {
    /// Found minus reference, in cm⁻¹: below zero in ATR.
    pub fn shift(&self) -> f64 {
        self.position - self.reference
    }
}

/// The shift of all reference peaks together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftSummary {
    pub peaks: Vec<Found>,
    /// Mean of the shifts, in cm⁻¹.
    pub mean: f64,
    /// Their standard deviation, in cm⁻¹: how much the shift differs among bands, not the error of the mean.
    pub deviation: f64,
}

/// Distance from a reference within which its peak is sought, in cm⁻¹.
const REACH: f64 = 8.0;
/// Points on each side of a summit through which the parabola is laid.
const HALF: usize = 2;

/// Finds reference peaks: the summit nearest to each within 8 cm⁻¹, refined by a parabola through five points.
///
/// # Errors
/// Fewer than two references, or the first one that has no summit near it.
pub fn reference_shifts(
    wavenumber_per_cm: &[f64],
    absorbance: &[f64],
    references: &[f64],
) -> Result<ShiftSummary, AtrError> {
    if references.len() < 2 {
        let (found, expected) = (references.len() as f64, "at least 2");
        return Err(AtrError::Setting { name: "number of references", found, expected });
    }
    let found = |&reference: &f64| -> Result<Found, AtrError> {
        let (position, uncertainty) = peaks::vertex(wavenumber_per_cm, absorbance, reference, REACH, HALF)
            .map_err(|source| AtrError::Peak { reference, source })?;
        Ok(Found { reference, position, uncertainty })
    };
    let peaks = references.iter().map(found).collect::<Result<Vec<_>, AtrError>>()?;
    let count = peaks.len() as f64;
    let mean = peaks.iter().map(Found::shift).sum::<f64>() / count;
    let squares: f64 = peaks.iter().map(|peak| (peak.shift() - mean).powi(2)).sum();
    Ok(ShiftSummary { peaks, mean, deviation: (squares / (count - 1.0)).sqrt() })
}

#[cfg(test)]
mod tests;
