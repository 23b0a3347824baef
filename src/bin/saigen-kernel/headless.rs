//! Cells without sockets: one JSON object per line in, one per event out.
//!
//! In: `{"code": "…"}`. Out: `{"started": {"seconds": s, "language_info": {…}}}` or `{"refused": "…"}` first, then
//! for each cell any number of `{"stream": {"name": "stdout", "text": "…"}}`, at most one
//! `{"result": {MIME type: content}}`, and one of `{"done": true}` and `{"error": {"ename", "evalue", "traceback"}}`.
//! The end of the input ends the kernel.

use std::io::{BufRead, Write};
use std::sync::mpsc::channel;

use serde_json::{Value, json};

use crate::engine::Stream;
use crate::evcxr_engine::{EvcxrEngine, Folders};
use crate::messages;
use crate::worker::{Event, Worker};

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
pub fn run(folders: Folders) -> Result<(), HeadlessError> {
    crate::child::end_with_parent();
    let mut worker = Worker::start(move |sink| EvcxrEngine::start(&folders, sink))?;
    let mut output = std::io::stdout().lock();
    let mut emit = |value: Value| -> Result<(), HeadlessError> {
        writeln!(output, "{value}")?;
        output.flush()?;
        Ok(())
    };
    match worker.events.blocking_recv() {
        Some(Event::Started(Ok(time))) => {
            emit(json!({"started": {"seconds": time.as_secs_f64(), "language_info": messages::language_info()}}))?;
        }
        Some(Event::Started(Err(reason))) => return emit(json!({ "refused": reason })),
        _ => return Err(HeadlessError::EngineEnded),
    }
    // Cells wait here while one runs.
    let (sender, lines) = channel();
    std::thread::Builder::new().name("input".into()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    for (index, line) in lines.into_iter().enumerate() {
        let request: Value = serde_json::from_str(&line?).map_err(|_| HeadlessError::BadLine { line: index + 1 })?;
        let code = request["code"].as_str().ok_or(HeadlessError::BadLine { line: index + 1 })?;
        worker.evaluate(code.to_owned());
        loop {
            match worker.events.blocking_recv().ok_or(HeadlessError::EngineEnded)? {
                Event::Output(stream, text) => {
                    let name = if stream == Stream::Stdout { "stdout" } else { "stderr" };
                    emit(json!({"stream": {"name": name, "text": text}}))?;
                }
                Event::Evaluated(Ok(result)) => {
                    if let Some(bundle) = result {
                        emit(json!({ "result": messages::data(&bundle) }))?;
                    }
                    emit(json!({"done": true}))?;
                    break;
                }
                Event::Evaluated(Err(failure)) => {
                    emit(json!({"error": {
                        "ename": failure.name, "evalue": failure.value, "traceback": failure.traceback
                    }}))?;
                    break;
                }
                Event::Started(_) | Event::Completed(_) | Event::Inspected(_) => {}
            }
        }
    }
    Ok(())
}
