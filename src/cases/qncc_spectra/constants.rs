//! Constants of nature and of fitting codes, each in one place.

/// c in vacuum, µm s⁻¹ (exact in the SI).
pub const SPEED_OF_LIGHT_UM_PER_S: f64 = 2.997_924_58e14;
/// hc, eV µm (exact in the SI since 2019).
pub const HC_EV_UM: f64 = 6.626_070_15e-34 * 299_792_458.0 * 1e6 / 1.602_176_634e-19;
/// hc/k in µm K, rounded as in PAHFIT.
pub const SECOND_RADIATION_CONSTANT_UM_K: f64 = 14387.752;
/// 2hc/λ³ at 1 µm, in MJy/sr, rounded as in PAHFIT.
pub const PLANCK_MJY_PER_SR: f64 = 3.97289e13;
/// One jansky in W m⁻² Hz⁻¹.
pub const JANSKY: f64 = 1e-26;
/// FWHM of a Gaussian over its standard deviation, 2√(2 ln 2).
pub const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949_3;
/// The same for an unresolved line, as PAHFIT rounds it.
pub const LINE_FWHM_PER_SIGMA: f64 = 2.355;

/// |dν/dλ| = c/λ² in s⁻¹ µm⁻¹, λ in µm: what a density per frequency is multiplied by to be one per wavelength.
pub fn frequency_per_wavelength(wavelength_um: f64) -> f64 {
    SPEED_OF_LIGHT_UM_PER_S / (wavelength_um * wavelength_um)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_those_of_codata_and_of_their_formulas() {
        // CODATA 2018: hc = 1.239 841 984… eV µm, hc/k = 14387.768 77… µm K.
        assert!((HC_EV_UM - 1.239_841_984_332).abs() < 1e-12);
        assert!((SECOND_RADIATION_CONSTANT_UM_K / 14_387.768_77 - 1.0).abs() < 2e-6);
        let planck = 2.0 * 6.626_070_15e-34 * 299_792_458.0 / 1e-18 * 1e20;
        assert!((PLANCK_MJY_PER_SR / planck - 1.0).abs() < 1e-5, "{planck}");
        assert_eq!(FWHM_PER_SIGMA, (8.0 * std::f64::consts::LN_2).sqrt());
        // From 10 to 10.001 µm.
        let step = SPEED_OF_LIGHT_UM_PER_S / 10.0 - SPEED_OF_LIGHT_UM_PER_S / 10.001;
        assert!((frequency_per_wavelength(10.000_5) * 1e-3 / step - 1.0).abs() < 1e-8);
    }
}
