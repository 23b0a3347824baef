//! Decomposition of an infrared spectrum into continua, lines and bands, dimmed by dust.
//!
//! [`Model`] joins a list of components with a spectrum; [`Model::fit`] gives the [`Decomposition`]: the proven optimum at
//! fixed places, with the optical depth and any free centres and widths found by variable projection. Wavelengths are in µm,
//! spectra in F_ν, components in the rest frame.

mod bands;
mod components;
mod design;
mod model;
mod selection;
mod settings;

use super::fit::FitError;

pub use bands::{CLASSIC_COMPLEXES, Complex, ComplexPower, Strength};
pub use components::{Component, ComponentError, Form, Place, parse};
pub use design::{Curve, Design, Shape};
pub use model::{Decomposition, Model};
pub use selection::{Selection, Without};
pub use settings::{Freedom, Settings, Which};

/// Why a spectrum can't be decomposed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DecomposeError {
    /// The fit itself failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A wavelength that isn't positive and finite.
    #[error("the wavelength of point {index} is {value} µm; wavelengths must be positive")]
    Wavelength {
        /// Which point, from zero.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A setting out of its range.
    #[error("{name} is {value}; it must be {range}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// An attenuation curve that can't be interpolated.
    #[error("row {row} of the attenuation curve: {fault}")]
    Curve {
        /// Which row, from zero.
        row: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Attenuation is asked for without a curve.
    #[error("attenuation needs a curve of τ(λ)/τ(9.7 µm); give one, or fit without attenuation")]
    NoCurve,
    /// A point outside of the attenuation curve.
    #[error(
        "the spectrum reaches {wavelength_um:.3} µm in the rest frame, but the attenuation curve covers {lower_um} to {upper_um} µm; \
         cut the spectrum or extend the curve"
    )]
    OutsideCurve {
        /// The first such point, in µm.
        wavelength_um: f64,
        /// Where the curve begins, in µm.
        lower_um: f64,
        /// Where it ends, in µm.
        upper_um: f64,
    },
}

#[cfg(test)]
mod tests;
