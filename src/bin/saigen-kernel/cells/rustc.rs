//! Calling the compiler.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::spare::Spare;
use crate::linkset::LinkSet;

/// What the compiler says, as it writes it in JSON.
#[derive(Clone, Debug, Deserialize)]
pub struct Diagnostic {
    pub message: String,
    pub code: Option<Code>,
    pub level: String,
    pub spans: Vec<Span>,
    pub children: Vec<Diagnostic>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Code {
    pub code: String,
    pub explanation: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Span {
    pub file_name: String,
    pub byte_start: usize,
    pub byte_end: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    pub suggested_replacement: Option<String>,
    pub expansion: Option<Box<Expansion>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Expansion {
    pub span: Span,
}

impl Diagnostic {
    pub fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }

    pub fn code(&self) -> &str {
        self.code.as_ref().map_or("", |code| &code.code)
    }
}

/// The compiler could not be used; not what it says about a cell.
#[derive(Debug, thiserror::Error)]
pub enum RustcError {
    #[error("the compiler {program} can't be run: {source}")]
    NotRun { program: PathBuf, source: std::io::Error },
    #[error("{path} can't be written: {source}")]
    NotWritten { path: PathBuf, source: std::io::Error },
    #[error("the compiler was stopped")]
    Stopped,
    #[error("the compiler failed: {said}")]
    Failed { said: String },
}

/// The process of the compiler that runs now, for whoever must end it.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    process: Option<u32>,
    stopped: bool,
}

impl Running {
    /// Ends the process that runs now; false when none does.
    pub fn stop(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(process) = state.process else { return false };
        state.stopped = true;
        // SAFETY: a call with integers; the process is a child that has not been waited for, so that its number is
        // still its own, and it leads a group of its own.
        unsafe { libc::kill(-libc::pid_t::try_from(process).unwrap_or(0), libc::SIGKILL) };
        true
    }

    /// Starts a process that [`Running::stop`] ends, in a group of its own.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(&self, command: &mut Command) -> std::io::Result<Child> {
        let child = command.process_group(0).spawn()?;
        self.adopt(&child);
        Ok(child)
    }

    /// Takes a process that leads a group of its own for the one that [`Running::stop`] ends.
    pub fn adopt(&self, child: &Child) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { process: Some(child.id()), stopped: false };
    }

    /// Whether the process has ended.
    ///
    /// # Errors
    /// The system can't tell.
    pub fn has_ended(&self, child: &mut Child) -> std::io::Result<bool> {
        // Under the lock, as in [`Running::finish`].
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = child.try_wait()?.is_some();
        if ended {
            state.process = None;
        }
        Ok(ended)
    }

    /// Waits for the process whose output has been read; its status, and whether it was stopped.
    ///
    /// # Errors
    /// The system can't tell.
    pub fn finish(&self, child: &mut Child) -> std::io::Result<(ExitStatus, bool)> {
        // Its number stays its own until it has been waited for, so that happens under the lock, without waiting there.
        loop {
            {
                let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(status) = child.try_wait()? {
                    state.process = None;
                    return Ok((status, state.stopped));
                }
            }
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    fn run(&self, command: &mut Command) -> Result<(bool, String), RustcError> {
        let program = PathBuf::from(command.get_program());
        let failed = |source| RustcError::NotRun { program: program.clone(), source };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = self.start(command).map_err(failed)?;
        self.outcome(&mut child).map_err(failed)?.ok_or(RustcError::Stopped)
    }

    /// Whether a process that was started with its standard error piped succeeded, and what it said; `None` when it
    /// was stopped.
    ///
    /// # Errors
    /// The system can't tell.
    pub fn outcome(&self, child: &mut Child) -> std::io::Result<Option<(bool, String)>> {
        let mut said = Vec::new();
        let read = child.stderr.take().map_or(Ok(0), |mut stream| stream.read_to_end(&mut said));
        let (status, stopped) = self.finish(child)?;
        read?;
        Ok((!stopped).then(|| (status.success(), String::from_utf8_lossy(&said).into_owned())))
    }
}

/// How a compiled cell becomes a library.
#[derive(Clone, Copy, Debug)]
pub enum Link<'a> {
    /// Not at all: only the types of the variables that it keeps are asked for, which cost a fifth of a small cell.
    Not,
    /// By the linker itself, against the library as the process has loaded it.
    Directly(&'a LinkSet),
    /// By the compiler, with all that the crates beneath it bring; twice as slow, and right for every crate.
    Slowly,
}

/// What came out of a compilation.
#[derive(Debug)]
pub struct Compiled {
    /// The shared library; not there when only types were asked for.
    pub library: PathBuf,
    /// Empty unless types were asked for.
    pub mir: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles cells in one folder.
#[derive(Debug)]
pub struct Rustc {
    pub program: PathBuf,
    /// Search paths, crates and linker arguments.
    pub arguments: Vec<OsString>,
    pub folder: PathBuf,
    pub running: Running,
    /// A compiler that waits for the next cell.
    pub spare: Option<Spare>,
}

/// What isn't said of a cell: it is a crate of which only a part is used at once.
const LINTS: [&str; 2] =
    ["-Aunused,nonstandard_style,static_mut_refs,private_interfaces,improper_ctypes", "-Wunused_must_use"];

impl Rustc {
    /// Compiles a cell's source; `Ok(Err(…))` holds the diagnostics of a cell that doesn't compile.
    ///
    /// # Errors
    /// The compiler can't be used, or was stopped.
    pub fn compile(
        &self,
        name: &str,
        source: &str,
        optimisation: &str,
        more: &[OsString],
        link: Link<'_>,
    ) -> Result<Result<Compiled, Vec<Diagnostic>>, RustcError> {
        let files = Files::of(&self.folder, name);
        // Not into the pipe that a spare compiler of that name may have had.
        let _ = std::fs::remove_file(&files.source);
        let not_written = |source| RustcError::NotWritten { path: files.source.clone(), source };
        std::fs::write(&files.source, source).map_err(not_written)?;
        let mut command = self.command(optimisation);
        command.args(more);
        match link {
            Link::Not => _ = command.arg(emit("mir", &files.mir)),
            Link::Slowly => _ = command.arg(emit("link", &files.library)),
            Link::Directly(_) => _ = command.arg(emit("obj", &files.object)),
        }
        let outcome = self.running.run(command.arg(&files.source));
        self.finish(&files, link, outcome)
    }

    /// As [`Rustc::compile`], by a compiler that waited for this cell; `None` when that is gone.
    ///
    /// # Errors
    /// As there.
    pub fn compile_by(
        &self,
        spare: Spare,
        source: &str,
        link: Link<'_>,
    ) -> Option<Result<Result<Compiled, Vec<Diagnostic>>, RustcError>> {
        let files = Files::of(&self.folder, spare.name());
        let outcome = spare.compile(source, &self.running)?;
        Some(self.finish(&files, link, outcome))
    }

    /// Starts a compiler that waits for the cell of this name. Without one the cell only takes longer.
    pub fn prepare(&mut self, name: &str, optimisation: &str) {
        let files = Files::of(&self.folder, name);
        let mut command = self.command(optimisation);
        command.arg(emit("obj", &files.object));
        self.spare = Spare::start(command, &self.folder, name, &files.source);
    }

    fn command(&self, optimisation: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            // One crate name for all cells, so that a type of the session is the same in all of them.
            .args(["--crate-name=cell", "--edition=2024", "--crate-type=cdylib", "--error-format=json"])
            .args(LINTS)
            // Panics name the file alone, not a folder of this machine.
            .arg(remap(&self.folder))
            .args(["-Cprefer-dynamic", "-Ccodegen-units=1", "-Cdebuginfo=0", "-Cmetadata=saigen"])
            .arg(format!("-Copt-level={optimisation}"))
            .args(&self.arguments);
        if std::env::var_os("MALLOC_CONF").is_none() {
            // Large pages, one arena and nothing given back: page faults are a third of a small cell's compilation.
            command.env("MALLOC_CONF", "thp:always,narenas:1,dirty_decay_ms:-1,oversize_threshold:0");
        }
        command
    }

    /// Links what was compiled, tidies up and reads what the compiler said.
    fn finish(
        &self,
        files: &Files,
        link: Link<'_>,
        mut outcome: Result<(bool, String), RustcError>,
    ) -> Result<Result<Compiled, Vec<Diagnostic>>, RustcError> {
        if let (Link::Directly(links), Ok((true, _))) = (link, &outcome) {
            let (linked, said) = self.running.run(&mut links.link(&[&files.object], &files.library))?;
            if !linked {
                outcome = Ok((false, said));
            }
        }
        let types = std::fs::read_to_string(&files.mir).unwrap_or_default();
        for leftover in [&files.source, &files.mir, &files.object] {
            let _ = std::fs::remove_file(leftover);
        }
        let (success, said) = outcome?;
        let mut diagnostics = Vec::new();
        let mut other = String::new();
        for line in said.lines() {
            match serde_json::from_str::<Diagnostic>(line) {
                Ok(diagnostic) => diagnostics.push(diagnostic),
                Err(_) => {
                    other.push_str(line);
                    other.push('\n');
                }
            }
        }
        if success {
            return Ok(Ok(Compiled { library: files.library.clone(), mir: types, diagnostics }));
        }
        diagnostics.retain(|diagnostic| diagnostic.is_error() && !diagnostic.message.starts_with("aborting due to"));
        if diagnostics.is_empty() {
            return Err(RustcError::Failed { said: other });
        }
        Ok(Err(diagnostics))
    }
}

/// Where the compilation of a cell has its files.
struct Files {
    source: PathBuf,
    library: PathBuf,
    object: PathBuf,
    mir: PathBuf,
}

impl Files {
    fn of(folder: &Path, name: &str) -> Files {
        let file = |name: String| folder.join(name);
        Files {
            source: file(format!("{name}.rs")),
            library: file(format!("lib{name}.so")),
            object: file(format!("{name}.o")),
            mir: file(format!("{name}.mir")),
        }
    }
}

fn emit(kind: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(format!("--emit={kind}="));
    argument.push(path);
    argument
}

fn remap(folder: &Path) -> OsString {
    let mut argument = OsString::from("--remap-path-prefix=");
    argument.push(folder);
    argument.push("/=");
    argument
}
