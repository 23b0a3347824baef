//! The saigen Jupyter kernel: speaks the Jupyter protocol, or JSON lines for headless runs, over one cell engine.
//!
//! Cells run in a process of their own (`saigen-cell`), so that this one survives whatever they do.

use std::path::PathBuf;
use std::process::ExitCode;

use cells::{CellEngine, Settings};
use workspace::Workspace;

mod analysis;
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

const USAGE: &str = "usage: saigen-kernel --connection-file FILE [--any-address] | --headless | --warm | --status

  --connection-file FILE  serve the Jupyter protocol at the addresses in FILE
  --any-address           accept an address that is not loopback
  --headless              read cells from standard input and write outputs, as JSON lines
  --warm                  make what cells are compiled against, and report it as JSON lines
  --status                say as JSON what cells are compiled against";

enum Mode {
    Serve { connection_file: PathBuf, any_address: bool },
    Headless,
    Warm,
    Status,
}

fn mode(arguments: impl Iterator<Item = String>) -> Result<Mode, String> {
    let (mut file, mut any_address, mut other) = (None, false, None);
    let mut arguments = arguments.skip(1);
    while let Some(argument) = arguments.next() {
        let chosen = match argument.as_str() {
            "--connection-file" => {
                file = Some(arguments.next().ok_or("--connection-file needs a file")?);
                continue;
            }
            "--any-address" => {
                any_address = true;
                continue;
            }
            "--headless" => Mode::Headless,
            "--warm" => Mode::Warm,
            "--status" => Mode::Status,
            unknown => return Err(format!("unknown argument `{unknown}`")),
        };
        if other.replace(chosen).is_some() {
            return Err("one mode at a time".into());
        }
    }
    match (file, other) {
        (Some(file), None) => Ok(Mode::Serve { connection_file: file.into(), any_address }),
        (None, Some(mode)) => Ok(mode),
        _ => Err("one of --connection-file, --headless, --warm and --status is needed".into()),
    }
}

fn serve(connection_file: Option<PathBuf>, any_address: bool) -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Workspace::create()?;
    let settings = Settings { cells: workspace.cells(), notebook: std::env::current_dir()? };
    let make = move |sink| CellEngine::start(settings, sink);
    match connection_file {
        Some(file) => server::run(&file, any_address, make)?,
        None => {
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

fn main() -> ExitCode {
    let mode = match mode(std::env::args()) {
        Ok(mode) => mode,
        Err(problem) => {
            eprintln!("saigen-kernel: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = match mode {
        Mode::Warm => return linkset::report::warm(),
        Mode::Status => return linkset::report::status(),
        Mode::Serve { connection_file, any_address } => serve(Some(connection_file), any_address),
        Mode::Headless => serve(None, false),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("saigen-kernel: {error}");
            ExitCode::FAILURE
        }
    }
}
