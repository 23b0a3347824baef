//! Requests, answered: cells one after another, everything else at once.
//!
//! One task holds all state of the session and never waits for a cell. Cells and comm messages go to the engine in
//! the order in which they came; completion, inspection, parsing and history run beside them.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinSet, spawn_blocking};

use crate::cells::completeness;
use crate::comms::{self, Comms};
use crate::engine::{Analyst, Completion, Handle};
use crate::execution::{Current, Job};
use crate::history::History;
use crate::messages;
use crate::server::ServerError;
use crate::wire::{Channel, Outgoing, Request};
use crate::worker::{Event, Worker};

/// The ways out, one per socket.
pub struct Outlets {
    pub shell: UnboundedSender<Outgoing>,
    pub control: UnboundedSender<Outgoing>,
    pub stdin: UnboundedSender<Outgoing>,
    pub iopub: UnboundedSender<Outgoing>,
}

/// What reaches the session beside requests.
#[derive(Debug, PartialEq, Eq)]
pub enum Nudge {
    Interrupt,
    /// The request for input could not be sent.
    NoInput,
    End,
}

/// The ways in.
pub struct Inlets {
    /// From the shell socket.
    pub shell: Receiver<Request>,
    /// From the control and stdin sockets, which don't wait behind the shell.
    pub urgent: Receiver<Request>,
    pub nudges: UnboundedReceiver<Nudge>,
}

/// The session.
pub struct Shell {
    pub(crate) worker: Worker,
    outlets: Outlets,
    pub(crate) history: History,
    pub(crate) comms: Comms,
    /// Reaches the engine once it has started.
    pub(crate) handle: Option<Arc<dyn Handle>>,
    analysis: Analysis,
    announce: watch::Sender<Answering>,
    /// Replies that are being made beside the cells.
    answers: JoinSet<(Arc<Request>, &'static str, Value)>,
    /// What waits for the engine.
    pub(crate) queue: VecDeque<Job>,
    pub(crate) current: Option<Current>,
    /// Cells counted so far.
    pub(crate) executed: usize,
    /// The request whose cell ran last: output that comes later belongs to it.
    pub(crate) latest: Option<Arc<Request>>,
    /// The request that reached the engine last: comm messages that come belong to it.
    pub(crate) cause: Option<Arc<Request>>,
}

/// Whether there is an analyst.
#[derive(Clone)]
enum Answering {
    NotYet,
    Never,
    Now(Arc<dyn Analyst>),
}

impl Shell {
    /// A session on an engine that starts or has started.
    pub fn new(worker: Worker, outlets: Outlets, history: History) -> Shell {
        let (announce, answering) = watch::channel(Answering::NotYet);
        Shell {
            worker,
            outlets,
            history,
            comms: Comms::default(),
            handle: None,
            analysis: Analysis { answering, turn: Arc::default() },
            announce,
            answers: JoinSet::new(),
            queue: VecDeque::new(),
            current: None,
            executed: 0,
            latest: None,
            cause: None,
        }
    }

    /// Answers requests until one asks for shutdown, or a nudge does.
    ///
    /// # Errors
    /// The engine's thread ended.
    pub async fn run(&mut self, mut inlets: Inlets) -> Result<(), ServerError> {
        loop {
            tokio::select! {
                event = self.worker.events.recv() => {
                    let event = event.ok_or(ServerError::EngineEnded)?;
                    if matches!(event, Event::Evaluated(Err(_))) {
                        // What has come in by now was sent before its sender could know of the failure; what comes
                        // after the reply is a new beginning.
                        while let Ok(request) = inlets.shell.try_recv() {
                            if self.take(request) {
                                return Ok(());
                            }
                        }
                    }
                    if self.event(event) {
                        self.abort();
                    }
                    self.next();
                }
                Some(request) = inlets.urgent.recv() => {
                    if self.take(request) {
                        return Ok(());
                    }
                }
                Some(request) = inlets.shell.recv() => {
                    if self.take(request) {
                        return Ok(());
                    }
                    self.next();
                }
                Some(Ok((request, kind, reply))) = self.answers.join_next() => {
                    self.reply(&request, kind, reply);
                    self.finish(&request);
                }
                Some(nudge) = inlets.nudges.recv() => match nudge {
                    Nudge::Interrupt => self.interrupt(),
                    Nudge::NoInput => self.input(None),
                    Nudge::End => return Ok(()),
                },
            }
        }
    }

    /// Takes a request; true when the kernel is to end.
    fn take(&mut self, request: Request) -> bool {
        let request = Arc::new(request);
        match request.kind() {
            "execute_request" => self.queue.push_back(Job::Cell(request)),
            "comm_open" | "comm_msg" | "comm_close" => {
                if let Some(message) = comms::from_request(&request) {
                    self.queue.push_back(Job::Comm(request, message));
                }
            }
            "complete_request" => {
                let (code, cursor) = position(&request);
                let analysis = self.analysis.clone();
                self.aside(&request, "complete_reply", async move {
                    let nothing = Completion { start: cursor, end: cursor, candidates: Vec::new() };
                    let asked = code.clone();
                    let found = analysis.ask(move |analyst| analyst.complete(&asked, cursor)).await;
                    messages::complete_reply(&code, &found.unwrap_or(nothing))
                });
            }
            "inspect_request" => {
                let (code, cursor) = position(&request);
                let analysis = self.analysis.clone();
                self.aside(&request, "inspect_reply", async move {
                    let found = analysis.ask(move |analyst| analyst.inspect(&code, cursor)).await;
                    messages::inspect_reply(found.flatten().as_ref())
                });
            }
            "is_complete_request" => {
                let code = request.text("code").to_owned();
                self.aside(&request, "is_complete_reply", async move {
                    let parsed = spawn_blocking(move || messages::is_complete_reply(&code)).await;
                    parsed.unwrap_or_else(|_| json!({"status": "unknown"}))
                });
            }
            "history_request" => {
                let reply = self.history.reply(&request);
                self.aside(&request, "history_reply", reply);
            }
            "kernel_info_request" => self.at_once(&request, "kernel_info_reply", messages::kernel_info()),
            "comm_info_request" => {
                let target = request.content.get("target_name").and_then(Value::as_str).filter(|name| !name.is_empty());
                let comms = self.comms.info(target);
                self.at_once(&request, "comm_info_reply", comms);
            }
            "interrupt_request" => {
                self.interrupt();
                self.at_once(&request, "interrupt_reply", json!({"status": "ok"}));
            }
            "input_reply" => self.input(Some(request.text("value").to_owned())),
            "shutdown_request" => {
                let reply = json!({"status": "ok", "restart": request.flag("restart", false)});
                self.busy(&request);
                self.publish(Outgoing::new("shutdown_reply", Some(&request), reply.clone()));
                self.reply(&request, "shutdown_reply", reply);
                self.finish(&request);
                return true;
            }
            unknown => eprintln!("saigen-kernel: a message was dropped: its type `{unknown}` is unknown"),
        }
        false
    }

    fn at_once(&mut self, request: &Arc<Request>, kind: &'static str, reply: Value) {
        self.busy(request);
        self.reply(request, kind, reply);
        self.finish(request);
    }

    /// Makes a reply beside whatever else is going on.
    fn aside(
        &mut self,
        request: &Arc<Request>,
        kind: &'static str,
        reply: impl Future<Output = Value> + Send + 'static,
    ) {
        self.busy(request);
        let request = Arc::clone(request);
        self.answers.spawn(async move { (request, kind, reply.await) });
    }

    /// Handles what the engine says; true when a cell failed and those that wait are to be aborted.
    fn event(&mut self, event: Event) -> bool {
        match event {
            Event::Started(Ok(started)) => {
                self.handle = Some(started.handle);
                self.announce.send_replace(Answering::Now(started.analyst));
                false
            }
            Event::Started(Err(reason)) => {
                eprintln!("saigen-kernel: {reason}");
                self.announce.send_replace(Answering::Never);
                false
            }
            Event::Output(output, permit) => {
                self.output(output, permit);
                false
            }
            Event::Evaluated(outcome) => self.evaluated(outcome),
            Event::Delivered => {
                self.delivered();
                false
            }
        }
    }

    /// Stops the cell that runs.
    fn interrupt(&self) {
        if let Some(handle) = &self.handle {
            handle.interrupt();
        }
    }

    pub(crate) fn busy(&self, request: &Arc<Request>) {
        self.publish(Outgoing::new("status", Some(request), json!({"execution_state": "busy"})));
    }

    /// Ends a request. Front ends take the last status for that of the kernel, whichever request it belongs to, so a
    /// cell that still runs says once more that it does.
    pub(crate) fn finish(&self, request: &Arc<Request>) {
        self.publish(Outgoing::new("status", Some(request), json!({"execution_state": "idle"})));
        if let Some(current) = &self.current
            && !Arc::ptr_eq(current.request(), request)
        {
            self.busy(current.request());
        }
    }

    pub(crate) fn reply(&self, request: &Arc<Request>, kind: &'static str, content: Value) {
        let outlet = match request.channel {
            Channel::Shell => &self.outlets.shell,
            Channel::Control => &self.outlets.control,
            Channel::Stdin => &self.outlets.stdin,
        };
        // Fails only when the socket's task has ended, and with it the kernel.
        let _ = outlet.send(Outgoing::new(kind, Some(request), content));
    }

    pub(crate) fn ask_for_input(&self, request: &Arc<Request>, prompt: &str, password: bool) {
        let content = json!({"prompt": prompt, "password": password});
        let _ = self.outlets.stdin.send(Outgoing::new("input_request", Some(request), content));
    }

    pub(crate) fn publish(&self, message: Outgoing) {
        let _ = self.outlets.iopub.send(message);
    }
}

/// The code of a request, and the byte offset of its cursor.
fn position(request: &Request) -> (String, usize) {
    let code = request.text("code").to_owned();
    let cursor = request.content.get("cursor_pos").and_then(Value::as_u64);
    let cursor = cursor.map_or(code.len(), |characters| {
        completeness::byte_offset(&code, usize::try_from(characters).unwrap_or(usize::MAX))
    });
    (code, cursor)
}

/// Asks the analyst, one question at a time and in their order, on threads that may block.
#[derive(Clone)]
struct Analysis {
    answering: watch::Receiver<Answering>,
    turn: Arc<Mutex<()>>,
}

impl Analysis {
    /// Waits until the engine has started; `None` when there is no analyst, or it failed.
    async fn ask<T: Send + 'static>(mut self, question: impl FnOnce(&dyn Analyst) -> T + Send + 'static) -> Option<T> {
        let answering =
            self.answering.wait_for(|answering| !matches!(answering, Answering::NotYet)).await.ok()?.clone();
        let Answering::Now(analyst) = answering else { return None };
        let _turn = self.turn.lock().await;
        spawn_blocking(move || question(&*analyst)).await.ok()
    }
}

#[cfg(test)]
#[path = "shell_tests.rs"]
mod tests;
