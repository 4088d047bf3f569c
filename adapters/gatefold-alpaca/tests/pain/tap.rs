//! A tap between the adapter and a server: what goes out is kept, and words of what comes back may
//! be exchanged for others of the same length.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

const TURN: Duration = Duration::from_millis(20);

struct Shared {
    server: String,
    sent: Mutex<Vec<u8>>,
    swaps: Mutex<Vec<(String, String)>>,
    connections: AtomicUsize,
    stop: AtomicBool,
}

/// A listener that hands everything on.
pub(crate) struct Tap {
    at: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Tap {
    /// Before the server of an address such as `http://127.0.0.1:1`.
    pub(crate) fn before(url: &str) -> Self {
        let server = url.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server,
            sent: Mutex::default(),
            swaps: Mutex::default(),
            connections: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let taken = Arc::clone(&shared);
        let listener = thread::spawn(move || {
            for client in socket.incoming().flatten() {
                if taken.stop.load(Ordering::SeqCst) {
                    return;
                }
                taken.connections.fetch_add(1, Ordering::SeqCst);
                hand_on(client, &taken);
            }
        });
        Self { at, shared, listener: Some(listener) }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.at)
    }

    pub(crate) fn stream_url(&self) -> String {
        format!("ws://{}/stream", self.at)
    }

    /// From now on one word comes as another of the same length.
    pub(crate) fn swap(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len(), "a body's length stays");
        self.shared.swaps.lock().push((from.to_owned(), to.to_owned()));
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Everything that was sent, as text.
    pub(crate) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.shared.sent.lock()).into_owned()
    }

    /// How often something was sent, such as `POST /v2/orders `.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.sent().matches(what).count()
    }

    /// The bodies of all orders sent, oldest first.
    pub(crate) fn orders(&self) -> Vec<serde_json::Value> {
        let text = self.sent();
        let bodies = text.split("POST /v2/orders ").skip(1).map(|rest| {
            let body = &rest[rest.find("\r\n\r\n").unwrap() + 4..];
            serde_json::from_str(&body[..=body.find('}').unwrap()]).unwrap()
        });
        bodies.collect()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.at);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Two threads, one for each direction; they end with the connection.
fn hand_on(client: TcpStream, shared: &Arc<Shared>) {
    let server = TcpStream::connect(&shared.server).unwrap();
    let (from_client, to_client) = (client.try_clone().unwrap(), client);
    let (from_server, to_server) = (server.try_clone().unwrap(), server);
    let out = Arc::clone(shared);
    thread::spawn(move || {
        pump(from_client, to_server, &out, |bytes| out.sent.lock().extend_from_slice(bytes));
    });
    let back = Arc::clone(shared);
    thread::spawn(move || {
        pump(from_server, to_client, &back, |bytes| {
            for (from, to) in &*back.swaps.lock() {
                exchange(bytes, from.as_bytes(), to.as_bytes());
            }
        });
    });
}

fn pump(mut from: TcpStream, mut to: TcpStream, shared: &Shared, see: impl Fn(&mut [u8])) {
    from.set_read_timeout(Some(TURN)).unwrap();
    let mut buffer = vec![0; 1 << 20];
    while !shared.stop.load(Ordering::SeqCst) {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                see(&mut buffer[..length]);
                if to.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}

fn exchange(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut at = 0;
    while at + from.len() <= bytes.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            at += to.len();
        } else {
            at += 1;
        }
    }
}
