//! The tasks that move messages between sockets and channels.

use std::time::Duration;

use jupyter_zmq_client::connection::{Connection, KernelHeartbeatConnection, RawMessage};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::time::{sleep, timeout};
use zeromq::{PubSocket, SocketRecv, SocketSend, ZmqMessage};

use crate::wire::{Channel, Key, Outgoing, Request, WireError, decode};

/// After an error, and between looks at what is under way.
const PAUSE: Duration = Duration::from_millis(10);

/// Requests that wait; more wait in their socket.
const WAITING: usize = 1024;

/// How long a client may take no reply before the kernel goes on without it.
const REPLY_PATIENCE: Duration = Duration::from_secs(10);

/// What iopub may hold for slow clients, in bytes.
const PUBLISHED_UNDER_WAY: usize = 64 << 20;

/// How long output waits for slow clients before it is dropped.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);

/// Answers heartbeats.
pub fn heartbeat(mut connection: KernelHeartbeatConnection) {
    tokio::spawn(async move {
        loop {
            if connection.single_heartbeat().await.is_err() {
                sleep(PAUSE).await;
            }
        }
    });
}

/// A channel from which requests come; `connections` share it. What is malformed or wrongly signed is logged and
/// dropped.
pub struct Requests {
    sender: Sender<Request>,
    pub received: Receiver<Request>,
}

impl Requests {
    pub fn new() -> Requests {
        let (sender, received) = channel(WAITING);
        Requests { sender, received }
    }

    /// Reads from a socket, too.
    pub fn read<S: SocketRecv + Send + 'static>(&self, mut connection: Connection<S>, from: Channel) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            loop {
                match read(&mut connection, from).await {
                    Ok(request) => {
                        if sender.send(request).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        eprintln!("saigen-kernel: a message was dropped: {error}");
                        sleep(PAUSE).await;
                    }
                }
            }
        });
    }
}

async fn read<S: SocketRecv>(connection: &mut Connection<S>, from: Channel) -> Result<Request, WireError> {
    let frames = connection.socket.recv().await.map_err(jupyter_zmq_client::RuntimeError::from)?;
    decode(&RawMessage::from_multipart(frames, &connection.mac)?, from)
}

/// Sends replies in order, each to whoever sent its parent; `lost` hears of what can't be sent.
pub fn replies<S: SocketSend + Send + 'static>(
    mut connection: Connection<S>,
    key: Key,
    lost: impl Fn() + Send + 'static,
) -> UnboundedSender<Outgoing> {
    let (sender, mut outgoing) = unbounded_channel::<Outgoing>();
    tokio::spawn(async move {
        while let Some(message) = outgoing.recv().await {
            let sent = timeout(REPLY_PATIENCE, connection.socket.send(message.addressed(&key))).await;
            let problem = match sent {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("its receiver took nothing for {} s", REPLY_PATIENCE.as_secs()),
            };
            eprintln!("saigen-kernel: a message of type {} was not sent: {problem}", message.kind);
            lost();
        }
    });
    sender
}

/// Publishes to everyone, in order.
pub fn publisher(connection: Connection<PubSocket>, key: Key) -> UnboundedSender<Outgoing> {
    let (sender, outgoing) = unbounded_channel();
    tokio::spawn(publish(connection, key, outgoing));
    sender
}

/// The socket queues messages for each client without regard to their size. A clone of each content tells when the
/// last client has taken it, and so how much is under way: beyond a bound output waits, and is dropped when the
/// slowest client takes nothing at all.
async fn publish(mut connection: Connection<PubSocket>, key: Key, mut outgoing: UnboundedReceiver<Outgoing>) {
    // This is how the type of a frame is had without naming its crate.
    let mut under_way = ZmqMessage::from("").into_vecdeque();
    under_way.clear();
    let mut bytes = 0;
    let mut stalled = false;
    while let Some(message) = outgoing.recv().await {
        let mut waited = Duration::ZERO;
        loop {
            while under_way.front().is_some_and(|content| content.is_unique()) {
                bytes -= under_way.pop_front().map_or(0, |content| content.len());
            }
            if bytes < PUBLISHED_UNDER_WAY || !is_output(message.kind) || stalled || waited >= PUBLISH_PATIENCE {
                break;
            }
            sleep(PAUSE).await;
            waited += PAUSE;
        }
        if bytes >= PUBLISHED_UNDER_WAY && is_output(message.kind) {
            if !stalled {
                eprintln!("saigen-kernel: a client takes no output; output is dropped until it does");
            }
            stalled = true;
            continue;
        }
        stalled = stalled && bytes >= PUBLISHED_UNDER_WAY / 2;
        let frames = message.published(&key);
        if let Some(content) = frames.iter().next_back().cloned() {
            bytes += content.len();
            under_way.push_back(content);
        }
        if let Err(error) = connection.socket.send(frames).await {
            eprintln!("saigen-kernel: a message of type {} was not published: {error}", message.kind);
        }
    }
}

/// Whether a message may be dropped for a client that takes nothing.
fn is_output(kind: &str) -> bool {
    matches!(kind, "stream" | "display_data" | "update_display_data" | "execute_result" | "comm_msg")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Instant;
    use zeromq::{Socket, SubSocket};

    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/statm").unwrap();
        status.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }

    /// A client that subscribes and then reads nothing must not make the kernel hold what it doesn't take.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_client_that_takes_nothing_costs_bounded_memory() {
        let mut socket = PubSocket::new();
        let address = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
        // A bare connection that completes the handshake and subscribes, as a stopped client would have.
        let mut client = SubSocket::new();
        client.subscribe("").await.unwrap();
        client.connect(&address).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        let publisher = publisher(Connection::new(socket, "key", "tests"), Key::new("key"));
        let budget = crate::budget::Budget::new(1 << 20);
        let before = resident();
        let begin = Instant::now();
        let sent = tokio::task::spawn_blocking(move || {
            for _ in 0..400 {
                let permit = budget.take(1 << 20);
                let content = json!({"name": "stdout", "text": "x".repeat(1 << 20)});
                publisher.send(Outgoing::new("stream", None, content).holding(permit)).unwrap();
            }
        });
        sent.await.unwrap();
        let grown = resident().saturating_sub(before);
        assert!(grown < 3 * PUBLISHED_UNDER_WAY, "{} MB", grown >> 20);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
