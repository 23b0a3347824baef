//! Calling the compiler.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { process: Some(child.id()), stopped: false };
        Ok(child)
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
        let mut said = Vec::new();
        let read = child.stderr.take().map_or(Ok(0), |mut stream| stream.read_to_end(&mut said));
        let (status, stopped) = self.finish(&mut child).map_err(failed)?;
        read.map_err(failed)?;
        if stopped {
            return Err(RustcError::Stopped);
        }
        Ok((status.success(), String::from_utf8_lossy(&said).into_owned()))
    }
}

/// What is asked of the compiler.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub link: Link<'a>,
    /// Also the types of the variables that it keeps: writing them costs a sixth of a small cell.
    pub types: bool,
}

/// How a compiled cell becomes a library.
#[derive(Clone, Copy, Debug)]
pub enum Link<'a> {
    /// Not at all: only types are asked for.
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
}

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
        Wanted { link, types }: Wanted<'_>,
    ) -> Result<Result<Compiled, Vec<Diagnostic>>, RustcError> {
        let file = self.folder.join(format!("{name}.rs"));
        std::fs::write(&file, source).map_err(|source| RustcError::NotWritten { path: file.clone(), source })?;
        let library = self.folder.join(format!("lib{name}.so"));
        let mir = self.folder.join(format!("{name}.mir"));
        let emit = |kind: &str, path: &Path| {
            let mut argument = OsString::from(format!("--emit={kind}="));
            argument.push(path);
            argument
        };
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            // One crate name for all cells, so that a type of the session is the same in all of them.
            .args(["--crate-name=cell", "--edition=2024", "--crate-type=cdylib", "--error-format=json"])
            // Panics name the file alone, not a folder of this machine.
            .arg(remap(&self.folder))
            .args(["-Cprefer-dynamic", "-Ccodegen-units=1", "-Cdebuginfo=0", "-Cmetadata=saigen"])
            .arg(format!("-Copt-level={optimisation}"))
            .args(&self.arguments)
            .args(more);
        if types {
            command.arg(emit("mir", &mir));
        }
        if std::env::var_os("MALLOC_CONF").is_none() {
            // Half as many page faults, which are a third of a small cell's compilation.
            command.env("MALLOC_CONF", "thp:always");
        }
        let object = self.folder.join(format!("{name}.o"));
        match link {
            Link::Not => {}
            Link::Slowly => _ = command.arg(emit("link", &library)),
            Link::Directly(_) => _ = command.arg(emit("obj", &object)),
        }
        let mut outcome = self.running.run(command.arg(&file));
        if let (Link::Directly(links), Ok((true, _))) = (link, &outcome) {
            let (linked, said) = self.running.run(&mut links.link(&[&object], &library))?;
            if !linked {
                outcome = Ok((false, said));
            }
        }
        let types = std::fs::read_to_string(&mir).unwrap_or_default();
        for leftover in [&file, &mir, &object] {
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
            return Ok(Ok(Compiled { library, mir: types, diagnostics }));
        }
        diagnostics.retain(|diagnostic| diagnostic.is_error() && !diagnostic.message.starts_with("aborting due to"));
        if diagnostics.is_empty() {
            return Err(RustcError::Failed { said: other });
        }
        Ok(Err(diagnostics))
    }
}

fn remap(folder: &Path) -> OsString {
    let mut argument = OsString::from("--remap-path-prefix=");
    argument.push(folder);
    argument.push("/=");
    argument
}
