//! The kernel's sockets: replies in order, signatures, interrupts, and an end without orphans.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, ExecutionState, InterruptRequest, JupyterMessage, JupyterMessageContent,
    KernelInfoRequest, ReplyStatus, ShutdownRequest, Transport,
};
use jupyter_zmq_client::connection::{
    ClientControlConnection, ClientIoPubConnection, ClientShellConnection, create_client_control_connection,
    create_client_iopub_connection, create_client_shell_connection_with_identity, peek_ports_with_listeners,
    peer_identity_for_session,
};
use kernel::{LIMIT, can_run_cells, folder};

struct Client {
    process: Child,
    info: ConnectionInfo,
    shell: ClientShellConnection,
    control: ClientControlConnection,
    iopub: ClientIoPubConnection,
    folder: PathBuf,
}

async fn shell(info: &ConnectionInfo, session: &str) -> ClientShellConnection {
    create_client_shell_connection_with_identity(info, session, peer_identity_for_session(session).unwrap())
        .await
        .unwrap()
}

impl Client {
    async fn start(name: &str) -> Client {
        let folder = folder(name);
        let (ports, listeners) = peek_ports_with_listeners(Ipv4Addr::LOCALHOST.into(), 5).await.unwrap();
        let info = ConnectionInfo {
            ip: "127.0.0.1".into(),
            transport: Transport::TCP,
            shell_port: ports[0],
            iopub_port: ports[1],
            stdin_port: ports[2],
            control_port: ports[3],
            hb_port: ports[4],
            key: "a secret".into(),
            signature_scheme: "hmac-sha256".into(),
            kernel_name: None,
        };
        let file = folder.join("connection.json");
        std::fs::write(&file, serde_json::to_string(&info).unwrap()).unwrap();
        drop(listeners);
        let process =
            Command::new(kernel::kernel()).arg("--connection-file").arg(file).current_dir(&folder).spawn().unwrap();
        // The sockets listen before the engine is ready.
        while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, ports[4])).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let shell = shell(&info, "tests").await;
        let control = create_client_control_connection(&info, "tests").await.unwrap();
        let iopub = create_client_iopub_connection(&info, "", "tests").await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        Client { process, info, shell, control, iopub, folder }
    }

    async fn send(&mut self, content: impl Into<JupyterMessage>) -> String {
        let message: JupyterMessage = content.into();
        let id = message.header.msg_id.clone();
        self.shell.send(message).await.unwrap();
        id
    }

    async fn reply(&mut self) -> JupyterMessage {
        tokio::time::timeout(LIMIT, self.shell.read()).await.expect("a reply").unwrap()
    }

    /// Kinds of all messages about one request, up to idle.
    async fn published(&mut self, id: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        loop {
            let message = tokio::time::timeout(LIMIT, self.iopub.read()).await.expect("a message").unwrap();
            if message.parent_header.as_ref().is_none_or(|parent| parent.msg_id != id) {
                continue;
            }
            match message.content {
                JupyterMessageContent::Status(status) if status.execution_state == ExecutionState::Idle => {
                    kinds.push("idle".into());
                    return kinds;
                }
                JupyterMessageContent::Status(_) => kinds.push("busy".into()),
                other => kinds.push(other.message_type().to_owned()),
            }
        }
    }

    async fn shut_down(mut self) {
        self.control.send(ShutdownRequest { restart: false }.into()).await.unwrap();
        let reply = tokio::time::timeout(LIMIT, self.control.read()).await.expect("a reply").unwrap();
        assert_eq!(reply.message_type(), "shutdown_reply");
        let cells = children(self.process.id());
        let begin = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < LIMIT, "the kernel does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for cell in cells {
            while Path::new("/proc").join(cell.to_string()).exists() {
                assert!(begin.elapsed() < LIMIT, "the cell's process does not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        std::fs::remove_dir_all(self.folder).unwrap();
    }
}

fn children(parent: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let mut found: Vec<u32> = list.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    // The engine's thread is the parent of the cell's process.
    for task in std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    found
}

fn status(reply: &JupyterMessage) -> (ReplyStatus, usize) {
    match &reply.content {
        JupyterMessageContent::ExecuteReply(reply) => (reply.status.clone(), reply.execution_count.value()),
        other => panic!("a reply of type {}", other.message_type()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_answered_in_order_and_foreign_ones_dropped() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("protocol").await;

    let id = client.send(KernelInfoRequest {}).await;
    assert_eq!(client.reply().await.message_type(), "kernel_info_reply");
    assert_eq!(client.published(&id).await, ["busy", "idle"]);

    // A wrong signature is dropped, and the kernel goes on.
    let mut forged = client.info.clone();
    forged.key = "another secret".into();
    let mut stranger = shell(&forged, "stranger").await;
    stranger.send(ExecuteRequest::new("std::process::exit(1)".into()).into()).await.unwrap();

    // Two at once: replies and outputs in order, counts from 1.
    let first = client.send(ExecuteRequest::new("println!(\"a\");\n1".into())).await;
    let second = client.send(ExecuteRequest::new("2".into())).await;
    assert_eq!(status(&client.reply().await), (ReplyStatus::Ok, 1));
    assert_eq!(client.published(&first).await, ["busy", "execute_input", "stream", "execute_result", "idle"]);
    assert_eq!(status(&client.reply().await), (ReplyStatus::Ok, 2));
    assert_eq!(client.published(&second).await, ["busy", "execute_input", "execute_result", "idle"]);

    // A failure aborts what waits behind it.
    let failing = client.send(ExecuteRequest::new("panic!(\"no\")".into())).await;
    let waiting = client.send(ExecuteRequest::new("3".into())).await;
    assert_eq!(status(&client.reply().await), (ReplyStatus::Error, 3));
    assert_eq!(client.published(&failing).await, ["busy", "execute_input", "error", "idle"]);
    assert_eq!(status(&client.reply().await).0, ReplyStatus::Aborted);
    assert_eq!(client.published(&waiting).await, ["busy", "idle"]);

    // An idle kernel takes no notice of an interrupt; a running cell ends and says what was lost.
    client.control.send(InterruptRequest {}.into()).await.unwrap();
    assert_eq!(client.control.read().await.unwrap().message_type(), "interrupt_reply");
    client.send(ExecuteRequest::new("let treasure = 1; fn item() -> u8 { 4 }".into())).await;
    assert_eq!(status(&client.reply().await).0, ReplyStatus::Ok);
    let endless = client.send(ExecuteRequest::new("println!(\"runs\"); loop {}".into())).await;
    loop {
        let message = client.iopub.read().await.unwrap();
        if message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == endless)
            && message.message_type() == "stream"
        {
            break;
        }
    }
    client.control.send(InterruptRequest {}.into()).await.unwrap();
    assert_eq!(client.control.read().await.unwrap().message_type(), "interrupt_reply");
    let reply = client.reply().await;
    let JupyterMessageContent::ExecuteReply(interrupted) = &reply.content else { panic!() };
    let error = interrupted.error.as_ref().expect("an error");
    assert_eq!(error.ename, "Interrupted");
    assert!(error.evalue.contains("variables lost: treasure"), "{}", error.evalue);
    client.send(ExecuteRequest::new("item()".into())).await;
    assert_eq!(status(&client.reply().await).0, ReplyStatus::Ok);

    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kernel_that_runs_a_cell_shuts_down_without_orphans() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("shutdown").await;
    let id = client.send(ExecuteRequest::new("println!(\"runs\"); loop {}".into())).await;
    loop {
        let message = tokio::time::timeout(LIMIT, client.iopub.read()).await.expect("a message").unwrap();
        if message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == id)
            && message.message_type() == "stream"
        {
            break;
        }
    }
    client.shut_down().await;
}
