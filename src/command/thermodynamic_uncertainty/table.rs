//! CSV output: the place is tried before the long run, the file appears whole or not at all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::repro::write_atomically;

/// Rows of `time` and values, kept until [`Table::finish`] writes them.
pub struct Table {
    path: PathBuf,
    text: String,
}

impl Table {
    /// Checks that the file can be written and starts with the header.
    ///
    /// # Errors
    /// A folder that doesn't exist or can't be written.
    pub fn create(path: &Path, columns: Vec<String>) -> miette::Result<Self> {
        if path.is_dir() {
            return Err(miette!(help = "name a file, such as F.csv", "{} is a folder", path.display()));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        tempfile_in(folder).wrap_err_with(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self {
            path: path.into(),
            text: std::iter::once("time".to_owned()).chain(columns).map(quoted).collect::<Vec<_>>().join(",") + "\n",
        })
    }

    /// Adds a row.
    pub fn push(&mut self, time: f64, values: Vec<f64>) {
        // Writing to a string can't fail. `{:?}` is the shortest text that reads back as the same number.
        let _ = write!(self.text, "{time:?}");
        for value in values {
            let _ = write!(self.text, ",{value:?}");
        }
        self.text.push('\n');
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The disk is full, or the folder went away; an older file stays as it was.
    pub fn finish(self) -> miette::Result<()> {
        write_atomically(&self.path, self.text.as_bytes()).into_diagnostic()
    }
}

/// Tries whether a file can be created in the folder.
fn tempfile_in(folder: &Path) -> miette::Result<()> {
    let probe = folder.join(format!(".saigen-{}.probe", std::process::id()));
    std::fs::write(&probe, b"").into_diagnostic()?;
    std::fs::remove_file(&probe).into_diagnostic()
}

/// Quotes a name that a CSV reader would split.
fn quoted(name: String) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name }
}
