//! Magics that run programs or write files.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::rustc::Running;
use crate::engine::{Failure, Output, Sink, Stream};

/// Runs a script with bash, which reads it from its standard input: no command line is built from it. What it writes
/// goes to the sink as it comes.
///
/// # Errors
/// There is no bash, the script was stopped or ended with a status other than 0.
pub fn bash(script: &str, folder: &Path, running: &Running, sink: &Sink) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::new("ShellError", format!("bash can't be run: {error}"));
    let mut command = Command::new("bash");
    command.arg("-s").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = running.start(&mut command).map_err(broken)?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        if let Some(mut input) = input {
            // A script that ends before it was read to its end closes the pipe.
            scope.spawn(move || drop(input.write_all(script.as_bytes())));
        }
        if let Some(output) = output {
            scope.spawn(move || forward(output, Stream::Stdout, sink));
        }
        if let Some(errors) = errors {
            scope.spawn(move || forward(errors, Stream::Stderr, sink));
        }
    });
    let (status, stopped) = running.finish(&mut child).map_err(broken)?;
    if stopped {
        return Err(Failure::new("Interrupted", "the script was stopped"));
    }
    if status.success() { Ok(()) } else { Err(Failure::new("ShellError", format!("the script ended with {status}"))) }
}

fn forward(mut from: impl Read, stream: Stream, sink: &Sink) {
    let mut buffer = [0; 16 * 1024];
    let mut pending = Vec::new();
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => pending.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        }
        // A character that is cut waits for its rest.
        let whole = match std::str::from_utf8(&pending) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => pending.len(),
        };
        let text = String::from_utf8_lossy(&pending[..whole]).into_owned();
        pending.drain(..whole);
        if !text.is_empty() {
            sink(Output::Stream(stream, text));
        }
    }
    if !pending.is_empty() {
        sink(Output::Stream(stream, String::from_utf8_lossy(&pending).into_owned()));
    }
}

/// Writes a file, whole or not at all; its folder is made if need be.
///
/// # Errors
/// The file can't be written.
pub fn write_file(path: &Path, content: &str, append: bool) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::new("FileError", format!("{} can't be written: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut whole = Vec::new();
    if append && path.exists() {
        whole = std::fs::read(path).map_err(failed)?;
    }
    whole.extend_from_slice(content.as_bytes());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(name);
    let written = std::fs::File::create(&partial)
        .and_then(|mut file| file.write_all(&whole).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_script_streams_fails_and_stops() {
        let seen = Arc::new(Mutex::new(String::new()));
        let sink: Sink = {
            let seen = Arc::clone(&seen);
            Arc::new(move |output| {
                if let Output::Stream(_, text) = output {
                    seen.lock().unwrap().push_str(&text);
                }
            })
        };
        let running = Running::default();
        let folder = std::env::temp_dir();
        bash("echo é; echo two >&2", &folder, &running, &sink).unwrap();
        assert!(seen.lock().unwrap().contains("é\n") && seen.lock().unwrap().contains("two\n"));
        assert_eq!(bash("exit 3", &folder, &running, &sink).unwrap_err().name, "ShellError");
        let stopping = running.clone();
        let stop = std::thread::spawn(move || {
            while !stopping.stop() {
                std::thread::yield_now()
            }
        });
        assert_eq!(bash("sleep 600", &folder, &running, &sink).unwrap_err().name, "Interrupted");
        stop.join().unwrap();
    }

    #[test]
    fn a_file_is_written_appended_and_left_alone_on_failure() {
        let folder = std::env::temp_dir().join(format!("saigen-writefile-{}", std::process::id()));
        let path = folder.join("sub/a.txt");
        write_file(&path, "one\n", false).unwrap();
        write_file(&path, "two\n", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(write_file(&folder.join("sub"), "x", false).unwrap_err().name, "FileError");
        assert_eq!(std::fs::read_dir(folder.join("sub")).unwrap().count(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
