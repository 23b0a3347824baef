//! The documented results, one folder each, all of the same shape.

pub mod thermodynamic_uncertainty;
