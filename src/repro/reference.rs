//! What is committed of a case, and what has moved since.
//!
//! `figures/<case>/claims.json` holds the statuses and the figures' names, the CSVs beside it the series.
//! `report/report.json` is not committed: its commit and its timings change with every run, and a diff should show
//! nothing unless a result moved.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::report::figure_places;
use super::run::{CaseRun, Drawn};
use super::table::{SeriesError, TableSeries, read_series};
use super::{Status, Tier, Tolerance};

/// The committed statuses of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Version of this layout.
    pub version: u32,
    pub case: String,
    pub tier: Tier,
    pub seed: u64,
    pub claims: Vec<ClaimReference>,
    /// Names of the figures that were drawn.
    pub figures: Vec<String>,
}

/// The committed status of a claim; what was measured is there for people who read the diff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimReference {
    pub id: String,
    pub status: Status,
    pub measured: String,
}

/// Why a run could not be compared with what is committed.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error("nothing to compare with: cannot read {}", .path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("damaged reference {}", .path.display())]
    Damaged {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error(
        "{case} was run at tier {found} with seed {found_seed}, but tier {expected} with seed {expected_seed} is committed"
    )]
    OtherSettings { case: String, found: Tier, found_seed: u64, expected: Tier, expected_seed: u64 },
}

/// The result of a comparison, in sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What moved.
    pub moved: Vec<String>,
    /// What could not be compared because data was missing, now or then.
    pub skipped: Vec<String>,
    /// How many claims and figures were compared.
    pub compared: usize,
}

const VERSION: u32 = 1;

impl Reference {
    /// What would be committed of a run.
    pub fn of(run: &CaseRun, tier: Tier, seed: u64) -> Self {
        let claim = |claim: &super::run::ClaimRun| ClaimReference {
            id: claim.result.id.clone(),
            status: claim.result.status,
            measured: claim.result.measured.clone(),
        };
        let drawn = run.figures.iter().filter(|f| f.drawn.is_ok());
        Self {
            version: VERSION,
            case: run.case.clone(),
            tier,
            seed,
            claims: run.claims.iter().map(claim).collect(),
            figures: drawn.map(|f| f.name.clone()).collect(),
        }
    }

    /// Where it lies, relative to the output folder.
    pub fn place(case: &str) -> String {
        format!("figures/{case}/claims.json")
    }

    /// The reference as indented JSON.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a reference holds only strings and numbers");
        format!("{json}\n")
    }

    /// Reads the committed reference of a case.
    ///
    /// # Errors
    /// [`CompareError::Read`] or [`CompareError::Damaged`].
    pub fn read(root: &Path, case: &str) -> Result<Self, CompareError> {
        let path = root.join(Self::place(case));
        let text =
            std::fs::read_to_string(&path).map_err(|source| CompareError::Read { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|source| CompareError::Damaged { path, source })
    }
}

/// Compares a run with what is committed under `root`.
///
/// Claims and figures that rest on missing data are skipped; with `has_data` nothing is, so that a claim can't slip
/// from `reproduced` to `not_testable` unseen.
///
/// # Errors
/// [`CompareError`]: no reference, a damaged one, or one of another tier or seed.
pub fn compare(run: &CaseRun, tier: Tier, seed: u64, has_data: bool, root: &Path) -> Result<Comparison, CompareError> {
    let committed = Reference::read(root, &run.case)?;
    if (committed.tier, committed.seed) != (tier, seed) {
        return Err(CompareError::OtherSettings {
            case: run.case.clone(),
            found: tier,
            found_seed: seed,
            expected: committed.tier,
            expected_seed: committed.seed,
        });
    }
    let mut comparison = Comparison::default();
    comparison.claims(run, &committed, has_data);
    comparison.figures(run, &committed, has_data, root);
    Ok(comparison)
}

impl Comparison {
    fn claims(&mut self, run: &CaseRun, committed: &Reference, has_data: bool) {
        for claim in &run.claims {
            let id = &claim.result.id;
            let Some(known) = committed.claims.iter().find(|known| known.id == *id) else {
                self.moved.push(format!("claim {id}: not committed yet ({} now)", claim.result.status.label()));
                continue;
            };
            let (was, now) = (known.status, claim.result.status);
            let one_sided = (was == Status::NotTestable) != (now == Status::NotTestable);
            if one_sided && !(has_data && now == Status::NotTestable) {
                self.skipped.push(format!("claim {id}: {} committed, {} now", was.label(), now.label()));
                continue;
            }
            self.compared += 1;
            if was != now {
                let reason = &claim.result.reason;
                self.moved.push(format!("claim {id}: {} committed, {} now: {reason}", was.label(), now.label()));
            }
        }
        for known in &committed.claims {
            if !run.claims.iter().any(|claim| claim.result.id == known.id) {
                self.moved.push(format!("claim {}: committed, but the case no longer has it", known.id));
            }
        }
    }

    fn figures(&mut self, run: &CaseRun, committed: &Reference, has_data: bool, root: &Path) {
        for figure in &run.figures {
            let name = &figure.name;
            let known = committed.figures.contains(name);
            match &figure.drawn {
                Ok(drawn) if known => {
                    self.compared += 1;
                    self.series(&run.case, drawn, root);
                }
                Ok(drawn) if drawn.record.data.is_empty() => {
                    self.moved.push(format!("figure {name}: not committed yet"))
                }
                Ok(_) => self.skipped.push(format!("figure {name}: committed without its data")),
                Err(reason) if reason.data_missing && !has_data => {
                    self.skipped.push(format!("figure {name}: {}", reason.reason));
                }
                Err(reason) if known => self.moved.push(format!("figure {name}: not drawn: {}", reason.reason)),
                Err(_) => {}
            }
        }
        for name in &committed.figures {
            if !run.figures.iter().any(|figure| figure.name == *name) {
                self.moved.push(format!("figure {name}: committed, but the case no longer has it"));
            }
        }
    }

    fn series(&mut self, case: &str, drawn: &Drawn, root: &Path) {
        let name = &drawn.figure.name;
        let [_, place] = figure_places(case, name);
        let text = match std::fs::read_to_string(root.join(&place)) {
            Ok(text) => text,
            Err(error) => return self.moved.push(format!("figure {name}: cannot read {place}: {error}")),
        };
        let (was, now): (Result<_, SeriesError>, _) = (read_series(&text), read_series(&drawn.csv));
        let (was, now) = match (was, now) {
            (Ok(was), Ok(now)) => (was, now),
            (Err(error), _) | (_, Err(error)) => return self.moved.push(format!("figure {name}: {place}: {error}")),
        };
        for series in &now {
            let title = format!("figure {name}, series {} / {}", series.panel, series.name);
            match was.iter().find(|s| (&s.panel, &s.name) == (&series.panel, &series.name)) {
                None => self.moved.push(format!("{title}: not committed yet")),
                Some(old) => {
                    let fault = difference(old, series, tolerance(drawn, &series.panel, &series.name));
                    self.moved.extend(fault.map(|fault| format!("{title}: {fault}")));
                }
            }
        }
        for old in &was {
            if !now.iter().any(|s| (&s.panel, &s.name) == (&old.panel, &old.name)) {
                self.moved.push(format!("figure {name}, series {} / {}: committed, but gone", old.panel, old.name));
            }
        }
    }
}

fn tolerance(drawn: &Drawn, panel: &str, series: &str) -> Tolerance {
    let names = drawn.figure.panel_names();
    let panels = drawn.figure.panels.iter().zip(&names).filter(|(_, name)| *name == panel);
    let mut found = panels.flat_map(|(panel, _)| &panel.series).filter(|s| s.name == series);
    found.next().map(|s| s.tolerance).unwrap_or_default()
}

/// Says how a series differs, if it does by more than its tolerance.
fn difference(was: &TableSeries, now: &TableSeries, tolerance: Tolerance) -> Option<String> {
    if tolerance == Tolerance::ANY {
        return None;
    }
    if was.origin != now.origin {
        return Some(format!("origin {} committed, {} now", was.origin, now.origin));
    }
    for (column, was, now) in [("x", &was.x, &now.x), ("y", &was.y, &now.y), ("spread", &was.spread, &now.spread)] {
        if was.len() != now.len() {
            return Some(format!("{} values of {column} committed, {} now", was.len(), now.len()));
        }
        let largest = was.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
        let allowed = tolerance.absolute + tolerance.relative * largest;
        let beyond = |(a, b): (&f64, &f64)| {
            let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= allowed;
            (!same).then(|| (a - b).abs())
        };
        let faults: Vec<_> = was.iter().zip(now).enumerate().filter_map(|(i, pair)| Some((i, beyond(pair)?))).collect();
        if let Some((at, _)) = faults.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) {
            let count = faults.len();
            return Some(format!(
                "{count} of {} values of {column} moved by more than {allowed:.2e}; most at point {at}: {:e} committed, {:e} now",
                was.len(),
                was[at],
                now[at]
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Workbench;
    use crate::repro::run::run_case;
    use crate::repro::toy::{Toy, library_with_model, library_without_model};
    use std::fs;

    fn run(library: &Library) -> CaseRun {
        run_case(&Toy, &Workbench::new(Tier::Smoke, 1, library, &Silent), &mut |_| {}).unwrap()
    }

    fn commit(run: &CaseRun) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("figures/toy")).unwrap();
        fs::write(root.path().join(Reference::place("toy")), Reference::of(run, Tier::Smoke, 1).to_json()).unwrap();
        for figure in &run.figures {
            if let Ok(drawn) = &figure.drawn {
                fs::write(root.path().join(&figure_places("toy", &figure.name)[1]), &drawn.csv).unwrap();
            }
        }
        root
    }

    fn compared(run: &CaseRun, root: &Path) -> Comparison {
        compare(run, Tier::Smoke, 1, false, root).unwrap()
    }

    #[test]
    fn a_run_agrees_with_itself() {
        let run = run(&library_without_model());
        let comparison = compared(&run, commit(&run).path());
        assert_eq!(comparison.moved, Vec::<String>::new());
        assert_eq!(comparison.compared, 7);
    }

    #[test]
    fn a_moved_status_is_named() {
        let mut run = run(&library_without_model());
        let root = commit(&run);
        run.claims[0].result.status = Status::Deviates;
        let moved = compared(&run, root.path()).moved;
        assert_eq!(moved.len(), 1);
        assert!(moved[0].starts_with("claim toy.mean: reproduced committed, deviates now"), "{moved:?}");
    }

    #[test]
    fn a_moved_series_is_named_and_a_tremor_is_not() {
        let run = run(&library_without_model());
        let root = commit(&run);
        let place = root.path().join("figures/toy/01_mean.csv");
        let csv = fs::read_to_string(&place).unwrap();
        let change = |factor: f64| {
            let lines = csv.lines().map(|line| match line.split(',').collect::<Vec<_>>()[..] {
                [panel, "mean", origin, x, y, spread] => {
                    format!("{panel},mean,{origin},{x},{:?},{spread}\n", y.parse::<f64>().unwrap() * factor)
                }
                _ => format!("{line}\n"),
            });
            fs::write(&place, lines.collect::<String>()).unwrap();
            compared(&run, root.path()).moved
        };
        assert!(change(1.0 + 1e-9).is_empty());
        let moved = change(1.001);
        assert!(moved.len() == 1 && moved[0].contains("values of y moved"), "{moved:?}");
        fs::write(&place, &csv[..csv.len() / 2]).unwrap();
        assert!(!compared(&run, root.path()).moved.is_empty());
        fs::remove_file(&place).unwrap();
        assert!(compared(&run, root.path()).moved[0].contains("cannot read"));
    }

    #[test]
    fn without_data_what_rests_on_it_is_skipped_and_with_data_it_is_not() {
        let (_root, library) = library_with_model("k = 2");
        let root = commit(&run(&library));
        let without = run(&library_without_model());
        let comparison = compared(&without, root.path());
        assert_eq!((comparison.moved.len(), comparison.skipped.len()), (0, 2), "{comparison:?}");
        let strict = compare(&without, Tier::Smoke, 1, true, root.path()).unwrap();
        assert_eq!(strict.moved.len(), 2, "{strict:?}");
    }

    #[test]
    fn another_tier_or_seed_cannot_be_compared() {
        let run = run(&library_without_model());
        let root = commit(&run);
        assert!(matches!(compare(&run, Tier::Paper, 1, false, root.path()), Err(CompareError::OtherSettings { .. })));
        assert!(matches!(compare(&run, Tier::Smoke, 2, false, root.path()), Err(CompareError::OtherSettings { .. })));
        fs::remove_file(root.path().join(Reference::place("toy"))).unwrap();
        assert!(matches!(compare(&run, Tier::Smoke, 1, false, root.path()), Err(CompareError::Read { .. })));
    }
}
