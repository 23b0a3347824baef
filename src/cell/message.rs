//! What the kernel and the process that runs cells say to each other: one JSON object per line, over a socket.
//!
//! The kernel includes this file by its path and doesn't link the library, so that a rebuilt library needs no new
//! kernel.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One value in several representations: MIME type → content. JSON types have JSON content, binary ones base64.
pub type Bundle = BTreeMap<String, Value>;

/// From the kernel to the cell process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Load a compiled cell without running it; answered by [`Report::Loaded`].
    Load { library: PathBuf },
    /// Load a compiled cell and call its function `saigen_cell_<cell>`; answered by [`Report::Ended`].
    Run { library: PathBuf, cell: u32 },
    /// Drop variables; those that don't exist are ignored.
    Discard { names: Vec<String> },
    /// Stop the code of this cell at its next check. Handled at once, also while a cell runs.
    Interrupt { cell: u32 },
    /// What the user typed, or `None` when no input can be had. Handled at once.
    Input { text: Option<String> },
    /// A report that has its place among the cell's output was taken; the cell waits for this. Handled at once.
    Received,
    /// A comm message from the front end. Waits until no cell runs.
    Comm(CommMessage),
}

/// From the cell process to the kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// Sent once, when the process takes commands.
    Ready,
    Loaded {
        problem: Option<String>,
    },
    /// Something to show at once.
    Display(Display),
    /// The value of the cell's trailing expression.
    Result {
        data: Bundle,
        metadata: Map<String, Value>,
    },
    /// Clear the cell's output, at once or when the next output comes.
    Clear {
        wait: bool,
    },
    /// Standard input is read and empty; answered by [`Command::Input`].
    InputRequest {
        prompt: String,
        password: bool,
    },
    Comm(CommMessage),
    /// Cell code panicked; sent by the panic hook, also from other threads and for panics that are caught later.
    Panicked(Panic),
    /// The cell's function returned. Everything that the cell wrote has been flushed before.
    Ended {
        outcome: Outcome,
        stored: Vec<Stored>,
    },
}

/// Something to show; with an id that is shown already and `update`, in its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Display {
    pub data: Bundle,
    pub metadata: Map<String, Value>,
    pub id: Option<String>,
    pub update: bool,
}

impl From<Bundle> for Display {
    /// Shown where it comes, and never replaced.
    fn from(data: Bundle) -> Self {
        Self { data, ..Self::default() }
    }
}

/// A variable that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub name: String,
    /// As [`std::any::type_name`] has it.
    pub type_name: String,
    /// In bytes.
    pub size: usize,
}

/// How a cell's function ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    /// An error left the cell by `?`: what it says, and its sources, outermost first.
    Failed {
        message: String,
        sources: Vec<String>,
    },
    /// A panic reached the end of the cell.
    Panicked(Panic),
    /// The cell stopped because it was asked to.
    Interrupted,
    /// The library couldn't be loaded, a stored variable couldn't be taken out: not the user's doing.
    Broken {
        problem: String,
    },
}

/// What a panic said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The thread's name; cells run on `main`.
    pub thread: String,
    pub message: String,
    pub file: String,
    pub line: usize,
    pub column: usize,
}

/// A message about a comm, in either direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommMessage {
    pub kind: CommKind,
    pub id: String,
    /// The target's name; only when a comm is opened.
    #[serde(default)]
    pub target: String,
    pub data: Map<String, Value>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommKind {
    Open,
    Message,
    Close,
}
