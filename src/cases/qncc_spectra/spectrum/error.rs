//! What can be wrong with a spectrum or with what is asked of it.

use super::Unit;

/// Why a spectrum was refused, or can't be transformed as asked. Points count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpectrumError {
    #[error("found no points, expected at least one")]
    Empty,
    #[error("found {x} positions, {y} values and {sigma} errors; expected as many of each")]
    Lengths { x: usize, y: usize, sigma: usize },
    #[error("point {point}: found the position {found}, expected a finite number above zero")]
    Position { point: usize, found: f64 },
    #[error("point {point}: found the value {found}, expected a finite number")]
    Value { point: usize, found: f64 },
    #[error("point {point}: found the error {found}, expected a finite number above zero")]
    Sigma { point: usize, found: f64 },
    #[error("point {point}: position {found} comes after {before}; expected strictly growing positions")]
    Order { point: usize, before: f64, found: f64 },
    #[error("{found} is outside the spectrum, which runs from {low} to {high}; nothing is extrapolated")]
    Outside { found: f64, low: f64, high: f64 },
    #[error("found no points between {low} and {high}; the spectrum runs from {first} to {last}")]
    NoOverlap { low: f64, high: f64, first: f64, last: f64 },
    #[error("found values in {}, expected a unit that converts to {}", .found.symbol(), .expected.symbol())]
    Units { found: Unit, expected: Unit },
    #[error("{} is no unit of {quantity}", .found.symbol())]
    NotAUnitOf { found: Unit, quantity: &'static str },
    #[error("found the {what} {found}, expected {expected}")]
    Argument { what: &'static str, found: f64, expected: &'static str },
}
