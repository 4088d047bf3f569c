//! Tables that follow a log: on a thread of their own, which nothing waits for.

pub(crate) mod error;
mod folder;
pub(crate) mod follower;
mod standing;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use gatefold_core::record::{Entry, Position, ReadError};
use parking_lot::Mutex;

use crate::address::Address;
use crate::projector::follower::Follower;
use crate::projector::standing::Watch;
use crate::session::Session;

pub use error::ProjectorError;
pub use standing::{Alert, Standing};

/// How often the log is looked at when nothing was new.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The first pause after a failure; each one is twice as long as the one before, up to the last.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A log that can be read beside its writer.
pub trait Source: Send {
    /// What tells it from every other log.
    fn identity(&self) -> String;

    /// Takes in what became durable since, and says where the log ends.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be looked at.
    fn refresh(&mut self) -> Result<Position, ReadError>;

    /// Calls `visit` for each durable event after position `after`, in order of position.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError>;
}

/// A thread that keeps the read models level with a log, and the statuses of the inbox with them.
///
/// The log's writer never waits for it: it reads what is durable already, and while the database is
/// slow, full or gone it only falls behind, tries again and says so.
#[derive(Debug)]
pub struct Projector {
    standing: Arc<Mutex<Standing>>,
    ending: Sender<Instant>,
    thread: JoinHandle<()>,
}

impl Projector {
    /// Starts the thread. `lag_max`: being behind for longer than this is an alert.
    ///
    /// # Errors
    /// What the operating system says when it gives no thread.
    pub fn start(
        address: Address,
        source: Box<dyn Source>,
        lag_max: Duration,
        alert: Box<dyn Fn(&Alert) + Send>,
    ) -> std::io::Result<Self> {
        let standing = Arc::new(Mutex::new(Standing::default()));
        let (ending, ended) = channel();
        let watch = Watch::new(Arc::clone(&standing), lag_max, alert);
        let follower = Follower::new(Session::new(address), source);
        let follower = follower.map_err(std::io::Error::other)?;
        let thread = Builder::new().name("gatefold-projector".to_owned());
        let thread = thread.spawn(move || follow(follower, watch, &ended))?;
        Ok(Self { standing, ending, thread })
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.lock().clone()
    }

    /// Lets it come level with the log for at most `within`, ends it, and says where it stood. What
    /// is left is written by the next one.
    #[must_use]
    pub fn finish(self, within: Duration) -> Standing {
        let until = Instant::now().checked_add(within);
        // A thread that ended needs no word.
        let _ = until.map(|until| self.ending.send(until));
        while !self.thread.is_finished() && until.is_some_and(|until| Instant::now() < until) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // A statement that hangs ends by the server's own limit; nobody waits for that here.
        self.standing.lock().clone()
    }
}

/// Brings the tables level with the log once, and says where that is.
///
/// # Errors
/// The first [`ProjectorError`]; what was written before it stays.
pub fn catch_up(address: Address, source: Box<dyn Source>) -> Result<Position, ProjectorError> {
    let mut follower = Follower::new(Session::new(address), source)?;
    loop {
        let progress = follower.step()?;
        if progress.position >= progress.head {
            return Ok(progress.position);
        }
    }
}

/// Follows until it is told to end, and is level or out of time.
fn follow(mut follower: Follower, mut watch: Watch, ended: &Receiver<Instant>) {
    let (mut pause, mut until) = (PAUSE_MIN, None);
    loop {
        let wait = match follower.step() {
            Ok(progress) => {
                pause = PAUSE_MIN;
                watch.is_at(progress.position, progress.head);
                if progress.position < progress.head { Duration::ZERO } else { LOOK_EVERY }
            }
            Err(error) => {
                watch.failed(&error, follower.head());
                let now = pause;
                pause = pause.saturating_mul(2).min(PAUSE_MAX);
                now
            }
        };
        let level = wait == LOOK_EVERY;
        if let Some(until) = until {
            if level || Instant::now() >= until {
                return;
            }
            std::thread::sleep(wait.min(LOOK_EVERY));
            continue;
        }
        match ended.recv_timeout(wait) {
            Ok(asked) => until = Some(asked),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
