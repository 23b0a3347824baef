//! Named columns with units, as a file has them.

use super::error::{Fault, ReadError};

/// The formats that are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// IPAC table: columns between bars; names, types, units and nulls above them.
    Ipac,
    /// Enhanced CSV of astropy: a YAML header in comments.
    Ecsv,
    /// optool's optical constants: comments, count and density, then λ n k.
    Lnk,
    /// Beamline scan as written by mda2ascii.
    Scan,
    /// The PDRs4All template spectra.
    Template,
    /// CAFE's opacity tables.
    Cafe,
    /// Anything else with a header line: comma, semicolon, tab or space between fields.
    Csv,
}

impl Format {
    /// Its name in messages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ipac => "IPAC table",
            Self::Ecsv => "ECSV",
            Self::Lnk => "lnk optical constants",
            Self::Scan => "mda2ascii scan",
            Self::Template => "template spectra",
            Self::Cafe => "CAFE opacity",
            Self::Csv => "CSV",
        }
    }
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// The unit as written, if one is.
    pub unit: Option<String>,
    /// What else the file says: the heading with its unit, or the name of a beamline's process variable.
    pub about: String,
}

impl Column {
    pub(super) fn new(name: impl Into<String>, unit: Option<&str>) -> Self {
        let unit = unit.map(str::trim).filter(|unit| !unit.is_empty()).map(str::to_string);
        Self { name: name.into(), unit, about: String::new() }
    }
}

/// A row and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line in the file, from 1.
    pub line: usize,
    /// A field per column; `None` where the file says that there is no value.
    pub fields: Vec<Option<String>>,
}

/// A table as the file has it: nothing converted, nothing left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    place: String,
    format: Format,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Named remarks of the header.
    keywords: Vec<(String, String)>,
    /// Line that says which columns there are, from 1; 0 in a file without any.
    header: usize,
}

impl Table {
    /// Checks names and the length of rows; `header` is the line that says which columns there are, 0 for none.
    pub(super) fn new(
        place: &str,
        format: Format,
        header: usize,
        columns: Vec<Column>,
        rows: Vec<Row>,
        keywords: Vec<(String, String)>,
    ) -> Result<Self, ReadError> {
        let table = Self { place: place.into(), format, columns, rows, keywords, header };
        for (index, column) in table.columns.iter().enumerate() {
            if column.name.is_empty() {
                return Err(table.head_fault(Fault::UnnamedColumn { number: index + 1 }));
            }
            if table.columns[..index].iter().any(|other| other.name == column.name) {
                return Err(table.head_fault(Fault::RepeatedColumn { name: column.name.clone() }));
            }
        }
        let expected = table.columns.len();
        if let Some(at) = table.rows.iter().position(|row| row.fields.len() != expected) {
            let row = &table.rows[at];
            let fault = Fault::Ragged { found: row.fields.len(), expected, last: at + 1 == table.rows.len() };
            return Err(ReadError::at(place, fault).line(row.line));
        }
        Ok(table)
    }

    /// The file, as the caller named it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The format that it was recognised as.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Heads of columns, left to right.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Rows, top to bottom.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Named remarks of the header, in order.
    pub fn keywords(&self) -> &[(String, String)] {
        &self.keywords
    }

    /// Where a column stands: by its exact name, else by the whole heading with its unit (CSV) or the process variable
    /// (scans), else by its name whatever the case of letters.
    ///
    /// # Errors
    /// [`Fault::MissingColumn`], with the names that there are.
    pub fn index(&self, name: &str) -> Result<usize, ReadError> {
        let named = |column: &Column| column.name == name;
        let exact = self.columns.iter().position(named).or_else(|| self.columns.iter().position(|c| c.about == name));
        let alike = || self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name.trim()));
        exact.or_else(alike).ok_or_else(|| self.missing(&format!("`{name}`")))
    }

    /// All numbers of a column.
    ///
    /// # Errors
    /// [`Fault::MissingColumn`], [`Fault::NotANumber`], [`Fault::NotFinite`]; an empty cell is no number.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, ReadError> {
        let column = self.index(name)?;
        let empty = |row: &Row| self.fault(row, column, Fault::NotANumber { found: String::new() });
        self.rows.iter().map(|row| self.number(row, column)?.ok_or_else(|| empty(row))).collect()
    }

    /// The field of a row as a number; `None` where the file has no value.
    pub(super) fn number(&self, row: &Row, column: usize) -> Result<Option<f64>, ReadError> {
        let Some(text) = &row.fields[column] else { return Ok(None) };
        let Some(value) = parse(text) else {
            return Err(self.fault(row, column, Fault::NotANumber { found: text.clone() }));
        };
        if !value.is_finite() {
            return Err(self.fault(row, column, Fault::NotFinite { found: text.clone() }));
        }
        Ok(Some(value))
    }

    pub(super) fn fault(&self, row: &Row, column: usize, fault: Fault) -> ReadError {
        ReadError::at(&self.place, fault).line(row.line).column(&self.columns[column].name)
    }

    /// A fault of the columns, or of the rows as a whole: at the line that says which columns there are.
    pub(super) fn head_fault(&self, fault: Fault) -> ReadError {
        ReadError { line: (self.header > 0).then_some(self.header), ..ReadError::at(&self.place, fault) }
    }

    pub(super) fn missing(&self, wanted: &str) -> ReadError {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        self.head_fault(Fault::MissingColumn { wanted: wanted.into(), known: names.join(", ") })
    }
}

/// A number, with `e` or Fortran's `D` before the exponent.
pub(super) fn parse(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| text.replace(['d', 'D'], "e").parse().ok())
}
