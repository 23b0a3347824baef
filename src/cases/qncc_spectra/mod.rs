//! Infrared bands of nova dust and of laboratory carbon: decomposition to the proven optimum, and honest comparison.
//!
//! Endo et al., ApJ 917, 103 (2021): solids quenched from a plasma of nitrogen and hydrocarbons (QNCC) absorb where
//! dusty novae emit. Real public spectra test the methods; the two spectra of the paper are not public, and a synthetic
//! stand-in, labelled as such, takes their place.

pub mod readers;
pub mod spectrum;
