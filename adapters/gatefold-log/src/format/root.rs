//! The file `FORMAT`: what makes a directory a log, as text that a person can read.

use std::fmt::Write as _;

use gatefold_core::vocabulary::Timestamp;

use crate::format::MAJOR;

const FIRST_WORD: &str = "gatefold-log";

/// What `FORMAT` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// The log's identity.
    pub uuid: [u8; 16],
    /// When it was created, UTC; information only.
    pub created: Timestamp,
}

/// Why `FORMAT` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RootFault {
    /// The text is not what was written.
    Damaged(String),
    /// A later version wrote it.
    TooNew(String),
}

impl Root {
    /// The whole text.
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{FIRST_WORD} {MAJOR}\nuuid {}\n", hex(&self.uuid));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "created {}", self.created.nanos());
        let _ = writeln!(text, "durability sync");
        let sum = crc32c::crc32c(text.as_bytes());
        let _ = writeln!(text, "crc32c {sum:08x}");
        text
    }

    /// Reads the text back.
    pub(crate) fn decode(text: &[u8]) -> Result<Self, RootFault> {
        let damaged = |detail: &str| RootFault::Damaged(detail.to_owned());
        let text = str::from_utf8(text).map_err(|_| damaged("it is not text"))?;
        let mut lines = text.lines();
        let version = lines.next().and_then(|line| line.strip_prefix(FIRST_WORD));
        let version = version.ok_or_else(|| damaged("it does not begin with gatefold-log"))?;
        let summed = text.rfind("crc32c ").unwrap_or(0);
        let sum = format!("crc32c {:08x}\n", crc32c::crc32c(&text.as_bytes()[..summed]));
        if text[summed..] != sum {
            return Err(damaged("its checksum does not fit"));
        }
        let version = version.trim();
        if version.parse() != Ok(MAJOR) {
            return Err(RootFault::TooNew(format!("format version {version}")));
        }
        let mut field = |name: &str| lines.next().and_then(|line| line.strip_prefix(name));
        let uuid = field("uuid ").and_then(unhex);
        let created = field("created ").and_then(|text| text.parse().ok());
        let durability = field("durability ");
        match (uuid, created, durability) {
            (Some(uuid), Some(created), Some("sync")) => {
                Ok(Self { uuid, created: Timestamp::from_nanos(created) })
            }
            (Some(_), Some(_), Some(other)) => {
                Err(RootFault::TooNew(format!("durability {other}")))
            }
            _ => Err(damaged("a line is missing or has another form")),
        }
    }
}

fn hex(uuid: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*uuid))
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(text, 16).ok()?;
    (hex(&number.to_be_bytes()) == text).then(|| number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Root {
        Root { uuid: *b"0123456789abcdef", created: Timestamp::from_nanos(12) }
    }

    #[test]
    fn the_text_is_as_documented() {
        expect_test::expect![[r#"
            gatefold-log 1
            uuid 30313233343536373839616263646566
            created 12
            durability sync
            crc32c cce46e6e
        "#]]
        .assert_eq(&sample().encode());
        assert_eq!(Root::decode(sample().encode().as_bytes()), Ok(sample()));
    }

    #[test]
    fn every_flipped_bit_of_the_text_is_seen() {
        let text = sample().encode().into_bytes();
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let back = Root::decode(&flipped);
            assert!(matches!(back, Err(RootFault::Damaged(_))), "bit {bit}: {back:?}");
        }
    }

    #[test]
    fn another_version_is_named_as_such() {
        let text = sample().encode().replace("gatefold-log 1", "gatefold-log 2");
        let body = &text[..text.rfind("crc32c ").unwrap()];
        let text = format!("{body}crc32c {:08x}\n", crc32c::crc32c(body.as_bytes()));
        let expected = RootFault::TooNew("format version 2".to_owned());
        assert_eq!(Root::decode(text.as_bytes()), Err(expected));
    }
}
