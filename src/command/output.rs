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

/// A file of results, as `--help` and the last lines on the screen list it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    pub name: &'static str,
    /// What it holds, in a line.
    pub about: &'static str,
    /// The columns of a table, each with its meaning.
    pub columns: &'static [(&'static str, &'static str)],
}

impl Listed {
    /// The names of the columns.
    pub fn header(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }
}

/// All that an action may write.
#[derive(Clone, Copy, Debug)]
pub struct Results {
    /// As the report calls it.
    pub action: &'static str,
    pub files: &'static [Listed],
}

impl Results {
    /// The names of its files.
    pub fn names(&self) -> Vec<&'static str> {
        self.files.iter().map(|file| file.name).collect()
    }

    /// Files and columns, for the end of `--help`.
    pub fn help(&self) -> String {
        let mut text = String::from("Files:\n");
        for file in self.files {
            text.push_str(&format!("  {:16} {}\n", file.name, file.about));
            for (column, meaning) in file.columns {
                text.push_str(&format!("    {column:26} {meaning}\n"));
            }
        }
        text
    }
}

/// Where an action writes. A folder that was made for it, and that stays empty, goes again.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// Folders that were made, innermost first.
    made: Vec<PathBuf>,
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Only an empty folder can be removed, so results stay.
        let _ = self.made.iter().try_for_each(std::fs::remove_dir);
    }
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
        let missing = root.ancestors().take_while(|place| !place.as_os_str().is_empty() && !place.exists());
        let folder = Self { root: root.into(), made: missing.map(Path::to_path_buf).collect() };
        let probe = root.join(format!(".saigen-{}.probe", std::process::id()));
        std::fs::create_dir_all(root)
            .and_then(|()| std::fs::write(&probe, b""))
            .and_then(|()| std::fs::remove_file(&probe))
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write into {}", root.display()))?;
        Ok(folder)
    }

    /// Refuses to replace files that this program did not write (what it writes says so near its beginning), and to mix with
    /// results of another action.
    ///
    /// # Errors
    /// A file, or a folder, of one of the action's names that doesn't say `saigen`; a report of another action; a file that
    /// only one of the `others` writes.
    pub fn claim(&self, own: &Results, others: &[Results]) -> miette::Result<()> {
        for place in own.names().into_iter().map(|name| self.root.join(name)).filter(|place| place.exists()) {
            if !written_here(&place) {
                return Err(miette!(
                    help = "name another folder, or move the file away",
                    "{} is in the way, and saigen did not write it",
                    place.display()
                ));
            }
            if let Some(action) = action_of(&place).filter(|action| action != own.action) {
                return Err(self.taken(&action, &place));
            }
        }
        for other in others.iter().filter(|other| other.action != own.action) {
            let alien = other.names().into_iter().filter(|name| !own.names().contains(name));
            if let Some(place) = alien.map(|name| self.root.join(name)).find(|place| written_here(place)) {
                return Err(self.taken(other.action, &place));
            }
        }
        Ok(())
    }

    fn taken(&self, action: &str, place: &Path) -> miette::Report {
        miette!(
            help = "name another folder, or move those results away",
            "{} holds results of `{action}` ({})",
            self.root.display(),
            place.file_name().unwrap_or_default().display()
        )
    }

    /// Removes what earlier runs of an action left, the report first; tells whether there was anything.
    ///
    /// # Errors
    /// A file that can't be removed.
    pub fn clear(&self, own: &Results) -> miette::Result<bool> {
        self.discard(&own.names())
    }

    fn discard(&self, names: &[&str]) -> miette::Result<bool> {
        let mut found = false;
        for place in std::iter::once(&REPORT).chain(names).map(|name| self.root.join(name)) {
            if place.exists() {
                found = true;
                std::fs::remove_file(&place)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("cannot replace {}", place.display()))?;
            }
        }
        Ok(found)
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

    /// Writes one file of a run that has no results.
    ///
    /// # Errors
    /// As [`Folder::write`].
    pub fn add(&self, name: &str, content: &str) -> miette::Result<()> {
        write_atomically(&self.root.join(name), content.as_bytes()).into_diagnostic()
    }

    /// Where a file lies, for the last lines on the screen.
    pub fn place(&self, name: &str) -> String {
        self.root.join(name).display().to_string()
    }

    /// Which of an action's files were written, a line each, for the last lines on the screen.
    pub fn written(&self, own: &Results) -> String {
        let there = own.files.iter().filter(|file| self.root.join(file.name).exists());
        let lines = there.map(|file| format!("\n  {:16} {}", file.name, file.about));
        format!("wrote to {}:{}", self.root.display(), lines.collect::<String>())
    }
}

/// Whether a file says that this program wrote it.
fn written_here(place: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(place).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains(MARK)
}

/// The action that a file of JSON names.
fn action_of(place: &Path) -> Option<String> {
    if place.extension().is_none_or(|end| end != "json") {
        return None;
    }
    let content: serde_json::Value = serde_json::from_slice(&std::fs::read(place).ok()?).ok()?;
    content.get("action")?.as_str().map(str::to_string)
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

    const CV: Results = Results {
        action: "cv",
        files: &[
            Listed { name: "scores.csv", about: "errors", columns: &[("method", "its name")] },
            Listed { name: "figure.svg", about: "a figure", columns: &[] },
            Listed { name: REPORT, about: "all of it", columns: &[] },
        ],
    };
    const NETWORK: Results = Results {
        action: "network",
        files: &[
            Listed { name: "edges.csv", about: "edges", columns: &[] },
            Listed { name: "figure.svg", about: "a figure", columns: &[] },
            Listed { name: REPORT, about: "all of it", columns: &[] },
        ],
    };

    #[test]
    fn files_of_others_are_not_replaced() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(scratch.path()).unwrap();
        let claim = || folder.claim(&CV, &[CV, NETWORK]);
        claim().unwrap();
        std::fs::write(scratch.path().join("scores.csv"), "# saigen 0.1.0\na\n1\n").unwrap();
        claim().unwrap();
        std::fs::write(scratch.path().join("scores.csv"), "pupil,score\nA,1\n").unwrap();
        let error = claim().unwrap_err().to_string();
        assert!(error.contains("scores.csv is in the way"), "{error}");
        std::fs::remove_file(scratch.path().join("scores.csv")).unwrap();
        std::fs::create_dir(scratch.path().join("scores.csv")).unwrap();
        assert!(claim().is_err());
    }

    #[test]
    fn results_of_two_actions_are_not_mixed() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(scratch.path()).unwrap();
        let at = |name: &str| scratch.path().join(name);
        let files = [("edges.csv", "# saigen 0.1.0\n".to_string()), ("figure.svg", "<svg>saigen</svg>\n".into())];
        folder.write(&files, &serde_json::json!({ "saigen": "0.1.0", "action": "network" })).unwrap();
        folder.claim(&NETWORK, &[CV, NETWORK]).unwrap();
        let refused = || folder.claim(&CV, &[CV, NETWORK]).unwrap_err().to_string();
        assert!(refused().contains("results of `network` (report.json)"), "{}", refused());
        // Of a run that was killed half-way.
        std::fs::remove_file(at(REPORT)).unwrap();
        assert!(refused().contains("results of `network` (edges.csv)"), "{}", refused());
        // A table of the user's that only has the name is left alone, and so is all that isn't the action's own.
        std::fs::write(at("edges.csv"), "from,to\n").unwrap();
        folder.claim(&CV, &[CV, NETWORK]).unwrap();
        assert!(folder.clear(&CV).unwrap() && !folder.clear(&CV).unwrap());
        assert!(at("edges.csv").exists() && !at("figure.svg").exists());
        // An action that isn't known here.
        std::fs::write(at(REPORT), "{\"saigen\": \"0.1.0\", \"action\": \"fit\"}").unwrap();
        assert!(refused().contains("results of `fit`"), "{}", refused());
    }

    #[test]
    fn a_folder_that_stays_empty_goes_again() {
        let scratch = tempfile::tempdir().unwrap();
        let deep = scratch.path().join("a/b");
        drop(Folder::prepare(&deep).unwrap());
        assert!(!scratch.path().join("a").exists() && scratch.path().exists());
        let folder = Folder::prepare(&deep).unwrap();
        folder.write(&[], &serde_json::json!({ "action": "cv" })).unwrap();
        drop(folder);
        assert!(deep.join(REPORT).exists());
        // One that was there before stays, empty or not.
        let old = scratch.path().join("old");
        std::fs::create_dir(&old).unwrap();
        drop(Folder::prepare(&old).unwrap());
        assert!(old.is_dir());
    }

    #[test]
    fn files_that_were_written_are_told() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(scratch.path()).unwrap();
        folder.write(&[("scores.csv", "# saigen\n".into())], &serde_json::json!({})).unwrap();
        let told = folder.written(&CV);
        assert!(told.contains("scores.csv       errors") && told.contains(REPORT), "{told}");
        assert!(!told.contains("figure.svg"), "{told}");
        assert!(CV.help().contains("    method                     its name\n"), "{}", CV.help());
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
