//! `saigen data`: what files the cases need, where they are, and bringing them here.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use miette::IntoDiagnostic;
use saigen::data::{DataError, Entry, FileState, Library, Patience};
use serde_json::{Value, json};

use super::library::{LibraryArguments, hint, hinted};
use super::terminal::Terminal;
use super::{Outcome, Verdict};

/// Lists, fetches and checks data files.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Shows all files: what they are, their licence, and whether they are here.
    List(Common),
    /// Brings files from a mirror into the cache; goes on where an earlier run stopped.
    Fetch(Fetch),
    /// Checks every file against the manifest; exit status 1 when one is missing or wrong.
    Verify(Common),
    /// Prints where a file lies, after checking it.
    Path(Place),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Only this case.
    case: Option<String>,
    #[command(flatten)]
    library: LibraryArguments,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Fetch {
    #[command(flatten)]
    common: Common,
    /// Longest silence of a server, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, hide = true)]
    timeout: f64,
    /// Tries in a row without a new byte before giving up.
    #[arg(long, default_value_t = 5, hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// Pause after the first such try, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.5, hide = true)]
    backoff: f64,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The case.
    case: String,
    /// The file's name within the case, as `saigen data list` shows it; all files without it.
    file: Option<String>,
    #[command(flatten)]
    library: LibraryArguments,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::List(common) => list(&common),
        Action::Fetch(arguments) => fetch(&arguments),
        Action::Verify(common) => verify(&common),
        Action::Path(place) => path(&place),
    }
}

impl Common {
    fn open(&self) -> miette::Result<(Library, Vec<String>)> {
        let library = self.library.open()?;
        let cases = match &self.case {
            Some(case) => {
                library.manifest().known(case).map_err(hinted)?;
                vec![case.clone()]
            }
            None => library.manifest().cases().into_iter().map(str::to_string).collect(),
        };
        Ok((library, cases))
    }
}

fn list(common: &Common) -> Outcome {
    let (library, cases) = common.open()?;
    let entries: Vec<&Entry> = cases.iter().flat_map(|case| library.list(case)).collect();
    if common.json {
        let files = entries.iter().map(|entry| described(&library, entry)).collect::<Vec<_>>();
        return show_json(&json!({ "version": 1, "files": files }));
    }
    let mut text = String::new();
    let width = entries.iter().map(|entry| entry.place().len()).max().unwrap_or(0);
    for entry in &entries {
        let here = if library.present(entry).is_some() { "here" } else { "–" };
        let kind = if entry.derived.is_some() { "derived" } else { "original" };
        line(
            &mut text,
            format_args!(
                "{:width$}  {:>7} B  {:4}  {:9}  {kind:8}  {}",
                entry.place(),
                entry.bytes,
                here,
                entry.origin.label(),
                entry.licence,
            ),
        );
    }
    let bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
    let here = entries.iter().filter(|entry| library.present(entry).is_some()).count();
    line(&mut text, format_args!("{} files, {}; {here} of them here", entries.len(), size(bytes)));
    show(&text)
}

fn described(library: &Library, entry: &Entry) -> Value {
    let mut value = serde_json::to_value(entry).expect("an entry serialises to JSON");
    value["here"] = json!(library.present(entry));
    value
}

fn fetch(arguments: &Fetch) -> Outcome {
    let patience = Patience {
        stall: seconds("--timeout", arguments.timeout)?,
        attempts: arguments.attempts,
        backoff: seconds("--backoff", arguments.backoff)?,
    };
    let (library, cases) = arguments.common.open()?;
    let monitor = Terminal::start();
    let (mut text, mut answers, mut verdict) = (String::new(), Vec::new(), Verdict::Done);
    for case in &cases {
        let report = match library.fetch(case, patience, &monitor) {
            Err(error @ DataError::Interrupted) => {
                monitor.line(&explained(&error));
                return Ok(Verdict::Interrupted);
            }
            report => report.map_err(hinted)?,
        };
        let right = report.present + report.fetched;
        line(
            &mut text,
            format_args!(
                "{case}: {right} of {} files here and right ({} fetched now, {} transferred)",
                library.list(case).len(),
                report.fetched,
                size(report.bytes),
            ),
        );
        for (file, error) in &report.failed {
            verdict = Verdict::FellShort;
            line(&mut text, format_args!("✗ {file}: {}", explained(error)));
        }
        let failed: Vec<Value> =
            report.failed.iter().map(|(file, error)| json!({ "file": file, "reason": error.to_string() })).collect();
        answers.push(json!({ "case": case, "present": report.present, "fetched": report.fetched,
            "bytes": report.bytes, "failed": failed }));
    }
    if arguments.common.json { show_json(&json!({ "version": 1, "cases": answers })) } else { show(&text) }?;
    Ok(verdict)
}

fn verify(common: &Common) -> Outcome {
    let (library, cases) = common.open()?;
    let (mut text, mut answers) = (String::new(), Vec::new());
    let (mut right, mut missing, mut wrong) = (0, 0, 0);
    for entry in cases.iter().flat_map(|case| library.list(case)) {
        let mut answer = json!({ "case": entry.case, "name": entry.name, "expected": entry.sha256 });
        match library.state(entry).map_err(hinted)? {
            FileState::Right => {
                right += 1;
                answer["state"] = json!("right");
            }
            FileState::Missing => {
                missing += 1;
                answer["state"] = json!("missing");
                line(&mut text, format_args!("– {}: not here", entry.place()));
            }
            FileState::Wrong { path, found } => {
                wrong += 1;
                let error = DataError::WrongHash {
                    place: path.display().to_string(),
                    expected: entry.sha256.clone(),
                    found: found.clone(),
                };
                line(&mut text, format_args!("✗ {}", explained(&error)));
                answer["state"] = json!("wrong");
                answer["path"] = json!(path);
                answer["found"] = json!(found);
            }
        }
        answers.push(answer);
    }
    line(&mut text, format_args!("{right} right, {missing} missing, {wrong} wrong"));
    if common.json { show_json(&json!({ "version": 1, "files": answers })) } else { show(&text) }?;
    Ok(if missing + wrong == 0 { Verdict::Done } else { Verdict::FellShort })
}

fn path(place: &Place) -> Outcome {
    let library = place.library.open()?;
    library.manifest().known(&place.case).map_err(hinted)?;
    let names = match &place.file {
        Some(file) => vec![file.clone()],
        None => library.list(&place.case).into_iter().map(|entry| entry.name.clone()).collect(),
    };
    let (mut text, mut answers) = (String::new(), Vec::new());
    for name in &names {
        let path = library.path(&place.case, name).map_err(hinted)?;
        line(&mut text, format_args!("{}", path.display()));
        answers.push(json!({ "case": place.case, "name": name, "path": path }));
    }
    if place.json { show_json(&json!({ "version": 1, "files": answers })) } else { show(&text) }
}

/// An error with its hint, on one line, for lists of many.
fn explained(error: &DataError) -> String {
    match hint(error) {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

fn seconds(option: &str, value: f64) -> miette::Result<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| miette::miette!("{option}: found {value}, expected a number of seconds, zero or more"))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string never fails");
}

fn show_json(value: &Value) -> Outcome {
    show(&format!("{value:#}\n"))
}

/// Writes to standard output; a reader that has seen enough (`| head`) is no error.
pub(super) fn show(text: &str) -> Outcome {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).into_diagnostic(),
        _ => Ok(Verdict::Done),
    }
}
