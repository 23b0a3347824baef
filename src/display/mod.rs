//! What a person sees while something runs and when it is done: progress, tables, figures.

#[doc(hidden)]
pub mod cell;
mod progress;
mod show;
mod table;

#[cfg(test)]
pub(crate) use progress::Stopped;
pub use progress::{Monitor, Silent};
pub use show::{Representation, Show};
