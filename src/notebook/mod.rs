//! Notebooks: reading, running headless, checking and cleaning; and what Jupyter needs to run them.
//!
//! Nothing here speaks the Jupyter protocol: a notebook is run by the kernel's headless mode, over pipes.

mod check;
mod clean;
mod document;
mod environment;
mod kernelspec;
mod outputs;
mod run;
mod session;

pub use check::{Difference, differences};
pub use clean::clean;
pub use document::{DocumentError, Notebook};
pub use environment::{Environment, EnvironmentError};
pub use kernelspec::{KernelSpec, KernelSpecError};
pub use outputs::Change;
pub use run::{CellFailure, RunError, RunReport, run};
pub use session::{Evaluation, Session, SessionError};
