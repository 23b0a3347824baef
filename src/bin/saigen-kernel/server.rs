//! The kernel's sockets: who listens where, and how the kernel ends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jupyter_protocol::{
    ConnectionInfo, ExecutionState, InterruptReply, JupyterMessage, JupyterMessageContent, ShutdownReply, Status,
    Transport,
};
use jupyter_zmq_client::connection::{
    Connection, create_kernel_control_connection, create_kernel_heartbeat_connection, create_kernel_iopub_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::evcxr_engine::{EvcxrEngine, Folders};
use crate::messages;
use crate::shell::Shell;
use crate::worker::Worker;

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
pub fn run(connection_file: &Path, any_address: bool, folders: Folders) -> Result<(), ServerError> {
    let info = read(connection_file, any_address)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let worker = Worker::start(move |sink| EvcxrEngine::start(&folders, sink))?;
    let outcome = runtime.block_on(serve(&info, worker));
    runtime.shutdown_background();
    end_group();
    outcome
}

fn read(path: &Path, any_address: bool) -> Result<ConnectionInfo, ServerError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ServerError::Unreadable { path: path.to_owned(), source })?;
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
    Ok(info)
}

async fn serve(info: &ConnectionInfo, worker: Worker) -> Result<(), ServerError> {
    let session = format!("saigen-{}", std::process::id());
    let (shell_out, shell_in) = create_kernel_shell_connection(info, &session).await?.split();
    let (control_out, control_in) = create_kernel_control_connection(info, &session).await?.split();
    let iopub = create_kernel_iopub_connection(info, &session).await?;
    let mut heartbeat = create_kernel_heartbeat_connection(info).await?;
    // Bound because clients connect to it; no cell asks for input yet.
    let _stdin = create_kernel_stdin_connection(info, &session).await?;

    tokio::spawn(async move {
        loop {
            if heartbeat.single_heartbeat().await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    });
    let iopub = sender(iopub);
    let shell_out = sender(shell_out);
    let control_out = sender(control_out);
    let shell_in = reader(shell_in);
    let mut control_in = reader(control_in);

    let interrupt = worker.interrupter();
    let mut shell = Shell::new(worker, shell_out, iopub.clone());
    let (mut sigint, mut sigterm) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let _ = iopub.send(Status { execution_state: ExecutionState::Starting }.into());

    let work = shell.run(shell_in);
    let control = async {
        let mut parent = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                Some(message) = control_in.recv() => {
                    if answer_control(&message, &interrupt, &control_out, &iopub) {
                        return;
                    }
                }
                _ = sigint.recv() => interrupt(),
                _ = sigterm.recv() => return,
                _ = parent.tick() => {
                    if abandoned() {
                        return;
                    }
                }
            }
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = control => Ok(()),
    };
    // Time for the last replies to leave their sockets.
    tokio::time::sleep(Duration::from_millis(100)).await;
    outcome
}

/// Answers a message on the control channel; true when the kernel is to end.
fn answer_control(
    message: &JupyterMessage,
    interrupt: &impl Fn(),
    control: &UnboundedSender<JupyterMessage>,
    iopub: &UnboundedSender<JupyterMessage>,
) -> bool {
    // A send fails only when its socket's task has ended, and with it the kernel.
    let publish = |message: JupyterMessage| drop(iopub.send(message.with_zmq_identities(Vec::new())));
    publish(Status::busy().as_child_of(message));
    let mut ends = false;
    let reply = match &message.content {
        JupyterMessageContent::KernelInfoRequest(_) => Some(messages::kernel_info().as_child_of(message)),
        JupyterMessageContent::InterruptRequest(_) => {
            interrupt();
            Some(InterruptReply::new().as_child_of(message))
        }
        JupyterMessageContent::ShutdownRequest(request) => {
            ends = true;
            let reply = ShutdownReply { restart: request.restart, ..ShutdownReply::default() };
            publish(reply.as_child_of(message));
            Some(reply.as_child_of(message))
        }
        _ => None,
    };
    if let Some(reply) = reply {
        let _ = control.send(reply);
    }
    publish(Status::idle().as_child_of(message));
    ends
}

const PAUSE: Duration = Duration::from_millis(10);

/// A task that sends what comes down a channel, in order.
fn sender<S>(mut connection: Connection<S>) -> UnboundedSender<JupyterMessage>
where
    S: zeromq::SocketSend + Send + 'static,
{
    let (sender, mut messages) = unbounded_channel::<JupyterMessage>();
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if let Err(error) = connection.send(message).await {
                eprintln!("saigen-kernel: a message was not sent: {error}");
            }
        }
    });
    sender
}

/// A task that reads messages into a channel. What is malformed or wrongly signed is logged and dropped.
fn reader<S>(mut connection: Connection<S>) -> UnboundedReceiver<JupyterMessage>
where
    S: zeromq::SocketRecv + Send + 'static,
{
    let (sender, messages) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            match connection.read().await {
                Ok(message) => {
                    if sender.send(message).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    eprintln!("saigen-kernel: a message was dropped: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    });
    messages
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
