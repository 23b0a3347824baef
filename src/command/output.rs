//! The folder of results: tried before the long run; every file appears whole, and `report.json` last.

use std::io::Read;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::repro::write_atomically;

/// Where results go, and what is printed.
#[derive(Debug, clap::Args)]
pub struct OutputArguments {
    /// Folder to write the tables (.csv), figure.svg and report.json to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Prints the report as JSON.
    #[arg(long)]
    pub json: bool,
}

impl OutputArguments {
    /// The folder, after a trial.
    ///
    /// # Errors
    /// As [`Folder::prepare`].
    pub fn folder(&self) -> miette::Result<Folder> {
        Folder::prepare(&self.out)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.out
    }
}

/// Its presence says that all files beside it are of one run.
pub const REPORT: &str = "report.json";

/// What files of this program say within their first [`HEAD`] bytes.
const MARK: &str = "saigen";
const HEAD: u64 = 1 << 16;

/// Where an action writes.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Creates the folder if need be and checks that files can be written into it.
    ///
    /// # Errors
    /// A file in its place, or a folder that can't be written.
    pub fn prepare(root: &Path) -> miette::Result<Self> {
        if root.is_file() {
            return Err(miette!(help = "name a folder: --out DIR", "{} is a file", root.display()));
        }
        let probe = root.join(format!(".saigen-{}.probe", std::process::id()));
        std::fs::create_dir_all(root)
            .and_then(|()| std::fs::write(&probe, b""))
            .and_then(|()| std::fs::remove_file(&probe))
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write into {}", root.display()))?;
        Ok(Self { root: root.into() })
    }

    /// Refuses to replace files that this program did not write. What it writes says so near its beginning.
    ///
    /// # Errors
    /// A file, or a folder, of one of these names that doesn't say `saigen`.
    pub fn claim(&self, names: &[&str]) -> miette::Result<()> {
        for place in names.iter().map(|name| self.root.join(name)).filter(|place| place.exists()) {
            let mut head = Vec::new();
            let read = std::fs::File::open(&place).and_then(|file| file.take(HEAD).read_to_end(&mut head));
            if read.is_err() || !String::from_utf8_lossy(&head).contains(MARK) {
                return Err(miette!(
                    help = "name another folder, or move the file away",
                    "{} is in the way, and saigen did not write it",
                    place.display()
                ));
            }
        }
        Ok(())
    }

    /// Removes files of an earlier run that this one doesn't write, and that run's report first.
    ///
    /// # Errors
    /// A file that can't be removed.
    pub fn discard(&self, names: &[&str]) -> miette::Result<()> {
        for place in std::iter::once(&REPORT).chain(names).map(|name| self.root.join(name)) {
            if place.exists() {
                std::fs::remove_file(&place)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("cannot replace {}", place.display()))?;
            }
        }
        Ok(())
    }

    /// Writes files and then the report. A report of an earlier run goes first, so a kill at any moment leaves no report
    /// beside files of two runs.
    ///
    /// # Errors
    /// The disk is full, or the folder went away.
    pub fn write(&self, files: &[(&str, String)], report: &serde_json::Value) -> miette::Result<()> {
        self.discard(&[])?;
        let report = serde_json::to_string_pretty(report).into_diagnostic()? + "\n";
        for (name, content) in files.iter().map(|(name, content)| (*name, content)).chain([(REPORT, &report)]) {
            write_atomically(&self.root.join(name), content.as_bytes()).into_diagnostic()?;
        }
        Ok(())
    }

    /// Where a file lies, for the last lines on the screen.
    pub fn place(&self, name: &str) -> String {
        self.root.join(name).display().to_string()
    }
}

/// A table as comma-separated text.
#[derive(Clone, Debug)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// Starts with the names of columns, after remarks if there are any.
    pub fn new(remarks: &[String], columns: &[&str]) -> Self {
        let mut text: String = remarks.iter().map(|remark| format!("# {}\n", remark.replace('\n', " "))).collect();
        text.push_str(&columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(","));
        text.push('\n');
        Self { text }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<String> = cells.into_iter().map(|Cell(text)| quoted(&text)).collect();
        self.text.push_str(&cells.join(","));
        self.text.push('\n');
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// One field of a row.
#[derive(Clone, Debug)]
pub struct Cell(String);

impl From<f64> for Cell {
    /// The shortest text that reads back as the same number.
    fn from(value: f64) -> Self {
        Cell(format!("{value:?}"))
    }
}

impl From<Option<f64>> for Cell {
    /// Empty where there is no number.
    fn from(value: Option<f64>) -> Self {
        value.map_or(Cell(String::new()), Cell::from)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Cell(value.to_string())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell(text)
    }
}

/// Quotes a field that a CSV reader would split.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_quoted_where_needed_and_numbers_read_back() {
        let mut csv = Csv::new(&["real".into()], &["name", "value"]);
        csv.row([Cell::from("a, \"b\""), Cell::from(0.1)]);
        csv.row([Cell::from("c"), Cell::from(None)]);
        assert_eq!(csv.finish(), "# real\nname,value\n\"a, \"\"b\"\"\",0.1\nc,\n");
    }

    #[test]
    fn files_of_others_are_not_replaced() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(scratch.path()).unwrap();
        let names = ["scores.csv", "report.json"];
        folder.claim(&names).unwrap();
        std::fs::write(scratch.path().join("scores.csv"), "# saigen 0.1.0\na\n1\n").unwrap();
        folder.claim(&names).unwrap();
        std::fs::write(scratch.path().join("scores.csv"), "pupil,score\nA,1\n").unwrap();
        let error = folder.claim(&names).unwrap_err().to_string();
        assert!(error.contains("scores.csv is in the way"), "{error}");
        std::fs::remove_file(scratch.path().join("scores.csv")).unwrap();
        std::fs::create_dir(scratch.path().join("scores.csv")).unwrap();
        assert!(folder.claim(&names).is_err());
    }

    #[test]
    fn an_old_report_never_stands_beside_new_files() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(scratch.path()).unwrap();
        folder.write(&[("a.csv", "1\n".into())], &serde_json::json!({ "run": 1 })).unwrap();
        // A folder in the way of a file stops the second run half way.
        std::fs::create_dir(scratch.path().join("b.csv")).unwrap();
        let files = [("a.csv", "2\n".to_string()), ("b.csv", "2\n".to_string())];
        assert!(folder.write(&files, &serde_json::json!({ "run": 2 })).is_err());
        assert!(!scratch.path().join(REPORT).exists());
        assert!(
            std::fs::read_dir(scratch.path())
                .unwrap()
                .flatten()
                .all(|e| !e.file_name().to_string_lossy().starts_with('.'))
        );
    }
}
