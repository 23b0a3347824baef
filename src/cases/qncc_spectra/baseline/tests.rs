use super::*;
use proptest::prelude::*;

fn grid(n: usize) -> Vec<f64> {
    (0..n).map(|i| 5.0 + 8.0 * i as f64 / (n - 1) as f64).collect()
}

fn band(x: f64) -> f64 {
    (-4.0 * std::f64::consts::LN_2 * ((x - 8.0) / 1.2).powi(2)).exp()
}

/// Windows and anchors beside the band: it is below 1e-5 of its peak there.
fn methods() -> Vec<Baseline> {
    let windows = vec![(5.0, 5.6), (10.4, 13.0)];
    vec![
        Baseline::Linear { windows: windows.clone() },
        Baseline::Polynomial { degree: 2, windows },
        Baseline::Spline { anchors: vec![5.2, 5.5, 10.5, 12.8], half_width: 0.1, stiffness: 0.0 },
        Baseline::AsymmetricLeastSquares { stiffness: 1e8, asymmetry: 0.001 },
    ]
}

#[test]
fn every_method_finds_a_line_under_a_band() {
    let x = grid(801);
    let y: Vec<f64> = x.iter().map(|x| 0.3 + 0.05 * x + band(*x)).collect();
    for (method, tolerance) in methods().iter().zip([1e-5, 1e-4, 1e-4, 0.01]) {
        let found = method.estimate(&x, &y).unwrap();
        let worst = x.iter().zip(&found).map(|(x, z)| (z - 0.3 - 0.05 * x).abs()).fold(0.0, f64::max);
        assert!(worst < tolerance, "{}: {worst}", method.name());
    }
}

#[test]
fn a_line_bends_the_centre_by_what_a_curved_background_has_in_slope() {
    let x = grid(801);
    let y: Vec<f64> = x.iter().map(|x| 0.1 + 0.01 * (x - 6.0).powi(2) + band(*x)).collect();
    let found = centres(&x, &y, (7.0, 9.0), &methods()).unwrap();
    assert_eq!(found[0].shift, 0.0);
    // the parabola is removed exactly by a polynomial of degree two, not by a line
    assert!((found[1].peak - 8.0).abs() < 1e-3, "{found:?}");
    assert!((found[0].peak - 8.0).abs() > 2e-3, "{found:?}");
    assert!(found.iter().all(|centre| (centre.shift - (centre.peak - found[0].peak)).abs() < 1e-14));
}

#[test]
fn asymmetric_least_squares_meets_its_fixed_point() {
    // at the end each weight belongs to its side, and the normal equations hold
    let x = grid(200);
    let y: Vec<f64> = x.iter().map(|x| band(*x) + 0.02 * (17.0 * x).sin()).collect();
    let (stiffness, p) = (1e3, 0.01);
    let z = asymmetric::asymmetric(&y, stiffness, p).unwrap();
    let second = |i: usize| z[i] - 2.0 * z[i + 1] + z[i + 2];
    for i in 0..200 {
        let weight = if y[i] > z[i] { p } else { 1.0 - p };
        let mut gradient = weight * (z[i] - y[i]);
        for (offset, factor) in [(0, 1.0), (1, -2.0), (2, 1.0)] {
            if i >= offset && i - offset + 2 < 200 {
                gradient += stiffness * factor * second(i - offset);
            }
        }
        assert!(gradient.abs() < 1e-9, "{i}: {gradient}");
    }
}

proptest! {
    #[test]
    fn a_line_added_to_the_spectrum_is_added_to_the_baseline(a in -3.0..3.0_f64, b in -0.5..0.5_f64) {
        let x = grid(201);
        let y: Vec<f64> = x.iter().map(|x| band(*x)).collect();
        let tilted: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y + a + b * x).collect();
        for method in methods() {
            let (before, after) = (method.estimate(&x, &y).unwrap(), method.estimate(&x, &tilted).unwrap());
            for i in 0..x.len() {
                prop_assert!((after[i] - before[i] - a - b * x[i]).abs() < 1e-6, "{} {}", method.name(), i);
            }
        }
    }
}

#[test]
fn faults_say_what_was_found() {
    let (x, y) = (grid(50), vec![1.0; 50]);
    let linear = Baseline::Linear { windows: vec![(5.0, 6.0)] };
    let fault = |method: &Baseline, x: &[f64], y: &[f64]| method.estimate(x, y).unwrap_err().to_string();
    assert!(fault(&linear, &x, &y[1..]).contains("50 points and the spectrum 49"));
    let mut unsorted = x.clone();
    unsorted.swap(3, 4);
    assert!(fault(&linear, &unsorted, &y).contains("at point 4"));
    let mut nan = y.clone();
    nan[7] = f64::NAN;
    assert!(fault(&linear, &x, &nan).contains("point 7 is NaN"));
    let far = Baseline::Polynomial { degree: 2, windows: vec![(50.0, 60.0)] };
    assert!(fault(&far, &x, &y).contains("found 0 points in the windows"));
    let spline = |anchors: Vec<f64>| Baseline::Spline { anchors, half_width: 0.2, stiffness: 0.0 };
    assert!(fault(&spline(vec![5.0, 40.0]), &x, &y).contains("within 0.2 of the anchor 40"));
    assert!(fault(&spline(vec![6.0, 5.0]), &x, &y).contains("strictly ascending"));
    let loose = Baseline::AsymmetricLeastSquares { stiffness: 10.0, asymmetry: 1.0 };
    assert!(fault(&loose, &x, &y).contains("asymmetry is 1, expected a number between 0 and 1"));
}
