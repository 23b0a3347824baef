//! Finds the columns of a spectrum by name and unit, and refuses what contradicts itself.

use super::error::{Fault, ReadError, unknown_unit};
use super::select::{Errors, Selection};
use super::table::{Column, Table};
use crate::cases::qncc_spectra::spectrum::{Axis, AxisUnit, Energy, Quantity, Unit, Wavelength, Wavenumber};

/// The columns of a reading, and how to read them.
pub(super) struct Plan {
    pub(super) axis: usize,
    pub(super) axis_unit: AxisUnit,
    pub(super) value: usize,
    pub(super) unit: Unit,
    /// Column of errors and what to multiply them by.
    pub(super) sigma: Option<(usize, f64)>,
    pub(super) band: Option<usize>,
}

impl Table {
    /// Finds the columns of a selection and the units to read them in.
    pub(super) fn plan<X: Axis, Y: Quantity>(&self, selection: &Selection) -> Result<Plan, ReadError> {
        let axis = self.axis_column::<X>(selection)?;
        let axis_unit = self.axis_unit::<X>(axis, selection)?;
        let value = self.value_column::<Y>(selection, axis)?;
        let unit = self.unit::<Y>(value, selection)?;
        let sigma = self.sigma_column(selection, value)?;
        let sigma = match sigma {
            Some(column) => Some((column, self.sigma_factor(column, value, unit, selection)?)),
            None => None,
        };
        let is_band = |column: &Column| BANDS.contains(&column.name.to_lowercase().as_str());
        let band = self.columns().iter().position(is_band).filter(|band| ![axis, value].contains(band));
        Ok(Plan { axis, axis_unit, value, unit, sigma, band })
    }

    fn axis_column<X: Axis>(&self, selection: &Selection) -> Result<usize, ReadError> {
        if let Some(name) = &selection.axis {
            return self.index(name);
        }
        let columns = self.columns();
        let pick = |test: &dyn Fn(&Column) -> bool| -> Vec<usize> {
            (0..columns.len()).filter(|&index| test(&columns[index])).collect()
        };
        let unit = |column: &Column| column.unit.as_deref().and_then(AxisUnit::parse);
        let stages: [&dyn Fn(&Column) -> bool; 4] = [
            &|column: &Column| named(column, X::NAMES) && unit(column) == Some(X::UNIT),
            &|column: &Column| named(column, X::NAMES),
            &|column: &Column| any_axis(column),
            &|column: &Column| unit(column).is_some() && !is_sigma(&column.name),
        ];
        for test in stages {
            match pick(test)[..] {
                [] => {}
                [index] => return Ok(index),
                ref several => return Err(self.ambiguous(X::NAME, several)),
            }
        }
        Err(self.missing(&format!("the {}", X::NAME)))
    }

    fn axis_unit<X: Axis>(&self, column: usize, selection: &Selection) -> Result<AxisUnit, ReadError> {
        if let Some(unit) = selection.axis_unit {
            return Ok(unit);
        }
        let head = &self.columns()[column];
        let at = |fault| self.head_fault(fault).column(&head.name);
        let Some(text) = &head.unit else { return Err(at(Fault::MissingUnit { wanted: X::NAME })) };
        let Some(unit) = AxisUnit::parse(text) else {
            return Err(at(match Unit::parse(text) {
                Some(_) => Fault::WrongUnit { found: text.clone(), expected: X::NAME },
                None => unknown_unit(text, true),
            }));
        };
        // A column called wavenumber in µm contradicts itself.
        let expected = if named(head, Wavelength::NAMES) {
            Some((Wavelength::NAME, [AxisUnit::Micron, AxisUnit::Nanometre, AxisUnit::Angstrom, AxisUnit::Metre]))
        } else if named(head, Wavenumber::NAMES) {
            Some((
                Wavenumber::NAME,
                [AxisUnit::PerCentimetre, AxisUnit::PerMetre, AxisUnit::PerMetre, AxisUnit::PerMetre],
            ))
        } else if named(head, Energy::NAMES) {
            let ev = AxisUnit::ElectronVolt;
            Some((Energy::NAME, [ev, AxisUnit::KiloElectronVolt, ev, ev]))
        } else {
            None
        };
        match expected {
            Some((expected, units)) if !units.contains(&unit) => {
                Err(at(Fault::WrongUnit { found: text.clone(), expected }))
            }
            _ => Ok(unit),
        }
    }

    fn value_column<Y: Quantity>(&self, selection: &Selection, axis: usize) -> Result<usize, ReadError> {
        if let Some(name) = &selection.value {
            return self.index(name);
        }
        let columns = self.columns();
        let chosen = selection.sigma.as_deref().and_then(|name| self.index(name).ok());
        let rest: Vec<usize> = (0..columns.len())
            .filter(|&index| index != axis && Some(index) != chosen)
            .filter(|&index| {
                let column = &columns[index];
                !is_sigma(&column.name) && !any_axis(column) && !BANDS.contains(&column.name.to_lowercase().as_str())
            })
            .collect();
        let unit = |index: usize| columns[index].unit.as_deref().and_then(Unit::parse);
        let stages: [&dyn Fn(usize) -> bool; 3] = [
            &|index: usize| named(&columns[index], Y::NAMES),
            &|index: usize| unit(index).is_some_and(Y::accepts),
            &|index| (Y::ANY_NAME || selection.unit.is_some()) && columns[index].unit.is_none(),
        ];
        for test in stages {
            match rest.iter().copied().filter(|&index| test(index)).collect::<Vec<_>>()[..] {
                [] => {}
                [index] => return Ok(index),
                ref several => return Err(self.ambiguous(Y::NAME, several)),
            }
        }
        Err(self.missing(&format!("the {}", Y::NAME)))
    }

    fn unit<Y: Quantity>(&self, column: usize, selection: &Selection) -> Result<Unit, ReadError> {
        let head = &self.columns()[column];
        let at = |fault| self.head_fault(fault).column(&head.name);
        let wrong = |found: &str| at(Fault::WrongUnit { found: found.into(), expected: Y::NAME });
        if let Some(unit) = selection.unit {
            return if Y::accepts(unit) { Ok(unit) } else { Err(wrong(unit.symbol())) };
        }
        let Some(text) = &head.unit else {
            return Y::DEFAULT.ok_or_else(|| at(Fault::MissingUnit { wanted: Y::NAME }));
        };
        match Unit::parse(text) {
            Some(unit) if Y::accepts(unit) => Ok(unit),
            Some(_) => Err(wrong(text)),
            None if AxisUnit::parse(text).is_some() => Err(wrong(text)),
            None => Err(at(unknown_unit(text, false))),
        }
    }

    fn sigma_column(&self, selection: &Selection, value: usize) -> Result<Option<usize>, ReadError> {
        if selection.errors == Errors::Ignored {
            return Ok(None);
        }
        if let Some(name) = &selection.sigma {
            return Ok(Some(self.index(name)?));
        }
        let columns = self.columns();
        let found: Vec<usize> = (0..columns.len()).filter(|&i| i != value && is_sigma(&columns[i].name)).collect();
        match found[..] {
            [] if selection.errors == Errors::Required => Err(self.missing("one-σ errors")),
            [] => Ok(None),
            [index] => Ok(Some(index)),
            // Several errors: that of a column stands behind it.
            _ if found.contains(&(value + 1)) => Ok(Some(value + 1)),
            ref several => Err(self.ambiguous("one-σ error", several)),
        }
    }

    /// What errors are multiplied by to be in the unit of the values.
    ///
    /// A unit given by hand stands for that of the values, and for that of the errors where their head has none, an unknown
    /// one, or the same as the head of the values: that label is then as wrong as the other.
    fn sigma_factor(&self, column: usize, value: usize, unit: Unit, selection: &Selection) -> Result<f64, ReadError> {
        let head = &self.columns()[column];
        let at = |fault| self.head_fault(fault).column(&head.name);
        let Some(text) = &head.unit else { return Ok(1.0) };
        let by_hand = selection.unit.is_some();
        let found = match Unit::parse(text) {
            Some(found) => found,
            None if by_hand => return Ok(1.0),
            None => return Err(at(unknown_unit(text, false))),
        };
        if by_hand && self.columns()[value].unit.as_deref().and_then(Unit::parse) == Some(found) {
            return Ok(1.0);
        }
        let wrong = |_| at(Fault::WrongUnit { found: text.clone(), expected: "the values that the errors belong to" });
        found.factor_to(unit).map_err(wrong)
    }

    fn ambiguous(&self, wanted: &'static str, columns: &[usize]) -> ReadError {
        let candidates: Vec<&str> = columns.iter().map(|&index| self.columns()[index].name.as_str()).collect();
        self.head_fault(Fault::Ambiguous { wanted, candidates: candidates.join(", ") })
    }
}

/// Names of columns that say which piece of a spectrum a row belongs to.
const BANDS: [&str; 10] =
    ["line", "order", "seg", "segment", "band", "subband", "sub-band", "sub_band", "module", "channel"];

/// Whether a column has one of these names, alone or before a word of its own (`flux T1`).
fn named(column: &Column, names: &[&str]) -> bool {
    let name = column.name.to_lowercase();
    names.iter().any(|known| name == *known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with(' ')))
}

fn any_axis(column: &Column) -> bool {
    named(column, Wavelength::NAMES) || named(column, Wavenumber::NAMES) || named(column, Energy::NAMES)
}

/// Whether a column is called like errors are.
fn is_sigma(name: &str) -> bool {
    let name = name.to_lowercase();
    let starts = ["sigma", "stdv", "stdev", "std_", "err", "uncert", "unc_", "e_flux", "dflux", "σ"];
    let ends = ["_unc", "_err", "_error", "_sigma", "_std", "uncertainty", " error", " err", " sigma", "_uncert"];
    ["std", "unc"].contains(&name.as_str())
        || starts.iter().any(|start| name.starts_with(start))
        || ends.iter().any(|end| name.ends_with(end))
}
