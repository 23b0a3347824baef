//! The saigen Jupyter kernel: speaks the Jupyter protocol, or JSON lines for headless runs, over one cell engine.
//!
//! Cells run in a process of their own (`saigen-cell`), so that this one survives whatever they do.

use std::path::PathBuf;
use std::process::ExitCode;

use cells::{CellEngine, Settings};
use workspace::Workspace;

mod budget;
mod cells;
mod comms;
mod engine;
mod execution;
mod headless;
mod history;
mod linkset;
#[path = "../../cell/message.rs"]
mod message;
mod messages;
mod process;
#[cfg(test)]
mod scripted;
mod server;
mod shell;
mod sockets;
mod wire;
mod worker;
mod workspace;

const USAGE: &str = "usage: saigen-kernel --connection-file FILE [--any-address] | --headless

  --connection-file FILE  serve the Jupyter protocol at the addresses in FILE
  --any-address           accept an address that is not loopback
  --headless              read cells from standard input and write outputs, as JSON lines";

enum Mode {
    Serve { connection_file: PathBuf, any_address: bool },
    Headless,
}

fn mode(arguments: impl Iterator<Item = String>) -> Result<Mode, String> {
    let (mut file, mut any_address, mut headless) = (None, false, false);
    let mut arguments = arguments.skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--connection-file" => file = Some(arguments.next().ok_or("--connection-file needs a file")?),
            "--any-address" => any_address = true,
            "--headless" => headless = true,
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    match (file, headless) {
        (Some(file), false) => Ok(Mode::Serve { connection_file: file.into(), any_address }),
        (None, true) => Ok(Mode::Headless),
        _ => Err("one of --connection-file and --headless is needed".into()),
    }
}

fn run(mode: Mode) -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Workspace::create()?;
    let notebook = std::env::current_dir()?;
    let cells = workspace.cells();
    let analyst = std::sync::Arc::new(No);
    let make = move |sink| CellEngine::start(Settings { cells, notebook }, analyst, sink);
    match mode {
        Mode::Serve { connection_file, any_address } => server::run(&connection_file, any_address, make)?,
        Mode::Headless => {
            end_with_parent();
            headless::run(make)?;
        }
    }
    Ok(())
}

/// Asks the system to end this process when the one that started it ends.
fn end_with_parent() {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl with PR_SET_PDEATHSIG reads its integer arguments and nothing else.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

struct No;
impl engine::Analyst for No {
    fn update(&self, _: engine::Context) {}
    fn complete(&self, _: &str, cursor: usize) -> engine::Completion { engine::Completion { start: cursor, end: cursor, candidates: vec![] } }
    fn inspect(&self, _: &str, _: usize) -> Option<engine::Bundle> { None }
}

fn main() -> ExitCode {
    let mode = match mode(std::env::args()) {
        Ok(mode) => mode,
        Err(problem) => {
            eprintln!("saigen-kernel: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(mode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("saigen-kernel: {error}");
            ExitCode::FAILURE
        }
    }
}
