//! Powers of bands and of band complexes, with errors and limits.

use serde::{Deserialize, Serialize};

use super::components::{Form, Place};
use super::design::Shape;
use super::model::Decomposition;
use crate::cases::qncc_spectra::constants::{FWHM_PER_SIGMA, LINE_FWHM_PER_SIGMA};
use crate::cases::qncc_spectra::fit::{Parameter, Replicate};
use crate::cases::qncc_spectra::profiles;

/// A number with its formal error; no error for a coefficient at zero, which has an upper limit instead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// The value.
    pub value: f64,
    /// One formal σ, conditional on the active set.
    pub sigma: Option<f64>,
}

/// Bands that are reported as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// Such as `7.7`.
    pub name: &'static str,
    /// Bands listed from here, in µm.
    pub lower_um: f64,
    /// To here.
    pub upper_um: f64,
}

/// The complexes of Smith et al. 2007, with the single bands between them.
pub const CLASSIC_COMPLEXES: [Complex; 7] = [
    Complex { name: "6.2", lower_um: 6.15, upper_um: 6.3 },
    Complex { name: "7.7", lower_um: 7.3, upper_um: 7.9 },
    Complex { name: "8.3", lower_um: 8.25, upper_um: 8.4 },
    Complex { name: "8.6", lower_um: 8.55, upper_um: 8.7 },
    Complex { name: "11.3", lower_um: 11.2, upper_um: 11.4 },
    Complex { name: "12.6", lower_um: 12.6, upper_um: 12.7 },
    Complex { name: "17", lower_um: 16.4, upper_um: 17.9 },
];

/// The power of a complex.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComplexPower {
    /// Its name.
    pub name: String,
    /// Indices of its bands.
    pub members: Vec<usize>,
    /// W m⁻² for a spectrum in Jy; see [`super::Settings::jansky_per_unit`].
    pub power: Strength,
}

impl Decomposition {
    /// The coefficient of component `j`.
    pub fn coefficient(&self, j: usize) -> Strength {
        let value = self.fit.coefficients[j];
        Strength { value, sigma: self.fit.covariance.sigma(Parameter::Coefficient(j)) }
    }

    /// The power of component `j` before attenuation; `None` for a continuum.
    ///
    /// In W m⁻² as observed when a unit of the spectrum is `jansky_per_unit` Jy. A Drude band is integrated over all frequencies.
    /// Lines and Gaussian bands are integrated as narrow to fourth order of their relative width. A Lorentzian in
    /// wavelength has no finite integral over frequency; its is that of a narrow one, `c/λ₀²` times its area.
    pub fn power(&self, j: usize) -> Option<Strength> {
        let (value, gradient) = self.power_slopes(j)?;
        let sigma = (self.fit.coefficients[j] > 0.0).then(|| self.fit.covariance.propagate(&gradient));
        Some(Strength { value, sigma })
    }

    /// The summed power of components, with their covariance; continua contribute nothing.
    pub fn summed_power(&self, members: &[usize]) -> Strength {
        let mut sum = 0.0;
        let mut along = Vec::new();
        for (value, gradient) in members.iter().filter_map(|j| self.power_slopes(*j)) {
            sum += value;
            along.extend(gradient);
        }
        let sigma = (sum > 0.0).then(|| self.fit.covariance.propagate(&along));
        Strength { value: sum, sigma }
    }

    /// The power of component `j` in a drawn spectrum of the bootstrap; `None` for a continuum.
    pub fn power_of(&self, j: usize, replicate: &Replicate) -> Option<f64> {
        let place = self.places[j].map(|place| moved(place, j, &self.shapes, &replicate.shapes))?;
        Some(self.unit(j, place) * replicate.coefficients[j])
    }

    /// The powers of complexes; lines are left out, and so are complexes of which no band is listed.
    pub fn complexes(&self, complexes: &[Complex]) -> Vec<ComplexPower> {
        let listed = |complex: &Complex| -> Vec<usize> {
            let inside = |place: Place| (complex.lower_um..=complex.upper_um).contains(&place.centre_um);
            let components = self.components.iter().enumerate();
            let bands =
                components.filter(|(_, component)| !component.is_line() && component.place().is_some_and(inside));
            bands.map(|(j, _)| j).collect()
        };
        let groups = complexes.iter().map(|complex| (complex, listed(complex)));
        let groups = groups.filter(|(_, members)| !members.is_empty());
        groups
            .map(|(complex, members)| {
                let power = self.summed_power(&members);
                ComplexPower { name: complex.name.to_owned(), members, power }
            })
            .collect()
    }

    /// Power of component `j`, and its derivatives in coefficient, centre and width.
    fn power_slopes(&self, j: usize) -> Option<(f64, Vec<(Parameter, f64)>)> {
        let place = self.places[j]?;
        let unit = self.unit(j, place);
        let value = unit * self.fit.coefficients[j];
        let mut gradient = vec![(Parameter::Coefficient(j), unit)];
        for (s, shape) in self.shapes.iter().enumerate() {
            let logarithmic = match shape {
                Shape::Centre(owner) if *owner == j => logarithmic_slopes(self.components[j].form, place)[0],
                Shape::Width(owner) if *owner == j => logarithmic_slopes(self.components[j].form, place)[1],
                _ => continue,
            };
            gradient.push((Parameter::Shape(s), value * logarithmic));
        }
        Some((value, gradient))
    }

    /// The power of component `j` at `place` for coefficient one.
    fn unit(&self, j: usize, place: Place) -> f64 {
        unit_power(self.components[j].form, place) * self.jansky_per_unit / (1.0 + self.redshift)
    }
}

/// The place of component `j` at other values of the shapes.
fn moved(mut place: Place, j: usize, shapes: &[Shape], values: &[f64]) -> Place {
    for (shape, value) in shapes.iter().zip(values) {
        match shape {
            Shape::Centre(owner) if *owner == j => place.centre_um = *value,
            Shape::Width(owner) if *owner == j => place.fwhm_um = *value,
            _ => {}
        }
    }
    place
}

/// The power of a component of height 1 Jy, in W m⁻².
fn unit_power(form: Form, place: Place) -> f64 {
    let Place { centre_um, fwhm_um } = place;
    match form {
        Form::Drude(_) => profiles::drude_power(1.0, centre_um, fwhm_um),
        Form::Line(_) => profiles::gaussian_power(1.0, centre_um, fwhm_um / LINE_FWHM_PER_SIGMA),
        Form::Gaussian(_) => profiles::gaussian_power(1.0, centre_um, fwhm_um / FWHM_PER_SIGMA),
        // The narrow limit of a Drude band is a Lorentzian.
        Form::Lorentzian(_) => profiles::drude_power(1.0, centre_um, fwhm_um),
        Form::Blackbody { .. } | Form::ModifiedBlackbody { .. } => 0.0,
    }
}

/// The derivatives of the logarithm of [`unit_power`] in centre and width.
fn logarithmic_slopes(form: Form, place: Place) -> [f64; 2] {
    let Place { centre_um, fwhm_um } = place;
    let sigma = match form {
        Form::Line(_) => fwhm_um / LINE_FWHM_PER_SIGMA,
        Form::Gaussian(_) => fwhm_um / FWHM_PER_SIGMA,
        _ => return [-2.0 / centre_um, 1.0 / fwhm_um],
    };
    let narrow = (sigma / centre_um).powi(2);
    let share = (6.0 * narrow + 60.0 * narrow * narrow) / (1.0 + 3.0 * narrow + 15.0 * narrow * narrow);
    [-(2.0 + share) / centre_um, (1.0 + share) / fwhm_um]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_the_power_are_its_own() {
        let place = Place { centre_um: 7.6, fwhm_um: 0.4 };
        for form in [Form::Drude(place), Form::Line(place), Form::Gaussian(place), Form::Lorentzian(place)] {
            let power = |centre: f64, width: f64| unit_power(form, Place { centre_um: centre, fwhm_um: width });
            let found = logarithmic_slopes(form, place);
            let by_centre = (power(7.6 + 1e-5, 0.4) - power(7.6 - 1e-5, 0.4)) / 2e-5 / power(7.6, 0.4);
            let by_width = (power(7.6, 0.4 + 1e-5) - power(7.6, 0.4 - 1e-5)) / 2e-5 / power(7.6, 0.4);
            assert!((found[0] / by_centre - 1.0).abs() < 1e-7 && (found[1] / by_width - 1.0).abs() < 1e-7, "{form:?}");
        }
    }
}
