//! The kernel through its sockets: each message path, signatures, interrupts, and an end without orphans.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jupyter_protocol::{ConnectionInfo, JupyterMessage, JupyterMessageContent, Transport, UnknownMessage};
use jupyter_zmq_client::connection::{
    ClientControlConnection, ClientIoPubConnection, ClientShellConnection, ClientStdinConnection,
    create_client_control_connection, create_client_iopub_connection, create_client_shell_connection_with_identity,
    create_client_stdin_connection_with_identity, peek_ports_with_listeners, peer_identity_for_session,
};
use kernel::{LIMIT, can_run_cells, folder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeromq::{SocketSend, ZmqMessage};

const KEY: &str = "a secret";

struct Client {
    process: Child,
    info: ConnectionInfo,
    shell: ClientShellConnection,
    control: ClientControlConnection,
    stdin: ClientStdinConnection,
    iopub: ClientIoPubConnection,
    folder: PathBuf,
}

async fn shell(info: &ConnectionInfo, session: &str) -> ClientShellConnection {
    create_client_shell_connection_with_identity(info, session, peer_identity_for_session(session).unwrap())
        .await
        .unwrap()
}

fn message(kind: &str, content: Value) -> JupyterMessage {
    UnknownMessage { msg_type: kind.to_owned(), content }.into()
}

/// The content of a message, as JSON.
fn content(message: &JupyterMessage) -> Value {
    serde_json::to_value(&message.content).unwrap()
}

fn parent(message: &JupyterMessage) -> &str {
    message.parent_header.as_ref().map_or("", |parent| &parent.msg_id)
}

impl Client {
    /// A kernel of its own, with its own history.
    async fn start(name: &str) -> Client {
        Client::start_in(folder(name)).await
    }

    async fn start_in(folder: PathBuf) -> Client {
        let (ports, listeners) = peek_ports_with_listeners(Ipv4Addr::LOCALHOST.into(), 5).await.unwrap();
        let info = ConnectionInfo {
            ip: "127.0.0.1".into(),
            transport: Transport::TCP,
            shell_port: ports[0],
            iopub_port: ports[1],
            stdin_port: ports[2],
            control_port: ports[3],
            hb_port: ports[4],
            key: KEY.into(),
            signature_scheme: "hmac-sha256".into(),
            kernel_name: None,
        };
        let file = folder.join("connection.json");
        std::fs::write(&file, serde_json::to_string(&info).unwrap()).unwrap();
        drop(listeners);
        let process = Command::new(kernel::kernel())
            .arg("--connection-file")
            .arg(file)
            .current_dir(&folder)
            .env("XDG_DATA_HOME", folder.join("data"))
            // A kernel whose test failed ends with the tests.
            .env("JPY_PARENT_PID", std::process::id().to_string())
            .stderr(std::fs::File::create(folder.join("stderr.txt")).unwrap())
            .spawn()
            .unwrap();
        // The sockets listen before the engine is ready.
        while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, ports[4])).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let shell = shell(&info, "tests").await;
        let control = create_client_control_connection(&info, "tests").await.unwrap();
        let identity = peer_identity_for_session("tests").unwrap();
        let stdin = create_client_stdin_connection_with_identity(&info, "tests", identity).await.unwrap();
        let iopub = create_client_iopub_connection(&info, "", "tests").await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        Client { process, info, shell, control, stdin, iopub, folder }
    }

    async fn send(&mut self, kind: &str, content: Value) -> String {
        let message = message(kind, content);
        let id = message.header.msg_id.clone();
        self.shell.send(message).await.unwrap();
        id
    }

    async fn execute(&mut self, code: &str) -> String {
        self.execute_with(code, json!({})).await
    }

    async fn execute_with(&mut self, code: &str, more: Value) -> String {
        let mut content = json!({"code": code, "silent": false, "store_history": true, "user_expressions": {}});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.send("execute_request", content).await
    }

    async fn reply(&mut self) -> JupyterMessage {
        tokio::time::timeout(LIMIT, self.shell.read()).await.expect("a reply").unwrap()
    }

    /// Runs a cell to its end: its reply, and what it published between busy and idle.
    async fn run(&mut self, code: &str) -> (Value, Vec<JupyterMessage>) {
        let id = self.execute(code).await;
        let published = self.published(&id).await;
        let reply = self.reply().await;
        assert_eq!(parent(&reply), id);
        (content(&reply), published)
    }

    async fn message(&mut self) -> JupyterMessage {
        tokio::time::timeout(LIMIT, self.iopub.read()).await.expect("a message").unwrap()
    }

    /// All messages about one request, up to idle.
    async fn published(&mut self, id: &str) -> Vec<JupyterMessage> {
        let mut messages = Vec::new();
        loop {
            let message = self.message().await;
            if parent(&message) == id {
                let idle = content(&message)["execution_state"] == "idle";
                messages.push(message);
                if idle {
                    return messages;
                }
            }
        }
    }

    /// Waits for a message of a type about a request.
    async fn until(&mut self, id: &str, kind: &str) -> Value {
        loop {
            let message = self.message().await;
            if parent(&message) == id && message.message_type() == kind {
                return content(&message);
            }
        }
    }

    async fn ask_control(&mut self, kind: &str, content: Value) -> JupyterMessage {
        self.control.send(message(kind, content)).await.unwrap();
        tokio::time::timeout(LIMIT, self.control.read()).await.expect("a reply").unwrap()
    }

    /// What the kernel said on its standard error.
    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr.txt")).unwrap()
    }

    async fn ended(process: &mut Child, cells: Vec<u32>) {
        let begin = Instant::now();
        while process.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < LIMIT, "the kernel does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for cell in cells {
            while Path::new("/proc").join(cell.to_string()).exists() {
                assert!(begin.elapsed() < LIMIT, "the cell's process does not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn shut_down(mut self) {
        let cells = children(self.process.id());
        let reply = self.ask_control("shutdown_request", json!({"restart": false})).await;
        assert_eq!(reply.message_type(), "shutdown_reply");
        Client::ended(&mut self.process, cells).await;
        std::fs::remove_dir_all(self.folder).unwrap();
    }
}

fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    // The engine's thread is the parent of the cell's process.
    for task in std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    found
}

/// Types of messages, with the states of statuses; pieces of one stream count once.
fn kinds(messages: &[JupyterMessage]) -> Vec<String> {
    let mut kinds: Vec<String> = messages
        .iter()
        .map(|message| match &message.content {
            JupyterMessageContent::Status(status) => status.execution_state.as_str().to_owned(),
            JupyterMessageContent::StreamContent(_) => content(message)["name"].as_str().unwrap().to_owned(),
            other => other.message_type().to_owned(),
        })
        .collect();
    kinds.dedup_by(|a, b| a == b && (a == "stdout" || a == "stderr"));
    kinds
}

/// The text of a stream in messages.
fn text(messages: &[JupyterMessage], name: &str) -> String {
    let contents = messages.iter().filter(|message| message.message_type() == "stream").map(content);
    contents
        .filter(|content| content["name"] == name)
        .map(|content| content["text"].as_str().unwrap().to_owned())
        .collect()
}

/// The plain text of a cell's value.
fn value(messages: &[JupyterMessage]) -> String {
    let result = messages.iter().find(|message| message.message_type() == "execute_result");
    let result = result.unwrap_or_else(|| panic!("no value in {:?}", messages.iter().map(content).collect::<Vec<_>>()));
    content(result)["data"]["text/plain"].as_str().unwrap().to_owned()
}

/// The frames of a message with any bytes as its parts, signed.
fn signed(parts: [&[u8]; 4]) -> ZmqMessage {
    let pad = |with: u8| {
        let mut block = [with; 64];
        KEY.bytes().zip(&mut block).for_each(|(byte, place)| *place ^= byte);
        Sha256::new().chain_update(block)
    };
    let inner = parts.iter().fold(pad(0x36), |digest, part| digest.chain_update(part)).finalize();
    let signature: String = pad(0x5c).chain_update(inner).finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    frames(&[b"<IDS|MSG>", signature.as_bytes(), parts[0], parts[1], parts[2], parts[3]])
}

fn frames(frames: &[&[u8]]) -> ZmqMessage {
    let mut message = ZmqMessage::from(frames[0].to_vec());
    frames[1..].iter().for_each(|frame| message.push_back(frame.to_vec().into()));
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_sent_at_once_are_answered_in_order() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("order").await;
    let id = client.send("kernel_info_request", json!({})).await;
    assert_eq!(client.reply().await.message_type(), "kernel_info_reply");
    assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);

    let first = client.execute("println!(\"a\");\neprintln!(\"b\");\n1").await;
    let second = client.execute("2").await;
    let of_first = client.published(&first).await;
    let mut order = kinds(&of_first);
    // Two streams have no order between them.
    order[2..4].sort();
    assert_eq!(order, ["busy", "execute_input", "stderr", "stdout", "execute_result", "idle"]);
    assert_eq!((text(&of_first, "stdout"), text(&of_first, "stderr")), ("a\n".into(), "b\n".into()));
    let of_second = client.published(&second).await;
    assert_eq!(kinds(&of_second), ["busy", "execute_input", "execute_result", "idle"]);
    assert_eq!(content(&of_second[2])["execution_count"], 2);
    for (id, count) in [(first, 1), (second, 2)] {
        let reply = client.reply().await;
        assert_eq!((parent(&reply), &content(&reply)["execution_count"]), (id.as_str(), &json!(count)));
    }

    // A failure aborts what waits behind it.
    let failing = client.execute("panic!(\"no\")").await;
    let waiting = client.execute("3").await;
    let failed = client.published(&failing).await;
    assert_eq!(kinds(&failed), ["busy", "execute_input", "error", "idle"]);
    assert_eq!(content(&failed[2])["evalue"], "no");
    assert_eq!(content(&client.reply().await)["status"], "error");
    assert_eq!(content(&client.reply().await)["status"], "aborted");
    assert_eq!(kinds(&client.published(&waiting).await), ["busy", "idle"]);
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_malformed_or_foreign_is_dropped_and_logged() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("malformed").await;
    let mut forged = client.info.clone();
    forged.key = "another secret".into();
    let mut stranger = shell(&forged, "stranger").await;
    let ends = json!({"code": "std::process::exit(1)", "silent": false, "store_history": true, "user_expressions": {}});
    stranger.send(message("execute_request", ends)).await.unwrap();
    let header =
        br#"{"msg_id": "1", "msg_type": "execute_request", "session": "s", "username": "u", "version": "5.3"}"#;
    let deep = "[".repeat(100_000);
    let broken = [
        frames(&[b"no delimiter"]),
        frames(&[b"<IDS|MSG>"]),
        frames(&[b"<IDS|MSG>", b"zz", b"{}", b"{}", b"{}", b"{}"]),
        frames(&[b"<IDS|MSG>", b"", header, b"{}", b"{}", b"{}"]),
        signed([b"{}", b"{}", b"{}", b"{}"]),
        signed([b"\xff\xfe\x00", b"{}", b"{}", b"{}"]),
        signed([header, b"{}", b"{}", b"{\"code\": \"\xc3\x28\"}"]),
        signed([header, b"{}", b"{}", b"[1, 2]"]),
        signed([header, b"{}", b"{}", deep.as_bytes()]),
    ];
    let count = broken.len();
    for message in broken {
        client.shell.socket.send(message).await.unwrap();
    }
    client.send("made_up_request", json!({"a": 1})).await;
    let (reply, published) = client.run("1 + 1").await;
    assert_eq!((&reply["status"], value(&published)), (&json!("ok"), "2".into()));
    let said = client.said();
    assert_eq!(said.matches("a message was dropped").count(), count + 2, "{said}");
    assert!(said.contains("its type `made_up_request` is unknown"), "{said}");
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cell_of_50_megabytes_is_answered() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("large").await;
    let (reply, published) = client.run(&format!("\"{}\".len()", "x".repeat(50_000_000))).await;
    assert_eq!(kinds(&published).last().unwrap(), "idle");
    if reply["status"] == "ok" {
        assert_eq!(value(&published), "50000000");
    }
    assert_eq!(value(&client.run("2").await.1), "2");
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standard_input_is_asked_for_and_answered() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("stdin").await;
    let code = "let mut line = String::new();\nlet read = std::io::stdin().read_line(&mut line)?;\n(read, line)";
    let id = client.execute_with(code, json!({"allow_stdin": true})).await;
    let asked = tokio::time::timeout(LIMIT, client.stdin.read()).await.expect("a question").unwrap();
    assert_eq!((asked.message_type(), parent(&asked)), ("input_request", id.as_str()));
    client.stdin.send(message("input_reply", json!({"value": "hä"}))).await.unwrap();
    assert_eq!(value(&client.published(&id).await), "(4, \"hä\\n\")");
    client.reply().await;

    let id = client.execute_with("saigen::display::password(\"secret? \")", json!({"allow_stdin": true})).await;
    let asked = tokio::time::timeout(LIMIT, client.stdin.read()).await.expect("a question").unwrap();
    assert_eq!(content(&asked), json!({"prompt": "secret? ", "password": true}));
    client.stdin.send(message("input_reply", json!({"value": "s"}))).await.unwrap();
    assert_eq!(value(&client.published(&id).await), "Some(\"s\")");
    client.reply().await;

    // Without leave to ask, the input is at its end, and a note says so.
    let (_, published) = client.run(code).await;
    assert_eq!(value(&published), "(0, \"\")");
    assert!(text(&published, "stderr").contains("gives no input"));
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_cells_waits_for_a_running_cell() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("aside").await;
    let cell = client.execute("std::thread::sleep(std::time::Duration::from_secs(6));\n1").await;
    client.until(&cell, "execute_input").await;
    let begin = Instant::now();
    for (kind, request) in [
        ("complete_request", json!({"code": "Vec::<u8>::new().pus", "cursor_pos": 20})),
        ("inspect_request", json!({"code": "String", "cursor_pos": 3, "detail_level": 0})),
        ("is_complete_request", json!({"code": "fn f() {"})),
        ("history_request", json!({"hist_access_type": "tail", "n": 3, "output": false, "raw": true})),
        ("comm_info_request", json!({})),
        ("kernel_info_request", json!({})),
    ] {
        let id = client.send(kind, request).await;
        let reply = client.reply().await;
        assert_eq!(reply.message_type(), kind.replace("_request", "_reply"));
        assert_eq!(parent(&reply), id);
        assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
    }
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
    let reply = client.reply().await;
    assert_eq!((reply.message_type(), parent(&reply)), ("execute_reply", cell.as_str()));
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comms_go_there_and_back() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("comms").await;
    let code = "use saigen::display::comm::{self, Comm, Event};\n\
        comm::register(\"square\", |comm, event| {\n\
            if let Event::Message(data) = event {\n\
                let x = data[\"x\"].as_f64().unwrap_or(0.0);\n\
                comm.send(serde_json::json!({ \"square\": x * x }));\n\
            }\n\
        });"
    .replace("serde_json", "saigen::serde_json");
    let (reply, _) = client.run(&code).await;
    assert_eq!(reply["status"], "ok", "{reply}");
    let id = client.send("comm_open", json!({"comm_id": "c", "target_name": "square", "data": {}})).await;
    assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
    client.send("comm_msg", json!({"comm_id": "c", "data": {"x": 3}})).await;
    loop {
        let message = client.message().await;
        if message.message_type() == "comm_msg" {
            assert_eq!(content(&message), json!({"comm_id": "c", "data": {"square": 9.0}}));
            break;
        }
    }
    // A target that nobody registered closes its comm.
    client.send("comm_open", json!({"comm_id": "d", "target_name": "unknown", "data": {}})).await;
    loop {
        let message = client.message().await;
        if message.message_type() == "comm_close" {
            assert_eq!(content(&message)["comm_id"], "d");
            break;
        }
    }
    let id = client.execute("let slider = Comm::open(\"slider\", saigen::serde_json::json!({ \"from\": 0 }));").await;
    let opened = client.until(&id, "comm_open").await;
    assert_eq!((&opened["target_name"], &opened["data"]), (&json!("slider"), &json!({"from": 0})));
    client.reply().await;
    client.send("comm_info_request", json!({})).await;
    let comms = content(&client.reply().await)["comms"].take();
    assert_eq!(comms.as_object().unwrap().len(), 2);
    assert_eq!(comms["c"]["target_name"], "square");
    // The process that had them is gone, and they with it.
    let id = client.execute("std::process::abort();").await;
    client.until(&id, "comm_close").await;
    assert_eq!(content(&client.reply().await)["ename"], "ProcessEnded");
    client.send("comm_info_request", json!({})).await;
    assert_eq!(content(&client.reply().await)["comms"], json!({}));
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_is_kept_over_restarts() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("history").await;
    let folder = client.folder.clone();
    client.run("let x = 20;").await;
    client.run("x + 1").await;
    let range = json!({"hist_access_type": "range", "session": 0, "start": 2, "stop": 3, "output": true, "raw": true});
    client.send("history_request", range).await;
    assert_eq!(content(&client.reply().await)["history"], json!([[1, 2, ["x + 1", "21"]]]));
    let reply = client.ask_control("shutdown_request", json!({"restart": true})).await;
    assert_eq!(content(&reply)["restart"], true);
    Client::ended(&mut client.process, Vec::new()).await;

    let mut client = Client::start_in(folder).await;
    // Counts begin anew, variables are gone, and the history is there.
    let (reply, _) = client.run("x").await;
    assert_eq!((&reply["execution_count"], &reply["status"]), (&json!(1), &json!("error")));
    client.send("history_request", json!({"hist_access_type": "tail", "n": 2, "output": false, "raw": true})).await;
    assert_eq!(content(&client.reply().await)["history"], json!([[1, 2, "x + 1"], [2, 1, "x"]]));
    // Fields that the protocol lets out.
    client.send("history_request", json!({"hist_access_type": "search", "pattern": "let*"})).await;
    assert_eq!(content(&client.reply().await)["history"], json!([[1, 1, "let x = 20;"]]));
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outputs_come_while_the_cell_runs() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("outputs").await;
    let code = "use saigen::display::{Html, clear_output, display, show};\n\
        print!(\"no line break\");\n\
        std::thread::sleep(std::time::Duration::from_secs(3));\n\
        show(&Html(\"<b>1</b>\".into()));\n\
        let mut shown = display(&Html(\"<b>2</b>\".into()));\n\
        shown.update(&Html(\"<b>3</b>\".into()));\n\
        clear_output(true);\n\
        clear_output(false);\n\
        7";
    let id = client.execute(code).await;
    assert_eq!(client.until(&id, "stream").await["text"], "no line break");
    let begin = Instant::now();
    let rest = client.published(&id).await;
    assert!(begin.elapsed() > Duration::from_secs(1), "the text came late");
    assert_eq!(
        kinds(&rest),
        [
            "display_data",
            "display_data",
            "update_display_data",
            "clear_output",
            "clear_output",
            "execute_result",
            "idle"
        ]
    );
    let contents: Vec<Value> = rest.iter().map(content).collect();
    assert_eq!(contents[0]["data"]["text/html"], "<b>1</b>");
    assert!(contents[1]["transient"]["display_id"].is_string());
    assert_eq!(contents[1]["transient"], contents[2]["transient"]);
    assert_eq!(contents[2]["data"]["text/html"], "<b>3</b>");
    assert_eq!((&contents[3]["wait"], &contents[4]["wait"]), (&json!(true), &json!(false)));
    client.reply().await;

    // A thread that outlives its cell: its output belongs to the latest.
    let code = "std::thread::spawn(|| {\n    std::thread::sleep(std::time::Duration::from_secs(2));\n    println!(\"late\");\n});";
    client.run(code).await;
    let latest = client.execute("0").await;
    assert_eq!(client.until(&latest, "stream").await["text"], "late\n");
    client.reply().await;

    let (reply, published) = client.run(":no_such_command").await;
    assert_eq!(reply["status"], "error", "{:?}", kinds(&published));
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_of_a_request_are_kept_to() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("flags").await;
    let id = client.execute_with("let y = 4; println!(\"a\"); y", json!({"silent": true})).await;
    assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
    assert_eq!(content(&client.reply().await)["execution_count"], 0);
    let expressions = json!({"user_expressions": {"good": "y * 2", "bad": "nothing"}, "store_history": false});
    client.execute_with("y", expressions).await;
    let reply = content(&client.reply().await);
    assert_eq!((&reply["status"], &reply["execution_count"]), (&json!("ok"), &json!(0)));
    assert_eq!(reply["user_expressions"]["good"]["data"]["text/plain"], "8");
    assert_eq!(reply["user_expressions"]["bad"]["status"], "error");
    client.execute_with("panic!()", json!({"stop_on_error": false})).await;
    client.execute("y").await;
    assert_eq!(content(&client.reply().await)["status"], "error");
    assert_eq!(content(&client.reply().await)["status"], "ok");
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupts_and_crashes_end_the_cell_and_say_what_is_left() {
    if !can_run_cells() {
        return;
    }
    let mut client = Client::start("interrupt").await;
    // An idle kernel takes no notice.
    assert_eq!(client.ask_control("interrupt_request", json!({})).await.message_type(), "interrupt_reply");
    client.run("let treasure = 17; fn item() -> u8 { 4 }").await;
    for by_signal in [false, true] {
        let endless = client.execute("println!(\"runs\"); let mut n = 0_u64; loop { n = n.wrapping_add(1); }").await;
        let waiting = client.execute("treasure").await;
        client.until(&endless, "stream").await;
        if by_signal {
            // SAFETY: the kernel's process is ours and has not been waited for.
            assert_eq!(unsafe { libc::kill(client.process.id().cast_signed(), libc::SIGINT) }, 0);
        } else {
            assert_eq!(client.ask_control("interrupt_request", json!({})).await.message_type(), "interrupt_reply");
        }
        let reply = content(&client.reply().await);
        assert_eq!(reply["ename"], "Interrupted", "{reply}");
        assert_eq!(content(&client.reply().await)["status"], "aborted");
        assert_eq!(kinds(&client.published(&waiting).await), ["busy", "idle"]);
        assert_eq!(value(&client.run("treasure").await.1), "17");
    }
    let (reply, _) = client.run("std::process::abort();").await;
    assert_eq!(reply["ename"], "ProcessEnded");
    assert!(reply["evalue"].as_str().unwrap().contains("treasure"), "{reply}");
    assert_eq!(value(&client.run("item()").await.1), "4");
    client.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kernel_that_runs_a_cell_ends_without_orphans() {
    if !can_run_cells() {
        return;
    }
    for killed in [false, true] {
        let mut client = Client::start(if killed { "killed" } else { "shutdown" }).await;
        let id = client.execute("println!(\"runs\"); loop {}").await;
        client.until(&id, "stream").await;
        if killed {
            let cells = children(client.process.id());
            assert!(!cells.is_empty());
            client.process.kill().unwrap();
            Client::ended(&mut client.process, cells).await;
            std::fs::remove_dir_all(client.folder).unwrap();
        } else {
            client.shut_down().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connection_file_is_checked_and_made_private() {
    let client = Client::start("private").await;
    let file = client.folder.join("connection.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(client.said().contains("could be read by other users"));
    client.shut_down().await;

    let folder = folder("refused");
    let file = folder.join("connection.json");
    for (change, said) in [(json!({"key": ""}), "has no key"), (json!({"ip": "0.0.0.0"}), "not a loopback address")] {
        let mut info = json!({
            "ip": "127.0.0.1", "transport": "tcp", "shell_port": 0, "iopub_port": 0, "stdin_port": 0,
            "control_port": 0, "hb_port": 0, "key": KEY, "signature_scheme": "hmac-sha256"
        });
        info.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        std::fs::write(&file, info.to_string()).unwrap();
        let mut kernel = Command::new(kernel::kernel());
        let output = kernel.arg("--connection-file").arg(&file).stdout(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(said));
    }
    std::fs::remove_dir_all(folder).unwrap();
}
