//! What notebook cells run on: the kernel compiles each cell to a library of its own, and `saigen-cell`, the process
//! that loads it, keeps its variables here.
//!
//! Cells, `saigen-cell` and this library share one copy of these statics, because all of them link the library as a
//! dylib. Outside a notebook nothing is live: reports go nowhere and nothing is ever interrupted.

pub mod channel;
mod error;
pub mod input;
mod interrupt;
pub mod message;
mod panic;
mod run;
mod store;

pub use error::CellError;
pub use interrupt::{Interrupted, block_on, check, interrupted, request, sleep};
pub use panic::install_hook;
pub use run::{Cell, execute, run};
pub use store::{Kept, discard, put, stored, take};

/// The lock, whatever happened to a thread that held it: the data behind the locks here is whole at every moment.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
