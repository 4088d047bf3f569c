//! The trading stream of one account: one thread, one connection, and whatever happens to it said
//! aloud.
//!
//! A ping goes out every few seconds; a connection on which nothing comes back is closed, so that
//! no half-open socket keeps the account's only place. What the stream itself withholds while it
//! answers pings is found by whoever asks REST.

mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use tungstenite::Message;

use crate::backoff::Backoff;
use crate::keys::Keys;
use crate::pace::Pace;
use crate::stream::socket::{Socket, connect, is_pause, read, read_for};
use crate::wire::{Frame, LISTEN, TradeUpdate, authenticate};

/// So many messages may wait to be read; a slower reader loses the connection, and no message.
const ITEMS_MAX: usize = 4_096;
/// So long may it take to hand an item on.
const HAND_ON: Duration = Duration::from_secs(5);
/// Reading stops this often to look around.
const TURN: Duration = Duration::from_millis(200);
/// So long may the broker take to answer keys and list.
const GREETING: Duration = Duration::from_secs(10);

/// What the stream says.
#[derive(Debug)]
pub(crate) enum Item {
    /// Updates arrive from here on; what came before must be asked for.
    Listening,
    /// An order changed.
    Update(Box<TradeUpdate>),
    /// Something came that could not be read.
    Parked(String),
    /// Updates do not arrive.
    Lost(String),
    /// The keys were refused.
    Unauthorized,
}

/// The handle of a stream; dropping it ends the thread.
pub(crate) struct Stream {
    pub(crate) items: Receiver<Item>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    renew: AtomicBool,
}

impl Stream {
    pub(crate) fn start(
        name: &str,
        address: &str,
        keys: Keys,
        pace: Pace,
    ) -> std::io::Result<Self> {
        let (sender, items) = bounded(ITEMS_MAX);
        let shared = Arc::new(Shared::default());
        let (address, shown) = (address.to_owned(), Arc::clone(&shared));
        let line = Line { address, keys, pace, sender, shared: shown };
        let thread =
            std::thread::Builder::new().name(format!("stream-{name}")).spawn(move || line.run())?;
        Ok(Self { items, shared, thread: Some(thread) })
    }

    /// Makes a new connection: this one withholds what it should have told.
    pub(crate) fn renew(&self) {
        self.shared.renew.store(true, Ordering::SeqCst);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // It looks around every turn, so this ends soon; what it panicked of is lost with it.
            let _ = thread.join();
        }
    }
}

struct Line {
    address: String,
    keys: Keys,
    pace: Pace,
    sender: Sender<Item>,
    shared: Arc<Shared>,
}

/// Why a connection ended.
enum End {
    Stopped,
    Lost(String),
    Unauthorized,
}

impl Line {
    fn run(self) {
        let mut backoff = self.pace.waits();
        let mut chance = fastrand::Rng::new();
        while !self.stopped() {
            let item = match self.connection(&mut backoff) {
                End::Stopped => return,
                End::Lost(reason) => Item::Lost(reason),
                End::Unauthorized => Item::Unauthorized,
            };
            if self.sender.send_timeout(item, TURN).is_err() && self.stopped() {
                return;
            }
            self.sleep(backoff.failed(&mut chance));
        }
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }

    fn sleep(&self, wait: Duration) {
        let start = Instant::now();
        while !self.stopped() && start.elapsed() < wait {
            std::thread::sleep(TURN.min(wait));
        }
    }

    /// One connection, from its making to its end.
    fn connection(&self, backoff: &mut Backoff) -> End {
        self.shared.renew.store(false, Ordering::SeqCst);
        let mut socket = match connect(&self.address, GREETING) {
            Ok(socket) => socket,
            Err(reason) => return End::Lost(reason),
        };
        let end = match self.greet(&mut socket) {
            Ok(()) => {
                let since = Instant::now();
                let end = self.listen(&mut socket);
                backoff.lasted(since.elapsed());
                end
            }
            Err(end) => end,
        };
        // The place is given back even where nobody answers.
        let _ = socket.close(None);
        let _ = socket.flush();
        end
    }

    /// Gives the keys and asks for updates.
    fn greet(&self, socket: &mut Socket) -> Result<(), End> {
        let lost = |error: tungstenite::Error| End::Lost(error.to_string());
        socket.send(Message::text(authenticate(&self.keys))).map_err(lost)?;
        let start = Instant::now();
        let mut listening = false;
        while !listening {
            if start.elapsed() > GREETING {
                return Err(End::Lost("the broker did not answer our keys in time".to_owned()));
            }
            let Some(bytes) = read(socket).map_err(End::Lost)? else {
                continue;
            };
            match Frame::parse(&bytes) {
                Ok(Frame::Authorization { authorized: true, .. }) => {
                    socket.send(Message::text(LISTEN)).map_err(lost)?;
                }
                Ok(Frame::Authorization { authorized: false, .. }) => {
                    return Err(End::Unauthorized);
                }
                Ok(Frame::Listening { streams }) => {
                    listening = streams.iter().any(|stream| stream == "trade_updates");
                    if !listening {
                        let reason = "the broker left trade_updates out of the list".to_owned();
                        return Err(End::Lost(reason));
                    }
                }
                Ok(Frame::Update(_) | Frame::Other { .. }) | Err(_) => {}
            }
        }
        self.give(Item::Listening)
    }

    fn listen(&self, socket: &mut Socket) -> End {
        if let Err(error) = read_for(socket, TURN) {
            return End::Lost(error.to_string());
        }
        let (mut heard, mut pinged) = (Instant::now(), Instant::now());
        loop {
            if self.stopped() {
                return End::Stopped;
            }
            if self.shared.renew.load(Ordering::SeqCst) {
                return End::Lost("it withheld what REST told".to_owned());
            }
            if heard.elapsed() > self.pace.silence {
                return End::Lost(format!("nothing was heard for {:?}", self.pace.silence));
            }
            if pinged.elapsed() > self.pace.ping {
                pinged = Instant::now();
                if let Err(error) = socket.send(Message::Ping(Vec::new().into())) {
                    return End::Lost(error.to_string());
                }
            }
            match socket.read() {
                Ok(message) => {
                    heard = Instant::now();
                    let bytes = match message {
                        Message::Text(text) => text.as_bytes().to_vec(),
                        Message::Binary(bytes) => bytes.to_vec(),
                        Message::Close(_) => return End::Lost("the broker closed it".to_owned()),
                        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
                    };
                    if let Err(end) = self.take(&bytes) {
                        return end;
                    }
                }
                Err(error) if is_pause(&error) => {}
                Err(error) => return End::Lost(error.to_string()),
            }
        }
    }

    fn take(&self, bytes: &[u8]) -> Result<(), End> {
        match Frame::parse(bytes) {
            Ok(Frame::Update(update)) => self.give(Item::Update(update)),
            Ok(Frame::Authorization { authorized: false, .. }) => Err(End::Unauthorized),
            Ok(Frame::Authorization { .. } | Frame::Listening { .. } | Frame::Other { .. }) => {
                Ok(())
            }
            Err(error) => self.give(Item::Parked(error.to_string())),
        }
    }

    /// Hands an item on. Who does not read loses the connection, and asks for everything again.
    fn give(&self, item: Item) -> Result<(), End> {
        match self.sender.send_timeout(item, HAND_ON) {
            Ok(()) => Ok(()),
            Err(SendTimeoutError::Timeout(_)) => {
                Err(End::Lost("messages came faster than they were read".to_owned()))
            }
            Err(SendTimeoutError::Disconnected(_)) => Err(End::Stopped),
        }
    }
}
