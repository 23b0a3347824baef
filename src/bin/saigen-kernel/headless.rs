//! Cells without sockets: one JSON object per line in, one per event out.
//!
//! In: `{"code": "…"}`. Out: `{"started": {"seconds": s, "language_info": {…}}}` or `{"refused": "…"}` first, then
//! for each cell, in the order in which they happened, any number of
//!
//! - `{"stream": {"name": "stdout", "text": "…"}}`,
//! - `{"display": {"data": {MIME type: content}, "metadata": {…}, "id": "…" or null}}`,
//! - `{"update": {"data", "metadata", "id"}}`, for a display of this or an earlier cell,
//! - `{"clear": {"wait": false}}`,
//!
//! at most one `{"result": {"data", "metadata"}}`, and one of `{"done": true}` and
//! `{"error": {"ename", "evalue", "traceback"}}`. What threads write between cells is dropped. There is no standard
//! input. The end of the input ends the kernel.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::channel;

use serde_json::{Value, json};

use crate::engine::{Display, Engine, Handle, Output, Sink};
use crate::messages;
use crate::worker::{Event, Worker, stream_name};

/// Headless running stopped.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    #[error("standard input or output failed")]
    Io(#[from] std::io::Error),
    #[error("line {line} of the input is not an object with `code`")]
    BadLine { line: usize },
    #[error("the engine ended unexpectedly")]
    EngineEnded,
}

/// Evaluates cells from standard input until it ends.
///
/// # Errors
/// Input and output fail, or the input isn't what it should be.
pub fn run<E: Engine>(make: impl FnOnce(Sink) -> Result<E, String> + Send + 'static) -> Result<(), HeadlessError> {
    let worker = Worker::start(make)?;
    // Cells wait here while one runs.
    let (sender, lines) = channel();
    std::thread::Builder::new().name("input".into()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    evaluate_all(worker, lines.into_iter(), &mut std::io::stdout().lock())
}

fn evaluate_all(
    mut worker: Worker,
    lines: impl Iterator<Item = std::io::Result<String>>,
    output: &mut impl Write,
) -> Result<(), HeadlessError> {
    let mut emit = |value: Value| -> Result<(), HeadlessError> {
        writeln!(output, "{value}")?;
        output.flush()?;
        Ok(())
    };
    let started = loop {
        match worker.events.blocking_recv() {
            Some(Event::Started(Ok(started))) => break started,
            Some(Event::Started(Err(reason))) => return emit(json!({ "refused": reason })),
            Some(_) => {}
            None => return Err(HeadlessError::EngineEnded),
        }
    };
    let seconds = started.time.as_secs_f64();
    emit(json!({"started": {"seconds": seconds, "language_info": messages::language_info()}}))?;
    for (index, line) in lines.enumerate() {
        let request: Value = serde_json::from_str(&line?).map_err(|_| HeadlessError::BadLine { line: index + 1 })?;
        let code = request["code"].as_str().ok_or(HeadlessError::BadLine { line: index + 1 })?;
        while worker.events.try_recv().is_ok() {}
        worker.evaluate(code.to_owned(), index + 1);
        loop {
            match worker.events.blocking_recv().ok_or(HeadlessError::EngineEnded)? {
                Event::Output(output, _permit) => {
                    if let Some(event) = event(output, &started.handle) {
                        emit(event)?;
                    }
                }
                Event::Evaluated(Ok(result)) => {
                    if let Some(shown) = result {
                        emit(json!({"result": {"data": shown.data, "metadata": shown.metadata}}))?;
                    }
                    emit(json!({"done": true}))?;
                    break;
                }
                Event::Evaluated(Err(failure)) => {
                    emit(json!({ "error": messages::error(&failure) }))?;
                    break;
                }
                Event::Started(_) | Event::Delivered => {}
            }
        }
    }
    Ok(())
}

/// The event that tells of an output; nobody is there for input and comms.
fn event(output: Output, handle: &Arc<dyn Handle>) -> Option<Value> {
    match output {
        Output::Stream(stream, text) => Some(json!({"stream": {"name": stream_name(stream), "text": text}})),
        Output::Display(Display { data, metadata, id, update }) => {
            let content = json!({"data": data, "metadata": metadata, "id": id});
            Some(if update { json!({ "update": content }) } else { json!({ "display": content }) })
        }
        Output::Clear { wait } => Some(json!({"clear": {"wait": wait}})),
        Output::InputRequest { .. } => {
            handle.input(None);
            None
        }
        Output::Comm(_) | Output::ProcessReplaced => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::ScriptedEngine;

    fn events(cells: &[&str]) -> Vec<Value> {
        let worker = Worker::start(|sink| Ok(ScriptedEngine::new(sink))).unwrap();
        let lines = cells.iter().map(|code| Ok(json!({ "code": code }).to_string()));
        let mut output = Vec::new();
        evaluate_all(worker, lines, &mut output).unwrap();
        String::from_utf8(output).unwrap().lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn everything_a_cell_gives_out_is_an_event_in_order() {
        let seen =
            events(&["out a\nshow text/html <b>\nerr b\nupdate shown c\nclear-wait\ninput ?\nvalue 7", "fail E no"]);
        let shown = |text: &str| json!({ "text/plain": text });
        assert_eq!(
            seen,
            [
                json!({"stream": {"name": "stdout", "text": "a"}}),
                json!({"display": {"data": {"text/html": "<b>"}, "metadata": {}, "id": "shown"}}),
                json!({"stream": {"name": "stderr", "text": "b"}}),
                json!({"update": {"data": shown("c"), "metadata": {}, "id": "shown"}}),
                json!({"clear": {"wait": true}}),
                json!({"stream": {"name": "stdout", "text": "nothing"}}),
                json!({"result": {"data": shown("7"), "metadata": {}}}),
                json!({"done": true}),
                json!({"error": {"ename": "E", "evalue": "no", "traceback": ["\u{1b}[1;38;2;227;59;68mE\u{1b}[0m: no"]}}),
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_cell_is_named() {
        let worker = Worker::start(|sink| Ok(ScriptedEngine::new(sink))).unwrap();
        let lines = ["{\"code\": \"\"}", "{}"].into_iter().map(|line| Ok(line.to_owned()));
        let outcome = evaluate_all(worker, lines, &mut Vec::new());
        assert!(matches!(outcome, Err(HeadlessError::BadLine { line: 2 })));
    }
}
