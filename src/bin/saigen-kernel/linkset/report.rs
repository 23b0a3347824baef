//! `saigen-kernel --warm` and `--status`: what `saigen kernel` asks of link sets, as JSON lines on standard output.
//!
//! `--warm` writes each [`Progress`](super::Progress), `--status` nothing but the last line. That is
//! `{"ready": {"folder", "key", "rustc", "library_bytes", "prewarm_bytes", "seconds"}}` or `{"refused": "…"}`.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

use super::generation::Manifest;
use super::{LinkSet, LinkSetError};

/// Finds or makes the link set and reports on the way.
pub fn warm() -> ExitCode {
    let begin = Instant::now();
    let found = super::warm(&|progress| say(&json!(progress)));
    conclude(found, begin)
}

/// Says which link set a kernel would use now.
pub fn status() -> ExitCode {
    let begin = Instant::now();
    conclude(LinkSet::find(), begin)
}

fn conclude(found: Result<LinkSet, LinkSetError>, begin: Instant) -> ExitCode {
    match found {
        Ok(set) => {
            let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |found| found.len());
            say(&json!({"ready": {
                "folder": set.folder,
                "key": set.folder.file_name().map(|name| name.to_string_lossy()),
                "rustc": set.rustc,
                "library_bytes": bytes(&set.folder.join(Manifest::library_file())),
                "prewarm_bytes": bytes(&set.prewarm),
                "seconds": begin.elapsed().as_secs_f64(),
            }}));
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text.push_str(&format!(": {error}"));
                cause = error.source();
            }
            say(&json!({ "refused": text }));
            ExitCode::FAILURE
        }
    }
}

/// Writes one line. Who asked may be gone; the work goes on all the same.
fn say(line: &Value) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
