use super::*;
use crate::cases::qncc_spectra::baseline::Baseline;
use crate::cases::qncc_spectra::test_files;
use nalgebra::Complex;
use proptest::prelude::*;

fn diamond() -> Setup {
    Setup { crystal: Crystal::Diamond, angle_degrees: 45.0, bounces: 1, sample_index: 1.5 }
}

/// Lorentz oscillators (strength, centre, damping): the complex refractive index whose n and k belong together exactly.
fn oscillators(bands: &[(f64, f64, f64)], n_infinity: f64, x: f64) -> Complex<f64> {
    let mut epsilon = Complex::new(n_infinity * n_infinity, 0.0);
    for (strength, centre, damping) in bands {
        epsilon += Complex::new(strength * centre * centre, 0.0) / Complex::new(centre * centre - x * x, -damping * x);
    }
    epsilon.sqrt()
}

/// The exact ATR absorbance of one bounce by Fresnel's equations, unpolarised.
fn fresnel(setup: &Setup, index: Complex<f64>) -> f64 {
    let (n1, angle) = (setup.crystal.index(), setup.angle_degrees.to_radians());
    let (cosine, sine) = (angle.cos(), angle.sin());
    let epsilon = index * index;
    let inner = (epsilon - Complex::new((n1 * sine).powi(2), 0.0)).sqrt();
    let s = (Complex::new(n1 * cosine, 0.0) - inner) / (Complex::new(n1 * cosine, 0.0) + inner);
    let along = epsilon * Complex::new(cosine, 0.0);
    let p = (along - inner * n1) / (along + inner * n1);
    -(0.5 * (s.norm_sqr() + p.norm_sqr())).log10()
}

fn axis() -> Vec<f64> {
    (0..1800).map(|i| 600.0 + 1.0 * f64::from(i)).collect()
}

#[test]
fn depth_and_thickness_meet_their_textbook_values() {
    // ZnSe with its index rounded to 2.4, sample 1.5, 45°, 1000 cm⁻¹: 2.0 µm; germanium: 0.66 µm
    let zinc = Setup { crystal: Crystal::Other(2.4), ..diamond() };
    assert!((zinc.penetration_depth(1000.0).unwrap() - 2.005).abs() < 1e-3);
    let germanium = Setup { crystal: Crystal::Germanium, ..diamond() };
    assert!((germanium.penetration_depth(1000.0).unwrap() - 0.664).abs() < 1e-3);
    // at 45° d_∥ = 2 d_⊥ (Harrick), so the mean is 1.5 d_⊥
    let perpendicular = {
        let (ratio, wavelength) = (1.5_f64 / 4.0, 10.0 / 4.0);
        wavelength * ratio * 0.5_f64.sqrt() / (PI * (1.0 - ratio * ratio) * (0.5 - ratio * ratio).sqrt())
    };
    let found = germanium.effective_thickness(1000.0, 1.5).unwrap();
    assert!((found / (1.5 * perpendicular) - 1.0).abs() < 1e-12);
    let five = Setup { bounces: 5, ..germanium }.effective_thickness(1000.0, 1.5).unwrap();
    assert!((five / found - 5.0).abs() < 1e-12);
}

/// A Lorentz oscillator's n follows from its k.
#[test]
fn kramers_kronig_gives_the_index_of_an_oscillator() {
    let bands = [(0.01, 1250.0, 60.0)];
    let x: Vec<f64> = (0..6000).map(|i| 1.0 + f64::from(i)).collect();
    let exact: Vec<Complex<f64>> = x.iter().map(|x| oscillators(&bands, 1.5, *x)).collect();
    let k: Vec<f64> = exact.iter().map(|index| index.im).collect();
    let n = kramers_kronig(&x, &k, 1.5).unwrap();
    let worst = (300..3000).map(|i| (n[i] - exact[i].re).abs()).fold(0.0, f64::max);
    assert!(worst < 2e-4, "{worst}");
}

proptest! {
    /// The transform is linear, and the axis may be uneven.
    #[test]
    fn kramers_kronig_is_linear(a in -2.0..2.0_f64, b in -2.0..2.0_f64) {
        let x: Vec<f64> = (0..80).map(|i| 900.0 + 5.0 * f64::from(i) + 1.5 * f64::from(i % 3)).collect();
        let first: Vec<f64> = x.iter().map(|x| (-((x - 1050.0) / 40.0_f64).powi(2)).exp()).collect();
        let second: Vec<f64> = x.iter().map(|x| (x / 70.0).sin()).collect();
        let sum: Vec<f64> = first.iter().zip(&second).map(|(f, s)| a * f + b * s).collect();
        let transform = |k: &[f64]| kramers_kronig(&x, k, 0.0).unwrap();
        let (f, s, both) = (transform(&first), transform(&second), transform(&sum));
        for i in 0..x.len() {
            prop_assert!((both[i] - a * f[i] - b * s[i]).abs() < 1e-10);
        }
    }
}

/// What the correction is for: exact ATR spectra (Fresnel) of a sample with known k come back to their places.
#[test]
fn the_correction_brings_bands_back_to_their_places() {
    let bands = [(0.003, 1250.0, 40.0), (0.002, 1600.0, 20.0)];
    let x = axis();
    let setup = diamond();
    let exact: Vec<Complex<f64>> = x.iter().map(|x| oscillators(&bands, 1.5, *x)).collect();
    let measured: Vec<f64> = exact.iter().map(|index| fresnel(&setup, *index)).collect();
    // a transmission spectrum is proportional to ν̃ k
    let film: Vec<f64> = x.iter().zip(&exact).map(|(x, index)| 4.0 * PI * x * index.im * 1e-4 / LN_10).collect();
    let depth = to_transmission(&x, &measured, &setup, Correction::Depth, 1.0).unwrap();
    let both = to_transmission(&x, &measured, &setup, Correction::DepthAndDispersion, 1.0).unwrap();
    let place = |y: &[f64], near: f64| peaks::vertex(&x, y, near, 8.0, 2).unwrap().0;
    for near in [1250.0, 1600.0] {
        let truth = place(&film, near);
        let (raw, first, second) =
            (place(&measured, near), place(&depth.absorbance, near), place(&both.absorbance, near));
        eprintln!(
            "{near}: transmission {truth:.3} ATR {:.3} depth {:.3} dispersion {:.3}",
            raw - truth,
            first - truth,
            second - truth
        );
        assert!(raw < truth - 0.5, "ATR lies low: {raw} {truth}");
        assert!((first - truth).abs() < (raw - truth).abs());
        assert!((second - truth).abs() < 0.25 * (raw - truth).abs(), "{second} {truth}");
    }
    let strongest = film.iter().copied().fold(0.0, f64::max);
    let worst = film.iter().zip(&both.absorbance).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 0.1 * strongest, "{worst} of {strongest}");
}

/// Claim 6.
#[test]
fn polystyrene_lies_low_by_what_the_case_says() {
    let Some(rows) = test_files::numbers("ftir_atr_polystyrene.csv") else { return };
    let (x, y) = (test_files::column(&rows, 0), test_files::column(&rows, 1));
    let found = reference_shifts(&x, &y, &POLYSTYRENE).unwrap();
    eprintln!("raw {:.3} ± {:.3}", found.mean, found.deviation);
    assert_eq!(found.peaks.len(), 9);
    assert!(found.peaks.iter().all(|peak| peak.shift() < 0.0), "{found:?}");
    assert!(
        (found.mean + 2.1).abs() < 0.1 && (found.deviation - 0.4).abs() < 0.1,
        "{} {}",
        found.mean,
        found.deviation
    );
    let smooth = Baseline::AsymmetricLeastSquares { stiffness: 1e7, asymmetry: 0.001 };
    let above = smooth.remove(&x, &y).unwrap();
    for correction in [Correction::Depth, Correction::DepthAndDispersion] {
        let film = to_transmission(&x, &above, &diamond(), correction, 1.0).unwrap();
        let after = reference_shifts(&x, &film.absorbance, &POLYSTYRENE).unwrap();
        eprintln!("{correction:?} {:.3} ± {:.3} rounds {}", after.mean, after.deviation, film.rounds);
        assert!(after.mean > found.mean, "corrected bands lie higher: {}", after.mean);
    }
}

#[test]
fn faults_say_what_was_found() {
    let x = [1000.0, 1001.0];
    let flat = Setup { angle_degrees: 30.0, ..diamond() };
    let error = flat.penetration_depth(1000.0).unwrap_err().to_string();
    assert!(error.contains("needs more than 39.1°, found 30°"), "{error}");
    let y = [0.1, 0.1];
    let fault =
        |setup: &Setup, x: &[f64], y: &[f64], film| to_transmission(x, y, setup, Correction::Depth, film).unwrap_err();
    assert!(matches!(fault(&flat, &x, &y, 1.0), AtrError::NoTotalReflection { .. }));
    assert!(matches!(
        fault(&Setup { bounces: 0, ..diamond() }, &x, &y, 1.0),
        AtrError::Setting { name: "bounces", .. }
    ));
    assert!(matches!(fault(&diamond(), &x, &y, 0.0), AtrError::Setting { name: "thickness_um", .. }));
    assert!(matches!(fault(&diamond(), &x, &y[1..], 1.0), AtrError::Lengths { x: 2, y: 1 }));
    assert!(matches!(fault(&diamond(), &[1001.0, 1000.0], &y, 1.0), AtrError::Value { index: 1, .. }));
    let nothing = reference_shifts(&x, &y, &POLYSTYRENE).unwrap_err().to_string();
    assert!(nothing.contains("reference peak at 3060 cm⁻¹"), "{nothing}");
}
