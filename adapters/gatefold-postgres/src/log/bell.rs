//! Tells subscribers in other processes that there is something new, over a connection of its own:
//! a notice inside of an append would make all appends of the server wait for one another.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::session::Session;

/// What subscribers listen to.
pub(crate) const CHANNEL: &str = "gatefold_log";
/// Notices are not sent more often.
const QUIET: Duration = Duration::from_millis(10);

/// A thread that sends notices, as long as it is held.
#[derive(Debug)]
pub(crate) struct Bell {
    rope: Arc<Rope>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Rope {
    pulled: Mutex<Pulled>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Pulled {
    is_rung: bool,
    is_over: bool,
}

impl Bell {
    pub(crate) fn start(session: Session) -> std::io::Result<Self> {
        let rope = Arc::new(Rope::default());
        let own = Arc::clone(&rope);
        let thread = Builder::new().name("gatefold-log-bell".to_owned());
        let thread = thread.spawn(move || own.watch(session))?;
        Ok(Self { rope, thread: Some(thread) })
    }

    /// Something is new. Does not wait.
    pub(crate) fn ring(&self) {
        self.rope.pulled.lock().is_rung = true;
        self.rope.moved.notify_one();
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.rope.pulled.lock().is_over = true;
        self.rope.moved.notify_one();
        if let Some(thread) = self.thread.take() {
            // A bell that broke rang nothing that polling does not find.
            let _ = thread.join();
        }
    }
}

impl Rope {
    fn watch(&self, mut session: Session) {
        loop {
            let mut pulled = self.pulled.lock();
            while !pulled.is_rung && !pulled.is_over {
                self.moved.wait(&mut pulled);
            }
            if !pulled.is_rung {
                return;
            }
            pulled.is_rung = false;
            let is_over = pulled.is_over;
            drop(pulled);
            // Subscribers look anyway; a notice that is lost costs them a moment.
            // What it tells of is on the disk already; to sync it would hold up the appends.
            let notice = format!("SET synchronous_commit = off; NOTIFY {CHANNEL}");
            let _ = session.run("a notice", |client| client.batch_execute(&notice));
            if !is_over {
                std::thread::sleep(QUIET);
            }
        }
    }
}
