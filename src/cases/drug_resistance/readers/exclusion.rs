//! What was left out of a screen, and why.

use std::fmt;

use super::error::Position;

/// Something that is in a file but not in the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    pub subject: Subject,
    /// Its name or id.
    pub id: String,
    pub reason: Reason,
    /// The file that it stands in.
    pub place: String,
    /// Where it stands there.
    pub position: Option<Position>,
}

/// What was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A line of the expression matrix.
    Line,
    /// A gene of the expression matrix.
    Gene,
    /// A row of the responses.
    Response,
    /// A row of the folds.
    Fold,
}

/// Why it was left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The line has no response to the drug.
    NoResponse,
    /// The response belongs to a line that the expression matrix doesn't have.
    NoExpression,
    /// The id of the line has no counterpart of the kind that the other file uses.
    NoTranslation { wanted: &'static str },
    /// The id of the line has several counterparts.
    SeveralTranslations { found: String },
    /// The line or response repeats an earlier one.
    Repeated { kept: Position, differs: bool },
    /// Another line of the matrix has the same id in the other file.
    SameLine { kept: String },
    /// DepMap says that another profile stands for this model.
    NotDefault,
    /// The row has no gene symbol.
    NoSymbol,
    /// Another row or column of this symbol varies more, or is the same.
    RepeatedSymbol { kept: Position, differs: bool },
    /// Too many values are missing.
    Missing { cells: usize, of: usize },
    /// The gene has one value in all lines used.
    Constant { value: f64 },
    /// The line isn't in the screen.
    NotUsed,
}

impl Subject {
    /// The word for tables.
    pub fn label(self) -> &'static str {
        match self {
            Subject::Line => "line",
            Subject::Gene => "gene",
            Subject::Response => "response",
            Subject::Fold => "fold",
        }
    }
}

impl Reason {
    /// A word that is the same for all exclusions of a kind.
    pub fn label(&self) -> &'static str {
        match self {
            Reason::NoResponse => "no response",
            Reason::NoExpression => "no expression",
            Reason::NoTranslation { .. } => "no id in the other file",
            Reason::SeveralTranslations { .. } => "several ids in the other file",
            Reason::Repeated { .. } => "duplicate",
            Reason::SameLine { .. } => "same line as another",
            Reason::NotDefault => "not the default profile",
            Reason::NoSymbol => "no symbol",
            Reason::RepeatedSymbol { .. } => "duplicate symbol",
            Reason::Missing { .. } => "missing values",
            Reason::Constant { .. } => "constant",
            Reason::NotUsed => "line not in the screen",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoResponse => write!(f, "no response to the drug"),
            Reason::NoExpression => write!(f, "a response for a line without expression"),
            Reason::NoTranslation { wanted } => write!(f, "no {wanted} is known for the line"),
            Reason::SeveralTranslations { found } => write!(f, "several ids are known for the line: {found}"),
            Reason::Repeated { kept, differs: true } => {
                write!(f, "repeats the line of {kept}, with other values; that one is kept")
            }
            Reason::Repeated { kept, differs: false } => write!(f, "repeats {kept}, which is kept"),
            Reason::SameLine { kept } => write!(f, "has the same id in the other file as `{kept}`, which is kept"),
            Reason::NotDefault => write!(f, "not the default profile of its model"),
            Reason::NoSymbol => write!(f, "the row has no gene symbol"),
            Reason::RepeatedSymbol { kept, differs: true } => {
                write!(f, "the symbol occurs again; {kept} has the greatest variance and is kept")
            }
            Reason::RepeatedSymbol { kept, differs: false } => write!(f, "the same as {kept}, which is kept"),
            Reason::Missing { cells, of } => write!(f, "{cells} of {of} values are missing"),
            Reason::Constant { value } => write!(f, "{value} in all lines used"),
            Reason::NotUsed => write!(f, "a fold for a line that is not in the screen"),
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`: {}", self.subject.label(), self.id, self.reason)
    }
}

/// How many exclusions there are of each kind, in the order of their first one.
pub fn summary(exclusions: &[Exclusion]) -> Vec<(Subject, &'static str, usize)> {
    let mut counts: Vec<(Subject, &'static str, usize)> = Vec::new();
    for exclusion in exclusions {
        let key = (exclusion.subject, exclusion.reason.label());
        match counts.iter_mut().find(|(subject, reason, _)| (*subject, *reason) == key) {
            Some((_, _, count)) => *count += 1,
            None => counts.push((key.0, key.1, 1)),
        }
    }
    counts
}
