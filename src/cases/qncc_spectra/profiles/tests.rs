use proptest::prelude::*;

use super::*;

/// A central difference of fourth order.
fn difference(f: impl Fn(f64) -> f64, at: f64, step: f64) -> f64 {
    (8.0 * (f(at + step) - f(at - step)) - (f(at + 2.0 * step) - f(at - 2.0 * step))) / (12.0 * step)
}

/// Simpson's rule after `x = sinh t`, which reaches far out.
fn integral(f: impl Fn(f64) -> f64, reach: f64) -> f64 {
    let steps = 20_000;
    let by = 2.0 * reach / f64::from(steps);
    let value = |i: i32| {
        let t = -reach + by * f64::from(i);
        f(t.sinh()) * t.cosh() * if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) }
    };
    (0..=steps).map(value).sum::<f64>() * by / 3.0
}

#[test]
fn profiles_are_one_at_their_centre_and_half_at_half_width() {
    for profile in [gaussian, lorentzian] {
        assert_eq!(profile(6.2, 6.2, 0.3), 1.0);
        assert!((profile(6.35, 6.2, 0.3) - 0.5).abs() < 1e-14);
    }
    assert_eq!(drude(6.2, 6.2, 0.3), 1.0);
    // Half height of a Drude band: λ/λ₀ − λ₀/λ = ±g, so the width in λ is exactly the FWHM.
    let g: f64 = 0.3 / 6.2;
    let half = [-1.0, 1.0].map(|sign| 6.2 * (sign * 0.5 * g + (1.0 + 0.25 * g * g).sqrt()));
    assert!((half[1] - half[0] - 0.3).abs() < 1e-14);
    assert!(half.iter().all(|x| (drude(*x, 6.2, 0.3) - 0.5).abs() < 1e-13));
    // The line of the field is narrower than a Gaussian of its FWHM by 1e-4.
    assert!((line(6.35, 6.2, 0.3) - 0.5).abs() < 1e-4 && line(6.35, 6.2, 0.3) != gaussian(6.35, 6.2, 0.3));
}

#[test]
fn areas_are_those_of_quadrature() {
    let close = |found: f64, expected: f64, tolerance: f64| {
        assert!((found / expected - 1.0).abs() < tolerance, "{found} {expected}")
    };
    close(gaussian_area(0.7), integral(|x| gaussian(x, 0.1, 0.7), 5.0), 1e-12);
    close(lorentzian_area(0.7), integral(|x| lorentzian(x, 0.1, 0.7), 30.0), 1e-9);
    close(voigt_area(0.5, 0.3), integral(|x| voigt(x, 0.1, 0.5, 0.3), 30.0), 1e-9);
    close(voigt_area(0.0, 0.3), lorentzian_area(0.3), 1e-15);
    // The left half of the axis is no wavelength.
    close(drude_area(0.7), integral(|x| if x > 0.0 { drude(x, 3.0, 0.7) } else { 0.0 }, 30.0), 1e-7);
}

#[test]
fn powers_are_integrals_over_frequency() {
    // F_ν dν = F_ν c/λ² dλ, here by the midpoint rule in log λ.
    let power = |profile: &dyn Fn(f64) -> f64| {
        let steps = 400_000;
        let by = 16.0 / f64::from(steps);
        let term = |i: i32| {
            let wavelength = (-6.0 + by * (f64::from(i) + 0.5)).exp();
            profile(wavelength) * SPEED_OF_LIGHT_UM_PER_S / wavelength * by
        };
        (0..steps).map(term).sum::<f64>() * JANSKY
    };
    let drude_found = power(&|x| 3.0 * drude(x, 6.22, 0.1866));
    // Beyond the grid's ends lies a share of 1e-5.
    assert!((drude_found / drude_power(3.0, 6.22, 0.1866) - 1.0).abs() < 1e-4);
    let line_found = power(&|x| 3.0 * line(x, 12.8, 0.12));
    assert!((line_found / gaussian_power(3.0, 12.8, 0.12 / LINE_FWHM_PER_SIGMA) - 1.0).abs() < 1e-9);
    // The 6.2 µm band of the reference fit: 7.556e-13 W m⁻².
    assert!((drude_power(33.267_960_5, 6.22, 0.1866) - 7.556e-13).abs() < 5e-17);
}

#[test]
fn voigt_has_its_limits() {
    for x in [-2.0, -0.3, 0.0, 0.1, 1.0, 6.0] {
        assert!((voigt(x, 0.0, 1.0, 0.0) - gaussian(x, 0.0, 1.0)).abs() < 1e-14);
        assert_eq!(voigt(x, 0.0, 0.0, 1.0), lorentzian(x, 0.0, 1.0));
        assert!((voigt(x, 0.0, 1e-4, 1.0) - lorentzian(x, 0.0, 1.0)).abs() < 1e-7);
    }
}

#[test]
fn the_width_of_a_voigt_profile_is_where_it_is_half() {
    for (gauss, lorentz) in [(1.0, 0.0), (1.0, 0.1), (1.0, 1.0), (0.1, 1.0), (0.0, 1.0)] {
        let width = voigt_fwhm(gauss, lorentz);
        assert!((voigt(0.5 * width, 0.0, gauss, lorentz) - 0.5).abs() < 1e-13);
    }
    assert!((voigt_fwhm(1.0, 1.0) - VOIGT_FWHM_1_1).abs() < 1e-12);
}

/// By mpmath 1.3: the root of `Re w` at half its peak for both widths one.
const VOIGT_FWHM_1_1: f64 = 1.637595359627482;

#[test]
fn voigt_at_pinned_points() {
    // x, widths (Gaussian, Lorentzian), value: mpmath 1.3 with 40 digits.
    for ([x, gauss, lorentz], value) in PINNED_VOIGT {
        let found = voigt(x, 0.0, gauss, lorentz);
        assert!((found / value - 1.0).abs() < 1e-11, "{x} {gauss} {lorentz}: {found:e} {value:e}");
    }
}

const PINNED_VOIGT: [([f64; 3], f64); 6] = [
    ([0.3, 1.0, 1.0], 0.9017050622551089),
    ([1.5, 0.5, 0.25], 0.015066222117576501),
    ([5.0, 1.0, 0.0625], 0.0004587758794450465),
    ([40.0, 1.0, 0.5], 8.008547983620215e-05),
    ([2.0, 0.125, 2.0], 0.20080939195513947),
    ([3.0, 1.0, 0.0009765625], 1.963565992535099e-05),
];

#[test]
fn thermal_continua_at_their_limits() {
    // Rayleigh–Jeans: B ∝ T/λ².
    let (long, hot) = (blackbody(1e4, 1e4), PLANCK_MJY_PER_SR * 1e4 / (SECOND_RADIATION_CONSTANT_UM_K * 1e8));
    assert!((long / hot - 1.0).abs() < 1e-3);
    // Wien: a cold body at a short wavelength has nothing left, and no NaN.
    assert_eq!(blackbody(0.5, 3.0), 0.0);
    assert_eq!(modified_blackbody(9.7, 200.0), blackbody(9.7, 200.0));
    // 2hc/λ³ and hc/k from the defining constants of the SI; 1e20 turns W m⁻² Hz⁻¹ sr⁻¹ into MJy/sr.
    let (planck, light, boltzmann) = (6.626_070_15e-34, 2.997_924_58e8, 1.380_649e-23_f64);
    let exact = 2.0 * planck * light / 1e-15 * 1e20 / (planck * light / (boltzmann * 1e-5 * 300.0)).exp_m1();
    assert!((blackbody(10.0, 300.0) / exact - 1.0).abs() < 1e-5);
}

proptest! {
    #[test]
    fn derivatives_are_those_of_the_profiles(x in 4.0..9.0_f64, centre in 5.0..8.0_f64, width in 0.3..2.0_f64) {
        type Pair = (fn(f64, f64, f64) -> f64, fn(f64, f64, f64) -> Slopes);
        let pairs: [Pair; 4] =
            [(drude, drude_slopes), (gaussian, gaussian_slopes), (line, line_slopes), (lorentzian, lorentzian_slopes)];
        for (value, slopes) in pairs {
            let found = slopes(x, centre, width);
            prop_assert!((found.value - value(x, centre, width)).abs() < 1e-14);
            prop_assert!((found.by_centre - difference(|c| value(x, c, width), centre, 1e-3)).abs() < 1e-7);
            prop_assert!((found.by_width - difference(|w| value(x, centre, w), width, 1e-3)).abs() < 1e-7);
        }
    }

    #[test]
    fn derivatives_of_voigt_are_its_own(
        x in -8.0..8.0_f64, centre in -1.0..1.0_f64, gauss in 0.2..2.0_f64, lorentz in 0.05..2.0_f64,
    ) {
        let found = voigt_slopes(x, centre, gauss, lorentz);
        prop_assert!((found.by_centre - difference(|c| voigt(x, c, gauss, lorentz), centre, 1e-3)).abs() < 1e-7);
        prop_assert!((found.by_gaussian - difference(|g| voigt(x, centre, g, lorentz), gauss, 1e-3)).abs() < 1e-6);
        prop_assert!((found.by_lorentzian - difference(|l| voigt(x, centre, gauss, l), lorentz, 1e-3)).abs() < 1e-6);
    }

    #[test]
    fn attenuation_dims_and_is_smooth(depth in 0.0..30.0_f64) {
        for geometry in [Geometry::Mixed, Geometry::Screen] {
            let factor = geometry.factor(depth);
            prop_assert!(factor > 0.0 && factor <= 1.0);
            let slope = difference(|d| geometry.factor(d), depth, 1e-3);
            prop_assert!((geometry.slope(depth) - slope).abs() < 1e-9);
        }
        prop_assert!(Geometry::Mixed.factor(depth) >= Geometry::Screen.factor(depth));
    }
}

#[test]
fn attenuation_near_zero_has_no_seam() {
    for depth in [1e-3, 2e-2] {
        let (below, above) = (depth * (1.0 - 1e-12), depth * (1.0 + 1e-12));
        assert!((Geometry::Mixed.factor(below) - Geometry::Mixed.factor(above)).abs() < 3e-14);
        assert!((Geometry::Mixed.slope(below) - Geometry::Mixed.slope(above)).abs() < 3e-13);
    }
    assert_eq!((Geometry::Mixed.factor(0.0), Geometry::Mixed.slope(0.0)), (1.0, -0.5));
}
