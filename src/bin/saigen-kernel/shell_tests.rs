//! The session against a scripted engine: every message path, without sockets and compilers.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::scripted::ScriptedEngine;
use crate::wire::tests::request;

const LIMIT: Duration = Duration::from_secs(30);

/// A client of a session.
struct Client {
    shell: Sender<Request>,
    urgent: Sender<Request>,
    nudge: UnboundedSender<Nudge>,
    replies: UnboundedReceiver<Outgoing>,
    control: UnboundedReceiver<Outgoing>,
    stdin: UnboundedReceiver<Outgoing>,
    iopub: UnboundedReceiver<Outgoing>,
    session: JoinHandle<Result<(), ServerError>>,
}

impl Client {
    fn start() -> Client {
        Client::on(Worker::start(|sink| Ok(ScriptedEngine::new(sink))).unwrap())
    }

    fn on(worker: Worker) -> Client {
        let (shell, shell_in) = channel(64);
        let (urgent, urgent_in) = channel(64);
        let (nudge, nudges) = unbounded_channel();
        let (shell_out, replies) = unbounded_channel();
        let (control_out, control) = unbounded_channel();
        let (stdin_out, stdin) = unbounded_channel();
        let (iopub_out, iopub) = unbounded_channel();
        let outlets = Outlets { shell: shell_out, control: control_out, stdin: stdin_out, iopub: iopub_out };
        let inlets = Inlets { shell: shell_in, urgent: urgent_in, nudges };
        let history = History::start(None).unwrap();
        let session = tokio::spawn(async move { Shell::new(worker, outlets, history).run(inlets).await });
        Client { shell, urgent, nudge, replies, control, stdin, iopub, session }
    }

    /// Sends a request and returns its id.
    async fn send(&self, kind: &str, content: Value) -> String {
        let request = request(kind, content);
        let id = request.header["msg_id"].as_str().unwrap().to_owned();
        self.shell.send(request).await.unwrap();
        id
    }

    async fn execute(&self, code: &str) -> String {
        self.send("execute_request", json!({ "code": code })).await
    }

    async fn reply(&mut self) -> Outgoing {
        timeout(LIMIT, self.replies.recv()).await.expect("a reply").unwrap()
    }

    async fn message(&mut self) -> Outgoing {
        timeout(LIMIT, self.iopub.recv()).await.expect("a message").unwrap()
    }

    /// What is published about one request, up to its idle; what belongs to others is passed over.
    async fn published(&mut self, id: &str) -> Vec<Outgoing> {
        let mut messages = Vec::new();
        loop {
            let message = self.message().await;
            if parent(&message) == id {
                let idle = message.content["execution_state"] == "idle";
                messages.push(message);
                if idle {
                    return messages;
                }
            }
        }
    }

    /// Waits for a message of a type, whatever its parent.
    async fn until(&mut self, kind: &str) -> Outgoing {
        loop {
            let message = self.message().await;
            if message.kind == kind {
                return message;
            }
        }
    }

    /// Nothing else has been or will be published.
    async fn end(mut self) -> Vec<Outgoing> {
        self.nudge.send(Nudge::End).unwrap();
        timeout(LIMIT, self.session).await.expect("an end").unwrap().unwrap();
        let mut rest = Vec::new();
        while let Some(message) = self.iopub.recv().await {
            rest.push(message);
        }
        rest
    }
}

fn parent(message: &Outgoing) -> &str {
    message.parent.as_ref().map_or("", |parent| parent.header["msg_id"].as_str().unwrap())
}

/// Types of messages, with the states of statuses and the text of streams.
fn kinds(messages: &[Outgoing]) -> Vec<String> {
    let text = |message: &Outgoing| match message.kind {
        "status" => message.content["execution_state"].as_str().unwrap().to_owned(),
        "stream" => {
            format!("{} {}", message.content["name"].as_str().unwrap(), message.content["text"].as_str().unwrap())
        }
        kind => kind.to_owned(),
    };
    messages.iter().map(text).collect()
}

#[tokio::test]
async fn a_cell_is_busy_its_outputs_its_reply_and_idle() {
    let mut client = Client::start();
    let code = "out a\nerr b\nshow text/html <b>\nupdate shown c\nclear\nclear-wait\nvalue 7";
    let id = client.execute(code).await;
    let messages = client.published(&id).await;
    assert_eq!(
        kinds(&messages),
        [
            "busy",
            "execute_input",
            "stdout a",
            "stderr b",
            "display_data",
            "update_display_data",
            "clear_output",
            "clear_output",
            "execute_result",
            "idle"
        ]
    );
    assert_eq!(messages[1].content, json!({"code": code, "execution_count": 1}));
    assert_eq!(
        messages[4].content,
        json!({"data": {"text/html": "<b>"}, "metadata": {}, "transient": {"display_id": "shown"}})
    );
    assert_eq!(messages[5].content["transient"]["display_id"], "shown");
    assert_eq!((&messages[6].content["wait"], &messages[7].content["wait"]), (&json!(false), &json!(true)));
    assert_eq!(messages[8].content["data"], json!({"text/plain": "7"}));
    let reply = client.reply().await;
    assert_eq!((reply.kind, parent(&reply)), ("execute_reply", id.as_str()));
    assert_eq!((&reply.content["status"], &reply.content["execution_count"]), (&json!("ok"), &json!(1)));
    assert!(client.end().await.is_empty());
}

#[tokio::test]
async fn cells_sent_at_once_run_in_order() {
    let mut client = Client::start();
    let (first, second) = (client.execute("sleep 50\nout 1").await, client.execute("out 2").await);
    assert_eq!(kinds(&client.published(&first).await), ["busy", "execute_input", "stdout 1", "idle"]);
    assert_eq!(kinds(&client.published(&second).await), ["busy", "execute_input", "stdout 2", "idle"]);
    for (id, count) in [(first, 1), (second, 2)] {
        let reply = client.reply().await;
        assert_eq!((parent(&reply), &reply.content["execution_count"]), (id.as_str(), &json!(count)));
    }
}

#[tokio::test]
async fn a_failure_aborts_the_cells_behind_it_unless_told_otherwise() {
    let mut client = Client::start();
    let failing = client.execute("sleep 50\nfail Panic no").await;
    let waiting = client.execute("out never").await;
    let messages = client.published(&failing).await;
    assert_eq!(kinds(&messages), ["busy", "execute_input", "error", "idle"]);
    assert_eq!(messages[2].content["ename"], "Panic");
    assert_eq!(client.reply().await.content["evalue"], "no");
    assert_eq!(kinds(&client.published(&waiting).await), ["busy", "idle"]);
    assert_eq!(client.reply().await.content["status"], "aborted");

    client.send("execute_request", json!({"code": "sleep 50\nfail Panic no", "stop_on_error": false})).await;
    let waiting = client.execute("out runs").await;
    assert_eq!(client.reply().await.content["status"], "error");
    assert_eq!(client.reply().await.content["status"], "ok");
    assert_eq!(kinds(&client.published(&waiting).await), ["busy", "execute_input", "stdout runs", "idle"]);
}

#[tokio::test]
async fn silent_cells_say_nothing_and_unstored_ones_do_not_count() {
    let mut client = Client::start();
    let silent = client.send("execute_request", json!({"code": "out a\nvalue 1", "silent": true})).await;
    assert_eq!(kinds(&client.published(&silent).await), ["busy", "idle"]);
    let failing = client.send("execute_request", json!({"code": "fail E no", "silent": true})).await;
    assert_eq!(kinds(&client.published(&failing).await), ["busy", "idle"]);
    let unstored = client.send("execute_request", json!({"code": "value 1", "store_history": false})).await;
    assert_eq!(kinds(&client.published(&unstored).await), ["busy", "execute_input", "execute_result", "idle"]);
    client.execute("").await;
    client.execute("value 2").await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let content = client.reply().await.content;
        seen.push(format!("{} {}", content["status"].as_str().unwrap(), content["execution_count"]));
    }
    assert_eq!(seen, ["ok 0", "error 0", "ok 0", "ok 0", "ok 1"]);
    client.send("history_request", json!({"hist_access_type": "tail", "n": 9, "output": true})).await;
    assert_eq!(client.reply().await.content["history"], json!([[1, 1, ["value 2", "2"]]]));
}

#[tokio::test]
async fn expressions_are_evaluated_after_a_cell_that_succeeds() {
    let mut client = Client::start();
    let expressions = json!({"good": "value 5", "bad": "fail NameError no such thing"});
    let id = client.send("execute_request", json!({"code": "value 1", "user_expressions": expressions})).await;
    let answers = client.reply().await.content["user_expressions"].take();
    assert_eq!(answers["good"], json!({"status": "ok", "data": {"text/plain": "5"}, "metadata": {}}));
    assert_eq!((&answers["bad"]["status"], &answers["bad"]["ename"]), (&json!("error"), &json!("NameError")));
    assert_eq!(kinds(&client.published(&id).await), ["busy", "execute_input", "execute_result", "idle"]);
    client.send("execute_request", json!({"code": "fail E no", "user_expressions": expressions})).await;
    assert_eq!(client.reply().await.content["user_expressions"], json!({}));
}

#[tokio::test]
async fn nothing_but_cells_waits_for_a_cell() {
    let mut client = Client::start();
    let cell = client.execute("out runs\nsleep 20000").await;
    client.until("stream").await;
    let asked = [
        ("complete_request", json!({"code": "é", "cursor_pos": 1}), "complete_reply"),
        ("inspect_request", json!({"code": "String", "cursor_pos": 3}), "inspect_reply"),
        ("is_complete_request", json!({"code": "fn f() {"}), "is_complete_reply"),
        ("history_request", json!({"hist_access_type": "tail"}), "history_reply"),
        ("kernel_info_request", json!({}), "kernel_info_reply"),
        ("comm_info_request", json!({}), "comm_info_reply"),
    ];
    for (kind, content, answered) in asked {
        let id = client.send(kind, content).await;
        let reply = client.reply().await;
        assert_eq!((reply.kind, parent(&reply)), (answered, id.as_str()));
        assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
        // The last status that a front end sees is that of the cell.
        let last = client.message().await;
        assert_eq!((parent(&last), &last.content), (cell.as_str(), &json!({"execution_state": "busy"})));
    }
    client.urgent.send(Request { channel: Channel::Control, ..request("interrupt_request", json!({})) }).await.unwrap();
    assert_eq!(timeout(LIMIT, client.control.recv()).await.unwrap().unwrap().kind, "interrupt_reply");
    assert_eq!(client.reply().await.content["ename"], "Interrupted");
}

#[tokio::test]
async fn answers_about_code_count_characters_and_survive_a_failing_analyst() {
    let mut client = Client::start();
    client.send("complete_request", json!({"code": "é∞x", "cursor_pos": 2})).await;
    let content = client.reply().await.content;
    assert_eq!((&content["matches"], &content["cursor_end"]), (&json!(["é∞x!"]), &json!(2)));
    client.send("complete_request", json!({"code": "analyst-panic"})).await;
    let content = client.reply().await.content;
    assert_eq!((&content["status"], &content["matches"]), (&json!("ok"), &json!([])));
    client.send("inspect_request", json!({"code": "unknown", "cursor_pos": 99})).await;
    assert_eq!(client.reply().await.content["found"], false);
    client.send("inspect_request", json!({"code": "known", "cursor_pos": 1})).await;
    assert_eq!(client.reply().await.content["data"]["text/plain"], "about known");
}

#[tokio::test]
async fn interrupts_by_signal_stop_the_cell_and_abort_the_rest() {
    let mut client = Client::start();
    // An idle kernel takes no notice.
    client.nudge.send(Nudge::Interrupt).unwrap();
    client.execute("out runs\nsleep 20000").await;
    client.execute("out never").await;
    client.until("stream").await;
    client.nudge.send(Nudge::Interrupt).unwrap();
    assert_eq!(client.reply().await.content["ename"], "Interrupted");
    assert_eq!(client.reply().await.content["status"], "aborted");
    client.execute("value 1").await;
    assert_eq!(client.reply().await.content["status"], "ok");
}

#[tokio::test]
async fn input_goes_to_whoever_sent_the_cell_and_comes_back() {
    let mut client = Client::start();
    let id = client.send("execute_request", json!({"code": "input name?", "allow_stdin": true})).await;
    let asked = timeout(LIMIT, client.stdin.recv()).await.unwrap().unwrap();
    assert_eq!((asked.kind, parent(&asked)), ("input_request", id.as_str()));
    assert_eq!(asked.content, json!({"prompt": "name?", "password": false}));
    assert_eq!(asked.parent.as_ref().unwrap().identities, [b"client".to_vec()]);
    let answer = |text: &str| Request { channel: Channel::Stdin, ..request("input_reply", json!({ "value": text })) };
    client.urgent.send(answer("me")).await.unwrap();
    assert_eq!(client.until("stream").await.content["text"], "me");
    assert_eq!(client.reply().await.content["status"], "ok");
    // An answer to no question is dropped; without leave to ask, there is no input, and a note.
    client.urgent.send(answer("stale")).await.unwrap();
    let id = client.execute("input name?").await;
    let said = kinds(&client.published(&id).await);
    assert!(said[2].starts_with("stderr this front end gives no input") && said[3] == "stdout nothing", "{said:?}");
    // The same when the question can't be sent.
    client.send("execute_request", json!({"code": "input name?", "allow_stdin": true})).await;
    client.stdin.recv().await.unwrap();
    client.nudge.send(Nudge::NoInput).unwrap();
    assert_eq!(client.until("stream").await.content["text"], "nothing");
}

#[tokio::test]
async fn comms_are_opened_used_and_closed_from_both_sides() {
    let mut client = Client::start();
    let id = client.send("comm_open", json!({"comm_id": "c", "target_name": "echo", "data": {"x": 1}})).await;
    let messages = client.published(&id).await;
    assert_eq!(kinds(&messages), ["busy", "comm_msg", "idle"]);
    assert_eq!(messages[1].content, json!({"comm_id": "c", "data": {"x": 1}}));
    // An unknown target closes the comm.
    let id = client.send("comm_open", json!({"comm_id": "d", "target_name": "other"})).await;
    assert_eq!(kinds(&client.published(&id).await), ["busy", "comm_close", "idle"]);
    let id = client.execute("comm e plot").await;
    let messages = client.published(&id).await;
    assert_eq!(messages[2].content, json!({"comm_id": "e", "target_name": "plot", "data": {}}));
    client.reply().await;
    client.send("comm_info_request", json!({})).await;
    let comms = client.reply().await.content["comms"].take();
    assert_eq!(comms, json!({"c": {"target_name": "echo"}, "e": {"target_name": "plot"}}));
    client.send("comm_info_request", json!({"target_name": "plot"})).await;
    assert_eq!(client.reply().await.content["comms"], json!({"e": {"target_name": "plot"}}));

    // Between cells, in the order in which things were sent.
    let cell = client.execute("sleep 100\nout end").await;
    let message = client.send("comm_msg", json!({"comm_id": "c", "data": {}})).await;
    let ended = client.published(&cell).await;
    assert!(ended.iter().all(|message| message.kind != "comm_msg"));
    assert_eq!(kinds(&client.published(&message).await), ["busy", "comm_msg", "idle"]);
    client.reply().await;

    let id = client.send("comm_close", json!({"comm_id": "c"})).await;
    assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
    let id = client.send("comm_msg", json!({"comm_id": "c", "data": {}})).await;
    assert_eq!(kinds(&client.published(&id).await), ["busy", "idle"]);
    // A new cell process knows no comms.
    let id = client.execute("replace").await;
    let messages = client.published(&id).await;
    assert_eq!((messages[2].kind, &messages[2].content["comm_id"]), ("comm_close", &json!("e")));
}

#[tokio::test]
async fn unknown_messages_are_dropped_and_the_session_goes_on() {
    let mut client = Client::start();
    client.send("made_up_request", json!({"a": 1})).await;
    // Contents that lack everything get the defaults of the protocol.
    client.send("execute_request", json!({})).await;
    assert_eq!(client.reply().await.content["status"], "ok");
    client.send("complete_request", json!({"code": 5})).await;
    assert_eq!(client.reply().await.kind, "complete_reply");
    client.send("comm_open", json!({})).await;
    client.send("kernel_info_request", json!({})).await;
    assert_eq!(client.reply().await.kind, "kernel_info_reply");
    assert!(client.end().await.iter().all(|message| !parent(message).starts_with("made_up")));
}

#[tokio::test]
async fn a_shutdown_is_answered_while_a_cell_runs() {
    for restart in [false, true] {
        let mut client = Client::start();
        client.execute("out runs\nsleep 20000").await;
        client.until("stream").await;
        let shutdown = request("shutdown_request", json!({ "restart": restart }));
        client.urgent.send(Request { channel: Channel::Control, ..shutdown }).await.unwrap();
        let reply = timeout(LIMIT, client.control.recv()).await.unwrap().unwrap();
        assert_eq!(reply.content, json!({"status": "ok", "restart": restart}));
        assert_eq!(client.until("shutdown_reply").await.content, reply.content);
        timeout(LIMIT, client.session).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_engine_that_does_not_start_is_answered_for() {
    let worker = Worker::start(|_| {
        std::thread::sleep(Duration::from_millis(50));
        Err::<ScriptedEngine, _>("no library".to_owned())
    });
    let mut client = Client::on(worker.unwrap());
    // Both wait for the engine and are answered when it gives up.
    client.send("complete_request", json!({"code": "a", "cursor_pos": 1})).await;
    client.execute("1").await;
    let mut seen = [client.reply().await, client.reply().await].map(|reply| reply.content["status"].to_string());
    seen.sort();
    assert_eq!(seen, ["\"error\"", "\"ok\""]);
}

#[tokio::test]
async fn a_flood_nobody_takes_stops_its_producer() {
    let mut client = Client::start();
    // Four times what may be under way: the cell can't end before someone takes its output.
    client.execute(&format!("flood {}", 64 << 20)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = client.iopub.len();
    assert!(waiting < 300, "{waiting} messages wait");
    for _ in 0..(64 << 20) / (64 << 10) {
        client.until("stream").await;
    }
    assert_eq!(client.reply().await.content["status"], "ok");
}
