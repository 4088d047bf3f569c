//! A segment: digests in the order in which they came, and chains of those with one home.
//!
//! A segment never holds more than can be numbered in two bytes: its heads fit into the
//! processor's nearest caches while it is filled, and none is ever made anew for what older ones
//! hold. To put something in asks no question: no branch depends on what was there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::decide::digests::{Place, Sought};

/// The most digests of a segment: 320 KiB with its chains.
pub(super) const SEGMENT: usize = 16_384;

/// Digests in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    list: Vec<Place>,
    /// Of each digest, the one before it in its chain: its number plus one, or 0.
    before: Vec<u16>,
    /// Of each home, the last digest that came to it: its number plus one, or 0. A power of two.
    heads: Box<[u16]>,
}

impl Segment {
    /// An empty one with room for so many, a power of two.
    pub(super) fn with_room(room: usize) -> Segment {
        let mut segment = Segment::default();
        segment.grow(room);
        segment
    }

    /// All in it.
    pub(super) fn list(&self) -> &[Place] {
        &self.list
    }

    /// How many it has room for.
    pub(super) fn room(&self) -> usize {
        self.heads.len()
    }

    /// Whether a digest is in it.
    pub(super) fn contains(&self, sought: &Sought) -> bool {
        let mut after = self.heads.get(self.home(sought)).copied().unwrap_or(0);
        while let Some(number) = after.checked_sub(1).map(usize::from) {
            if self.list.get(number) == Some(&sought.words) {
                return true;
            }
            after = self.before.get(number).copied().unwrap_or(0);
        }
        false
    }

    /// Whether room must be made before another comes.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.list.len() == self.heads.len()
    }

    /// Puts in a digest that is not in it. There must be room.
    #[inline(always)]
    pub(super) fn push(&mut self, sought: &Sought) {
        let number = self.list.len();
        self.list.push(sought.words);
        self.chain(sought, number);
    }

    /// Makes room for so many, a power of two.
    pub(super) fn grow(&mut self, room: usize) {
        assert!(room.is_power_of_two() && room <= SEGMENT, "numbers have two bytes");
        self.list.reserve_exact(room.saturating_sub(self.list.len()));
        self.heads = alloc::vec![0; room].into();
        self.before = Vec::with_capacity(room);
        let list = core::mem::take(&mut self.list);
        for (number, place) in list.iter().enumerate() {
            self.chain(&Sought::of(*place), number);
        }
        self.list = list;
    }

    /// Makes the digest of a number the head of its chain.
    #[inline(always)]
    fn chain(&mut self, sought: &Sought, number: usize) {
        let home = self.home(sought);
        // It is below a segment's most: nothing is cut off.
        let after = u16::try_from(number.wrapping_add(1) & usize::from(u16::MAX)).unwrap_or(0);
        if let Some(head) = self.heads.get_mut(home) {
            self.before.push(core::mem::replace(head, after));
        }
    }

    /// By bits of the spread that the filter does not look at.
    #[inline(always)]
    fn home(&self, sought: &Sought) -> usize {
        let spread = usize::try_from(sought.spread >> 24_u32).unwrap_or(0);
        spread & self.heads.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_have_one_home_are_told_apart() {
        let mut segment = Segment::with_room(64);
        let all = || (1..).map(|n| Sought::of([n, 7]));
        let home = segment.home(&Sought::of([1, 7]));
        let at_home: Vec<Sought> =
            all().filter(|sought| segment.home(sought) == home).take(40).collect();
        let (known, other) = at_home.split_at(20);
        known.iter().for_each(|sought| segment.push(sought));
        assert!(known.iter().all(|sought| segment.contains(sought)));
        assert!(!other.iter().any(|sought| segment.contains(sought)));
        segment.grow(128);
        assert!(known.iter().all(|sought| segment.contains(sought)));
        assert!(!other.iter().any(|sought| segment.contains(sought)));
        let list: Vec<Place> = known.iter().map(|sought| sought.words).collect();
        assert_eq!(segment.list(), list);
    }

    #[test]
    fn one_without_room_holds_nothing() {
        assert!(!Segment::default().contains(&Sought::of([1, 7])));
    }
}
