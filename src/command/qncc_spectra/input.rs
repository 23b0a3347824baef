//! The user's spectrum: which file, which of its columns, in which units, and what kind of numbers they are.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::cases::qncc_spectra::readers::{
    Duplicates, Errors, Fault, ReadError, Reading, Selection, Table, open as read_table,
};
use saigen::cases::qncc_spectra::spectrum::{
    Axis, AxisUnit, FluxDensityLambda, FluxDensityNu, Quantity, Spectrum, Unit, Wavelength,
};
use saigen::repro::Origin;

/// The one spectrum of an action.
#[derive(Debug, clap::Args)]
pub struct SpectrumFile {
    /// Spectrum: IPAC, ECSV or CSV table, optical constants (.lnk), mda2ascii scan; the format is recognised.
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    #[command(flatten)]
    pub columns: Columns,
}

/// Which spectrum of a file is meant, where that isn't clear from names and units.
#[derive(Debug, Default, clap::Args)]
pub struct Columns {
    /// Column of the axis [default: found by its name and unit]
    #[arg(long, value_name = "COLUMN")]
    pub axis: Option<String>,
    /// Column of the values [default: found by its name and unit]
    #[arg(long, value_name = "COLUMN")]
    pub column: Option<String>,
    /// Column of one-σ errors [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    pub sigma: Option<String>,
    /// Units in place of those of the file: of the axis, of the values, or both, such as um,Jy or MJy/sr.
    #[arg(long, value_name = "UNIT[,UNIT]")]
    pub units: Option<Units>,
    /// The sub-band to take, by its value in the column that tells sub-bands apart.
    #[arg(long, value_name = "ID")]
    pub band: Option<String>,
    /// The part of the axis to take, both ends included: µm, or eV for an edge.
    #[arg(long, value_name = "LOW:HIGH")]
    pub range: Option<Range>,
    /// Takes rows at the same position for one measurement, weighted by their errors.
    #[arg(long)]
    pub merge_duplicates: bool,
    /// What the numbers are [default: synthetic if the file says so, else real]
    #[arg(long, value_enum)]
    pub origin: Option<OriginWord>,
}

/// What a file's numbers are, as `--origin` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OriginWord {
    /// Measured.
    Real,
    /// Read off a picture.
    Digitised,
    /// Computed, or a stand-in.
    Synthetic,
}

impl From<OriginWord> for Origin {
    fn from(word: OriginWord) -> Self {
        match word {
            OriginWord::Real => Origin::Real,
            OriginWord::Digitised => Origin::Digitised,
            OriginWord::Synthetic => Origin::Synthetic,
        }
    }
}

/// What a file's wavelengths were measured in, as `--wavelengths` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Medium {
    /// As this program has them throughout.
    #[default]
    Vacuum,
    /// Dry air; converted, which moves them by 3·10⁻⁴ to longer wavelengths.
    Air,
}

impl Medium {
    /// Its word in reports.
    pub fn label(self) -> &'static str {
        match self {
            Medium::Vacuum => "vacuum",
            Medium::Air => "air, converted to vacuum",
        }
    }
}

/// Units given by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    pub axis: Option<AxisUnit>,
    pub value: Option<Unit>,
}

impl FromStr for Units {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut units = Self::default();
        for part in text.split(',') {
            // An empty part would pass for the unit 1.
            if part.trim().is_empty() {
                return Err(format!("expected UNIT or UNIT,UNIT, found `{text}`"));
            }
            if let Some(unit) = AxisUnit::parse(part).filter(|_| units.axis.is_none()) {
                units.axis = Some(unit);
            } else if let Some(unit) = Unit::parse(part).filter(|_| units.value.is_none()) {
                units.value = Some(unit);
            } else {
                let known = format!("{}; {}", AxisUnit::KNOWN, Unit::KNOWN);
                return Err(format!("`{part}` is no known unit, or a second one of its kind; known are {known}"));
            }
        }
        Ok(units)
    }
}

/// Two numbers with a colon between them, the first one lower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((low, high)) = text.split_once(':') else {
            return Err(format!("expected LOW:HIGH, found `{text}`"));
        };
        let number = |part: &str| match part.trim().parse::<f64>() {
            Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(format!("`{part}` is not a number above zero")),
        };
        let (low, high) = (number(low)?, number(high)?);
        if low < high { Ok(Self { low, high }) } else { Err(format!("{low} must be below {high}")) }
    }
}

impl Columns {
    /// The selection that these options make.
    pub fn selection(&self, errors: Errors) -> Selection {
        let units = self.units.unwrap_or_default();
        Selection {
            axis: self.axis.clone(),
            value: self.column.clone(),
            sigma: self.sigma.clone(),
            axis_unit: units.axis,
            unit: units.value,
            band: self.band.clone(),
            range: self.range.map(|range| (range.low, range.high)),
            duplicates: if self.merge_duplicates { Duplicates::Merge } else { Duplicates::Refuse },
            errors,
        }
    }

    /// What the numbers are: as the option says, else synthetic if the file calls itself so, else real.
    pub fn origin(&self, path: &Path, table: &Table) -> Origin {
        origin(self.origin, path, table)
    }
}

/// What a file's numbers are.
pub fn origin(word: Option<OriginWord>, path: &Path, table: &Table) -> Origin {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let says = |text: &str| text.to_lowercase().contains("synthetic");
    let synthetic = says(&name) || table.keywords().iter().any(|(key, value)| says(key) || says(value));
    word.map_or(if synthetic { Origin::Synthetic } else { Origin::Real }, Origin::from)
}

/// Reads a file, whatever format it is in.
///
/// # Errors
/// With file, line, column and how to mend it.
pub fn open(path: &Path) -> miette::Result<Table> {
    read_table(&path.display().to_string(), &bytes(path)?).map_err(|error| raised(&error))
}

/// The content of a file.
///
/// # Errors
/// The file isn't there, or can't be read.
pub fn bytes(path: &Path) -> miette::Result<Vec<u8>> {
    std::fs::read(path).into_diagnostic().wrap_err_with(|| format!("cannot read {}", path.display()))
}

/// Takes the one spectrum that is meant, and the remarks that its user should hear.
///
/// # Errors
/// As [`open`].
pub fn take<X: Axis, Y: Quantity>(
    table: &Table,
    selection: &Selection,
) -> miette::Result<(Reading<X, Y>, Vec<String>)> {
    let reading = table.reading::<X, Y>(selection).map_err(|error| raised(&error))?;
    let remarks = remarks(table, &reading);
    Ok((reading, remarks))
}

/// Takes a flux density as `F_ν`, and the remarks that its user should hear; `F_λ` is converted.
///
/// # Errors
/// As [`open`]: that of the quantity that the file holds.
pub fn flux(
    table: &Table,
    selection: &Selection,
) -> miette::Result<(Spectrum<Wavelength, FluxDensityNu>, Vec<String>)> {
    let first = match table.reading::<Wavelength, FluxDensityNu>(selection) {
        Ok(reading) => {
            let remarks = remarks(table, &reading);
            return Ok((reading.spectrum, remarks));
        }
        Err(error) => error,
    };
    // Only a column that is no F_ν, by its unit or its name, may be F_λ; any other fault is that of an F_ν.
    if !matches!(first.fault, Fault::WrongUnit { .. } | Fault::MissingColumn { .. }) {
        return Err(raised(&first));
    }
    let reading = table.reading::<Wavelength, FluxDensityLambda>(selection).map_err(|second| {
        let neither = match &second.fault {
            Fault::WrongUnit { expected, .. } => *expected == FluxDensityLambda::NAME,
            Fault::MissingColumn { wanted, .. } => wanted.ends_with(FluxDensityLambda::NAME),
            _ => false,
        };
        raised(if neither { &first } else { &second })
    })?;
    let mut remarks = remarks(table, &reading);
    remarks.push(format!("{}: F_λ converted to F_ν = F_λ λ²/c", table.place()));
    Ok((reading.spectrum.to_per_frequency(), remarks))
}

/// The spectrum at vacuum wavelengths, and a remark if that changed it.
pub fn in_vacuum<Y: Quantity>(
    spectrum: Spectrum<Wavelength, Y>,
    medium: Medium,
    place: &str,
    remarks: &mut Vec<String>,
) -> Spectrum<Wavelength, Y> {
    match medium {
        Medium::Vacuum => spectrum,
        Medium::Air => {
            remarks.push(format!("{place}: wavelengths converted from air to vacuum"));
            spectrum.in_vacuum()
        }
    }
}

/// What a reading left out or merged.
fn remarks<X: Axis, Y: Quantity>(table: &Table, reading: &Reading<X, Y>) -> Vec<String> {
    let mut remarks = Vec::new();
    if reading.left_out > 0 {
        remarks.push(format!("{}: left out {} rows without a value", table.place(), reading.left_out));
    }
    if reading.merged > 0 {
        remarks.push(format!("{}: merged {} rows at positions of others", table.place(), reading.merged));
    }
    remarks
}

/// A reader's error with its remedy, in terms of this command's options.
pub fn raised(error: &ReadError) -> miette::Report {
    let option = match &error.fault {
        Fault::MissingUnit { .. } | Fault::UnknownUnit { .. } | Fault::WrongUnit { .. } => " (--units um,Jy)",
        Fault::MissingColumn { .. } | Fault::Ambiguous { .. } => " (--axis, --column, --sigma)",
        Fault::SubBands { .. } => " (--band ID, --range LOW:HIGH)",
        Fault::Duplicate { .. } => " (--merge-duplicates)",
        Fault::NoneInRange { .. } => " (--range LOW:HIGH)",
        _ => "",
    };
    miette!(help = format!("{}{option}", error.mend()), "{error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_taken_in_any_order_and_wrong_ones_named() {
        let units = |text: &str| text.parse::<Units>();
        assert_eq!(units("um,Jy"), Ok(Units { axis: Some(AxisUnit::Micron), value: Some(Unit::Jansky) }));
        assert_eq!(units("MJy/sr"), Ok(Units { axis: None, value: Some(Unit::MegajanskyPerSteradian) }));
        assert_eq!(units("Jy,cm-1").map(|units| units.axis), Ok(Some(AxisUnit::PerCentimetre)));
        for text in ["furlong", "um,nm,Jy", "Jy,mJy", "um,", ",Jy", ""] {
            let parsed = units(text);
            assert!(parsed.is_err(), "{text}: {parsed:?}");
        }
    }

    #[test]
    fn ranges_are_two_growing_numbers() {
        assert_eq!("5.2:14.5".parse(), Ok(Range { low: 5.2, high: 14.5 }));
        for text in ["5", "5:4", "a:5", "5:inf", "0:5", "5:5"] {
            assert!(text.parse::<Range>().is_err(), "{text}");
        }
    }
}
