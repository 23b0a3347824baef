//! Completion and inspection by rust-analyzer, which works beside the cells and never waits for them.
//!
//! One thread owns the database and orders the work; each question, and each warming of the caches, runs on a thread
//! of its own on a snapshot. Only the files that hold the cell ever change, so what was computed about the crates
//! stays. A question that is answered too late still fills the caches; it is stopped only by the next one.
//!
//! After the start the standard library is computed first, then the crates above it. In between, answers come from
//! the standard library alone, and words fill the gaps.

use std::cell::LazyCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::{Analyst, Bundle, Completion, Context, Later};
use cell_file::CellFile;
use database::{Database, Scope, Snapshot};

pub use crates::Settings;

mod cell_file;
mod crates;
mod database;
mod sources;
mod words;

/// How long a completion may take before words must do.
const COMPLETION_TIME: Duration = Duration::from_millis(1400);
/// How long an inspection may take; it has nothing to fall back on, and people wait for it.
const INSPECTION_TIME: Duration = Duration::from_millis(2500);
/// For how long, times the number of interruptions, the warming of the caches goes before questions.
const PROTECTION: Duration = Duration::from_millis(400);
/// rust-analyzer's algorithms recurse deeply.
const STACK: usize = 32 << 20;
/// The database is made anew after a panic, this many times.
const RESTARTS: usize = 3;
/// What is completed to warm the caches, each at its end.
const WARMING: [(Scope, &[&str]); 2] = [
    (Scope::Standard, &["let a = vec![1];\na.", "let a = String::new();\na."]),
    (Scope::All, &["let a: ndarray::Array2<f64>;\na.", "let a: polars::prelude::DataFrame;\na."]),
];

/// Answers from rust-analyzer, or from words where it isn't ready.
pub struct RustAnalyzer {
    /// Made when it is first asked for.
    context: Mutex<LazyCell<Context, Later>>,
    events: Sender<Event>,
}

impl RustAnalyzer {
    /// Returns at once; the sources are read on another thread. What is missing is written to standard error.
    pub fn start(settings: Settings) -> Arc<dyn Analyst> {
        Arc::new(RustAnalyzer::start_owned(settings))
    }

    fn start_owned(settings: Settings) -> RustAnalyzer {
        let (events, received) = channel();
        let owner = Owner {
            settings,
            events: events.clone(),
            database: None,
            running: None,
            waiting: VecDeque::new(),
            warm: 0,
            used: false,
            stopped: 0,
            jobs: 0,
            restarts: 0,
        };
        // Without this thread there are still words.
        let _ = thread::Builder::new().name("analysis".into()).spawn(move || owner.run(&received));
        RustAnalyzer { context: Mutex::new(LazyCell::new(Box::new(Context::default))), events }
    }

    fn context(&self) -> MutexGuard<'_, LazyCell<Context, Later>> {
        // The context is replaced as a whole, so that it is valid after a panic too.
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks and waits; `None` if there is no answer in time.
    fn ask<T>(&self, time: Duration, question: impl FnOnce(Sender<T>) -> Ask) -> Option<T> {
        let (answer, answered) = channel();
        self.events.send(Event::Asked(question(answer), Instant::now() + time)).ok()?;
        answered.recv_timeout(time).ok()
    }
}

impl Drop for RustAnalyzer {
    fn drop(&mut self) {
        // The thread may have ended already.
        let _ = self.events.send(Event::End);
    }
}

impl Analyst for RustAnalyzer {
    fn update(&self, context: Later) {
        *self.context() = LazyCell::new(context);
        // The thread may have ended.
        let _ = self.events.send(Event::Used);
    }

    fn complete(&self, code: &str, cursor: usize) -> Completion {
        if let Some(commands) = words::commands(code, cursor) {
            return commands;
        }
        if cell_file::is_foreign(code) || !code.is_char_boundary(cursor) {
            return Completion { start: cursor, end: cursor, candidates: Vec::new() };
        }
        let file = CellFile::new(&self.context(), code);
        self.ask(COMPLETION_TIME, |answer| Ask::Completion { file, cursor, answer })
            .unwrap_or_else(|| words::fallback(&self.context(), code, cursor))
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<Bundle> {
        if cell_file::is_foreign(code) || !code.is_char_boundary(cursor) {
            return None;
        }
        let file = CellFile::new(&self.context(), code);
        self.ask(INSPECTION_TIME, |answer| Ask::Inspection { file, cursor, answer })
            .unwrap_or_else(|| variable(&self.context(), code, cursor))
    }
}

/// Name and type of the variable at a byte offset, which are known without rust-analyzer.
fn variable(context: &Context, code: &str, cursor: usize) -> Option<Bundle> {
    let (before, after) = code.split_at_checked(cursor)?;
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = before.trim_end_matches(in_word).len();
    let end = code.len() - after.trim_start_matches(in_word).len();
    let name = &code[start..end];
    let of = context.variables.get(name)?;
    let plain = format!("let {name}: {of}");
    let markdown = format!("```rust\n{plain}\n```");
    Some([("text/plain".to_owned(), plain.into()), ("text/markdown".to_owned(), markdown.into())].into())
}

/// What is asked about the cell's file.
enum Ask {
    Completion { file: CellFile, cursor: usize, answer: Sender<Completion> },
    Inspection { file: CellFile, cursor: usize, answer: Sender<Option<Bundle>> },
}

impl Ask {
    fn file(&self) -> &CellFile {
        match self {
            Ask::Completion { file, .. } | Ask::Inspection { file, .. } => file,
        }
    }

    /// Answers; `false` if it was stopped before it could. The one who asked may have stopped waiting.
    ///
    /// Where only a part is known, nothing found means nothing: no answer lets words do.
    fn work(&self, scope: Scope, snapshot: &Snapshot) -> bool {
        match self {
            Ask::Completion { file, cursor, answer } => match snapshot.complete(scope, file, *cursor) {
                Ok(found) if scope == Scope::All || !found.candidates.is_empty() => drop(answer.send(found)),
                Ok(_) => {}
                Err(_) => return false,
            },
            Ask::Inspection { file, cursor, answer } => match snapshot.inspect(scope, file, *cursor) {
                Ok(found) if scope == Scope::All || found.is_some() => drop(answer.send(found)),
                Ok(_) => {}
                Err(_) => return false,
            },
        }
        true
    }
}

/// The file that holds everything that warms the caches, and where to complete in it.
fn warming() -> (CellFile, Vec<(Scope, usize)>) {
    let mut code = String::new();
    let mut cursors = Vec::new();
    for (scope, texts) in WARMING {
        for text in texts {
            code.push_str(text);
            cursors.push((scope, code.len()));
            code.push_str(";\n");
        }
    }
    (CellFile::new(&Context::default(), &code), cursors)
}

enum Event {
    Loaded(Box<Database>),
    Asked(Ask, Instant),
    /// A cell ran.
    Used,
    Ended {
        job: usize,
        how: Ending,
    },
    End,
}

enum Ending {
    Answered,
    Stopped,
    Panicked(String),
}

struct Running {
    job: usize,
    /// Until when it isn't stopped by a question; for ever if there is no time.
    until: Option<Instant>,
    warming: bool,
}

/// The thread that owns the database.
struct Owner {
    settings: Settings,
    events: Sender<Event>,
    database: Option<Box<Database>>,
    running: Option<Running>,
    waiting: VecDeque<(Ask, Instant)>,
    /// How many parts of [`WARMING`] are done.
    warm: usize,
    /// A cell ran, or something was asked. Until then only the standard library is held in memory.
    used: bool,
    /// How often questions have stopped the warming.
    stopped: u32,
    jobs: usize,
    restarts: usize,
}

impl Owner {
    fn run(mut self, received: &Receiver<Event>) {
        self.load();
        loop {
            // A question that waits behind another one stops it as soon as nobody waits for that.
            let until = self.running.as_ref().filter(|_| !self.waiting.is_empty()).and_then(|running| running.until);
            let event = match until {
                Some(until) => received.recv_timeout(until.saturating_duration_since(Instant::now())),
                None => received.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(Event::Loaded(mut database)) => {
                    database.set(&[Scope::Standard, Scope::All], &warming().0);
                    self.database = Some(database);
                    self.warm = 0;
                }
                Ok(Event::Asked(ask, until)) => {
                    self.used = true;
                    self.waiting.push_back((ask, until));
                }
                Ok(Event::Used) => self.used = true,
                Ok(Event::Ended { job, how }) => self.ended(job, how),
                Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.proceed();
        }
    }

    /// Reads the sources on a thread of low priority.
    fn load(&mut self) {
        let (settings, events) = (self.settings.clone(), self.events.clone());
        let first = self.restarts == 0;
        let spawned = thread::Builder::new().name("analysis-load".into()).stack_size(STACK).spawn(move || {
            lower_priority(Scope::Standard);
            let (database, problem) = Database::load(&settings);
            if let Some(problem) = problem.filter(|_| first) {
                eprintln!("saigen-kernel: completion knows less than it could: {problem}");
            }
            // The owner may have ended meanwhile.
            let _ = events.send(Event::Loaded(Box::new(database)));
        });
        if let Err(error) = spawned {
            eprintln!("saigen-kernel: completion knows only words: {error}");
        }
    }

    fn ended(&mut self, job: usize, how: Ending) {
        let current = self.running.take_if(|running| running.job == job);
        let warmed = current.is_some_and(|it| it.warming) && !matches!(how, Ending::Stopped);
        self.warm += usize::from(warmed);
        if let (true, Some(database)) = (warmed && self.warm == WARMING.len(), &mut self.database) {
            // The change drops the syntax trees.
            database.set(&[Scope::Standard, Scope::All], &CellFile::new(&Context::default(), ""));
            give_back_memory();
        }
        if let Ending::Panicked(message) = how
            && self.restarts < RESTARTS
            && self.database.take().is_some()
        {
            if self.restarts == 0 {
                eprintln!("saigen-kernel: rust-analyzer panicked and starts again: {message}");
            }
            self.restarts += 1;
            self.running = None;
            self.load();
        }
    }

    /// Starts what comes next, unless something runs that is waited for.
    fn proceed(&mut self) {
        let now = Instant::now();
        self.waiting.retain(|(_, until)| *until > now);
        let busy = self.running.as_ref().is_some_and(|it| it.until.is_none_or(|until| until > now));
        let Some(database) = self.database.as_mut().filter(|_| !busy) else { return };
        // The standard library comes before all questions: they would have to compute it themselves.
        if self.warm == 0 {
            self.warm_up();
        } else if let Some((ask, until)) = self.waiting.pop_front() {
            let scope = if self.warm == WARMING.len() { Scope::All } else { Scope::Standard };
            self.stopped += u32::from(self.running.as_ref().is_some_and(|running| running.warming));
            database.set(&[scope], ask.file());
            self.start(Some(until), false, move |snapshot| ask.work(scope, snapshot));
        } else if self.running.is_none() && self.used && self.warm < WARMING.len() {
            self.warm_up();
        }
    }

    /// Completes what belongs to the next scope, so that questions find its crates computed.
    fn warm_up(&mut self) {
        let (file, cursors) = warming();
        let scope = WARMING[self.warm].0;
        // Questions may stop the work on the crates above the standard library, but not that on itself, and less and
        // less readily the more often they have.
        let until = Some(Instant::now() + self.stopped * PROTECTION).filter(|_| self.warm > 0);
        self.start(until, true, move |snapshot| {
            lower_priority(scope);
            let mut cursors = cursors.iter().filter(|(of, _)| *of == scope);
            cursors.all(|(_, cursor)| snapshot.complete(scope, &file, *cursor).is_ok())
        });
    }

    /// Runs work on a snapshot; it returns `false` if it was stopped.
    fn start(&mut self, until: Option<Instant>, warming: bool, work: impl FnOnce(&Snapshot) -> bool + Send + 'static) {
        let Some(snapshot) = self.database.as_ref().map(|it| it.snapshot()) else { return };
        self.jobs += 1;
        let (job, events) = (self.jobs, self.events.clone());
        let spawned = thread::Builder::new().name("analysis-job".into()).stack_size(STACK).spawn(move || {
            // Work and snapshot are dropped in here; a database that has panicked isn't used again.
            let how = match catch_unwind(AssertUnwindSafe(move || work(&snapshot))) {
                Ok(true) => Ending::Answered,
                Ok(false) => Ending::Stopped,
                Err(payload) => Ending::Panicked(message(&*payload)),
            };
            // The owner may have ended meanwhile.
            let _ = events.send(Event::Ended { job, how });
        });
        // Without a thread the question stays unanswered, and words do.
        self.running = spawned.ok().map(|_| Running { job, until, warming });
    }
}

fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}

/// Lets cells go first, the more so when there are answers already. Threads have priorities of their own on Linux only.
fn lower_priority(scope: Scope) {
    let niceness = match scope {
        Scope::Standard => 5,
        Scope::All => 10,
    };
    #[cfg(not(target_os = "linux"))]
    let _ = niceness;
    #[cfg(target_os = "linux")]
    // SAFETY: sets the priority of the calling thread (0), touches no memory.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, niceness);
    }
}

/// Returns what the allocator holds free to the system.
fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointers; the allocator locks its own structures.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests;
