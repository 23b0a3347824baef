//! The process in which cells run: this same executable, started once more by the engine.
//!
//! It ends with the kernel, writes standard error to the kernel's own socket, and reports panics as records, so that
//! the kernel knows what was written by the time a cell has ended and what a panic said.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// The environment variable that names the socket for standard error; set in cell processes only.
const SOCKET: &str = "SAIGEN_CELL_STDERR";

/// Opens the line on standard error that carries a [`PanicRecord`] as JSON.
pub const PANIC_RECORD: &str = "\u{1b}saigen:panic ";

/// What a panic said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanicRecord {
    /// The thread's name; cells run on `main`.
    pub thread: String,
    pub message: String,
    pub file: String,
    pub line: usize,
    pub column: usize,
}

/// The command that starts a cell process.
///
/// # Errors
/// The path of this executable is unknown.
pub fn command(error_socket: &Path) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own: Ctrl-C in a terminal is for the kernel, which decides what becomes of the cell.
    command.env(SOCKET, error_socket).process_group(0);
    Ok(command)
}

/// Runs cells and never returns, if this process was started for that; returns at once otherwise.
pub fn become_cell_process_if_asked() {
    if let Some(socket) = std::env::var_os(SOCKET) {
        end_with_parent();
        if let Err(error) = redirect_standard_error(Path::new(&socket)) {
            eprintln!("saigen-kernel: standard error stays where it was: {error}");
        }
        std::panic::set_hook(Box::new(report_panic));
    }
    evcxr::runtime_hook();
}

/// Asks the system to end this process when the thread that started it ends.
pub fn end_with_parent() {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl with PR_SET_PDEATHSIG reads its integer arguments and nothing else.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

fn redirect_standard_error(socket: &Path) -> std::io::Result<()> {
    let stream = UnixStream::connect(socket)?;
    // SAFETY: both descriptors are open; dup2 replaces descriptor 2 and leaves the stream's alone.
    if unsafe { libc::dup2(stream.as_raw_fd(), libc::STDERR_FILENO) } < 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(())
}

fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let location = panic.location();
    let record = PanicRecord {
        thread: std::thread::current().name().unwrap_or("unnamed").to_owned(),
        message: panic.payload_as_str().unwrap_or("a value that is not text").to_owned(),
        file: location.map(|place| place.file().to_owned()).unwrap_or_default(),
        line: location.map_or(0, |place| place.line() as usize),
        column: location.map_or(0, |place| place.column() as usize),
    };
    if let Ok(json) = serde_json::to_string(&record) {
        // One write, so that other threads' output doesn't fall inside the record.
        let _ = std::io::stderr().write_all(format!("{PANIC_RECORD}{json}\n").as_bytes());
    }
}
