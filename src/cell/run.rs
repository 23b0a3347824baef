//! Running a cell's code and telling how it ended.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::message::{Outcome, Stored};
use super::{CellError, Interrupted, interrupt, panic, store};

/// The function of a compiled cell.
pub type Cell = fn();

/// What unwinds through a cell that can't go on because of something that is not its code's doing.
pub(super) struct Broken {
    pub(super) problem: String,
}

thread_local! {
    static OUTCOME: RefCell<Outcome> = const { RefCell::new(Outcome::Done) };
}

/// Calls a cell's function; returns how it ended and the variables that are stored then.
pub fn execute(cell: u32, function: Cell) -> (Outcome, Vec<Stored>) {
    OUTCOME.set(Outcome::Done);
    panic::forget();
    interrupt::set_running(cell);
    if let Err(payload) = catch_unwind(function) {
        OUTCOME.set(behind(payload.as_ref()));
        dispose(payload);
    }
    interrupt::set_running(0);
    (OUTCOME.replace(Outcome::Done), store::stored())
}

/// Runs the user's part of a cell, whatever happens in it; `true` when it came to its end.
///
/// This is compiled into every cell; the work is done in one place.
pub fn run(_cell: u32, body: impl FnOnce() -> Result<(), CellError>) -> bool {
    let mut body = ManuallyDrop::new(body);
    // SAFETY: the closure is called once, and the body not touched otherwise.
    run_once(&mut || unsafe { ManuallyDrop::take(&mut body) }())
}

/// Calls the closure exactly once.
fn run_once(body: &mut dyn FnMut() -> Result<(), CellError>) -> bool {
    let outcome = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) if interrupt::was_cut_short() => Outcome::Interrupted,
        Ok(Ok(())) => Outcome::Done,
        // What failed because it was asked to stop has not failed by itself.
        Ok(Err(_)) if interrupt::interrupted() => Outcome::Interrupted,
        Ok(Err(error)) => {
            let (message, sources) = error.describe();
            Outcome::Failed { message, sources }
        }
        Err(payload) => {
            let outcome = behind(payload.as_ref());
            dispose(payload);
            outcome
        }
    };
    let done = outcome == Outcome::Done;
    OUTCOME.set(outcome);
    done
}

fn behind(payload: &(dyn Any + Send)) -> Outcome {
    if let Some(broken) = payload.downcast_ref::<Broken>() {
        Outcome::Broken { problem: broken.problem.clone() }
    } else if payload.is::<Interrupted>() || interrupt::interrupted() {
        Outcome::Interrupted
    } else {
        Outcome::Panicked(panic::behind(payload))
    }
}

/// Drops a panic's payload, which can be any type, also one whose `drop` panics.
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{block_on, check, discard, put, request, sleep, take};
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// Only one cell runs at a time in a process, and the flags are the process's.
    static ONE_CELL: Mutex<()> = Mutex::new(());

    fn outcome(cell: u32, function: Cell) -> Outcome {
        let _one = crate::cell::lock(&ONE_CELL);
        execute(cell, function).0
    }

    #[test]
    fn each_way_to_end_is_told() {
        assert_eq!(outcome(1, || assert!(run(1, || Ok(())))), Outcome::Done);
        let failed = outcome(1, || {
            assert!(!run(1, || {
                "x".parse::<i32>()?;
                Ok(())
            }));
        });
        assert_eq!(failed, Outcome::Failed { message: "invalid digit found in string".into(), sources: vec![] });
        let panicked = outcome(1, || assert!(!run(1, || panic!("no {}", 1))));
        assert!(matches!(panicked, Outcome::Panicked(panic) if panic.message == "no 1"));
        let broken = outcome(1, || _ = take::<u8>("run_missing"));
        assert!(matches!(broken, Outcome::Broken { problem } if problem.contains("run_missing")));
        assert_eq!(outcome(1, || assert!(run(1, || Ok(())))), Outcome::Done);
    }

    #[test]
    fn what_was_stored_before_a_panic_stays() {
        let _one = crate::cell::lock(&ONE_CELL);
        let (_, stored) = execute(2, || {
            run(2, || {
                put("run_first", 1);
                if true {
                    panic!("no");
                }
                put("run_second", 2);
                Ok(())
            });
        });
        let is_stored = |name: &str| stored.iter().any(|stored| stored.name == name);
        assert!(is_stored("run_first") && !is_stored("run_second"));
        discard("run_first");
    }

    fn interrupted_after(delay: Duration, cell: u32, function: Cell) -> (Outcome, Duration) {
        let _one = crate::cell::lock(&ONE_CELL);
        let asking = std::thread::spawn(move || {
            std::thread::sleep(delay);
            request(cell);
        });
        let start = Instant::now();
        let (outcome, _) = execute(cell, function);
        asking.join().unwrap();
        (outcome, start.elapsed())
    }

    #[test]
    fn loops_sleeps_awaits_and_workers_stop_when_asked() {
        let cells: [(u32, Cell); 5] = [
            (1001, || {
                run(1001, || {
                    loop {
                        check(1001);
                    }
                });
            }),
            (1002, || {
                run(1002, || {
                    sleep(Duration::from_secs(60));
                    Ok(())
                });
            }),
            (1003, || {
                run(1003, || {
                    block_on(std::future::pending::<()>());
                    Ok(())
                });
            }),
            (1004, || {
                run(1004, || {
                    let worker = std::thread::spawn(|| {
                        loop {
                            check(1004);
                        }
                    });
                    worker.join().map_err(|_| "the worker stopped")?;
                    Ok(())
                });
            }),
            (1005, || {
                run(1005, || {
                    while !crate::cell::interrupted() {
                        std::thread::yield_now();
                    }
                    Err("stopped")?
                });
            }),
        ];
        for (cell, function) in cells {
            let (outcome, took) = interrupted_after(Duration::from_millis(50), cell, function);
            assert_eq!(outcome, Outcome::Interrupted, "cell {cell}");
            assert!(took < Duration::from_secs(5), "cell {cell}: {took:?}");
        }
        // An interrupt of an earlier cell doesn't reach a later one.
        let later = |cell, function| interrupted_after(Duration::ZERO, cell, function);
        let (outcome, _) = later(1006, || {
            check(1007);
            run(1007, || {
                check(1007);
                Ok(())
            });
        });
        assert_eq!(outcome, Outcome::Done);
    }

    #[test]
    fn futures_run_to_their_end_and_tasks_outlive_them() {
        let value = block_on(async {
            let task = tokio::spawn(async { 20 });
            tokio::time::sleep(Duration::from_millis(1)).await;
            task.await.unwrap() + 1
        });
        assert_eq!(value, 21);
    }
}
