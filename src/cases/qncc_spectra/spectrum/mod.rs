//! Spectra whose axis and quantity are in the type, so that a wavenumber is never read as a wavelength.
//!
//! [`Spectrum<X, Y>`] holds values of a quantity `Y` (flux density per frequency, absorbance, …) along an axis `X`
//! (vacuum wavelength in µm, wavenumber in cm⁻¹, photon energy in eV), with errors where the file has some. Two things
//! that are easily mixed up are kept apart:
//!
//! - *Another axis* ([`Spectrum::in_axis`]) is another label of the same points. It changes no value: `F_ν` is a density
//!   per frequency whatever it is drawn against, and an absorbance is a number at each point.
//! - *Another density* ([`Spectrum::to_per_wavelength`], [`Spectrum::to_per_frequency`]) takes the Jacobian,
//!   `F_λ = F_ν c/λ²`, and moves every maximum.
//!
//! Instruments' effects are [`Spectrum::convolved`] (Gaussian of constant resolving power) and [`Spectrum::binned`]
//! (integration over bins).

mod air;
mod axis;
mod convolve;
mod error;
mod quantity;
mod resample;
mod series;
mod unit;

pub use air::{air_to_vacuum, refractive_index_of_air, vacuum_to_air};
pub use axis::{Axis, Energy, Wavelength, Wavenumber};
pub use convolve::{blurred, kernel_range};
pub use error::SpectrumError;
pub use quantity::{
    Absorbance, Absorption, ExtinctionCoefficient, FluxDensityLambda, FluxDensityNu, Opacity, OpticalConstants,
    Quantity, RefractiveIndex, Signal, Transmittance,
};
pub use series::Spectrum;
pub use unit::{AxisUnit, Dimension, Unit};
