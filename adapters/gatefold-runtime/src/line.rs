//! Which calls wait for one account's broker thread, and that no question waits twice.

use std::collections::{BTreeSet, VecDeque};

use crossbeam_channel::Sender;
use gatefold_core::engine::Input;
use gatefold_core::vocabulary::OrderKey;

use crate::caller::Call;

/// One account's broker thread, as the engine thread sees it.
pub(crate) struct Line {
    calls: Sender<Call>,
    pub(crate) waiting: VecDeque<Call>,
    pub(crate) pending: usize,
    /// What was asked and is not answered. It is not asked once more: while a broker is slow,
    /// questions would pile up, and orders wait behind them.
    open: BTreeSet<Question>,
}

/// What may be asked again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    LookUp(OrderKey),
    Snapshot,
}

impl Line {
    pub(crate) fn new(calls: Sender<Call>) -> Self {
        Self { calls, waiting: VecDeque::new(), pending: 0, open: BTreeSet::new() }
    }

    /// Queues a call; false where it would only repeat a question that is open.
    pub(crate) fn queue(&mut self, call: Call) -> bool {
        let question = match &call {
            Call::LookUp { key } => Some(Question::LookUp(*key)),
            Call::Snapshot => Some(Question::Snapshot),
            Call::Submit(..) | Call::Cancel { .. } | Call::Poll => None,
        };
        if question.is_some_and(|question| !self.open.insert(question)) {
            return false;
        }
        self.waiting.push_back(call);
        true
    }

    /// Notes what an answer answers.
    pub(crate) fn answered(&mut self, told: &[Input]) {
        self.pending = self.pending.saturating_sub(1);
        for input in told {
            if let Input::LookedUp { key, .. } = input {
                self.open.remove(&Question::LookUp(*key));
            }
            if let Input::SnapshotTaken { .. } = input {
                self.open.remove(&Question::Snapshot);
            }
        }
    }

    /// Hands a call on. A thread that died said so on its way out, so its calls are not waited for.
    pub(crate) fn give(&mut self, call: Call, calling: &mut usize) {
        if self.calls.try_send(call).is_ok() {
            self.pending = self.pending.saturating_add(1);
            *calling = calling.saturating_add(1);
        }
    }
}
