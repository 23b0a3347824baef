//! Contents of the messages that the kernel sends.

use std::collections::HashMap;

use jupyter_protocol::{
    CodeMirrorMode, CompleteReply, ErrorOutput, ExecuteReply, ExecuteResult, ExecutionCount, HelpLink, InspectReply,
    IsCompleteReply, KernelInfoReply, LanguageInfo, Media, ReplyError, ReplyStatus, Stdio, StreamContent, Transient,
};
use serde_json::{Map, Value, json};

use crate::cell::{self, Completeness};
use crate::engine::{Bundle, Completion, Failure, Stream};

/// A bundle as JSON; JSON content is an object there, not its text.
pub fn data(bundle: &Bundle) -> Map<String, Value> {
    bundle
        .iter()
        .map(|(mime, content)| {
            let value = if mime.contains("json") { serde_json::from_str(content).ok() } else { None };
            (mime.clone(), value.unwrap_or_else(|| Value::String(content.clone())))
        })
        .collect()
}

fn media(bundle: &Bundle) -> Media {
    // Any map of MIME types is a bundle; one that isn't would be shown as nothing.
    serde_json::from_value(Value::Object(data(bundle))).unwrap_or_default()
}

pub fn stream(stream: Stream, text: String) -> StreamContent {
    let name = match stream {
        Stream::Stdout => Stdio::Stdout,
        Stream::Stderr => Stdio::Stderr,
    };
    StreamContent { name, text }
}

pub fn execute_result(count: usize, bundle: &Bundle) -> ExecuteResult {
    // The schema asks for an object, also for an empty one.
    let transient = Some(Transient::default());
    ExecuteResult { transient, ..ExecuteResult::new(ExecutionCount::new(count), media(bundle)) }
}

pub fn error(failure: &Failure) -> ErrorOutput {
    ErrorOutput { ename: failure.name.clone(), evalue: failure.value.clone(), traceback: failure.traceback.clone() }
}

pub fn execute_reply(count: usize, outcome: Result<(), &Failure>) -> ExecuteReply {
    let error = outcome.err().map(|failure| {
        Box::new(ReplyError {
            ename: failure.name.clone(),
            evalue: failure.value.clone(),
            traceback: failure.traceback.clone(),
        })
    });
    ExecuteReply {
        status: if error.is_some() { ReplyStatus::Error } else { ReplyStatus::Ok },
        execution_count: ExecutionCount::new(count),
        payload: Vec::new(),
        user_expressions: Some(HashMap::new()),
        error,
    }
}

/// The reply to a cell that isn't run because one before it failed.
pub fn aborted(count: usize) -> ExecuteReply {
    ExecuteReply { status: ReplyStatus::Aborted, ..execute_reply(count, Ok(())) }
}

pub fn complete_reply(code: &str, completion: Completion) -> CompleteReply {
    let start = cell::character_offset(code, completion.start);
    let end = cell::character_offset(code, completion.end);
    let types: Vec<Value> = completion
        .candidates
        .iter()
        .map(|(text, kind)| json!({"text": text, "type": kind, "start": start, "end": end}))
        .collect();
    CompleteReply {
        matches: completion.candidates.into_iter().map(|(text, _)| text).collect(),
        cursor_start: start,
        cursor_end: end,
        metadata: Map::from_iter([("_jupyter_types_experimental".to_owned(), Value::Array(types))]),
        status: ReplyStatus::Ok,
        error: None,
    }
}

pub fn inspect_reply(found: Option<&Bundle>) -> InspectReply {
    InspectReply { found: found.is_some(), data: found.map(media).unwrap_or_default(), ..InspectReply::default() }
}

pub fn is_complete_reply(code: &str) -> IsCompleteReply {
    match cell::completeness(code) {
        Completeness::Complete => IsCompleteReply::complete(),
        Completeness::Incomplete(indent) => IsCompleteReply::incomplete(indent),
        Completeness::Invalid => IsCompleteReply::invalid(),
    }
}

/// What notebooks store about the language.
pub fn language_info() -> LanguageInfo {
    LanguageInfo {
        name: "rust".to_owned(),
        version: env!("CARGO_PKG_RUST_VERSION").to_owned(),
        mimetype: Some("text/rust".to_owned()),
        file_extension: Some(".rs".to_owned()),
        pygments_lexer: Some("rust".to_owned()),
        codemirror_mode: Some(CodeMirrorMode::Simple("rust".to_owned())),
        nbconvert_exporter: None,
    }
}

pub fn kernel_info() -> KernelInfoReply {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: "5.3".to_owned(),
        implementation: "saigen".to_owned(),
        banner: format!("saigen {version}: Rust cells with the saigen library"),
        implementation_version: version,
        language_info: language_info(),
        help_links: vec![HelpLink {
            text: "The Rust standard library".to_owned(),
            url: "https://doc.rust-lang.org/stable/std/".to_owned(),
        }],
        debugger: false,
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_content_is_an_object_and_broken_json_stays_text() {
        let bundle = Bundle::from([
            ("application/json".to_owned(), "{\"a\": 1}".to_owned()),
            ("application/vnd.broken+json".to_owned(), "{".to_owned()),
            ("text/plain".to_owned(), "{\"a\": 1}".to_owned()),
        ]);
        let data = data(&bundle);
        assert_eq!(data["application/json"]["a"], 1);
        assert_eq!(data["application/vnd.broken+json"], "{");
        assert_eq!(data["text/plain"], "{\"a\": 1}");
    }

    #[test]
    fn a_failed_cell_is_an_error_in_its_reply() {
        let failure = Failure::new("Panic", "no");
        let reply = serde_json::to_value(execute_reply(3, Err(&failure))).unwrap();
        assert_eq!(reply["status"], "error");
        assert_eq!((&reply["ename"], &reply["evalue"]), (&json!("Panic"), &json!("no")));
        let reply = serde_json::to_value(execute_reply(3, Ok(()))).unwrap();
        assert_eq!((&reply["status"], &reply["user_expressions"]), (&json!("ok"), &json!({})));
    }
}
