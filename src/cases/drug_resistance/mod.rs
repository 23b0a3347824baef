//! Drug resistance: gene networks estimated together with the predictor of drug response.

pub mod comparators;
pub mod cross_validation;
pub mod predictive;
pub mod simulation;
