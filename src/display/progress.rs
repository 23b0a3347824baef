//! How a long computation reports progress and hears that it should stop.

/// Watches a long computation: hears of progress, and says when to stop.
///
/// Every long function of the library takes `&dyn Monitor`. The command shows a bar or plain lines, a notebook
/// updates a display in place, a test passes [`Silent`]. Loops call [`Monitor::cancelled`] once per chunk of work
/// (a few milliseconds) and return their module's `Interrupted` error when it says so.
pub trait Monitor: Sync {
    /// Starts a task of `total` steps.
    fn begin(&self, task: &str, total: u64);

    /// Advances the current task by `steps`; may be called from any thread.
    fn advance(&self, steps: u64);

    /// Ends the current task.
    fn end(&self);

    /// Tells whether the user asked to stop.
    fn cancelled(&self) -> bool;

    /// Says something that doesn't stop the computation but that its user should know.
    fn note(&self, _text: &str) {}
}

/// A monitor that shows nothing and never stops a computation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn begin(&self, _task: &str, _total: u64) {}
    fn advance(&self, _steps: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// The monitor around a part that is one step of its task: hears of an interrupt and passes notes on, reports no progress.
pub struct Quiet<'a>(pub &'a dyn Monitor);

impl Monitor for Quiet<'_> {
    fn begin(&self, _task: &str, _total: u64) {}
    fn advance(&self, _steps: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
    fn note(&self, text: &str) {
        self.0.note(text);
    }
}

/// A monitor whose user asked to stop before anything began.
#[cfg(test)]
pub(crate) struct Stopped;

#[cfg(test)]
impl Monitor for Stopped {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        true
    }
}
