//! What panics in cells said.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Mutex;

use super::message::{Panic, Report};
use super::{channel, interrupt, lock};

/// How many panics are remembered: those that were caught, and the one that ends the cell.
const REMEMBERED: usize = 16;

static PANICS: Mutex<VecDeque<Panic>> = Mutex::new(VecDeque::new());

/// Reports panics to the kernel from now on, instead of printing them. Those of other threads than `main`, which end
/// no cell by themselves, are told on standard error too.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location();
        let panic = Panic {
            thread: std::thread::current().name().unwrap_or("unnamed").to_owned(),
            message: info.payload_as_str().unwrap_or("a value that is not text").to_owned(),
            file: location.map(|place| place.file().to_owned()).unwrap_or_default(),
            line: location.map_or(0, |place| place.line() as usize),
            column: location.map_or(0, |place| place.column() as usize),
        };
        remember(panic.clone());
        if panic.thread != "main" {
            eprintln!("thread '{}' panicked: {}", panic.thread, panic.message);
        } else if interrupt::interrupted() {
            // A consequence of stopping, such as the `unwrap` of a thread's result.
            return;
        }
        channel::report(&Report::Panicked(panic));
    }));
}

fn remember(panic: Panic) {
    let mut panics = lock(&PANICS);
    if panics.len() == REMEMBERED {
        panics.pop_front();
    }
    panics.push_back(panic);
}

/// Forgets the panics of earlier cells.
pub(super) fn forget() {
    lock(&PANICS).clear();
}

/// The panic behind a payload. It may have happened in another thread and been passed on, and others may have been
/// caught since, so the message tells which it was.
pub(super) fn behind(payload: &(dyn Any + Send)) -> Panic {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("a value that is not text");
    let found = lock(&PANICS).iter().rev().find(|panic| panic.message == message).cloned();
    found.unwrap_or_else(|| Panic { thread: "main".to_owned(), message: message.to_owned(), ..Panic::default() })
}
