//! Who hears of what happens to an account's orders, and what gets lost on the way, is decided
//! here.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Something for a connected client.
#[derive(Debug)]
pub(crate) enum Dispatch {
    /// An event, not before a moment.
    Event {
        due: Instant,
        /// The whole envelope.
        body: Value,
    },
    /// The connection is to be cut.
    Cut,
}

/// What goes wrong with one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    Dropped,
    Doubled,
    /// It comes so many milliseconds later, after others.
    Late(u64),
    /// From it on nothing comes for so many milliseconds, while the connection stays.
    Silence(u64),
    /// The connection is cut before it.
    Cut,
}

/// The connections of one account.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    senders: Vec<Sender<Dispatch>>,
    silent_until: Option<Instant>,
    /// How many events there were so far, for everybody or nobody.
    pub(crate) published: u64,
}

impl Watchers {
    /// A new connection: it hears what happens from now on, never what was.
    pub(crate) fn join(&mut self) -> Receiver<Dispatch> {
        let (sender, receiver) = channel();
        self.senders.push(sender);
        receiver
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        self.senders.len()
    }

    /// Cuts all connections.
    pub(crate) fn cut(&mut self) {
        for sender in self.senders.drain(..) {
            // Nobody listens any more: that is what is wanted.
            let _ = sender.send(Dispatch::Cut);
        }
    }

    /// Tells everybody.
    pub(crate) fn publish(&mut self, body: &Value, mishap: Option<Mishap>) {
        let now = Instant::now();
        self.published = self.published.saturating_add(1);
        let mut due = vec![now];
        match mishap {
            None => {}
            Some(Mishap::Dropped) => due.clear(),
            Some(Mishap::Doubled) => due.push(now),
            Some(Mishap::Late(ms)) => due = vec![now + Duration::from_millis(ms)],
            Some(Mishap::Silence(ms)) => {
                self.silent_until = Some(now + Duration::from_millis(ms));
            }
            Some(Mishap::Cut) => self.cut(),
        }
        if self.silent_until.is_some_and(|until| now < until) {
            return;
        }
        for due in due {
            let tell = |sender: &Sender<Dispatch>| {
                sender.send(Dispatch::Event { due, body: body.clone() }).is_ok()
            };
            self.senders.retain(tell);
        }
    }

    /// Whether pings go unanswered.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent_until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn heard(mishaps: &[Option<Mishap>]) -> Vec<i64> {
        let mut watchers = Watchers::default();
        let receiver = watchers.join();
        for (number, mishap) in (1..).zip(mishaps) {
            watchers.publish(&json!(number), *mishap);
        }
        let numbers = receiver.try_iter().filter_map(|it| match it {
            Dispatch::Event { body, .. } => body.as_i64(),
            Dispatch::Cut => Some(0),
        });
        numbers.collect()
    }

    #[test]
    fn events_are_dropped_doubled_silenced_and_cut() {
        assert_eq!(heard(&[None, Some(Mishap::Dropped), None]), [1, 3]);
        assert_eq!(heard(&[Some(Mishap::Doubled), None]), [1, 1, 2]);
        assert_eq!(heard(&[None, Some(Mishap::Silence(60_000)), None]), [1]);
        assert_eq!(heard(&[None, Some(Mishap::Cut), None]), [1, 0]);
    }
}
