//! What was run: in this session, and in earlier ones, kept in a file of the user's.
//!
//! One thread writes and searches, so that no request waits for the disk. The file has one JSON line per cell, is
//! private to the user and bounded; kernels that append at once take turns by a lock beside it.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::wire::Request;

/// Cells that are kept.
const KEPT: usize = 10_000;

/// Cells of this kernel after which the file is cut to [`KEPT`] again.
const CUT_EVERY: usize = 500;

/// Longer cells, in bytes, are not kept: nobody types them again.
const LONGEST: usize = 64 << 10;

/// Of an output, this many characters are kept.
const OUTPUT_KEPT: usize = 1000;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub session: usize,
    pub line: usize,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

enum Order {
    Record { line: usize, code: String, output: Option<String> },
    Query(Query, oneshot::Sender<Value>),
}

/// The history, as the shell sees it.
pub struct History {
    orders: Sender<Order>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl History {
    /// Keeps the history in a file, or in memory alone.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn start(file: Option<PathBuf>) -> io::Result<History> {
        let (orders, received) = channel();
        let thread = std::thread::Builder::new().name("history".into()).spawn(move || live(file, &received))?;
        Ok(History { orders, thread: Some(thread) })
    }

    /// Takes a cell that ran, with its count and the text of its value.
    pub fn record(&self, line: usize, code: &str, output: Option<&str>) {
        if code.len() <= LONGEST {
            let output = output.map(|text| text.chars().take(OUTPUT_KEPT).collect());
            // The thread ends only with this sender.
            let _ = self.orders.send(Order::Record { line, code: code.to_owned(), output });
        }
    }

    /// The reply to a `history_request`.
    pub fn reply(&self, request: &Request) -> impl Future<Output = Value> + Send + 'static {
        let (sender, answer) = oneshot::channel();
        let _ = self.orders.send(Order::Query(Query::from_request(request), sender));
        async { answer.await.unwrap_or_else(|_| json!({"status": "ok", "history": []})) }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        // What was recorded is written before the kernel ends.
        let (closed, _) = channel();
        self.orders = closed;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where the user's history lies; `None` when it is turned off or there is no such place.
pub fn user_file() -> Option<PathBuf> {
    if std::env::var_os("SAIGEN_HISTORY").is_some_and(|setting| setting == "off") {
        return None;
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("saigen/history.jsonl"))
}

fn live(file: Option<PathBuf>, orders: &Receiver<Order>) {
    let mut store = Store { file, session: None, own: VecDeque::new() };
    for order in orders {
        match order {
            Order::Record { line, code, output } => store.record(line, code, output),
            // Whoever asked may be gone.
            Order::Query(query, answer) => drop(answer.send(store.answer(&query))),
        }
    }
}

struct Store {
    file: Option<PathBuf>,
    /// This kernel's number, known once its first cell is stored.
    session: Option<usize>,
    own: VecDeque<Entry>,
}

impl Store {
    fn record(&mut self, line: usize, code: String, output: Option<String>) {
        let mut entry = Entry { session: self.session.unwrap_or(1), line, code, output };
        if let Some(file) = &self.file {
            let cut = self.own.len() % CUT_EVERY == CUT_EVERY - 1;
            match append(file, &mut entry, self.session, cut) {
                Ok(()) => {}
                Err(error) => {
                    eprintln!("saigen-kernel: history is kept in memory only: {}: {error}", file.display());
                    self.file = None;
                }
            }
        }
        self.session = Some(entry.session);
        self.own.push_back(entry);
        if self.own.len() > KEPT {
            self.own.pop_front();
        }
    }

    fn answer(&self, query: &Query) -> Value {
        let stored = self.file.as_deref().map(read).unwrap_or_default();
        let current = self.session.unwrap_or_else(|| last_session(&stored) + 1);
        let mut entries: Vec<&Entry> = stored.iter().filter(|entry| Some(entry.session) != self.session).collect();
        entries.extend(&self.own);
        let found: Vec<Value> = query
            .select(&entries, current)
            .into_iter()
            .map(
                |Entry { session, line, code, output }| {
                    if query.output { json!([session, line, [code, output]]) } else { json!([session, line, code]) }
                },
            )
            .collect();
        json!({"status": "ok", "history": found})
    }
}

/// A question about the history. Raw and transformed input are the same here.
#[derive(Debug)]
struct Query {
    kind: Kind,
    output: bool,
}

#[derive(Debug)]
enum Kind {
    Tail {
        n: usize,
    },
    /// A session of 0 is this one, a negative one is counted from it; lines run from `start` up to `stop`.
    Range {
        session: i64,
        start: i64,
        stop: Option<i64>,
    },
    Search {
        pattern: String,
        unique: bool,
        n: Option<usize>,
    },
}

impl Query {
    fn from_request(request: &Request) -> Query {
        let number = |key: &str| request.content.get(key).and_then(Value::as_i64);
        let size = |key: &str| number(key).map(|n| usize::try_from(n).unwrap_or(0));
        let kind = match request.text("hist_access_type") {
            "range" => Kind::Range {
                session: number("session").unwrap_or(0),
                start: number("start").unwrap_or(0),
                stop: number("stop"),
            },
            "search" => Kind::Search {
                pattern: request.content.get("pattern").and_then(Value::as_str).unwrap_or("*").to_owned(),
                unique: request.flag("unique", false),
                n: size("n"),
            },
            _ => Kind::Tail { n: size("n").unwrap_or(10) },
        };
        Query { kind, output: request.flag("output", false) }
    }

    fn select<'a>(&self, entries: &[&'a Entry], current: usize) -> Vec<&'a Entry> {
        match &self.kind {
            Kind::Tail { n } => last(entries.to_vec(), Some(*n)),
            Kind::Range { session, start, stop } => {
                let session = if *session > 0 { *session } else { current as i64 + session };
                let of_session = |entry: &&&Entry| entry.session as i64 == session;
                let end = entries.iter().filter(of_session).map(|entry| entry.line as i64 + 1).max().unwrap_or(0);
                let line = |line: i64| if line < 0 { end + line } else { line };
                let (start, stop) = (line(*start), stop.map_or(end, line));
                let lines = start..stop;
                entries
                    .iter()
                    .filter(of_session)
                    .filter(|entry| lines.contains(&(entry.line as i64)))
                    .copied()
                    .collect()
            }
            Kind::Search { pattern, unique, n } => {
                let pattern: Vec<char> = pattern.chars().collect();
                let mut found: Vec<&Entry> =
                    entries.iter().filter(|entry| matches(&pattern, &entry.code)).copied().collect();
                if *unique {
                    let mut seen = std::collections::HashSet::new();
                    found.reverse();
                    found.retain(|entry| seen.insert(entry.code.as_str()));
                    found.reverse();
                }
                last(found, *n)
            }
        }
    }
}

fn last(mut entries: Vec<&Entry>, n: Option<usize>) -> Vec<&Entry> {
    let surplus = entries.len().saturating_sub(n.unwrap_or(usize::MAX));
    entries.drain(..surplus);
    entries
}

/// Whether a whole text fits a pattern with `*`, `?`, `[abc]`, `[a-z]` and `[!a]`.
fn matches(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // After a star: where the pattern goes on, and how much of the text the star has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if let Some(next) = one(&pattern[p..], text[t]) {
            p += next;
            t += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            (p, t) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|character| *character == '*')
}

/// How much of a pattern stands for this one character; `None` when it doesn't fit.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => {
            let negated = pattern.get(1) == Some(&'!') || pattern.get(1) == Some(&'^');
            let first = if negated { 2 } else { 1 };
            // A bracket that comes first belongs to the set.
            let Some(length) = pattern.iter().skip(first + 1).position(|c| *c == ']') else {
                return (character == '[').then_some(1);
            };
            let end = first + 1 + length;
            let set = &pattern[first..end];
            let mut found = false;
            let mut at = 0;
            while at < set.len() {
                if at + 2 < set.len() && set[at + 1] == '-' {
                    found |= (set[at]..=set[at + 2]).contains(&character);
                    at += 3;
                } else {
                    found |= set[at] == character;
                    at += 1;
                }
            }
            (found != negated).then_some(end + 1)
        }
        other => (*other == character).then_some(1),
    }
}

fn last_session(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.session).max().unwrap_or(0)
}

/// The last cells of a file; a broken line is skipped.
fn read(path: &Path) -> Vec<Entry> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut reader = BufReader::new(file);
    let mut entries = VecDeque::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if let Ok(entry) = serde_json::from_slice(&line) {
            entries.push_back(entry);
        }
        if entries.len() > KEPT {
            entries.pop_front();
        }
        line.clear();
    }
    entries.into()
}

/// Appends a cell. The first of a kernel gets the next free session number.
fn append(path: &Path, entry: &mut Entry, session: Option<usize>, cut: bool) -> io::Result<()> {
    let private = |path: &Path| OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path);
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let lock = private(&path.with_extension("lock"))?;
    lock.lock()?;
    if session.is_none() || cut {
        let entries = read(path);
        entry.session = session.unwrap_or_else(|| last_session(&entries) + 1);
        let temporary = path.with_extension("partial");
        let _ = fs::remove_file(&temporary);
        let mut text = String::new();
        for kept in &entries {
            text += &serde_json::to_string(kept)?;
            text.push('\n');
        }
        private(&temporary)?.write_all(text.as_bytes())?;
        fs::rename(&temporary, path)?;
    }
    // One write, begun on a line of its own even after a kernel that was killed while it wrote.
    let mut file = private(path)?;
    let mut line = serde_json::to_string(entry)? + "\n";
    if !ends_with_line(&mut file)? {
        line.insert(0, '\n');
    }
    file.write_all(line.as_bytes())
}

fn ends_with_line(file: &mut File) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let length = file.metadata()?.len();
    let mut end = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut end, length - 1)?;
    }
    Ok(end == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::request;
    use std::os::unix::fs::PermissionsExt;

    fn file(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("saigen-history-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder.join("saigen/history.jsonl")
    }

    async fn ask(history: &History, content: Value) -> Vec<Value> {
        history.reply(&request("history_request", content)).await["history"].as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn tail_range_and_search_over_sessions() {
        let path = file("kinds");
        for session in 0..3 {
            let history = History::start(Some(path.clone())).unwrap();
            for (line, code) in [(1, "let x = 1;"), (2, "x + 1"), (3, "println!(\"a\")")] {
                history.record(line, &format!("{code} // {session}"), (line == 2).then_some("2"));
            }
            history.record(4, "same", None);
        }
        let history = History::start(Some(path.clone())).unwrap();
        history.record(1, "same", Some("now"));
        let tail = ask(&history, json!({"hist_access_type": "tail", "n": 2})).await;
        assert_eq!(tail, [json!([3, 4, "same"]), json!([4, 1, "same"])]);
        let tail = ask(&history, json!({"hist_access_type": "tail", "n": 1, "output": true})).await;
        assert_eq!(tail, [json!([4, 1, ["same", "now"]])]);
        // Absent fields have the protocol's defaults.
        assert_eq!(ask(&history, json!({"hist_access_type": "tail"})).await.len(), 10);

        let range = ask(&history, json!({"hist_access_type": "range", "session": 2, "start": 1, "stop": 3})).await;
        assert_eq!(range, [json!([2, 1, "let x = 1; // 1"]), json!([2, 2, "x + 1 // 1"])]);
        let earlier = ask(&history, json!({"hist_access_type": "range", "session": -1, "start": -1})).await;
        assert_eq!(earlier, [json!([3, 4, "same"])]);
        assert_eq!(ask(&history, json!({"hist_access_type": "range", "session": 0})).await, [json!([4, 1, "same"])]);

        let search = |pattern: &str, more: Value| {
            let mut content = json!({"hist_access_type": "search", "pattern": pattern});
            content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            content
        };
        assert_eq!(ask(&history, search("*+ 1*", json!({}))).await.len(), 3);
        assert_eq!(ask(&history, search("*+ 1*", json!({"n": 2}))).await.len(), 2);
        assert_eq!(ask(&history, search("s?m[a-e]", json!({"unique": true}))).await, [json!([4, 1, "same"])]);
        drop(history);
        for (path, mode) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
        fs::remove_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[tokio::test]
    async fn without_a_file_the_session_is_remembered() {
        let history = History::start(None).unwrap();
        history.record(1, "1", None);
        history.record(2, &"x".repeat(LONGEST + 1), None);
        assert_eq!(ask(&history, json!({"hist_access_type": "tail", "n": 5})).await, [json!([1, 1, "1"])]);
    }

    #[test]
    fn kernels_that_append_at_once_keep_every_line() {
        let path = file("at-once");
        let kernels: Vec<_> = (0..4)
            .map(|kernel| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let history = History::start(Some(path)).unwrap();
                    for line in 1..=100 {
                        history.record(line, &format!("kernel {kernel}"), None);
                    }
                })
            })
            .collect();
        kernels.into_iter().for_each(|kernel| kernel.join().unwrap());
        let entries = read(&path);
        assert_eq!(entries.len(), 400);
        for session in 1..=4 {
            let of_session: Vec<&Entry> = entries.iter().filter(|entry| entry.session == session).collect();
            assert_eq!(of_session.len(), 100);
            assert!(of_session.iter().all(|entry| entry.code == of_session[0].code));
        }
        fs::remove_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[test]
    fn broken_lines_are_skipped_and_old_ones_cut() {
        let path = file("broken");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let line = |n: usize| format!("{{\"session\":7,\"line\":{n},\"code\":\"c\"}}\n");
        let many: String = (0..KEPT + 50).map(line).collect();
        // The last line is one that a killed kernel left unfinished.
        fs::write(&path, format!("no json\n{many}{{\"session\":7,\"li")).unwrap();
        let mut entry = Entry { session: 1, line: 1, code: "new".into(), output: None };
        append(&path, &mut entry, Some(7), false).unwrap();
        assert_eq!(read(&path).last().unwrap().code, "new");
        append(&path, &mut entry, None, false).unwrap();
        assert_eq!(entry.session, 8);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), KEPT + 1);
        fs::remove_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[test]
    fn patterns_fit_whole_texts() {
        let fits = |pattern: &str, text: &str| matches(&pattern.chars().collect::<Vec<_>>(), text);
        assert!(fits("*", "") && fits("a*b*c", "axxbyyc") && fits("1 + ?", "1 + 2") && fits("[!a]x", "bx"));
        assert!(fits("[]]", "]") && fits("[", "[") && fits("*é", "ééé"));
        assert!(!fits("a", "ab") && !fits("[a-c]", "d") && !fits("[!a]", "a") && !fits("a*b", "ac") && !fits("?", ""));
    }
}
