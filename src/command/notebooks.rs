//! `saigen notebooks`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::{Context, IntoDiagnostic, miette};
use saigen::display::Monitor;
use saigen::notebook::{KernelSpec, Notebook, RunReport};

use super::kernel::{program, repository};
use super::terminal::Terminal;
use super::{Outcome, Verdict};

/// Runs, checks and cleans notebooks.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Executes notebooks and stores their outputs; exit status 1 when a cell fails.
    Run(Execution),
    /// Executes notebooks and compares with the outputs stored; exit status 1 when one differs or a cell fails.
    Check(Execution),
    /// Removes execution times, widget state and folder names of this machine from notebooks.
    Clean(Files),
}

#[derive(Debug, clap::Args)]
struct Execution {
    #[command(flatten)]
    files: Files,
    /// The longest that one cell may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
}

#[derive(Debug, clap::Args)]
struct Files {
    /// Notebooks; all of `notebooks/` if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Files {
    fn paths(&self) -> miette::Result<Vec<PathBuf>> {
        if !self.files.is_empty() {
            return Ok(self.files.clone());
        }
        let folder = repository().join("notebooks");
        let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_diagnostic()
            .wrap_err_with(|| format!("no notebooks: {} can't be read", folder.display()))?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"))
            .collect();
        found.sort();
        Ok(found)
    }
}

pub fn run(arguments: Arguments) -> Outcome {
    let mut verdict = Verdict::Done;
    match arguments.action {
        Action::Run(execution) => {
            let terminal = Terminal::start();
            for path in execution.files.paths()? {
                let (_, mut fresh, report) = execute(&path, execution.timeout, &terminal)?;
                saigen::notebook::clean(&mut fresh, &places());
                fresh.write(&path).into_diagnostic()?;
                if !passed(&path, &report) {
                    verdict = Verdict::FellShort;
                }
            }
        }
        Action::Check(execution) => {
            let terminal = Terminal::start();
            for path in execution.files.paths()? {
                let (mut stored, mut fresh, report) = execute(&path, execution.timeout, &terminal)?;
                saigen::notebook::clean(&mut stored, &places());
                saigen::notebook::clean(&mut fresh, &places());
                let differences = saigen::notebook::differences(&stored, &fresh);
                for difference in &differences {
                    println!("{}: cell {}: {} differs", path.display(), difference.cell, difference.what);
                    println!("  stored: {}", excerpt(&difference.stored, &difference.fresh));
                    println!("  now:    {}", excerpt(&difference.fresh, &difference.stored));
                }
                if !passed(&path, &report) || !differences.is_empty() {
                    verdict = Verdict::FellShort;
                }
            }
        }
        Action::Clean(files) => {
            for path in files.paths()? {
                let mut notebook = read(&path)?;
                let before = notebook.to_text();
                saigen::notebook::clean(&mut notebook, &places());
                if notebook.to_text() != before {
                    notebook.write(&path).into_diagnostic()?;
                    println!("{}: cleaned", path.display());
                }
            }
        }
    }
    Ok(verdict)
}

fn read(path: &Path) -> miette::Result<Notebook> {
    Notebook::read(path).into_diagnostic().wrap_err_with(|| format!("notebook {}", path.display()))
}

/// Runs a notebook in its own folder; returns it as stored, with fresh outputs, and how the run went.
fn execute(
    path: &Path,
    timeout_seconds: u64,
    monitor: &dyn Monitor,
) -> miette::Result<(Notebook, Notebook, RunReport)> {
    let stored = read(path)?;
    let kernel = program(KernelSpec::Saigen)?;
    let whole = std::path::absolute(path).into_diagnostic()?;
    let folder = whole.parent().ok_or_else(|| miette!("{} is in no folder", path.display()))?;
    let limit = Duration::from_secs(timeout_seconds);
    let (fresh, report) = saigen::notebook::run(&stored, &kernel, folder, limit, monitor)
        .into_diagnostic()
        .wrap_err_with(|| format!("notebook {}", path.display()))?;
    Ok((stored, fresh, report))
}

/// Says how a run went; false when a cell failed.
fn passed(path: &Path, report: &RunReport) -> bool {
    let (path, started, ran) = (path.display(), report.started.as_secs_f64(), report.ran.as_secs_f64());
    match &report.failure {
        None => {
            println!("{path}: {} cells in {ran:.1} s (kernel ready in {started:.1} s)", report.cells);
            true
        }
        Some(failure) => {
            println!("{path}: cell {} failed: {}: {}", failure.cell, failure.name, failure.value);
            false
        }
    }
}

/// Folders of this machine, and what stands for them in a stored notebook.
fn places() -> Vec<(String, String)> {
    let mut places = vec![(repository().display().to_string(), ".".to_owned())];
    if let Ok(home) = std::env::var("HOME") {
        places.push((home, "~".to_owned()));
    }
    places
}

/// The line in which a text first differs from another, shortened.
fn excerpt(text: &str, other: &str) -> String {
    let differs = text.lines().zip(other.lines()).position(|(one, two)| one != two);
    let line = differs.unwrap_or_else(|| text.lines().count().min(other.lines().count()));
    let shown: String = text.lines().nth(line).unwrap_or("(nothing)").chars().take(120).collect();
    format!("line {}: {shown}", line + 1)
}
