//! What the log knows about itself in memory: streams, their versions, and every event's id.

use std::collections::HashMap;
use std::ops::ControlFlow;

use gatefold_core::record::{Entry, Epoch, Position, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};

use crate::format::bytes::u64_at;
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame, frames_of_summed};

const ACCOUNT_PREFIX: &str = "account:";

/// What control frames stated so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    streams: Vec<Stream>,
    /// The epoch in force.
    pub epoch: Epoch,
}

impl Statements {
    /// The stream with this number.
    pub(crate) fn stream(&self, number: u32) -> Option<Stream> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.streams.get(index).copied()
    }

    /// The number that the next stream to be declared has.
    pub(crate) fn next_number(&self) -> u32 {
        u32::try_from(self.streams.len() + 1).unwrap_or(u32::MAX)
    }

    /// The streams with their numbers, in order.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (u32, Stream)> {
        (1..).zip(self.streams.iter().copied())
    }

    /// Takes in that a stream has this number.
    pub(crate) fn declare(&mut self, number: u32, stream: Stream) -> Result<(), &'static str> {
        if number == self.next_number() {
            self.streams.push(stream);
        }
        if self.stream(number) == Some(stream) {
            Ok(())
        } else {
            Err("a stream is declared out of order or with another name")
        }
    }

    fn state(&mut self, frame: &Frame<'_>) -> Result<(), &'static str> {
        match frame.tag {
            CONTROL_STREAM => {
                let stream = stream_named(frame.payload).ok_or("a stream's name is impossible")?;
                self.declare(frame.stream, stream)
            }
            CONTROL_EPOCH if frame.payload.len() == 8 => {
                self.epoch = self.epoch.max(Epoch::new(u64_at(frame.payload, 0)));
                Ok(())
            }
            _ => Err("a control statement that this version does not know"),
        }
    }

    /// Reads a sound group's frames in order, calls `each` for its events, and takes in what it
    /// states.
    pub(crate) fn read(
        &mut self,
        first_position: u64,
        events: u32,
        body: &[u8],
        each: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, &'static str> {
        self.read_numbered(first_position, events, body, |_, entry| each(entry))
    }

    /// The same, with the number of each event's stream.
    #[inline]
    pub(crate) fn read_numbered(
        &mut self,
        first_position: u64,
        events: u32,
        body: &[u8],
        mut each: impl FnMut(u32, &Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, &'static str> {
        let mut expected = first_position;
        for frame in frames_of_summed(body) {
            let frame = frame?;
            if frame.control {
                self.state(&frame)?;
                continue;
            }
            if frame.position != expected {
                return Err("an event's position does not follow the one before");
            }
            expected += 1;
            let stream = self.stream(frame.stream).ok_or("an event of an undeclared stream")?;
            if each(frame.stream, &entry(&frame, stream)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if expected == first_position.saturating_add(u64::from(events)) {
            Ok(ControlFlow::Continue(()))
        } else {
            Err("a group holds another number of events than it says")
        }
    }
}

fn entry<'a>(frame: &Frame<'a>, stream: Stream) -> Entry<'a> {
    Entry {
        position: Position::new(frame.position),
        stream,
        version: Version::new(frame.version),
        id: EventId::from_raw(frame.id),
        tag: frame.tag,
        schema: frame.schema,
        at: Timestamp::from_nanos(frame.at_ns),
        body: frame.payload,
    }
}

/// The stream with this name, if it can be one.
pub(crate) fn stream_named(name: &[u8]) -> Option<Stream> {
    let name = str::from_utf8(name).ok()?;
    match name.strip_prefix(ACCOUNT_PREFIX) {
        Some(account) => AccountId::new(account).ok().map(Stream::Account),
        None => (name == Stream::System.to_string()).then_some(Stream::System),
    }
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug)]
struct Head {
    number: u32,
    version: Version,
}

/// Where an event stands, and a sum of its content.
#[derive(Clone, Copy, Debug)]
struct Known {
    stream: u32,
    version: Version,
    position: Position,
    content: u64,
}

/// The state of the log, folded from its groups.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// What control frames stated so far.
    pub statements: Statements,
    heads: HashMap<Stream, Head>,
    events: HashMap<EventId, Known>,
    /// The position of the last event.
    pub position: Position,
}

/// Whether a batch is in the log already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// No event of it is.
    Absent,
    /// All of it, in order and with the same content; the last event stands here.
    Whole(Position, Version),
    /// This id is, but not as part of the same batch.
    Reused(EventId),
}

impl Index {
    /// The version of a stream.
    pub(crate) fn version(&self, stream: &Stream) -> Version {
        self.heads.get(stream).map_or(Version::ZERO, |head| head.version)
    }

    /// The stream's number, if it was declared.
    pub(crate) fn number(&self, stream: &Stream) -> Option<u32> {
        self.heads.get(stream).map(|head| head.number)
    }

    /// Takes in a group that is sound and durable.
    pub(crate) fn apply(&mut self, count: u32, body: &[u8]) -> Result<(), &'static str> {
        let Self { statements, heads, events, position } = self;
        let first_position = position.next().get();
        let declared = statements.streams.len();
        let mut seen = Vec::new();
        let read = statements.read(first_position, count, body, &mut |entry| {
            let content = content_of(entry.tag, entry.schema, entry.at, entry.body);
            seen.push((entry.position, entry.stream, entry.version, entry.id, content));
            ControlFlow::Continue(())
        });
        let _: ControlFlow<()> = read?;
        for (index, stream) in statements.streams.iter().enumerate().skip(declared) {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let head = Head { number, version: Version::ZERO };
            if heads.insert(*stream, head).is_some() {
                return Err("a stream is declared twice");
            }
        }
        for (at, stream, version, id, content) in seen {
            let head = heads.get_mut(&stream).ok_or("an event of an undeclared stream")?;
            if version != head.version.next() || at != position.next() {
                return Err("an event's version does not follow the one before in its stream");
            }
            head.version = version;
            *position = at;
            let known = Known { stream: head.number, version, position: at, content };
            if events.insert(id, known).is_some() {
                return Err("an event's id is in the log twice");
            }
        }
        Ok(())
    }

    /// Whether these records are in the log already.
    pub(crate) fn presence(&self, stream: &Stream, records: &[Record]) -> Presence {
        let mut last: Option<Known> = None;
        let mut whole = true;
        let mut reused = None;
        for record in records {
            let Some(known) = self.events.get(&record.id) else {
                whole = false;
                continue;
            };
            reused = reused.or(Some(record.id));
            let follows = last.is_none_or(|last| last.version.next() == known.version);
            let content = content_of(record.tag, record.schema, record.at, &record.body);
            let same = known.content == content && self.number(stream) == Some(known.stream);
            if !(follows && same) && whole {
                reused = Some(record.id);
                whole = false;
            }
            last = Some(*known);
        }
        match (last, reused.or_else(|| repeated(records))) {
            (Some(last), _) if whole => Presence::Whole(last.position, last.version),
            (_, Some(id)) => Presence::Reused(id),
            (_, None) => Presence::Absent,
        }
    }
}

/// An id that is twice in one batch.
fn repeated(records: &[Record]) -> Option<EventId> {
    let mut ids: Vec<EventId> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// A sum of what an event says: tells a repetition from a clash of ids, which is a caller's bug.
fn content_of(tag: u16, schema: u16, at: Timestamp, body: &[u8]) -> u64 {
    let mut sum = crc32c::crc32c(&tag.to_le_bytes());
    sum = crc32c::crc32c_append(sum, &schema.to_le_bytes());
    sum = crc32c::crc32c_append(sum, &at.nanos().to_le_bytes());
    sum = crc32c::crc32c_append(sum, body);
    let len = u64::try_from(body.len()).unwrap_or(u64::MAX);
    len << 32 | u64::from(sum)
}
