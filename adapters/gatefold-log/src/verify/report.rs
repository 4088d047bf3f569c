//! What verifying a log found.

use core::fmt;

use gatefold_core::record::{Position, Version};

use crate::recovery::decide::Label;

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as it was written.
    Sound,
    /// Everything but the last bytes, which are no whole group: a write was interrupted, or the
    /// last group has rotted. Opening for writing moves them to quarantine.
    TornTail,
    /// Acknowledged bytes are not what they were, or the anchor does not fit.
    Damaged,
}

/// What verifying a log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The answer in one word.
    pub verdict: Verdict,
    /// The log's identity.
    pub uuid: [u8; 16],
    /// Every damaged place, in order.
    pub damages: Vec<Damage>,
    /// The tail that is no whole group, if there is one and nobody is writing it.
    pub torn: Option<TornTail>,
    /// What became of the anchor, if one was given.
    pub anchor: Option<AnchorVerdict>,
    /// The position of the last sound event.
    pub head: Position,
    /// The number of the last sound group.
    pub group: u64,
    /// The chain's digest after that group.
    pub digest: [u8; 32],
    /// Segments.
    pub segments: u64,
    /// Sound groups.
    pub groups: u64,
    /// Events in sound groups.
    pub events: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Somebody was writing meanwhile.
    pub live: bool,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment's file, relative to the log's directory.
    pub segment: String,
    /// Offset of the first byte that cannot be trusted.
    pub offset: u64,
    /// Which rule of recovery said so.
    pub label: Label,
    /// The first position that is affected.
    pub first: Position,
    /// The first position behind it that is sound; equal to `first` if no event is affected, `None`
    /// if nothing sound follows.
    pub until: Option<Position>,
    /// What is wrong.
    pub detail: String,
    /// Whose events are affected.
    pub affected: Affected,
}

/// Whose events a damage affects, as far as the events around it tell: versions have no gaps, so a
/// gap says what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The streams whose versions have a gap here.
    pub streams: Vec<AffectedStream>,
    /// They account for every event affected. Otherwise any stream may have lost its last events
    /// here, or all of them.
    pub complete: bool,
}

/// A stream whose events are affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedStream {
    /// The stream's name; where its declaration is lost, its number in the log.
    pub stream: String,
    /// The first version that is missing.
    pub first: Version,
    /// The last version that is missing.
    pub last: Version,
}

/// A tail that is no whole group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment's file, relative to the log's directory.
    pub segment: String,
    /// Where the tail begins.
    pub offset: u64,
    /// How many events its own header claims, if that much can be read.
    pub claimed_events: Option<u32>,
}

/// What became of an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorVerdict {
    /// The log was there: nothing up to the anchor was changed since.
    Fits,
    /// The anchor is of another log.
    OtherLog,
    /// The log ends before the anchor: it was rolled back, or cut.
    Behind {
        /// The last sound group.
        group: u64,
    },
    /// The group is there with other content: history was rewritten.
    Rewritten {
        /// What the chain is there now.
        digest: [u8; 32],
        /// The position there now.
        position: Position,
    },
    /// The anchor's group is in a damaged place.
    Unreadable,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, offset, label, first, until, detail, affected } = self;
        write!(f, "{segment} at offset {offset} ({label}): {detail}; ")?;
        match until {
            Some(until) if until == first => return f.write_str("no event is affected"),
            Some(until) => {
                let last = until.get().saturating_sub(1);
                write!(f, "positions {first} to {last} are affected")?;
            }
            None => write!(f, "positions from {first} on are affected")?,
        }
        for AffectedStream { stream, first, last } in &affected.streams {
            write!(f, "; {stream} versions {first} to {last}")?;
        }
        if affected.complete { Ok(()) } else { f.write_str("; other streams possibly affected") }
    }
}

impl fmt::Display for AnchorVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fits => f.write_str("the log goes through the anchor"),
            Self::OtherLog => f.write_str("the anchor is of another log"),
            Self::Behind { group } => {
                write!(f, "the log ends at group {group}, before the anchor: it was rolled back")
            }
            Self::Rewritten { position, .. } => {
                write!(f, "the anchor's group has another digest, at position {position}: ")?;
                f.write_str("history was rewritten")
            }
            Self::Unreadable => f.write_str("the anchor's group is in a damaged place"),
        }
    }
}
