//! The comms that are open, whoever opened them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::message::{CommKind, CommMessage};
use crate::wire::Request;

/// Open comms and their targets.
#[derive(Debug, Default)]
pub struct Comms {
    targets: BTreeMap<String, String>,
}

impl Comms {
    /// Takes a message in either direction; false for one about a comm that isn't open, which goes no further.
    pub fn pass(&mut self, message: &CommMessage) -> bool {
        match message.kind {
            CommKind::Open => {
                self.targets.insert(message.id.clone(), message.target.clone());
                true
            }
            CommKind::Message => self.targets.contains_key(&message.id),
            CommKind::Close => self.targets.remove(&message.id).is_some(),
        }
    }

    /// The reply to `comm_info_request`: the comms of one target, or all.
    pub fn info(&self, target: Option<&str>) -> Value {
        let comms: Map<String, Value> = self
            .targets
            .iter()
            .filter(|(_, name)| target.is_none_or(|target| target == *name))
            .map(|(id, name)| (id.clone(), json!({ "target_name": name })))
            .collect();
        json!({"status": "ok", "comms": comms})
    }

    /// Forgets all comms and returns the messages that close them.
    pub fn close_all(&mut self) -> Vec<CommMessage> {
        let closed = std::mem::take(&mut self.targets);
        closed
            .into_keys()
            .map(|id| CommMessage {
                kind: CommKind::Close,
                id,
                target: String::new(),
                data: Map::new(),
                metadata: Map::new(),
            })
            .collect()
    }
}

/// The comm message that a request is; `None` for any other request.
pub fn from_request(request: &Request) -> Option<CommMessage> {
    let kind = match request.kind() {
        "comm_open" => CommKind::Open,
        "comm_msg" => CommKind::Message,
        "comm_close" => CommKind::Close,
        _ => return None,
    };
    Some(CommMessage {
        kind,
        id: request.text("comm_id").to_owned(),
        target: request.text("target_name").to_owned(),
        data: request.object("data"),
        metadata: request.metadata.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::request;

    #[test]
    fn comms_are_known_from_open_to_close() {
        let mut comms = Comms::default();
        let message = |kind: &str, content| from_request(&request(kind, content)).unwrap();
        let open = |id: &str, target: &str| message("comm_open", json!({"comm_id": id, "target_name": target}));
        assert!(!comms.pass(&message("comm_msg", json!({"comm_id": "a"}))));
        assert!(comms.pass(&open("a", "plot")));
        assert!(comms.pass(&open("b", "table")));
        assert!(comms.pass(&message("comm_msg", json!({"comm_id": "a", "data": {"x": 1}}))));
        assert_eq!(comms.info(Some("plot"))["comms"], json!({"a": {"target_name": "plot"}}));
        assert_eq!(comms.info(None)["comms"].as_object().unwrap().len(), 2);
        assert!(comms.pass(&message("comm_close", json!({"comm_id": "a"}))));
        assert!(!comms.pass(&message("comm_close", json!({"comm_id": "a"}))));
        let closed = comms.close_all();
        assert_eq!((closed.len(), closed[0].id.as_str(), closed[0].kind), (1, "b", CommKind::Close));
        assert_eq!(comms.info(None)["comms"], json!({}));
        assert!(from_request(&request("execute_request", json!({}))).is_none());
    }
}
