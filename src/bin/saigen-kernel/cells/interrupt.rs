//! What runs now, and how it is stopped: the compiler and scripts by ending their process, a cell by asking it, and only when it
//! never answers by ending the process that holds the variables.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::rustc::Running;
use crate::engine::{Handle, Output, Sink, Stream};
use crate::process::ProcessHandle;

/// How long a cell that was asked to stop may take until the user is told that it doesn't.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take after that.
const LAST_CHANCE: Duration = Duration::from_secs(10);
/// Two requests within this time are one: some clients send a message and a signal.
const ONE_REQUEST: Duration = Duration::from_millis(300);

/// Shared between the engine and whoever interrupts it.
pub struct Interrupts {
    state: Mutex<State>,
    changed: Condvar,
    /// The compiler, cargo or a script.
    pub running: Running,
    sink: Sink,
}

#[derive(Default)]
struct State {
    busy: bool,
    cell: Option<(u32, Arc<ProcessHandle>)>,
    /// When the first request came.
    asked: Option<Instant>,
    ended: bool,
}

/// What became of a cell that was asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub asked: bool,
    /// Its process was ended.
    pub ended: bool,
}

impl Interrupts {
    pub fn new(sink: Sink) -> Arc<Interrupts> {
        Arc::new(Interrupts { state: Mutex::default(), changed: Condvar::new(), running: Running::default(), sink })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A cell begins: what is asked from now on is about it.
    pub fn begin(&self) {
        *self.lock() = State { busy: true, ..State::default() };
    }

    /// The cell's own code begins, unless it was asked to stop already.
    pub fn enter(&self, cell: u32, process: Arc<ProcessHandle>) -> bool {
        let mut state = self.lock();
        state.cell = Some((cell, process));
        state.asked.is_none()
    }

    /// The cell has ended.
    pub fn leave(&self) -> Asked {
        let state = std::mem::take(&mut *self.lock());
        self.changed.notify_all();
        Asked { asked: state.asked.is_some(), ended: state.ended }
    }

    /// Waits until the cell has ended, and tells whether it has not.
    fn still_runs(&self, cell: u32, patience: Duration) -> bool {
        let runs = |state: &mut State| state.cell.as_ref().is_some_and(|(running, _)| *running == cell);
        let waited = self.changed.wait_timeout_while(self.lock(), patience, runs);
        waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn end(&self, cell: u32) {
        let mut state = self.lock();
        if let Some((running, process)) = &state.cell
            && *running == cell
        {
            process.kill();
            state.ended = true;
        }
    }

    /// Tells the user about a cell that doesn't stop, and ends its process at last.
    fn watch(&self, cell: u32) {
        if !self.still_runs(cell, PATIENCE) {
            return;
        }
        let seconds = LAST_CHANCE.as_secs();
        let text = format!(
            "\nThe cell runs code that doesn't look for interrupts. Its process will be ended, and all variables lost, at \
             the next interrupt or after {seconds} s.\n"
        );
        (self.sink)(Output::Stream(Stream::Stderr, text));
        if let Some((running, process)) = &self.lock().cell
            && *running == cell
        {
            process.interrupt(cell);
        }
        if self.still_runs(cell, LAST_CHANCE) {
            self.end(cell);
        }
    }
}

/// The handle that other threads hold.
pub struct InterruptHandle(pub Arc<Interrupts>);

impl Handle for InterruptHandle {
    fn interrupt(&self) {
        let shared = &self.0;
        let mut state = shared.lock();
        if !state.busy {
            return;
        }
        let first = state.asked.is_none();
        let now = Instant::now();
        let again = state.asked.is_some_and(|asked| now.duration_since(asked) > ONE_REQUEST);
        state.asked.get_or_insert(now);
        let Some((cell, process)) = state.cell.clone() else {
            drop(state);
            shared.running.stop();
            return;
        };
        drop(state);
        if first {
            process.interrupt(cell);
            let watching = Arc::clone(shared);
            // Without a thread the user's second request still ends the cell.
            let _ = std::thread::Builder::new().name("interrupt".into()).spawn(move || watching.watch(cell));
        } else if again {
            shared.end(cell);
        }
    }

    fn input(&self, text: Option<String>) {
        if let Some((_, process)) = &self.0.lock().cell {
            process.input(text);
        }
    }
}
