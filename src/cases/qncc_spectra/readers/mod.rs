//! Reads spectra as observatories, laboratories and codes publish them, and refuses what would lead to a wrong fit.
//!
//! [`open`] recognises the format from the content and gives a [`Table`]: named columns with units as the file has
//! them. [`Table::spectrum`] takes a [`Spectrum`](super::spectrum::Spectrum) out of it and checks everything that a fit
//! relies on: units, order, finite values, positive errors, one sub-band at a time. Every fault is a [`ReadError`] that
//! names file, line and column, says what was found, and [how to mend it](ReadError::mend).
//!
//! ```
//! use saigen::cases::qncc_spectra::readers::{Selection, open};
//! use saigen::cases::qncc_spectra::spectrum::{FluxDensityNu, Wavelength};
//!
//! let text = "wavelength_um,flux_Jy,sigma_Jy\n5.2,6.7,0.8\n5.3,5.3,0.6\n";
//! let table = open("mine.csv", text.as_bytes())?;
//! let spectrum = table.spectrum::<Wavelength, FluxDensityNu>(&Selection::default())?;
//! assert_eq!(spectrum.y(), [6.7, 5.3]);
//! # Ok::<(), saigen::cases::qncc_spectra::readers::ReadError>(())
//! ```

mod cafe;
mod columns;
mod csv;
mod ecsv;
mod error;
mod header;
mod ipac;
mod lnk;
mod scan;
mod select;
mod table;
mod template;
#[cfg(test)]
mod tests;

pub use error::{Fault, ReadError};
pub use select::{Duplicates, Errors, Reading, Selection};
pub use table::{Column, Format, Row, Table};

use error::unreadable;
use table::parse;

/// Reads a file's content, whatever of the known formats it is in; `place` names it in errors.
///
/// # Errors
/// [`ReadError`]: not text, compressed, empty, of no known format, or malformed.
pub fn open(place: &str, bytes: &[u8]) -> Result<Table, ReadError> {
    if let Some(fault) = unreadable(bytes) {
        return Err(ReadError::at(place, fault));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            ReadError::at(place, Fault::NotText { byte: error.valid_up_to() }).line(line)
        })?
        .trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(ReadError::at(place, Fault::Empty));
    }
    let table = match recognised(text) {
        Format::Ipac => ipac::read(place, text),
        Format::Ecsv => ecsv::read(place, text),
        Format::Lnk => lnk::read(place, text),
        Format::Scan => scan::read(place, text),
        Format::Template => template::read(place, text),
        Format::Cafe => cafe::read(place, text),
        Format::Csv => csv::read(place, text),
    }?;
    if table.rows().is_empty() {
        return Err(table.head_fault(Fault::NoRows));
    }
    Ok(table)
}

/// The format that a text is in, by how it begins.
fn recognised(text: &str) -> Format {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    if first.starts_with("# %ECSV") {
        return Format::Ecsv;
    }
    if first.starts_with("## mda2ascii") {
        return Format::Scan;
    }
    if first.starts_with('\\') || first.starts_with('|') {
        return Format::Ipac;
    }
    if first.starts_with(';') {
        return Format::Cafe;
    }
    let whole = |line: &str| line.split_whitespace().all(|word| word.parse::<u32>().is_ok());
    if first.split_whitespace().count() == 3 && whole(first) && lines.next().is_some_and(|line| !numbers(line)) {
        return Format::Template;
    }
    let mut data = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    let counts = data.next().unwrap_or_default();
    let mut words = counts.split_whitespace();
    let counted = words.next().is_some_and(|n| n.parse::<u32>().is_ok()) && words.next().is_some_and(numbers);
    if counted && words.next().is_none() && data.next().is_none_or(|row| row.split_whitespace().count() == 3) {
        return Format::Lnk;
    }
    Format::Csv
}

/// Whether a line holds numbers only, however they are separated.
fn numbers(line: &str) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    words.next().is_some_and(|word| parse(word).is_some()) && words.all(|word| parse(word).is_some())
}
