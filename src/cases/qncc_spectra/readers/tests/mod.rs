//! Every format with its real file, what reads alike, and what must be refused.

use super::*;
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Spectrum, Wavelength};

mod faults;
mod noise;
mod real_files;
mod selections;

fn flux(table: &Table, selection: &Selection) -> Result<Spectrum<Wavelength, FluxDensityNu>, ReadError> {
    table.spectrum(selection)
}

fn table(text: &str) -> Table {
    open("t", text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// The selection that finds everything by names and units.
fn default() -> Selection {
    Selection::default()
}

/// A table with nothing special.
const PLAIN: &str = "wavelength_um,flux_Jy,sigma_Jy\n5,1,0.1\n6,2,0.2\n7,3,0.3\n";
