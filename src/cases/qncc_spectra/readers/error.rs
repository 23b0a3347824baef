//! What can be wrong with a file, where, and how to mend it.

use crate::cases::qncc_spectra::spectrum::{AxisUnit, Unit};

/// A fault of a file, with its place. Lines count from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError {
    /// The file, as the caller named it.
    pub place: String,
    /// The line, where the fault has one.
    pub line: Option<usize>,
    /// The column's name, where the fault lies in one.
    pub column: Option<String>,
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    #[error("found an empty file, expected a table")]
    Empty,
    #[error("found {what}, expected text")]
    Unsupported { what: &'static str, remedy: &'static str },
    #[error("not UTF-8 text, at byte {byte}")]
    NotText { byte: usize },
    #[error("found a header but no rows of numbers")]
    NoRows,
    #[error("found {found}, expected {expected}")]
    Header { found: String, expected: &'static str },
    #[error("column {number} has no name")]
    UnnamedColumn { number: usize },
    #[error("the name `{name}` stands over two columns, expected each name once")]
    RepeatedColumn { name: String },
    #[error("found {found} fields, expected {expected} as in the header")]
    Ragged { found: usize, expected: usize, last: bool },
    #[error("`{found}` runs across the bar between two columns")]
    CrossesBar { found: String },
    #[error("a quote opens and doesn't close on its line")]
    OpenQuote,
    #[error("found {found} rows, but the header announces {declared}")]
    Count { found: usize, declared: usize },
    #[error("found no column for {wanted}; there are {known}")]
    MissingColumn { wanted: String, known: String },
    #[error("more than one column may be the {wanted}: {candidates}")]
    Ambiguous { wanted: &'static str, candidates: String },
    #[error("the file gives no unit for {wanted}")]
    MissingUnit { wanted: &'static str },
    #[error("found the unit `{found}`, which is not known")]
    UnknownUnit { found: String, known: &'static str },
    #[error("found the unit `{found}`, which is no unit of {expected}")]
    WrongUnit { found: String, expected: &'static str },
    #[error("found `{found}`, expected a number")]
    NotANumber { found: String },
    #[error("found {found}, expected a finite number")]
    NotFinite { found: String },
    #[error("found {found}, expected a position above zero")]
    Position { found: f64 },
    #[error("found the error {found}, expected a number above zero")]
    Sigma { found: f64 },
    #[error("{found} comes after {before}, where the rows before {}", if *.growing { "grow" } else { "fall" })]
    Unsorted { before: f64, found: f64, growing: bool },
    #[error("{found} stands in two rows of the same spectrum")]
    Duplicate { found: f64 },
    #[error("found several sub-bands ({bands}), expected one spectrum")]
    SubBands { bands: String, column: String },
    #[error("found no sub-band `{wanted}`; there are {known}")]
    UnknownBand { wanted: String, known: String },
    #[error("no row has numbers between {low} and {high}; the rows run from {first} to {last}")]
    NoneInRange { low: f64, high: f64, first: f64, last: f64 },
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column `{column}`")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// A fault of the file as a whole.
    pub(super) fn at(place: &str, fault: Fault) -> Self {
        Self { place: place.into(), line: None, column: None, fault }
    }

    pub(super) fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(super) fn column(mut self, name: &str) -> Self {
        self.column = Some(name.into());
        self
    }

    /// What to do about it, for the person whose file it is.
    pub fn mend(&self) -> String {
        match &self.fault {
            Fault::Empty => "the file may have been cut off while it was copied; fetch it again".into(),
            Fault::Unsupported { remedy, .. } => (*remedy).into(),
            Fault::NotText { .. } => "save the file as UTF-8 text".into(),
            Fault::NoRows | Fault::Count { .. } => "the file may have been cut off; fetch or export it again".into(),
            Fault::Header { .. } => "compare the head of the file with an original of that format".into(),
            Fault::UnnamedColumn { .. } | Fault::RepeatedColumn { .. } => {
                "give every column a name of its own, such as wavelength_um,flux_Jy,sigma_Jy".into()
            }
            Fault::Ragged { last: true, .. } => {
                "the last line is incomplete: the file may have been cut off; fetch or export it again".into()
            }
            Fault::Ragged { .. } => "give the row a field per column, or remove it".into(),
            Fault::CrossesBar { .. } => "move the number under its own heading: columns lie between the bars".into(),
            Fault::OpenQuote => "close the quote, or remove it".into(),
            Fault::MissingColumn { .. } | Fault::Ambiguous { .. } => "name the column that is meant".into(),
            Fault::MissingUnit { .. } => {
                "put the unit into the header (wavelength_um, flux_Jy), or give it by hand".into()
            }
            Fault::UnknownUnit { known, .. } => format!("known units are {known}"),
            Fault::WrongUnit { .. } => {
                "if the label is wrong, give the right unit by hand; if it is right, name another column".into()
            }
            Fault::NotANumber { .. } => "write numbers with a decimal point, such as 1.5e-3".into(),
            Fault::NotFinite { .. } => {
                "remove the row, or leave the cell empty where the format has empty cells".into()
            }
            Fault::Position { .. } => "remove the row: wavelengths, wavenumbers and energies are above zero".into(),
            Fault::Sigma { .. } => {
                "remove the row or give it an error above zero; a point without error has infinite weight".into()
            }
            Fault::Unsorted { .. } => {
                "sort the rows; if pieces of the spectrum overlap, give each its own value in a column `band`".into()
            }
            Fault::Duplicate { .. } => "remove one of the rows, or ask for duplicates to be merged".into(),
            Fault::SubBands { column, .. } => {
                format!("choose one sub-band by its value in column `{column}`, or a range that lies within one")
            }
            Fault::UnknownBand { known, .. } => format!("choose one of {known}"),
            Fault::NoneInRange { .. } => "choose a range within the spectrum".into(),
        }
    }
}

/// Faults that the first bytes already show: nothing at all, a compressed file, a binary format.
pub(super) fn unreadable(bytes: &[u8]) -> Option<Fault> {
    const UNPACK: &str = "compressed files are not supported: unpack it first";
    const EXPORT: &str = "write it as an ECSV, IPAC or CSV table first, for example with astropy's Table.write";
    const RECODE: &str = "save the file as UTF-8 text";
    let known: [(&[u8], &str, &str); 9] = [
        (b"\x1f\x8b", "a gzip file", UNPACK),
        (b"\xfd7zXZ\0", "an xz file", UNPACK),
        (b"BZh", "a bzip2 file", UNPACK),
        (b"\x28\xb5\x2f\xfd", "a zstd file", UNPACK),
        (b"PK\x03\x04", "a zip archive (or a spreadsheet)", UNPACK),
        (b"SIMPLE  =", "a FITS file", EXPORT),
        (b"\x89HDF", "an HDF5 file", EXPORT),
        (b"\xff\xfe", "UTF-16 text", RECODE),
        (b"\xfe\xff", "UTF-16 text", RECODE),
    ];
    if bytes.is_empty() {
        return Some(Fault::Empty);
    }
    let (_, what, remedy) = known.into_iter().find(|(magic, _, _)| bytes.starts_with(magic))?;
    Some(Fault::Unsupported { what, remedy })
}

/// A unit that could not be read, with those that can.
pub(super) fn unknown_unit(found: &str, axis: bool) -> Fault {
    Fault::UnknownUnit { found: found.into(), known: if axis { AxisUnit::KNOWN } else { Unit::KNOWN } }
}
