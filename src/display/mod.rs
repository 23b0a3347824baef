//! What a person sees while something runs and when it is done: progress, tables, figures.

mod progress;

pub use progress::{Monitor, Silent};
