//! What the log knows about itself in memory: its streams, their versions, and where it ends.

use std::collections::HashMap;
use std::ops::ControlFlow;

use gatefold_core::record::{Entry, Epoch, Position, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use rustc_hash::FxBuildHasher;

use crate::format::bytes::u64_at;
use crate::format::footer::Footer;
use crate::format::frame::{
    CONTROL_EPOCH, CONTROL_STREAM, FRAME_HEADER_BYTES, Frame, frames_of_summed,
};

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
        self.streams.get(slot(number)?).copied()
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

    /// Reads a sound group's frames in order, calls `each` for its events with the numbers of their
    /// streams, and takes in what it states.
    #[inline]
    pub(crate) fn read_numbered(
        &mut self,
        first_position: u64,
        events: u32,
        body: &[u8],
        mut each: impl FnMut(u32, &Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, &'static str> {
        let mut expected = first_position;
        // Most events are of the stream that the one before is of: its name, which is long, then
        // stays where it is.
        let (mut number, mut entry) = (NO_STREAM, NOTHING);
        for frame in frames_of_summed(body) {
            let frame = frame?;
            if frame.control {
                // A copy, so that an event's frame need not lie in memory for it.
                let stated = frame;
                self.state(&stated)?;
                continue;
            }
            if frame.position != expected {
                return Err("an event's position does not follow the one before");
            }
            expected += 1;
            if number != u64::from(frame.stream) {
                entry.stream =
                    self.stream(frame.stream).ok_or("an event of an undeclared stream")?;
                number = u64::from(frame.stream);
            }
            show(&frame, &mut entry);
            if each(frame.stream, &entry).is_break() {
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

/// No stream's number: those have 32 bits.
const NO_STREAM: u64 = u64::MAX;

/// No event: where one is shown in a moment.
const NOTHING: Entry<'static> = Entry {
    position: Position::ZERO,
    stream: Stream::System,
    version: Version::ZERO,
    id: EventId::from_raw(0),
    tag: 0,
    schema: 0,
    at: Timestamp::EPOCH,
    body: &[],
};

/// Shows all of an event but its stream.
#[inline]
fn show<'a>(frame: &Frame<'a>, entry: &mut Entry<'a>) {
    // Taken apart, so that none is forgotten.
    let Entry { stream: _, position, version, id, tag, schema, at, body } = entry;
    *position = Position::new(frame.position);
    *version = Version::new(frame.version);
    *id = EventId::from_raw(frame.id);
    *tag = frame.tag;
    *schema = frame.schema;
    *at = Timestamp::from_nanos(frame.at_ns);
    *body = frame.payload;
}

/// The stream with this name, if it can be one.
pub(crate) fn stream_named(name: &[u8]) -> Option<Stream> {
    let name = str::from_utf8(name).ok()?;
    match name.strip_prefix(ACCOUNT_PREFIX) {
        Some(account) => AccountId::new(account).ok().map(Stream::Account),
        None => (name == Stream::System.to_string()).then_some(Stream::System),
    }
}

/// The state of the log, folded from its groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// What control frames stated so far.
    pub statements: Statements,
    numbers: HashMap<Stream, u32, FxBuildHasher>,
    /// By number, from 1.
    versions: Vec<Version>,
    /// The position of the last event.
    pub position: Position,
}

/// Called for each event of a group: its stream's number, the event, and where its frame begins in
/// the group's body.
pub(crate) type See<'s> = dyn FnMut(u32, &Entry<'_>, u32) + 's;

impl Index {
    /// The version of a stream.
    pub(crate) fn version(&self, stream: &Stream) -> Version {
        self.number(stream).map_or(Version::ZERO, |number| self.version_of(number))
    }

    /// The version of the stream with this number.
    pub(crate) fn version_of(&self, number: u32) -> Version {
        slot(number).and_then(|slot| self.versions.get(slot)).copied().unwrap_or_default()
    }

    /// The stream's number, if it was declared.
    pub(crate) fn number(&self, stream: &Stream) -> Option<u32> {
        self.numbers.get(stream).copied()
    }

    /// How many streams were declared.
    pub(crate) fn streams(&self) -> usize {
        self.versions.len()
    }

    /// The same, and shows each event.
    pub(crate) fn apply_seen(
        &mut self,
        count: u32,
        body: &[u8],
        see: &mut See<'_>,
    ) -> Result<(), &'static str> {
        let Self { statements, numbers, versions, position } = self;
        let first_position = position.next().get();
        let mut fault = None;
        let read = statements.read_numbered(first_position, count, body, |number, entry| {
            while versions.len() < wide_slot(number) {
                versions.push(Version::ZERO);
            }
            let version = slot(number).and_then(|slot| versions.get_mut(slot));
            match version {
                Some(version) if entry.version == version.next() => *version = entry.version,
                Some(_) | None => {
                    fault = Some("an event's version does not follow the one before in its stream");
                    return ControlFlow::Break(());
                }
            }
            *position = entry.position;
            see(number, entry, frame_at(body, entry.body));
            ControlFlow::Continue(())
        });
        let _: ControlFlow<()> = read?;
        fault.map_or(Ok(()), Err)?;
        for number in numbers.len()..statements.streams.len() {
            let stream = statements.streams[number];
            let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
            if numbers.insert(stream, number).is_some() {
                return Err("a stream is declared twice");
            }
        }
        versions.resize(statements.streams.len(), Version::ZERO);
        Ok(())
    }

    /// Takes in a finished segment by what its footer says.
    pub(crate) fn apply_footer(&mut self, footer: &Footer) -> Result<(), &'static str> {
        if footer.first_position != self.position.next().get() {
            return Err("a footer does not begin where the log before it ends");
        }
        for found in footer.streams.as_deref().unwrap_or(&[]) {
            let stream = stream_named(&found.name).ok_or("a stream's name is impossible")?;
            if found.number == self.statements.next_number() {
                self.declare(stream);
            }
            if self.number(&stream) != Some(found.number) {
                return Err("a footer's stream has another number or another name before");
            }
            let (first, last) = found.versions;
            let slot = slot(found.number).and_then(|slot| self.versions.get_mut(slot));
            let version = slot.ok_or("a footer's stream was not declared")?;
            if last > 0 {
                if first != version.next().get() {
                    return Err("a footer's versions do not follow the ones before");
                }
                *version = Version::new(last);
            }
        }
        self.statements.epoch = self.statements.epoch.max(Epoch::new(footer.epoch));
        self.position = Position::new(footer.last_position);
        Ok(())
    }

    /// Gives the next number to a stream.
    pub(crate) fn declare(&mut self, stream: Stream) -> u32 {
        let number = self.statements.next_number();
        self.statements.streams.push(stream);
        self.numbers.insert(stream, number);
        self.versions.push(Version::ZERO);
        number
    }

    /// Takes in that a stream has `count` more events, at the end of the log.
    pub(crate) fn advance(&mut self, number: u32, count: u64) {
        if let Some(version) = slot(number).and_then(|slot| self.versions.get_mut(slot)) {
            *version = version.after(count);
        }
        self.position = self.position.after(count);
    }

    /// Goes back to fewer streams.
    pub(crate) fn forget_streams(&mut self, kept: usize) {
        for stream in self.statements.streams.drain(kept..) {
            self.numbers.remove(&stream);
        }
        self.versions.truncate(kept);
    }

    /// Goes back to an earlier version of a stream.
    pub(crate) fn set_version(&mut self, number: u32, earlier: Version) {
        if let Some(version) = slot(number).and_then(|slot| self.versions.get_mut(slot)) {
            *version = earlier;
        }
    }
}

/// Where the stream with this number is in a list of all streams.
fn slot(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

fn wide_slot(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Where the frame with this payload begins in the body that it is a part of.
fn frame_at(body: &[u8], payload: &[u8]) -> u32 {
    let at = payload.as_ptr().addr() - body.as_ptr().addr() - FRAME_HEADER_BYTES;
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str) -> Stream {
        Stream::Account(AccountId::new(name).unwrap())
    }

    fn declare(body: &mut Vec<u8>, number: u32, name: &str) {
        let payload = stream(name).to_string();
        Frame::control(CONTROL_STREAM, number, payload.as_bytes()).encode(body);
    }

    fn event(body: &mut Vec<u8>, position: u64, number: u32) {
        let payload = &position.to_le_bytes();
        let frame = Frame {
            position,
            version: position + 100,
            stream: number,
            tag: 7,
            schema: 2,
            id: u128::from(position) << 64,
            at_ns: -1,
            control: false,
            payload,
        };
        frame.encode(body);
    }

    #[test]
    fn each_event_is_shown_as_its_own_streams() {
        let mut body = Vec::new();
        declare(&mut body, 1, "large");
        declare(&mut body, 2, "tiny");
        for (position, number) in [(5, 1), (6, 1), (7, 2), (8, 1)] {
            event(&mut body, position, number);
        }
        declare(&mut body, 3, "other");
        event(&mut body, 9, 3);
        let mut seen = Vec::new();
        let read = Statements::default().read_numbered(5, 5, &body, |number, entry| {
            assert_eq!(entry.body, entry.position.get().to_le_bytes());
            assert_eq!(entry.version.get(), entry.position.get() + 100);
            assert_eq!(entry.id.raw(), u128::from(entry.position.get()) << 64);
            assert_eq!((entry.tag, entry.schema, entry.at.nanos()), (7, 2, -1));
            seen.push((number, entry.stream));
            ControlFlow::Continue(())
        });
        assert_eq!(read, Ok(ControlFlow::Continue(())));
        let [large, tiny, other] = ["large", "tiny", "other"].map(stream);
        assert_eq!(seen, [(1, large), (1, large), (2, tiny), (1, large), (3, other)]);
    }

    #[test]
    fn an_event_of_no_stream_is_refused() {
        for number in [0, 2, u32::MAX] {
            let mut body = Vec::new();
            declare(&mut body, 1, "large");
            event(&mut body, 5, 1);
            event(&mut body, 6, number);
            let mut seen = 0;
            let read = Statements::default().read_numbered(5, 2, &body, |_, _| {
                seen += 1;
                ControlFlow::Continue(())
            });
            assert_eq!((read, seen), (Err("an event of an undeclared stream"), 1), "{number}");
        }
    }
}
