//! An engine for tests: each line of a cell is a command, so that messages are tested without a compiler.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::engine::{
    Analyst, Bundle, Completion, Display, Engine, Failure, Handle, Later, Output, Shown, Sink, Stream,
};
use crate::message::{CommKind, CommMessage};

/// What reaches a running cell.
enum Call {
    Interrupt,
    Input(Option<String>),
}

/// Runs commands: `out TEXT`, `err TEXT`, `show MIME TEXT`, `update ID TEXT`, `clear`, `clear-wait`, `sleep MS`,
/// `input PROMPT` (echoes the answer), `comm ID TARGET`, `flood BYTES`, `fail NAME VALUE`, `value TEXT`, `replace`,
/// `engine-panic`. A cell ends at the first `fail`; `sleep` and `input` can be interrupted.
pub struct ScriptedEngine {
    sink: Sink,
    handle: Arc<ScriptedHandle>,
    calls: Receiver<Call>,
}

struct ScriptedHandle(Mutex<Sender<Call>>);

impl Handle for ScriptedHandle {
    fn interrupt(&self) {
        self.0.lock().unwrap().send(Call::Interrupt).unwrap();
    }

    fn input(&self, text: Option<String>) {
        self.0.lock().unwrap().send(Call::Input(text)).unwrap();
    }
}

struct ScriptedAnalyst;

impl Analyst for ScriptedAnalyst {
    fn update(&self, _: Later) {}

    fn complete(&self, code: &str, cursor: usize) -> Completion {
        assert!(!code.contains("analyst-panic"), "as asked");
        Completion { start: 0, end: cursor, candidates: vec![(format!("{code}!"), "function".into())] }
    }

    fn inspect(&self, code: &str, _: usize) -> Option<Bundle> {
        (code != "unknown").then(|| Bundle::from([("text/plain".to_owned(), json!(format!("about {code}")))]))
    }
}

impl ScriptedEngine {
    pub fn new(sink: Sink) -> ScriptedEngine {
        let (sender, calls) = channel();
        ScriptedEngine { sink, handle: Arc::new(ScriptedHandle(Mutex::new(sender))), calls }
    }

    fn display(&self, data: Bundle, id: Option<&str>, update: bool) {
        (self.sink)(Output::Display(Display { id: id.map(str::to_owned), update, ..data.into() }));
    }

    /// Waits for input, or until the time is over.
    fn wait(&self, time: Duration) -> Result<Option<String>, Failure> {
        let end = Instant::now() + time;
        match self.calls.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Call::Interrupt) => Err(Failure::new("Interrupted", "the cell was stopped")),
            Ok(Call::Input(text)) => Ok(text),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => panic!("the handle is gone"),
        }
    }

    fn run(&mut self, command: &str, shown: &mut Option<Shown>) -> Result<(), Failure> {
        let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let plain = |text: &str| Bundle::from([("text/plain".to_owned(), Value::from(text))]);
        match name {
            "out" => (self.sink)(Output::Stream(Stream::Stdout, rest.to_owned())),
            "err" => (self.sink)(Output::Stream(Stream::Stderr, rest.to_owned())),
            "show" => self.display(Bundle::from([(first.to_owned(), json!(second))]), Some("shown"), false),
            "update" => self.display(plain(second), Some(first), true),
            "clear" => (self.sink)(Output::Clear { wait: false }),
            "clear-wait" => (self.sink)(Output::Clear { wait: true }),
            "sleep" => drop(self.wait(Duration::from_millis(rest.parse().unwrap()))?),
            "input" => {
                (self.sink)(Output::InputRequest { prompt: rest.to_owned(), password: false });
                let text = self.wait(Duration::from_secs(60))?.unwrap_or_else(|| "nothing".to_owned());
                (self.sink)(Output::Stream(Stream::Stdout, text));
            }
            "comm" => (self.sink)(Output::Comm(CommMessage {
                kind: CommKind::Open,
                id: first.to_owned(),
                target: second.to_owned(),
                data: Map::new(),
                metadata: Map::new(),
            })),
            "flood" => {
                let chunk = "x".repeat(64 << 10);
                for _ in 0..rest.parse::<usize>().unwrap() / chunk.len() {
                    (self.sink)(Output::Stream(Stream::Stdout, chunk.clone()));
                }
            }
            "fail" => return Err(Failure::new(first, second)),
            "value" => *shown = Some(Shown { data: plain(rest), metadata: Map::new() }),
            "replace" => (self.sink)(Output::ProcessReplaced),
            "engine-panic" => panic!("as asked"),
            _ => {}
        }
        Ok(())
    }
}

impl Engine for ScriptedEngine {
    fn evaluate(&mut self, code: &str, _count: usize) -> Result<Option<Shown>, Failure> {
        // What was meant for an earlier cell is of no concern.
        while self.calls.try_recv().is_ok() {}
        let mut shown = None;
        for command in code.lines() {
            self.run(command, &mut shown)?;
        }
        Ok(shown)
    }

    /// Answers an opened comm of the target `echo` and each of its messages; closes comms of other targets.
    fn comm(&mut self, message: CommMessage) {
        let kind = match message.kind {
            CommKind::Open if message.target != "echo" => CommKind::Close,
            CommKind::Close => return,
            CommKind::Open | CommKind::Message => CommKind::Message,
        };
        (self.sink)(Output::Comm(CommMessage { kind, target: String::new(), ..message }));
    }

    fn handle(&self) -> Arc<dyn Handle> {
        Arc::<ScriptedHandle>::clone(&self.handle)
    }

    fn analyst(&self) -> Arc<dyn Analyst> {
        Arc::new(ScriptedAnalyst)
    }
}
