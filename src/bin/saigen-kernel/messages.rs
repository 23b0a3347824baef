//! Contents of the messages that the kernel sends.

use serde_json::{Map, Value, json};

use crate::cells::completeness::{self as cell, Completeness};
use crate::engine::{Bundle, Completion, Display, Failure, Shown};
use crate::message::{CommKind, CommMessage};
use crate::wire::PROTOCOL;

/// Longer cells are not parsed only to say whether they are whole.
const LONGEST_PARSED: usize = 1 << 20;

/// Deeper brackets could exhaust the stack of a parser.
const DEEPEST_PARSED: usize = 500;

/// What a display shows; `id` is where a later update finds it.
pub fn display(display: &Display) -> Value {
    let transient = display.id.as_ref().map_or_else(|| json!({}), |id| json!({ "display_id": id }));
    json!({"data": display.data, "metadata": display.metadata, "transient": transient})
}

/// The value of a cell.
pub fn execute_result(count: usize, shown: &Shown) -> Value {
    json!({"execution_count": count, "data": shown.data, "metadata": shown.metadata, "transient": {}})
}

/// A failure, as cells and expressions report it.
pub fn error(failure: &Failure) -> Value {
    json!({"ename": failure.name, "evalue": failure.value, "traceback": failure.traceback})
}

/// The end of a cell.
pub fn execute_reply(count: usize, outcome: Result<Map<String, Value>, &Failure>) -> Value {
    let mut reply = json!({"status": "ok", "execution_count": count, "payload": [], "user_expressions": {}});
    match outcome {
        Ok(expressions) => reply["user_expressions"] = Value::Object(expressions),
        Err(failure) => {
            reply["status"] = json!("error");
            for key in ["ename", "evalue", "traceback"] {
                reply[key] = error(failure)[key].take();
            }
        }
    }
    reply
}

/// The reply to a cell that isn't run because one before it failed.
pub fn aborted(count: usize) -> Value {
    let mut reply = execute_reply(count, Ok(Map::new()));
    reply["status"] = json!("aborted");
    reply
}

/// What a user expression gave.
pub fn expression(outcome: &Result<Option<Shown>, Failure>) -> Value {
    match outcome {
        Ok(shown) => {
            let shown = shown.clone().unwrap_or_default();
            json!({"status": "ok", "data": shown.data, "metadata": shown.metadata})
        }
        Err(failure) => {
            let mut content = error(failure);
            content["status"] = json!("error");
            content
        }
    }
}

/// Candidates, with their kinds where front ends look for them.
pub fn complete_reply(code: &str, completion: &Completion) -> Value {
    let start = cell::character_offset(code, completion.start);
    let end = cell::character_offset(code, completion.end);
    let kinds: Vec<Value> = completion
        .candidates
        .iter()
        .map(|(text, kind)| json!({"text": text, "type": kind, "start": start, "end": end}))
        .collect();
    let matches: Vec<&String> = completion.candidates.iter().map(|(text, _)| text).collect();
    json!({
        "status": "ok", "matches": matches, "cursor_start": start, "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": kinds},
    })
}

/// What stands at a place in the code.
pub fn inspect_reply(found: Option<&Bundle>) -> Value {
    json!({"status": "ok", "found": found.is_some(), "data": found.cloned().unwrap_or_default(), "metadata": {}})
}

/// Whether a cell is whole, by parsing it.
pub fn is_complete_reply(code: &str) -> Value {
    if code.len() > LONGEST_PARSED || depth(code) > DEEPEST_PARSED {
        return json!({"status": "unknown"});
    }
    match cell::completeness(code) {
        Completeness::Complete => json!({"status": "complete"}),
        Completeness::Incomplete(indent) => json!({"status": "incomplete", "indent": indent}),
        Completeness::Invalid => json!({"status": "invalid"}),
    }
}

/// How deeply brackets and prefix operators can be nested at most, from the characters alone.
fn depth(code: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for character in code.bytes() {
        match character {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' | b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// A message about a comm: its type, content and metadata.
pub fn comm(message: &CommMessage) -> (&'static str, Value, Map<String, Value>) {
    let mut content = json!({"comm_id": message.id, "data": message.data});
    let kind = match message.kind {
        CommKind::Open => {
            content["target_name"] = json!(message.target);
            "comm_open"
        }
        CommKind::Message => "comm_msg",
        CommKind::Close => "comm_close",
    };
    (kind, content, message.metadata.clone())
}

/// What notebooks store about the language.
pub fn language_info() -> Value {
    json!({
        "name": "rust", "version": env!("CARGO_PKG_RUST_VERSION"), "mimetype": "text/rust", "file_extension": ".rs",
        "pygments_lexer": "rust", "codemirror_mode": "rust",
    })
}

/// What this kernel is.
pub fn kernel_info() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "status": "ok", "protocol_version": PROTOCOL, "implementation": "saigen", "implementation_version": version,
        "banner": format!("saigen {version}: Rust cells with the saigen library"), "language_info": language_info(),
        "help_links": [{"text": "The Rust standard library", "url": "https://doc.rust-lang.org/stable/std/"}],
        "debugger": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_cell_is_an_error_in_its_reply() {
        let failure = Failure::new("Panic", "no");
        let reply = execute_reply(3, Err(&failure));
        assert_eq!(reply["status"], "error");
        assert_eq!((&reply["ename"], &reply["evalue"]), (&json!("Panic"), &json!("no")));
        assert!(reply["traceback"][0].as_str().unwrap().contains("Panic"));
        let reply = execute_reply(3, Ok(Map::new()));
        assert_eq!((&reply["status"], &reply["user_expressions"]), (&json!("ok"), &json!({})));
    }

    #[test]
    fn positions_of_candidates_count_characters() {
        let completion = Completion { start: 3, end: 4, candidates: vec![("x".into(), "variable".into())] };
        let reply = complete_reply("é.x", &completion);
        assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(2), &json!(3)));
        assert_eq!(reply["metadata"]["_jupyter_types_experimental"][0]["type"], "variable");
    }

    #[test]
    fn code_that_could_exhaust_the_parser_is_not_parsed() {
        assert_eq!(is_complete_reply("fn f() {")["status"], "incomplete");
        assert_eq!(is_complete_reply(&"(".repeat(1_000_000))["status"], "unknown");
        assert_eq!(is_complete_reply(&"1;".repeat(1_000_000))["status"], "unknown");
    }
}
