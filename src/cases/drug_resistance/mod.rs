//! Drug resistance: gene networks estimated together with the predictor of a drug's response.
//!
//! Park et al., BMC Bioinformatics 23, 342 (2022).

pub mod comparators;
pub mod cross_validation;
pub mod predictive;
pub mod published;
mod quiet;
pub mod readers;
pub mod screen;
pub mod simulation;

pub use screen::{Screen, ScreenError, Tissue};
