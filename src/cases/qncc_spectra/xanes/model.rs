//! A model of absorption near an edge, and its columns for the separable fit.

use std::f64::consts::{LN_2, PI};

use serde::{Deserialize, Serialize};
use statrs::function::erf::erf;

use super::XanesError;
use crate::cases::qncc_spectra::fit::separable::Basis;

/// Shape of the edge step. The width is that of the step's derivative at half its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edge {
    /// `½ + arctan(2(E − E₀)/Γ)/π`: set by the lifetime of the core hole.
    Arctangent,
    /// `½ + ½ erf(2√ln2 (E − E₀)/Γ)`: set by the resolution of the instrument.
    ErrorFunction,
}

/// Where a parameter may lie; `low == high` fixes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    /// From `low` to `high`.
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// One value only.
    pub const fn fixed(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// From `center − reach` to `center + reach`.
    pub fn around(center: f64, reach: f64) -> Self {
        Self { low: center - reach, high: center + reach }
    }

    /// The middle.
    pub fn middle(self) -> f64 {
        0.5 * (self.low + self.high)
    }

    fn shifted(self, by: f64) -> Self {
        Self { low: self.low + by, high: self.high + by }
    }

    fn is_free(self) -> bool {
        self.high > self.low
    }
}

/// Full width at half maximum of a peak, in eV.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Width {
    /// The model's common width, which grows with energy: `fwhm + growth·(centre − anchor)`. For π* peaks, whose excited
    /// states live the shorter the higher they lie.
    Growing,
    /// A width of its own. For σ* resonances, which are broad by themselves.
    Own(Range),
}

/// One Gaussian.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    pub name: String,
    /// Where its centre may lie, in eV.
    pub center: Range,
    pub width: Width,
}

impl Peak {
    /// A peak of the common, growing width.
    pub fn growing(name: impl Into<String>, center: Range) -> Self {
        Self { name: name.into(), center, width: Width::Growing }
    }

    /// A peak with a width of its own.
    pub fn broad(name: impl Into<String>, center: Range, fwhm: Range) -> Self {
        Self { name: name.into(), center, width: Width::Own(fwhm) }
    }
}

/// Pre-edge line, edge step and peaks; heights are non-negative, the line is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    pub edge: Edge,
    /// Position of the step, in eV.
    pub edge_position: Range,
    /// Width of the step, in eV.
    pub edge_width: Range,
    /// Common width of growing peaks at `anchor`, in eV.
    pub fwhm: Range,
    /// Growth of that width, in eV per eV.
    pub growth: Range,
    /// Energy at which the common width is `fwhm`, in eV; no growing peak may lie below it.
    pub anchor: f64,
    pub peaks: Vec<Peak>,
}

impl Model {
    /// The same model on an energy axis that reads `offset` eV too high.
    pub fn shifted(&self, offset: f64) -> Self {
        let peaks = self.peaks.iter().map(|peak| Peak { center: peak.center.shifted(offset), ..peak.clone() });
        Self {
            edge_position: self.edge_position.shifted(offset),
            anchor: self.anchor + offset,
            peaks: peaks.collect(),
            ..self.clone()
        }
    }

    /// Checks what the fit relies on: ordered ranges, positive widths, no growing peak below the anchor.
    pub(super) fn check(&self) -> Result<(), XanesError> {
        let fault = |what: String| Err(XanesError::Model { model: self.name.clone(), what });
        let widths = self.peaks.iter().filter_map(|peak| match peak.width {
            Width::Own(range) => Some((format!("width of {}", peak.name), range)),
            Width::Growing => None,
        });
        let widths: Vec<(String, Range)> =
            [("edge width".to_owned(), self.edge_width), ("common width".to_owned(), self.fwhm)]
                .into_iter()
                .chain(widths)
                .collect();
        let centers = self.peaks.iter().map(|peak| (format!("centre of {}", peak.name), peak.center));
        let others = [("edge position".to_owned(), self.edge_position), ("growth of widths".to_owned(), self.growth)];
        for (name, range) in widths.iter().cloned().chain(others).chain(centers) {
            if !(range.low.is_finite() && range.high.is_finite() && range.low <= range.high) {
                return fault(format!(
                    "{name} may lie from {} to {}; give finite limits, the lower one first",
                    range.low, range.high
                ));
            }
        }
        if let Some((name, range)) = widths.iter().find(|(_, range)| range.low <= 0.0) {
            return fault(format!("{name} may be {} eV; give a lower limit above zero", range.low));
        }
        if self.growth.low < 0.0 {
            return fault(format!(
                "growth of widths may be {}; widths don't shrink, give zero or more",
                self.growth.low
            ));
        }
        let below = |peak: &&Peak| peak.width == Width::Growing && peak.center.low < self.anchor;
        match self.peaks.iter().find(below) {
            Some(peak) => fault(format!(
                "{} may lie at {} eV, below {} eV where the common width begins; move that energy down",
                peak.name, peak.center.low, self.anchor
            )),
            None => Ok(()),
        }
    }
}

/// A parameter on its way into the fit.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Fixed(f64),
    Shape(usize),
}

impl Slot {
    fn value(self, shapes: &[f64]) -> f64 {
        match self {
            Slot::Fixed(value) => value,
            Slot::Shape(index) => shapes[index],
        }
    }

    fn is(self, shape: usize) -> bool {
        matches!(self, Slot::Shape(index) if index == shape)
    }

    fn index(self) -> Option<usize> {
        match self {
            Slot::Fixed(_) => None,
            Slot::Shape(index) => Some(index),
        }
    }
}

/// Column of the constant of the pre-edge line; the next one is its slope, then the step, then the peaks.
pub(super) const CONSTANT: usize = 0;
pub(super) const SLOPE: usize = 1;
pub(super) const STEP: usize = 2;
pub(super) const FIRST_PEAK: usize = 3;

/// A model over a grid of energies: columns and derivatives.
pub(super) struct Columns<'a> {
    energy: &'a [f64],
    middle: f64,
    span: f64,
    edge: Edge,
    edge_position: Slot,
    edge_width: Slot,
    fwhm: Slot,
    growth: Slot,
    anchor: f64,
    /// Centre, and own width if any.
    peaks: Vec<(Slot, Option<Slot>)>,
    depends: Vec<Vec<usize>>,
    pub ranges: Vec<Range>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(model: &Model, energy: &'a [f64]) -> Self {
        let mut ranges = Vec::new();
        let mut slot = |range: Range| {
            if !range.is_free() {
                return Slot::Fixed(range.low);
            }
            ranges.push(range);
            Slot::Shape(ranges.len() - 1)
        };
        let (edge_position, edge_width) = (slot(model.edge_position), slot(model.edge_width));
        let grows = model.peaks.iter().any(|peak| peak.width == Width::Growing);
        let (fwhm, growth) = if grows {
            (slot(model.fwhm), slot(model.growth))
        } else {
            (Slot::Fixed(model.fwhm.low), Slot::Fixed(model.growth.low))
        };
        let peaks: Vec<(Slot, Option<Slot>)> = model
            .peaks
            .iter()
            .map(|peak| {
                let own = match peak.width {
                    Width::Growing => None,
                    Width::Own(range) => Some(slot(range)),
                };
                (slot(peak.center), own)
            })
            .collect();
        let listed = |slots: &[Slot]| {
            let mut shapes: Vec<usize> = slots.iter().filter_map(|slot| slot.index()).collect();
            shapes.sort_unstable();
            shapes
        };
        let mut depends = vec![Vec::new(), Vec::new(), listed(&[edge_position, edge_width])];
        depends.extend(peaks.iter().map(|(center, own)| match own {
            Some(own) => listed(&[*center, *own]),
            None => listed(&[*center, fwhm, growth]),
        }));
        let (first, last) = (energy[0], energy[energy.len() - 1]);
        Self {
            energy,
            middle: 0.5 * (first + last),
            span: last - first,
            edge: model.edge,
            edge_position,
            edge_width,
            fwhm,
            growth,
            anchor: model.anchor,
            peaks,
            depends,
            ranges,
        }
    }

    /// Position and width of the step.
    pub(super) fn step(&self, shapes: &[f64]) -> (f64, f64) {
        (self.edge_position.value(shapes), self.edge_width.value(shapes))
    }

    /// Centre and width of a peak, counted from 0.
    pub(super) fn peak(&self, peak: usize, shapes: &[f64]) -> (f64, f64) {
        let (center, own) = self.peaks[peak];
        let center = center.value(shapes);
        let width = match own {
            Some(own) => own.value(shapes),
            None => self.fwhm.value(shapes) + self.growth.value(shapes) * (center - self.anchor),
        };
        (center, width)
    }

    /// The shape that holds the centre of a peak, if it is free.
    pub(super) fn center_shape(&self, peak: usize) -> Option<usize> {
        self.peaks[peak].0.index()
    }

    /// The shape that holds the position of the step, if it is free.
    pub(super) fn edge_shape(&self) -> Option<usize> {
        self.edge_position.index()
    }
}

impl Basis for Columns<'_> {
    fn rows(&self) -> usize {
        self.energy.len()
    }

    fn columns(&self) -> usize {
        FIRST_PEAK + self.peaks.len()
    }

    fn shapes(&self) -> usize {
        self.ranges.len()
    }

    fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]) {
        match j {
            CONSTANT => out.fill(1.0),
            SLOPE => fill(self.energy, out, |energy| (energy - self.middle) / self.span),
            STEP => {
                let (position, width) = self.step(shapes);
                fill(self.energy, out, |energy| step(self.edge, energy - position, width));
            }
            _ => {
                let (center, width) = self.peak(j - FIRST_PEAK, shapes);
                fill(self.energy, out, |energy| gaussian(energy - center, width));
            }
        }
    }

    fn depends(&self, j: usize) -> &[usize] {
        &self.depends[j]
    }

    fn derivative(&self, j: usize, s: usize, shapes: &[f64], out: &mut [f64]) {
        if j == STEP {
            let (position, width) = self.step(shapes);
            let by_position = self.edge_position.is(s);
            fill(self.energy, out, |energy| {
                let (slope, by_width) = step_derivatives(self.edge, energy - position, width);
                if by_position { -slope } else { by_width }
            });
            return;
        }
        let index = j - FIRST_PEAK;
        let (center, width) = self.peak(index, shapes);
        let (center_slot, own) = self.peaks[index];
        // How centre and width of this peak move with shape `s`.
        let moves = if center_slot.is(s) { 1.0 } else { 0.0 };
        let widens = match own {
            Some(own) if own.is(s) => 1.0,
            Some(_) => 0.0,
            None if self.fwhm.is(s) => 1.0,
            None if self.growth.is(s) => center - self.anchor,
            None => moves * self.growth.value(shapes),
        };
        fill(self.energy, out, |energy| {
            let distance = energy - center;
            let common = 8.0 * LN_2 * distance / (width * width) * gaussian(distance, width);
            common * (moves + widens * distance / width)
        });
    }
}

fn fill(energy: &[f64], out: &mut [f64], value: impl Fn(f64) -> f64) {
    for (out, energy) in out.iter_mut().zip(energy) {
        *out = value(*energy);
    }
}

/// Gaussian of height 1 and full width `fwhm` at half maximum.
fn gaussian(distance: f64, fwhm: f64) -> f64 {
    (-4.0 * LN_2 * (distance / fwhm).powi(2)).exp()
}

/// Step from 0 to 1.
fn step(edge: Edge, distance: f64, width: f64) -> f64 {
    match edge {
        Edge::Arctangent => 0.5 + (2.0 * distance / width).atan() / PI,
        Edge::ErrorFunction => 0.5 + 0.5 * erf(2.0 * LN_2.sqrt() * distance / width),
    }
}

/// Derivatives of [`step`] in distance and width.
fn step_derivatives(edge: Edge, distance: f64, width: f64) -> (f64, f64) {
    let slope = match edge {
        Edge::Arctangent => 2.0 / (PI * width * (1.0 + (2.0 * distance / width).powi(2))),
        Edge::ErrorFunction => {
            let argument = 2.0 * LN_2.sqrt() * distance / width;
            2.0 * LN_2.sqrt() / (PI.sqrt() * width) * (-argument * argument).exp()
        }
    };
    (slope, -slope * distance / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(edge: Edge) -> Model {
        Model {
            name: "test".into(),
            edge,
            edge_position: Range::new(404.0, 407.0),
            edge_width: Range::new(0.5, 4.0),
            fwhm: Range::new(0.4, 1.5),
            growth: Range::new(0.0, 0.3),
            anchor: 398.0,
            peaks: vec![
                Peak::growing("π*", Range::new(398.6, 399.0)),
                Peak::broad("σ*", Range::new(403.0, 406.0), Range::new(2.0, 6.0)),
            ],
        }
    }

    fn column(columns: &Columns, j: usize, shapes: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; columns.rows()];
        columns.column(j, shapes, &mut out);
        out
    }

    #[test]
    fn analytic_derivatives_are_those_of_the_columns() {
        let energy: Vec<f64> = (0..120).map(|k| 394.0 + 0.2 * f64::from(k)).collect();
        for edge in [Edge::Arctangent, Edge::ErrorFunction] {
            let model = model(edge);
            let columns = Columns::new(&model, &energy);
            let shapes: Vec<f64> = columns.ranges.iter().map(|r| 0.6 * r.low + 0.4 * r.high).collect();
            for j in 0..columns.columns() {
                for s in 0..columns.shapes() {
                    let h = 1e-5;
                    let moved = |by: f64| {
                        let mut shapes = shapes.clone();
                        shapes[s] += by;
                        column(&columns, j, &shapes)
                    };
                    let numeric: Vec<f64> =
                        moved(h).iter().zip(moved(-h)).map(|(up, down)| (up - down) / (2.0 * h)).collect();
                    if !columns.depends(j).contains(&s) {
                        assert!(numeric.iter().all(|d| *d == 0.0), "column {j} moves with shape {s}");
                        continue;
                    }
                    let mut analytic = vec![f64::NAN; energy.len()];
                    columns.derivative(j, s, &shapes, &mut analytic);
                    let scale = numeric.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
                    assert!(scale > 1e-3, "column {j}, shape {s} is flat");
                    for (a, n) in analytic.iter().zip(&numeric) {
                        assert!((a - n).abs() < 1e-7 * scale.max(1.0), "column {j}, shape {s}: {a} and {n}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_step_is_half_at_its_position_and_its_slope_half_a_width_away_is_half_of_the_largest() {
        for edge in [Edge::Arctangent, Edge::ErrorFunction] {
            assert_eq!(step(edge, 0.0, 1.3), 0.5);
            assert!(step(edge, -1e6, 1.0) < 1e-6 && step(edge, 1e6, 1.0) > 1.0 - 1e-6);
            let largest = step_derivatives(edge, 0.0, 1.3).0;
            assert!((step_derivatives(edge, 0.65, 1.3).0 / largest - 0.5).abs() < 1e-12);
        }
    }

    #[test]
    fn widths_grow_with_energy_at_the_common_rate() {
        let energy = [398.0, 410.0];
        let columns_model = model(Edge::Arctangent);
        let columns = Columns::new(&columns_model, &energy);
        // Shapes in order: edge position, edge width, common width, growth, centre of π*, width and centre of σ*.
        let shapes = [405.0, 2.0, 0.8, 0.1, 398.9, 3.0, 404.0];
        let (center, width) = columns.peak(0, &shapes);
        assert!((center - 398.9).abs() < 1e-12 && (width - (0.8 + 0.1 * 0.9)).abs() < 1e-12);
        assert_eq!(columns.peak(1, &shapes), (404.0, 3.0));
        assert_eq!(columns.step(&shapes), (405.0, 2.0));
    }

    #[test]
    fn fixed_parameters_are_no_shapes() {
        let mut model = model(Edge::Arctangent);
        let energy = [398.0, 410.0];
        assert_eq!(Columns::new(&model, &energy).shapes(), 7);
        model.edge_width = Range::fixed(1.0);
        model.growth = Range::fixed(0.0);
        assert_eq!(Columns::new(&model, &energy).shapes(), 5);
        model.peaks.remove(0);
        assert_eq!(Columns::new(&model, &energy).shapes(), 3);
    }

    #[test]
    fn a_shifted_model_is_the_same_on_a_shifted_axis() {
        let original = model(Edge::ErrorFunction);
        let moved = original.shifted(0.5);
        let energy: Vec<f64> = (0..50).map(|k| 396.0 + 0.3 * f64::from(k)).collect();
        let axis: Vec<f64> = energy.iter().map(|e| e + 0.5).collect();
        let (here, there) = (Columns::new(&original, &energy), Columns::new(&moved, &axis));
        let at = |columns: &Columns| -> Vec<f64> { columns.ranges.iter().map(|r| r.middle()).collect() };
        for j in 0..here.columns() {
            let (a, b) = (column(&here, j, &at(&here)), column(&there, j, &at(&there)));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12), "column {j}");
        }
    }

    #[test]
    fn models_that_can_not_be_fitted_are_refused_with_what_to_mend() {
        let said = |change: fn(&mut Model)| {
            let mut model = model(Edge::Arctangent);
            change(&mut model);
            model.check().map_err(|error| error.to_string()).unwrap_err()
        };
        assert!(model(Edge::Arctangent).check().is_ok());
        assert!(said(|m| m.edge_width = Range::new(0.0, 1.0)).contains("edge width may be 0 eV"));
        assert!(said(|m| m.fwhm = Range::new(2.0, 1.0)).contains("common width may lie from 2 to 1"));
        assert!(said(|m| m.growth = Range::new(-0.1, 0.1)).contains("widths don't shrink"));
        assert!(said(|m| m.anchor = 399.0).contains("π* may lie at 398.6 eV, below 399 eV"));
        assert!(said(|m| m.peaks[1].width = Width::Own(Range::new(-1.0, 1.0))).contains("width of σ* may be -1"));
        assert!(said(|m| m.peaks[0].center.high = f64::NAN).contains("centre of π*"));
    }
}
