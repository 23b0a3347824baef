//! Runs a case: evaluates its claims, draws its figures.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::draw::svg;
use super::table::series_csv;
use super::{Case, CaseError, Claim, ClaimResult, Figure, Finding, Record, Status, Workbench};
use crate::methods::parallel::Interrupted;

/// A case that ran.
#[derive(Clone, Debug)]
pub struct CaseRun {
    pub case: String,
    pub title: String,
    pub source: String,
    pub limits: Vec<String>,
    pub claims: Vec<ClaimRun>,
    pub figures: Vec<FigureRun>,
    /// The settings in force.
    pub params: serde_json::Value,
    /// All data files that went in: name and SHA-256.
    pub data: BTreeMap<String, String>,
    pub seconds: f64,
}

/// A claim that was evaluated.
#[derive(Clone, Debug)]
pub struct ClaimRun {
    pub result: ClaimResult,
    pub tolerance_reason: String,
    /// Whether the case documents that it deviates ([`Case::deviations`]).
    pub known_deviation: bool,
    /// Time it took, experiments included unless something before it had run them.
    pub seconds: f64,
}

/// A figure that was drawn, or the reason why not.
#[derive(Clone, Debug)]
pub struct FigureRun {
    pub name: String,
    pub title: String,
    pub drawn: Result<Drawn, NotDrawn>,
    pub seconds: f64,
}

/// A figure with its files' content.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub figure: Figure,
    pub record: Record,
    pub svg: String,
    pub csv: String,
}

/// Why a figure was not drawn.
#[derive(Clone, Debug)]
pub struct NotDrawn {
    /// Whether only data that isn't there is to blame.
    pub data_missing: bool,
    pub reason: String,
}

/// What a run tells while it goes on.
pub enum Step<'a> {
    Claim(&'a ClaimRun),
    Figure(&'a FigureRun),
}

impl ClaimRun {
    /// Whether the run falls short because of this claim: it failed, or deviates without the case saying so.
    pub fn falls_short(&self) -> bool {
        match self.result.status {
            Status::Failed => true,
            Status::Deviates => !self.known_deviation,
            Status::Reproduced | Status::NotTestable => false,
        }
    }
}

impl CaseRun {
    /// Whether a claim failed or deviates unexpectedly, or a figure could not be drawn for another reason than missing data.
    pub fn falls_short(&self) -> bool {
        let broken = |f: &FigureRun| f.drawn.as_ref().is_err_and(|reason| !reason.data_missing);
        self.claims.iter().any(ClaimRun::falls_short) || self.figures.iter().any(broken)
    }
}

/// Runs a case; `tell` hears of every claim and figure as soon as it is done.
///
/// An experiment's error or panic ends in a `failed` claim or a missing figure with its reason, never in a lost report.
///
/// # Errors
/// [`Interrupted`] when the workbench's monitor was cancelled; finished outcomes stay in the store.
pub fn run_case(case: &dyn Case, bench: &Workbench, tell: &mut dyn FnMut(Step)) -> Result<CaseRun, Interrupted> {
    let start = Instant::now();
    let mut data = BTreeMap::new();
    bench.take_used_data();
    let mut claims = Vec::with_capacity(case.claims().len());
    for claim in case.claims() {
        let run = run_claim(case, claim, bench)?;
        data.extend(bench.take_used_data());
        tell(Step::Claim(&run));
        claims.push(run);
    }
    let mut figures = Vec::with_capacity(case.figures().len());
    for (name, title) in case.figures() {
        let start = Instant::now();
        let drawn = match draw(case, name, bench) {
            Ok(drawn) => Ok(drawn),
            Err(CaseError::Interrupted) => return Err(Interrupted),
            Err(error) => Err(NotDrawn {
                data_missing: matches!(error, CaseError::DataMissing { .. }),
                reason: with_causes(&error),
            }),
        };
        if let Ok(drawn) = &drawn {
            data.extend(drawn.record.data.clone());
        }
        let seconds = start.elapsed().as_secs_f64();
        let run = FigureRun { name: (*name).into(), title: (*title).into(), drawn, seconds };
        tell(Step::Figure(&run));
        figures.push(run);
    }
    Ok(CaseRun {
        case: case.name().into(),
        title: case.title().into(),
        source: case.source().into(),
        limits: case.limits().iter().map(|limit| (*limit).into()).collect(),
        claims,
        figures,
        params: case.params(bench),
        data,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// Draws one figure of a case, with its record and its series.
///
/// # Errors
/// What [`Case::figure`] raises, a panic of it included.
pub fn draw(case: &dyn Case, name: &str, bench: &Workbench) -> Result<Drawn, CaseError> {
    bench.take_used_data();
    let figure = guarded("figure", || case.figure(name, bench))?;
    let data = bench.take_used_data();
    let csv = series_csv(&figure);
    let record = Record::new(case, &figure, bench, data, &csv);
    let svg = svg(&figure, Some(&record));
    Ok(Drawn { figure, record, svg, csv })
}

fn run_claim(case: &dyn Case, claim: &Claim, bench: &Workbench) -> Result<ClaimRun, Interrupted> {
    let start = Instant::now();
    let outcome = if claim.tier > bench.tier {
        Ok(Finding::not_testable(format!("runs at tier {} only", claim.tier)))
    } else {
        guarded("claim", || case.evaluate(claim, bench))
    };
    if matches!(outcome, Err(CaseError::Interrupted)) {
        return Err(Interrupted);
    }
    Ok(ClaimRun {
        result: claim.conclude(outcome),
        tolerance_reason: claim.tolerance_reason.into(),
        known_deviation: case.deviations().contains(&claim.id),
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// An experiment panicked.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {message}")]
struct Panicked {
    message: String,
}

/// Turns a panic into an error, so that one broken experiment costs one claim and not the report.
fn guarded<T>(experiment: &'static str, run: impl FnOnce() -> Result<T, CaseError>) -> Result<T, CaseError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let message = text.unwrap_or("without a message").to_string();
        Err(CaseError::Experiment { experiment, source: Box::new(Panicked { message }) })
    })
}

/// An error and what caused it, in one line; causes that the error's own text already holds are left out.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;
    use crate::repro::Tier;
    use crate::repro::toy::{Halted, Toy, library_with_model, library_without_model};

    fn status(run: &CaseRun, id: &str) -> (Status, String) {
        let claim = run.claims.iter().find(|c| c.result.id == id).unwrap();
        (claim.result.status, claim.result.reason.clone())
    }

    #[test]
    fn every_status_comes_out() {
        let library = library_without_model();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let run = run_case(&Toy, &bench, &mut |_| {}).unwrap();
        assert_eq!(status(&run, "toy.mean").0, Status::Reproduced);
        assert_eq!(status(&run, "toy.off").0, Status::Deviates);
        let (missing, reason) = status(&run, "toy.real");
        assert_eq!(missing, Status::NotTestable);
        assert!(reason.contains("saigen data fetch toy"), "{reason}");
        let (failed, reason) = status(&run, "toy.fails");
        assert_eq!((failed, reason.contains("found -1, expected")), (Status::Failed, true), "{reason}");
        let (panicked, reason) = status(&run, "toy.panics");
        assert_eq!((panicked, reason.contains("the index is 7")), (Status::Failed, true), "{reason}");
        assert_eq!(status(&run, "toy.dear"), (Status::NotTestable, "runs at tier paper only".into()));
        assert!(run.falls_short());
        assert_eq!(run.claims.iter().filter(|c| c.falls_short()).count(), 2, "the deviation is documented");
    }

    #[test]
    fn a_figure_on_missing_data_is_named_with_its_reason() {
        let library = library_without_model();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let run = run_case(&Toy, &bench, &mut |_| {}).unwrap();
        let figure = run.figures.iter().find(|f| f.name == "02_model").unwrap();
        let reason = figure.drawn.as_ref().unwrap_err();
        assert!(reason.data_missing && reason.reason.contains("model.txt"), "{reason:?}");
    }

    #[test]
    fn with_data_the_record_names_the_file_and_its_hash() {
        let (_root, library) = library_with_model("k = 2");
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let run = run_case(&Toy, &bench, &mut |_| {}).unwrap();
        assert_eq!(status(&run, "toy.real").0, Status::Reproduced);
        let record = |name: &str| {
            let figure = run.figures.iter().find(|f| f.name == name).unwrap();
            figure.drawn.as_ref().unwrap().record.clone()
        };
        assert_eq!(record("02_model").data, run.data);
        assert_eq!(run.data.keys().collect::<Vec<_>>(), ["model.txt"]);
        assert!(record("01_mean").data.is_empty(), "a figure without data names none");
    }

    #[test]
    fn a_stop_ends_the_run_at_once() {
        let library = library_without_model();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Halted);
        assert_eq!(run_case(&Toy, &bench, &mut |_| {}).unwrap_err(), Interrupted);
    }
}
