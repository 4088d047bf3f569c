//! Whether what was read is what was appended: numbers without a gap, sums, and the chain. Nothing
//! here asks the database.

use std::collections::BTreeMap;

use gatefold_core::record::{Position, ReadError, Stream};
use gatefold_core::vocabulary::{EventId, Timestamp};

use crate::log::batch::number;
use crate::log::frame::{Facts, Link, checksum, next_link};

/// An event as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEvent {
    pub(crate) position: i64,
    pub(crate) stream: i32,
    pub(crate) version: i64,
    pub(crate) id: u128,
    pub(crate) tag: i32,
    pub(crate) schema: i32,
    pub(crate) at_nanos: i64,
    pub(crate) epoch: i64,
    pub(crate) checksum: i32,
    pub(crate) body: Vec<u8>,
    pub(crate) chain: Option<Vec<u8>>,
}

/// An event that is sound as far as it alone can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    pub(crate) position: Position,
    pub(crate) stream: Stream,
    pub(crate) version: u64,
    pub(crate) id: EventId,
    pub(crate) tag: u16,
    pub(crate) schema: u16,
    pub(crate) at: Timestamp,
    pub(crate) body: Vec<u8>,
}

/// Follows the chain from the end of one group of batches on.
#[derive(Debug)]
pub(crate) struct Checker {
    position: i64,
    link: Link,
    group: blake3::Hasher,
    bytes: Vec<u8>,
    versions: BTreeMap<i32, i64>,
    held: Vec<Sound>,
}

impl Checker {
    /// Begins behind the last event of a group.
    pub(crate) fn after(position: i64, link: Link) -> Self {
        let (versions, held, bytes) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { position, link, group: blake3::Hasher::new(), bytes, versions, held }
    }

    /// Where it is.
    pub(crate) fn position(&self) -> i64 {
        self.position
    }

    /// The chain at the end of the last whole group.
    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Whether it stands at the end of a group.
    pub(crate) fn is_between_groups(&self) -> bool {
        self.held.is_empty()
    }

    /// Takes in the next row; answers a whole group where the row ends one.
    pub(crate) fn take(
        &mut self,
        row: RawEvent,
        name: &str,
        stream: Stream,
    ) -> Result<Option<Vec<Sound>>, ReadError> {
        let position = self.position.saturating_add(1);
        if row.position != position {
            let found = row.position;
            return Err(corrupt(position, format!("it is missing, and event {found} is there")));
        }
        let before = self.versions.insert(row.stream, row.version);
        if before.is_some_and(|before| before.saturating_add(1) != row.version) {
            let (before, found) = (before.unwrap_or(0), row.version);
            let detail = format!("version {found} of {name} comes after version {before}");
            return Err(corrupt(position, detail));
        }
        let sound = self.sum(&row, name, stream)?;
        self.position = position;
        self.held.push(sound);
        let Some(chain) = row.chain else { return Ok(None) };
        let digest = *self.group.finalize().as_bytes();
        self.group.reset();
        self.link = next_link(&self.link, position, &digest);
        if chain != self.link {
            let first = self.held.first().map_or(0, |it| it.position.get());
            let detail = format!(
                "the chain does not hold over events {first} to {position}: what comes before, or \
                 one of these, was replaced, reordered or removed"
            );
            return Err(corrupt(position, detail));
        }
        Ok(Some(std::mem::take(&mut self.held)))
    }

    fn sum(&mut self, row: &RawEvent, name: &str, stream: Stream) -> Result<Sound, ReadError> {
        let position = row.position;
        let small = |what: &str, column: i32| {
            u16::try_from(column).map_err(|_| corrupt(position, format!("{what} {column}")))
        };
        let (tag, schema) = (small("tag", row.tag)?, small("schema version", row.schema)?);
        let facts = Facts {
            stream: name,
            version: number(row.version),
            epoch: number(row.epoch),
            id: row.id,
            tag,
            schema,
            at_nanos: row.at_nanos,
            body: &row.body,
        };
        self.bytes.clear();
        facts.write(&mut self.bytes);
        let (found, expected) = (checksum(&self.bytes), row.checksum);
        if found != expected {
            let detail = format!("its checksum is {found} and was {expected} when it was stored");
            return Err(corrupt(position, detail));
        }
        self.group.update(&self.bytes);
        Ok(Sound {
            position: Position::new(number(position)),
            stream,
            version: number(row.version),
            id: EventId::from_raw(row.id),
            tag,
            schema,
            at: Timestamp::from_nanos(row.at_nanos),
            body: row.body.clone(),
        })
    }
}

pub(crate) fn corrupt(position: i64, detail: String) -> ReadError {
    ReadError::Corrupt { place: format!("event {position} of log_event"), detail }
}

#[cfg(test)]
mod tests {
    use gatefold_core::record::Record;
    use gatefold_core::vocabulary::AccountId;

    use super::*;
    use crate::log::frame::first_link;

    /// One event of each of two streams, appended together.
    fn group() -> [(RawEvent, String, Stream); 2] {
        let mut hasher = blake3::Hasher::new();
        let mut rows = ["a", "b"].map(|account| {
            let stream = Stream::Account(AccountId::new(account).unwrap());
            let (name, number) = (stream.to_string(), if account == "a" { 1_i32 } else { 2 });
            let id = EventId::from_raw(u128::from(number.unsigned_abs()));
            let at = Timestamp::from_nanos(9);
            let record = Record { id, tag: 7, schema: 1, at, body: account.into() };
            let mut bytes = Vec::new();
            Facts::of(&name, 1, 3, &record).write(&mut bytes);
            hasher.update(&bytes);
            let raw = RawEvent {
                position: i64::from(number),
                stream: number,
                version: 1,
                id: id.raw(),
                tag: 7,
                schema: 1,
                at_nanos: 9,
                epoch: 3,
                checksum: checksum(&bytes),
                body: record.body,
                chain: None,
            };
            (raw, name, stream)
        });
        let link = next_link(&first_link(&[1; 16]), 2, hasher.finalize().as_bytes());
        rows[1].0.chain = Some(link.to_vec());
        rows
    }

    #[test]
    fn batches_of_two_streams_are_one_link_of_the_chain() {
        let mut checker = Checker::after(0, first_link(&[1; 16]));
        let [(one, name, stream), (other, other_name, other_stream)] = group();
        assert_eq!(checker.take(one, &name, stream).unwrap(), None);
        assert!(!checker.is_between_groups());
        let whole = checker.take(other, &other_name, other_stream).unwrap().unwrap();
        let shown: Vec<_> = whole.iter().map(|it| (it.position.get(), it.stream)).collect();
        assert_eq!(shown, [(1, stream), (2, other_stream)]);
        assert!(checker.is_between_groups());
    }

    #[test]
    fn batches_of_a_group_that_changed_places_are_refused() {
        let mut checker = Checker::after(0, first_link(&[1; 16]));
        let [(mut one, name, stream), (mut other, other_name, other_stream)] = group();
        (one.position, other.position) = (2, 1);
        one.chain = other.chain.take();
        assert_eq!(checker.take(other, &other_name, other_stream).unwrap(), None);
        let refused = checker.take(one, &name, stream).unwrap_err().to_string();
        assert!(refused.contains("the chain does not hold over events 1 to 2"), "{refused}");
    }
}
