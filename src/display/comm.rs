//! Comms: messages between code in cells and code in the notebook's page, such as widgets.
//!
//! A page opens a comm to a *target* that a cell has [registered](register), or a cell [opens](Comm::open) one to a
//! target that the page knows. Messages are JSON objects. They are delivered between cells, never while one runs.
//!
//! ```
//! use saigen::display::comm::{self, Event};
//! use serde_json::json;
//!
//! comm::register("square", |comm, event| {
//!     if let Event::Message(data) = event {
//!         let x = data["x"].as_f64().unwrap_or(f64::NAN);
//!         comm.send(json!({ "square": x * x }));
//!     }
//! });
//! ```

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError};

use serde_json::{Map, Value};

use super::live::new_id;
use super::out;
use crate::cell::channel;
use crate::cell::message::{CommKind, CommMessage, Report};

/// What came from the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page opened the comm.
    Opened(Value),
    /// The page sent a message.
    Message(Value),
    /// The page closed the comm; nothing can be sent any more.
    Closed(Value),
}

type Handler = Arc<dyn Fn(&Comm, Event) + Send + Sync>;

/// One comm. Copies stand for the same one, which stays open until it is closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Comm {
    id: String,
    target: String,
}

#[derive(Default)]
struct Registry {
    targets: HashMap<String, Handler>,
    /// Open comms by id; `None` for one that nobody listens to.
    open: HashMap<String, (Comm, Option<Handler>)>,
}

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

/// Calls `handler` for everything that happens to comms that the page opens to `target`. A handler registered earlier
/// stays with the comms that are open.
pub fn register(target: impl Into<String>, handler: impl Fn(&Comm, Event) + Send + Sync + 'static) {
    start();
    registry().targets.insert(target.into(), Arc::new(handler));
}

/// Refuses comms to `target` from now on; open ones stay open.
pub fn unregister(target: &str) {
    registry().targets.remove(target);
}

impl Comm {
    /// Opens a comm to a target that the page knows. `data` is an object; another value is sent as its field `value`.
    ///
    /// ```
    /// use saigen::display::comm::{Comm, Event};
    /// use serde_json::json;
    ///
    /// let comm = Comm::open("slider", json!({ "from": 0, "to": 1 }));
    /// comm.on_message(|_, event| {
    ///     if let Event::Message(data) = event {
    ///         println!("moved to {}", data["at"]);
    ///     }
    /// });
    /// ```
    pub fn open(target: impl Into<String>, data: impl Into<Value>) -> Self {
        start();
        let comm = Self { id: new_id("comm"), target: target.into() };
        registry().open.insert(comm.id.clone(), (comm.clone(), None));
        comm.report(CommKind::Open, data.into());
        comm
    }

    /// The id by which the page knows the comm.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the comm was opened to.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Tells whether messages can be sent.
    pub fn is_open(&self) -> bool {
        registry().open.contains_key(&self.id)
    }

    /// Sends a message; `false` if the comm is closed or there is no notebook. `data` as for [`Comm::open`].
    pub fn send(&self, data: impl Into<Value>) -> bool {
        self.is_open() && self.report(CommKind::Message, data.into())
    }

    /// Calls `handler` for what comes from the page from now on, instead of an earlier handler.
    pub fn on_message(&self, handler: impl Fn(&Comm, Event) + Send + Sync + 'static) {
        if let Some((_, listener)) = registry().open.get_mut(&self.id) {
            *listener = Some(Arc::new(handler));
        }
    }

    /// Closes the comm; does nothing if it is closed.
    pub fn close(&self) {
        let was_open = registry().open.remove(&self.id).is_some();
        if was_open {
            self.report(CommKind::Close, Value::Null);
        }
    }

    fn report(&self, kind: CommKind, data: Value) -> bool {
        let target = if kind == CommKind::Open { self.target.clone() } else { String::new() };
        let data = match data {
            Value::Object(data) => data,
            Value::Null => Map::new(),
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        out::send(&Report::Comm(CommMessage { kind, id: self.id.clone(), target, data, metadata: Map::new() }))
    }
}

/// Takes comm messages from the kernel from now on; comms to unknown targets are closed. The process that runs cells
/// calls this, so that pages get an answer before any cell has to do with comms.
#[doc(hidden)]
pub fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| channel::set_comm_handler(Box::new(deliver)));
}

fn registry() -> MutexGuard<'static, Registry> {
    // Nothing that could panic runs while it is locked.
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls the handler that a message is for, with nothing locked: it may send, close and register.
fn deliver(message: CommMessage) {
    let data = Value::Object(message.data);
    let (comm, handler, event) = match message.kind {
        CommKind::Open => {
            let comm = Comm { id: message.id, target: message.target };
            let mut registry = registry();
            let Some(handler) = registry.targets.get(&comm.target).cloned() else {
                drop(registry);
                comm.report(CommKind::Close, Value::Null);
                return;
            };
            registry.open.insert(comm.id.clone(), (comm.clone(), Some(Arc::clone(&handler))));
            (comm, Some(handler), Event::Opened(data))
        }
        CommKind::Message => {
            let Some((comm, handler)) = registry().open.get(&message.id).cloned() else { return };
            (comm, handler, Event::Message(data))
        }
        CommKind::Close => {
            let Some((comm, handler)) = registry().open.remove(&message.id) else { return };
            (comm, handler, Event::Closed(data))
        }
    };
    if let Some(handler) = handler {
        handler(&comm, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::out::captured;
    use serde_json::json;
    use std::sync::mpsc;

    fn message(kind: CommKind, id: &str, target: &str, data: Value) -> CommMessage {
        let Value::Object(data) = data else { panic!("an object") };
        CommMessage { kind, id: id.into(), target: target.into(), data, metadata: Map::new() }
    }

    /// The comm messages that `code` sends.
    fn sent(code: impl FnOnce()) -> Vec<(CommKind, String, String, Value)> {
        captured(code)
            .into_iter()
            .map(|report| match report {
                Report::Comm(message) => (message.kind, message.id, message.target, Value::Object(message.data)),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_target_hears_of_its_comm_and_answers() {
        let (events, heard) = mpsc::channel();
        register("echo", move |comm, event| {
            events.send((comm.id().to_owned(), event.clone())).expect("the test listens");
            if let Event::Message(data) = event {
                comm.send(data);
            }
        });
        let sent = sent(|| {
            deliver(message(CommKind::Open, "e1", "echo", json!({"a": 1})));
            deliver(message(CommKind::Message, "e1", "", json!({"b": 2})));
            deliver(message(CommKind::Close, "e1", "", json!({})));
            deliver(message(CommKind::Message, "e1", "", json!({"late": true})));
        });
        assert_eq!(sent, [(CommKind::Message, "e1".into(), String::new(), json!({"b": 2}))]);
        let expected = [Event::Opened(json!({"a": 1})), Event::Message(json!({"b": 2})), Event::Closed(json!({}))];
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), expected.map(|event| ("e1".to_owned(), event)));
        unregister("echo");
        assert_eq!(self::sent(|| deliver(message(CommKind::Open, "e2", "echo", json!({})))).len(), 1);
    }

    #[test]
    fn an_unknown_target_is_closed() {
        let sent = sent(|| deliver(message(CommKind::Open, "u1", "nobody's", json!({}))));
        assert_eq!(sent, [(CommKind::Close, "u1".into(), String::new(), json!({}))]);
    }

    #[test]
    fn a_comm_of_ours_sends_hears_and_closes_once() {
        let (events, heard) = mpsc::channel();
        let mut id = String::new();
        let sent = sent(|| {
            let comm = Comm::open("page", json!({"from": 0}));
            id = comm.id().to_owned();
            deliver(message(CommKind::Message, &id, "", json!({"nobody": "listens"})));
            comm.on_message(move |_, event| events.send(event).expect("the test listens"));
            deliver(message(CommKind::Message, &id, "", json!({"x": 1})));
            assert!(comm.send(5));
            comm.close();
            comm.close();
            assert!(!comm.send(json!({})) && !comm.is_open());
        });
        let expected = [
            (CommKind::Open, id.clone(), "page".to_owned(), json!({"from": 0})),
            (CommKind::Message, id.clone(), String::new(), json!({"value": 5})),
            (CommKind::Close, id.clone(), String::new(), json!({})),
        ];
        assert_eq!(sent, expected);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Event::Message(json!({"x": 1}))]);
    }

    #[test]
    fn a_handler_may_close_its_comm_and_register_others() {
        register("outer", |comm, _| {
            register("inner", |_, _| ());
            comm.close();
        });
        let sent = sent(|| {
            deliver(message(CommKind::Open, "h1", "outer", json!({})));
            deliver(message(CommKind::Open, "h2", "inner", json!({})));
        });
        assert_eq!(sent, [(CommKind::Close, "h1".into(), String::new(), json!({}))]);
        assert!(registry().open.contains_key("h2"));
    }

    #[test]
    fn without_a_notebook_nothing_is_sent() {
        let comm = Comm::open("page", Value::Null);
        assert!(!comm.send(json!({})));
        comm.close();
    }
}
