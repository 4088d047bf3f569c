//! Which errors have one cause, and which events are errors at all.

use std::collections::BTreeMap;

use gatefold::core::decide::{Cause as Latch, TradingState};
use gatefold::core::record::Event;
use gatefold::core::record::event::{FindingKind, Link};
use gatefold::core::route::OrderState;
use gatefold::core::vocabulary::Timestamp;

/// The most of a text that is compared and shown.
const TEXT_CHARS_MAX: usize = 120;
/// So many samples of a cause are kept.
const SAMPLES_MAX: usize = 3;

/// Errors of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) kind: &'static str,
    /// What they have in common: words that differ are `#`.
    pub(crate) text: String,
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// The first of them: where each stands, and what it said.
    pub(crate) samples: Vec<(String, String)>,
}

/// The errors of a stretch of time, by cause.
#[derive(Debug, Default)]
pub(crate) struct Causes(BTreeMap<(&'static str, String), Cause>);

impl Causes {
    /// Takes an event in, if it is an error. `place` says where it stands.
    pub(crate) fn apply(&mut self, at: Timestamp, place: String, event: &Event) {
        let Some((kind, text)) = said(event) else { return };
        let text: String = text.lines().next().unwrap_or_default().to_owned();
        let key = (kind, common(&text));
        let cause = self.0.entry(key).or_insert_with_key(|(kind, text)| Cause {
            kind,
            text: text.clone(),
            count: 0,
            first: at,
            last: at,
            samples: Vec::new(),
        });
        cause.count = cause.count.saturating_add(1);
        cause.last = at;
        if cause.samples.len() < SAMPLES_MAX {
            cause.samples.push((place, clipped(&text)));
        }
    }

    /// The most frequent first.
    pub(crate) fn into_sorted(self) -> Vec<Cause> {
        let mut all: Vec<Cause> = self.0.into_values().collect();
        all.sort_by_key(|cause| std::cmp::Reverse(cause.count));
        all
    }
}

/// The words that two errors of one cause share: what holds a digit is a number, an id or a time.
fn common(text: &str) -> String {
    let differs = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let words: Vec<&str> =
        text.split_whitespace().map(|word| if differs(word) { "#" } else { word }).collect();
    clipped(&words.join(" "))
}

fn clipped(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// Which kind of error an event is, and its words.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event is an error")]
fn said(event: &Event) -> Option<(&'static str, String)> {
    match event {
        Event::RecommendationFailed(it) => Some(("input failed", it.reason.clone())),
        Event::OrderChanged(it) => match it.state {
            OrderState::Rejected => Some(("order rejected", it.evidence.clone())),
            OrderState::Unknown => Some(("answer lost", it.evidence.clone())),
            OrderState::Absent => Some(("order absent", it.evidence.clone())),
            OrderState::Approved
            | OrderState::Accepted
            | OrderState::PartiallyFilled
            | OrderState::PendingCancel
            | OrderState::PendingReplace
            | OrderState::Filled
            | OrderState::Canceled
            | OrderState::Expired
            | OrderState::Replaced => None,
        },
        Event::CancelRefused(it) => Some(("cancel refused", it.evidence.clone())),
        Event::FindingRecorded(it) if it.kind != FindingKind::Resolved => {
            Some(("finding", format!("{}: {}", it.kind, it.evidence)))
        }
        Event::StateSet(it) if it.state != TradingState::Active && it.cause != Latch::Operator => {
            Some(("restricted", format!("{} by {}: {}", it.state, it.cause, it.reason)))
        }
        Event::ExitFailed(it) => Some(("exit failed", it.reason.clone())),
        Event::LinkChanged(it) if it.link == Link::Down => Some(("link down", it.evidence.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use gatefold::core::record::event::RecommendationFailed;

    use super::*;

    fn fail(causes: &mut Causes, line: u64, reason: &str) {
        let event = Event::RecommendationFailed(RecommendationFailed {
            source: "inbox".to_owned(),
            line,
            text: String::new(),
            reason: reason.to_owned(),
        });
        let at = Timestamp::from_nanos(i64::try_from(line).unwrap());
        causes.apply(at, format!("inbox:{line}"), &event);
    }

    #[test]
    fn errors_that_differ_in_numbers_alone_have_one_cause() {
        let mut causes = Causes::default();
        fail(&mut causes, 1, "quantity -1 is no number");
        for line in 2..7 {
            fail(&mut causes, line, &format!("row {line}: no column account_name\nat line {line}"));
        }
        let all = causes.into_sorted();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].count, all[0].text.as_str()), (5, "row # no column account_name"));
        assert_eq!((all[0].first.nanos(), all[0].last.nanos()), (2, 6));
        let places: Vec<_> = all[0].samples.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["inbox:2", "inbox:3", "inbox:4"]);
        assert_eq!(all[0].samples[1].1, "row 3: no column account_name");
    }
}
