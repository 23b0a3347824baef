//! Progress bars in a notebook, plain lines elsewhere.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lines::{Line, Phase, View};
use super::live::new_id;
use super::{Monitor, Representation, out};
use crate::cell;

/// Tasks that ended and stay visible; of earlier ones only their number is said.
const ENDED_SHOWN: usize = 8;
/// Notes that stay visible, the first ones.
const NOTES_SHOWN: usize = 8;

/// A [`Monitor`] for people: in a notebook one display that moves, elsewhere plain lines on standard error.
///
/// Pass it to the library's long functions, or advance it in a loop ([`progress`](super::progress) does so). A task that
/// begins inside another one has its line beneath it. The display changes at most ten times a second, plus once for
/// the end of a task, and its last state stays; lines come at most once a second. In a notebook the interrupt button
/// stops what is watched.
///
/// ```
/// use saigen::display::{Monitor, Progress};
///
/// let monitor = Progress::new();
/// monitor.begin("shooting", 100);
/// for _ in 0..100 {
///     monitor.advance(1);
/// }
/// monitor.end();
/// ```
pub struct Progress {
    inner: Arc<Inner>,
}

/// Where progress is drawn.
trait Screen: Send + Sync {
    /// The least time between two drawings.
    fn period(&self) -> Duration;
    fn draw(&self, view: &View);
    /// Takes a note at once; `false` if it is to be part of the drawing.
    fn note(&self, text: &str) -> bool;
}

struct Inner {
    screen: Box<dyn Screen>,
    start: Instant,
    /// Steps of the innermost task.
    done: AtomicU64,
    /// When the next drawing may be made, in milliseconds after the start.
    due: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Tasks under way, innermost last.
    tasks: Vec<Task>,
    ended: Vec<Line>,
    earlier: usize,
    notes: Vec<String>,
    /// Whether something isn't drawn yet that nobody may come to draw, so that a thread waits to do so.
    waits: bool,
    /// When a task's end was last drawn, in milliseconds after the start.
    end_drawn: Option<u64>,
}

struct Task {
    name: String,
    total: u64,
    begun: Instant,
    /// Steps that the task around it had done when this one began.
    outer_done: u64,
}

impl Progress {
    /// A monitor without tasks; nothing is shown before one begins.
    pub fn new() -> Self {
        if out::is_live() { Self::on(Notebook::new()) } else { Self::on(Plain) }
    }

    fn on(screen: impl Screen + 'static) -> Self {
        let inner = Inner {
            screen: Box::new(screen),
            start: Instant::now(),
            done: AtomicU64::new(0),
            due: AtomicU64::new(0),
            state: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Monitor for Progress {
    fn begin(&self, task: &str, total: u64) {
        let mut state = self.inner.state();
        let outer_done = self.inner.done.swap(0, Ordering::Relaxed);
        state.tasks.push(Task { name: task.to_owned(), total, begun: Instant::now(), outer_done });
        self.inner.draw_if_due(&state);
    }

    fn advance(&self, steps: u64) {
        self.inner.done.fetch_add(steps, Ordering::Relaxed);
        let (now, due) = (self.inner.now(), self.inner.due.load(Ordering::Relaxed));
        // Whoever holds the lock draws, or has just changed what there is to draw.
        if now >= due
            && let Ok(state) = self.inner.state.try_lock()
        {
            self.inner.draw_if_due(&state);
        }
    }

    fn end(&self) {
        let mut state = self.inner.state();
        self.inner.end_innermost(&mut state, Phase::Done);
        if !state.tasks.is_empty() {
            return self.inner.draw_if_due(&state);
        }
        let now = self.inner.now();
        let period = self.inner.period();
        if state.end_drawn.is_none_or(|last| now >= last + period) {
            state.end_drawn = Some(now);
            self.inner.draw(&state);
        } else {
            Inner::draw_later(&self.inner, &mut state);
        }
    }

    fn cancelled(&self) -> bool {
        cell::interrupted()
    }

    fn note(&self, text: &str) {
        if self.inner.screen.note(text) {
            return;
        }
        let mut state = self.inner.state();
        if state.notes.len() < NOTES_SHOWN {
            state.notes.push(text.to_owned());
            Inner::draw_later(&self.inner, &mut state);
        }
    }
}

impl Drop for Progress {
    /// Draws the last state; tasks that didn't end were stopped.
    fn drop(&mut self) {
        let mut state = self.inner.state();
        if state.tasks.is_empty() && !state.waits {
            return;
        }
        while !state.tasks.is_empty() {
            self.inner.end_innermost(&mut state, Phase::Stopped);
        }
        state.waits = false;
        self.inner.draw(&state);
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole at every moment; poison only tells of a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    fn period(&self) -> u64 {
        self.screen.period().as_millis() as u64
    }

    /// Takes the innermost task off; the outermost one stays visible.
    fn end_innermost(&self, state: &mut State, phase: Phase) {
        let Some(task) = state.tasks.pop() else { return };
        let done = self.done.swap(task.outer_done, Ordering::Relaxed);
        if !state.tasks.is_empty() {
            return;
        }
        let phase = if done < task.total { Phase::Stopped } else { phase };
        state.ended.push(task.line(0, done, phase));
        if state.ended.len() > ENDED_SHOWN {
            state.ended.remove(0);
            state.earlier += 1;
        }
    }

    fn draw_if_due(&self, state: &State) {
        if self.now() >= self.due.load(Ordering::Relaxed) {
            self.draw(state);
        }
    }

    fn draw(&self, state: &State) {
        let innermost = self.done.load(Ordering::Relaxed);
        let inner_done = state.tasks.iter().skip(1).map(|task| task.outer_done).chain([innermost]);
        let running = state.tasks.iter().zip(inner_done).enumerate();
        let running = running.map(|(depth, (task, done))| task.line(depth, done, Phase::Running));
        let lines = state.ended.iter().cloned().chain(running).collect();
        self.screen.draw(&View { earlier: state.earlier, lines, notes: state.notes.clone() });
        self.due.store(self.now() + self.period(), Ordering::Relaxed);
    }

    /// Draws when it is due, on a thread of its own if nobody does so before.
    fn draw_later(inner: &Arc<Self>, state: &mut State) {
        if std::mem::replace(&mut state.waits, true) {
            return;
        }
        let this = Arc::clone(inner);
        let wait = inner.due.load(Ordering::Relaxed).saturating_sub(inner.now());
        let draw = move || {
            std::thread::sleep(Duration::from_millis(wait));
            let mut state = this.state();
            if std::mem::take(&mut state.waits) {
                this.draw(&state);
            }
        };
        if std::thread::Builder::new().name("progress".to_owned()).spawn(draw).is_err() {
            state.waits = false;
            inner.draw(state);
        }
    }
}

impl Task {
    fn line(&self, depth: usize, done: u64, phase: Phase) -> Line {
        Line { task: self.name.clone(), depth, done, total: self.total, elapsed: self.begun.elapsed(), phase }
    }
}

/// One display of a notebook.
struct Notebook {
    id: String,
    shown: AtomicBool,
}

impl Notebook {
    fn new() -> Self {
        Self { id: new_id("progress"), shown: AtomicBool::new(false) }
    }
}

impl Screen for Notebook {
    fn period(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn draw(&self, view: &View) {
        let update = self.shown.swap(true, Ordering::Relaxed);
        let shown = [Representation::text(view.text()), Representation::html(view.html())];
        out::display(&shown, Some(&self.id), update);
    }

    fn note(&self, _text: &str) -> bool {
        false
    }
}

/// Lines on standard error, so that standard output holds only results.
struct Plain;

impl Screen for Plain {
    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn draw(&self, view: &View) {
        let running = view.lines.iter().any(|line| line.phase == Phase::Running);
        let part = |line: &Line| {
            let percent = line.percent().map(|percent| format!(" ({percent} %)")).unwrap_or_default();
            format!("{} {}{percent}, {}", line.task, line.count(), line.times())
        };
        let mut parts = view.lines.iter().filter(|line| !running || line.phase == Phase::Running).map(part);
        // What ended before is on earlier lines.
        let parts: Vec<_> = if running { parts.collect() } else { parts.next_back().into_iter().collect() };
        eprintln!("  {}", parts.join(" › "));
    }

    fn note(&self, text: &str) -> bool {
        eprintln!("  warning: {text}");
        true
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::cell::message::{Display, Report};

    /// What was drawn.
    #[derive(Clone, Default)]
    pub struct Recorded(Arc<Mutex<Vec<View>>>);

    impl Recorded {
        fn views(&self) -> Vec<View> {
            self.0.lock().unwrap().clone()
        }

        /// The drawings as text.
        pub fn texts(&self) -> Vec<String> {
            self.views().iter().map(View::text).collect()
        }
    }

    struct Recorder {
        period: Duration,
        views: Recorded,
    }

    impl Screen for Recorder {
        fn period(&self) -> Duration {
            self.period
        }
        fn draw(&self, view: &View) {
            self.views.0.lock().unwrap().push(view.clone());
        }
        fn note(&self, _: &str) -> bool {
            false
        }
    }

    fn every(period: Duration) -> (Progress, Recorded) {
        let views = Recorded::default();
        (Progress::on(Recorder { period, views: views.clone() }), views)
    }

    /// A monitor that draws at every step, and what it drew.
    pub fn recorded() -> (Progress, Recorded) {
        every(Duration::ZERO)
    }

    #[test]
    fn the_last_state_stays() {
        let (progress, shown) = recorded();
        progress.begin("fit", 2);
        progress.advance(1);
        progress.advance(1);
        progress.end();
        let states: Vec<_> = shown.views().iter().map(|view| (view.lines[0].done, view.lines[0].phase)).collect();
        assert_eq!(states, [(0, Phase::Running), (1, Phase::Running), (2, Phase::Running), (2, Phase::Done)]);
        drop(progress);
        assert_eq!(shown.views().len(), 4);
    }

    #[test]
    fn a_task_inside_another_has_its_own_line_and_count() {
        let (progress, shown) = recorded();
        progress.begin("outer", 3);
        progress.advance(1);
        progress.begin("inner", 10);
        progress.advance(4);
        let inside = shown.views().pop().unwrap();
        let counts: Vec<_> = inside.lines.iter().map(|line| (line.task.as_str(), line.depth, line.done)).collect();
        assert_eq!(counts, [("outer", 0, 1), ("inner", 1, 4)]);
        progress.end();
        progress.advance(1);
        let after = shown.views().pop().unwrap();
        assert_eq!((after.lines.len(), after.lines[0].done), (1, 2));
    }

    #[test]
    fn threads_advance_together_and_rarely_draw() {
        let (progress, shown) = every(Duration::from_millis(20));
        let begin = Instant::now();
        progress.begin("steps", 400_000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100_000).for_each(|_| progress.advance(1)));
            }
        });
        progress.end();
        let views = shown.views();
        assert_eq!(views.last().map(|view| (view.lines[0].done, view.lines[0].phase)), Some((400_000, Phase::Done)));
        let most = 2 + begin.elapsed().as_millis() / 20;
        assert!((views.len() as u128) <= most, "{} drawings, at most {most}", views.len());
    }

    #[test]
    fn many_short_tasks_are_drawn_rarely_and_the_last_one_in_the_end() {
        let (progress, shown) = every(Duration::from_millis(50));
        for task in 0..100 {
            progress.begin(&format!("task {task}"), 1);
            progress.advance(1);
            progress.end();
        }
        drop(progress);
        let views = shown.views();
        assert!(views.len() < 50, "{}", views.len());
        let last = views.last().unwrap();
        assert_eq!((last.lines.len(), last.earlier), (ENDED_SHOWN, 100 - ENDED_SHOWN));
        assert_eq!(last.lines[ENDED_SHOWN - 1].task, "task 99");
    }

    #[test]
    fn what_waits_is_drawn_without_another_call() {
        let (progress, shown) = every(Duration::from_millis(30));
        for task in ["first", "second"] {
            progress.begin(task, 1);
            progress.advance(1);
            progress.end();
        }
        progress.note("noted");
        let patience = Instant::now();
        let arrived = || shown.texts().last().is_some_and(|text| text.contains("second") && text.contains("noted"));
        while !arrived() && patience.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(arrived(), "{:?}", shown.texts());
    }

    #[test]
    fn a_task_that_never_ended_was_stopped() {
        let (progress, shown) = recorded();
        progress.begin("outer", 3);
        progress.begin("inner", 3);
        drop(progress);
        let last = shown.views().pop().unwrap();
        assert_eq!(last.lines.len(), 1);
        assert_eq!((last.lines[0].task.as_str(), last.lines[0].phase), ("outer", Phase::Stopped));
    }

    #[test]
    fn a_task_that_ended_early_was_stopped() {
        let (progress, shown) = recorded();
        progress.begin("fit", 3);
        progress.advance(2);
        progress.end();
        assert_eq!(shown.views().pop().unwrap().lines[0].phase, Phase::Stopped);
    }

    #[test]
    fn an_end_too_many_does_nothing() {
        let (progress, _) = recorded();
        progress.end();
        progress.advance(3);
    }

    #[test]
    fn a_notebook_has_one_display() {
        let reports = out::captured(|| {
            let progress = Progress::new();
            progress.begin("fit", 2);
            progress.advance(2);
            progress.end();
        });
        let seen: Vec<_> = reports
            .iter()
            .map(|report| match report {
                Report::Display(Display { data, id, update, .. }) => {
                    assert!(data.contains_key("text/plain"));
                    (id.clone(), *update, data["text/html"].as_str().unwrap().contains("<progress"))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let id = seen[0].0.clone();
        assert_eq!(seen, [(id.clone(), false, true), (id, true, true)]);
    }
}
