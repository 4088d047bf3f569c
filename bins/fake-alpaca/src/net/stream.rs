//! The `trade_updates` stream is decided here: who may listen, to what, and in which frames.

use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::protocol::Role;
use tungstenite::{Error, Message, WebSocket};

use crate::api;
use crate::desk::stream::Dispatch;
use crate::net::Request;
use crate::net::http::{Wire, is_idle};
use crate::net::listen::{Shared, Site};
use crate::settings::Environment;
use crate::wire::error::ApiError;

/// How long a read of the socket waits before the outbox is looked at.
const POLL: Duration = Duration::from_millis(5);
const STREAM: &str = "trade_updates";

/// Turns a connection into a stream and serves it to its end.
pub(super) fn run(
    mut wire: Wire,
    request: &Request,
    site: Site,
    shared: &Shared,
) -> io::Result<()> {
    let Some(key) = request.header("sec-websocket-key") else {
        return wire.write(request, &ApiError::no_such_path().into(), false);
    };
    let Site::Trading(environment) = site else {
        return wire.write(request, &ApiError::no_such_path().into(), false);
    };
    if request.path != "/stream" {
        return wire.write(request, &ApiError::no_such_path().into(), false);
    }
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let (mut stream, ahead) = wire.into_parts();
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.set_read_timeout(Some(POLL))?;
    let socket = WebSocket::from_partially_read(stream, ahead, Role::Server, None);
    let session =
        Session { socket, environment, owner: None, inbox: None, late: BinaryHeap::new() };
    session.serve(shared);
    Ok(())
}

/// A client on the stream.
struct Session {
    socket: WebSocket<TcpStream>,
    environment: Environment,
    /// The account, once its keys were right.
    owner: Option<usize>,
    /// Events, once it listens.
    inbox: Option<Receiver<Dispatch>>,
    late: BinaryHeap<Late>,
}

/// An event that waits for its moment; the earliest is the greatest.
struct Late(Instant, u64, Value);

impl PartialEq for Late {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Late {}

impl PartialOrd for Late {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Late {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.0, other.1).cmp(&(self.0, self.1))
    }
}

/// What to do after a message.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

impl Session {
    fn serve(mut self, shared: &Shared) {
        let mut number = 0_u64;
        while !shared.stop.load(Ordering::Acquire) {
            if self.take_in(&mut number) == Then::End || self.send_due().is_err() {
                break;
            }
            // While the stream is silent nothing is read either: pings stay unanswered.
            if self.is_silent(shared) {
                std::thread::sleep(POLL);
                continue;
            }
            let then = match self.socket.read() {
                Ok(Message::Text(text)) => self.hear(text.as_str().as_bytes(), shared),
                Ok(Message::Binary(bytes)) => self.hear(&bytes, shared),
                Ok(Message::Close(_)) => Then::End,
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Then::GoOn,
                Err(Error::Io(error)) if is_idle(&error) => Then::GoOn,
                Err(_) => Then::End,
            };
            // Answers to pings are queued by the read.
            let _ = self.socket.flush();
            if then == Then::End {
                break;
            }
        }
    }

    fn is_silent(&self, shared: &Shared) -> bool {
        let Some(index) = self.owner else {
            return false;
        };
        shared.world.lock().accounts.get(index).is_some_and(|it| it.watchers.is_silent())
    }

    /// Takes events in, to be sent when they are due.
    fn take_in(&mut self, number: &mut u64) -> Then {
        let Some(inbox) = &self.inbox else {
            return Then::GoOn;
        };
        loop {
            match inbox.try_recv() {
                Ok(Dispatch::Event { due, body }) => {
                    *number = number.saturating_add(1);
                    self.late.push(Late(due, *number, body));
                }
                Ok(Dispatch::Cut) => return Then::End,
                Err(TryRecvError::Empty) => return Then::GoOn,
                Err(TryRecvError::Disconnected) => return Then::End,
            }
        }
    }

    fn send_due(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        while self.late.peek().is_some_and(|late| late.0 <= now) {
            if let Some(Late(_, _, body)) = self.late.pop() {
                self.send(&body)?;
            }
        }
        Ok(())
    }

    /// Paper sends binary frames, live sends text.
    fn send(&mut self, body: &Value) -> Result<(), Error> {
        let text = body.to_string();
        let message = match self.environment {
            Environment::Paper => Message::binary(text.into_bytes()),
            Environment::Live => Message::text(text),
        };
        self.socket.send(message)
    }

    fn hear(&mut self, bytes: &[u8], shared: &Shared) -> Then {
        let Ok(message) = serde_json::from_slice::<Value>(bytes) else {
            return Then::End;
        };
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let answer = match text(&message, "action").as_str() {
            "authenticate" => {
                let data = message.get("data").cloned().unwrap_or_default();
                self.authorize(&text(&data, "key_id"), &text(&data, "secret_key"), shared)
            }
            "auth" => self.authorize(&text(&message, "key"), &text(&message, "secret"), shared),
            "listen" => self.listen(&message, shared),
            other => json!({
                "stream": "error", "data": { "error_message": format!("unknown action {other}") }
            }),
        };
        if self.send(&answer).is_ok() { Then::GoOn } else { Then::End }
    }

    fn authorize(&mut self, key: &str, secret: &str, shared: &Shared) -> Value {
        self.owner = api::auth::holder(key, secret, self.environment, shared).ok();
        authorization(self.owner.is_some(), "authenticate")
    }

    /// The streams that are asked for take the place of those before.
    fn listen(&mut self, message: &Value, shared: &Shared) -> Value {
        let Some(index) = self.owner else {
            return authorization(false, "listen");
        };
        let asked = message.get("data").and_then(|data| data.get("streams"));
        let asked = asked.and_then(Value::as_array);
        let wanted = asked.is_some_and(|all| all.iter().any(|it| it.as_str() == Some(STREAM)));
        if !wanted {
            self.inbox = None;
        } else if self.inbox.is_none() {
            let mut world = shared.world.lock();
            self.inbox = world.accounts.get_mut(index).map(|it| it.watchers.join());
        }
        let streams: &[&str] = if wanted { &[STREAM] } else { &[] };
        json!({ "stream": "listening", "data": { "streams": streams } })
    }
}

fn authorization(granted: bool, action: &str) -> Value {
    let status = if granted { "authorized" } else { "unauthorized" };
    json!({ "stream": "authorization", "data": { "status": status, "action": action } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_wait_for_their_moment_and_keep_their_order() {
        let now = Instant::now();
        let mut late = BinaryHeap::new();
        late.push(Late(now + Duration::from_secs(1), 1, json!(1)));
        late.push(Late(now, 3, json!(3)));
        late.push(Late(now, 2, json!(2)));
        let order: Vec<u64> = std::iter::from_fn(|| late.pop()).map(|it| it.1).collect();
        assert_eq!(order, [2, 3, 1]);
    }
}
