//! The thread that renews a lease, and finds out when it was lost.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::log::holding::Holding;
use crate::log::lease::{Given, LeaseTerms};
use crate::session::Session;

/// After a renewal that failed it is tried again so soon.
const AGAIN: Duration = Duration::from_millis(50);

/// Renews until it is stopped or the lease is lost.
#[derive(Debug)]
pub(crate) struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(
        mut session: Session,
        given: Given,
        terms: LeaseTerms,
        holding: Holding,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = Builder::new().name("gatefold-lease".to_owned()).spawn(move || {
            let mut wait = terms.renew_every;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
                // Counted from before it is sent: what the server grants later runs longer.
                let asked = Instant::now();
                wait = match session.run("a renewal", |client| given.renew(client, terms.ttl)) {
                    Ok(true) => {
                        holding.renewed(terms.until(asked));
                        terms.renew_every
                    }
                    Ok(false) => {
                        let reason = "another writer has taken it; stop this one";
                        return holding.lost(reason.to_owned());
                    }
                    // The database is away: the lease runs on, and may run out.
                    Err(_) => AGAIN.min(terms.renew_every),
                };
            }
            holding.lost("it was given back".to_owned());
            // Who cannot be told waits until it runs out.
            let _ = session.run("the return of a lease", |client| given.end(client));
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Gives the lease back and waits until that is done.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked renews no more, which is all that is asked of it here.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}
