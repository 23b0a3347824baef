//! The columns of a decomposition as functions of optical depth, centres and widths.

use serde::{Deserialize, Serialize};

use super::DecomposeError;
use super::components::{Component, Form, Place};
use crate::cases::qncc_spectra::fit::{Basis, Matrix};
use crate::cases::qncc_spectra::interpolation::linear;
use crate::cases::qncc_spectra::profiles::Geometry;

/// Optical depth relative to that at 9.7 µm, linear between its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    wavelength_um: Vec<f64>,
    ratio: Vec<f64>,
}

impl Curve {
    /// A curve from ascending rest wavelengths in µm and `τ(λ)/τ(9.7 µm)`.
    ///
    /// # Errors
    /// [`DecomposeError::Curve`] for unequal lengths, less than two rows, wavelengths that don't ascend, or a ratio that is
    /// negative or not finite.
    pub fn new(wavelength_um: Vec<f64>, ratio: Vec<f64>) -> Result<Self, DecomposeError> {
        let fault = |row, fault| Err(DecomposeError::Curve { row, fault });
        if wavelength_um.len() != ratio.len() {
            return fault(wavelength_um.len().min(ratio.len()), "wavelengths and ratios are not equally many");
        }
        if ratio.len() < 2 {
            return fault(ratio.len(), "at least two rows are needed");
        }
        let mut before = f64::NEG_INFINITY;
        for (row, (x, value)) in wavelength_um.iter().zip(&ratio).enumerate() {
            if !x.is_finite() || *x <= before {
                return fault(row, "wavelengths must ascend; sort the rows and drop repeated ones");
            }
            if !value.is_finite() || *value < 0.0 {
                return fault(row, "the ratio must be a number that isn't negative");
            }
            before = *x;
        }
        Ok(Self { wavelength_um, ratio })
    }

    /// The ratio at a rest wavelength; `None` outside of the curve.
    pub fn at(&self, wavelength_um: f64) -> Option<f64> {
        linear(&self.wavelength_um, &self.ratio, wavelength_um)
    }

    /// Its first and last wavelength in µm.
    pub fn range(&self) -> [f64; 2] {
        [self.wavelength_um[0], self.wavelength_um[self.wavelength_um.len() - 1]]
    }
}

/// What a nonlinear parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// τ at 9.7 µm.
    OpticalDepth,
    /// The centre of a component, in µm.
    Centre(usize),
    /// The FWHM of a component, in µm.
    Width(usize),
}

/// The components on the points of a spectrum: one column each.
#[derive(Clone, Debug)]
pub struct Design {
    components: Vec<Component>,
    /// Rest wavelengths.
    points: Vec<f64>,
    attenuation: Option<(Geometry, Vec<f64>)>,
    shapes: Vec<Shape>,
    depends: Vec<Vec<usize>>,
    /// Columns as listed, without attenuation.
    listed: Matrix,
}

impl Design {
    /// Evaluates `components` on rest wavelengths in µm; `attenuation` holds the geometry and `τ(λ)/τ(9.7 µm)` at each.
    ///
    /// An optical depth among `shapes` has an effect only with an attenuation.
    pub fn new(
        components: Vec<Component>,
        points: Vec<f64>,
        attenuation: Option<(Geometry, Vec<f64>)>,
        shapes: Vec<Shape>,
    ) -> Self {
        let mut listed = Matrix::zeros(points.len(), components.len());
        for (j, component) in components.iter().enumerate() {
            for (value, x) in listed.column_mut(j).iter_mut().zip(&points) {
                *value = component.form.value(*x);
            }
        }
        let used = |j: usize| {
            let uses = |shape: &Shape| match shape {
                Shape::OpticalDepth => attenuation.is_some(),
                Shape::Centre(owner) | Shape::Width(owner) => *owner == j,
            };
            (0..shapes.len()).filter(|s| uses(&shapes[*s])).collect()
        };
        let depends = (0..components.len()).map(used).collect();
        Self { components, points, attenuation, shapes, depends, listed }
    }

    /// Other components and shapes on the same points.
    pub(super) fn with(&self, components: Vec<Component>, shapes: Vec<Shape>) -> Self {
        Self::new(components, self.points.clone(), self.attenuation.clone(), shapes)
    }

    /// The components as listed.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What the shapes are.
    pub fn shape_list(&self) -> &[Shape] {
        &self.shapes
    }

    /// The form of component `j` at these shapes; `None` when none of its own is free.
    fn form(&self, j: usize, values: &[f64]) -> Option<Form> {
        let listed = self.components[j].form;
        let mut place = self.components[j].place()?;
        let mut moved = false;
        for s in &self.depends[j] {
            match self.shapes[*s] {
                Shape::OpticalDepth => continue,
                Shape::Centre(_) => place.centre_um = values[*s],
                Shape::Width(_) => place.fwhm_um = values[*s],
            }
            moved = true;
        }
        moved.then(|| listed.moved(place))
    }

    /// Where component `j` lies at these shapes; `None` for a continuum.
    pub fn place(&self, j: usize, values: &[f64]) -> Option<Place> {
        let component =
            Component { name: String::new(), form: self.form(j, values).unwrap_or(self.components[j].form) };
        component.place()
    }

    /// τ at 9.7 µm among the shapes; zero without.
    fn depth(&self, values: &[f64]) -> f64 {
        let place = self.shapes.iter().position(|shape| *shape == Shape::OpticalDepth);
        place.map_or(0.0, |s| values[s])
    }

    /// The share of light that is left at each point.
    pub fn transmission(&self, values: &[f64]) -> Vec<f64> {
        let depth = self.depth(values);
        match &self.attenuation {
            Some((geometry, ratio)) => ratio.iter().map(|ratio| geometry.factor(depth * ratio)).collect(),
            None => vec![1.0; self.points.len()],
        }
    }

    /// The derivative of [`Design::transmission`] in τ.
    fn transmission_slope(&self, values: &[f64]) -> Vec<f64> {
        let depth = self.depth(values);
        match &self.attenuation {
            Some((geometry, ratio)) => ratio.iter().map(|ratio| ratio * geometry.slope(depth * ratio)).collect(),
            None => vec![0.0; self.points.len()],
        }
    }

    /// Column `j` without attenuation.
    fn bare(&self, j: usize, values: &[f64], out: &mut [f64]) {
        match self.form(j, values) {
            Some(form) => out.iter_mut().zip(&self.points).for_each(|(value, x)| *value = form.value(*x)),
            None => out.copy_from_slice(self.listed.column(j)),
        }
    }

    /// The derivative of column `j` in its own centre or width, without attenuation.
    fn bare_slope(&self, j: usize, s: usize, values: &[f64], out: &mut [f64]) {
        let form = self.form(j, values).unwrap_or(self.components[j].form);
        for (value, x) in out.iter_mut().zip(&self.points) {
            let slopes = form.slopes(*x);
            *value = if matches!(self.shapes[s], Shape::Centre(_)) { slopes.by_centre } else { slopes.by_width };
        }
    }
}

fn scale(values: &mut [f64], factors: &[f64]) {
    values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
}

impl Basis for Design {
    fn rows(&self) -> usize {
        self.points.len()
    }

    fn columns(&self) -> usize {
        self.components.len()
    }

    fn shapes(&self) -> usize {
        self.shapes.len()
    }

    fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]) {
        self.bare(j, shapes, out);
        scale(out, &self.transmission(shapes));
    }

    fn depends(&self, j: usize) -> &[usize] {
        &self.depends[j]
    }

    fn derivative(&self, j: usize, s: usize, shapes: &[f64], out: &mut [f64]) {
        if self.shapes[s] == Shape::OpticalDepth {
            self.bare(j, shapes, out);
            scale(out, &self.transmission_slope(shapes));
        } else {
            self.bare_slope(j, s, shapes, out);
            scale(out, &self.transmission(shapes));
        }
    }

    fn fill(&self, shapes: &[f64], out: &mut [f64]) {
        let transmission = self.attenuation.is_some().then(|| self.transmission(shapes));
        for (j, column) in out.chunks_exact_mut(self.points.len()).enumerate() {
            self.bare(j, shapes, column);
            if let Some(transmission) = &transmission {
                scale(column, transmission);
            }
        }
    }

    fn slope(&self, s: usize, shapes: &[f64], coefficients: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut one = vec![0.0; out.len()];
        let depth = self.shapes[s] == Shape::OpticalDepth;
        for (j, coefficient) in coefficients.iter().enumerate().filter(|(_, coefficient)| **coefficient != 0.0) {
            if !self.depends[j].contains(&s) {
                continue;
            }
            if depth {
                self.bare(j, shapes, &mut one);
            } else {
                self.bare_slope(j, s, shapes, &mut one);
            }
            out.iter_mut().zip(&one).for_each(|(sum, value)| *sum += coefficient * value);
        }
        scale(out, &if depth { self.transmission_slope(shapes) } else { self.transmission(shapes) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_linear_between_its_points_and_nowhere_else() {
        let curve = Curve::new(vec![5.0, 6.0, 8.0], vec![0.2, 0.4, 0.0]).expect("good");
        assert_eq!(curve.at(5.0), Some(0.2));
        assert_eq!(curve.at(8.0), Some(0.0));
        assert!((curve.at(7.0).expect("inside") - 0.2).abs() < 1e-15);
        assert_eq!((curve.at(4.99), curve.at(8.01), curve.at(f64::NAN)), (None, None, None));
        assert_eq!(curve.range(), [5.0, 8.0]);
    }

    #[test]
    fn bad_curves_are_refused_with_their_row() {
        let row = |wavelength: &[f64], ratio: &[f64]| match Curve::new(wavelength.to_vec(), ratio.to_vec()) {
            Err(DecomposeError::Curve { row, .. }) => row,
            other => panic!("{other:?}"),
        };
        assert_eq!(row(&[1.0, 2.0], &[1.0]), 1);
        assert_eq!(row(&[1.0], &[1.0]), 1);
        assert_eq!(row(&[1.0, 2.0, 2.0], &[1.0; 3]), 2);
        assert_eq!(row(&[1.0, f64::NAN, 2.0], &[1.0; 3]), 1);
        assert_eq!(row(&[1.0, 2.0, 3.0], &[1.0, -0.1, 1.0]), 1);
        assert_eq!(row(&[1.0, 2.0], &[f64::NAN, 1.0]), 0);
    }

    fn design(geometry: Geometry) -> Design {
        let place = |centre_um, fwhm_um| Place { centre_um, fwhm_um };
        let forms = [
            Form::ModifiedBlackbody { temperature_k: 200.0 },
            Form::Drude(place(7.6, 0.4)),
            Form::Line(place(9.0, 0.3)),
            Form::Gaussian(place(11.0, 0.5)),
            Form::Lorentzian(place(12.0, 0.5)),
        ];
        let components = forms.map(|form| Component { name: String::new(), form }).to_vec();
        let points: Vec<f64> = (0..60).map(|i| 6.0 + 0.12 * f64::from(i)).collect();
        let ratio = points.iter().map(|x| (-0.5 * (x - 9.7_f64).powi(2)).exp()).collect();
        let mut shapes = vec![Shape::OpticalDepth];
        shapes.extend((1..5).flat_map(|j| [Shape::Centre(j), Shape::Width(j)]));
        Design::new(components, points, Some((geometry, ratio)), shapes)
    }

    const VALUES: [f64; 9] = [0.7, 7.65, 0.35, 9.05, 0.25, 10.9, 0.6, 12.1, 0.4];

    #[test]
    fn derivatives_are_those_of_the_columns() {
        for geometry in [Geometry::Mixed, Geometry::Screen] {
            let design = design(geometry);
            let (mut found, mut above, mut below) = (vec![0.0; 60], vec![0.0; 60], vec![0.0; 60]);
            for j in 0..5 {
                for &s in design.depends(j) {
                    design.derivative(j, s, &VALUES, &mut found);
                    let (mut up, mut down) = (VALUES, VALUES);
                    up[s] += 1e-6;
                    down[s] -= 1e-6;
                    design.column(j, &up, &mut above);
                    design.column(j, &down, &mut below);
                    let largest = found.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                    for (value, (above, below)) in found.iter().zip(above.iter().zip(&below)) {
                        let difference = (above - below) / 2e-6;
                        assert!((value - difference).abs() < 1e-6 * largest, "{j} {s}");
                    }
                }
            }
        }
    }

    #[test]
    fn shared_work_gives_the_same_numbers() {
        /// The same basis with the trait's own `fill` and `slope`.
        struct Plain<'a>(&'a Design);
        impl Basis for Plain<'_> {
            fn rows(&self) -> usize {
                self.0.rows()
            }
            fn columns(&self) -> usize {
                self.0.columns()
            }
            fn shapes(&self) -> usize {
                self.0.shapes()
            }
            fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]) {
                self.0.column(j, shapes, out);
            }
            fn depends(&self, j: usize) -> &[usize] {
                self.0.depends(j)
            }
            fn derivative(&self, j: usize, s: usize, shapes: &[f64], out: &mut [f64]) {
                self.0.derivative(j, s, shapes, out);
            }
        }
        let design = design(Geometry::Mixed);
        let (mut shared, mut plain) = (vec![0.0; 300], vec![0.0; 300]);
        design.fill(&VALUES, &mut shared);
        Plain(&design).fill(&VALUES, &mut plain);
        assert_eq!(shared, plain);
        let coefficients = [1e-9, 2.0, 0.0, 1.0, 3.0];
        for s in 0..9 {
            design.slope(s, &VALUES, &coefficients, &mut shared[..60]);
            Plain(&design).slope(s, &VALUES, &coefficients, &mut plain[..60]);
            for (a, b) in shared[..60].iter().zip(&plain[..60]) {
                assert!((a - b).abs() <= 1e-13 * b.abs().max(1.0), "{s}");
            }
        }
    }

    #[test]
    fn a_free_component_moves_and_others_stay() {
        let design = design(Geometry::Screen);
        assert_eq!(design.place(1, &VALUES), Some(Place { centre_um: 7.65, fwhm_um: 0.35 }));
        assert_eq!(design.place(0, &VALUES), None);
        assert_eq!(design.depends(0), [0]);
        assert_eq!(design.depends(2), [0, 3, 4]);
    }
}
