//! `saigen reproduce`.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use miette::{IntoDiagnostic, miette};
use saigen::data::{DataError, Library, MirrorLocation, Patience};
use saigen::repro::{
    self, Case, CaseError, CaseRun, ClaimResult, CompareError, OutputFolder, Report, ReproduceError, Status, Step,
    Tier, Workbench, WriteError,
};

use super::library::{LibraryArguments, hinted};
use super::terminal::{Terminal, paint};
use super::{Outcome, Verdict};

/// Runs the experiments, writes figures and the report.
///
/// Writes figures/CASE/NAME.svg and .csv, figures/CASE/claims.json, report/index.html and report/report.json. Finished
/// outcomes are kept in report/.outcomes, so a run that was stopped goes on where it was.
///
/// Exit status: 0 when every claim is reproduced, not testable, or deviates as its case documents; 1 when a claim failed
/// or deviates unexpectedly, or when --check finds that something moved; 2 for bad arguments, data or output folder; 130
/// when Ctrl-C stopped the run.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Cases to run; all of them if none is named.
    #[arg(value_name = "CASE")]
    cases: Vec<String>,
    #[command(flatten)]
    setting: Setting,
    /// Folder to write figures/ and report/ to; with --check, the folder that holds what is committed.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Runs everything anew, writes nothing, and says what moved from what is committed.
    #[arg(long)]
    check: bool,
    /// Prints the report (with --check: the comparison) as JSON.
    #[arg(long)]
    json: bool,
}

/// Options that every run of experiments shares.
#[derive(Debug, clap::Args)]
pub struct Setting {
    /// How much to run: smoke takes minutes, paper is the full setting.
    #[arg(long, default_value = "smoke", value_parser = tier_parser())]
    tier: Tier,
    #[command(flatten)]
    library: LibraryArguments,
    /// Seed of all random streams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads to use; results are the same for any number [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Runs experiments again even if their outcomes are kept.
    #[arg(long)]
    fresh: bool,
}

fn tier_parser() -> impl TypedValueParser<Value = Tier> {
    PossibleValuesParser::new(Tier::ALL.map(Tier::label)).try_map(|word| word.parse::<Tier>())
}

impl Setting {
    /// Opens the library; an address as mirror is fetched from first.
    pub fn library(&self, cases: &[&dyn Case], terminal: &Terminal) -> miette::Result<Library> {
        let library = self.library.open()?;
        if matches!(library.mirror(), Some(MirrorLocation::Address(_))) {
            for case in cases {
                match library.fetch(case.name(), Patience::default(), terminal) {
                    Ok(report) => {
                        for (file, error) in report.failed {
                            terminal.line(&format!("warning: {file}: {error}"));
                        }
                    }
                    Err(DataError::UnknownCase { .. }) => {}
                    Err(error) => return Err(hinted(error)),
                }
            }
        }
        Ok(library)
    }

    /// A workbench with these settings.
    pub fn bench<'a>(&self, library: &'a Library, terminal: &'a Terminal, store: Option<PathBuf>) -> Workbench<'a> {
        let mut bench = Workbench::new(self.tier, self.seed, library, terminal);
        (bench.store, bench.fresh) = (store, self.fresh);
        bench
    }

    /// Runs something on the threads that were asked for.
    pub fn on_threads<T: Send>(&self, run: impl FnOnce() -> T + Send) -> miette::Result<T> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads.map_or(0, usize::from));
        Ok(pool.build().into_diagnostic()?.install(run))
    }
}

pub fn run(arguments: Arguments) -> Outcome {
    let cases = chosen(&arguments.cases)?;
    if arguments.check {
        return check(&arguments, &cases);
    }
    let output = prepare(&arguments.out)?;
    let terminal = Terminal::start();
    let library = arguments.setting.library(&cases, &terminal)?;
    let finished = arguments.setting.on_threads(|| {
        let bench = arguments.setting.bench(&library, &terminal, Some(output.store()));
        repro::reproduce(&cases, &bench, &output, &commit(), &mut |step| tell(&terminal, &step))
    })?;
    let (report, runs) = match finished {
        Ok(finished) => finished,
        Err(ReproduceError::Interrupted) => return Ok(stopped(&terminal, "finished outcomes are kept; go on with")),
        Err(ReproduceError::Write(error)) => return Err(unwritable(error)),
        Err(error @ ReproduceError::Page(_)) => return Err(error).into_diagnostic(),
    };
    if arguments.json {
        print!("{}", report.to_json());
    } else {
        show(&report, &runs, &arguments.out);
    }
    Ok(if runs.iter().any(CaseRun::falls_short) { Verdict::FellShort } else { Verdict::Done })
}

/// The cases that were named, or all.
fn chosen(names: &[String]) -> miette::Result<Vec<&'static dyn Case>> {
    if names.is_empty() {
        return Ok(saigen::cases::all().to_vec());
    }
    names.iter().map(|name| find(name)).collect()
}

/// The case with that name.
pub fn find(name: &str) -> miette::Result<&'static dyn Case> {
    let all = saigen::cases::all();
    all.iter().copied().find(|case| case.name() == name).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|case| case.name()).collect();
        let help =
            if known.is_empty() { "there are no cases yet".into() } else { format!("cases: {}", known.join(", ")) };
        miette!(help = help, "found no case `{name}`")
    })
}

/// Makes sure that the output folder can be written before anything runs.
pub fn prepare(out: &Path) -> miette::Result<OutputFolder> {
    OutputFolder::prepare(out).map_err(unwritable)
}

/// A write error with the hint that mends it.
pub fn unwritable(error: WriteError) -> miette::Report {
    use std::io::ErrorKind;
    let help = match &error {
        WriteError::Busy { .. } => "wait for it to end, or choose another folder: --out DIR",
        WriteError::Io { source, .. } => match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "free some disk space, or choose another folder: --out DIR"
            }
            _ => "choose a folder that you may write: --out DIR",
        },
    };
    miette!(help = help, "{}", with_cause(&error))
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or(error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Says how to go on after Ctrl-C.
pub fn stopped(terminal: &Terminal, what: &str) -> Verdict {
    let words = std::env::args().skip(1).filter(|word| word != "--fresh").map(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
        if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
    });
    let command: Vec<_> = std::iter::once("saigen".to_string()).chain(words).collect();
    terminal.line(&format!("stopped: {what}\n  {}", command.join(" ")));
    Verdict::Interrupted
}

/// The commit of the sources that this program was built from, or `unknown`.
fn commit() -> String {
    let git = Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR"), "rev-parse", "HEAD"]).output();
    let output = git.ok().filter(|output| output.status.success());
    let commit = output.and_then(|output| String::from_utf8(output.stdout).ok());
    commit.map_or("unknown".into(), |text| text.trim().to_string())
}

fn tell(terminal: &Terminal, step: &Step) {
    terminal.line(&match step {
        Step::Claim(claim) => {
            let result = &claim.result;
            format!("{} {}  {}  ({:.1} s)", result.status.symbol(), result.id, result.status.label(), claim.seconds)
        }
        Step::Figure(figure) => match &figure.drawn {
            Ok(_) => format!("  figure {}  ({:.1} s)", figure.name, figure.seconds),
            Err(reason) => format!("  figure {}  not drawn: {}", figure.name, reason.reason),
        },
    });
}

/// Prints the claims as a table, what was written, and the verdict.
fn show(report: &Report, runs: &[CaseRun], out: &Path) {
    for run in runs {
        println!("\n{}", paint(&run.title, "1"));
        let results: Vec<&ClaimResult> = run.claims.iter().map(|claim| &claim.result).collect();
        let width = |text: fn(&ClaimResult) -> usize| results.iter().map(|r| text(r)).max().unwrap_or(0);
        let (ids, statuses) = (width(|r| r.id.chars().count()), width(|r| r.status.label().chars().count()));
        for claim in &run.claims {
            let result = &claim.result;
            let status = format!("{} {:statuses$}", result.status.symbol(), result.status.label());
            let mut words = result.measured.clone();
            if result.status != Status::Reproduced && !result.reason.is_empty() {
                words = if words == "–" { result.reason.clone() } else { format!("{words} ({})", result.reason) };
            }
            if claim.result.status == Status::Deviates && claim.falls_short() {
                words.push_str(" [the case does not expect this deviation]");
            }
            println!("  {}  {:ids$}  {words}", paint(&status, color(result.status)), result.id);
        }
    }
    let drawn = report.cases.iter().map(|case| case.figures.len()).sum::<usize>();
    let page = out.join("report").join("index.html");
    let figures = if drawn == 1 { "figure" } else { "figures" };
    println!("\n{drawn} {figures} in {}, report in {}", out.join("figures").display(), page.display());
    println!("{}", paint(&report.verdict(), "1"));
}

fn color(status: Status) -> &'static str {
    match status {
        Status::Reproduced => "32",
        Status::Deviates => "33",
        Status::NotTestable => "90",
        Status::Failed => "31",
    }
}

/// Runs anew, without the store, and compares with what is committed under `--out`.
fn check(arguments: &Arguments, cases: &[&'static dyn Case]) -> Outcome {
    let Setting { tier, seed, .. } = arguments.setting;
    // What can't be compared should be known before the run.
    for case in cases {
        repro::Reference::read(&arguments.out, case.name()).map_err(incomparable)?;
    }
    let terminal = Terminal::start();
    let library = arguments.setting.library(cases, &terminal)?;
    let runs = arguments.setting.on_threads(|| {
        let bench = arguments.setting.bench(&library, &terminal, None);
        cases
            .iter()
            .map(|case| repro::run_case(*case, &bench, &mut |step| tell(&terminal, &step)))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let Ok(runs) = runs else { return Ok(stopped(&terminal, "a check keeps nothing; start it again with")) };
    let (mut moved, mut skipped, mut compared) = (Vec::new(), Vec::new(), 0);
    for run in &runs {
        let has_data = library.available(&run.case);
        let comparison = repro::compare(run, tier, seed, has_data, &arguments.out).map_err(incomparable)?;
        moved.extend(comparison.moved.into_iter().map(|text| format!("{}: {text}", run.case)));
        skipped.extend(comparison.skipped.into_iter().map(|text| format!("{}: {text}", run.case)));
        compared += comparison.compared;
    }
    if arguments.json {
        println!("{:#}", serde_json::json!({ "version": 1, "compared": compared, "moved": moved, "skipped": skipped }));
    } else {
        for text in &skipped {
            println!("{} {text}", paint("○ not compared:", "90"));
        }
        for text in &moved {
            println!("{} {text}", paint("✗ moved:", "31"));
        }
        let verdict = if moved.is_empty() { "nothing moved".to_string() } else { format!("{} moved", moved.len()) };
        println!("{}", paint(&format!("{compared} compared, {} skipped: {verdict}", skipped.len()), "1"));
    }
    Ok(if moved.is_empty() { Verdict::Done } else { Verdict::FellShort })
}

fn incomparable(error: CompareError) -> miette::Report {
    let help = match &error {
        CompareError::Read { .. } => "run `saigen reproduce` first and commit figures/".to_string(),
        CompareError::Damaged { .. } => "restore it from the repository, or run `saigen reproduce`".to_string(),
        CompareError::OtherSettings { expected, expected_seed, .. } => {
            format!("check with --tier {expected} --seed {expected_seed}")
        }
    };
    miette!(help = help, "{}", with_cause(&error))
}

/// An experiment's error at the command line.
pub fn case_error(error: CaseError) -> miette::Report {
    match error {
        CaseError::Data(error) => hinted(error),
        CaseError::DataMissing { case, file } => hinted(DataError::NotFetched { case, file }),
        other => miette!("{}", with_cause(&other)),
    }
}
