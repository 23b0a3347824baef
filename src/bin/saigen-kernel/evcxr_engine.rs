//! A cell engine on evcxr: cells are compiled by cargo against the prebuilt library and run in a child process.
//!
//! evcxr is used as it is. What it lacks is supplied around it: the library without building it again
//! ([`Library`]), failures that it reports as success ([`crate::cell::MARKER`]), standard error without loss
//! ([`ErrorStream`]).

use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evcxr::{CommandContext, Error, EvalContext, EvalContextOutputs, EvalOutputs};

use crate::cell::{self, MARKER, Prepared};
use crate::child::{self, PanicRecord};
use crate::compile_error;
use crate::engine::{Analyst, Bundle, Completion, Context, Engine, Failure, Handle, Output, Shown, Sink, Stream};
use crate::library::Library;
use crate::message::CommMessage;
use crate::streams::{CellErrors, ErrorStream};

/// Run before the first cell. The imports let a trailing expression be shown with one compilation; the `?` makes
/// evcxr compile every cell so that `?` works, instead of compiling a cell twice when it finds one.
const PREAMBLE: &str = "use saigen::display::cell::{Debugged as _, Shown as _}; Ok::<(), String>(())?;";

/// Makes rust-analyzer read what it needs for the first variable, before the first cell has to wait for it.
const WARM_UP: &str = "let saigen_cell: usize = { let warm = vec![1]; warm.iter().copied().count() };";

/// Cells are compiled without optimisation: the library is optimised, and compiling is most of a cell's time.
const OPTIMISATION: &str = "0";

/// Output lines are joined up to this many bytes into one message.
const MESSAGE_BYTES: usize = 16 * 1024;

/// Where an engine keeps its files.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The crate that holds the cells; evcxr takes it from `EVCXR_TMPDIR`.
    pub cells: PathBuf,
    /// The manifest through which rust-analyzer sees the library.
    pub analysis: PathBuf,
    pub error_socket: PathBuf,
}

pub struct EvcxrEngine {
    context: CommandContext,
    outputs: EvalContextOutputs,
    errors: ErrorStream,
    sink: Sink,
    killer: Arc<ChildKiller>,
}

impl EvcxrEngine {
    /// Starts the child process and loads the library.
    ///
    /// # Errors
    /// A sentence for the user: what is missing, or what evcxr said.
    pub fn start(folders: &Folders, sink: Sink) -> Result<EvcxrEngine, String> {
        let library = Library::find().map_err(|error| error.to_string())?;
        std::fs::copy(library.lock_file(), folders.cells.join("Cargo.lock")).map_err(|error| error.to_string())?;
        let manifest = library.analysis_manifest().map_err(|error| error.to_string())?;
        std::fs::write(folders.analysis.join("Cargo.toml"), manifest).map_err(|error| error.to_string())?;
        let errors =
            ErrorStream::listen(&folders.error_socket, Arc::clone(&sink)).map_err(|error| error.to_string())?;
        let child = child::command(&folders.error_socket).map_err(|error| error.to_string())?;
        let (mut context, outputs) = EvalContext::with_subprocess_command(child).map_err(|error| error.to_string())?;
        let mut state = context.state();
        state.set_opt_level(OPTIMISATION).map_err(|error| error.to_string())?;
        state.set_build_env("CARGO_ENCODED_RUSTFLAGS", &library.encoded_rust_flags());
        let (name, value) = Library::analysis_dependency(&folders.analysis);
        state.add_dep(&name, &value).map_err(|error| error.to_string())?;
        context.eval_with_state(PREAMBLE, state).map_err(|error| describe(&error))?;
        context.eval(WARM_UP).map_err(|error| describe(&error))?;
        let context = CommandContext::with_eval_context(context);
        let killer = Arc::new(ChildKiller::new(context.process_handle()));
        Ok(EvcxrEngine { context, outputs, errors, sink, killer })
    }

    /// Runs a prepared cell while another thread passes on what it prints.
    fn run(&mut self, prepared: &Prepared) -> Result<EvalOutputs, Error> {
        let EvcxrEngine { context, outputs, sink, .. } = self;
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let forwarder = scope.spawn(|| forward_lines(outputs, sink, &done));
            let outcome = context.execute(&prepared.text);
            done.store(true, Ordering::Release);
            let held_back = forwarder.join().unwrap_or(0);
            // The library ends an unfinished line before it shows a value: that is no empty line of the user's.
            let own = usize::from(outcome.as_ref().is_ok_and(|outputs| !outputs.is_empty()));
            if held_back > own {
                sink(Output::Stream(Stream::Stdout, "\n".repeat(held_back - own)));
            }
            outcome
        })
    }

    fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.context.variables_and_types().map(|(name, _)| name.to_owned()).filter(|name| name != MARKER).collect();
        names.sort();
        names
    }

    /// The failure of a cell that compiled and ran but didn't reach its end.
    fn unfinished(&self, prepared: &Prepared, errors: &CellErrors) -> Failure {
        if let Some(panic) = errors.panics.iter().rev().find(|panic| panic.thread == "main") {
            let mut failure = Failure::new("Panic", panic.message.as_str());
            failure.traceback.push(self.place(panic, prepared));
            return failure;
        }
        let message = errors.text.trim_end().lines().next_back().unwrap_or("an error left the cell by `?`");
        Failure::new("Error", message)
    }

    /// Where a panic happened, in the cell if it did.
    fn place(&self, panic: &PanicRecord, prepared: &Prepared) -> String {
        let source = self.context.last_source().unwrap_or_default();
        let panicked = source.lines().nth(panic.line.saturating_sub(1)).map(str::trim).unwrap_or_default();
        if panic.file == "src/lib.rs"
            && !panicked.is_empty()
            && let Some((line, column)) = prepared.find(panicked)
        {
            let indent = source.lines().nth(panic.line - 1).map_or(0, |text| text.len() - text.trim_start().len());
            return format!("at line {line}, column {}", prepared.column(line, column + panic.column - 1 - indent));
        }
        // Sources of other crates lie in folders of this machine; what tells them apart are the last parts.
        let parts: Vec<&str> = panic.file.rsplit('/').take(3).collect();
        let file: Vec<&str> = parts.into_iter().rev().collect();
        format!("at {}:{}", file.join("/"), panic.line)
    }

    fn interrupted(&self, lost: &[String]) -> Failure {
        Failure::new("Interrupted", format!("the cell was stopped by ending its process; {}", loss(lost)))
    }
}

impl Engine for EvcxrEngine {
    fn evaluate(&mut self, code: &str) -> Result<Option<Shown>, Failure> {
        let prepared = cell::prepare(code);
        if prepared.text.trim().is_empty() {
            return Ok(None);
        }
        let variables = self.variables();
        self.errors.begin_cell();
        self.killer.arm();
        let outcome = self.run(&prepared);
        let interrupted = self.killer.disarm();
        let errors = self.errors.end_cell();
        match outcome {
            Err(Error::SubprocessTerminated(_)) if interrupted => Err(self.interrupted(&variables)),
            _ if interrupted => {
                // The process was ended just when the cell was: start another one, so that the next cell has it.
                let _ = self.context.execute(":restart");
                Err(self.interrupted(&variables))
            }
            Err(Error::SubprocessTerminated(reason)) => {
                let how =
                    reason.lines().next_back().unwrap_or_default().replace("Subprocess terminated with status: ", "");
                let told = format!("the cell's process ended ({how}) and was started again; {}", loss(&variables));
                Err(Failure::new("ProcessEnded", told))
            }
            Err(Error::CompilationErrors(errors)) => Err(match untyped_variable(&errors) {
                Some(variable) => Failure::new("TypeNeeded", type_needed(&variable)),
                None => compile_error::failure(&errors, code, &prepared),
            }),
            Err(error) => Err(Failure::new("Error", describe(&error))),
            Ok(_) if prepared.marked && !self.context.variables_and_types().any(|(name, _)| name == MARKER) => {
                Err(self.unfinished(&prepared, &errors))
            }
            Ok(outputs) if outputs.is_empty() => Ok(None),
            Ok(outputs) => Ok(Some(Shown { data: bundle(outputs), ..Shown::default() })),
        }
    }

    fn comm(&mut self, _: CommMessage) {}

    fn handle(&self) -> Arc<dyn Handle> {
        Arc::<ChildKiller>::clone(&self.killer)
    }

    fn analyst(&self) -> Arc<dyn Analyst> {
        Arc::new(NoAnalyst)
    }
}

/// evcxr completes on its own thread only, between cells.
struct NoAnalyst;

impl Analyst for NoAnalyst {
    fn update(&self, _: Context) {}

    fn complete(&self, _: &str, cursor: usize) -> Completion {
        Completion { start: cursor, end: cursor, candidates: Vec::new() }
    }

    fn inspect(&self, _: &str, _: usize) -> Option<Bundle> {
        None
    }
}

/// Passes on output lines until the cell is done and all have been; returns how many empty lines at the end were
/// held back.
fn forward_lines(outputs: &EvalContextOutputs, sink: &Sink, done: &AtomicBool) -> usize {
    let mut empty_lines = 0;
    loop {
        let finished = done.load(Ordering::Acquire);
        match outputs.stdout.recv_timeout(Duration::from_millis(1)).map_err(|error| error.is_timeout()) {
            Ok(line) => {
                let mut text = String::new();
                let mut next = Some(line);
                while let Some(line) = next {
                    if line.is_empty() {
                        empty_lines += 1;
                    } else {
                        text.push_str(&"\n".repeat(std::mem::take(&mut empty_lines)));
                        text.push_str(&line);
                        text.push('\n');
                    }
                    next = if text.len() < MESSAGE_BYTES { outputs.stdout.try_recv().ok() } else { None };
                }
                if !text.is_empty() {
                    sink(Output::Stream(Stream::Stdout, text));
                }
            }
            Err(timeout) if finished || !timeout => return empty_lines,
            Err(_) => {}
        }
    }
}

/// evcxr's outputs by MIME type, without the traces of [`MARKER`].
fn bundle(outputs: EvalOutputs) -> Bundle {
    let marker_row = format!("<tr><td>{MARKER}</td><td>u8</td><tr>");
    let marker_line = format!("{MARKER}: u8\n");
    outputs
        .content_by_mime_type
        .into_iter()
        .map(|(mime, content)| (mime, content.replace(&marker_row, "").replace(&marker_line, "").into()))
        .collect()
}

/// The variable, if any, that rust-analyzer took for `!`, which is what it says of an expression that it can't follow.
fn untyped_variable(errors: &[evcxr::CompilationError]) -> Option<String> {
    let error = errors.iter().find(|error| error.message().contains("the `!` type is experimental"))?;
    let rendered = error.rendered();
    let name = rendered.split_once("put_variable::<!>(stringify!(")?.1;
    Some(name.split_once(')')?.0.to_owned())
}

fn type_needed(variable: &str) -> String {
    format!(
        "write the type of `{variable}` out, as in `let {variable}: DataFrame = …`: \
         only types of the standard library, saigen and ndarray are inferred"
    )
}

fn loss(variables: &[String]) -> String {
    let kept = "functions, types and imports are kept";
    if variables.is_empty() {
        format!("no variable was lost; {kept}")
    } else {
        format!("variables lost: {}; {kept}", variables.join(", "))
    }
}

/// What an error says; evcxr's own text for compile errors leaves out where they are.
fn describe(error: &Error) -> String {
    match error {
        Error::CompilationErrors(errors) => errors.iter().map(evcxr::CompilationError::rendered).collect(),
        other => other.to_string(),
    }
}

/// Ends the child process while a cell runs.
struct ChildKiller {
    child: Arc<Mutex<Child>>,
    running: AtomicBool,
    asked: AtomicBool,
}

impl ChildKiller {
    fn new(child: Arc<Mutex<Child>>) -> ChildKiller {
        ChildKiller { child, running: AtomicBool::new(false), asked: AtomicBool::new(false) }
    }

    fn arm(&self) {
        self.asked.store(false, Ordering::SeqCst);
        self.running.store(true, Ordering::SeqCst);
    }

    /// Tells whether the cell was asked to end.
    fn disarm(&self) -> bool {
        self.running.store(false, Ordering::SeqCst);
        self.asked.swap(false, Ordering::SeqCst)
    }
}

impl Handle for ChildKiller {
    fn interrupt(&self) {
        if self.running.load(Ordering::SeqCst) {
            self.asked.store(true, Ordering::SeqCst);
            // A process that has ended already can't be ended again, which is no error here.
            let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        }
    }
    fn input(&self, _: Option<String>) {}
}
