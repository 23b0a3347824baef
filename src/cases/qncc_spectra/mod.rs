//! Infrared spectra of quenched nitrogen-rich carbon beside the bands of dusty novae (Endo et al. 2021, ApJ 917, 103).

pub mod decompose;
pub mod fit;
pub mod profiles;
