//! A spectrum with the components that it may be made of, and its decomposition.

use serde::{Deserialize, Serialize};

use super::DecomposeError;
use super::components::{Component, Place};
use super::design::{Curve, Design, Shape};
use super::settings::Settings;
use crate::cases::qncc_spectra::fit::{
    self, Bootstrap, BootstrapOptions, Fit, FitError, Interval, Options, Parameter, Problem,
};
use crate::display::Monitor;

/// Optical depths at which the search starts to look, as shares of its upper bound; the rest are halves of each other.
const DEPTHS: i32 = 7;

/// A spectrum and what it may be made of.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) design: Design,
    pub(super) settings: Settings,
    flux: Vec<f64>,
    sigma: Vec<f64>,
    start: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

/// The decomposition of a spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// The components as listed.
    pub components: Vec<Component>,
    /// What the fitted shapes are.
    pub shapes: Vec<Shape>,
    /// Where each component ended, in the rest frame; `None` for a continuum.
    pub places: Vec<Option<Place>>,
    /// Coefficients, shapes, χ², certificate and covariance.
    pub fit: Fit,
    /// Points of the spectrum.
    pub points: usize,
    /// Positive coefficients, and shapes that moved one of them (also onto a bound).
    pub parameters: usize,
    /// `χ² + k ln N`.
    pub bic: f64,
    /// Redshift that the fit was made with.
    pub redshift: f64,
    /// Jy for one unit of the spectrum.
    pub jansky_per_unit: f64,
}

impl Decomposition {
    /// Points minus parameters.
    pub fn degrees_of_freedom(&self) -> usize {
        self.points.saturating_sub(self.parameters)
    }

    /// `√(χ²/dof)`, by which formal errors are widened; one when there are no degrees of freedom.
    pub fn inflation(&self) -> f64 {
        match self.degrees_of_freedom() {
            0 => 1.0,
            degrees => (self.fit.chi2 / degrees as f64).sqrt(),
        }
    }

    /// τ at 9.7 µm and its formal error (none on a bound); `None` when fitted without attenuation.
    pub fn optical_depth(&self) -> Option<(f64, Option<f64>)> {
        let s = self.shapes.iter().position(|shape| *shape == Shape::OpticalDepth)?;
        Some((self.fit.shapes[s], self.fit.covariance.sigma(Parameter::Shape(s))))
    }
}

impl Model {
    /// Joins `components` with a spectrum: observed wavelengths in µm, F_ν, and one-σ errors in the units of F_ν.
    ///
    /// Points may come in any order. The curve is needed for attenuation only.
    ///
    /// # Errors
    /// [`DecomposeError`] for settings out of range, wavelengths that aren't positive, or a curve that is missing or too short;
    /// [`FitError`] for lengths that don't fit, numbers that aren't finite, or errors that aren't positive.
    pub fn new(
        components: Vec<Component>,
        wavelength_um: &[f64],
        flux: &[f64],
        sigma: &[f64],
        curve: Option<&Curve>,
        settings: Settings,
    ) -> Result<Self, DecomposeError> {
        settings.check()?;
        for (what, found) in [("the flux", flux.len()), ("the errors", sigma.len())] {
            if found != wavelength_um.len() {
                return Err(FitError::Length { what, found, expected: wavelength_um.len() }.into());
            }
        }
        let bad = wavelength_um.iter().enumerate().find(|(_, value)| !(value.is_finite() && **value > 0.0));
        if let Some((index, value)) = bad {
            return Err(DecomposeError::Wavelength { index, value: *value });
        }
        let points: Vec<f64> = wavelength_um.iter().map(|value| value / (1.0 + settings.redshift)).collect();
        let attenuation = match settings.attenuation {
            None => None,
            Some(geometry) => {
                let curve = curve.ok_or(DecomposeError::NoCurve)?;
                let [lower_um, upper_um] = curve.range();
                let at = |x: &f64| {
                    curve.at(*x).ok_or(DecomposeError::OutsideCurve { wavelength_um: *x, lower_um, upper_um })
                };
                Some((geometry, points.iter().map(at).collect::<Result<Vec<f64>, _>>()?))
            }
        };
        let mut shapes = Vec::new();
        let (mut start, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
        let mut free = |shape, value, from, to| {
            shapes.push(shape);
            start.push(value);
            lower.push(from);
            upper.push(to);
        };
        if attenuation.is_some() {
            free(Shape::OpticalDepth, 0.0, 0.0, settings.max_optical_depth);
        }
        for (j, component) in components.iter().enumerate() {
            let Some(place) = component.place() else { continue };
            if let Some(reach) = settings.centres.and_then(|freedom| freedom.of(component)) {
                // A centre stays a wavelength.
                let least = (place.centre_um - reach).max(0.1 * place.centre_um);
                free(Shape::Centre(j), place.centre_um, least, place.centre_um + reach);
            }
            if let Some(reach) = settings.widths.and_then(|freedom| freedom.of(component)) {
                let width = place.fwhm_um;
                free(Shape::Width(j), width, width * (1.0 - reach), width * (1.0 + reach));
            }
        }
        let design = Design::new(components, points, attenuation, shapes);
        Ok(Self { design, settings, flux: flux.to_vec(), sigma: sigma.to_vec(), start, lower, upper })
    }

    /// The components as listed.
    pub fn components(&self) -> &[Component] {
        self.design.components()
    }

    /// The separable problem behind it, all coefficients non-negative.
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            basis: &self.design,
            y: &self.flux,
            sigma: &self.sigma,
            non_negative: vec![true; self.components().len()],
            lower: self.lower.clone(),
            upper: self.upper.clone(),
        }
    }

    /// The best decomposition.
    ///
    /// The optical depth is looked for over its whole range with everything else as listed, and refined with all other shapes
    /// from the best place. At fixed places that one start is enough; with free centres or widths there are further ones.
    ///
    /// # Errors
    /// What [`fit::fit()`] raises.
    pub fn fit(&self, monitor: &dyn Monitor) -> Result<Decomposition, DecomposeError> {
        let mut start = self.start.clone();
        if self.has_depth() && self.lower[0] < self.upper[0] {
            start[0] = self.depth_start()?;
        }
        let places_free = start.len() > usize::from(self.has_depth());
        let starts = if places_free { self.settings.options.starts } else { 1 };
        self.fit_from(&start, &Options { starts, ..self.settings.options }, monitor)
    }

    /// Holds shape `s` (in the order of [`Decomposition::shapes`]) at `value`, as for errors at a given optical depth.
    ///
    /// # Panics
    /// When there is no such shape.
    pub fn hold(&mut self, s: usize, value: f64) {
        (self.start[s], self.lower[s], self.upper[s]) = (value, value, value);
    }

    /// The best decomposition from given shapes.
    pub(super) fn fit_from(
        &self,
        start: &[f64],
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Decomposition, DecomposeError> {
        Ok(self.conclude(fit::fit(&self.problem(), start, options, monitor)?))
    }

    /// χ² at optical depths at 9.7 µm, all else fitted again.
    ///
    /// # Errors
    /// What [`fit::profile()`] raises; [`DecomposeError::NoCurve`] when the model has no attenuation.
    pub fn chi2_of_depth(
        &self,
        best: &Decomposition,
        depths: &[f64],
        monitor: &dyn Monitor,
    ) -> Result<Vec<f64>, DecomposeError> {
        if !self.has_depth() {
            return Err(DecomposeError::NoCurve);
        }
        Ok(fit::profile(&self.problem(), &best.fit, 0, depths, &self.single(), monitor)?)
    }

    /// The interval of the optical depth in which χ² is at most `rise` above its minimum.
    ///
    /// # Errors
    /// As [`Model::chi2_of_depth`].
    pub fn depth_interval(
        &self,
        best: &Decomposition,
        rise: f64,
        monitor: &dyn Monitor,
    ) -> Result<Interval, DecomposeError> {
        if !self.has_depth() {
            return Err(DecomposeError::NoCurve);
        }
        Ok(fit::interval(&self.problem(), &best.fit, 0, rise, &self.single(), monitor)?)
    }

    /// Spectra drawn from the fitted model, each fitted again with all its shapes.
    ///
    /// # Errors
    /// What [`fit::bootstrap()`] raises.
    pub fn bootstrap(
        &self,
        best: &Decomposition,
        options: &BootstrapOptions,
        monitor: &dyn Monitor,
    ) -> Result<Bootstrap, DecomposeError> {
        Ok(fit::bootstrap(&self.problem(), &best.fit, options, &self.single(), monitor)?)
    }

    /// Upper limits of the coefficients at zero; see [`fit::upper_limits`].
    ///
    /// # Errors
    /// What [`fit::upper_limits`] raises.
    pub fn upper_limits(&self, best: &Decomposition, rise: f64) -> Result<Vec<Option<f64>>, DecomposeError> {
        Ok(fit::upper_limits(&self.problem(), &best.fit, rise)?)
    }

    /// The same spectrum with some of the components, and the shapes of `best` for these.
    pub(super) fn with_only(&self, keep: &[usize], best: &Fit) -> (Self, Vec<f64>) {
        let components = keep.iter().map(|j| self.components()[*j].clone()).collect();
        let new_index = |j: usize| keep.iter().position(|kept| *kept == j);
        let mut rows = Vec::new();
        for (s, shape) in self.design.shape_list().iter().enumerate() {
            let renamed = match shape {
                Shape::OpticalDepth => Some(Shape::OpticalDepth),
                Shape::Centre(j) => new_index(*j).map(Shape::Centre),
                Shape::Width(j) => new_index(*j).map(Shape::Width),
            };
            rows.extend(renamed.map(|shape| (s, shape)));
        }
        let pick = |values: &[f64]| rows.iter().map(|(s, _)| values[*s]).collect::<Vec<f64>>();
        let design = self.design.with(components, rows.iter().map(|(_, shape)| *shape).collect());
        let model = Self {
            design,
            settings: self.settings,
            flux: self.flux.clone(),
            sigma: self.sigma.clone(),
            start: pick(&self.start),
            lower: pick(&self.lower),
            upper: pick(&self.upper),
        };
        (model, pick(&best.shapes))
    }

    pub(super) fn single(&self) -> Options {
        Options { starts: 1, ..self.settings.options }
    }

    fn has_depth(&self) -> bool {
        self.design.shape_list().first() == Some(&Shape::OpticalDepth)
    }

    /// The optical depth with the smallest χ² on a coarse grid.
    fn depth_start(&self) -> Result<f64, DecomposeError> {
        let largest = self.settings.max_optical_depth;
        let grid = (0..DEPTHS).map(|halvings| largest * 0.5_f64.powi(halvings)).chain([0.0]);
        let chi2 = fit::scan(&self.problem(), &self.start, 0, &grid.clone().collect::<Vec<f64>>())?;
        let pairs = grid.zip(chi2);
        let best = pairs.fold((0.0, f64::INFINITY), |best, pair| if pair.1 < best.1 { pair } else { best });
        Ok(best.0)
    }

    fn conclude(&self, best: Fit) -> Decomposition {
        let shapes = self.design.shape_list().to_vec();
        let counted = |s: &usize| match shapes[*s] {
            // τ on its bound of zero dims nothing: it counts no more than a coefficient there.
            Shape::OpticalDepth => best.shapes[*s] > 0.0,
            Shape::Centre(j) | Shape::Width(j) => best.coefficients[j] > 0.0,
        };
        let parameters = best.positive + (0..shapes.len()).filter(counted).count();
        let points = self.flux.len();
        Decomposition {
            components: self.components().to_vec(),
            places: (0..self.components().len()).map(|j| self.design.place(j, &best.shapes)).collect(),
            bic: fit::bic(best.chi2, points, parameters),
            shapes,
            fit: best,
            points,
            parameters,
            redshift: self.settings.redshift,
            jansky_per_unit: self.settings.jansky_per_unit,
        }
    }
}
