//! Progress of parts that are one step of the task around them.

use crate::display::Monitor;

/// Hears of an interrupt and passes notes on, but reports no progress.
pub(crate) struct Quiet<'a>(pub &'a dyn Monitor);

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
