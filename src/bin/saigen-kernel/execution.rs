//! Cells and comm messages on their way through the engine.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::budget::Permit;
use crate::engine::{Failure, Output, Shown};
use crate::message::CommMessage;
use crate::messages;
use crate::shell::Shell;
use crate::wire::{Outgoing, Request};
use crate::worker::stream_name;

/// What waits for the engine.
pub enum Job {
    Cell(Arc<Request>),
    Comm(Arc<Request>, CommMessage),
}

/// What the engine works on.
pub enum Current {
    Cell(Running),
    Comm(Arc<Request>),
}

impl Current {
    /// The request behind it.
    pub fn request(&self) -> &Arc<Request> {
        match self {
            Current::Cell(running) => &running.request,
            Current::Comm(request) => request,
        }
    }
}

/// A cell that runs, or the expressions that follow it.
pub struct Running {
    request: Arc<Request>,
    count: usize,
    silent: bool,
    stored: bool,
    /// The text of its value.
    value: Option<String>,
    /// Expressions that are still to be evaluated, by name; the first is under way once `evaluating`.
    expressions: VecDeque<(String, String)>,
    evaluating: bool,
    answers: Map<String, Value>,
    /// The cell waits for input.
    asked: bool,
}

impl Shell {
    /// Gives the engine the next job, if it has none.
    pub(crate) fn next(&mut self) {
        if self.current.is_some() {
            return;
        }
        match self.queue.pop_front() {
            Some(Job::Cell(request)) => self.begin(request),
            Some(Job::Comm(request, message)) => {
                self.busy(&request);
                if self.comms.pass(&message) {
                    self.cause = Some(Arc::clone(&request));
                    self.worker.comm(message);
                    self.current = Some(Current::Comm(request));
                } else {
                    eprintln!("saigen-kernel: a message about the comm `{}` was dropped: it isn't open", message.id);
                    self.finish(&request);
                    self.next();
                }
            }
            None => {}
        }
    }

    fn begin(&mut self, request: Arc<Request>) {
        let code = request.text("code").to_owned();
        let silent = request.flag("silent", false);
        let stored = !silent && request.flag("store_history", true) && !code.trim().is_empty();
        if stored {
            self.executed += 1;
        }
        let count = self.executed;
        self.busy(&request);
        if !silent {
            let content = json!({"code": code, "execution_count": count});
            self.publish(Outgoing::new("execute_input", Some(&request), content));
        }
        let expressions = request.object("user_expressions");
        let expressions =
            expressions.into_iter().map(|(name, code)| (name, code.as_str().unwrap_or_default().to_owned())).collect();
        self.latest = Some(Arc::clone(&request));
        self.cause = Some(Arc::clone(&request));
        self.current = Some(Current::Cell(Running {
            request,
            count,
            silent,
            stored,
            value: None,
            expressions,
            evaluating: false,
            answers: Map::new(),
            asked: false,
        }));
        self.worker.evaluate(code, count);
    }

    /// Takes the outcome of a cell or of an expression; true when the cells that wait are to be aborted.
    pub(crate) fn evaluated(&mut self, outcome: Result<Option<Shown>, Failure>) -> bool {
        let Some(Current::Cell(mut running)) = self.current.take() else { return false };
        running.asked = false;
        if running.evaluating {
            running.evaluating = false;
            if let Some((name, _)) = running.expressions.pop_front() {
                running.answers.insert(name, messages::expression(&outcome));
            }
        } else {
            match &outcome {
                Ok(Some(shown)) => {
                    running.value = shown.data.get("text/plain").and_then(Value::as_str).map(str::to_owned);
                    if !running.silent {
                        let content = messages::execute_result(running.count, shown);
                        self.publish(Outgoing::new("execute_result", Some(&running.request), content));
                    }
                }
                Ok(None) => {}
                Err(failure) => {
                    self.conclude(running, Err(failure));
                    return self.latest.as_ref().is_some_and(|request| request.flag("stop_on_error", true));
                }
            }
        }
        match running.expressions.front() {
            Some((_, code)) => {
                self.worker.evaluate(code.clone(), running.count);
                running.evaluating = true;
                self.current = Some(Current::Cell(running));
            }
            None => self.conclude(running, Ok(())),
        }
        false
    }

    fn conclude(&mut self, running: Running, outcome: Result<(), &Failure>) {
        let Running { request, count, silent, stored, value, answers, .. } = running;
        if let Err(failure) = outcome
            && !silent
        {
            self.publish(Outgoing::new("error", Some(&request), messages::error(failure)));
        }
        if stored {
            self.history.record(count, request.text("code"), value.as_deref());
        }
        self.reply(&request, "execute_reply", messages::execute_reply(count, outcome.map(|()| answers)));
        self.finish(&request);
    }

    /// Answers the cells that wait, without running them.
    pub(crate) fn abort(&mut self) {
        let (cells, others) = std::mem::take(&mut self.queue).into_iter().partition(|job| matches!(job, Job::Cell(_)));
        self.queue = others;
        let cells: VecDeque<Job> = cells;
        for job in cells {
            if let Job::Cell(request) = job {
                self.busy(&request);
                self.reply(&request, "execute_reply", messages::aborted(self.executed));
                self.finish(&request);
            }
        }
    }

    /// A comm message has been delivered.
    pub(crate) fn delivered(&mut self) {
        if let Some(Current::Comm(request)) = &self.current {
            let request = Arc::clone(request);
            self.current = None;
            self.finish(&request);
        }
    }

    /// Publishes output: of the cell that runs, or of threads that outlived theirs.
    pub(crate) fn output(&mut self, output: Output, permit: Permit) {
        let (kind, content) = match output {
            Output::Stream(stream, text) => ("stream", json!({"name": stream_name(stream), "text": text})),
            Output::Display(display) => {
                let kind = if display.update { "update_display_data" } else { "display_data" };
                (kind, messages::display(&display))
            }
            Output::Clear { wait } => ("clear_output", json!({ "wait": wait })),
            Output::InputRequest { prompt, password } => return self.input_requested(&prompt, password),
            Output::Comm(message) => return self.comm(&message),
            Output::ProcessReplaced => {
                for message in self.comms.close_all() {
                    self.publish_comm(&message);
                }
                return;
            }
        };
        // A silent cell says nothing; nor has anyone asked before the first cell.
        let silent = matches!(&self.current, Some(Current::Cell(running)) if running.silent);
        if let (Some(latest), false) = (&self.latest, silent) {
            self.publish(Outgoing::new(kind, Some(latest), content).holding(permit));
        }
    }

    fn comm(&mut self, message: &CommMessage) {
        if self.comms.pass(message) {
            self.publish_comm(message);
        }
    }

    fn publish_comm(&self, message: &CommMessage) {
        let (kind, content, metadata) = messages::comm(message);
        let mut outgoing = Outgoing::new(kind, self.cause.as_ref(), content);
        outgoing.metadata = metadata;
        self.publish(outgoing);
    }

    fn input_requested(&mut self, prompt: &str, password: bool) {
        let request = match &mut self.current {
            Some(Current::Cell(running)) if running.request.flag("allow_stdin", false) => {
                running.asked = true;
                Some(Arc::clone(&running.request))
            }
            _ => None,
        };
        match request {
            Some(request) => self.ask_for_input(&request, prompt, password),
            None => {
                if let Some(handle) = &self.handle {
                    handle.input(None);
                }
                let note = "this front end gives no input: standard input is at its end\n";
                if let Some(latest) = &self.latest {
                    let content = json!({"name": "stderr", "text": note});
                    self.publish(Outgoing::new("stream", Some(latest), content));
                }
            }
        }
    }

    /// Gives the cell the input that it waits for; an answer that nobody waits for is dropped.
    pub(crate) fn input(&mut self, text: Option<String>) {
        if let Some(Current::Cell(running)) = &mut self.current
            && std::mem::take(&mut running.asked)
            && let Some(handle) = &self.handle
        {
            handle.input(text);
        }
    }
}
