//! What an event's checksum and a group's digest are taken of, and how a stream is named in the
//! database.

use gatefold_core::record::{Record, Stream};
use gatefold_core::vocabulary::AccountId;
use sha2::{Digest as _, Sha256};

/// A digest of the chain.
pub(crate) type Link = [u8; 32];

const SYSTEM: &str = "system";
const ACCOUNT: &str = "account:";

/// The stream of a name as `log_stream` holds it.
pub(crate) fn stream(name: &str) -> Option<Stream> {
    if name == SYSTEM {
        return Some(Stream::System);
    }
    let account = name.strip_prefix(ACCOUNT)?;
    AccountId::new(account).ok().map(Stream::Account)
}

/// Everything of an event but its position, as it is summed: names and bodies with their length
/// before them, numbers with their least significant byte first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) stream: &'a str,
    pub(crate) version: u64,
    pub(crate) epoch: u64,
    pub(crate) id: u128,
    pub(crate) tag: u16,
    pub(crate) schema: u16,
    pub(crate) at_nanos: i64,
    pub(crate) body: &'a [u8],
}

impl<'a> Facts<'a> {
    pub(crate) fn of(stream: &'a str, version: u64, epoch: u64, record: &'a Record) -> Self {
        let Record { id, tag, schema, at, body } = record;
        let (id, at_nanos) = (id.raw(), at.nanos());
        Self { stream, version, epoch, id, tag: *tag, schema: *schema, at_nanos, body }
    }

    /// Puts the bytes behind what `bytes` holds.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let length = |part: &[u8]| u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes();
        bytes.extend_from_slice(&length(self.stream.as_bytes()));
        bytes.extend_from_slice(self.stream.as_bytes());
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.id.to_le_bytes());
        bytes.extend_from_slice(&self.tag.to_le_bytes());
        bytes.extend_from_slice(&self.schema.to_le_bytes());
        bytes.extend_from_slice(&self.at_nanos.to_le_bytes());
        bytes.extend_from_slice(&length(self.body));
        bytes.extend_from_slice(self.body);
    }
}

/// The checksum of an event, in the shape that a column has.
pub(crate) fn checksum(bytes: &[u8]) -> i32 {
    i32::from_le_bytes(crc32c::crc32c(bytes).to_le_bytes())
}

/// Where the chain of a log begins.
pub(crate) fn first_link(log: &[u8; 16]) -> Link {
    Sha256::digest(log).into()
}

/// The chain after a group of batches, as `log_append` makes it.
pub(crate) fn next_link(before: &Link, last_position: i64, group: &Link) -> Link {
    let hasher = Sha256::new().chain_update(before);
    hasher.chain_update(last_position.to_be_bytes()).chain_update(group).finalize().into()
}

#[cfg(test)]
mod tests {
    use gatefold_core::record::Record;
    use gatefold_core::vocabulary::{EventId, Timestamp};

    use super::*;

    /// Written down when the format was made: bytes that were recorded never change.
    #[test]
    fn sums_are_what_they_were_when_the_format_was_made() {
        let record = Record {
            id: EventId::from_raw(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            tag: 7,
            schema: 2,
            at: Timestamp::from_nanos(-5),
            body: b"a body".to_vec(),
        };
        let mut bytes = Vec::new();
        Facts::of("account:large", 9, 3, &record).write(&mut bytes);
        assert_eq!(bytes.len(), 8 + 13 + 8 + 8 + 16 + 2 + 2 + 8 + 8 + 6);
        let group = *blake3::hash(&bytes).as_bytes();
        let link = next_link(&first_link(&[1; 16]), 42, &group);
        let hex: String = link.iter().map(|byte| format!("{byte:02x}")).collect();
        let expected =
            (1_573_749_721, "16767da01dd9af8870667f43d114c7cef3066fa919b17712d065474878a7b23a");
        assert_eq!((checksum(&bytes), hex.as_str()), expected);
    }

    #[test]
    fn a_stream_is_named_as_the_core_names_it() {
        let account = Stream::Account(AccountId::new("large").unwrap());
        for it in [Stream::System, account] {
            assert_eq!(stream(&it.to_string()), Some(it));
        }
        for strange in ["", "System", "account:", "large"] {
            assert_eq!(stream(strange), None, "{strange}");
        }
    }
}
