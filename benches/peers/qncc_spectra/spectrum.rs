//! A made-up spectrum for timing: continua, lines and bands at random places, some of them absent.

use rand::RngExt;
use rand_distr::StandardNormal;
use saigen::cases::qncc_spectra::decompose::{Component, Form, Place};
use saigen::methods::random::stream;

/// Components, and wavelength (5 to 40 µm, equal steps in its logarithm), flux and error.
///
/// Nine continua; of the rest one in five is a line and the others are bands; a third of all are absent from the spectrum.
pub fn made_up(points: usize, count: usize) -> (Vec<Component>, [Vec<f64>; 3]) {
    let mut random = stream(1, "bench", "spectrum", 0);
    let temperatures = [300.0, 200.0, 135.0, 90.0, 65.0, 50.0, 40.0, 35.0];
    let mut forms = vec![Form::Blackbody { temperature_k: 5000.0 }];
    forms.extend(temperatures.map(|temperature_k| Form::ModifiedBlackbody { temperature_k }));
    while forms.len() < count {
        let centre_um = 5.2 * 7.4_f64.powf(random.random::<f64>());
        let share = random.random::<f64>();
        forms.push(if forms.len() % 5 == 0 {
            Form::Line(Place { centre_um, fwhm_um: centre_um * (0.003 + 0.002 * share) })
        } else {
            Form::Drude(Place { centre_um, fwhm_um: centre_um * (0.01 + 0.05 * share) })
        });
    }
    let wavelength: Vec<f64> = (0..points).map(|i| 5.0 * 8.0_f64.powf(i as f64 / (points - 1) as f64)).collect();
    let mut flux = vec![0.0; points];
    let components: Vec<Component> = forms.into_iter().map(|form| Component { name: String::new(), form }).collect();
    for (j, component) in components.iter().enumerate() {
        let height = 1.0 + 20.0 * random.random::<f64>();
        let largest = wavelength.iter().map(|x| component.value(*x)).fold(0.0, f64::max);
        if j % 3 != 2 {
            let factor = height / largest;
            flux.iter_mut().zip(&wavelength).for_each(|(sum, x)| *sum += factor * component.value(*x));
        }
    }
    let sigma: Vec<f64> = flux.iter().map(|value| 0.02 * value + 0.05).collect();
    for (value, sigma) in flux.iter_mut().zip(&sigma) {
        *value += sigma * random.sample::<f64, _>(StandardNormal);
    }
    (components, [wavelength, flux, sigma])
}
