//! An anchor: one line that says how far a log went and what its chain was there.
//!
//! The chain inside the directory shows accidents and edits by somebody who did not rewrite all
//! that follows. Only a line kept elsewhere shows a directory that was rewritten as a whole, or
//! rolled back to an older copy.

use core::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use gatefold_core::record::Position;

const FIRST_WORD: &str = "gatefold-anchor";
const VERSION: &str = "1";

/// Where a log stood: `gatefold-anchor 1 <uuid> <position> <group> <digest>`.
///
/// ```
/// use gatefold_log::Anchor;
///
/// let line = "gatefold-anchor 1 30313233343536373839616263646566 41 7 \
///             24c878cd705df07a7be7574a7af7243634e4451f10ba0b260c6ef5171e53860c";
/// let anchor: Anchor = line.parse()?;
/// assert_eq!((anchor.position.get(), anchor.group), (41, 7));
/// assert_eq!(anchor.to_string(), line);
/// # Ok::<(), gatefold_log::AnchorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The log's identity, as in its file `FORMAT`.
    pub uuid: [u8; 16],
    /// The position of the last event that the digest covers.
    pub position: Position,
    /// The number of the last group that the digest covers; 0 before the first.
    pub group: u64,
    /// The chain's digest after that group.
    pub digest: [u8; 32],
}

/// Why a line is not an anchor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// **Handling:** give the whole line that was printed, in quotes.
    #[error(
        "not an anchor, {detail}: give the whole line \
         `gatefold-anchor 1 UUID POSITION GROUP DIGEST`"
    )]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// **Handling:** use the version of gatefold that printed it, or a later one.
    #[error("an anchor of version {version}, and this version reads {VERSION}: use a later one")]
    TooNew {
        /// The version that the line names.
        version: String,
    },
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uuid, position, group, digest } = self;
        write!(f, "{FIRST_WORD} {VERSION} {} {position} {group} {}", hex(uuid), hex(digest))
    }
}

impl FromStr for Anchor {
    type Err = AnchorError;

    fn from_str(line: &str) -> Result<Self, AnchorError> {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some(FIRST_WORD) {
            return Err(malformed(format!("it does not begin with {FIRST_WORD}")));
        }
        match words.next() {
            Some(VERSION) => (),
            Some(version) => return Err(AnchorError::TooNew { version: version.to_owned() }),
            None => return Err(malformed("it ends after the first word".to_owned())),
        }
        let mut word =
            |name: &str| words.next().ok_or_else(|| malformed(format!("the {name} is missing")));
        let (uuid, position) = (word("uuid")?, word("position")?);
        let (group, digest) = (word("group")?, word("digest")?);
        if let Some(more) = words.next() {
            return Err(malformed(format!("{more} stands behind the digest")));
        }
        Ok(Self {
            uuid: unhex(uuid).ok_or_else(|| wrong("uuid", uuid))?,
            position: Position::new(number(position).ok_or_else(|| wrong("position", position))?),
            group: number(group).ok_or_else(|| wrong("group", group))?,
            digest: unhex(digest).ok_or_else(|| wrong("digest", digest))?,
        })
    }
}

fn malformed(detail: String) -> AnchorError {
    AnchorError::Malformed { detail }
}

fn wrong(name: &str, word: &str) -> AnchorError {
    malformed(format!("{word} is no {name}"))
}

/// A number as it is printed: no sign, no zeros before it.
fn number(word: &str) -> Option<u64> {
    word.parse().ok().filter(|number: &u64| number.to_string() == word)
}

/// Bytes as lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex<const N: usize>(word: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if !word.is_ascii() || word.len() != 2 * N {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&word[2 * index..2 * index + 2], 16).ok()?;
    }
    (hex(&bytes) == word).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Anchor {
        let digest = std::array::from_fn(|index| u8::try_from(index * 7).unwrap());
        Anchor { uuid: *b"0123456789abcdef", position: Position::new(41), group: 7, digest }
    }

    #[test]
    fn a_line_comes_back() {
        let line = sample().to_string();
        assert_eq!(line.parse(), Ok(sample()));
        assert_eq!(format!("  {line}\n").parse(), Ok(sample()));
    }

    #[test]
    fn no_shortened_lengthened_or_changed_line_is_an_anchor() {
        let line = sample().to_string();
        for len in 0..line.len() {
            assert!(line[..len].parse::<Anchor>().is_err(), "{}", &line[..len]);
        }
        for other in [
            format!("{line} 1"),
            line.replace(" 41 ", " +41 "),
            line.replace(" 41 ", " 041 "),
            line.replace(" 7 ", " -7 "),
            line.replace("2a31", "2A31"),
            line.replace("2a31", "2g31"),
            line.replace("2a31", "\u{e9}31"),
        ] {
            assert_ne!(other, line);
            assert!(other.parse::<Anchor>().is_err(), "{other}");
        }
        let later = line.replace("anchor 1 ", "anchor 2 ");
        let too_new = AnchorError::TooNew { version: "2".to_owned() };
        assert_eq!(later.parse::<Anchor>(), Err(too_new));
    }
}
