//! How much of a cell's output goes to the front end, and how often.
//!
//! Text is joined for a moment before it is sent, so that a loop that prints is not a message per line. What exceeds
//! a cell's allowance is counted instead of sent, and its end is remembered.

use std::time::{Duration, Instant};

use crate::engine::{Output, Sink, Stream};

/// How long text is joined before it is sent.
pub const JOIN: Duration = Duration::from_millis(25);

/// The longest text of one message, in bytes.
const MESSAGE_BYTES: usize = 64 << 10;

/// What a cell may write at once, in bytes.
const BURST: f64 = 2_000_000.0;

/// What a cell may write in the long run, in bytes per second.
const PER_SECOND: f64 = 64_000.0;

/// How often a flood is summed up while it lasts.
const SUMMARY: Duration = Duration::from_secs(2);

/// How much of the end of what is left out is shown all the same.
const TAIL_BYTES: usize = 16 << 10;
const TAIL_LINES: usize = 200;

/// Passes output on to a sink.
pub struct Flow {
    sink: Sink,
    /// Text of one stream that waits to be sent.
    pending: String,
    stream: Stream,
    sent: Option<Instant>,
    allowance: f64,
    refilled: Instant,
    skipped: [Option<Skipped>; 2],
    /// Whether the text sent last ends within a line, by stream.
    within_line: [bool; 2],
}

/// What was left out since a moment.
struct Skipped {
    since: Instant,
    lines: usize,
    bytes: usize,
    tail: String,
}

impl Flow {
    pub fn new(sink: Sink, now: Instant) -> Flow {
        Flow {
            sink,
            pending: String::new(),
            stream: Stream::Stdout,
            sent: None,
            allowance: BURST,
            refilled: now,
            skipped: [None, None],
            within_line: [false, false],
        }
    }

    /// A cell begins, with a full allowance.
    pub fn begin(&mut self, now: Instant) {
        self.finish(now);
        self.allowance = BURST;
        self.refilled = now;
        self.sent = None;
        self.within_line = [false, false];
    }

    /// Sends all that waits, and what there is to say about what was left out.
    pub fn finish(&mut self, now: Instant) {
        self.send(now);
        self.sum_up(Stream::Stdout, now);
        self.sum_up(Stream::Stderr, now);
    }

    /// Takes text of a stream.
    pub fn text(&mut self, stream: Stream, text: &str, now: Instant) {
        if let Some(skipped) = &mut self.skipped[index(stream)] {
            skipped.add(text);
            return self.tick(now);
        }
        if self.stream != stream {
            self.send(now);
            self.stream = stream;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(boundary(rest, MESSAGE_BYTES));
            self.pending.push_str(piece);
            rest = after;
            if self.pending.len() >= MESSAGE_BYTES {
                self.pending = overwritten(&self.pending);
                if self.pending.len() >= MESSAGE_BYTES / 2 {
                    self.send(now);
                }
            }
            if let Some(skipped) = &mut self.skipped[index(stream)] {
                skipped.add(rest);
                break;
            }
        }
        self.tick(now);
    }

    /// Takes what is not text, in its place.
    pub fn output(&mut self, output: Output, now: Instant) {
        self.send(now);
        (self.sink)(output);
    }

    /// Sends what is due.
    pub fn tick(&mut self, now: Instant) {
        if !self.pending.is_empty() && self.sent.is_none_or(|sent| now.duration_since(sent) >= JOIN) {
            self.send(now);
        }
        for stream in [Stream::Stdout, Stream::Stderr] {
            if self.skipped[index(stream)].as_ref().is_some_and(|skipped| now >= skipped.since + SUMMARY) {
                self.sum_up(stream, now);
            }
        }
    }

    /// When [`Flow::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let pending = if self.pending.is_empty() { None } else { self.sent.map(|sent| sent + JOIN) };
        let summaries = self.skipped.iter().flatten().map(|skipped| skipped.since + SUMMARY);
        summaries.chain(pending).min()
    }

    /// Sends what waits, as far as the allowance reaches.
    fn send(&mut self, now: Instant) {
        if self.pending.is_empty() {
            return;
        }
        let text = overwritten(&std::mem::take(&mut self.pending));
        self.refill(now);
        let allowed = self.allowance as usize;
        let mut cut = text.len();
        if text.len() > allowed {
            cut = boundary(&text, allowed);
            // Whole lines, if there is one.
            cut = text[..cut].rfind('\n').map_or(cut, |line_break| line_break + 1);
            let skipped = self.skipped[index(self.stream)].insert(Skipped::new(now));
            skipped.add(&text[cut..]);
        }
        self.allowance -= cut as f64;
        self.emit(self.stream, &text, cut, now);
    }

    fn emit(&mut self, stream: Stream, text: &str, length: usize, now: Instant) {
        let mut rest = &text[..length];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(boundary(rest, MESSAGE_BYTES));
            (self.sink)(Output::Stream(stream, piece.to_owned()));
            self.within_line[index(stream)] = !piece.ends_with('\n');
            self.sent = Some(now);
            rest = after;
        }
    }

    fn sum_up(&mut self, stream: Stream, now: Instant) {
        let Some(skipped) = self.skipped[index(stream)].take() else { return };
        // Text of the other stream that waits came before the end of this one.
        self.send(now);
        let tail = skipped.end();
        let (lines, bytes) = (skipped.lines - tail.matches('\n').count(), skipped.bytes - tail.len());
        let mut text = String::new();
        if bytes > 0 {
            if self.within_line[index(stream)] {
                text.push('\n');
            }
            text.push_str(&format!("[… {lines} lines, {} left out …]\n", size(bytes)));
        }
        text.push_str(&overwritten(tail));
        self.refill(now);
        self.allowance = (self.allowance - text.len() as f64).max(0.0);
        self.emit(stream, &text, text.len(), now);
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.allowance = (self.allowance + passed * PER_SECOND).min(BURST);
        self.refilled = now;
    }
}

impl Skipped {
    fn new(since: Instant) -> Skipped {
        Skipped { since, lines: 0, bytes: 0, tail: String::new() }
    }

    fn add(&mut self, text: &str) {
        self.bytes += text.len();
        self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
        if text.len() >= TAIL_BYTES {
            self.tail.clear();
            self.tail.push_str(end(text, TAIL_BYTES));
        } else {
            self.tail.push_str(text);
            if self.tail.len() > 4 * TAIL_BYTES {
                self.tail = end(&self.tail, TAIL_BYTES).to_owned();
            }
        }
    }

    /// The last lines: whole ones, unless one line is longer than all that is remembered.
    fn end(&self) -> &str {
        let tail = end(&self.tail, TAIL_BYTES);
        let body = tail.strip_suffix('\n').unwrap_or(tail);
        let start = body.rmatch_indices('\n').nth(TAIL_LINES - 1).map(|(at, _)| at + 1);
        let cut_off = tail.len() < self.bytes;
        let start = start.or_else(|| if cut_off { body.find('\n').map(|at| at + 1) } else { None });
        &tail[start.unwrap_or(0)..]
    }
}

fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

/// The last place at or before an offset where a character ends.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// The end of a text, at most so many bytes.
fn end(text: &str, bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes))..]
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Drops what a carriage return lets later text of the same line cover.
fn overwritten(text: &str) -> String {
    if !text.contains('\r') {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len().min(1 << 10));
    for line in text.split_inclusive('\n') {
        // Carriage returns at the end have covered nothing yet.
        let body = line.trim_end_matches(['\n', '\r']);
        let mut kept: Vec<&str> = Vec::new();
        let mut covered = 0;
        let mut dropped_first = false;
        let mut parts = body.rsplit('\r').peekable();
        while let Some(part) = parts.next() {
            let width = part.chars().count();
            if kept.is_empty() || width > covered {
                kept.push(part);
                covered = covered.max(width);
            } else if parts.peek().is_none() {
                dropped_first = true;
            }
            if part.contains("\u{1b}[2K") || part.contains("\u{1b}[K") {
                covered = usize::MAX;
            }
        }
        if dropped_first {
            shown.push('\r');
        }
        for (index, part) in kept.iter().rev().enumerate() {
            if index > 0 {
                shown.push('\r');
            }
            shown.push_str(part);
        }
        shown.push_str(&line[body.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A flow, what it sent, and when it began.
    fn flow() -> (Flow, Arc<Mutex<Vec<String>>>, Instant) {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&sent);
        let sink: Sink = Arc::new(move |output| {
            list.lock().unwrap().push(match output {
                Output::Stream(Stream::Stdout, text) => text,
                Output::Stream(Stream::Stderr, text) => format!("stderr: {text}"),
                other => format!("{other:?}"),
            });
        });
        let start = Instant::now();
        (Flow::new(sink, start), sent, start)
    }

    #[test]
    fn the_first_text_goes_at_once_and_the_next_is_joined() {
        let (mut flow, sent, start) = flow();
        flow.text(Stream::Stdout, "1", start);
        flow.text(Stream::Stdout, "2", start + JOIN / 5);
        flow.text(Stream::Stdout, "3", start + JOIN / 2);
        assert_eq!(*sent.lock().unwrap(), ["1"]);
        assert_eq!(flow.deadline(), Some(start + JOIN));
        flow.tick(start + JOIN);
        assert_eq!(*sent.lock().unwrap(), ["1", "23"]);
        assert_eq!(flow.deadline(), None);
    }

    #[test]
    fn streams_and_other_output_keep_their_order() {
        let (mut flow, sent, start) = flow();
        flow.text(Stream::Stdout, "1", start);
        flow.text(Stream::Stdout, "2", start);
        flow.text(Stream::Stderr, "3", start);
        flow.output(Output::Clear { wait: true }, start);
        flow.text(Stream::Stdout, "4", start);
        flow.finish(start);
        assert_eq!(*sent.lock().unwrap(), ["1", "2", "stderr: 3", "Clear { wait: true }", "4"]);
    }

    #[test]
    fn covered_text_is_dropped_and_the_rest_looks_the_same() {
        for (written, shown) in [
            ("10%\r20%\r30%", "\r30%"),
            ("10%\r20%\r", "\r20%\r"),
            ("\r40%", "\r40%"),
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("longer\rab", "longer\rab"),
            ("1\r22\r\u{1b}[2K3\nplain\n", "\r\u{1b}[2K3\nplain\n"),
            ("none", "none"),
        ] {
            assert_eq!(overwritten(written), shown, "{written:?}");
        }
    }

    #[test]
    fn many_updates_of_one_line_are_one_message() {
        let (mut flow, sent, start) = flow();
        for step in 0..100_000 {
            flow.text(Stream::Stdout, &format!("\rstep {step:06}"), start);
        }
        flow.finish(start);
        assert_eq!(*sent.lock().unwrap(), ["\rstep 000000", "\rstep 099999"]);
    }

    #[test]
    fn a_flood_is_cut_counted_and_its_end_shown() {
        let (mut flow, sent, start) = flow();
        let lines = 1_000_000;
        for line in 0..lines {
            flow.text(Stream::Stdout, &format!("line {line:07}\n"), start);
        }
        flow.finish(start);
        let sent = sent.lock().unwrap();
        let bytes: usize = sent.iter().map(String::len).sum();
        assert!(bytes < 2_100_000, "{bytes}");
        assert!(sent.iter().all(|text| text.len() <= MESSAGE_BYTES));
        let text = sent.concat();
        assert!(text.starts_with("line 0000000\nline 0000001\n") && text.ends_with("\nline 0999999\n"));
        // 13 bytes a line: so many fit into the burst, 200 lines end it.
        let shown = 2_000_000 / 13 + TAIL_LINES;
        let notice = format!("[… {} lines, {} left out …]\n", lines - shown, size((lines - shown) * 13));
        assert!(text.contains(&format!("\n{notice}line 0999800\n")), "{notice}");
    }

    #[test]
    fn a_flood_that_lasts_is_summed_up_now_and_then_and_a_new_cell_starts_afresh() {
        let (mut flow, sent, start) = flow();
        let chunk = "0123456789\n".repeat(1000);
        let mut now = start;
        for _ in 0..5000 {
            flow.text(Stream::Stdout, &chunk, now);
            now += Duration::from_millis(2);
        }
        let notices = || sent.lock().unwrap().iter().filter(|text| text.contains("left out")).count();
        assert!((4..=5).contains(&notices()), "{}", notices());
        let bytes: usize = sent.lock().unwrap().iter().map(String::len).sum();
        assert!(bytes < 2_000_000 + 11 * 64_000, "{bytes}");
        flow.begin(now);
        sent.lock().unwrap().clear();
        flow.text(Stream::Stdout, &chunk, now);
        flow.finish(now);
        assert_eq!(sent.lock().unwrap().concat(), chunk);
    }

    #[test]
    fn one_endless_line_is_bounded_too() {
        let (mut flow, sent, start) = flow();
        for _ in 0..100 {
            flow.text(Stream::Stderr, &"é".repeat(50_000), start);
        }
        flow.finish(start);
        let bytes: usize = sent.lock().unwrap().iter().map(String::len).sum();
        assert!(bytes < 2_100_000, "{bytes}");
        assert!(sent.lock().unwrap().iter().any(|text| text.starts_with("stderr: \n[… 0 lines, 8.0 MB left out …]\n")));
    }
}
