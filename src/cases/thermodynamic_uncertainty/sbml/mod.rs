//! Reads the core subset of SBML, Level 2 and Level 3.
//!
//! Compartments, species in amounts or concentrations, parameters and local parameters, function definitions (put in
//! place where they are called), initial assignments, assignment rules and MathML rate laws. Refused by name, with
//! line and column: events (see [`Events`]), delays, algebraic and rate rules, fast reactions, required packages.
//! Units, constraints, annotations and notes don't change a simulation and are passed over. Source: SBML Level 3
//! Version 2 Core, and Level 2 Version 5 for what differs.

mod declarations;
mod error;
mod reactions;
mod rules;
mod source;

use super::model::Model;

pub use error::SbmlError;

/// What to do with a model that has events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Events {
    /// Refuse it: its trajectory would be wrong from the first event on.
    #[default]
    Refuse,
    /// Leave events out: for what concerns the reactions alone, such as splitting laws or affinities.
    LeaveOut,
}

/// Reads a model from the bytes of an SBML file.
///
/// # Errors
/// Anything that is not well-formed, not in the subset, or contradicts itself; each names the element, line, column.
pub fn read(bytes: &[u8], events: Events) -> Result<Model, SbmlError> {
    let text = std::str::from_utf8(bytes).map_err(|error| SbmlError::NotUtf8 { offset: error.valid_up_to() })?;
    let source = source::Source::parse(text.trim_start_matches('\u{feff}'))?;
    let declared = declarations::read(&source, events)?;
    Ok(Model::new(declared)?)
}

#[cfg(test)]
mod tests;
