//! Files of the SBML test suite: settings, expected values, and how far a trajectory is from them.

use serde::{Deserialize, Serialize};

use crate::cases::thermodynamic_uncertainty::model::{Model, ModelError, Quantity};
use crate::cases::thermodynamic_uncertainty::ode::Trajectory;
use crate::data::{NumericTable, TableError};

/// What a case of the suite asks for (its `-settings.txt`).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) start: f64,
    pub(crate) duration: f64,
    pub(crate) steps: usize,
    pub(crate) absolute: f64,
    pub(crate) relative: f64,
    /// Columns with the quantity in which species are reported.
    pub(crate) variables: Vec<(String, Quantity)>,
}

/// A settings file: lines of the form `key: value`.
pub(crate) struct Lines<'a> {
    pub(crate) place: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Lines<'a> {
    /// The value of a key; may be empty.
    pub(crate) fn value(&self, key: &'static str) -> Result<&'a str, SuiteError> {
        let line = self.text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim() == key);
        line.map(|(_, value)| value.trim()).ok_or_else(|| SuiteError::Missing { place: self.place.into(), key })
    }

    /// A number that is not negative.
    pub(crate) fn number(&self, key: &'static str) -> Result<f64, SuiteError> {
        let parsed = self.value(key)?.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0);
        parsed.ok_or_else(|| self.unreadable(key, "a number that is not negative"))
    }

    /// A range such as `(-3, 3)`.
    pub(crate) fn range(&self, key: &'static str) -> Result<(f64, f64), SuiteError> {
        let ends = self.value(key)?.trim_matches(['(', ')']).split_once(',');
        let ends = ends.and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
        ends.ok_or_else(|| self.unreadable(key, "a range such as (-3, 3)"))
    }

    /// Names between commas.
    pub(crate) fn names(&self, key: &'static str) -> Result<impl Iterator<Item = &'a str>, SuiteError> {
        Ok(self.value(key)?.split(',').map(str::trim).filter(|name| !name.is_empty()))
    }

    fn unreadable(&self, key: &'static str, expected: &'static str) -> SuiteError {
        let found = self.value(key).unwrap_or_default().into();
        SuiteError::Unreadable { place: self.place.into(), key, found, expected }
    }
}

/// A case can't be compared with its expected values.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{place}: found no `{key}`")]
    Missing { place: String, key: &'static str },
    #[error("{place}: `{key}` is `{found}`; expected {expected}")]
    Unreadable { place: String, key: &'static str, found: String, expected: &'static str },
}

impl Settings {
    /// Reads the settings of a deterministic case.
    pub(crate) fn parse(place: &str, text: &str) -> Result<Self, SuiteError> {
        let lines = Lines { place, text };
        let concentrations: Vec<&str> = lines.names("concentration")?.collect();
        let quantity = |name: &str| match concentrations.contains(&name) {
            true => Quantity::Concentration,
            false => Quantity::Amount,
        };
        Ok(Self {
            start: lines.number("start")?,
            duration: lines.number("duration")?,
            steps: lines.number("steps")? as usize,
            absolute: lines.number("absolute")?,
            relative: lines.number("relative")?,
            variables: lines.names("variables")?.map(|name| (name.to_owned(), quantity(name))).collect(),
        })
    }
}

/// The largest deviation of a trajectory from expected values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// In units of the tolerance: at most 1 passes.
    pub of_tolerance: f64,
    /// In the variable's own unit.
    pub absolute: f64,
    pub variable: String,
    pub time: f64,
}

/// Finds the point that is furthest off, in units of `tolerance(variable index, expected)`.
pub(crate) fn deviation(
    model: &Model,
    trajectory: &Trajectory,
    columns: &[(String, Quantity)],
    expected: &NumericTable,
    tolerance: &dyn Fn(usize, f64) -> f64,
) -> Result<Deviation, SuiteError> {
    let outputs = model.outputs(columns)?;
    let places = columns.iter().map(|(name, _)| expected.index(name)).collect::<Result<Vec<_>, _>>()?;
    let mut worst = Deviation { of_tolerance: 0.0, absolute: 0.0, variable: String::new(), time: 0.0 };
    for (row, (&time, state)) in expected.rows.iter().zip(trajectory.times.iter().zip(&trajectory.states)) {
        let found = model.row(&outputs, time, state);
        for (k, &place) in places.iter().enumerate() {
            let absolute = (found[k] - row[place]).abs();
            let of_tolerance = if absolute == 0.0 { 0.0 } else { absolute / tolerance(k, row[place]) };
            // A value that is no number is as far off as can be.
            let of_tolerance = if of_tolerance.is_nan() { f64::MAX } else { of_tolerance.min(f64::MAX) };
            if of_tolerance > worst.of_tolerance {
                let absolute = if absolute.is_finite() { absolute } else { f64::MAX };
                worst = Deviation { of_tolerance, absolute, variable: columns[k].0.clone(), time };
            }
        }
    }
    Ok(worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_the_suite_writes_them() {
        let text = "start: 0\nduration: 5.0\nsteps: 50\nvariables: S1, S2,C\nabsolute: 1.000000e-007\n\
                    relative: 0.0001\namount: S1, S2\nconcentration: S2\n";
        let settings = Settings::parse("x", text).expect("valid");
        assert_eq!((settings.steps, settings.absolute), (50, 1e-7));
        let quantities: Vec<Quantity> = settings.variables.iter().map(|(_, q)| *q).collect();
        assert_eq!(quantities, [Quantity::Amount, Quantity::Concentration, Quantity::Amount]);
        assert!(matches!(Settings::parse("x", "start: 0"), Err(SuiteError::Missing { .. })));
        let bad = text.replace("5.0", "-1");
        assert!(matches!(Settings::parse("x", &bad), Err(SuiteError::Unreadable { key: "duration", .. })));
    }
}
