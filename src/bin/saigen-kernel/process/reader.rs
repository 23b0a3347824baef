//! The thread that starts a cell process, reads all that it writes, and buries it.

use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdout};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::flow::{Flow, JOIN};
use super::text::{Blocks, Decoder, Piece};
use super::{Death, Event, ProcessHandle, lock};
use crate::engine::{Display, Output, Shown, Sink, Stream};
use crate::message::{Command, Panic, Report};

/// How much of standard error is remembered to tell why a process died.
const REMEMBERED: usize = 8 << 10;

const BUFFER: usize = 256 << 10;

/// After a read of less than this the streams are left alone for a moment: a process that prints line by line would
/// wake this thread with every line, which costs both of them more than the line.
const SMALL: usize = 16 << 10;
const MOMENT: Duration = Duration::from_millis(2);

/// How much the system may hold between the process and this thread; the default of 64 kB makes floods slow.
const PIPE_BYTES: libc::c_int = 1 << 20;

/// How long a process that let go of its socket has to end by itself.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// What is known of the output, shared by the reading thread and the one that runs cells.
pub struct State {
    flow: Flow,
    stdout: Decoder,
    blocks: Blocks,
    stderr: Decoder,
    stderr_tail: String,
    /// Whether a cell runs.
    running: bool,
    result: Option<Shown>,
    panics: Vec<Panic>,
    /// When output that may be the beginning of something came.
    held_since: Option<Instant>,
}

impl State {
    pub fn new(sink: Sink) -> State {
        State {
            flow: Flow::new(sink, Instant::now()),
            stdout: Decoder::default(),
            blocks: Blocks::default(),
            stderr: Decoder::default(),
            stderr_tail: String::new(),
            running: false,
            result: None,
            panics: Vec::new(),
            held_since: None,
        }
    }

    /// A cell begins.
    pub fn begin(&mut self) {
        self.flow.begin(Instant::now());
        self.stderr_tail.clear();
        self.result = None;
        self.panics.clear();
        self.running = true;
    }

    fn bytes(&mut self, stream: Stream, bytes: &[u8]) {
        let now = Instant::now();
        let State { flow, stdout, blocks, stderr, stderr_tail, held_since, .. } = self;
        match stream {
            Stream::Stdout => {
                blocks.push(&stdout.push(bytes), &mut |piece| pass(flow, piece, now));
                *held_since = blocks.waits().then_some(now);
            }
            Stream::Stderr => {
                let text = stderr.push(bytes);
                remember(stderr_tail, &text);
                flow.text(Stream::Stderr, &text, now);
            }
        }
    }

    /// Does what time asks for, and tells when that is the case again.
    fn tick(&mut self) -> Option<Instant> {
        let now = Instant::now();
        if self.held_since.is_some_and(|since| now >= since + JOIN) {
            self.idle(now);
        }
        self.flow.tick(now);
        self.flow.deadline().into_iter().chain(self.held_since.map(|since| since + JOIN)).min()
    }

    fn idle(&mut self, now: Instant) {
        let State { flow, blocks, held_since, .. } = self;
        blocks.idle(&mut |piece| pass(flow, piece, now));
        *held_since = None;
    }

    /// Sends all there is. What is incomplete stays so.
    fn finish(&mut self) {
        let now = Instant::now();
        let State { flow, stdout, blocks, stderr, stderr_tail, held_since, .. } = self;
        let cut = stdout.finish();
        blocks.push(&cut, &mut |piece| pass(flow, piece, now));
        blocks.finish(&mut |piece| pass(flow, piece, now));
        *held_since = None;
        let cut = stderr.finish();
        remember(stderr_tail, &cut);
        flow.text(Stream::Stderr, &cut, now);
        flow.finish(now);
    }

    /// Takes a report; all output that came before it has been taken.
    fn report(&mut self, report: Report) -> Option<Event> {
        let now = Instant::now();
        match report {
            Report::Ready => return Some(Event::Ready),
            Report::Loaded { problem } => return Some(Event::Loaded { problem }),
            Report::Ended { outcome, stored } => {
                self.finish();
                self.running = false;
                let (result, panics) = (self.result.take(), std::mem::take(&mut self.panics));
                return Some(Event::Ended { outcome, stored, result, panics });
            }
            Report::Panicked(panic) => self.panics.push(panic),
            Report::Result { data, metadata } if self.running => {
                self.idle(now);
                self.result = Some(Shown { data, metadata });
            }
            Report::Result { data, metadata } => {
                self.output(Output::Display(Display { metadata, ..data.into() }), now);
            }
            Report::Display(display) => self.output(Output::Display(display), now),
            Report::Clear { wait } => self.output(Output::Clear { wait }, now),
            Report::InputRequest { prompt, password } => self.output(Output::InputRequest { prompt, password }, now),
            Report::Comm(message) => self.output(Output::Comm(message), now),
        }
        None
    }

    fn output(&mut self, output: Output, now: Instant) {
        self.idle(now);
        self.flow.output(output, now);
    }
}

fn pass(flow: &mut Flow, piece: Piece<'_>, now: Instant) {
    match piece {
        Piece::Text(text) => flow.text(Stream::Stdout, text, now),
        Piece::Value(data) => flow.output(Output::Display(data.into()), now),
    }
}

fn remember(tail: &mut String, text: &str) {
    tail.push_str(&text[text.ceil_char_boundary(text.len().saturating_sub(REMEMBERED))..]);
    if tail.len() > 2 * REMEMBERED {
        tail.drain(..tail.ceil_char_boundary(tail.len() - REMEMBERED));
    }
}

/// Reads one process to its end.
pub struct Reader {
    child: Child,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    socket: UnixStream,
    /// The beginning of a report.
    line: Vec<u8>,
    buffer: Vec<u8>,
    state: Arc<Mutex<State>>,
    handle: Arc<ProcessHandle>,
    events: Sender<Event>,
}

impl Reader {
    pub fn new(
        mut child: Child,
        socket: UnixStream,
        state: Arc<Mutex<State>>,
        handle: Arc<ProcessHandle>,
        events: Sender<Event>,
    ) -> Reader {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        for pipe in [stdout.as_ref().map(AsRawFd::as_raw_fd), stderr.as_ref().map(AsRawFd::as_raw_fd)] {
            // SAFETY: the descriptor is open; where the size is refused the pipe stays as it is.
            pipe.map(|pipe| unsafe { libc::fcntl(pipe, libc::F_SETPIPE_SZ, PIPE_BYTES) });
        }
        let buffer = vec![0; BUFFER];
        Reader { child, stdout, stderr, socket, line: Vec::new(), buffer, state, handle, events }
    }

    /// Reads until the process lets go of its socket, which is at its end.
    pub fn run(mut self) {
        let mut pause = false;
        loop {
            let mut deadline = lock(&self.state).tick();
            if pause {
                deadline = Some(Instant::now() + MOMENT);
            }
            let Ok(ready) = self.wait(deadline, !pause) else { break };
            pause = false;
            if ready[2] {
                if !matches!(self.read_reports(), Ok(true)) {
                    break;
                }
                // The streams may have been read meanwhile, and reading them again would wait.
                continue;
            }
            for (stream, ready) in [(Stream::Stdout, ready[0]), (Stream::Stderr, ready[1])] {
                if ready {
                    pause |= (1..SMALL).contains(&self.read(stream, BUFFER));
                }
            }
        }
        self.bury();
    }

    /// Waits until standard output, standard error or the socket can be read; without `streams`, only for the socket.
    fn wait(&self, deadline: Option<Instant>, streams: bool) -> io::Result<[bool; 3]> {
        let of = |stream| if streams { self.descriptor(stream) } else { -1 };
        let descriptors = [of(Stream::Stdout), of(Stream::Stderr), self.socket.as_raw_fd()];
        let mut polls = descriptors.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
        // Rounded up, so that the deadline has come afterwards.
        let left = deadline.map_or(-1, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
            libc::c_int::try_from(left).unwrap_or(libc::c_int::MAX)
        });
        // SAFETY: `polls` has three entries whose descriptors are open or negative.
        if unsafe { libc::poll(polls.as_mut_ptr(), 3, left) } < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok([false; 3]) } else { Err(error) };
        }
        Ok(polls.map(|poll| poll.revents != 0))
    }

    fn descriptor(&self, stream: Stream) -> RawFd {
        match stream {
            Stream::Stdout => self.stdout.as_ref().map_or(-1, AsRawFd::as_raw_fd),
            Stream::Stderr => self.stderr.as_ref().map_or(-1, AsRawFd::as_raw_fd),
        }
    }

    /// Reads a stream once; returns how much.
    fn read(&mut self, stream: Stream, most: usize) -> usize {
        let buffer = &mut self.buffer[..most.min(BUFFER)];
        let read = match stream {
            Stream::Stdout => self.stdout.as_mut().map_or(Ok(0), |pipe| pipe.read(buffer)),
            Stream::Stderr => self.stderr.as_mut().map_or(Ok(0), |pipe| pipe.read(buffer)),
        };
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            // A cell closed its stream.
            Ok(0) | Err(_) => {
                match stream {
                    Stream::Stdout => self.stdout = None,
                    Stream::Stderr => self.stderr = None,
                }
                0
            }
            Ok(read) => {
                lock(&self.state).bytes(stream, &self.buffer[..read]);
                read
            }
        }
    }

    /// Reads what has been written up to now, and not what a thread goes on to write.
    fn drain(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let mut available: libc::c_int = 0;
            let descriptor = self.descriptor(stream);
            // SAFETY: FIONREAD writes an int; a negative descriptor is refused and leaves it 0.
            unsafe { libc::ioctl(descriptor, libc::FIONREAD, &raw mut available) };
            let mut left = usize::try_from(available).unwrap_or(0);
            while left > 0 {
                match self.read(stream, left) {
                    0 => break,
                    read => left -= read.min(left),
                }
            }
        }
    }

    /// Reads and handles reports; `false` when no more can come.
    fn read_reports(&mut self) -> io::Result<bool> {
        let read = match self.socket.read(&mut self.buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            read => read?,
        };
        self.line.extend_from_slice(&self.buffer[..read]);
        let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') else { return Ok(read > 0) };
        let rest = self.line.split_off(end + 1);
        let lines = std::mem::replace(&mut self.line, rest);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            // The process is of another version when it says what this one doesn't understand, or a cell has got hold
            // of the socket: whatever it was, the cells' state can't be relied on.
            let report: Report = serde_json::from_slice(line)?;
            self.drain();
            let waits_for_answer = matches!(
                report,
                Report::Display(_) | Report::Result { .. } | Report::Clear { .. } | Report::InputRequest { .. }
            );
            let event = lock(&self.state).report(report);
            if waits_for_answer {
                self.handle.send(&Command::Received)?;
            }
            if let Some(event) = event {
                // Nobody listens when the process is being let go.
                let _ = self.events.send(event);
            }
        }
        Ok(read > 0)
    }

    /// Ends the process and all that it started, if they haven't ended, and tells how it died.
    fn bury(mut self) {
        let pid = self.child.id();
        let end = Instant::now() + LAST_MOMENTS;
        while !has_ended(pid) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.drain();
        // While the process has not been waited for its number, and so its group's, is its own.
        self.handle.kill();
        let status = self.handle.bury(|| self.child.wait());
        self.drain();
        let mut state = lock(&self.state);
        state.finish();
        state.running = false;
        let stderr_tail = std::mem::take(&mut state.stderr_tail);
        let panics = std::mem::take(&mut state.panics);
        drop(state);
        let how = match status.map(|status| (status.code(), status.signal())) {
            Ok((Some(code), _)) => Death::Exited(code),
            Ok((None, Some(libc::SIGABRT))) if stderr_tail.contains("has overflowed its stack") => Death::StackOverflow,
            Ok((None, Some(libc::SIGABRT))) => Death::Aborted,
            Ok((None, Some(signal))) => Death::Signal(signal),
            Ok((None, None)) | Err(_) => Death::Signal(libc::SIGKILL),
        };
        // Nobody listens when the process is being let go.
        let _ = self.events.send(Event::Died { how, stderr_tail, panics });
    }
}

/// Whether a child has ended; it stays to be waited for.
fn has_ended(pid: u32) -> bool {
    // SAFETY: an all-zero siginfo is valid, and waitid writes only there.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        libc::waitid(libc::P_PID, pid, &raw mut info, flags) != 0 || info.si_pid() != 0
    }
}
