//! QNCC absorbance against the infrared bands of nova V2361 Cyg.
//!
//! Endo et al., ApJ 917, 103 (2021): solids quenched from a plasma of nitrogen and hydrocarbons (QNCC) resemble the infrared
//! spectra of dusty novae, and their broad 8 µm band is ascribed to amine nitrogen. Neither spectrum is publicly filed: real
//! spectra test the method, and labelled synthetic stand-ins ([`stand_in`]) carry the figure.

pub mod atr;
pub mod bands;
pub mod baseline;
mod case;
mod claims;
pub mod classes;
pub mod constants;
pub mod decompose;
pub mod emission;
mod evaluate;
pub mod experiments;
mod figures;
pub mod fit;
pub mod interpolation;
mod params;
pub mod peaks;
pub mod profiles;
pub mod readers;
pub mod resolution;
pub mod similarity;
pub mod spectrum;
pub mod stand_in;
pub mod xanes;

pub use case::QnccSpectra;
pub use params::Params;

#[cfg(test)]
mod test_files;
