//! The cell process's standard error, read by the kernel itself.
//!
//! Whatever a cell wrote before it ended lies in the socket by then: [`ErrorStream::end_cell`] reads it to the last
//! byte, so no output arrives after the cell's answer.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::child::{PANIC_RECORD, PanicRecord};
use crate::engine::{Output, Sink, Stream};

/// How much of a cell's standard error is remembered, in bytes, to name the error that a `?` returned.
const REMEMBERED: usize = 8192;

/// What one cell left on standard error.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CellErrors {
    pub panics: Vec<PanicRecord>,
    /// The end of the text.
    pub text: String,
}

/// Reads the standard error of the current and of earlier cell processes.
pub struct ErrorStream {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    connections: VecDeque<UnixStream>,
    demultiplexer: Demultiplexer,
    sink: Sink,
}

impl ErrorStream {
    /// Listens at a path in a private folder.
    ///
    /// # Errors
    /// The socket or its thread can't be made.
    pub fn listen(path: &Path, sink: Sink) -> io::Result<ErrorStream> {
        let listener = UnixListener::bind(path)?;
        let shared = Arc::new(Mutex::new(Shared {
            connections: VecDeque::new(),
            demultiplexer: Demultiplexer::default(),
            sink,
        }));
        let accepting = Arc::clone(&shared);
        std::thread::Builder::new().name("stderr".into()).spawn(move || accept(&listener, &accepting))?;
        Ok(ErrorStream { shared })
    }

    /// Forgets what earlier cells wrote.
    pub fn begin_cell(&self) {
        lock(&self.shared).demultiplexer.cell = CellErrors::default();
    }

    /// Reads what the cell wrote to the end, and returns it.
    pub fn end_cell(&self) -> CellErrors {
        let mut shared = lock(&self.shared);
        shared.drain();
        std::mem::take(&mut shared.demultiplexer.cell)
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // The data stays usable whatever happened to the other thread.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &UnixListener, shared: &Arc<Mutex<Shared>>) {
    for connection in listener.incoming().flatten() {
        let (Ok(()), Ok(watched)) = (connection.set_nonblocking(true), connection.try_clone()) else { continue };
        lock(shared).connections.push_back(connection);
        let shared = Arc::clone(shared);
        // Without a thread the stream is still read at the end of each cell.
        let _ = std::thread::Builder::new().name("stderr".into()).spawn(move || {
            while let Some(open) = wait_readable(&watched) {
                lock(&shared).drain();
                if !open {
                    break;
                }
            }
        });
    }
}

/// Waits until there is something to read and tells whether more can come; `None` when waiting itself fails.
fn wait_readable(stream: &UnixStream) -> Option<bool> {
    let mut poll = libc::pollfd { fd: stream.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: `poll` points to one entry, and its descriptor stays open while the stream is borrowed.
    let ready = unsafe { libc::poll(&raw mut poll, 1, -1) };
    match ready {
        1.. => Some(poll.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) == 0),
        _ => (io::Error::last_os_error().kind() == io::ErrorKind::Interrupted).then_some(true),
    }
}

impl Shared {
    /// Reads all there is, and lets go of connections that were closed.
    fn drain(&mut self) {
        let mut buffer = [0; 16 * 1024];
        let Shared { connections, demultiplexer, sink } = self;
        connections.retain_mut(|connection| {
            loop {
                match connection.read(&mut buffer) {
                    Ok(0) => return false,
                    Ok(read) => {
                        let text = demultiplexer.push(&buffer[..read]);
                        if !text.is_empty() {
                            sink(Output::Stream(Stream::Stderr, text));
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
                }
            }
        });
    }
}

/// Parts panic records from text, byte by byte as they come.
#[derive(Default)]
struct Demultiplexer {
    pending: Vec<u8>,
    cell: CellErrors,
}

impl Demultiplexer {
    /// Takes bytes and returns the text that can be shown.
    fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut shown = String::new();
        while let Some(start) = find(&self.pending, PANIC_RECORD.as_bytes()) {
            let Some(length) = find(&self.pending[start..], b"\n") else { break };
            shown.push_str(&String::from_utf8_lossy(&self.pending[..start]));
            let json = &self.pending[start + PANIC_RECORD.len()..start + length];
            if let Ok(record) = serde_json::from_slice::<PanicRecord>(json) {
                if record.thread != "main" {
                    shown.push_str(&format!("thread '{}' panicked: {}\n", record.thread, record.message));
                }
                self.cell.panics.push(record);
            }
            self.pending.drain(..=start + length);
        }
        let ready = self.pending.len() - withheld(&self.pending);
        shown.push_str(&String::from_utf8_lossy(&self.pending[..ready]));
        self.pending.drain(..ready);
        self.remember(&shown);
        shown
    }

    fn remember(&mut self, text: &str) {
        self.cell.text.push_str(text);
        if self.cell.text.len() > REMEMBERED {
            let mut cut = self.cell.text.len() - REMEMBERED;
            while !self.cell.text.is_char_boundary(cut) {
                cut += 1;
            }
            self.cell.text.drain(..cut);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// How many bytes at the end must wait for more: an unfinished record or character.
fn withheld(bytes: &[u8]) -> usize {
    let record = PANIC_RECORD.as_bytes();
    if let Some(start) = find(bytes, record) {
        return bytes.len() - start;
    }
    let beginning = (1..record.len()).rev().find(|&length| bytes.ends_with(&record[..length]));
    beginning.unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn record(thread: &str) -> String {
        let record =
            PanicRecord { thread: thread.into(), message: "no".into(), file: "src/lib.rs".into(), line: 3, column: 5 };
        format!("{PANIC_RECORD}{}\n", serde_json::to_string(&record).unwrap())
    }

    #[test]
    fn records_are_parted_from_text_wherever_the_bytes_are_cut() {
        let bytes = format!("before é{}after", record("main")).into_bytes();
        for cut in 0..bytes.len() {
            let mut demultiplexer = Demultiplexer::default();
            let shown = demultiplexer.push(&bytes[..cut]) + &demultiplexer.push(&bytes[cut..]);
            assert_eq!(shown, "before éafter", "cut at {cut}");
            assert_eq!(demultiplexer.cell.panics.len(), 1);
        }
    }

    #[test]
    fn a_panic_of_another_thread_is_shown() {
        let shown = Demultiplexer::default().push(record("helper").as_bytes());
        assert_eq!(shown, "thread 'helper' panicked: no\n");
    }

    #[test]
    fn all_that_was_written_is_there_when_the_cell_ends() {
        let path = std::env::temp_dir().join(format!("saigen-stderr-{}", std::process::id()));
        let seen = Arc::new(Mutex::new(String::new()));
        let sink: Sink = {
            let seen = Arc::clone(&seen);
            Arc::new(move |output| {
                if let Output::Stream(_, text) = output {
                    seen.lock().unwrap().push_str(&text);
                }
            })
        };
        let stream = ErrorStream::listen(&path, sink).unwrap();
        let mut child = UnixStream::connect(&path).unwrap();
        // The connection itself is accepted on another thread.
        while lock(&stream.shared).connections.is_empty() {
            std::thread::yield_now();
        }
        for cell in 0..200 {
            stream.begin_cell();
            child.write_all(format!("{cell}\n").as_bytes()).unwrap();
            assert_eq!(stream.end_cell().text, format!("{cell}\n"));
        }
        assert_eq!(seen.lock().unwrap().lines().count(), 200);
        std::fs::remove_file(&path).unwrap();
    }
}
