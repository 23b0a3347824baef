//! Progress on a terminal: a bar where there is one, plain lines elsewhere; Ctrl-C asks to stop.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use saigen::display::Monitor;

/// Exit status of a run that Ctrl-C ended, as shells expect it (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;

/// Shows progress on stderr, so that stdout holds only results.
///
/// The first Ctrl-C asks the computation to stop and leaves finished work in place; the second one ends the process.
pub struct Terminal {
    bars: MultiProgress,
    shows_bars: bool,
    /// Tasks under way, innermost last.
    tasks: Mutex<Vec<ProgressBar>>,
    stop: Arc<AtomicBool>,
}

impl Terminal {
    /// Takes over Ctrl-C; call it once.
    pub fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let handler = ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED.into());
            }
            eprintln!("\nstopping after the work at hand; Ctrl-C again ends at once");
        });
        if let Err(error) = handler {
            eprintln!("warning: Ctrl-C will end the run at once ({error})");
        }
        let shows_bars = std::io::stderr().is_terminal();
        Self { bars: MultiProgress::new(), shows_bars, tasks: Mutex::default(), stop }
    }

    /// Prints a line to stderr, above the bars.
    pub fn line(&self, text: &str) {
        self.bars.suspend(|| eprintln!("{text}"));
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<ProgressBar>> {
        // A poisoned lock only means that a bar was being drawn when a thread panicked.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Terminal {
    fn note(&self, text: &str) {
        self.line(&format!("warning: {text}"));
    }

    fn begin(&self, task: &str, total: u64) {
        if !self.shows_bars {
            eprintln!("  {task} …");
            return self.tasks().push(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("  {msg:28} {bar:32.cyan/dim} {percent:>3}%  {elapsed} < {eta}");
        let bar = self.bars.add(ProgressBar::new(total));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
        bar.set_message(task.to_string());
        self.tasks().push(bar);
    }

    fn advance(&self, steps: u64) {
        if self.shows_bars
            && let Some(bar) = self.tasks().last()
        {
            bar.inc(steps);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.tasks().pop() {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// Wraps text in a colour if stdout is a terminal that wants one (`NO_COLOR` is respected).
pub fn paint(text: &str, code: &str) -> String {
    let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
}
