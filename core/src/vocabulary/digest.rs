//! By which 127 bits an execution id is recognized when it comes again is decided here.
//!
//! The text is read as eight words; to each a key word is added, the sums are multiplied in pairs
//! to 128 bits and the four products are added up: NH with words of 64 bits (Black, Halevi,
//! Krawczyk, Krovetz and Rogaway, UMAC, CRYPTO '99). It is no defense against somebody who chooses
//! ids so that they collide; a broker's ids are not chosen so.

use core::num::NonZeroU64;

/// The first 512 bits of pi's fraction: keys that nobody chose. Added to one, no eight characters
/// of a text give zero, so that no word can hide what it is multiplied with (a test proves it).
const KEYS: [[u64; 2]; 4] = [
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344],
    [0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89],
    [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c],
    [0xc0ac_29b7_c97c_50dd, 0x3f84_d5b5_b547_0917],
];

/// By what a text is recognized when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest {
    high: u64,
    low: NonZeroU64,
}

impl Digest {
    /// The digest of these words; `None` if the lower one is zero, which none has.
    #[inline]
    pub(crate) fn of_words([low, high]: [u64; 2]) -> Option<Digest> {
        Some(Digest { high, low: NonZeroU64::new(low)? })
    }

    /// The lower word, which is never zero, and the higher one.
    #[inline]
    pub(crate) const fn words(self) -> [u64; 2] {
        [self.low.get(), self.high]
    }
}

/// The digest of a text that is padded with zeros.
#[inline]
pub(super) fn of(text: &[u8; 64]) -> Digest {
    let (pairs, _) = text.as_chunks::<16>();
    let sum = pairs.iter().zip(&KEYS).fold(0_u128, |sum, (pair, [key, other])| {
        let (words, _) = pair.as_chunks::<8>();
        let [word, second] = words else { return sum };
        let one = u64::from_le_bytes(*word).wrapping_add(*key);
        let two = u64::from_le_bytes(*second).wrapping_add(*other);
        sum.wrapping_add(u128::from(one).wrapping_mul(u128::from(two)))
    });
    let high = u64::try_from(sum >> 64_u32).unwrap_or(0);
    let low = u64::try_from(sum & u128::from(u64::MAX)).unwrap_or(0);
    // The last bit is given up for a word that is never zero: it costs the fold less than asking.
    Digest { high, low: NonZeroU64::MIN | low }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn digest(text: &str) -> u128 {
        let mut padded = [0; 64];
        padded[..text.len()].copy_from_slice(text.as_bytes());
        bits(&padded)
    }

    fn bits(padded: &[u8; 64]) -> u128 {
        let [low, high] = of(padded).words();
        (u128::from(high) << 64_u32) | u128::from(low)
    }

    #[test]
    fn no_text_makes_a_factor_zero() {
        for key in KEYS.iter().flatten() {
            let hides = key.wrapping_neg().to_le_bytes();
            assert!(hides.iter().any(|byte| !byte.is_ascii()), "{key:x}");
        }
    }

    /// Ids as brokers make them, in which few characters differ; and of no two are even the 64 bits
    /// in the middle the same.
    #[test]
    fn ids_like_those_of_brokers_never_collide() {
        let numbered = |n: u64| format!("20260203123000000::{n:036}");
        let short = |n: u64| format!("{n}");
        let uuid = |n: u64| {
            let word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("20260203123000123::{word:016x}-4{:03x}-{:012x}", n % 4096, word >> 16)
        };
        let hex = |n: u64| format!("0000e0d5.{n:08x}.01.01");
        let twice = |n: u64| format!("{n:032}{:032}", 99_999 - n % 100_000);
        let shapes: [&dyn Fn(u64) -> String; 5] = [&numbered, &short, &uuid, &hex, &twice];
        let mut whole = BTreeSet::new();
        let mut middle = BTreeSet::new();
        for shape in shapes {
            for n in 0..100_000 {
                let digest = digest(&shape(n));
                assert!(whole.insert(digest), "{}", shape(n));
                assert!(middle.insert((digest >> 32) & u128::from(u64::MAX)), "{}", shape(n));
            }
        }
    }

    #[test]
    fn every_character_and_its_place_count() {
        let base = "abcdefghijklmnopqrstuvwxyz".repeat(3);
        let base = &base[..64];
        let mut seen = BTreeSet::from([digest(base)]);
        for place in 0..64 {
            for with in 0x21..0x7f_u8 {
                let mut other = String::from(base);
                other.replace_range(place..=place, &String::from(char::from(with)));
                assert_eq!(seen.insert(digest(&other)), other != base, "{other}");
            }
            for further in place + 1..64 {
                let mut bytes = [0; 64];
                bytes.copy_from_slice(base.as_bytes());
                bytes.swap(place, further);
                assert_eq!(seen.insert(bits(&bytes)), bytes != base.as_bytes(), "swapped");
            }
            assert!(place == 0 || seen.insert(digest(&base[..place])), "a shorter text");
        }
    }
}
