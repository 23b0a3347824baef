//! The kernel's sockets: who listens where, and how the kernel ends.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jupyter_protocol::{ConnectionInfo, Transport};
use jupyter_zmq_client::connection::{
    create_kernel_control_connection, create_kernel_heartbeat_connection, create_kernel_iopub_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::engine::{Engine, Sink};
use crate::history::{self, History};
use crate::shell::{Inlets, Nudge, Outlets, Shell};
use crate::sockets::{self, Requests};
use crate::wire::{self, Channel, Key, Outgoing};
use crate::worker::Worker;

/// Threads that parse and analyse cells need as much stack as the engine's own.
const BLOCKING_STACK: usize = 16 << 20;

/// The kernel can't serve.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the connection file {path} can't be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is no connection file: {source}")]
    NoConnectionFile {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the connection file has no key: messages must be signed")]
    NoKey,
    #[error("messages are signed with {found}; this kernel knows hmac-sha256")]
    Signature { found: String },
    #[error("{found} is not a loopback address; pass --any-address to listen there all the same")]
    NotLoopback { found: String },
    #[error("the sockets can't be opened: {0}")]
    Sockets(#[from] jupyter_zmq_client::RuntimeError),
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
    #[error("the engine ended unexpectedly")]
    EngineEnded,
}

/// Serves the Jupyter protocol until a shutdown request, SIGTERM, or the end of the process that started the kernel.
///
/// # Errors
/// See [`ServerError`].
pub fn run<E: Engine>(
    connection_file: &Path,
    any_address: bool,
    make: impl FnOnce(Sink) -> Result<E, String> + Send + 'static,
) -> Result<(), ServerError> {
    let info = read(connection_file, any_address)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(BLOCKING_STACK)
        .enable_all()
        .build()?;
    let history = History::start(history::user_file())?;
    let worker = Worker::start(make)?;
    let outcome = runtime.block_on(serve(&info, worker, history));
    runtime.shutdown_background();
    end_group();
    outcome
}

fn read(path: &Path, any_address: bool) -> Result<ConnectionInfo, ServerError> {
    let unreadable = |source| ServerError::Unreadable { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let info: ConnectionInfo = serde_json::from_str(&text)
        .map_err(|source| ServerError::NoConnectionFile { path: path.to_owned(), source })?;
    if info.key.is_empty() {
        return Err(ServerError::NoKey);
    }
    if info.signature_scheme != "hmac-sha256" {
        return Err(ServerError::Signature { found: info.signature_scheme });
    }
    let loopback = info.ip == "localhost" || info.ip.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if info.transport == Transport::TCP && !loopback && !any_address {
        return Err(ServerError::NotLoopback { found: info.ip });
    }
    make_private(path);
    Ok(info)
}

/// Closes a connection file to other users, who could run code with its key. Jupyter writes private files; some
/// editors don't, and a kernel that refused them could not be used there.
fn make_private(path: &Path) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    if metadata.permissions().mode() & 0o077 == 0 {
        return;
    }
    let path = path.display();
    match std::fs::set_permissions(path.to_string(), PermissionsExt::from_mode(0o600)) {
        Ok(()) => eprintln!("saigen-kernel: {path} could be read by other users; it is private now"),
        Err(error) => eprintln!("saigen-kernel: {path} can be read by other users, and stays so: {error}"),
    }
}

async fn serve(info: &ConnectionInfo, worker: Worker, history: History) -> Result<(), ServerError> {
    let session = wire::session();
    let key = Key::new(&info.key);
    let (shell_out, shell_in) = create_kernel_shell_connection(info, session).await?.split();
    let (control_out, control_in) = create_kernel_control_connection(info, session).await?.split();
    let (stdin_out, stdin_in) = create_kernel_stdin_connection(info, session).await?.split();
    let iopub = create_kernel_iopub_connection(info, session).await?;
    sockets::heartbeat(create_kernel_heartbeat_connection(info).await?);

    let (nudge, nudges) = unbounded_channel();
    let no_input = nudge.clone();
    let outlets = Outlets {
        shell: sockets::replies(shell_out, key.clone(), || ()),
        control: sockets::replies(control_out, key.clone(), || ()),
        stdin: sockets::replies(stdin_out, key.clone(), move || drop(no_input.send(Nudge::NoInput))),
        iopub: sockets::publisher(iopub, key),
    };
    let (shell, urgent) = (Requests::new(), Requests::new());
    shell.read(shell_in, Channel::Shell);
    urgent.read(control_in, Channel::Control);
    urgent.read(stdin_in, Channel::Stdin);
    watch(nudge)?;
    // A send fails only when the kernel ends.
    let _ = outlets.iopub.send(Outgoing::new("status", None, json!({"execution_state": "starting"})));

    let inlets = Inlets { shell: shell.received, urgent: urgent.received, nudges };
    let outcome = Shell::new(worker, outlets, history).run(inlets).await;
    // Time for the last replies to leave their sockets.
    tokio::time::sleep(Duration::from_millis(100)).await;
    outcome
}

/// Passes on signals, and ends the kernel with the process that started it.
fn watch(nudge: UnboundedSender<Nudge>) -> Result<(), ServerError> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        let mut parent = tokio::time::interval(Duration::from_secs(1));
        loop {
            let next = tokio::select! {
                _ = interrupt.recv() => Nudge::Interrupt,
                _ = terminate.recv() => Nudge::End,
                _ = parent.tick() => if abandoned() { Nudge::End } else { continue },
            };
            if nudge.send(next).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Whether the process that started the kernel, if it said which one it is, has ended.
fn abandoned() -> bool {
    let parent = std::env::var("JPY_PARENT_PID").ok().and_then(|id| id.parse::<u32>().ok());
    parent
        .is_some_and(|parent| !Path::new("/proc").join(parent.to_string()).exists() && Path::new("/proc/self").exists())
}

/// Ends compilers that still run for a cell, if the kernel leads a process group of its own, as clients arrange.
/// The cell's process is in a group of its own and ends with the kernel.
fn end_group() {
    // SAFETY: these calls take integers, and the handler is the system's own "ignore".
    unsafe {
        if libc::getpgrp() == libc::getpid() {
            libc::signal(libc::SIGTERM, libc::SIG_IGN);
            libc::kill(0, libc::SIGTERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(change: impl FnOnce(&mut serde_json::Value)) -> Result<ConnectionInfo, ServerError> {
        let mut file = serde_json::json!({
            "ip": "127.0.0.1", "transport": "tcp", "shell_port": 1, "iopub_port": 2, "stdin_port": 3,
            "control_port": 4, "hb_port": 5, "key": "secret", "signature_scheme": "hmac-sha256"
        });
        change(&mut file);
        let id = format!("{:?}", std::thread::current().id());
        let path = std::env::temp_dir().join(format!("saigen-connection-{}-{id}", std::process::id()));
        std::fs::write(&path, file.to_string()).unwrap();
        let outcome = read(&path, false);
        std::fs::remove_file(&path).unwrap();
        outcome
    }

    #[test]
    fn only_signed_connections_on_loopback_are_served() {
        assert!(connection(|_| ()).is_ok());
        assert!(matches!(connection(|file| file["key"] = "".into()), Err(ServerError::NoKey)));
        assert!(matches!(connection(|file| file["ip"] = "0.0.0.0".into()), Err(ServerError::NotLoopback { .. })));
        let weak = connection(|file| file["signature_scheme"] = "hmac-md5".into());
        assert!(matches!(weak, Err(ServerError::Signature { .. })));
    }
}
