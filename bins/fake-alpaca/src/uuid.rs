//! What an id looks like is decided here: UUIDs that follow from the seed, read with or without
//! dashes.

use std::fmt;
use std::str::FromStr;

use gatefold_sim::broker::matching::mix;

/// A UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Uuid(u128);

impl Uuid {
    /// The id with these bits, which are marked as version 4.
    pub(crate) fn of(parts: &[u64]) -> Self {
        let high = u128::from(mix(parts));
        let low = u128::from(mix(&[mix(parts), 1]));
        let bits = (high << 64) | low;
        Self(bits & !VERSION_AND_VARIANT | VERSION_4)
    }

    /// The same id for the same text, as assets have.
    pub(crate) fn of_text(text: &str) -> Self {
        let parts: Vec<u64> = text.bytes().map(u64::from).collect();
        Self::of(&parts)
    }

    /// These bits behind a moment (Unix milliseconds) as a ULID, which ids of events are: 26
    /// letters of Crockford's base 32 that sort as their moments do.
    pub(crate) fn ulid(self, unix_ms: u64) -> String {
        const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = (u128::from(unix_ms) << 80) | (self.0 >> 48);
        let letter = |place: u32| {
            let five = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
            LETTERS.chars().nth(five)
        };
        (0..26).rev().filter_map(letter).collect()
    }

    /// The bits.
    pub(crate) fn raw(self) -> u128 {
        self.0
    }
}

const VERSION_AND_VARIANT: u128 = 0x0000_0000_0000_f000_c000_0000_0000_0000;
const VERSION_4: u128 = 0x0000_0000_0000_4000_8000_0000_0000_0000;

impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let (a, b, c, d, e) = (part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32));
        write!(formatter, "{a}-{b}-{c}-{d}-{e}")
    }
}

impl FromStr for Uuid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hex: String = text.chars().filter(|it| *it != '-').collect();
        if hex.len() != 32 || (text.len() != 32 && text.len() != 36) {
            return Err(());
        }
        u128::from_str_radix(&hex, 16).map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_with_or_without_dashes() {
        let id = Uuid::of(&[7, 1]);
        let text = id.to_string();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.replace('-', "").parse(), Ok(id));
        assert!("POST".parse::<Uuid>().is_err());
        assert_ne!(id, Uuid::of(&[7, 2]));
    }
}
