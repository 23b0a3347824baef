//! The process that runs cells, seen from the kernel.
//!
//! One thread per process starts it, reads its standard output, its standard error and its reports, passes them on in
//! the order in which they were made, and waits for its end. The process ends with that thread, with the kernel, and
//! with [`CellProcess`].

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::{Shown, Sink};
use crate::message::{CommMessage, Command, Outcome, Panic, Stored};
use reader::{Reader, State};

mod flow;
mod reader;
#[cfg(test)]
mod tests;
mod text;

/// How long a process may take until it takes commands; loading a large library from a cold disk takes seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where `saigen-cell` finds the value that `LD_LIBRARY_PATH` had.
const OWN_LIBRARY_PATH: &str = "SAIGEN_CELL_LD_LIBRARY_PATH";

/// How to start a process for cells.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The executable `saigen-cell`.
    pub program: PathBuf,
    /// Where the system's loader looks for libraries, before the places that the executable names.
    pub library_path: Vec<PathBuf>,
    /// What is added to the kernel's own environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder in which cells run.
    pub folder: PathBuf,
}

/// How a cell ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Its function returned.
    Finished {
        outcome: Outcome,
        /// All variables that the process keeps now.
        stored: Vec<Stored>,
        result: Option<Shown>,
        /// All panics while it ran, also those that were caught.
        panics: Vec<Panic>,
    },
    /// The process died, and all variables with it.
    Died {
        how: Death,
        /// The end of what the cell wrote to standard error; it has been passed on as output too.
        stderr_tail: String,
        panics: Vec<Panic>,
    },
}

/// How a process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// With this exit code.
    Exited(i32),
    StackOverflow,
    Aborted,
    /// By this signal.
    Signal(i32),
}

impl std::fmt::Display for Death {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Death::Exited(code) => write!(formatter, "exited with code {code}"),
            Death::StackOverflow => write!(formatter, "overflowed its stack"),
            Death::Aborted => write!(formatter, "aborted"),
            Death::Signal(signal) => write!(formatter, "was ended by signal {signal}"),
        }
    }
}

/// A library could not be loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LoadError {
    #[error("the library can't be loaded: {problem}")]
    Refused { problem: String },
    #[error("the process that runs cells {how} while it loaded a library")]
    Died { how: Death, stderr_tail: String },
}

/// What the reading thread tells the one that runs cells.
#[derive(Clone, Debug)]
enum Event {
    Ready,
    NotStarted(io::ErrorKind, String),
    Loaded { problem: Option<String> },
    Ended { outcome: Outcome, stored: Vec<Stored>, result: Option<Shown>, panics: Vec<Panic> },
    Died { how: Death, stderr_tail: String, panics: Vec<Panic> },
}

/// A process that runs cells.
pub struct CellProcess {
    handle: Arc<ProcessHandle>,
    state: Arc<Mutex<State>>,
    events: Receiver<Event>,
    /// The process's end, once it is known.
    died: Option<Event>,
    reader: Option<JoinHandle<()>>,
}

impl CellProcess {
    /// Starts a process and waits until it takes commands. What it writes goes to `sink`, from another thread.
    ///
    /// # Errors
    /// The executable can't be started, or doesn't get as far as taking commands.
    pub fn start(start: &Start, sink: Sink) -> io::Result<CellProcess> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = start.command(theirs.into())?;
        let (sender, events) = channel();
        let handle = Arc::new(ProcessHandle { socket: Mutex::new(ours.try_clone()?), process: Mutex::new(None) });
        let state = Arc::new(Mutex::new(State::new(sink)));
        let (its_handle, its_state) = (Arc::clone(&handle), Arc::clone(&state));
        // The process ends with the thread that started it, so the thread stays to read.
        let reader = std::thread::Builder::new().name("cell-output".into()).spawn(move || {
            let child = command.spawn();
            // With it goes this process's copy of the other end of the socket.
            drop(command);
            match child {
                Ok(child) => {
                    *lock(&its_handle.process) = libc::pid_t::try_from(child.id()).ok();
                    Reader::new(child, ours, its_state, its_handle, sender).run();
                }
                Err(error) => {
                    // The starting thread may have given up.
                    let _ = sender.send(Event::NotStarted(error.kind(), error.to_string()));
                }
            }
        })?;
        let process = CellProcess { handle, state, events, died: None, reader: Some(reader) };
        let program = start.program.display();
        match process.events.recv_timeout(START_LIMIT) {
            Ok(Event::Ready) => Ok(process),
            Ok(Event::NotStarted(kind, problem)) => {
                Err(io::Error::new(kind, format!("{program} can't be started: {problem}")))
            }
            Ok(Event::Died { how, stderr_tail, .. }) => {
                Err(io::Error::other(format!("{program} {how} before it took commands: {}", stderr_tail.trim())))
            }
            Err(RecvTimeoutError::Timeout) => {
                let limit = START_LIMIT.as_secs();
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("{program} took no commands within {limit} s")))
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other(format!("{program} doesn't speak as this kernel does")))
            }
        }
    }

    /// Runs a compiled cell. Its output has arrived at the sink when this returns.
    pub fn run(&mut self, library: &Path, cell: u32) -> Ended {
        lock(&self.state).begin();
        match self.ask(&Command::Run { library: library.to_owned(), cell }) {
            Event::Ended { outcome, stored, result, panics } => Ended::Finished { outcome, stored, result, panics },
            Event::Died { how, stderr_tail, panics } => Ended::Died { how, stderr_tail, panics },
            other => {
                let problem = format!("the process that runs cells answered with {other:?}");
                let outcome = Outcome::Broken { problem };
                Ended::Finished { outcome, stored: Vec::new(), result: None, panics: Vec::new() }
            }
        }
    }

    /// Loads a compiled library without running anything, for those that come after it.
    ///
    /// # Errors
    /// The library can't be loaded, or the process died.
    pub fn load(&mut self, library: &Path) -> Result<(), LoadError> {
        match self.ask(&Command::Load { library: library.to_owned() }) {
            Event::Loaded { problem: None } => Ok(()),
            Event::Loaded { problem: Some(problem) } => Err(LoadError::Refused { problem }),
            Event::Died { how, stderr_tail, .. } => Err(LoadError::Died { how, stderr_tail }),
            other => Err(LoadError::Refused { problem: format!("the process answered with {other:?}") }),
        }
    }

    /// Drops variables.
    pub fn discard(&mut self, names: Vec<String>) {
        // The next cell tells of a process that died.
        let _ = self.handle.send(&Command::Discard { names });
    }

    /// Delivers a message about a comm.
    pub fn comm(&mut self, message: CommMessage) {
        // As above.
        let _ = self.handle.send(&Command::Comm(message));
    }

    /// Reaches the process while a cell runs, also from other threads.
    pub fn handle(&self) -> Arc<ProcessHandle> {
        Arc::clone(&self.handle)
    }

    /// Whether the process can still run cells: something that an earlier cell left behind may have ended it.
    pub fn is_alive(&mut self) -> bool {
        // Between cells nothing but its end is told.
        if self.died.is_none() {
            self.died = self.events.try_recv().ok().filter(|event| matches!(event, Event::Died { .. }));
        }
        self.died.is_none()
    }

    /// Sends a command and waits for what it is answered with.
    fn ask(&mut self, command: &Command) -> Event {
        if let Some(died) = &self.died {
            return died.clone();
        }
        // When the process is gone the reading thread tells how it went.
        let _ = self.handle.send(command);
        let gone = Event::Died { how: Death::Signal(libc::SIGKILL), stderr_tail: String::new(), panics: Vec::new() };
        let event = self.events.recv().unwrap_or(gone);
        if matches!(event, Event::Died { .. }) {
            self.died = Some(event.clone());
        }
        event
    }
}

impl Drop for CellProcess {
    fn drop(&mut self) {
        self.handle.kill();
        // A reading thread that panicked has nothing left to do.
        let _ = self.reader.take().map(JoinHandle::join);
    }
}

impl Start {
    fn command(&self, socket: OwnedFd) -> io::Result<std::process::Command> {
        let mut command = std::process::Command::new(&self.program);
        command
            .stdin(Stdio::from(socket))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .current_dir(&self.folder)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .process_group(0);
        let own = std::env::var_os("LD_LIBRARY_PATH");
        let places = self.library_path.iter().cloned().chain(own.iter().flat_map(std::env::split_paths));
        command.env("LD_LIBRARY_PATH", std::env::join_paths(places).map_err(io::Error::other)?);
        if let Some(own) = own {
            command.env(OWN_LIBRARY_PATH, own);
        }
        Ok(command)
    }
}

/// Reaches a process for cells from any thread. After the process's end nothing happens.
pub struct ProcessHandle {
    socket: Mutex<UnixStream>,
    /// Its number, which is its group's too, until it has been waited for.
    process: Mutex<Option<libc::pid_t>>,
}

impl ProcessHandle {
    /// Asks a cell to stop; one that has ended is not concerned.
    pub fn interrupt(&self, cell: u32) {
        // A process that is gone has stopped.
        let _ = self.send(&Command::Interrupt { cell });
    }

    /// Answers [`crate::engine::Output::InputRequest`].
    pub fn input(&self, text: Option<String>) {
        // A process that is gone asks no more.
        let _ = self.send(&Command::Input { text });
    }

    /// Ends the process and what it started, at once.
    pub fn kill(&self) {
        if let Some(process) = *lock(&self.process) {
            // SAFETY: kill touches no memory, and the process has not been waited for, so the number is its own.
            unsafe {
                // By itself too: a cell can leave the group.
                libc::kill(process, libc::SIGKILL);
                libc::kill(-process, libc::SIGKILL);
            }
        }
    }

    fn send(&self, command: &Command) -> io::Result<()> {
        let mut line = serde_json::to_vec(command)?;
        line.push(b'\n');
        lock(&self.socket).write_all(&line)
    }

    /// Waits for a process that has ended, while nobody can take its number for a living one's.
    fn bury(&self, wait: impl FnOnce() -> io::Result<ExitStatus>) -> io::Result<ExitStatus> {
        let mut process = lock(&self.process);
        let status = wait();
        *process = None;
        status
    }
}

/// The lock, whatever happened to a thread that held it: the data behind the locks here is whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
