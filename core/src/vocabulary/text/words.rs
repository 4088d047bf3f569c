//! Characters looked at eight at a time, in one word: a branch on each is what reading and writing
//! a name would consist of otherwise.

/// At most eight bytes as a word of eight.
#[inline]
pub(crate) fn padded(bytes: &[u8]) -> [u8; 8] {
    let mut word = [0; 8];
    word.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    word
}

/// How many characters are in a word that ends in zeros.
#[inline]
pub(super) fn characters(word: [u8; 8]) -> u8 {
    let [.., blank] = u64::from_le_bytes(word).leading_zeros().wrapping_div(8).to_be_bytes();
    8_u8.wrapping_sub(blank)
}

/// Sets all but the first `kept` bytes to zero; answers whether those are printable.
#[inline]
pub(super) fn blank(word: &mut [u8; 8], kept: u32) -> bool {
    const TOP: u64 = 0x8080_8080_8080_8080;
    let within = u64::MAX.checked_shr(64_u32.saturating_sub(kept.saturating_mul(8))).unwrap_or(0);
    let text = u64::from_le_bytes(*word) & within;
    *word = text.to_le_bytes();
    let text = text | (!within & 0x2121_2121_2121_2121);
    // The top bit of each byte: it is 0x21 at least, and 0x7f at least. A sum runs over into the
    // next byte only where a top bit is set before, and that is refused anyway.
    let from_first = text.wrapping_add(0x5f5f_5f5f_5f5f_5f5f);
    let behind_last = text.wrapping_add(0x0101_0101_0101_0101);
    from_first & !behind_last & !text & TOP == TOP
}

#[cfg(test)]
mod tests {
    use super::{blank, characters, padded};
    use crate::vocabulary::text::is_printable;

    #[test]
    fn a_word_is_blanked_and_judged_as_its_bytes_are() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                for kept in 0..=9_u32 {
                    let mut word = *b"ABCDEFGH";
                    word[place] = byte;
                    let within = usize::try_from(kept.min(8)).unwrap();
                    let printable = word[..within].iter().all(|byte| is_printable(*byte));
                    let wanted = padded(&word[..within]);
                    assert_eq!(blank(&mut word, kept), printable, "{byte} at {place} of {kept}");
                    assert_eq!(word, wanted, "{byte} at {place} of {kept}");
                }
            }
        }
    }

    #[test]
    fn neighbors_do_not_hide_each_other() {
        for first in 0..=255_u8 {
            for second in 0..=255_u8 {
                let mut word = [first, second, b'!', b'~', first, second, second, first];
                let printable = word.iter().all(|byte| is_printable(*byte));
                assert_eq!(blank(&mut word, 8), printable, "{first} beside {second}");
            }
        }
    }

    #[test]
    fn characters_are_counted() {
        for length in 0..=8_u8 {
            assert_eq!(characters(padded(&b"ABCDEFGH"[..usize::from(length)])), length);
        }
    }
}
