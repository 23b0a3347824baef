//! What a spectrum's values are.

use super::{Spectrum, SpectrumError, Unit, Wavelength};

/// What the values of a spectrum mean.
pub trait Quantity: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The word for it in messages.
    const NAME: &'static str;
    /// Column names that mean this quantity, in lower case.
    const NAMES: &'static [&'static str];
    /// The unit where a file gives none; `None`: a file must give one, because guessing would be a factor.
    const DEFAULT: Option<Unit>;
    /// Whether a column of any other name may be it, if it is the only one left that has no unit. Only where nobody agrees
    /// on names, and where nothing else of the kind is without a unit: a transmittance must not pass for an absorbance.
    const ANY_NAME: bool;

    /// Whether values may be in this unit.
    fn accepts(unit: Unit) -> bool;
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $word:literal, $names:expr, $default:expr, $any_name:literal, $($unit:pat_param)|+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl Quantity for $name {
            const NAME: &'static str = $word;
            const NAMES: &'static [&'static str] = $names;
            const DEFAULT: Option<Unit> = $default;
            const ANY_NAME: bool = $any_name;

            fn accepts(unit: Unit) -> bool {
                matches!(unit, $($unit)|+)
            }
        }
    };
}

quantity!(
    /// Flux density (or intensity) per frequency, `F_ν`: Jy, MJy sr⁻¹, W m⁻² Hz⁻¹.
    FluxDensityNu,
    "flux density per frequency",
    &["flux", "flux_density", "fnu", "f_nu", "intensity", "surface_brightness", "surf_bright", "brightness"],
    None,
    false,
    Unit::Jansky | Unit::Millijansky | Unit::WattPerM2Hertz | Unit::MegajanskyPerSteradian | Unit::Relative
);
quantity!(
    /// Flux density (or intensity) per wavelength, `F_λ`: W m⁻² µm⁻¹, erg s⁻¹ cm⁻² Å⁻¹.
    FluxDensityLambda,
    "flux density per wavelength",
    &["flux", "flux_density", "flambda", "f_lambda", "flam", "intensity"],
    None,
    false,
    Unit::WattPerM2Micron
        | Unit::ErgPerSCm2Angstrom
        | Unit::ErgPerSCm2Micron
        | Unit::WattPerM2MicronSteradian
        | Unit::Relative
);
quantity!(
    /// Decadic absorbance, −log₁₀ of the transmitted fraction.
    Absorbance,
    "absorbance",
    &["absorbance", "abs"],
    Some(Unit::One),
    false,
    Unit::One | Unit::Relative
);
quantity!(
    /// Transmitted fraction, or percent of it.
    Transmittance,
    "transmittance",
    &["transmittance", "transmission", "%t"],
    None,
    false,
    Unit::One | Unit::Percent
);
quantity!(
    /// Real part n of the complex refractive index.
    RefractiveIndex,
    "refractive index n",
    &["n"],
    Some(Unit::One),
    false,
    Unit::One
);
quantity!(
    /// Imaginary part k of the complex refractive index.
    ExtinctionCoefficient,
    "extinction coefficient k",
    &["k"],
    Some(Unit::One),
    false,
    Unit::One
);
quantity!(
    /// Opacity κ, optical depth, or an attenuation profile: known up to a factor, or in cm² g⁻¹.
    Opacity,
    "opacity",
    &["opacity", "kappa", "tau", "tau_lambda_over_tau_9p7"],
    Some(Unit::Relative),
    false,
    Unit::Relative | Unit::One | Unit::Cm2PerGram
);
quantity!(
    /// X-ray absorption, normalised or in arbitrary units.
    Absorption,
    "X-ray absorption",
    &["absorption", "mu", "xmu", "norm", "normalised", "normalized", "intensity"],
    Some(Unit::Relative),
    true,
    Unit::Relative | Unit::One
);
quantity!(
    /// What a detector read: a current or counts.
    Signal,
    "detector signal",
    &["signal", "current", "counts"],
    Some(Unit::Counts),
    true,
    Unit::Ampere | Unit::Counts | Unit::Relative | Unit::One
);

/// The complex refractive index of a material, n + ik, on one grid.
#[derive(Clone, Debug, PartialEq)]
pub struct OpticalConstants {
    pub n: Spectrum<Wavelength, RefractiveIndex>,
    pub k: Spectrum<Wavelength, ExtinctionCoefficient>,
}

impl OpticalConstants {
    /// k/λ (µm⁻¹): proportional to the absorption coefficient 4πk/λ of the solid, hence to the opacity of a thin layer.
    ///
    /// # Errors
    /// None for optical constants that were read from a file: finite over positive is finite.
    pub fn opacity(&self) -> Result<Spectrum<Wavelength, Opacity>, SpectrumError> {
        let x = self.k.x().to_vec();
        let y = self.k.y().iter().zip(&x).map(|(k, x)| k / x).collect();
        Spectrum::new(x, y, None, Unit::Relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_belongs_to_its_quantity_only() {
        assert!(FluxDensityNu::accepts(Unit::Jansky) && FluxDensityNu::accepts(Unit::MegajanskyPerSteradian));
        assert!(!FluxDensityNu::accepts(Unit::WattPerM2Micron) && !FluxDensityNu::accepts(Unit::One));
        assert!(FluxDensityLambda::accepts(Unit::ErgPerSCm2Angstrom) && !FluxDensityLambda::accepts(Unit::Jansky));
        assert!(Absorbance::accepts(Unit::One) && !Absorbance::accepts(Unit::Percent));
        assert!(!Transmittance::accepts(Unit::Relative));
    }

    #[test]
    fn opacity_of_optical_constants_is_k_over_wavelength() {
        let n = Spectrum::new(vec![2.0, 4.0], vec![1.5, 1.6], None, Unit::One).unwrap();
        let k = Spectrum::new(vec![2.0, 4.0], vec![0.5, 2.0], None, Unit::One).unwrap();
        assert_eq!(OpticalConstants { n, k }.opacity().unwrap().y(), [0.25, 0.5]);
    }
}
