//! A bloom filter in blocks of one cache line: says for sure that an id is not in a segment.

use crate::format::bytes::{narrow, wide};

/// Bytes of a block: one cache line.
pub(crate) const BLOOM_BLOCK_BYTES: usize = 64;
const WORDS: usize = BLOOM_BLOCK_BYTES / 8;
/// Bits for each id.
const BITS_PER_ID: u64 = 16;
/// Bits set for each id, nine bits of its hash for each.
const PROBES: u32 = 7;

/// The filter of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bloom {
    words: Vec<u64>,
}

/// Every bit of the result depends on every bit of the key (the finalizer of MurmurHash3).
fn mixed(key: u64) -> u64 {
    let mut mixed = key;
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ mixed >> 33
}

/// How many blocks a filter for so many ids has.
pub(crate) fn blocks_for(ids: u64) -> u64 {
    (ids * BITS_PER_ID).div_ceil(wide(BLOOM_BLOCK_BYTES) * 8).max(1)
}

impl Bloom {
    /// A filter for so many ids, empty.
    pub(crate) fn new(ids: u64) -> Self {
        Self { words: vec![0; narrow(blocks_for(ids)) * WORDS] }
    }

    /// The filter that has these words.
    pub(crate) fn from_words(words: Vec<u64>) -> Self {
        Self { words }
    }

    /// The bytes of all blocks.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The words of the key's block and the key's bits in them.
    fn place(&self, key: u64) -> (usize, [u64; WORDS]) {
        let hash = mixed(key);
        let blocks = u128::from(wide(self.words.len() / WORDS));
        let block = u64::try_from((u128::from(hash) * blocks) >> 64).unwrap_or(0);
        let mut bits = mixed(hash ^ 0x9e37_79b9_7f4a_7c15);
        let mut masks = [0; WORDS];
        for _ in 0..PROBES {
            masks[narrow(bits >> 6 & 7)] |= 1 << (bits & 63);
            bits >>= 9;
        }
        (narrow(block) * WORDS, masks)
    }

    /// Takes a key in.
    pub(crate) fn insert(&mut self, key: u64) {
        let (at, masks) = self.place(key);
        for (word, mask) in self.words[at..at + WORDS].iter_mut().zip(masks) {
            *word |= mask;
        }
    }

    /// False only if the key was never taken in.
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        let (at, masks) = self.place(key);
        self.words[at..at + WORDS].iter().zip(masks).all(|(word, mask)| word & mask == mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::u64_at;

    #[test]
    fn nothing_that_was_taken_in_is_denied_and_little_else_is_not() {
        let ids = 20_000;
        let mut bloom = Bloom::new(ids);
        for key in 0..ids {
            bloom.insert(key);
        }
        let words = bloom.to_bytes().chunks_exact(8).map(|word| u64_at(word, 0)).collect();
        let bloom = Bloom::from_words(words);
        assert!((0..ids).all(|key| bloom.may_hold(key)));
        let wrong = (ids..ids * 11).filter(|key| bloom.may_hold(*key)).count();
        assert!(wrong < 600, "{wrong} of 200,000 are taken for present");
    }

    #[test]
    fn an_empty_filter_denies_everything() {
        let bloom = Bloom::new(0);
        assert!((0..1_000).all(|key| !bloom.may_hold(key)));
    }
}
