//! X-ray absorption near an edge: pre-edge line, edge step, peaks whose widths grow with energy, and competing models.
//!
//! Energies in eV, absorption in any unit. [`scan`] normalises a measured scan, [`fit()`] fits one [`Model`], [`carbon`] and
//! [`nitrogen`] hold the models of the two edges, [`calibration`] shows what an error of the photon energy does to them.
//!
//! Source of the line shapes: J. Stöhr, *NEXAFS Spectroscopy* (Springer 1992), chapter 7.

pub mod calibration;
pub mod carbon;
mod compare;
mod fit;
mod model;
pub mod nitrogen;
pub mod scan;
pub mod synthetic;

pub use compare::{NO_FIT, Spectrum, error_scale, fit_all, ranking};
pub use fit::{Height, PeakFit, XanesError, XanesFit, fit};
pub use model::{Edge, Model, Peak, Range, Width};
