//! What can be wrong with a file, where, and how to mend it.

use std::fmt;

use crate::cases::drug_resistance::ScreenError;
use crate::data::DataError;

/// Where in a file; all count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// A line of text, the header included.
    Line(usize),
    /// A row of a Parquet table.
    Row(usize),
    Column(usize),
}

/// A fault of a file, with its place.
#[derive(Debug)]
pub struct ReadError {
    /// The file, as the caller named it.
    pub place: String,
    pub position: Option<Position>,
    /// The column's name, where the fault lies in one.
    pub column: Option<String>,
    pub fault: Box<Fault>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("cannot be read ({0})")]
    Io(std::io::Error),
    #[error(transparent)]
    Library(DataError),
    #[error("found {what}, expected a table")]
    Container { what: &'static str, remedy: &'static str },
    #[error("the compressed data ends too early")]
    Cut,
    #[error("the compressed data is damaged ({reason})")]
    Damaged { reason: String },
    #[error("is named like a Parquet file, but isn't one")]
    NotParquet,
    #[error("not a whole Parquet file ({reason})")]
    Parquet { reason: String },
    #[error("found values of the type {found}, expected numbers or text")]
    ParquetType { found: String },
    #[error("found an empty file, expected a table")]
    Empty,
    #[error("not UTF-8 text")]
    NotText,
    #[error("found a header but no rows")]
    NoRows,
    #[error("found `{found}`, expected a header line that names the columns")]
    NoHeader { found: String },
    #[error("found one column only (`{found}`), expected columns separated by commas, semicolons or tabs")]
    OneColumn { found: String },
    #[error("column {number} has no name")]
    UnnamedColumn { number: usize },
    #[error("the name `{name}` stands over two columns, expected each name once")]
    RepeatedColumn { name: String },
    #[error("found {found} fields, expected {expected} as in the header")]
    Ragged { found: usize, expected: usize, last: bool },
    #[error("a quote opens and doesn't close")]
    OpenQuote,
    #[error("found `{found}`, expected a number")]
    NotANumber { found: String },
    #[error("found {found}, expected a finite number")]
    NotFinite { found: String },
    #[error("found no id of the line")]
    NoId,
    #[error("found an empty cell, expected {wanted}")]
    EmptyCell { wanted: &'static str },
    #[error("found no column for {wanted}; there are {known}")]
    MissingColumn { wanted: String, known: String },
    #[error("more than one column may be meant: {candidates}")]
    AmbiguousColumn { candidates: String },
    #[error("line `{id}` has {found} here and {before} in {first}")]
    Contradiction { id: String, found: String, before: String, first: Position },
    #[error("the rows of line `{id}` differ: here and in {first}")]
    Different { id: String, first: Position },
    #[error("found no drug `{drug}`; there are {known}")]
    UnknownDrug { drug: String, known: String },
    #[error("`{drug}` stands for more than one drug id: {ids}")]
    AmbiguousDrug { drug: String, ids: String },
    #[error("the file has {count} drugs, and none was named; there are {known}")]
    NoDrug { count: usize, known: String },
    #[error("the file has folds of several feature sets ({known}), and none was named")]
    SeveralFeatureSets { known: String },
    #[error("found no folds for {wanted}; there are {known}")]
    NoFolds { wanted: String, known: String },
    #[error("has lines by {here}, but {other} by {there}")]
    NoCommonId { here: &'static str, other: String, there: String },
    #[error("no line of this file has a value in {other}")]
    NothingInCommon { other: String },
    #[error("{left} of {total} lines are left, expected 2 at least")]
    TooFewLines { left: usize, total: usize },
    #[error("no gene is left of {total}")]
    NoGenes { total: usize },
    #[error("{missing} of the {total} lines used have no fold, the first is `{id}`")]
    NoFold { id: String, missing: usize, total: usize },
    #[error("found fold `{found}`, and no other; expected two folds at least")]
    OneFold { found: String },
    #[error("the same gene on both sides: `{gene}`")]
    SelfInteraction { gene: String },
    #[error(transparent)]
    Screen(ScreenError),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Position::Line(line) => write!(f, "line {line}"),
            Position::Row(row) => write!(f, "row {row}"),
            Position::Column(column) => write!(f, "column {column}"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        match self.position {
            Some(Position::Line(line)) => write!(f, ":{line}")?,
            Some(other) => write!(f, ": {other}")?,
            None => {}
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
        Self { place: place.into(), position: None, column: None, fault: fault.into() }
    }

    pub(super) fn position(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    pub(super) fn line(self, line: usize) -> Self {
        self.position(Position::Line(line))
    }

    pub(super) fn column(self, name: &str) -> Self {
        Self { column: Some(name.into()), ..self }
    }

    /// What to do about it, for the person whose file it is.
    pub fn mend(&self) -> String {
        match &*self.fault {
            Fault::Io(_) => "check the path, and that the file may be read".into(),
            Fault::Library(_) => "fetch the case's files, or name a mirror that has them".into(),
            Fault::Container { remedy, .. } => (*remedy).into(),
            Fault::Cut | Fault::Damaged { .. } | Fault::Parquet { .. } | Fault::Empty | Fault::NoRows => {
                "the file may have been cut off while it was copied; fetch or export it again".into()
            }
            Fault::NotParquet => "write it as Parquet, or name it .csv if it is text".into(),
            Fault::ParquetType { .. } => "write the column as numbers or text, or leave it out".into(),
            Fault::NotText => "save the file as UTF-8 text".into(),
            Fault::NoHeader { .. } => "put the names of columns into the first line: an id, then genes or drugs".into(),
            Fault::OneColumn { .. } => "separate columns by commas, semicolons or tabs".into(),
            Fault::UnnamedColumn { .. } | Fault::RepeatedColumn { .. } => "give every column a name of its own".into(),
            Fault::Ragged { last: true, .. } => {
                "the last line is incomplete: the file may have been cut off; fetch or export it again".into()
            }
            Fault::Ragged { .. } => "give the row a field per column, or remove it".into(),
            Fault::OpenQuote => "close the quote, or remove it".into(),
            Fault::NotANumber { .. } => {
                "write numbers with a decimal point, such as 1.5e-3; leave a cell without a value empty, and columns of \
                 text out"
                    .into()
            }
            Fault::NotFinite { .. } => "leave the cell empty if there is no value".into(),
            Fault::EmptyCell { .. } => "fill it in, or remove the row".into(),
            Fault::NoId => "give the row the id of its line, or remove it".into(),
            Fault::MissingColumn { .. } | Fault::AmbiguousColumn { .. } => {
                "name the column that is meant, or rename it in the file".into()
            }
            Fault::Contradiction { .. } | Fault::Different { .. } => "remove the row that is wrong".into(),
            Fault::UnknownDrug { .. } | Fault::NoDrug { .. } => "name one of them, or its id".into(),
            Fault::AmbiguousDrug { .. } => "name it by its id".into(),
            Fault::SeveralFeatureSets { .. } => "name one of them".into(),
            Fault::NoFolds { .. } => "name another drug or feature set, or have folds made".into(),
            Fault::NoCommonId { .. } => {
                "give a table with both ids, such as DepMap's Model.csv or the case's cell_lines.csv".into()
            }
            Fault::NothingInCommon { .. } => {
                "check that both files name lines in the same way; a table with both ids translates".into()
            }
            Fault::TooFewLines { .. } | Fault::NoGenes { .. } => {
                "see what was left out and why: most of it lacks values or a partner in the other file".into()
            }
            Fault::NoFold { .. } => "give every line a fold, or have folds made".into(),
            Fault::OneFold { .. } => "give two folds at least, better five".into(),
            Fault::SelfInteraction { .. } => "remove the row".into(),
            Fault::Screen(_) => "mend the table, or remove what is named".into(),
        }
    }
}
