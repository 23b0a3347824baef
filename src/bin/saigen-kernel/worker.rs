//! The thread on which an engine lives, and the channels to it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::budget::{Budget, Permit};
use crate::engine::{Analyst, Engine, Failure, Handle, Output, Shown, Sink, Stream};
use crate::message::CommMessage;

/// Output under way between the engine and the sockets, in bytes.
const OUTPUT_UNDER_WAY: usize = 16 << 20;

/// The engine's thread parses cells, however deeply they are nested.
const STACK: usize = 64 << 20;

/// What the engine is asked to do.
enum Request {
    Evaluate(String, usize),
    Comm(CommMessage),
}

/// What comes back: answers in the order of the requests, and output whenever there is some.
pub enum Event {
    /// The engine has started, or says why it can't; it then refuses every cell for that reason.
    Started(Result<Started, String>),
    /// The permit is held until the output has left.
    Output(Output, Permit),
    Evaluated(Result<Option<Shown>, Failure>),
    /// A comm message has been delivered.
    Delivered,
}

/// An engine that takes cells.
pub struct Started {
    pub time: Duration,
    pub handle: Arc<dyn Handle>,
    pub analyst: Arc<dyn Analyst>,
}

/// An engine on a thread of its own.
pub struct Worker {
    requests: Sender<Request>,
    pub events: UnboundedReceiver<Event>,
}

impl Worker {
    /// Starts the thread and, on it, the engine.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn start<E: Engine>(make: impl FnOnce(Sink) -> Result<E, String> + Send + 'static) -> std::io::Result<Worker> {
        let (requests, received) = channel();
        let (sender, events) = unbounded_channel();
        let thread = std::thread::Builder::new().name("engine".into()).stack_size(STACK);
        thread.spawn(move || live(make, received, sender))?;
        Ok(Worker { requests, events })
    }

    /// Evaluates the cell with this execution count; answered by [`Event::Evaluated`].
    pub fn evaluate(&self, code: String, count: usize) {
        self.send(Request::Evaluate(code, count));
    }

    /// Delivers a comm message; answered by [`Event::Delivered`].
    pub fn comm(&self, message: CommMessage) {
        self.send(Request::Comm(message));
    }

    fn send(&self, request: Request) {
        // The thread ends only when this sender is dropped.
        let _ = self.requests.send(request);
    }
}

fn live<E: Engine>(
    make: impl FnOnce(Sink) -> Result<E, String>,
    requests: Receiver<Request>,
    events: UnboundedSender<Event>,
) {
    let begin = Instant::now();
    // A send fails only when the reader is gone, and then nobody waits for an answer.
    let send = {
        let events = events.clone();
        move |event| drop(events.send(event))
    };
    let budget = Budget::new(OUTPUT_UNDER_WAY);
    let sink: Sink = Arc::new(move |output| {
        let permit = budget.take(size(&output));
        drop(events.send(Event::Output(output, permit)));
    });
    // A panic is a fault of the kernel's own; the session survives it.
    let made = catch_unwind(AssertUnwindSafe(|| make(sink))).unwrap_or_else(|panic| Err(said(&*panic)));
    match made {
        Ok(mut engine) => {
            let (handle, analyst) = (engine.handle(), engine.analyst());
            send(Event::Started(Ok(Started { time: begin.elapsed(), handle, analyst })));
            for request in requests {
                send(match request {
                    Request::Evaluate(code, count) => {
                        let outcome = catch_unwind(AssertUnwindSafe(|| engine.evaluate(&code, count)));
                        Event::Evaluated(
                            outcome.unwrap_or_else(|panic| Err(Failure::new("KernelFault", said(&*panic)))),
                        )
                    }
                    Request::Comm(message) => {
                        if catch_unwind(AssertUnwindSafe(|| engine.comm(message))).is_err() {
                            eprintln!("saigen-kernel: a comm message was not delivered");
                        }
                        Event::Delivered
                    }
                });
            }
        }
        Err(reason) => {
            send(Event::Started(Err(reason.clone())));
            for request in requests {
                send(match request {
                    Request::Evaluate(..) => Event::Evaluated(Err(Failure::new("KernelNotReady", reason.clone()))),
                    Request::Comm(_) => Event::Delivered,
                });
            }
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the kernel itself failed: {}", text.unwrap_or("without a word"))
}

/// The bytes that an output holds, roughly.
fn size(output: &Output) -> usize {
    match output {
        Output::Stream(_, text) => text.len(),
        Output::Display(display) => display.data.values().map(|value| value.as_str().map_or(64, str::len)).sum(),
        Output::Clear { .. } | Output::InputRequest { .. } | Output::Comm(_) | Output::ProcessReplaced => 0,
    }
}

/// The name of a stream in the protocol.
pub fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::ScriptedEngine;

    fn next(worker: &mut Worker) -> String {
        match worker.events.blocking_recv().unwrap() {
            Event::Started(outcome) => format!("started {}", outcome.is_ok()),
            Event::Output(Output::Stream(_, text), _) => text,
            Event::Output(..) => "output".into(),
            Event::Evaluated(Ok(_)) => "evaluated".into(),
            Event::Evaluated(Err(failure)) => format!("{}: {}", failure.name, failure.value),
            Event::Delivered => "delivered".into(),
        }
    }

    #[test]
    fn output_comes_before_the_answer_that_ends_its_cell() {
        let mut worker = Worker::start(|sink| Ok(ScriptedEngine::new(sink))).unwrap();
        worker.evaluate("out 1".into(), 1);
        worker.evaluate("out 2".into(), 1);
        let seen: Vec<String> = (0..5).map(|_| next(&mut worker)).collect();
        assert_eq!(seen, ["started true", "1", "evaluated", "2", "evaluated"]);
    }

    #[test]
    fn an_engine_that_does_not_start_refuses_cells_with_the_reason() {
        let mut worker = Worker::start(|_| Err::<ScriptedEngine, _>("no library".to_owned())).unwrap();
        worker.evaluate("1".into(), 1);
        assert_eq!(next(&mut worker), "started false");
        assert_eq!(next(&mut worker), "KernelNotReady: no library");
    }

    #[test]
    fn a_panic_of_the_engine_fails_the_cell_and_not_the_kernel() {
        let mut worker = Worker::start(|sink| Ok(ScriptedEngine::new(sink))).unwrap();
        worker.evaluate("engine-panic".into(), 1);
        worker.evaluate("out after".into(), 1);
        assert_eq!(next(&mut worker), "started true");
        assert_eq!(next(&mut worker), "KernelFault: the kernel itself failed: as asked");
        assert_eq!(next(&mut worker), "after");
    }
}
