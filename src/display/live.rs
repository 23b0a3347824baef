//! Showing values and asking the user while a cell runs.

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::{Show, out};
use crate::cell;
use crate::cell::message::Report;

/// Shows a value now; the cell goes on. Outside a notebook its text goes to standard output.
///
/// ```
/// use saigen::display::{Markdown, show};
///
/// show(&Markdown("**Fit**, 3 parameters".into()));
/// ```
pub fn show<T: Show + ?Sized>(value: &T) {
    out::display(&value.show(), None, false);
}

/// Shows a value now, in a place where others can replace it.
///
/// ```
/// use saigen::display::{Text, display};
///
/// let mut handle = display(&Text("step 1".into()));
/// handle.update(&Text("step 2".into()));
/// ```
pub fn display<T: Show + ?Sized>(value: &T) -> Handle {
    show_as(new_id("display"), value)
}

/// Shows a value now, in a place with an id of the caller's choice: also later cells can replace it.
pub fn show_as<T: Show + ?Sized>(id: impl Into<String>, value: &T) -> Handle {
    let handle = Handle { id: id.into() };
    out::display(&value.show(), Some(&handle.id), false);
    handle
}

/// A place on the page where something is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    id: String,
}

impl Handle {
    /// Refers to what was shown with this id, by [`show_as`] or by an earlier cell.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }

    /// The id by which the front end knows the place.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Shows a value in this place, wherever on the page it is. Outside a notebook the value comes after the others.
    pub fn update<T: Show + ?Sized>(&mut self, value: &T) {
        out::display(&value.show(), Some(&self.id), true);
    }
}

/// An id that no other process and no other call has.
pub(super) fn new_id(kind: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{kind}-{:x}-{time:x}-{number:x}", std::process::id())
}

/// Clears what the cell has shown so far: at once, or with `wait` when the next output comes, which doesn't flicker.
/// Does nothing outside a notebook.
pub fn clear_output(wait: bool) {
    if out::is_live() {
        out::send(&Report::Clear { wait });
    }
}

/// Asks the user for a line. `None` when none can be had: the front end can't ask, or standard input has ended.
///
/// ```no_run
/// let name = saigen::display::input("Model? ").unwrap_or_else(|| "brusselator".into());
/// ```
pub fn input(prompt: &str) -> Option<String> {
    ask(prompt, false)
}

/// Asks the user for a line that a notebook doesn't show. A terminal shows what is typed.
pub fn password(prompt: &str) -> Option<String> {
    ask(prompt, true)
}

fn ask(prompt: &str, password: bool) -> Option<String> {
    if out::is_live() {
        return cell::input::line(prompt, password);
    }
    let mut output = std::io::stdout().lock();
    // A prompt that can't be written isn't worth the line.
    let _ = if out::is_evcxr() {
        let request = if password { "EVCXR_INPUT_REQUEST_PASSWORD" } else { "EVCXR_INPUT_REQUEST" };
        writeln!(output, "{request}:{prompt}")
    } else {
        write!(output, "{prompt}")
    };
    let _ = output.flush();
    drop(output);
    read(std::io::stdin().lock())
}

/// A line without its end.
fn read(mut input: impl BufRead) -> Option<String> {
    let mut line = String::new();
    if input.read_line(&mut line).ok()? == 0 {
        return None;
    }
    Some(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::message::Display;
    use crate::display::Text;
    use crate::display::out::captured;

    #[test]
    fn a_display_is_replaced_under_its_id() {
        let reports = captured(|| {
            show(&Text("free".into()));
            let mut handle = display(&Text("first".into()));
            handle.update(&Text("second".into()));
            show_as("mine", &Text("named".into()));
            Handle::new("mine").update(&Text("named anew".into()));
        });
        let seen: Vec<_> = reports
            .iter()
            .map(|report| match report {
                Report::Display(Display { data, id, update, .. }) => {
                    (data["text/plain"].as_str(), id.as_deref(), *update)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let own = seen[1].1;
        assert!(own.is_some_and(|id| id.starts_with("display-")));
        let expected = [
            (Some("free"), None, false),
            (Some("first"), own, false),
            (Some("second"), own, true),
            (Some("named"), Some("mine"), false),
            (Some("named anew"), Some("mine"), true),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn clearing_is_a_report() {
        assert_eq!(captured(|| clear_output(true)), [Report::Clear { wait: true }]);
    }

    #[test]
    fn ids_differ() {
        assert_ne!(new_id("a"), new_id("a"));
    }

    #[test]
    fn a_line_is_read_without_its_end() {
        let mut lines = "one\r\n\nlast".as_bytes();
        let read: Vec<_> = std::iter::from_fn(|| Some(read(&mut lines))).take(4).collect();
        assert_eq!(read, [Some("one".into()), Some(String::new()), Some("last".into()), None]);
    }
}
