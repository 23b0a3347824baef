//! A whole run: cases in turn, files as soon as a case is done, the report at the end.

use super::page::{Facts, page};
use super::reference::Reference;
use super::report::{Report, figure_places};
use super::run::{CaseRun, Drawn, Step, run_case};
use super::write::{OutputFolder, WriteError};
use super::{Case, Workbench};
use crate::methods::parallel::Interrupted;

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("cannot lay out the report")]
    Page(#[from] askama::Error),
}

impl From<Interrupted> for ReproduceError {
    fn from(_: Interrupted) -> Self {
        ReproduceError::Interrupted
    }
}

/// Runs cases and writes figures, `claims.json`, `report/report.json` and `report/index.html`.
///
/// A case's files are written when it is done. Outcomes are kept under the output folder, so a run that was stopped
/// goes on where it was: the same call again.
///
/// # Errors
/// [`ReproduceError`]; what was written before stays.
pub fn reproduce(
    cases: &[&dyn Case],
    bench: &Workbench,
    output: &OutputFolder,
    commit: &str,
    tell: &mut dyn FnMut(Step),
) -> Result<(Report, Vec<CaseRun>), ReproduceError> {
    let mut runs = Vec::with_capacity(cases.len());
    for case in cases {
        let run = run_case(*case, bench, tell)?;
        for figure in &run.figures {
            if let Ok(drawn) = &figure.drawn {
                write_figure(&run.case, drawn, output)?;
            }
        }
        output.write(&Reference::place(&run.case), &Reference::of(&run, bench.tier, bench.seed).to_json())?;
        runs.push(run);
    }
    let report = Report::new(bench.tier, commit, &runs);
    let facts = Facts { seed: bench.seed, threads: rayon::current_num_threads(), library: bench.library };
    output.write("report/index.html", &page(&report, &runs, &facts)?)?;
    output.write("report/report.json", &report.to_json())?;
    Ok((report, runs))
}

/// Writes a figure's CSV and SVG; returns their places relative to the output folder.
///
/// # Errors
/// [`WriteError`].
pub fn write_figure(case: &str, drawn: &Drawn, output: &OutputFolder) -> Result<[String; 2], WriteError> {
    let [svg, csv] = figure_places(case, &drawn.figure.name);
    output.write(&csv, &drawn.csv)?;
    output.write(&svg, &drawn.svg)?;
    Ok([svg, csv])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::{Monitor, Silent};
    use crate::repro::toy::{Toy, library_without_model};
    use crate::repro::{Record, Tier};
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn go(root: &Path, library: &Library, monitor: &dyn Monitor) -> Result<(Report, Vec<CaseRun>), ReproduceError> {
        let output = OutputFolder::prepare(root).unwrap();
        let mut bench = Workbench::new(Tier::Smoke, 1, library, monitor);
        bench.store = Some(output.store());
        reproduce(&[&Toy], &bench, &output, "c0ffee", &mut |_| {})
    }

    /// All files below a folder, apart from the store and the lock.
    fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
                if entry.path().is_dir() && !name.ends_with(".outcomes") {
                    folders.push(entry.path());
                } else if entry.path().is_file() && !name.ends_with(".lock") {
                    found.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        found
    }

    #[test]
    fn a_run_writes_every_file_and_a_second_one_the_same_figures() {
        let (root, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let library = library_without_model();
        go(root.path(), &library, &Silent).unwrap();
        go(again.path(), &library, &Silent).unwrap();
        let (first, second) = (files(root.path()), files(again.path()));
        let expected = [
            "figures/toy/01_mean.csv",
            "figures/toy/01_mean.svg",
            "figures/toy/claims.json",
            "report/index.html",
            "report/report.json",
        ];
        assert_eq!(first.keys().collect::<Vec<_>>(), expected);
        for name in &expected[..3] {
            assert_eq!(first[*name], second[*name], "{name}");
        }
        let report: Report = serde_json::from_slice(&first["report/report.json"]).unwrap();
        let hash = crate::data::sha256_hex(&first["figures/toy/01_mean.svg"]);
        assert_eq!(report.cases[0].figures[0].sha256, hash);
    }

    #[test]
    fn one_figure_drawn_alone_has_the_bytes_of_the_whole_run() {
        let root = tempfile::tempdir().unwrap();
        let library = library_without_model();
        go(root.path(), &library, &Silent).unwrap();
        let written = fs::read_to_string(root.path().join("figures/toy/01_mean.svg")).unwrap();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        assert_eq!(crate::repro::draw_figure(&Toy, "01_mean", &bench).unwrap().svg, written);
        let record = Record::from_svg(&written).unwrap();
        assert_eq!(record.command, "saigen figure toy/01_mean --tier smoke --seed 1");
        assert!(record.is_current());
        assert!(!written.contains(root.path().to_str().unwrap()));
    }

    /// Stops after a number of steps.
    struct StopsAfter(AtomicU64);

    impl Monitor for StopsAfter {
        fn begin(&self, _: &str, _: u64) {}
        fn advance(&self, steps: u64) {
            let left = self.0.load(Ordering::Relaxed);
            self.0.store(left.saturating_sub(steps), Ordering::Relaxed);
        }
        fn end(&self) {}
        fn cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed) == 0
        }
    }

    #[test]
    fn a_stopped_run_goes_on_to_the_same_files() {
        let (root, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let library = library_without_model();
        let stopped = go(root.path(), &library, &StopsAfter(AtomicU64::new(30)));
        assert!(matches!(stopped, Err(ReproduceError::Interrupted)));
        assert!(files(root.path()).is_empty(), "an unfinished case leaves no half report");
        go(root.path(), &library, &Silent).unwrap();
        go(whole.path(), &library, &Silent).unwrap();
        let name = "figures/toy/01_mean.svg";
        assert_eq!(files(root.path())[name], files(whole.path())[name]);
    }
}
