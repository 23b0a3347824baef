//! Wavelengths in air: they differ from those in vacuum by 3·10⁻⁴, 2 cm⁻¹ at 7000 cm⁻¹ and less than 1 at 3000.

/// The refractive index of dry air at 15 °C and 1013.25 hPa for a vacuum wavelength in µm.
///
/// The dispersion formula of Birch & Downs (1994, Metrologia 31, 315) in the form of Morton (2000, ApJS 130, 403,
/// eq. 8), `n − 1 = 8.34254·10⁻⁵ + 2.406147·10⁻²/(130 − s²) + 1.5998·10⁻⁴/(38.9 − s²)` with `s = 1/λ`. It was fitted
/// from the ultraviolet to 2 µm; beyond, it is an extrapolation that knows no bands of water or carbon dioxide, good
/// to about 10⁻⁶ outside them.
pub fn refractive_index_of_air(vacuum_micron: f64) -> f64 {
    let s2 = vacuum_micron.powi(-2);
    1.0 + 8.342_54e-5 + 2.406_147e-2 / (130.0 - s2) + 1.5998e-4 / (38.9 - s2)
}

/// The wavelength in air of a vacuum wavelength, both in µm.
pub fn vacuum_to_air(vacuum_micron: f64) -> f64 {
    vacuum_micron / refractive_index_of_air(vacuum_micron)
}

/// The vacuum wavelength of a wavelength in air, both in µm.
///
/// Fixed-point iteration; the index is so flat that four steps reach rounding.
pub fn air_to_vacuum(air_micron: f64) -> f64 {
    (0..4).fold(air_micron, |vacuum, _| air_micron * refractive_index_of_air(vacuum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sodium_d_lines_are_where_the_handbooks_have_them() {
        // NIST ASD: Na D2 588.9950954 nm in air, 589.1583264 nm in vacuum.
        assert!((vacuum_to_air(0.589_158_326_4) - 0.588_995_095_4).abs() < 2e-8);
    }

    #[test]
    fn the_infrared_index_is_that_of_section_seven() {
        assert!((refractive_index_of_air(6.2) - 1.000_273).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_wavelength(micron in 0.3..50.0f64) {
            prop_assert!((air_to_vacuum(vacuum_to_air(micron)) / micron - 1.0).abs() < 1e-14);
        }
    }
}
