//! The user's screen: which files, which drug, and what was left out of it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::cases::drug_resistance::readers::{
    Choice, Exclusion, Expression, Fault, FoldTable, Joined, LineTable, Parts, ReadError, Responses, Source, Subject,
    drug_names, expression, folds, lines, responses, screen, summary,
};
use saigen::display::Monitor;
use saigen::repro::Origin;
use serde_json::{Value, json};

use super::super::output::{Cell, Csv, Folder, Results};
use super::super::terminal::Terminal;
use super::super::{Outcome, Verdict};
use super::files::EXCLUSIONS;

/// Fewer lines than this in a group or a fold, and what is measured on them says little.
pub const FEW: usize = 5;

/// The files of a screen.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Screen")]
pub struct Inputs {
    /// Expression: a line a row (CSV, Parquet, DepMap) or a gene a row (GDSC's RMA text); gzip too. The layout is recognised.
    #[arg(long, value_name = "FILE")]
    pub expression: PathBuf,
    /// Responses: a column for each drug, or GDSC's fitted dose responses (saved as CSV); low is sensitive.
    #[arg(long, value_name = "FILE")]
    pub response: PathBuf,
    /// The drug, where the file has several.
    #[arg(long, value_name = "NAME|ID")]
    pub drug: Option<String>,
    /// Column of responses in a table with a line and a drug a row [default: LN_IC50]
    #[arg(long, value_name = "COLUMN")]
    pub value: Option<String>,
    /// Names of drugs by their ids: drug_id,name.
    #[arg(long, value_name = "FILE")]
    pub drug_names: Option<PathBuf>,
    /// Tissues of lines: an id and a tissue [default: those of --lines or --response, if they have any]
    #[arg(long, value_name = "FILE")]
    pub tissue: Option<PathBuf>,
    /// Column of tissues [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    pub tissue_column: Option<String>,
    /// Ids of lines, where files name them differently: cell_lines.csv of the case, DepMap's Model.csv.
    #[arg(long, value_name = "FILE")]
    pub lines: Option<PathBuf>,
    /// What the numbers are [default: synthetic if a file's name says so, else real]
    #[arg(long, value_enum)]
    pub origin: Option<OriginWord>,
}

/// What a file's numbers are, as `--origin` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OriginWord {
    /// Measured.
    Real,
    /// Computed.
    Synthetic,
}

/// A screen that was read.
#[derive(Debug)]
pub struct Input {
    pub joined: Joined,
    pub origin: Origin,
    /// How the expression was recognised, and its size.
    pub layout: String,
    /// The column that responses come from.
    pub column: String,
}

/// Tables of folds, where an action takes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folds<'a> {
    pub file: Option<&'a Path>,
    /// Which of the file's feature sets belongs to the expression.
    pub feature_set: Option<&'a str>,
}

/// Where an action writes what, and speaks.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub folder: &'a Folder,
    pub results: Results,
    pub terminal: &'a Terminal,
}

impl Place<'_> {
    /// Clears up after a run that failed, and keeps the table of what was left out.
    fn leave(&self, listed: Option<String>) -> miette::Result<()> {
        if self.folder.clear(&self.results)? {
            let out = self.folder.place("");
            self.terminal.line(&format!("note: removed the results of an earlier run from {out}, as this one failed"));
        }
        if let Some(table) = listed {
            self.folder.add(EXCLUSIONS.name, &table)?;
            let list = self.folder.place(EXCLUSIONS.name);
            self.terminal.line(&format!("note: all that was left out is listed in {list}"));
        }
        Ok(())
    }
}

impl Inputs {
    /// Reads the screen, says what it is and what was left out, and hands it to the work of an action.
    ///
    /// A run that fails leaves the list of what was left out, if it got that far, and nothing of an earlier run: that would
    /// look like its own. One that has no file to read, or that the user stopped, touches nothing.
    ///
    /// # Errors
    /// As [`Inputs::read`], and those of the work.
    pub fn run(&self, folds: Folds<'_>, place: Place<'_>, work: impl FnOnce(Input) -> Outcome) -> Outcome {
        let Place { results, terminal, .. } = place;
        let mut listed = None;
        let outcome = self.read(folds, terminal).and_then(|input| {
            let Some(input) = input else { return Ok(Verdict::Interrupted) };
            let left = left_out(&input.joined.exclusions);
            for note in std::iter::once(&input.layout).chain(&input.joined.notes).chain(&left) {
                terminal.line(&format!("note: {note}"));
            }
            listed =
                (!left.is_empty()).then(|| exclusions(&[remark(results.action, &input)], &input.joined.exclusions));
            work(input)
        });
        if outcome.is_err()
            && self.paths().into_iter().chain(folds.file).all(Path::exists)
            && let Err(error) = place.leave(listed)
        {
            // The first error is the one to end with.
            terminal.line(&format!("warning: {error}"));
        }
        outcome
    }

    /// Reads and joins everything; `None` if the user stopped it.
    ///
    /// # Errors
    /// With file, line, column and how to mend it.
    fn read(&self, given: Folds<'_>, terminal: &Terminal) -> miette::Result<Option<Input>> {
        let stages = 2 + [&self.drug_names, &self.tissue, &self.lines].into_iter().flatten().count();
        terminal.begin("reading", (stages + usize::from(given.file.is_some())) as u64);
        let read = self.files(given.file, terminal);
        terminal.end();
        let Some(files) = read? else { return Ok(None) };
        let Files { expression, responses, folds, tissue, lines } = &files;
        let parts = Parts {
            expression,
            responses,
            folds: folds.as_ref(),
            feature_set: given.feature_set,
            tissue: tissue.as_ref(),
            lines: lines.as_ref(),
        };
        let mut joined = screen(&parts).map_err(|error| raised(&error))?;
        if self.origin.is_none() {
            let origin = self.origin().label();
            joined.notes.push(format!("the numbers are taken as {origin}; --origin says otherwise"));
        }
        let (rows, genes) = expression.dim();
        let layout = format!("{}: {}, {rows} lines, {genes} genes", expression.place, expression.layout.label());
        Ok(Some(Input { joined, origin: self.origin(), layout, column: files.responses.column }))
    }

    fn files(&self, folds_file: Option<&Path>, terminal: &Terminal) -> miette::Result<Option<Files>> {
        let done = |step: Result<(), ReadError>| -> miette::Result<bool> {
            step.map_err(|error| raised(&error))?;
            terminal.advance(1);
            Ok(!terminal.cancelled())
        };
        let mut choice = Choice { drug: self.drug.clone(), value: self.value.clone(), names: None };
        if let Some(path) = &self.drug_names
            && !done(drug_names(&Source::path(path)).map(|names| choice.names = Some(names)))?
        {
            return Ok(None);
        }
        // The small files first: their faults are told before the matrix is read.
        let mut found = None;
        if !done(responses(&Source::path(&self.response), &choice).map(|responses| found = Some(responses)))? {
            return Ok(None);
        }
        let (mut fold_table, mut tissue, mut line_table) = (None, None, None);
        if let Some(path) = folds_file
            && !done(folds(&Source::path(path)).map(|folds| fold_table = Some(folds)))?
        {
            return Ok(None);
        }
        let column = self.tissue_column.as_deref();
        if let Some(path) = &self.tissue
            && !done(lines(&Source::path(path), column).map(|table| tissue = Some(table)))?
        {
            return Ok(None);
        }
        let of_lines = column.filter(|_| self.tissue.is_none());
        if let Some(path) = &self.lines
            && !done(lines(&Source::path(path), of_lines).map(|table| line_table = Some(table)))?
        {
            return Ok(None);
        }
        if let Some(table) = tissue.as_ref().filter(|table: &&LineTable| table.tissues.is_none()) {
            return Err(miette!(
                help = "name the column of tissues: --tissue-column COLUMN",
                "{}: found no column of tissues",
                table.place
            ));
        }
        let mut matrix = None;
        if !done(expression(&Source::path(&self.expression)).map(|expression| matrix = Some(expression)))? {
            return Ok(None);
        }
        Ok(found.zip(matrix).map(|(responses, expression)| Files {
            expression,
            responses,
            folds: fold_table,
            tissue,
            lines: line_table,
        }))
    }

    /// Every file that is read.
    pub fn paths(&self) -> Vec<&Path> {
        let optional = [&self.drug_names, &self.tissue, &self.lines].into_iter().flatten();
        [&self.expression, &self.response].into_iter().chain(optional).map(PathBuf::as_path).collect()
    }

    fn origin(&self) -> Origin {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let says = |path: &&Path| name(path).contains("synthetic");
        match self.origin {
            Some(OriginWord::Real) => Origin::Real,
            Some(OriginWord::Synthetic) => Origin::Synthetic,
            None if self.paths().iter().any(says) => Origin::Synthetic,
            None => Origin::Real,
        }
    }

    /// The files as the report names them.
    pub fn report(&self) -> Value {
        json!({
            "expression": self.expression, "response": self.response, "drug": self.drug, "value": self.value,
            "drug_names": self.drug_names, "tissue": self.tissue, "lines": self.lines,
        })
    }
}

struct Files {
    expression: Expression,
    responses: Responses,
    folds: Option<FoldTable>,
    tissue: Option<LineTable>,
    lines: Option<LineTable>,
}

/// Refuses to write over a file that is read.
///
/// # Errors
/// One of the inputs lies where an output would.
pub fn apart<'a>(inputs: impl IntoIterator<Item = &'a Path>, out: &Path, results: &Results) -> miette::Result<()> {
    let outputs: Vec<PathBuf> =
        results.names().into_iter().filter_map(|name| out.join(name).canonicalize().ok()).collect();
    for input in inputs {
        // A file that isn't there is for the reader to tell.
        if input.canonicalize().is_ok_and(|place| outputs.contains(&place)) {
            return Err(miette!(
                help = "name another folder: --out DIR",
                "{} is read, and would be written over",
                input.display()
            ));
        }
    }
    Ok(())
}

/// What was left out, as a table.
pub fn exclusions(remarks: &[String], exclusions: &[Exclusion]) -> String {
    let mut csv = Csv::new(remarks, &EXCLUSIONS.header());
    for exclusion in exclusions {
        csv.row([
            Cell::from(exclusion.subject.label()),
            exclusion.id.as_str().into(),
            exclusion.reason.label().into(),
            exclusion.reason.to_string().into(),
            exclusion.place.as_str().into(),
            exclusion.position.map(|position| position.to_string()).unwrap_or_default().into(),
        ]);
    }
    csv.finish()
}

/// Ids that a note names of each kind.
const NAMED: usize = 3;

/// What was left out, in a few words each, with the first ids.
fn left_out(exclusions: &[Exclusion]) -> Vec<String> {
    let plural = |word: &str, count: usize| if count == 1 { word.to_string() } else { format!("{word}s") };
    let words = |(subject, reason, count): (Subject, &'static str, usize)| {
        let alike = exclusions.iter().filter(|one| one.subject == subject && one.reason.label() == reason);
        let ids: Vec<&str> = alike.map(|one| one.id.as_str()).filter(|id| !id.is_empty()).take(NAMED).collect();
        let named = match ids.len() {
            0 => String::new(),
            found if found < count => format!(" ({}, …)", ids.join(", ")),
            _ => format!(" ({})", ids.join(", ")),
        };
        format!("{count} {}: {reason}{named}", plural(subject.label(), count))
    };
    summary(exclusions).into_iter().map(words).collect()
}

/// The same for the report.
pub fn exclusion_counts(exclusions: &[Exclusion]) -> Value {
    summary(exclusions)
        .into_iter()
        .map(|(subject, reason, count)| json!({ "what": subject.label(), "reason": reason, "count": count }))
        .collect()
}

/// A reader's error with its remedy, in terms of this command's options.
pub fn raised(error: &ReadError) -> miette::Report {
    let option = match &*error.fault {
        Fault::UnknownDrug { .. } | Fault::NoDrug { .. } => " (--drug NAME|ID; --drug-names FILE names ids)",
        Fault::AmbiguousDrug { .. } => " (--drug ID)",
        Fault::MissingColumn { wanted, .. } if wanted.contains("response") => " (--value COLUMN)",
        Fault::MissingColumn { wanted, .. } if wanted.contains("tissue") => " (--tissue-column COLUMN)",
        Fault::NoCommonId { .. } | Fault::NothingInCommon { .. } => " (--lines FILE)",
        Fault::SeveralFeatureSets { .. } => " (--feature-set NAME)",
        Fault::NoFolds { .. } | Fault::NoFold { .. } => " (leave --folds out)",
        _ => "",
    };
    miette!(help = format!("{}{option}", error.mend()), "{error}")
}

/// The drug, and the column of responses where that says more.
pub fn drug(input: &Input) -> String {
    let drug = input.joined.screen.drug();
    if drug == input.column { drug.into() } else { format!("{drug}, {}", input.column) }
}

/// Settings as a file: JSON.
///
/// # Errors
/// A number that JSON doesn't know.
pub fn parameters(value: &impl serde::Serialize) -> miette::Result<Value> {
    serde_json::to_value(value).into_diagnostic().wrap_err("the settings can't be written as JSON")
}

/// The first line of every table.
pub fn remark(action: &str, input: &Input) -> String {
    let screen = &input.joined.screen;
    format!(
        "saigen {} drug_resistance {action}; {} ({}), {} lines, {} genes",
        env!("CARGO_PKG_VERSION"),
        drug(input),
        input.origin.label(),
        screen.n(),
        screen.p()
    )
}

#[cfg(test)]
mod tests {
    use saigen::cases::drug_resistance::readers::Reason;

    use super::*;

    #[test]
    fn notes_name_the_first_of_each_kind() {
        let one = |id: &str, reason: Reason| Exclusion {
            subject: Subject::Response,
            id: id.into(),
            reason,
            place: "R.csv".into(),
            position: None,
        };
        let constant = || Reason::Constant { value: 1.0 };
        let mut all: Vec<Exclusion> = ["a", "b", "c", "d"].map(|id| one(id, Reason::NoExpression)).into();
        all.push(one("e", constant()));
        assert_eq!(left_out(&all), ["4 responses: no expression (a, b, c, …)", "1 response: constant (e)"]);
        assert!(left_out(&[]).is_empty());
    }
}
