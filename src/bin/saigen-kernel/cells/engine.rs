//! Evaluating cells.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::commands::{self, Command, HELP};
use super::dependencies::{Added, Build, Dependencies};
use super::generate::{self, Generated, Plan};
use super::interrupt::{InterruptHandle, Interrupts};
use super::mend::{self, Loss, Mended};
use super::parse::{ItemKind, Parsed, parse};
use super::rustc::{Compiled, Diagnostic, Rustc, RustcError};
use super::session::{Session, Variable};
use super::source::{Cell, Source};
use super::{report, shell, types};
use crate::engine::{Analyst, Bundle, Context, Engine, Failure, Handle, Output, Shown, Sink, Stream};
use crate::linkset::{LinkSet, LinkSetError, Progress};
use crate::message::{CommMessage, Outcome, Panic};
use crate::process::{CellProcess, Ended, Start};

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
    session: Session,
    dependencies: Dependencies,
    interrupts: Arc<Interrupts>,
    analyst: Arc<dyn Analyst>,
    sink: Sink,
    number: u32,
    optimisation: String,
    timing: bool,
    /// Explanations of the errors of the last cell that didn't compile.
    explanations: BTreeMap<String, String>,
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
    pub fn start(settings: Settings, analyst: Arc<dyn Analyst>, sink: Sink) -> Result<CellEngine, String> {
        let links = match LinkSet::find() {
            Err(LinkSetError::Stale) => crate::linkset::warm(&progress(&sink)),
            found => found,
        };
        let links = links.map_err(|error| with_sources(&error))?;
        let interrupts = Interrupts::new(Arc::clone(&sink));
        let mut arguments = links.arguments.clone();
        if let Some(prewarm) = &links.prewarm {
            let mut argument = OsString::from("--extern=saigen_warm=");
            argument.push(prewarm);
            arguments.push(argument);
        }
        let rustc = Rustc {
            program: links.rustc.clone(),
            arguments,
            folder: settings.cells.clone(),
            running: interrupts.running.clone(),
        };
        let process = start_process(&links, &settings, &sink).map_err(|error| with_sources(&error))?;
        Ok(CellEngine {
            settings,
            links,
            rustc,
            process,
            session: Session::default(),
            dependencies: Dependencies::default(),
            interrupts,
            analyst,
            sink,
            number: 0,
            optimisation: OPTIMISATION.to_owned(),
            timing: false,
            explanations: BTreeMap::new(),
        })
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

    fn command(&mut self, command: Command, count: usize) -> Result<Option<Shown>, Failure> {
        match command {
            Command::Variables => return Ok(Some(variables(&self.session))),
            Command::Help => return Ok(Some(text(HELP))),
            Command::Version => {
                let kernel = env!("CARGO_PKG_VERSION");
                return Ok(Some(text(&format!("saigen {kernel}, {}", self.links.version()))));
            }
            Command::Explain => {
                let all: Vec<&str> = self.explanations.values().map(String::as_str).collect();
                let said = if all.is_empty() { "no error to explain".to_owned() } else { all.join("\n\n") };
                return Ok(Some(text(said.trim())));
            }
            Command::Type(expression) => return self.type_of(&expression, count).map(Some),
            Command::Clear => {
                let names = self.session.variables.keys().cloned().collect();
                self.process.discard(names);
                let libraries = std::mem::take(&mut self.session.libraries);
                self.session = Session::default();
                self.dependencies = Dependencies::default();
                libraries.iter().for_each(|library| drop(std::fs::remove_file(library)));
            }
            Command::Dependency(entry) => self.add_dependency(&entry)?,
            Command::Bash(script) => {
                shell::bash(&script, &self.settings.notebook, &self.interrupts.running, &self.sink)?;
            }
            Command::WriteFile { path, append, content } => {
                let path = self.settings.notebook.join(path);
                shell::write_file(&path, &content, append)?;
                let verb = if append { "appended to" } else { "wrote" };
                (self.sink)(Output::Stream(Stream::Stdout, format!("{verb} {}\n", path.display())));
            }
            Command::Ignored(setting) => self.note(&format!("`{setting}` has no meaning in this kernel")),
            Command::OptimiseCell(_) | Command::Optimisation(_) | Command::TimeCell | Command::Timing => {}
        }
        Ok(None)
    }

    fn add_dependency(&mut self, entry: &str) -> Result<(), Failure> {
        let build = Build {
            folder: &self.settings.notebook,
            package: self.settings.cells.join("dependencies"),
            target: self.links.folder.with_file_name("dependencies"),
            provided: &|name| self.links.provides(name),
            running: &self.interrupts.running,
            sink: &self.sink,
        };
        match self.dependencies.add(entry, &build)? {
            Added::Provided | Added::Built => Ok(()),
        }
    }

    fn type_of(&mut self, expression: &str, count: usize) -> Result<Shown, Failure> {
        self.number += 1;
        let cell = Arc::new(Cell { number: self.number, count, code: expression.to_owned() });
        let generated = generate::question(&self.session, &cell, self.links.prewarm.is_some());
        let name = format!("cell_{}", cell.number);
        let compiled = self
            .rustc
            .compile(&name, generated.source.text(), OPTIMISATION, &self.dependencies.arguments(), false)
            .map_err(|error| unusable(&error))?;
        match compiled {
            Ok(compiled) => {
                let kind = types::asked(&compiled.mir).unwrap_or_else(|| "unknown".to_owned());
                Ok(text(&types::short(&kind)))
            }
            Err(errors) => Err(self.not_compiled(&errors, &generated.source, &name, Vec::new())),
        }
    }

    fn cell(&mut self, code: String, count: usize, optimisation: &str, timed: bool) -> Result<Option<Shown>, Failure> {
        self.number += 1;
        let cell = Arc::new(Cell { number: self.number, count, code });
        let parsed = parse(&cell.code, &self.session.item_macros());
        let begin = Instant::now();
        let ready = self.compile(&cell, &parsed, optimisation)?;
        let compiled = begin.elapsed();
        self.warnings(&ready, cell.number);
        for name in &ready.discarded {
            self.process.discard(vec![name.clone()]);
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
        let context = Context { items: generate::outline(&self.session), variables: self.session.types() };
        self.analyst.update(context);
        result
    }

    /// Compiles a cell, as often as it takes to find out what can be kept.
    fn compile(&mut self, cell: &Arc<Cell>, parsed: &Parsed, optimisation: &str) -> Result<Ready, Failure> {
        let mut next = self.session.clone();
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
        let mut tries = 0;
        let (generated, compiled) = loop {
            let generated = generate::generate(&next, cell, parsed, &plan, self.links.prewarm.is_some());
            let outcome = self.rustc.compile(&name, generated.source.text(), optimisation, &more, true);
            let errors = match outcome.map_err(|error| unusable(&error))? {
                Ok(compiled) => break (generated, compiled),
                Err(errors) => errors,
            };
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

    /// What the compiler says of a cell that can't be parsed when nothing stands around it.
    fn syntax_errors(&mut self, cell: &Arc<Cell>, name: &str) -> Result<Option<Failure>, Failure> {
        let source = generate::broken(cell);
        let outcome = self.rustc.compile(name, source.text(), OPTIMISATION, &[], false);
        let Err(errors) = outcome.map_err(|error| unusable(&error))? else { return Ok(None) };
        let errors = report::of_syntax(errors, &source);
        Ok(Some(self.not_compiled(&errors, &source, name, Vec::new())))
    }

    fn run(&mut self, cell: &Arc<Cell>, parsed: &Parsed, ready: Ready) -> Result<Option<Shown>, Failure> {
        let Ready { session: next, generated, compiled, .. } = ready;
        let keeps_library =
            parsed.pieces.iter().any(|piece| matches!(piece.kind, super::parse::Kind::Item(ItemKind::Static { .. })));
        if !self.interrupts.enter(cell.number, self.process.handle()) {
            return Err(Failure::new("Interrupted", "the cell was stopped before it ran; all variables are kept"));
        }
        let ended = self.process.run(&compiled.library, cell.number);
        let asked = self.interrupts.leave();
        let before: BTreeSet<String> = self.session.variables.keys().cloned().collect();
        self.session = next;
        if keeps_library {
            self.session.libraries.push(compiled.library);
        } else {
            // The process has it open; nothing else needs the file.
            let _ = std::fs::remove_file(&compiled.library);
        }
        match ended {
            Ended::Finished { outcome, stored, result, panics } => {
                let kept = types::kept(&compiled.mir);
                let lost = self.take_stock(cell, &generated, &kept, &stored, &before, outcome == Outcome::Done);
                match outcome {
                    Outcome::Interrupted => Err(Failure::new("Interrupted", stopped(&lost))),
                    outcome => self.conclude(cell, outcome, result, &panics, &generated.source),
                }
            }
            Ended::Died { how, .. } => {
                let lost: Vec<String> = std::mem::take(&mut self.session.variables).into_keys().collect();
                for name in &lost {
                    self.session
                        .gone
                        .insert(name.clone(), format!("was lost when the process ended in cell {}", cell.count));
                }
                self.restart()?;
                let what = loss(&lost);
                Err(if asked.ended {
                    Failure::new("Interrupted", format!("the cell didn't stop and its process was ended; {what}"))
                } else {
                    Failure::new("ProcessEnded", format!("the cell's process {how} and was started again; {what}"))
                })
            }
        }
    }

    /// Brings the list of variables in line with those that are stored. Returns the earlier ones that no longer are.
    fn take_stock(
        &mut self,
        cell: &Arc<Cell>,
        generated: &Generated,
        kept: &BTreeMap<String, String>,
        stored: &[String],
        before: &BTreeSet<String>,
        done: bool,
    ) -> Vec<String> {
        let mut discard = Vec::new();
        for binding in &generated.new {
            let name = &binding.name;
            if !stored.contains(name) || !(done || !before.contains(name)) {
                continue;
            }
            let Some(kind) = kept.get(name) else {
                // Its value is of a type that the compiler did not name; without one it can't be taken out again.
                discard.push((name.clone(), types::Unnameable::Private));
                continue;
            };
            let session = &self.session;
            let is_crate = |name: &str| self.is_crate(name);
            match types::resolve(kind, &is_crate, &|name| session.has_type(name)) {
                Ok(kind) => {
                    self.session.gone.remove(name);
                    self.session.variables.insert(name.clone(), Variable { kind, mutable: binding.mutable });
                }
                Err(reason) => discard.push((name.clone(), reason)),
            }
        }
        for (name, reason) in &discard {
            self.note(&format!("`{name}` {}; it is not kept after this cell", reason.reason()));
            self.session.lose(name, format!("{}; it was not kept after cell {}", reason.reason(), cell.count));
        }
        if !discard.is_empty() {
            self.process.discard(discard.into_iter().map(|(name, _)| name).collect());
        }
        let missing: Vec<String> =
            self.session.variables.keys().filter(|name| !stored.contains(name)).cloned().collect();
        for name in &missing {
            self.session.lose(name, format!("was moved in cell {}", cell.count));
        }
        for binding in generated.new.iter().filter(|binding| !stored.contains(&binding.name)) {
            let reason = if done { "was moved in cell" } else { "was not reached in cell" };
            self.session.gone.entry(binding.name.clone()).or_insert(format!("{reason} {}", cell.count));
        }
        missing
    }

    fn is_crate(&self, name: &str) -> bool {
        ["std", "core", "alloc", "proc_macro", "saigen"].contains(&name)
            || self.links.provides(name)
            || self.dependencies.contains(name)
    }

    fn conclude(
        &self,
        cell: &Arc<Cell>,
        outcome: Outcome,
        result: Option<Shown>,
        panics: &[Panic],
        source: &Source,
    ) -> Result<Option<Shown>, Failure> {
        match outcome {
            Outcome::Done => Ok(result.map(named)),
            Outcome::Failed { message, sources } => {
                let mut failure = Failure::new("Error", message);
                failure.traceback.extend(sources.iter().map(|source| format!("caused by: {source}")));
                Err(failure)
            }
            Outcome::Panicked(panic) => {
                let mut failure = Failure::new("Panic", panic.message.as_str());
                failure.traceback.push(place(&panic, cell, source));
                // A panic of another thread is often the one behind it.
                let others = panics.iter().filter(|other| other.thread != "main");
                failure.traceback.extend(others.map(|other| {
                    format!("thread '{}' panicked: {} {}", other.thread, other.message, place(other, cell, source))
                }));
                Err(failure)
            }
            Outcome::Interrupted => Err(Failure::new("Interrupted", stopped(&[]))),
            Outcome::Broken { problem } => Err(Failure::new("KernelError", problem)),
        }
    }

    fn restart(&mut self) -> Result<(), Failure> {
        let failed = |problem: String| {
            Failure::new("KernelError", format!("the cell process can't be started again: {problem}"))
        };
        self.process =
            start_process(&self.links, &self.settings, &self.sink).map_err(|error| failed(error.to_string()))?;
        (self.sink)(Output::ProcessReplaced);
        for library in &self.session.libraries {
            // Statics begin anew, and the functions that use them must find them.
            self.process.load(library).map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
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
                let text = report::render(warning, source, &file, &annotate_snippets::Renderer::styled());
                (self.sink)(Output::Stream(Stream::Stderr, format!("{text}\n")));
            }
        }
    }
}

impl Engine for CellEngine {
    fn evaluate(&mut self, code: &str, count: usize) -> Result<Option<Shown>, Failure> {
        self.interrupts.begin();
        let outcome = self.work(code, count);
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
        sink(Output::Stream(Stream::Stderr, format!("{text}\n")));
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

fn unusable(error: &RustcError) -> Failure {
    match error {
        RustcError::Stopped => {
            Failure::new("Interrupted", "the compiler was stopped; nothing ran, all variables are kept")
        }
        other => Failure::new("KernelError", other.to_string()),
    }
}

/// What a cell that was stopped leaves.
fn stopped(lost: &[String]) -> String {
    if lost.is_empty() {
        "the cell was stopped; all variables are kept".to_owned()
    } else {
        format!("the cell was stopped; it had moved {}; all other variables are kept", lost.join(", "))
    }
}

fn loss(variables: &[String]) -> String {
    let kept = "functions, types and imports are kept";
    if variables.is_empty() {
        format!("no variable was lost; {kept}")
    } else {
        format!("variables lost: {}; {kept}", variables.join(", "))
    }
}

/// Where a panic happened.
fn place(panic: &Panic, cell: &Arc<Cell>, source: &Source) -> String {
    if panic.file.ends_with(&format!("cell_{}.rs", cell.number)) {
        let at = source.byte(panic.line, panic.column);
        if let Some(place) = source.place(&(at..at + 1)) {
            let (line, column) = place.line_and_column();
            return format!("at cell {}, line {line}, column {column}", place.cell.count);
        }
    }
    // Sources of other crates lie in folders of this machine; what tells them apart are the last parts.
    let parts: Vec<&str> = panic.file.rsplit('/').take(3).collect();
    let file: Vec<&str> = parts.into_iter().rev().collect();
    format!("at {}:{}", file.join("/"), panic.line)
}

/// A value that is shown by its type's name alone, under the name that the user knows.
fn named(mut shown: Shown) -> Shown {
    if let Some(text) = shown.data.get("text/plain").and_then(|text| text.as_str())
        && let Some(name) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'))
        && name.contains("cell::")
        && !name.contains(['"', '\n'])
    {
        shown.data.insert("text/plain".to_owned(), format!("<{}>", types::without_cell(name)).into());
    }
    shown
}

fn text(content: &str) -> Shown {
    let data = Bundle::from([("text/plain".to_owned(), content.into())]);
    Shown { data, ..Shown::default() }
}

fn variables(session: &Session) -> Shown {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut plain = String::new();
    let mut html = String::from("<table>\n<thead><tr><th>variable</th><th>type</th></tr></thead>\n<tbody>\n");
    for (name, variable) in &session.variables {
        let kind = types::short(&variable.kind);
        plain.push_str(&format!("{name}: {kind}\n"));
        html.push_str(&format!("<tr><td>{name}</td><td>{}</td></tr>\n", escape(&kind)));
    }
    html.push_str("</tbody>\n</table>");
    if session.variables.is_empty() {
        return text("no variables");
    }
    let data =
        Bundle::from([("text/plain".to_owned(), plain.trim_end().into()), ("text/html".to_owned(), html.into())]);
    Shown { data, ..Shown::default() }
}
