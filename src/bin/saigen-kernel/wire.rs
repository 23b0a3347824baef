//! Messages as they travel: frames, signatures, JSON.
//!
//! Contents stay JSON. Typed contents refuse requests that leave out what the protocol gives a default, and bundles
//! whose MIME types they think they know better; what a request must have is checked where it is handled.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use jupyter_zmq_client::connection::RawMessage;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use zeromq::ZmqMessage;

use crate::budget::Permit;

/// The protocol that this kernel speaks. 5.4 adds a welcome message on iopub, which needs an XPUB socket; the one of
/// the `zeromq` crate lets a single stalled client block all others. 5.5 adds subshells.
pub const PROTOCOL: &str = "5.3";

/// Parts the routing from the message.
const DELIMITER: &[u8] = b"<IDS|MSG>";

/// Which socket a message came through, and its reply leaves through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Shell,
    Control,
    Stdin,
}

/// A message from a client.
#[derive(Clone, Debug)]
pub struct Request {
    pub channel: Channel,
    /// The way back to whoever sent it.
    pub identities: Vec<Vec<u8>>,
    pub header: Map<String, Value>,
    pub metadata: Map<String, Value>,
    pub content: Map<String, Value>,
}

impl Request {
    /// The type of the message.
    pub fn kind(&self) -> &str {
        self.header.get("msg_type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Text in the content; empty when there is none of that name.
    pub fn text(&self, key: &str) -> &str {
        self.content.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A flag in the content.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        self.content.get(key).and_then(Value::as_bool).unwrap_or(default)
    }

    /// An object in the content; empty when there is none of that name.
    pub fn object(&self, key: &str) -> Map<String, Value> {
        self.content.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

/// A message from the kernel.
#[derive(Debug)]
pub struct Outgoing {
    pub parent: Option<Arc<Request>>,
    pub kind: &'static str,
    pub metadata: Map<String, Value>,
    pub content: Value,
    /// Held until the message has left, so that output can't pile up.
    _permit: Option<Permit>,
}

impl Outgoing {
    /// A message about `parent`, to its sender or to everyone.
    pub fn new(kind: &'static str, parent: Option<&Arc<Request>>, content: Value) -> Outgoing {
        Outgoing { parent: parent.cloned(), kind, metadata: Map::new(), content, _permit: None }
    }

    /// Holds on to a permit until the message has left.
    pub fn holding(self, permit: Permit) -> Outgoing {
        Outgoing { _permit: Some(permit), ..self }
    }

    /// The frames of a message to whoever sent its parent.
    pub fn addressed(&self, key: &Key) -> ZmqMessage {
        let identities = self.parent.as_ref().map_or(&[][..], |parent| &parent.identities);
        self.frames(identities, key)
    }

    /// The frames of a message to everyone; the first is its topic.
    pub fn published(&self, key: &Key) -> ZmqMessage {
        self.frames(&[self.kind.as_bytes().to_vec()], key)
    }

    fn frames(&self, routing: &[Vec<u8>], key: &Key) -> ZmqMessage {
        let header = json!({
            "msg_id": next_id(), "session": session(), "username": "kernel",
            "date": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            "msg_type": self.kind, "version": PROTOCOL,
        });
        let parent = self.parent.as_ref().map_or_else(|| "{}".to_owned(), |parent| as_text(&parent.header));
        let metadata = as_text(&self.metadata);
        let parts = [header.to_string(), parent, metadata, self.content.to_string()];
        let signature = key.sign(&parts);
        let mut message: Option<ZmqMessage> = None;
        let frames = routing.iter().cloned().chain([DELIMITER.to_vec(), signature.into_bytes()]);
        for frame in frames.chain(parts.into_iter().map(String::into_bytes)) {
            match &mut message {
                Some(message) => message.push_back(frame.into()),
                None => message = Some(ZmqMessage::from(frame)),
            }
        }
        message.unwrap_or_else(|| ZmqMessage::from(""))
    }
}

fn as_text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).unwrap_or_else(|_| "{}".to_owned())
}

/// This kernel's session, the same in all its messages.
pub fn session() -> &'static str {
    static SESSION: OnceLock<String> = OnceLock::new();
    SESSION.get_or_init(|| {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        format!("saigen-{}-{time:x}", std::process::id())
    })
}

fn next_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", session(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Why a message was dropped.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error(transparent)]
    Frames(#[from] jupyter_zmq_client::RuntimeError),
    #[error("the {part} is no JSON object: {source}")]
    NoObject {
        part: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("the header has no {field}")]
    Header { field: &'static str },
}

/// Reads the parts of a message whose signature has been verified.
///
/// # Errors
/// A part isn't what the protocol asks for.
pub fn decode(raw: &RawMessage, channel: Channel) -> Result<Request, WireError> {
    let object = |index: usize, part: &'static str| {
        serde_json::from_slice::<Map<String, Value>>(&raw.jparts[index])
            .map_err(|source| WireError::NoObject { part, source })
    };
    let header = object(0, "header")?;
    for field in ["msg_id", "msg_type"] {
        if !header.get(field).is_some_and(Value::is_string) {
            return Err(WireError::Header { field });
        }
    }
    Ok(Request {
        channel,
        identities: raw.zmq_identities.iter().map(|identity| identity.to_vec()).collect(),
        header,
        metadata: object(2, "metadata")?,
        content: object(3, "content")?,
    })
}

/// Signs messages with HMAC-SHA256.
#[derive(Clone)]
pub struct Key {
    inner: Sha256,
    outer: Sha256,
}

impl Key {
    /// Takes the key of a connection file.
    pub fn new(key: &str) -> Key {
        const BLOCK: usize = 64;
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            let digest = Sha256::digest(key.as_bytes());
            block[..digest.len()].copy_from_slice(&digest);
        } else {
            block[..key.len()].copy_from_slice(key.as_bytes());
        }
        let begun = |pad: u8| Sha256::new().chain_update(block.map(|byte| byte ^ pad));
        Key { inner: begun(0x36), outer: begun(0x5c) }
    }

    /// The signature over the parts, one after another, in hexadecimal.
    pub fn sign(&self, parts: &[String]) -> String {
        let mut inner = self.inner.clone();
        for part in parts {
            inner.update(part.as_bytes());
        }
        let signature = self.outer.clone().chain_update(inner.finalize()).finalize();
        signature.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use jupyter_zmq_client::connection::Connection;
    use zeromq::Socket;

    /// A request as a client would send it.
    pub fn request(kind: &str, content: Value) -> Request {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = format!("{kind}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let Value::Object(content) = content else { panic!("content is an object") };
        let header = json!({"msg_id": id, "msg_type": kind, "session": "tests"});
        Request {
            channel: Channel::Shell,
            identities: vec![b"client".to_vec()],
            header: header.as_object().unwrap().clone(),
            metadata: Map::new(),
            content,
        }
    }

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        assert_eq!(
            Key::new("Jefe").sign(&["what do ya want ".into(), "for nothing?".into()]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        // A key longer than a block is hashed first; the reference is Python's hmac.
        let long = Key::new(&"k".repeat(100)).sign(&["text".into()]);
        assert_eq!(long, "5964a5c58b736800917a8e85cf03892e9ab8a997a15175b1d876119624a9b699");
    }

    #[tokio::test]
    async fn what_is_signed_here_is_verified_and_read_back() {
        let parent = Arc::new(request("execute_request", json!({"code": "é"})));
        let message = Outgoing::new("stream", Some(&parent), json!({"name": "stdout", "text": "∞"}));
        // The connection is made for its key; its socket stays closed.
        let connection = |key| Connection::new(zeromq::RouterSocket::new(), key, "tests");
        let frames = message.addressed(&Key::new("secret"));
        let raw = RawMessage::from_multipart(frames.clone(), &connection("secret").mac).unwrap();
        let read = decode(&raw, Channel::Shell).unwrap();
        assert_eq!(read.identities, [b"client".to_vec()]);
        assert_eq!((read.kind(), read.text("text")), ("stream", "∞"));
        assert!(RawMessage::from_multipart(frames, &connection("other").mac).is_err());
    }

    #[test]
    fn broken_parts_are_named() {
        let raw = |parts: [&[u8]; 4]| RawMessage {
            zmq_identities: Vec::new(),
            jparts: parts.map(|part| part.to_vec().into()).into(),
        };
        let header = br#"{"msg_id": "1", "msg_type": "execute_request"}"#;
        assert!(decode(&raw([header, b"{}", b"{}", b"{}"]), Channel::Shell).is_ok());
        for (parts, problem) in [
            ([&b"\xff\xfe"[..], b"{}", b"{}", b"{}"], "header is no JSON object"),
            ([&br#"{"msg_id": "1"}"#[..], b"{}", b"{}", b"{}"], "no msg_type"),
            ([&header[..], b"{}", b"[]", b"{}"], "metadata is no JSON object"),
            ([&header[..], b"{}", b"{}", b"{\"code\": \"\xc3\x28\"}"], "content is no JSON object"),
        ] {
            let error = decode(&raw(parts), Channel::Shell).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
