//! How events and groups are counted is decided here: in memory that grows with accounts and kinds,
//! never with events.

use std::collections::BTreeMap;

use gatefold::core::record::Entry;
use gatefold::core::vocabulary::{AccountId, Timestamp};
use gatefold::log::Group;

use crate::log::row;

/// Events, the bytes of their bodies, and their first and last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, entry: &Entry<'_>) {
        self.events += 1;
        self.bytes += u64::try_from(entry.body.len()).unwrap_or(u64::MAX);
        self.first = Some(self.first.map_or(entry.at, |first| first.min(entry.at)));
        self.last = self.last.max(Some(entry.at));
    }
}

/// What was counted in a log.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Everything.
    pub(crate) all: Count,
    /// By account; `None` is what belongs to none.
    pub(crate) accounts: BTreeMap<Option<AccountId>, Count>,
    tags: BTreeMap<u16, Count>,
}

impl Tally {
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.all.add(entry);
        self.accounts.entry(row::account(entry)).or_default().add(entry);
        self.tags.entry(entry.tag).or_default().add(entry);
    }

    /// By kind, the most frequent first.
    pub(crate) fn kinds(&self) -> Vec<(u16, &Count)> {
        let mut kinds: Vec<_> = self.tags.iter().map(|(tag, count)| (*tag, count)).collect();
        kinds.sort_by_key(|(tag, count)| (std::cmp::Reverse(count.events), *tag));
        kinds
    }
}

/// What was counted of groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// All groups.
    pub(crate) count: u64,
    /// Bytes they take up.
    pub(crate) bytes: u64,
    segment: String,
    segments: u64,
    /// How many groups have so many events; those without any are not in it.
    sizes: BTreeMap<u64, u64>,
}

impl Groups {
    pub(crate) fn add(&mut self, group: &Group<'_>) {
        self.count += 1;
        self.bytes += group.bytes;
        if self.segment != group.segment {
            group.segment.clone_into(&mut self.segment);
            self.segments += 1;
        }
        if group.events > 0 {
            *self.sizes.entry(u64::from(group.events)).or_default() += 1;
        }
    }

    /// Segments that hold groups.
    pub(crate) fn segments(&self) -> u64 {
        self.segments
    }

    /// Groups that hold events.
    pub(crate) fn with_events(&self) -> u64 {
        self.sizes.values().sum()
    }

    /// So many percent of the groups with events have at most this many; 0 where there is none.
    pub(crate) fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.with_events() * percent).div_ceil(100);
        let mut seen = 0;
        for (size, groups) in &self.sizes {
            seen += groups;
            if seen >= wanted {
                return *size;
            }
        }
        0
    }

    /// Groups by size, in ranges that double: 1, 2 to 3, 4 to 7 and so on. Empty ones are left out.
    pub(crate) fn distribution(&self) -> Vec<(u64, u64, u64)> {
        let mut ranges = BTreeMap::<u32, u64>::new();
        for (size, groups) in &self.sizes {
            *ranges.entry(size.ilog2()).or_default() += groups;
        }
        let range = |(log, groups)| (1_u64 << log, (2_u64 << log) - 1, groups);
        ranges.into_iter().map(range).collect()
    }
}

#[cfg(test)]
mod tests {
    use gatefold::core::record::Position;

    use super::*;

    fn groups(sizes: &[u32]) -> Groups {
        let mut groups = Groups::default();
        for (index, events) in sizes.iter().enumerate() {
            groups.add(&Group {
                segment: if index < 3 { "a" } else { "b" },
                offset: 0,
                number: 1,
                first: Position::new(1),
                events: *events,
                bytes: 4096,
                committed_at: Timestamp::EPOCH,
            });
        }
        groups
    }

    #[test]
    fn groups_are_counted_by_size() {
        let counted = groups(&[1, 1, 0, 2, 3, 100, 1, 1]);
        assert_eq!((counted.count, counted.with_events(), counted.segments()), (8, 7, 2));
        assert_eq!(counted.distribution(), [(1, 1, 4), (2, 3, 2), (64, 127, 1)]);
        assert_eq!([50, 58, 99, 100].map(|it| counted.percentile(it)), [1, 2, 100, 100]);
        assert_eq!(groups(&[]).percentile(50), 0);
    }
}
