//! The saigen Jupyter kernel: speaks the Jupyter protocol, or JSON lines for headless runs, over one cell engine.
//!
//! The same executable is also the child process in which cells run (see [`child`]).

use std::path::PathBuf;
use std::process::ExitCode;

use evcxr_engine::Folders;
use workspace::Workspace;

mod analysis;
mod cell;
mod child;
mod compile_error;
mod engine;
mod evcxr_engine;
mod headless;
mod library;
#[path = "../../cell/message.rs"]
mod message;
mod messages;
mod server;
mod shell;
mod streams;
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
    // SAFETY: no other thread has been started yet.
    unsafe {
        std::env::set_var("EVCXR_TMPDIR", workspace.cells());
        std::env::set_var("EVCXR_CONFIG_DIR", workspace.configuration());
    }
    let folders =
        Folders { cells: workspace.cells(), analysis: workspace.analysis(), error_socket: workspace.error_socket() };
    match mode {
        Mode::Serve { connection_file, any_address } => server::run(&connection_file, any_address, folders)?,
        Mode::Headless => headless::run(folders)?,
    }
    Ok(())
}

fn main() -> ExitCode {
    child::become_cell_process_if_asked();
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
