//! Made-up spectra: what was planted comes back, and faults are named.

use super::super::*;
use crate::cases::qncc_spectra::fit::Parameter;
use crate::cases::qncc_spectra::profiles::Geometry;
use crate::display::{Silent, Stopped};

/// Three bands and dust under a screen, with noise.
fn made_up(seed: u64) -> (Vec<Component>, Curve, [Vec<f64>; 3]) {
    let list = "index,kind,name,center_um,fwhm_um,temperature_K\n0,modified_blackbody,,,,200\n1,drude,,7.7,0.6,\n\
                2,drude,,8.6,0.35,\n3,line,[ArIII],8.99,0.12,\n4,gaussian,,11.2,0.3,\n";
    let components = parse(list).expect("good");
    let points: Vec<f64> = (0..300).map(|i| 5.5 + 0.03 * f64::from(i)).collect();
    let ratio: Vec<f64> = points.iter().map(|x| (-0.5 * (x - 9.7_f64).powi(2)).exp()).collect();
    let curve = Curve::new(points.clone(), ratio.clone()).expect("good");
    let mut random = crate::methods::random::stream(seed, "tests", "made up", 0);
    let flux: Vec<f64> = points
        .iter()
        .zip(&ratio)
        .map(|(x, ratio)| {
            let heights = [2e-6, 8.0, 4.0, 3.0, 5.0];
            let bare: f64 =
                components.iter().zip(heights).map(|(component, height)| height * component.value(*x)).sum();
            let noise: f64 = rand_distr::Distribution::sample(&rand_distr::StandardNormal, &mut random);
            bare * (-1.5 * ratio).exp() + 0.05 * noise
        })
        .collect();
    (components, curve, [points, flux, vec![0.05; 300]])
}

#[test]
fn a_screen_with_free_widths_is_recovered() {
    let (components, curve, [points, flux, sigma]) = made_up(2);
    let settings = Settings {
        attenuation: Some(Geometry::Screen),
        widths: Some(Freedom { which: Which::Bands, reach: 0.3 }),
        centres: Some(Freedom { which: Which::All, reach: 0.05 }),
        ..Settings::default()
    };
    let model = Model::new(components, &points, &flux, &sigma, Some(&curve), settings).expect("good");
    let found = model.fit(&Silent).expect("fits");
    let (depth, error) = found.optical_depth().expect("fitted");
    assert!((depth - 1.5).abs() < 4.0 * error.expect("inside"), "{depth} {error:?}");
    let truths = [(1, 7.7, 0.6), (2, 8.6, 0.35), (4, 11.2, 0.3)];
    for (j, centre, width) in truths {
        let place = found.places[j].expect("a band");
        let sigma = |wanted: Shape| {
            let s = found.shapes.iter().position(|shape| *shape == wanted).expect("free");
            found.fit.covariance.sigma(Parameter::Shape(s)).expect("inside")
        };
        assert!((place.centre_um - centre).abs() < 4.0 * sigma(Shape::Centre(j)), "{place:?}");
        assert!((place.fwhm_um - width).abs() < 4.0 * sigma(Shape::Width(j)), "{place:?}");
        // The error of a power with free shapes isn't that of the height alone.
        let power = found.power(j).expect("a band");
        let height = found.coefficient(j);
        let shares = [power.sigma.expect("positive") / power.value, height.sigma.expect("positive") / height.value];
        assert!((shares[0] / shares[1] - 1.0).abs() > 1e-3);
    }
    assert_eq!(found.parameters, 5 + 1 + 4 + 3);
    assert!((found.fit.chi2 - 287.0).abs() < 4.0 * (2.0 * 287.0_f64).sqrt());
}

#[test]
fn a_needless_component_is_dropped_and_needed_ones_stay() {
    let (mut components, curve, [points, flux, sigma]) = made_up(3);
    let place = Place { centre_um: 12.3, fwhm_um: 0.4 };
    components.push(Component { name: String::new(), form: Form::Drude(place) });
    let settings = Settings { attenuation: Some(Geometry::Screen), ..Settings::default() };
    let model = Model::new(components, &points, &flux, &sigma, Some(&curve), settings).expect("good");
    let best = model.fit(&Silent).expect("fits");
    let selection = model.select(&best, &Silent).expect("fits");
    assert_eq!(selection.kept, [0, 1, 2, 3, 4]);
    assert!(selection.at_zero == [5] || selection.dropped.len() == 1);
}

#[test]
fn bad_settings_and_spectra_are_named() {
    let (components, curve, [points, flux, sigma]) = made_up(1);
    let build = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        Model::new(components.clone(), &points, &flux, &sigma, Some(&curve), settings).expect_err("refused")
    };
    let setting = |error| matches!(error, DecomposeError::Setting { .. });
    assert!(setting(build(&|s| s.max_optical_depth = 0.0)));
    assert!(setting(build(&|s| s.redshift = -1.0)));
    assert!(setting(build(&|s| s.jansky_per_unit = f64::NAN)));
    assert!(setting(build(&|s| s.centres = Some(Freedom { which: Which::All, reach: -0.1 }))));
    assert!(setting(build(&|s| s.widths = Some(Freedom { which: Which::All, reach: 1.0 }))));
    assert!(matches!(build(&|s| s.redshift = 0.1), DecomposeError::OutsideCurve { .. }));
    let plain = |points: &[f64], flux: &[f64], sigma: &[f64], curve: Option<&Curve>| {
        Model::new(components.clone(), points, flux, sigma, curve, Settings::default())
    };
    assert_eq!(plain(&points, &flux, &sigma, None).expect_err("refused"), DecomposeError::NoCurve);
    assert!(matches!(plain(&points, &flux[1..], &sigma, Some(&curve)), Err(DecomposeError::Fit(_))));
    let mut negative = points.clone();
    negative[4] = -negative[4];
    let error = plain(&negative, &flux, &sigma, Some(&curve)).expect_err("refused");
    assert_eq!(error.to_string(), "the wavelength of point 4 is -5.62 µm; wavelengths must be positive");
    let mut holed = flux.clone();
    holed[7] = f64::NAN;
    let model = plain(&points, &holed, &sigma, Some(&curve)).expect("checked when fitted");
    assert!(model.fit(&Silent).expect_err("refused").to_string().starts_with("`y` is NaN at index 7"));
    let model = plain(&points, &flux, &sigma, Some(&curve)).expect("good");
    assert!(matches!(
        model.fit(&Stopped),
        Err(DecomposeError::Fit(crate::cases::qncc_spectra::fit::FitError::Interrupted(_)))
    ));
    let dry = Settings { attenuation: None, ..Settings::default() };
    let dry = Model::new(components.clone(), &points, &flux, &sigma, None, dry).expect("good");
    let best = dry.fit(&Silent).expect("fits");
    assert_eq!(dry.chi2_of_depth(&best, &[0.1], &Silent), Err(DecomposeError::NoCurve));
    assert_eq!(dry.depth_interval(&best, 1.0, &Silent), Err(DecomposeError::NoCurve));
}
