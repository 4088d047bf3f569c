//! Remembering for long enough: what must be recognized when it comes again, without growing for
//! ever.

use core::hash::Hash;

use bincode::{Decode, Encode};

use crate::decide::digests::Digests;
use crate::vocabulary::{Date, ExecutionId, Table};

/// For at least this many days a thing is remembered; for at most twice as long.
pub const RETAINED_DAYS: i32 = 30;

/// Things remembered for at least [`RETAINED_DAYS`], in two generations: the older one is dropped
/// whole when the younger one is full of days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Generations<T> {
    young: T,
    old: T,
    young_since: Option<Date>,
    old_since: Option<Date>,
}

/// What is known of remembered things.
pub(crate) type Retained<K, V> = Generations<Table<K, V>>;

/// Executions and activities that are booked.
pub(crate) type Booked = Generations<Digests>;

impl<T: Default> Generations<T> {
    /// Starts a new generation when the young one is old enough.
    pub(crate) fn roll(&mut self, today: Date) {
        let since = *self.young_since.get_or_insert(today);
        if today.days().saturating_sub(since.days()) >= RETAINED_DAYS {
            self.old = core::mem::take(&mut self.young);
            self.old_since = Some(since);
            self.young_since = Some(today);
        }
    }

    /// The first day of which everything is remembered; `None` while nothing was forgotten yet.
    #[must_use]
    pub(crate) fn complete_since(&self) -> Option<Date> {
        self.old_since
    }
}

impl Booked {
    /// Whether an execution is booked.
    #[inline]
    pub(crate) fn contains(&self, id: &ExecutionId) -> bool {
        let digest = id.digest();
        self.young.contains(digest) || self.old.contains(digest)
    }

    /// Remembers an execution. Answers whether it was not remembered yet.
    #[inline(always)]
    pub(crate) fn insert(&mut self, id: &ExecutionId) -> bool {
        let digest = id.digest();
        !self.old.contains(digest) && self.young.insert(digest)
    }
}

impl<K: Hash + Eq, V> Retained<K, V> {
    /// What is remembered of a key.
    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        match self.young.get(key) {
            Some(value) => Some(value),
            None if self.old.is_empty() => None,
            None => self.old.get(key),
        }
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        if self.young.contains(key) { self.young.get_mut(key) } else { self.old.get_mut(key) }
    }

    /// Remembers a thing from now on.
    #[inline]
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }

    /// Takes a thing back out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let young = self.young.remove(key);
        let old = self.old.remove(key);
        young.or(old)
    }

    /// Everything remembered, older generation first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.old.iter().chain(self.young.iter())
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Bookings and days in any order: an execution is known while its generation or the one
        /// after it is young, and booked once in that time.
        #[test]
        fn executions_are_two_plain_sets(
            steps in prop::collection::vec((0..4_i32, 0..600_u32, 0..200_usize), 0..40),
        ) {
            let mut booked = Booked::default();
            let (mut young, mut old, mut since) = (BTreeSet::new(), BTreeSet::new(), None);
            let mut today = 20_000_i32;
            for (weeks, first, count) in steps {
                today = today.saturating_add(weeks.saturating_mul(7));
                booked.roll(Date::from_days(today).unwrap());
                if today.saturating_sub(*since.get_or_insert(today)) >= RETAINED_DAYS {
                    old = core::mem::take(&mut young);
                    since = Some(today);
                }
                for n in (first..).take(count) {
                    let id = ExecutionId::new(&format!("{n}")).unwrap();
                    let is_known = young.contains(&n) || old.contains(&n);
                    prop_assert_eq!(booked.contains(&id), is_known, "{} on day {}", n, today);
                    prop_assert_eq!(booked.insert(&id), !is_known, "{} on day {}", n, today);
                    if !is_known {
                        young.insert(n);
                    }
                }
            }
        }
    }
}
