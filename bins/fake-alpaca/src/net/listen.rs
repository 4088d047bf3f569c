//! Which sites there are, and how connections to them are taken, is decided here.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use crate::desk::World;
use crate::net::Budget;
use crate::net::connection;
use crate::settings::Environment;

/// How long a read waits before it looks whether the server stops.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// What is served on one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// The trading API of one environment.
    Trading(Environment),
    /// Market data.
    Data,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) world: Mutex<World>,
    /// Of each account, and last of the data site.
    pub(crate) budgets: Mutex<Vec<Budget>>,
    pub(crate) stop: AtomicBool,
    /// How many connections are open.
    pub(crate) connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(world: World, budgets: Vec<Budget>) -> Self {
        Self {
            world: Mutex::new(world),
            budgets: Mutex::new(budgets),
            stop: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        }
    }

    /// The number of a request, from 1.
    pub(crate) fn next_request(&self) -> usize {
        self.requests.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
}

/// Takes connections until the server stops.
pub(crate) fn listen(
    at: SocketAddr,
    site: Site,
    shared: &Arc<Shared>,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(at)?;
    let address = listener.local_addr()?;
    let shared = Arc::clone(shared);
    let named = thread::Builder::new().name(format!("fake-alpaca {address}"));
    let handle = named.spawn(move || {
        for stream in listener.incoming() {
            if shared.stop.load(Ordering::Acquire) {
                return;
            }
            // A connection that broke while it was taken is the client's to make again.
            let Ok(stream) = stream else { continue };
            serve(stream, site, &shared);
        }
    })?;
    Ok((address, handle))
}

fn serve(stream: TcpStream, site: Site, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    shared.connections.fetch_add(1, Ordering::AcqRel);
    let counted = Arc::clone(&shared);
    let spawned = thread::Builder::new().spawn(move || {
        // What goes wrong with a connection is between it and its client.
        let _ = connection::run(stream, site, &shared);
        shared.connections.fetch_sub(1, Ordering::AcqRel);
    });
    if spawned.is_err() {
        counted.connections.fetch_sub(1, Ordering::AcqRel);
    }
}
