//! Where shown values go: to the saigen kernel, in evcxr's form to the stock kernel, or as text to standard output.

use std::io::Write;

use serde_json::{Map, Value};

use super::Representation;
use super::show::{bundle, plain};
use crate::cell::channel;
use crate::cell::message::{Display, Report};

/// Set by evcxr for the process that runs cells.
const EVCXR: &str = "EVCXR_IS_RUNTIME";

/// Shows representations as the cell's result; none at all show nothing.
pub fn result(representations: &[Representation]) {
    if !representations.is_empty() {
        let report = || Report::Result { data: bundle(representations), metadata: Map::new() };
        if !(is_live() && send(&report())) {
            without_kernel(representations, is_evcxr());
        }
    }
}

/// Shows representations now; with an id that is shown already and `update`, in its place.
pub fn display(representations: &[Representation], id: Option<&str>, update: bool) {
    let id = id.map(str::to_owned);
    let report = || Report::Display(Display { id, update, ..bundle(representations).into() });
    if !(is_live() && send(&report())) {
        without_kernel(representations, is_evcxr());
    }
}

/// As [`result`], but outside the saigen kernel always in evcxr's form: for methods that only evcxr calls there.
pub fn evcxr_result(representations: &[Representation]) {
    if is_live() { result(representations) } else { without_kernel(representations, true) }
}

/// Whether the stock evcxr kernel runs this process.
pub fn is_evcxr() -> bool {
    std::env::var_os(EVCXR).is_some()
}

fn without_kernel(representations: &[Representation], evcxr: bool) {
    let text = if evcxr { blocks(representations) } else { plain(representations).map(|text| text + "\n") };
    if let Some(text) = text {
        let mut output = std::io::stdout().lock();
        // Nobody reads it; the computation goes on.
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

/// Representations in evcxr's form.
fn blocks(representations: &[Representation]) -> Option<String> {
    let block = |(mime, content): (String, Value)| {
        let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        format!("EVCXR_BEGIN_CONTENT {mime}\n{}\nEVCXR_END_CONTENT\n", content.trim_end_matches('\n'))
    };
    Some(bundle(representations).into_iter().map(block).collect::<String>()).filter(|text| !text.is_empty())
}

/// Whether a saigen kernel listens.
pub fn is_live() -> bool {
    #[cfg(test)]
    if tests::is_capturing() {
        return true;
    }
    channel::is_live()
}

/// Sends a report; `false` when there is no kernel.
pub fn send(report: &Report) -> bool {
    #[cfg(test)]
    if tests::is_capturing() {
        return tests::capture(report);
    }
    channel::report(report)
}

#[cfg(test)]
pub use tests::captured;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static REPORTS: RefCell<Option<Vec<Report>>> = const { RefCell::new(None) };
    }

    /// What code on this thread reports, as if a kernel listened.
    pub fn captured(code: impl FnOnce()) -> Vec<Report> {
        REPORTS.set(Some(Vec::new()));
        code();
        REPORTS.take().unwrap_or_default()
    }

    pub(super) fn is_capturing() -> bool {
        REPORTS.with_borrow(Option::is_some)
    }

    pub(super) fn capture(report: &Report) -> bool {
        REPORTS.with_borrow_mut(|reports| reports.get_or_insert_default().push(report.clone()));
        true
    }

    #[test]
    fn evcxr_gets_blocks() {
        let shown = [Representation::text("two\nlines\n"), Representation::new("image/png", vec![0_u8; 3])];
        let expected = "EVCXR_BEGIN_CONTENT image/png\nAAAA\nEVCXR_END_CONTENT\n\
                        EVCXR_BEGIN_CONTENT text/plain\ntwo\nlines\nEVCXR_END_CONTENT\n";
        assert_eq!(blocks(&shown).as_deref(), Some(expected));
        assert_eq!(blocks(&[]), None);
        let json = [Representation::new("application/json", serde_json::json!([1]))];
        assert!(blocks(&json).is_some_and(|text| text.contains("\n[1]\n")));
    }

    #[test]
    fn a_result_and_a_display_are_reports() {
        let shown = [Representation::text("one")];
        let reports = captured(|| {
            result(&shown);
            result(&[]);
            display(&shown, Some("a"), true);
        });
        assert_eq!(reports.len(), 2);
        assert!(matches!(&reports[0], Report::Result { data, .. } if data["text/plain"] == "one"));
        let Report::Display(shown) = &reports[1] else { panic!("{reports:?}") };
        assert_eq!((shown.id.as_deref(), shown.update), (Some("a"), true));
    }
}
