//! Drug resistance: gene networks estimated together with the predictor of a drug's response.
//!
//! Park et al., BMC Bioinformatics 23, 342 (2022).

pub mod published;
pub mod readers;
pub mod screen;

pub use screen::{Screen, ScreenError, Tissue};
