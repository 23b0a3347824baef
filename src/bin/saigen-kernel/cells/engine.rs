//! Evaluating cells.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::commands::{self, Command};
use super::dependencies::Dependencies;
use super::generate::{self, Generated, Plan};
use super::interrupt::{InterruptHandle, Interrupts};
use super::mend::{self, Loss, Mended};
use super::names::Names;
use super::parse::{Parsed, parse};
use super::rustc::{Compiled, Diagnostic, Link, Rustc, RustcError};
use super::session::Session;
use super::source::{Cell, Source};
use super::spare::Spare;
use super::{report, types};
use crate::analysis::RustAnalyzer;
use crate::engine::{Analyst, Bundle, Context, Engine, Failure, Handle, Output, Shown, Sink, Stream};
use crate::linkset::{LinkSet, LinkSetError, Progress};
use crate::message::CommMessage;
use crate::process::{CellProcess, LoadError, Start};

mod command;
mod outcome;

/// A cell is written anew at most this often: each time, the compiler may object to another variable.
const TRIES: usize = 24;

/// Cells are compiled without optimisation unless the user asks for it: the library is optimised, and compiling is most
/// of a cell's time.
const OPTIMISATION: &str = "0";

/// Where an engine works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder in which cells are compiled, private to the user.
    pub cells: PathBuf,
    /// The notebook's folder.
    pub notebook: PathBuf,
}

/// The engine.
pub struct CellEngine {
    settings: Settings,
    links: LinkSet,
    rustc: Rustc,
    process: CellProcess,
    /// Shared with who makes the analyst's context of it.
    session: Arc<Session>,
    dependencies: Dependencies,
    interrupts: Arc<Interrupts>,
    analyst: Arc<dyn Analyst>,
    sink: Sink,
    number: u32,
    optimisation: String,
    timing: bool,
    /// Explanations of the errors of the last cell that didn't compile.
    explanations: BTreeMap<String, String>,
    /// What the types of variables are called.
    names: Names,
}

/// A cell that compiled.
struct Ready {
    session: Session,
    generated: Generated,
    compiled: Compiled,
    notes: Vec<String>,
    discarded: Vec<String>,
}

impl CellEngine {
    /// Starts the process for cells; makes the library first if it is stale, and says so.
    ///
    /// # Errors
    /// A sentence for the user: what is missing.
    pub fn start(settings: Settings, sink: Sink) -> Result<CellEngine, String> {
        let links = match LinkSet::find() {
            Err(LinkSetError::Stale) => {
                let made = crate::linkset::warm(&progress(&sink));
                sink(Output::Clear { wait: true });
                made
            }
            found => found,
        };
        let links = links.map_err(|error| with_sources(&error))?;
        let interrupts = Interrupts::new(Arc::clone(&sink));
        let mut arguments = links.arguments.clone();
        let mut prewarm = OsString::from("--extern=saigen_warm=");
        prewarm.push(&links.prewarm);
        arguments.push(prewarm);
        let rustc = Rustc {
            program: links.rustc.clone(),
            arguments,
            folder: settings.cells.clone(),
            running: interrupts.running.clone(),
            spare: None,
        };
        let process = start_process(&links, &settings, &sink).map_err(|error| with_sources(&error))?;
        let sources = crate::analysis::Settings {
            rustc: links.rustc.clone().into(),
            cache: Some(links.folder.join("crates.json")),
            ..crate::analysis::Settings::default()
        };
        let analyst = RustAnalyzer::start(sources);
        let names = Names::open(links.folder.join("types.json"));
        Ok(CellEngine {
            settings,
            links,
            rustc,
            process,
            session: Arc::default(),
            dependencies: Dependencies::default(),
            interrupts,
            analyst,
            sink,
            number: 0,
            optimisation: OPTIMISATION.to_owned(),
            timing: false,
            explanations: BTreeMap::new(),
            names,
        })
    }

    /// The session, to change it; a copy of it where somebody still holds it as it was.
    fn session_mut(&mut self) -> &mut Session {
        Arc::make_mut(&mut self.session)
    }

    fn note(&self, text: &str) {
        (self.sink)(Output::Stream(Stream::Stderr, format!("note: {text}\n")));
    }

    fn work(&mut self, code: &str, count: usize) -> Result<Option<Shown>, Failure> {
        let parted = commands::part(&code.replace("\r\n", "\n"))
            .map_err(|error| Failure::new("CommandError", error.to_string()))?;
        let mut shown = None;
        let mut optimisation = self.optimisation.clone();
        let mut timed = self.timing;
        for command in parted.commands {
            match command {
                Command::OptimiseCell(level) => optimisation = level,
                Command::TimeCell => timed = true,
                Command::Timing => {
                    self.timing = !self.timing;
                    timed = self.timing;
                }
                Command::Optimisation(level) => {
                    optimisation.clone_from(&level);
                    self.optimisation = level;
                }
                other => shown = self.command(other, count)?.or(shown),
            }
        }
        if parted.code.trim().is_empty() {
            return Ok(shown);
        }
        let result = self.cell(parted.code, count, &optimisation, timed)?;
        Ok(result.or(shown))
    }

    fn cell(&mut self, code: String, count: usize, optimisation: &str, timed: bool) -> Result<Option<Shown>, Failure> {
        self.number += 1;
        let cell = Arc::new(Cell { number: self.number, count, code });
        let parsed = parse(&cell.code, &self.session.item_macros());
        let begin = Instant::now();
        let mut ready = self.compile(&cell, &parsed, optimisation, true)?;
        if let Err(LoadError::Refused { .. }) = self.process.load(&ready.compiled.library) {
            // It needs what only the compiler knows to link, such as arithmetic that the processor lacks.
            ready = self.compile(&cell, &parsed, optimisation, false)?;
        }
        let compiled = begin.elapsed();
        self.warnings(&ready, cell.number);
        if !ready.discarded.is_empty() {
            self.process.discard(ready.discarded.clone());
        }
        for note in &ready.notes {
            self.note(note);
        }
        let begin = Instant::now();
        let result = self.run(&cell, &parsed, ready);
        if timed {
            let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
            let line = format!("compiled in {}, ran in {}\n", seconds(compiled), seconds(begin.elapsed()));
            (self.sink)(Output::Stream(Stream::Stdout, line));
        }
        let session = Arc::clone(&self.session);
        let context = move || Context { items: generate::outline(&session), variables: session.types() };
        self.analyst.update(Box::new(context));
        result
    }

    /// Compiles a cell, as often as it takes to find out what can be kept.
    fn compile(
        &mut self,
        cell: &Arc<Cell>,
        parsed: &Parsed,
        optimisation: &str,
        direct: bool,
    ) -> Result<Ready, Failure> {
        let mut next = Session::clone(&self.session);
        let redefined = next.commit(cell, parsed);
        let mut discarded = next.depending(&redefined);
        for name in &discarded {
            next.lose(name, format!("was lost when its type was defined anew in cell {}", cell.count));
        }
        let name = format!("cell_{}", cell.number);
        let file = format!("{name}.rs");
        let mut plan = Plan {
            old: next.variables.keys().cloned().collect(),
            new: generate::bound(parsed).into_iter().map(|binding| binding.name).collect(),
            ..Plan::default()
        };
        let mut losses: Vec<Loss> = Vec::new();
        let more = self.dependencies.arguments();
        let is_usual = direct && more.is_empty() && optimisation == OPTIMISATION && !parsed.broken;
        let mut spare = self.spare(cell.number).filter(|_| is_usual);
        let link = if direct && more.is_empty() { Link::Directly(&self.links) } else { Link::Slowly };
        let mut tries = 0;
        let (generated, compiled) = loop {
            let generated = generate::generate(&next, cell, parsed, &plan);
            let by_spare = spare.take().and_then(|spare| self.rustc.compile_by(spare, generated.source.text(), link));
            let was_spare = by_spare.is_some();
            let outcome = by_spare
                .unwrap_or_else(|| self.rustc.compile(&name, generated.source.text(), optimisation, &more, link));
            let errors = match outcome.map_err(|error| unusable(&error))? {
                Ok(compiled) => break (generated, compiled),
                Err(errors) => errors,
            };
            if was_spare && errors.iter().any(may_come_of_inclusion) {
                continue;
            }
            tries += 1;
            match mend::mend(&errors, &generated, &next, cell.number, &file, &mut plan) {
                Mended::Again(more) if tries < TRIES => {
                    // A type that is defined anew by a macro is known to be so only now.
                    for loss in &more {
                        let Loss::Item(index) = loss else { continue };
                        for variable in next.depending(&next.defined_by(*index)) {
                            next.lose(
                                &variable,
                                format!("was lost when its type was defined anew in cell {}", cell.count),
                            );
                            discarded.push(variable);
                        }
                    }
                    losses.extend(more);
                }
                Mended::Again(_) => {
                    return Err(self.not_compiled(&errors, &generated.source, &name, self.gone(&errors)));
                }
                Mended::Not(own) => {
                    if parsed.broken
                        && let Some(failure) = self.syntax_errors(cell, &name)?
                    {
                        return Err(failure);
                    }
                    let own: Vec<Diagnostic> = own.into_iter().map(|index| errors[index].clone()).collect();
                    let mut notes = self.gone(&own);
                    let dropped = losses.iter().filter(|loss| matches!(loss, Loss::Item(_) | Loss::Import(_)));
                    notes.extend(dropped.filter_map(|loss| mend::note(loss, &next)));
                    return Err(self.not_compiled(&own, &generated.source, &name, notes));
                }
            }
        };
        let mut notes: Vec<String> = losses.iter().filter_map(|loss| mend::note(loss, &next)).collect();
        notes.extend(discarded.iter().filter_map(|name| Some(format!("`{name}` {}", next.gone.get(name)?))));
        for loss in &losses {
            match loss {
                Loss::Untyped(name) => {
                    next.lose(name, types::Unnameable::Private.reason().to_owned());
                    discarded.push(name.clone());
                }
                Loss::Borrows(name) | Loss::Unkeepable(name) => {
                    next.gone.insert(name.clone(), format!("could not be kept after cell {}", cell.count));
                }
                Loss::Moved(_) | Loss::Unrescued(_) | Loss::Unreleased(_) | Loss::Item(_) | Loss::Import(_) => {}
            }
        }
        next.drop_items(&plan.dropped_items);
        next.drop_imports(&plan.dropped_imports);
        Ok(Ready { session: next, generated, compiled, notes, discarded })
    }

    /// The compiler that waits for this cell, if there is one; one that waits for the next is started.
    fn spare(&mut self, number: u32) -> Option<Spare> {
        let spare = self.rustc.spare.take().filter(|spare| spare.name() == format!("cell_{number}"));
        self.rustc.prepare(&format!("cell_{}", number + 1), OPTIMISATION);
        spare
    }

    /// What the compiler says of a cell that can't be parsed when nothing stands around it.
    fn syntax_errors(&mut self, cell: &Arc<Cell>, name: &str) -> Result<Option<Failure>, Failure> {
        let source = generate::broken(cell);
        let outcome = self.rustc.compile(name, source.text(), OPTIMISATION, &[], Link::Not);
        let Err(errors) = outcome.map_err(|error| unusable(&error))? else { return Ok(None) };
        let errors = report::of_syntax(errors, &source);
        Ok(Some(self.not_compiled(&errors, &source, name, Vec::new())))
    }

    fn not_compiled(&mut self, errors: &[Diagnostic], source: &Source, name: &str, notes: Vec<String>) -> Failure {
        self.explanations = report::explanations(errors);
        report::failure(errors, source, &format!("{name}.rs"), &notes)
    }

    /// Why names that the compiler doesn't know are no longer there.
    fn gone(&self, errors: &[Diagnostic]) -> Vec<String> {
        let mut notes = Vec::new();
        for error in errors.iter().filter(|error| error.code() == "E0425") {
            let name = error.message.split('`').nth(1).unwrap_or_default();
            if let Some(reason) = self.session.gone.get(name) {
                let note = format!("`{name}` {reason}");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        notes
    }

    /// Shows what the compiler warns of: results that nobody looks at, in this cell.
    fn warnings(&self, ready: &Ready, number: u32) {
        let file = format!("cell_{number}.rs");
        let source = &ready.generated.source;
        for warning in &ready.compiled.diagnostics {
            let own = warning.code() == "unused_must_use"
                && warning
                    .spans
                    .iter()
                    .filter_map(|span| report::place(span, source, &file))
                    .any(|place| place.cell.number == number);
            if own {
                let text = report::render(warning, source, &file, &report::coloured());
                (self.sink)(Output::Stream(Stream::Stderr, format!("{text}\n")));
            }
        }
    }
}

impl Engine for CellEngine {
    fn evaluate(&mut self, code: &str, count: usize) -> Result<Option<Shown>, Failure> {
        self.interrupts.begin();
        let outcome = self.revive(count).and_then(|()| self.work(code, count));
        self.interrupts.leave();
        outcome
    }

    fn comm(&mut self, message: CommMessage) {
        self.process.comm(message);
    }

    fn handle(&self) -> Arc<dyn Handle> {
        Arc::new(InterruptHandle(Arc::clone(&self.interrupts)))
    }

    fn analyst(&self) -> Arc<dyn Analyst> {
        Arc::clone(&self.analyst)
    }
}

fn start_process(links: &LinkSet, settings: &Settings, sink: &Sink) -> std::io::Result<CellProcess> {
    let start = Start {
        program: links.cell_program.clone(),
        library_path: std::env::split_paths(&links.library_path).collect(),
        environment: Vec::new(),
        folder: settings.notebook.clone(),
    };
    CellProcess::start(&start, Arc::clone(sink))
}

/// Tells the user how the library is built, at most once a second.
fn progress(sink: &Sink) -> impl Fn(Progress) {
    let last = std::cell::Cell::new(None::<Instant>);
    let sink = Arc::clone(sink);
    move |progress| {
        let text = match progress {
            Progress::Waiting => "another kernel builds the saigen library; waiting for it".to_owned(),
            Progress::Prewarming => "compiling what cells use most".to_owned(),
            Progress::Building { finished, total, unit } => {
                if last.get().is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
                    return;
                }
                last.set(Some(Instant::now()));
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                format!("the saigen library changed and is built: {finished}{of} ({unit})")
            }
        };
        // One line that changes: what is shown of a build doesn't stay in the notebook.
        sink(Output::Clear { wait: true });
        let data = Bundle::from([("text/plain".to_owned(), text.into())]);
        sink(Output::Display(data.into()));
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Whether a complaint may be about the way in which a spare compiler gets its cell: names from an included file can be
/// ambiguous where those of a crate root aren't.
fn may_come_of_inclusion(error: &Diagnostic) -> bool {
    matches!(error.code(), "" | "E0659") || error.code().starts_with("macro_expanded")
}

fn unusable(error: &RustcError) -> Failure {
    match error {
        RustcError::Stopped => {
            Failure::new("Interrupted", "the compiler was stopped; nothing ran, all variables are kept")
        }
        other => Failure::new("KernelError", other.to_string()),
    }
}
