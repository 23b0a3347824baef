//! What progress looks like: a line per task.

use std::fmt::Write;
use std::time::Duration;

use super::html::{STYLE, escape};

/// Characters of a bar in text.
const BAR: u64 = 24;

/// Whether a task is still under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Running,
    Done,
    /// Ended before all steps were done.
    Stopped,
}

/// How far one task has come. A `total` of zero is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub task: String,
    /// How many tasks it is part of.
    pub depth: usize,
    pub done: u64,
    pub total: u64,
    pub elapsed: Duration,
    pub phase: Phase,
}

/// All that a progress display says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Tasks that ended and aren't among the lines any more.
    pub earlier: usize,
    pub lines: Vec<Line>,
    pub notes: Vec<String>,
}

impl Line {
    /// Done and total.
    pub fn count(&self) -> String {
        if self.total == 0 { self.done.to_string() } else { format!("{}/{}", self.done, self.total) }
    }

    /// Percents of the total.
    pub fn percent(&self) -> Option<u64> {
        (self.total > 0).then(|| (100 * u128::from(self.done) / u128::from(self.total)).min(999) as u64)
    }

    /// Steps per second, or seconds per step.
    fn rate(&self) -> Option<String> {
        let seconds = self.elapsed.as_secs_f64();
        if self.done == 0 || seconds < 0.1 {
            return None;
        }
        let rate = self.done as f64 / seconds;
        Some(match rate {
            1e6.. => format!("{:.1}M/s", rate / 1e6),
            1e4.. => format!("{:.1}k/s", rate / 1e3),
            10.0.. => format!("{rate:.0}/s"),
            0.5.. => format!("{rate:.1}/s"),
            _ => format!("{:.1} s each", 1.0 / rate),
        })
    }

    fn remaining(&self) -> Option<Duration> {
        if self.phase != Phase::Running || self.done == 0 || self.total <= self.done {
            return None;
        }
        let seconds = self.elapsed.as_secs_f64() * (self.total - self.done) as f64 / self.done as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Time spent and time left, or how long it took.
    pub fn times(&self) -> String {
        let elapsed = time(self.elapsed);
        match (self.phase, self.remaining()) {
            (Phase::Running, Some(left)) => format!("{elapsed}, {} left", time(left)),
            (Phase::Running, None) => elapsed,
            (Phase::Done, _) => format!("in {elapsed}"),
            (Phase::Stopped, _) => format!("stopped after {elapsed}"),
        }
    }

    fn text(&self, width: usize) -> String {
        let task = format!("{}{}", "  ".repeat(self.depth), self.task);
        let bar = if self.total == 0 {
            String::new()
        } else {
            let full = (u128::from(BAR) * u128::from(self.done) / u128::from(self.total)).min(BAR.into()) as usize;
            format!("{}{} {:>3} %  ", "━".repeat(full), "─".repeat(BAR as usize - full), self.percent().unwrap_or(0))
        };
        let rate = self.rate().map(|rate| format!("  {rate}")).unwrap_or_default();
        format!("{task:width$}  {bar}{}{rate}  {}", self.count(), self.times())
    }

    fn push_html(&self, html: &mut String) {
        let ended = self.phase == Phase::Done;
        let value = match self.total {
            0 if self.phase == Phase::Running => String::new(),
            0 => format!(" value=\"{}\" max=\"1\"", u8::from(ended)),
            total => format!(" value=\"{}\" max=\"{total}\"", self.done.min(total)),
        };
        let percent = self.percent().map(|percent| format!("{percent} %")).unwrap_or_default();
        // Writing to a string can't fail.
        let _ = writeln!(
            html,
            "<tr><td style=\"padding-left:{:.1}em\">{}</td><td><progress{value}></progress></td>\
             <td class=\"number\">{percent}</td><td class=\"number\">{}</td>\
             <td class=\"number soft\">{}</td><td class=\"number soft\">{}</td></tr>",
            0.7 + 1.2 * self.depth as f64,
            escape(&self.task),
            self.count(),
            self.rate().unwrap_or_default(),
            escape(&self.times()),
        );
    }
}

impl View {
    /// The bars as HTML; every task has its line.
    pub fn html(&self) -> String {
        let mut html = format!("{STYLE}\n<table class=\"saigen\">\n<tbody>\n");
        if self.earlier > 0 {
            let _ = writeln!(html, "<tr><td class=\"soft\" colspan=\"6\">{}</td></tr>", self.earlier_text());
        }
        for line in &self.lines {
            line.push_html(&mut html);
        }
        html.push_str("</tbody>\n</table>");
        for note in &self.notes {
            let _ = write!(html, "\n<p class=\"saigen\">⚠ {}</p>", escape(note));
        }
        html
    }

    /// The bars as text.
    pub fn text(&self) -> String {
        let width = self.lines.iter().map(|line| line.task.chars().count() + 2 * line.depth).max().unwrap_or(0);
        let earlier = (self.earlier > 0).then(|| self.earlier_text());
        let lines = self.lines.iter().map(|line| line.text(width));
        let notes = self.notes.iter().map(|note| format!("⚠ {note}"));
        earlier.into_iter().chain(lines).chain(notes).collect::<Vec<_>>().join("\n")
    }

    fn earlier_text(&self) -> String {
        format!("… and {} earlier", self.earlier)
    }
}

/// Minutes and seconds, with hours when there are any; tenths below ten seconds.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(done: u64, total: u64, seconds: u64, phase: Phase) -> Line {
        Line { task: "a <task>".into(), depth: 0, done, total, elapsed: Duration::from_secs(seconds), phase }
    }

    #[test]
    fn a_running_task_says_how_long_it_will_take() {
        let text = line(25, 100, 20, Phase::Running).text(10);
        assert_eq!(text, "a <task>    ━━━━━━────────────────── ".to_owned() + " 25 %  25/100  1.2/s  0:20, 1:00 left");
    }

    #[test]
    fn an_ended_task_says_how_long_it_took() {
        assert!(line(100, 100, 3, Phase::Done).text(0).ends_with("100 %  100/100  33/s  in 3.0 s"));
        assert!(line(1, 4, 7300, Phase::Stopped).text(0).ends_with("1/4  7300.0 s each  stopped after 2:01:40"));
    }

    #[test]
    fn an_unknown_total_has_no_bar() {
        assert_eq!(line(5, 0, 1, Phase::Running).text(0), "a <task>  5  5.0/s  1.0 s");
        let mut html = String::new();
        line(5, 0, 1, Phase::Running).push_html(&mut html);
        assert!(html.contains("<progress></progress>") && html.contains("a &lt;task&gt;"));
    }

    #[test]
    fn counts_beyond_the_total_and_huge_ones_do_no_harm() {
        let beyond = line(7, 5, 1, Phase::Running);
        assert!(beyond.text(0).contains("140 %"));
        let mut html = String::new();
        beyond.push_html(&mut html);
        assert!(html.contains("value=\"5\" max=\"5\""));
        assert_eq!(line(u64::MAX, u64::MAX, 1, Phase::Done).percent(), Some(100));
        assert!(line(1, u64::MAX, 1000, Phase::Running).text(0).contains("0 %"));
    }

    #[test]
    fn tasks_within_tasks_are_indented_and_notes_follow() {
        let inner = Line { task: "inner".into(), depth: 1, ..line(0, 3, 0, Phase::Running) };
        let view = View { earlier: 2, lines: vec![line(1, 2, 0, Phase::Running), inner], notes: vec!["a < b".into()] };
        let text = view.text();
        let starts: Vec<_> = text.lines().map(|line| line.chars().take(9).collect::<String>()).collect();
        assert_eq!(starts, ["… and 2 e", "a <task> ", "  inner  ", "⚠ a < b"]);
        let html = view.html();
        assert_eq!(html.matches("<progress").count(), 2);
        assert!(html.contains("⚠ a &lt; b") && html.contains("padding-left:1.9em"));
    }
}
