//! Takes spectra out of tables: which columns, in which units, which rows; and every check that a fit relies on.

use super::columns::Plan;
use super::error::{Fault, ReadError};
use super::table::{Row, Table};
use crate::cases::qncc_spectra::spectrum::{
    Axis, AxisUnit, ExtinctionCoefficient, OpticalConstants, Quantity, RefractiveIndex, Spectrum, Unit, Wavelength,
};

/// What to do with rows at the same position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// They are a fault.
    #[default]
    Refuse,
    /// Rows that are equal count once; others are averaged, weighted by σ⁻² where there are errors.
    Merge,
}

/// Whether errors are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errors {
    /// If the file has them.
    #[default]
    Optional,
    /// A file without them is a fault.
    Required,
    Ignored,
}

/// Which spectrum of a table is meant. The default finds the columns by their names and units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Column of the axis.
    pub axis: Option<String>,
    /// Column of the values.
    pub value: Option<String>,
    /// Column of one-σ errors.
    pub sigma: Option<String>,
    /// Unit of the axis, in place of what the file says.
    pub axis_unit: Option<AxisUnit>,
    /// Unit of the values, in place of what the file says; also of errors that have no known unit of their own.
    pub unit: Option<Unit>,
    /// The sub-band wanted, by its value in the sub-band column.
    pub band: Option<String>,
    /// Rows wanted, as positions on the axis asked for; both ends included. Rows beyond aren't looked at.
    pub range: Option<(f64, f64)>,
    pub duplicates: Duplicates,
    pub errors: Errors,
}

/// A spectrum, and what was done to get it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<X: Axis, Y: Quantity> {
    pub spectrum: Spectrum<X, Y>,
    /// The sub-band that it is, if the table has any.
    pub band: Option<String>,
    /// Names of the columns that were read.
    pub axis: String,
    pub value: String,
    pub sigma: Option<String>,
    /// Rows left out because the file says that they have no value.
    pub left_out: usize,
    /// Rows that were merged into a neighbour at the same position.
    pub merged: usize,
}

/// A row that counts, on the axis asked for.
#[derive(Clone, Copy)]
struct Point<'a> {
    row: &'a Row,
    /// The position as the file has it.
    written: f64,
    x: f64,
    y: f64,
    sigma: Option<f64>,
}

/// Sub-bands with their points, in the file's order.
type Groups<'a> = Vec<(Option<String>, Vec<Point<'a>>)>;

impl Table {
    /// The one spectrum that a selection leaves.
    ///
    /// # Errors
    /// A [`ReadError`]: [`Fault::SubBands`] if there are several, and everything of [`Table::readings`].
    pub fn spectrum<X: Axis, Y: Quantity>(&self, selection: &Selection) -> Result<Spectrum<X, Y>, ReadError> {
        Ok(self.reading(selection)?.spectrum)
    }

    /// As [`Table::spectrum`], with what was done to get it.
    ///
    /// # Errors
    /// As [`Table::spectrum`].
    pub fn reading<X: Axis, Y: Quantity>(&self, selection: &Selection) -> Result<Reading<X, Y>, ReadError> {
        let plan = self.plan::<X, Y>(selection)?;
        let (groups, left_out) = self.groups::<X>(&plan, selection)?;
        match &groups[..] {
            [(band, points)] => self.finish(&plan, selection, band.clone(), points.clone(), left_out),
            _ => {
                let bands: Vec<&str> = groups.iter().filter_map(|(band, _)| band.as_deref()).collect();
                let column = plan.band.map_or(String::new(), |band| self.columns()[band].name.clone());
                Err(self.head_fault(Fault::SubBands { bands: bands.join(", "), column }))
            }
        }
    }

    /// Every sub-band as a spectrum of its own, in the file's order; one reading where the table has no sub-bands.
    ///
    /// Sub-bands are told apart by a column called `line`, `order`, `segment`, `module`, `band` or the like.
    ///
    /// # Errors
    /// A [`ReadError`] for a column that is missing or ambiguous, a unit that is missing, unknown or wrong, a number that
    /// is none or isn't finite, an error that isn't above zero, rows out of order or at the same position.
    pub fn readings<X: Axis, Y: Quantity>(&self, selection: &Selection) -> Result<Vec<Reading<X, Y>>, ReadError> {
        let plan = self.plan::<X, Y>(selection)?;
        let (groups, left_out) = self.groups::<X>(&plan, selection)?;
        let readings = groups.into_iter().map(|(band, points)| self.finish(&plan, selection, band, points, left_out));
        readings.collect()
    }

    /// n and k of a table of optical constants.
    ///
    /// # Errors
    /// As [`Table::spectrum`].
    pub fn optical_constants(&self, selection: &Selection) -> Result<OpticalConstants, ReadError> {
        let selection = Selection { errors: Errors::Ignored, ..selection.clone() };
        let n = self.spectrum::<Wavelength, RefractiveIndex>(&selection)?;
        let k = self.spectrum::<Wavelength, ExtinctionCoefficient>(&selection)?;
        Ok(OpticalConstants { n, k })
    }

    /// The rows that count, by sub-band, and how many have no value.
    fn groups<X: Axis>(&self, plan: &Plan, selection: &Selection) -> Result<(Groups<'_>, usize), ReadError> {
        let mut groups: Groups = Vec::new();
        let mut left_out = 0;
        let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
        for row in self.rows() {
            let band = plan.band.and_then(|band| row.fields[band].clone());
            if selection.band.is_some() && selection.band != band {
                continue;
            }
            let Some(written) = self.number(row, plan.axis)? else {
                left_out += 1;
                continue;
            };
            if written <= 0.0 {
                return Err(self.fault(row, plan.axis, Fault::Position { found: written }));
            }
            let x = plan.axis_unit.to_axis::<X>(written);
            (first, last) = (first.min(x), last.max(x));
            if selection.range.is_some_and(|(low, high)| !(low..=high).contains(&x)) {
                continue;
            }
            let y = self.number(row, plan.value)?;
            let sigma = match plan.sigma {
                Some((column, factor)) => Some((column, self.number(row, column)?.map(|sigma| sigma * factor))),
                None => None,
            };
            let (Some(y), false) = (y, matches!(sigma, Some((_, None)))) else {
                left_out += 1;
                continue;
            };
            let sigma = match sigma {
                Some((column, Some(found))) if found <= 0.0 => {
                    return Err(self.fault(row, column, Fault::Sigma { found }));
                }
                Some((_, sigma)) => sigma,
                None => None,
            };
            let point = Point { row, written, x, y, sigma };
            match groups.iter_mut().find(|(known, _)| *known == band) {
                Some((_, points)) => points.push(point),
                None => groups.push((band, vec![point])),
            }
        }
        if groups.is_empty() {
            return Err(self.nothing(plan, selection, first, last));
        }
        Ok((groups, left_out))
    }

    /// Why no row was left.
    fn nothing(&self, plan: &Plan, selection: &Selection, first: f64, last: f64) -> ReadError {
        if let Some(wanted) = &selection.band {
            let mut known: Vec<String> = Vec::new();
            for row in self.rows() {
                if let Some(band) = plan.band.and_then(|band| row.fields[band].clone())
                    && !known.contains(&band)
                {
                    known.push(band);
                }
            }
            if !known.contains(wanted) {
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                return ReadError::at(self.place(), Fault::UnknownBand { wanted: wanted.clone(), known });
            }
        }
        match selection.range {
            Some((low, high)) if first <= last => {
                ReadError::at(self.place(), Fault::NoneInRange { low, high, first, last })
            }
            _ => self.head_fault(Fault::NoRows),
        }
    }

    /// Puts points in growing order, checks that they were in an order, and merges duplicates where that was asked for.
    fn finish<X: Axis, Y: Quantity>(
        &self,
        plan: &Plan,
        selection: &Selection,
        band: Option<String>,
        mut points: Vec<Point<'_>>,
        left_out: usize,
    ) -> Result<Reading<X, Y>, ReadError> {
        let rise = |pair: &[Point<'_>]| pair[1].written - pair[0].written;
        let growing = points.windows(2).map(rise).find(|step| *step != 0.0).is_none_or(|step| step > 0.0);
        for pair in points.windows(2) {
            let (before, found) = (pair[0].written, pair[1].written);
            let fault = if pair[0].x == pair[1].x {
                (selection.duplicates == Duplicates::Refuse).then_some(Fault::Duplicate { found })
            } else {
                ((found > before) != growing).then_some(Fault::Unsorted { before, found, growing })
            };
            if let Some(fault) = fault {
                return Err(self.fault(pair[1].row, plan.axis, fault));
            }
        }
        if points.first().zip(points.last()).is_some_and(|(first, last)| first.x > last.x) {
            points.reverse();
        }
        let all = points.len();
        let points: Vec<(f64, f64, Option<f64>)> = points.chunk_by(|a, b| a.x == b.x).map(mean).collect();
        let merged = all - points.len();
        let x = points.iter().map(|point| point.0).collect();
        let y = points.iter().map(|point| point.1).collect();
        let sigma = plan.sigma.map(|_| points.iter().filter_map(|point| point.2).collect());
        let name = |index: usize| self.columns()[index].name.clone();
        let spectrum = Spectrum::new(x, y, sigma, plan.unit).map_err(|error| {
            // Only a value that overflows in another unit can get here.
            ReadError::at(self.place(), Fault::NotFinite { found: error.to_string() }).column(&name(plan.value))
        })?;
        let (axis, value, sigma) = (name(plan.axis), name(plan.value), plan.sigma.map(|(column, _)| name(column)));
        Ok(Reading { spectrum, band, axis, value, sigma, left_out, merged })
    }
}

/// Points at one position as one: equal ones count once, others are weighted by σ⁻², or evenly without errors.
fn mean(points: &[Point<'_>]) -> (f64, f64, Option<f64>) {
    let mut distinct: Vec<(f64, Option<f64>)> = Vec::new();
    for point in points {
        if !distinct.contains(&(point.y, point.sigma)) {
            distinct.push((point.y, point.sigma));
        }
    }
    if let [(y, sigma)] = distinct[..] {
        return (points[0].x, y, sigma);
    }
    let weight = |sigma: Option<f64>| sigma.map_or(1.0, |sigma| sigma.powi(-2));
    let total: f64 = distinct.iter().map(|(_, sigma)| weight(*sigma)).sum();
    let sum: f64 = distinct.iter().map(|(y, sigma)| y * weight(*sigma)).sum();
    (points[0].x, sum / total, points[0].sigma.map(|_| total.powf(-0.5)))
}
