//! The process in which notebook cells run: loads what the kernel compiled, calls it and keeps its variables.
//!
//! The kernel starts it with one end of a socket as its standard input, and talks to it there in the lines of
//! [`saigen::cell::message`]. Standard output and standard error are the cells'.

use std::io::{self, BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel as queue};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW, Symbol};
use saigen::cell::message::{Command, Outcome, Report, Stored};
use saigen::cell::{self, channel, input};

mod interpose;

/// Holds the user's own value of `LD_LIBRARY_PATH`, if there was one, while the kernel's stands in its place.
const OWN_LIBRARY_PATH: &str = "SAIGEN_CELL_LD_LIBRARY_PATH";

/// How often what `print!` left in the buffer is shown while a cell runs.
const FLUSH_EVERY: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    restore_environment();
    end_with_parent();
    leave_no_core();
    let commands = match connect().and_then(serve) {
        Ok(commands) => commands,
        Err(error) => {
            eprintln!("saigen-cell: no connection to a kernel, which starts this program by itself: {error}");
            return ExitCode::from(2);
        }
    };
    cell::install_hook();
    saigen::display::comm::start();
    let flusher = Flusher::start();
    channel::report(&Report::Ready);
    for command in commands {
        match command {
            Command::Load { library } => {
                channel::report(&Report::Loaded { problem: load(&library).err().map(|error| in_full(&error)) });
            }
            Command::Run { library, cell } => {
                flusher.set_on(true);
                let (outcome, stored) = run(&library, cell);
                flusher.set_on(false);
                channel::report(&Report::Ended { outcome, stored });
            }
            Command::Discard { names } => {
                names.iter().for_each(|name| cell::discard(name));
                channel::flush();
            }
            Command::Comm(message) => channel::deliver(message),
            Command::Interrupt { .. } | Command::Input { .. } | Command::Received => {}
        }
    }
    ExitCode::SUCCESS
}

/// Gives cells the environment that the user gave the kernel.
fn restore_environment() {
    // SAFETY: no other thread has been started yet.
    unsafe {
        match std::env::var_os(OWN_LIBRARY_PATH) {
            Some(own) => std::env::set_var("LD_LIBRARY_PATH", own),
            None => std::env::remove_var("LD_LIBRARY_PATH"),
        }
        std::env::remove_var(OWN_LIBRARY_PATH);
    }
}

/// Lets the system kill this process when the kernel ends, however it ends.
fn end_with_parent() {
    // SAFETY: prctl with these arguments touches no memory.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

/// Writes no image of the memory when a cell crashes: with a large library that takes seconds, in which the kernel
/// can't start anew. A limit of one byte, unlike none, is kept to by a program that collects such images too.
fn leave_no_core() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a valid limit. Where the limit is lower already the second fails and changes nothing.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max.min(1);
            libc::setrlimit(libc::RLIMIT_CORE, &raw const limit);
        }
    }
}

/// Takes the socket from standard input, where cells find an empty file instead.
fn connect() -> io::Result<UnixStream> {
    // SAFETY: descriptor 0 is open or these calls fail; nothing else has used it. The duplicate is owned by nobody
    // else, and programs that a cell starts don't inherit it.
    let kernel = unsafe {
        let duplicate = libc::fcntl(0, libc::F_DUPFD_CLOEXEC, 3);
        if duplicate < 0 {
            return Err(io::Error::last_os_error());
        }
        <UnixStream as std::os::fd::FromRawFd>::from_raw_fd(duplicate)
    };
    kernel.peer_addr()?;
    let empty = std::fs::File::open("/dev/null")?;
    // SAFETY: both descriptors are open; dup2 replaces descriptor 0 and leaves the file's alone.
    if unsafe { libc::dup2(empty.as_raw_fd(), 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(kernel)
}

/// Reads commands on a thread of its own; those that reach a running cell are carried out there, the others come out
/// of the queue.
fn serve(kernel: UnixStream) -> io::Result<Receiver<Command>> {
    let lines = BufReader::new(kernel.try_clone()?);
    channel::connect(kernel);
    let (sender, receiver) = queue();
    std::thread::Builder::new().name("saigen-control".into()).spawn(move || {
        control(lines, &sender);
        // The kernel is gone. A cell may run for ever, so nothing waits for it.
        // SAFETY: _exit takes no arguments that could be wrong.
        unsafe { libc::_exit(0) }
    })?;
    Ok(receiver)
}

fn control(lines: impl BufRead, queue: &Sender<Command>) {
    for line in lines.split(b'\n') {
        let Ok(line) = line else { return };
        match serde_json::from_slice(&line) {
            Ok(Command::Interrupt { cell }) => cell::request(cell),
            Ok(Command::Input { text }) => input::answer(text),
            Ok(Command::Received) => channel::received(),
            Ok(command) => {
                if queue.send(command).is_err() {
                    return;
                }
            }
            Err(error) => eprintln!("saigen-cell: the kernel says what this program does not understand: {error}"),
        }
    }
}

/// Loads a library for the life of the process: its code and statics may be referred to from anywhere.
fn load(path: &std::path::Path) -> Result<std::mem::ManuallyDrop<Library>, libloading::Error> {
    // SAFETY: the library was compiled by the kernel from the user's cell, whose code is to run here.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }.map(std::mem::ManuallyDrop::new)
}

fn run(path: &std::path::Path, number: u32) -> (Outcome, Vec<Stored>) {
    let function = load(path).and_then(|library| {
        // SAFETY: the kernel gives this name to a function of this type only.
        unsafe { library.get(format!("saigen_cell_{number}")) }.map(|symbol: Symbol<cell::Cell>| *symbol)
    });
    match function {
        Ok(function) => cell::execute(number, function),
        Err(error) => {
            (Outcome::Broken { problem: format!("the cell can't be loaded: {}", in_full(&error)) }, cell::stored())
        }
    }
}

/// An error with its sources; the first alone doesn't say which file it is about.
fn in_full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Flushes standard output from time to time while a cell runs.
struct Flusher {
    on: Arc<(Mutex<bool>, Condvar)>,
}

impl Flusher {
    /// Without a thread for it, output shows at line breaks and at the end of a cell.
    fn start() -> Flusher {
        let on = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&on);
        let _ = std::thread::Builder::new().name("saigen-flush".into()).spawn(move || {
            loop {
                let (on, changed) = &*theirs;
                let mut running = on.lock().unwrap_or_else(PoisonError::into_inner);
                while !*running {
                    running = changed.wait(running).unwrap_or_else(PoisonError::into_inner);
                }
                drop(running);
                std::thread::sleep(FLUSH_EVERY);
                channel::flush();
            }
        });
        Flusher { on }
    }

    fn set_on(&self, running: bool) {
        let (on, changed) = &*self.on;
        *on.lock().unwrap_or_else(PoisonError::into_inner) = running;
        changed.notify_all();
    }
}
