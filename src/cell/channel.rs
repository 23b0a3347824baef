//! Telling the kernel what happens in a cell.

use std::ffi::{c_int, c_void};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError};

use super::lock;
use super::message::{CommMessage, Report};

/// Takes comm messages from the front end, between cells, on the thread that runs cells.
pub type CommHandler = Box<dyn Fn(CommMessage) + Send>;

static KERNEL: Mutex<Option<UnixStream>> = Mutex::new(None);
static COMM_HANDLER: Mutex<Option<CommHandler>> = Mutex::new(None);

/// Held while a report waits to be received, so that one report at a time does.
static IN_ORDER: Mutex<()> = Mutex::new(());
static RECEIVED: Mutex<bool> = Mutex::new(false);
static ANSWERED: Condvar = Condvar::new();

unsafe extern "C" {
    fn fflush(stream: *mut c_void) -> c_int;
}

/// Reports go to this socket from now on.
pub fn connect(kernel: UnixStream) {
    *lock(&KERNEL) = Some(kernel);
}

/// Whether there is a kernel to report to.
pub fn is_live() -> bool {
    lock(&KERNEL).is_some()
}

/// Sends a report; `false` when there is no kernel.
///
/// A report that has its place in the cell's output is sent after all that was written before it, and this returns
/// when the kernel has taken it, so what is written afterwards comes after it.
pub fn report(report: &Report) -> bool {
    match report {
        Report::Display(_) | Report::Result { .. } | Report::Clear { .. } | Report::InputRequest { .. } => {
            if !is_live() {
                return false;
            }
            flush();
            let _turn = lock(&IN_ORDER);
            *lock(&RECEIVED) = false;
            let sent = send(report);
            let mut received = lock(&RECEIVED);
            while sent && !*received {
                received = ANSWERED.wait(received).unwrap_or_else(PoisonError::into_inner);
            }
            sent
        }
        Report::Ended { .. } => {
            flush();
            send(report)
        }
        Report::Ready | Report::Loaded { .. } | Report::Comm(_) | Report::Panicked(_) => send(report),
    }
}

fn send(report: &Report) -> bool {
    let Ok(mut line) = serde_json::to_vec(report) else { return false };
    line.push(b'\n');
    lock(&KERNEL).as_mut().is_some_and(|kernel| kernel.write_all(&line).is_ok())
}

/// The kernel has taken the last report that has its place in the output.
pub fn received() {
    *lock(&RECEIVED) = true;
    ANSWERED.notify_all();
}

/// Writes out what Rust's and C's standard output still hold.
pub fn flush() {
    // Without its output the process has no kernel left to tell.
    let _ = std::io::stdout().flush();
    // SAFETY: a null stream stands for all open ones.
    unsafe {
        fflush(std::ptr::null_mut());
    }
}

/// Passes comm messages to this handler from now on.
pub fn set_comm_handler(handler: CommHandler) {
    *lock(&COMM_HANDLER) = Some(handler);
}

/// Calls the handler with a message; a message that nobody handles is dropped.
pub fn deliver(message: CommMessage) {
    // Out of its place meanwhile, so that the handler may set another.
    let Some(handler) = lock(&COMM_HANDLER).take() else { return };
    // The panic hook has told of a panic.
    let _ = catch_unwind(AssertUnwindSafe(|| handler(message)));
    lock(&COMM_HANDLER).get_or_insert(handler);
    flush();
}
