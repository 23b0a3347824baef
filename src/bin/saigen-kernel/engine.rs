//! What the protocol asks of a cell engine, whichever engine it is.

use std::collections::BTreeMap;
use std::sync::Arc;

/// One value in several representations, by MIME type.
pub type Bundle = BTreeMap<String, String>;

/// Which of a cell's output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// Takes a cell's output as it is written; may be called from any thread.
pub type Sink = Arc<dyn Fn(Stream, String) + Send + Sync>;

/// Why a cell failed, in the words of the protocol's `error` message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub name: String,
    pub value: String,
    pub traceback: Vec<String>,
}

impl Failure {
    /// A failure whose traceback is its name and value.
    pub fn new(name: &str, value: impl Into<String>) -> Failure {
        let value = value.into();
        Failure { name: name.to_owned(), traceback: vec![format!("\u{1b}[1;31m{name}\u{1b}[0m: {value}")], value }
    }
}

/// Candidates at a cursor; positions are byte offsets into the cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    pub start: usize,
    pub end: usize,
    /// Text and kind (`function`, `keyword`…) of each candidate.
    pub candidates: Vec<(String, String)>,
}

/// Ends a running cell from another thread.
pub trait Interrupter: Send + Sync {
    /// Ends the cell that runs now; does nothing when none does.
    fn interrupt(&self);
}

/// Evaluates cells one after another and keeps their variables and items.
///
/// An engine lives on the thread that made it: some parts of it, such as a child process that ends with its parent,
/// are tied to that thread.
pub trait Engine {
    /// Evaluates a cell and returns its trailing expression, if it has one. Output goes to the engine's sink and
    /// has arrived there when this returns.
    fn evaluate(&mut self, code: &str) -> Result<Option<Bundle>, Failure>;

    /// Completes the code at a byte offset.
    fn complete(&mut self, code: &str, cursor: usize) -> Completion;

    /// Describes what stands at a byte offset.
    fn inspect(&mut self, code: &str, cursor: usize) -> Option<Bundle>;

    /// A handle that ends running cells, valid for the engine's life.
    fn interrupter(&self) -> Arc<dyn Interrupter>;
}
