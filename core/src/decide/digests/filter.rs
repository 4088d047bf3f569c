//! A filter: most digests that are new are told to be so by one word of memory.
//!
//! A Bloom filter in words of 64 bits: each digest sets four bits of one word. It takes two to four
//! bytes where a digest takes sixteen, so that it stays in the processor's caches where they do
//! not, and what it answers is nearly always the same, so that nothing waits for the answer.

use alloc::boxed::Box;

use crate::decide::digests::Sought;

/// Digests that a word is filled with at the most, on average. One in two hundred that is new is
/// then taken for a known one; just after the filter grew, one in a thousand.
const PER_WORD: usize = 4;

/// What was put in, as far as four bits of each tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// A power of two of words, or none.
    words: Box<[u64]>,
    /// By how much a spread is shifted for the number of its word.
    shift: u32,
}

impl Filter {
    /// An empty one for so many digests, a power of two.
    pub(super) fn with_room(room: usize) -> Filter {
        let count = room >> PER_WORD.trailing_zeros();
        assert!(count.is_power_of_two() && count > 1, "whole bits of a spread number its words");
        let shift = u64::BITS.saturating_sub(count.trailing_zeros());
        Filter { words: alloc::vec![0; count].into(), shift }
    }

    /// How many digests it is made for.
    pub(super) fn room(&self) -> usize {
        self.words.len().saturating_mul(PER_WORD)
    }

    /// Whether a digest may have been put in; if not, it surely was not.
    #[inline(always)]
    pub(super) fn may_hold(&self, sought: &Sought) -> bool {
        // One of an account whose executions are all young is empty, and costs only this.
        if self.words.is_empty() {
            return false;
        }
        let bits = bits(sought);
        self.words.get(self.word(sought)).is_some_and(|word| *word & bits == bits)
    }

    /// Puts a digest in. Answers whether it may have been in before.
    #[inline(always)]
    pub(super) fn put(&mut self, sought: &Sought) -> bool {
        let (at, bits) = (self.word(sought), bits(sought));
        let Some(word) = self.words.get_mut(at) else { return true };
        let known = *word & bits == bits;
        *word |= bits;
        known
    }

    /// The highest bits of the spread number the word.
    #[inline(always)]
    fn word(&self, sought: &Sought) -> usize {
        usize::try_from(sought.spread.wrapping_shr(self.shift)).unwrap_or(0)
    }
}

/// The four bits of a digest, named by the lowest bits of its spread.
#[inline(always)]
fn bits(sought: &Sought) -> u64 {
    let bit = |from: u32| {
        let place = sought.spread.wrapping_shr(from) & u64::from(u64::BITS.wrapping_sub(1));
        1_u64.wrapping_shl(u32::try_from(place).unwrap_or(0))
    };
    bit(0) | bit(6) | bit(12) | bit(18)
}
