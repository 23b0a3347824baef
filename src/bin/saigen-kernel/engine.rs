//! What the protocol asks of a cell engine, whichever engine it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::message::CommMessage;
pub use crate::message::{Bundle, Display};

/// Which of a cell's output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What a cell gives out while it runs, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Stream(Stream, String),
    Display(Display),
    Clear {
        wait: bool,
    },
    /// The cell reads standard input; answered by [`Handle::input`].
    InputRequest {
        prompt: String,
        password: bool,
    },
    Comm(CommMessage),
    /// The cell process was replaced by a new one: the comms that it had are gone.
    ProcessReplaced,
}

/// Takes a cell's output as it is written; may be called from any thread, also when no cell runs.
pub type Sink = Arc<dyn Fn(Output) + Send + Sync>;

/// The value of a trailing expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    pub data: Bundle,
    pub metadata: Map<String, Value>,
}

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
        Failure {
            name: name.to_owned(),
            traceback: vec![format!("\u{1b}[1;38;2;227;59;68m{name}\u{1b}[0m: {value}")],
            value,
        }
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

/// What completion and inspection know of the session: items and imports of the cells that ran, and their variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// `use` declarations and items, as Rust source for the root of a crate.
    pub items: String,
    /// Name and type of each variable, the type as Rust source.
    pub variables: BTreeMap<String, String>,
}

/// Makes a context.
pub type Later = Box<dyn FnOnce() -> Context + Send>;

/// Completes and inspects. Lives on threads of its own and never waits for a running cell.
pub trait Analyst: Send + Sync {
    /// Takes the session as the last cell left it. The context is made when it is first asked for: most cells are
    /// followed by another one, not by a question.
    fn update(&self, context: Later);

    /// Completes the code at a byte offset; blocks for at most about a second and a half.
    fn complete(&self, code: &str, cursor: usize) -> Completion;

    /// Describes what stands at a byte offset, as `text/plain`, `text/markdown` and the like.
    fn inspect(&self, code: &str, cursor: usize) -> Option<Bundle>;
}

/// Reaches a running cell from another thread.
pub trait Handle: Send + Sync {
    /// Asks the cell that runs now to stop; does nothing when none does.
    fn interrupt(&self);

    /// Answers [`Output::InputRequest`]; `None` when no input can be had.
    fn input(&self, text: Option<String>);
}

/// Evaluates cells one after another and keeps their variables and items.
///
/// An engine lives on the thread that made it: some parts of it, such as a child process that ends with its parent,
/// are tied to that thread.
pub trait Engine {
    /// Evaluates the cell with this execution count and returns its trailing expression, if it has one. Output goes to the engine's sink and
    /// has arrived there when this returns.
    fn evaluate(&mut self, code: &str, count: usize) -> Result<Option<Shown>, Failure>;

    /// Delivers a message about a comm, between cells.
    fn comm(&mut self, message: CommMessage);

    /// Reaches running cells, valid for the engine's life.
    fn handle(&self) -> Arc<dyn Handle>;

    /// Completion and inspection for this engine's session, valid for its life.
    fn analyst(&self) -> Arc<dyn Analyst>;
}
