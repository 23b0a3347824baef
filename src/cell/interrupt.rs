//! Stopping a cell: a flag that loops check, and what wakes those that wait.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use super::{input, lock};

/// The number of the cell that was asked to stop last; cells count from 1.
#[doc(hidden)]
pub static STOPPED: AtomicU32 = AtomicU32::new(0);

/// The number of the cell that runs, 0 between cells.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Whether something in the running cell ended early because of an interrupt, so that the cell can't count as done.
static CUT_SHORT: AtomicBool = AtomicBool::new(false);

static SLEEPING: Mutex<()> = Mutex::new(());
static WOKEN: Condvar = Condvar::new();
static WAITING: Notify = Notify::const_new();

/// What unwinds through a cell that stops because it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Stops the code of a cell that was asked to stop; the kernel puts a call into each loop and function of a cell.
#[inline(always)]
pub fn check(cell: u32) {
    if STOPPED.load(Ordering::Relaxed) == cell {
        stop();
    }
}

/// Unwinds without a panic's message.
#[doc(hidden)]
#[cold]
#[inline(never)]
pub fn stop() -> ! {
    resume_unwind(Box::new(Interrupted))
}

/// Whether the running cell was asked to stop; long computations ask this and return early.
pub fn interrupted() -> bool {
    let running = RUNNING.load(Ordering::Relaxed);
    running != 0 && STOPPED.load(Ordering::Relaxed) == running
}

/// Asks a cell to stop and wakes whatever it waits for. For a cell that has ended nothing happens.
pub fn request(cell: u32) {
    STOPPED.store(cell, Ordering::SeqCst);
    // A sleeper that has seen the old flag waits by the time the lock is free.
    drop(lock(&SLEEPING));
    WOKEN.notify_all();
    WAITING.notify_waiters();
    input::wake();
}

/// Marks a cell as the running one; 0 when none runs.
pub(super) fn set_running(cell: u32) {
    CUT_SHORT.store(false, Ordering::SeqCst);
    RUNNING.store(cell, Ordering::SeqCst);
}

/// Notes that something in the running cell ended early.
pub(super) fn cut_short() {
    CUT_SHORT.store(true, Ordering::SeqCst);
}

/// Whether something in the running cell ended early.
pub(super) fn was_cut_short() -> bool {
    CUT_SHORT.load(Ordering::SeqCst)
}

/// Sleeps, until the running cell is asked to stop at the latest.
pub fn sleep(duration: Duration) {
    let start = Instant::now();
    let mut guard = lock(&SLEEPING);
    loop {
        if interrupted() {
            cut_short();
            return;
        }
        let Some(left) = duration.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else { return };
        guard = WOKEN.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Runs a future to its end on the process's runtime. When the running cell is asked to stop, the future is dropped
/// at its next `.await` and the cell unwinds.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut output = None;
    // Cells instantiate this: what is large is done in one place, for a future of no particular type.
    drive(std::pin::pin!(async { output = Some(future.await) }));
    match output {
        Some(output) => output,
        None => stop(),
    }
}

/// Runs a future until its end, or until the running cell is asked to stop.
fn drive(future: Pin<&mut dyn Future<Output = ()>>) {
    runtime().block_on(async {
        tokio::select! {
            biased;
            () = asked_to_stop() => {}
            () = future => {}
        }
    });
}

async fn asked_to_stop() {
    loop {
        let mut woken = std::pin::pin!(WAITING.notified());
        woken.as_mut().enable();
        if interrupted() {
            return;
        }
        woken.await;
    }
}

/// One runtime for all cells, so that tasks outlive the cell that spawned them.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime for asynchronous code: {error}"),
    })
}
