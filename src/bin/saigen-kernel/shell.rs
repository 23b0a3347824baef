//! Requests on the shell channel, answered one after another.

use jupyter_protocol::{
    CommClose, CommInfoReply, ExecuteInput, ExecuteRequest, ExecutionCount, HistoryReply, JupyterMessage,
    JupyterMessageContent, ShutdownReply, Status,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::cell;
use crate::engine::{Bundle, Failure};
use crate::messages;
use crate::server::ServerError;
use crate::worker::{Event, Worker};

/// The state behind the shell channel.
pub struct Shell {
    worker: Worker,
    replies: UnboundedSender<JupyterMessage>,
    iopub: UnboundedSender<JupyterMessage>,
    executed: usize,
    /// The request whose cell ran last: output that comes later belongs to it.
    latest: Option<JupyterMessage>,
}

/// Whether the kernel goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    /// A cell failed: the cells that wait behind it are not run.
    Abort,
    Shutdown,
}

impl Shell {
    pub fn new(
        worker: Worker,
        replies: UnboundedSender<JupyterMessage>,
        iopub: UnboundedSender<JupyterMessage>,
    ) -> Shell {
        Shell { worker, replies, iopub, executed: 0, latest: None }
    }

    /// Answers requests until one asks for shutdown.
    ///
    /// # Errors
    /// The engine's thread ended.
    pub async fn run(&mut self, mut requests: UnboundedReceiver<JupyterMessage>) -> Result<(), ServerError> {
        loop {
            tokio::select! {
                biased;
                event = self.worker.events.recv() => self.late(event.ok_or(ServerError::EngineEnded)?),
                request = requests.recv() => {
                    let Some(request) = request else { return Ok(()) };
                    match self.answer(&request).await? {
                        Next::GoOn => {}
                        Next::Shutdown => return Ok(()),
                        Next::Abort => {
                            while let Ok(waiting) = requests.try_recv() {
                                if !self.abort(&waiting) && self.answer(&waiting).await? == Next::Shutdown {
                                    return Ok(());
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    async fn answer(&mut self, request: &JupyterMessage) -> Result<Next, ServerError> {
        self.publish(Status::busy().as_child_of(request));
        let mut next = Next::GoOn;
        match &request.content {
            JupyterMessageContent::ExecuteRequest(content) => next = self.execute(request, content).await?,
            JupyterMessageContent::CompleteRequest(content) => {
                self.worker.complete(content.code.clone(), cell::byte_offset(&content.code, content.cursor_pos));
                loop {
                    match self.event().await? {
                        Event::Completed(found) => {
                            self.reply(messages::complete_reply(&content.code, found).as_child_of(request));
                            break;
                        }
                        other => self.late(other),
                    }
                }
            }
            JupyterMessageContent::InspectRequest(content) => {
                self.worker.inspect(content.code.clone(), cell::byte_offset(&content.code, content.cursor_pos));
                loop {
                    match self.event().await? {
                        Event::Inspected(found) => {
                            self.reply(messages::inspect_reply(found.as_ref()).as_child_of(request));
                            break;
                        }
                        other => self.late(other),
                    }
                }
            }
            JupyterMessageContent::IsCompleteRequest(content) => {
                self.reply(messages::is_complete_reply(&content.code).as_child_of(request));
            }
            JupyterMessageContent::KernelInfoRequest(_) => self.reply(messages::kernel_info().as_child_of(request)),
            JupyterMessageContent::HistoryRequest(_) => self.reply(HistoryReply::new(Vec::new()).as_child_of(request)),
            JupyterMessageContent::CommInfoRequest(_) => self.reply(CommInfoReply::default().as_child_of(request)),
            JupyterMessageContent::CommOpen(open) => {
                // No target is known here; closing at once is how a kernel says so.
                let close = CommClose { comm_id: open.comm_id.clone(), ..CommClose::default() };
                self.publish(close.as_child_of(request));
            }
            JupyterMessageContent::ShutdownRequest(content) => {
                self.reply(ShutdownReply { restart: content.restart, ..ShutdownReply::default() }.as_child_of(request));
                next = Next::Shutdown;
            }
            _ => {}
        }
        self.publish(Status::idle().as_child_of(request));
        Ok(next)
    }

    async fn execute(&mut self, request: &JupyterMessage, content: &ExecuteRequest) -> Result<Next, ServerError> {
        if !content.silent && content.store_history && !content.code.trim().is_empty() {
            self.executed += 1;
        }
        let count = self.executed;
        if !content.silent {
            let input = ExecuteInput { code: content.code.clone(), execution_count: ExecutionCount::new(count) };
            self.publish(input.as_child_of(request));
        }
        self.latest = Some(request.clone());
        self.worker.evaluate(content.code.clone());
        let outcome = loop {
            match self.event().await? {
                Event::Evaluated(outcome) => break outcome,
                other => self.late(other),
            }
        };
        self.conclude(request, content, count, &outcome);
        Ok(if outcome.is_err() && content.stop_on_error { Next::Abort } else { Next::GoOn })
    }

    fn conclude(
        &self,
        request: &JupyterMessage,
        content: &ExecuteRequest,
        count: usize,
        outcome: &Result<Option<Bundle>, Failure>,
    ) {
        match outcome {
            Ok(Some(bundle)) if !content.silent => {
                self.publish(messages::execute_result(count, bundle).as_child_of(request));
            }
            Ok(_) => {}
            Err(failure) => self.publish(messages::error(failure).as_child_of(request)),
        }
        self.reply(messages::execute_reply(count, outcome.as_ref().map(|_| ())).as_child_of(request));
    }

    /// Answers a request to execute, without executing; false for any other request.
    fn abort(&self, request: &JupyterMessage) -> bool {
        let JupyterMessageContent::ExecuteRequest(_) = &request.content else { return false };
        self.publish(Status::busy().as_child_of(request));
        self.reply(messages::aborted(self.executed).as_child_of(request));
        self.publish(Status::idle().as_child_of(request));
        true
    }

    async fn event(&mut self) -> Result<Event, ServerError> {
        self.worker.events.recv().await.ok_or(ServerError::EngineEnded)
    }

    /// Handles what isn't the answer to a request: output, of the cell that runs or of threads that outlived theirs.
    fn late(&self, event: Event) {
        match (event, &self.latest) {
            (Event::Output(stream, text), Some(latest)) => {
                self.publish(messages::stream(stream, text).as_child_of(latest));
            }
            (Event::Started(Err(reason)), _) => eprintln!("saigen-kernel: {reason}"),
            _ => {}
        }
    }

    fn reply(&self, message: JupyterMessage) {
        // Fails only when the socket's task has ended, and with it the kernel.
        let _ = self.replies.send(message);
    }

    fn publish(&self, message: JupyterMessage) {
        // On this socket the first part is a topic, not the identity of the one who asked.
        let _ = self.iopub.send(message.with_zmq_identities(Vec::new()));
    }
}
