//! The three axes of the case: vacuum wavelength, wavenumber, photon energy.

use super::AxisUnit;
use crate::cases::qncc_spectra::constants::HC_EV_UM;

/// What the points of a spectrum are labelled by.
pub trait Axis: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The word for it in messages.
    const NAME: &'static str;
    /// The unit of its values.
    const UNIT: AxisUnit;
    /// Column names that mean this axis, in lower case.
    const NAMES: &'static [&'static str];
    /// Whether it grows with wavelength.
    const GROWS_WITH_WAVELENGTH: bool;

    /// The vacuum wavelength in µm of a value of this axis.
    fn to_micron(value: f64) -> f64;

    /// The value of this axis at a vacuum wavelength in µm.
    fn of_micron(micron: f64) -> f64;
}

/// Vacuum wavelength in µm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wavelength;

/// Wavenumber in cm⁻¹: 10⁴ over the vacuum wavelength in µm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wavenumber;

/// Photon energy in eV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Energy;

impl Axis for Wavelength {
    const NAME: &'static str = "wavelength";
    const UNIT: AxisUnit = AxisUnit::Micron;
    const NAMES: &'static [&'static str] = &["wavelength", "wave", "wavelengths", "lambda", "lam", "wl", "λ"];
    const GROWS_WITH_WAVELENGTH: bool = true;

    fn to_micron(value: f64) -> f64 {
        value
    }

    fn of_micron(micron: f64) -> f64 {
        micron
    }
}

impl Axis for Wavenumber {
    const NAME: &'static str = "wavenumber";
    const UNIT: AxisUnit = AxisUnit::PerCentimetre;
    const NAMES: &'static [&'static str] = &["wavenumber", "wavenumbers", "wavenum", "wn"];
    const GROWS_WITH_WAVELENGTH: bool = false;

    fn to_micron(value: f64) -> f64 {
        1e4 / value
    }

    fn of_micron(micron: f64) -> f64 {
        1e4 / micron
    }
}

impl Axis for Energy {
    const NAME: &'static str = "photon energy";
    const UNIT: AxisUnit = AxisUnit::ElectronVolt;
    const NAMES: &'static [&'static str] = &["energy", "photon energy", "photon_energy", "pe", "mono setpoint"];
    const GROWS_WITH_WAVELENGTH: bool = false;

    fn to_micron(value: f64) -> f64 {
        HC_EV_UM / value
    }

    fn of_micron(micron: f64) -> f64 {
        HC_EV_UM / micron
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_micron_is_1250_per_centimetre_and_a_nitrogen_edge_is_three_nanometres() {
        assert_eq!(Wavenumber::of_micron(8.0), 1250.0);
        assert_eq!(Wavenumber::to_micron(1250.0), 8.0);
        assert!((Energy::to_micron(400.0) - 3.099_605e-3).abs() < 1e-9);
    }
}
