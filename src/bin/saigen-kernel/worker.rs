//! The thread on which an engine lives, and the channels to it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::engine::{Bundle, Completion, Engine, Failure, Interrupter, Sink, Stream};

/// What the engine is asked to do.
enum Request {
    Evaluate(String),
    Complete(String, usize),
    Inspect(String, usize),
}

/// What comes back: answers in the order of the requests, and output whenever there is some.
#[derive(Debug)]
pub enum Event {
    /// The engine has started, or says why it can't; it then refuses every cell for that reason.
    Started(Result<Duration, String>),
    Output(Stream, String),
    Evaluated(Result<Option<Bundle>, Failure>),
    Completed(Completion),
    Inspected(Option<Bundle>),
}

/// An engine on a thread of its own.
pub struct Worker {
    requests: Sender<Request>,
    pub events: UnboundedReceiver<Event>,
    interrupter: Arc<OnceLock<Arc<dyn Interrupter>>>,
}

impl Worker {
    /// Starts the thread and, on it, the engine.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn start<E: Engine>(make: impl FnOnce(Sink) -> Result<E, String> + Send + 'static) -> std::io::Result<Worker> {
        let (requests, received) = channel();
        let (sender, events) = unbounded_channel();
        let interrupter = Arc::new(OnceLock::new());
        let shared = Arc::clone(&interrupter);
        std::thread::Builder::new().name("engine".into()).spawn(move || live(make, received, sender, &shared))?;
        Ok(Worker { requests, events, interrupter })
    }

    pub fn evaluate(&self, code: String) {
        self.send(Request::Evaluate(code));
    }

    pub fn complete(&self, code: String, cursor: usize) {
        self.send(Request::Complete(code, cursor));
    }

    pub fn inspect(&self, code: String, cursor: usize) {
        self.send(Request::Inspect(code, cursor));
    }

    /// Something that ends the running cell, also while this worker is borrowed elsewhere.
    pub fn interrupter(&self) -> impl Fn() + Send + Sync + Clone + 'static {
        let interrupter = Arc::clone(&self.interrupter);
        move || {
            // Before the engine has started no cell runs.
            if let Some(interrupter) = interrupter.get() {
                interrupter.interrupt();
            }
        }
    }

    fn send(&self, request: Request) {
        // The thread ends only when this sender is dropped; after a panic of the engine `events` is closed, which
        // is where the reader hears of it.
        let _ = self.requests.send(request);
    }
}

fn live<E: Engine>(
    make: impl FnOnce(Sink) -> Result<E, String>,
    requests: Receiver<Request>,
    events: UnboundedSender<Event>,
    interrupter: &OnceLock<Arc<dyn Interrupter>>,
) {
    let begin = Instant::now();
    // A send fails only when the reader is gone, and then nobody waits for an answer.
    let send = {
        let events = events.clone();
        move |event| drop(events.send(event))
    };
    let sink: Sink = Arc::new(move |stream, text| drop(events.send(Event::Output(stream, text))));
    match make(sink) {
        Ok(mut engine) => {
            let _ = interrupter.set(engine.interrupter());
            send(Event::Started(Ok(begin.elapsed())));
            for request in requests {
                send(match request {
                    Request::Evaluate(code) => Event::Evaluated(engine.evaluate(&code)),
                    Request::Complete(code, cursor) => Event::Completed(engine.complete(&code, cursor)),
                    Request::Inspect(code, cursor) => Event::Inspected(engine.inspect(&code, cursor)),
                });
            }
        }
        Err(reason) => {
            send(Event::Started(Err(reason.clone())));
            for request in requests {
                send(match request {
                    Request::Evaluate(_) => Event::Evaluated(Err(Failure::new("KernelNotReady", reason.clone()))),
                    Request::Complete(_, cursor) => {
                        Event::Completed(Completion { start: cursor, end: cursor, candidates: Vec::new() })
                    }
                    Request::Inspect(..) => Event::Inspected(None),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo(Sink);
    struct Deaf;
    impl Interrupter for Deaf {
        fn interrupt(&self) {}
    }
    impl Engine for Echo {
        fn evaluate(&mut self, code: &str) -> Result<Option<Bundle>, Failure> {
            (self.0)(Stream::Stdout, code.to_owned());
            Ok(None)
        }
        fn complete(&mut self, _: &str, cursor: usize) -> Completion {
            Completion { start: cursor, end: cursor, candidates: Vec::new() }
        }
        fn inspect(&mut self, _: &str, _: usize) -> Option<Bundle> {
            None
        }
        fn interrupter(&self) -> Arc<dyn Interrupter> {
            Arc::new(Deaf)
        }
    }

    #[test]
    fn output_comes_before_the_answer_that_ends_its_cell() {
        let mut worker = Worker::start(|sink| Ok(Echo(sink))).unwrap();
        worker.evaluate("1".into());
        worker.evaluate("2".into());
        worker.complete("3".into(), 1);
        let mut seen = Vec::new();
        while seen.len() < 6 {
            seen.push(match worker.events.blocking_recv().unwrap() {
                Event::Started(outcome) => format!("started {}", outcome.is_ok()),
                Event::Output(_, text) => text,
                Event::Evaluated(outcome) => format!("evaluated {}", outcome.is_ok()),
                Event::Completed(completion) => format!("completed {}", completion.start),
                Event::Inspected(_) => unreachable!(),
            });
        }
        assert_eq!(seen, ["started true", "1", "evaluated true", "2", "evaluated true", "completed 1"]);
    }

    #[test]
    fn an_engine_that_does_not_start_refuses_cells_with_the_reason() {
        let mut worker = Worker::start(|_| Err::<Echo, _>("no library".to_owned())).unwrap();
        worker.evaluate("1".into());
        assert!(matches!(worker.events.blocking_recv(), Some(Event::Started(Err(_)))));
        let Some(Event::Evaluated(Err(failure))) = worker.events.blocking_recv() else { panic!() };
        assert_eq!(failure.value, "no library");
    }
}
