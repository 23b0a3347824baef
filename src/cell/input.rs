//! Asking the user for a line.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use super::message::Report;
use super::{channel, interrupt, lock};

/// Held while one line is asked for.
static ASKING: Mutex<()> = Mutex::new(());
static ANSWERS: Mutex<VecDeque<Option<String>>> = Mutex::new(VecDeque::new());
static CAME: Condvar = Condvar::new();

/// Shows a prompt and waits for a line, without its line break.
///
/// `None` when no input can be had: there is no kernel, its front end has no way to ask, or the cell is asked to stop.
pub fn line(prompt: &str, password: bool) -> Option<String> {
    let _turn = lock(&ASKING);
    lock(&ANSWERS).clear();
    if interrupt::interrupted() {
        interrupt::cut_short();
        return None;
    }
    if !channel::report(&Report::InputRequest { prompt: prompt.to_owned(), password }) {
        return None;
    }
    let mut answers = lock(&ANSWERS);
    loop {
        if let Some(answer) = answers.pop_front() {
            return answer;
        }
        if interrupt::interrupted() {
            interrupt::cut_short();
            return None;
        }
        answers = CAME.wait(answers).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Hands the user's answer to whoever waits for it.
pub fn answer(text: Option<String>) {
    lock(&ANSWERS).push_back(text);
    CAME.notify_all();
}

/// Lets a waiting [`line`] see that its cell was asked to stop.
pub(super) fn wake() {
    drop(lock(&ANSWERS));
    CAME.notify_all();
}
