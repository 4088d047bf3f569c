//! What belongs to no account: input that could not be understood.

use alloc::string::{String, ToString};

use bincode::{Decode, Encode};

use crate::advise::Recommendation;
use crate::engine::{Engine, Notice, Step};
use crate::record::event::RecommendationFailed;
use crate::record::{Batch, Event, Stream, Version};
use crate::vocabulary::{EventId, Table, Timestamp};

/// The most bytes of a failed input that are recorded.
const TEXT_BYTES_MAX: usize = 4_096;

/// The fold of the system stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct System {
    version: Version,
    failed: Table<EventId, RecommendationFailed>,
}

impl System {
    pub(super) fn evolve(&mut self, event: &Event) {
        self.version = self.version.next();
        if let Event::RecommendationFailed(failed) = event {
            self.failed.insert(identity(failed), failed.clone());
        }
    }

    /// How many of its events are folded.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The input that failed, in order.
    pub fn failed(&self) -> impl Iterator<Item = &RecommendationFailed> {
        self.failed.values()
    }
}

/// The same line of the same source with the same text is the same failure.
fn identity(failed: &RecommendationFailed) -> EventId {
    let cause = EventId::of(&failed.text, u128::from(failed.line), 0);
    EventId::of(&failed.source, cause.raw(), 0)
}

impl Engine {
    /// Records input that is no advice, once.
    pub(super) fn fail(
        &mut self,
        source: String,
        line: u64,
        mut text: String,
        reason: String,
        now: Timestamp,
        step: &mut Step,
    ) {
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        text.truncate(end);
        let failed = RecommendationFailed { source, line, text, reason };
        if self.system.failed.contains(&identity(&failed)) {
            step.notices.push(Notice::AlreadyFailed { source: failed.source, line });
            return;
        }
        let expected = self.system.version;
        let event = Event::RecommendationFailed(failed);
        self.system.evolve(&event);
        step.batches.push(Batch {
            stream: Stream::System,
            expected,
            at: now,
            events: alloc::vec![event],
            orders: alloc::vec::Vec::new(),
            effects: alloc::vec::Vec::new(),
        });
    }

    /// Advice for an account that is not configured: there is no default to give it to.
    pub(super) fn unknown_account(&mut self, advice: &Recommendation, now: Timestamp) -> Step {
        let mut step = Step::default();
        let known: alloc::vec::Vec<_> = self.accounts.keys().map(ToString::to_string).collect();
        let reason = alloc::format!(
            "account {} is not configured (configured: {}); there is no default account",
            advice.account,
            known.join(", ")
        );
        let text = alloc::format!("recommendation {} for {}", advice.id, advice.account);
        self.fail(String::from("inbox"), 0, text, reason, now, &mut step);
        let (account, recommendation) = (advice.account, advice.id);
        step.notices.push(Notice::UnknownAccount { account, recommendation });
        if !step.batches.is_empty() {
            self.last_at = Some(now);
        }
        step
    }
}
