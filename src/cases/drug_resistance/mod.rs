//! Gene networks estimated together with the predictor of drug response.
//!
//! PredictiveNetwork: Park, Yamaguchi, Imoto, Miyano et al., BMC Bioinformatics 23, 342 (2022). The network B among genes and
//! the weights θ of network-predicted expression are fitted in turns; here on public screens (CCLE, GDSC), beside
//! ridge, elastic net, lasso and the tissue of origin. Objective and results are second-hand: only the abstract was read.

mod case;
mod claims;
pub mod comparators;
pub mod cross_validation;
mod evaluate;
pub mod experiments;
mod figures;
pub mod groups;
mod params;
pub mod predictive;
pub mod published;
pub mod readers;
pub mod screen;
pub mod simulation;

pub use case::DrugResistance;
pub use params::Params;
pub use screen::{Screen, ScreenError, Tissue};
