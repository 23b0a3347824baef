//! One HTTP request at a time, received in pieces, so that the caller can stop while the server is silent.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// What a server sends, in order: a head, pieces of the body, then an end or a failure.
pub(super) enum Event {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    /// The connection failed, stalled or was cut: why, in words.
    Failed(String),
}

/// What precedes the body.
pub(super) struct Head {
    pub status: u16,
    /// `Content-Length`, unless the body was compressed on the way.
    pub length: Option<u64>,
    /// `Content-Range`: first byte and whole length, if the server knows it.
    pub range: Option<(u64, Option<u64>)>,
    /// What identifies this version of the file: a strong `ETag`, else `Last-Modified`.
    pub validator: Option<String>,
}

/// The part of a file that is still wanted.
pub(super) struct Rest {
    pub offset: u64,
    /// Only if the file is still this version; otherwise the server is to send all of it.
    pub validator: Option<String>,
}

/// Makes the agent that sends requests; `stall` bounds every silence, not the whole transfer.
pub(super) fn agent(stall: Duration) -> ureq::Agent {
    let settings = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("saigen/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(stall))
        .timeout_connect(Some(stall))
        .timeout_send_request(Some(stall))
        .timeout_recv_response(Some(stall))
        .timeout_per_read(Some(stall))
        .build();
    ureq::Agent::new_with_config(settings)
}

/// Requests a file, or the rest of it, on a thread of its own; dropping the receiver ends the transfer.
pub(super) fn get(agent: &ureq::Agent, url: &str, rest: Option<Rest>) -> Receiver<Event> {
    let (sender, receiver) = sync_channel(16);
    let (agent, url) = (agent.clone(), url.to_string());
    std::thread::spawn(move || {
        let last = match transfer(&agent, &url, rest, &sender) {
            Ok(()) => Event::End,
            Err(reason) => Event::Failed(reason),
        };
        // A dropped receiver means that nobody waits for the rest.
        let _ = sender.send(last);
    });
    receiver
}

fn transfer(agent: &ureq::Agent, url: &str, rest: Option<Rest>, sender: &SyncSender<Event>) -> Result<(), String> {
    let mut request = agent.get(url);
    if let Some(rest) = rest {
        request = request.header("Range", format!("bytes={}-", rest.offset));
        if let Some(validator) = rest.validator {
            request = request.header("If-Range", validator);
        }
    }
    let response = request.call().map_err(|error| error.to_string())?;
    if sender.send(Event::Head(head(&response))).is_err() {
        return Ok(());
    }
    let mut body = response.into_body().into_reader();
    loop {
        let mut block = vec![0; 1 << 15];
        match body.read(&mut block).map_err(|error| error.to_string())? {
            0 => return Ok(()),
            count => block.truncate(count),
        }
        if sender.send(Event::Bytes(block)).is_err() {
            return Ok(());
        }
    }
}

fn head(response: &ureq::http::Response<ureq::Body>) -> Head {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let encoded = header("content-encoding").is_some_and(|encoding| encoding != "identity");
    let strong = header("etag").filter(|tag| !tag.starts_with("W/"));
    Head {
        status: response.status().as_u16(),
        length: header("content-length").filter(|_| !encoded).and_then(|length| length.trim().parse().ok()),
        range: header("content-range").filter(|_| !encoded).and_then(content_range),
        validator: strong.or_else(|| header("last-modified")).map(str::to_string),
    }
}

/// Reads `bytes 5-9/10`: first byte, and the whole length unless it is `*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, whole) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let whole = match whole {
        "*" => None,
        digits => Some(digits.parse().ok()?),
    };
    Some((first.parse().ok()?, whole))
}

#[cfg(test)]
mod tests {
    use super::content_range;

    #[test]
    fn content_ranges() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for malformed in ["", "bytes */10", "bytes 5-9", "items 5-9/10", "bytes x-9/10", "bytes 5-9/y"] {
            assert_eq!(content_range(malformed), None, "{malformed}");
        }
    }
}
