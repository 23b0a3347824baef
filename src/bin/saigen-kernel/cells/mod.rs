//! The cell engine: a cell is parsed, becomes a crate of its own, is compiled against the prebuilt library, and runs in a
//! process that keeps the variables.
//!
//! [`parse`] takes a cell apart, [`session`] remembers what earlier cells left, [`generate`] writes the crate,
//! [`rustc`] compiles it, [`mend`] answers complaints that are about generated code (a variable that was moved can't be
//! kept), [`report`] shows the others at their place in the cell, and [`engine`] holds it together.

pub mod commands;
pub mod completeness;
mod dependencies;
mod engine;
mod generate;
mod imports;
mod interrupt;
mod macros;
mod mend;
mod names;
mod parse;
mod report;
mod rustc;
mod session;
mod shell;
mod source;
mod spare;
mod types;
mod weave;

pub use engine::{CellEngine, Settings};
