//! One run of the kernel's headless mode.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::outputs::{Change, Outputs};
use crate::display::Monitor;

/// How often a waiting session asks its monitor whether to go on.
const PATIENCE: Duration = Duration::from_millis(100);

/// The kernel can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("the kernel {program} can't be started")]
    NotStarted {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the kernel refused to start: {reason}")]
    Refused { reason: String },
    #[error("the kernel ended unexpectedly")]
    Ended,
    #[error("the kernel wrote what is no event: {line}")]
    Garbled { line: String },
    #[error("no answer within {} s", limit.as_secs())]
    TimedOut { limit: Duration },
    #[error("interrupted")]
    Interrupted,
}

/// What a cell left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Outputs in the form of notebooks, in order; pieces of one stream that follow each other are one output.
    pub outputs: Vec<Value>,
    /// Displays of earlier cells that this one changed.
    pub changes: Vec<Change>,
    /// Name and value of the error, if the cell failed.
    pub error: Option<(String, String)>,
}

/// A running kernel. It ends when this is dropped.
pub struct Session {
    process: Child,
    input: Option<ChildStdin>,
    events: Receiver<String>,
    started: Duration,
    language_info: Value,
    outputs: Outputs,
}

impl Session {
    /// Starts a kernel in a working folder and waits until it is ready.
    ///
    /// # Errors
    /// It can't be started, refuses, or isn't ready within `limit`.
    pub fn start(
        program: &Path,
        folder: &Path,
        limit: Duration,
        monitor: &dyn Monitor,
    ) -> Result<Session, SessionError> {
        let mut process = Command::new(program)
            .arg("--headless")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C in a terminal is for this process, whose monitor hears of it.
            .process_group(0)
            .spawn()
            .map_err(|source| SessionError::NotStarted { program: program.display().to_string(), source })?;
        let input = process.stdin.take();
        let output = process.stdout.take().expect("it was asked for");
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut session = Session {
            process,
            input,
            events,
            started: Duration::ZERO,
            language_info: Value::Null,
            outputs: Outputs::default(),
        };
        let event = session.event(Instant::now(), limit, monitor)?;
        if let Some(reason) = event["refused"].as_str() {
            return Err(SessionError::Refused { reason: reason.to_owned() });
        }
        session.started = Duration::from_secs_f64(event["started"]["seconds"].as_f64().unwrap_or_default());
        session.language_info = event["started"]["language_info"].clone();
        Ok(session)
    }

    /// How long the kernel took to be ready.
    pub fn started(&self) -> Duration {
        self.started
    }

    /// What a notebook stores about the kernel's language.
    pub fn language_info(&self) -> &Value {
        &self.language_info
    }

    /// Evaluates a cell, whose result gets the given count.
    ///
    /// # Errors
    /// The kernel ended or didn't answer within `limit`; the session is of no use afterwards.
    pub fn evaluate(
        &mut self,
        code: &str,
        count: usize,
        limit: Duration,
        monitor: &dyn Monitor,
    ) -> Result<Evaluation, SessionError> {
        let line = format!("{}\n", json!({ "code": code }));
        let input = self.input.as_mut().ok_or(SessionError::Ended)?;
        input.write_all(line.as_bytes()).and_then(|()| input.flush()).map_err(|_| SessionError::Ended)?;
        let begin = Instant::now();
        self.outputs.begin();
        let error = loop {
            let event = self.event(begin, limit, monitor)?;
            let is_output = self.outputs.take(&event, count);
            if let Some(failure) = event.get("error") {
                let text = |key: &str| failure[key].as_str().unwrap_or_default().to_owned();
                break Some((text("ename"), text("evalue")));
            }
            if !is_output {
                break None;
            }
        };
        let (outputs, changes) = self.outputs.end();
        Ok(Evaluation { outputs, changes, error })
    }

    fn event(&mut self, begin: Instant, limit: Duration, monitor: &dyn Monitor) -> Result<Value, SessionError> {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(line) => return serde_json::from_str(&line).map_err(|_| SessionError::Garbled { line }),
                Err(RecvTimeoutError::Disconnected) => return Err(SessionError::Ended),
                Err(RecvTimeoutError::Timeout) if monitor.cancelled() => return Err(SessionError::Interrupted),
                Err(RecvTimeoutError::Timeout) if begin.elapsed() > limit => {
                    return Err(SessionError::TimedOut { limit });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The end of its input lets an idle kernel tidy up; one that still runs a cell after that is ended.
        drop(self.input.take());
        for _ in 0..40 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    /// A script that stands for a kernel: each answers one cell.
    fn kernel(name: &str, script: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("saigen-session-{name}-{}", std::process::id()));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    const STARTED: &str = r#"echo '{"started": {"seconds": 0.5, "language_info": {"name": "rust"}}}'; read line;"#;

    fn evaluate(name: &str, answer: &str) -> Result<Evaluation, SessionError> {
        let program = kernel(name, &format!("{STARTED} {answer}"));
        let limit = Duration::from_secs(20);
        let outcome = Session::start(&program, Path::new("/"), limit, &Silent)
            .and_then(|mut session| session.evaluate("1", 3, limit, &Silent));
        std::fs::remove_file(program).unwrap();
        outcome
    }

    #[test]
    fn outputs_are_gathered_in_order() {
        let outcome = evaluate(
            "streams",
            r#"echo '{"stream": {"name": "stderr", "text": "e"}}'; echo '{"stream": {"name": "stdout", "text": "a"}}'
               echo '{"stream": {"name": "stdout", "text": "b"}}'; echo '{"result": {"data": {"text/plain": "1"}, "metadata": {}}}'; echo '{"done": true}'"#,
        )
        .unwrap();
        assert_eq!(outcome.outputs[0]["name"], "stderr");
        assert_eq!(outcome.outputs[1], json!({"output_type": "stream", "name": "stdout", "text": "ab"}));
        assert_eq!(outcome.outputs[2]["execution_count"], 3);
        assert_eq!(outcome.error, None);
    }

    #[test]
    fn an_error_is_an_output_and_ends_the_cell() {
        let outcome =
            evaluate("error", r#"echo '{"error": {"ename": "Panic", "evalue": "no", "traceback": []}}'"#).unwrap();
        assert_eq!(outcome.error, Some(("Panic".into(), "no".into())));
        assert_eq!(outcome.outputs[0]["output_type"], "error");
    }

    #[test]
    fn a_kernel_that_ends_refuses_or_stammers_is_an_error() {
        assert!(matches!(evaluate("ended", "exit 3"), Err(SessionError::Ended)));
        assert!(matches!(evaluate("garbled", "echo hello"), Err(SessionError::Garbled { .. })));
        let program = kernel("refused", r#"echo '{"refused": "no library"}'"#);
        let refused = Session::start(&program, Path::new("/"), Duration::from_secs(20), &Silent);
        assert!(matches!(refused.err(), Some(SessionError::Refused { reason }) if reason == "no library"));
        std::fs::remove_file(program).unwrap();
    }

    #[test]
    fn a_silent_kernel_is_given_up_and_ended() {
        let program = kernel("silent", &format!("{STARTED} sleep 600"));
        let mut session = Session::start(&program, Path::new("/"), Duration::from_secs(20), &Silent).unwrap();
        let outcome = session.evaluate("1", 1, Duration::from_millis(1), &Silent);
        assert!(matches!(outcome, Err(SessionError::TimedOut { .. })));
        std::fs::remove_file(program).unwrap();
    }
}
