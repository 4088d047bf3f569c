//! Copying the sound events of one log into a new one.

use std::collections::BTreeMap;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{
    Append, AppendError, BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Epoch, Log as _, Position, Record,
    Stream, Version,
};
use gatefold_core::vocabulary::{EventId, Timestamp};

use crate::embedded::EmbeddedLog;
use crate::error::{OpenError, WalkError};
use crate::format::bytes::{narrow, u64_at};
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame, frames};
use crate::format::group::{GroupHeader, Kind};
use crate::index::stream_named;
use crate::open::read_root;
use crate::options::Options;
use crate::read::footer_of;
use crate::read::segments::Segments;
use crate::salvage::{Moved, MovedStream, Nameless, Salvage, SalvageError};
use crate::verify::Verification;
use crate::verify::groups::{Groups, Meet, Met};
use crate::verify::segment::{Way, way_through};

/// Copies what is sound, in order.
pub(crate) fn copy<S: Disk, T: Disk + Clone>(
    source: &S,
    target: &T,
    options: Options,
    found: Verification,
    progress: &dyn Fn(u64),
) -> Result<Salvage, SalvageError> {
    let segments = Segments::list(source).map_err(|error| SalvageError::Source(error.into()))?;
    let (log, _) = EmbeddedLog::open_on(target.clone(), options).map_err(SalvageError::Target)?;
    let mut copy = Copy::new(log);
    copy.learn_names(source, &segments).map_err(|error| SalvageError::Source(error.into()))?;
    let mut done = 0;
    for index in 0..segments.count() {
        copy.segment(source, &segments, index, &|at| progress(done + at))?;
        done += copy.passed;
    }
    copy.flush()?;
    let Copy { log, moved, streams, nameless, repeated, events, .. } = copy;
    log.close()?;
    let uuid = read_root(target).map_err(SalvageError::Target)?.map_or([0; 16], |root| root.uuid);
    Ok(Salvage {
        source: found,
        uuid,
        events,
        moved,
        streams: streams.into_values().flatten().collect(),
        nameless: nameless.into_values().collect(),
        repeated,
    })
}

/// A copy on its way.
struct Copy<T: Disk> {
    log: EmbeddedLog<T>,
    names: BTreeMap<u32, Stream>,
    epoch: Epoch,
    /// Events of one stream that are not yet appended, each with its old place.
    batch: Vec<(Position, Version, Record)>,
    stream: Option<Stream>,
    bytes: usize,
    /// The length of the last segment.
    passed: u64,
    events: u64,
    moved: Vec<Moved>,
    streams: BTreeMap<Stream, Vec<MovedStream>>,
    nameless: BTreeMap<u32, Nameless>,
    repeated: Vec<Position>,
}

impl<T: Disk> Copy<T> {
    fn new(log: EmbeddedLog<T>) -> Self {
        Self {
            epoch: log.epoch(),
            log,
            names: BTreeMap::new(),
            batch: Vec::new(),
            stream: None,
            bytes: 0,
            passed: 0,
            events: 0,
            moved: Vec::new(),
            streams: BTreeMap::new(),
            nameless: BTreeMap::new(),
            repeated: Vec::new(),
        }
    }

    /// What the footers say of streams: a declaration stands in the log once, and where it is lost
    /// every finished segment that has events of the stream still names it.
    fn learn_names<S: Disk>(&mut self, source: &S, segments: &Segments) -> Result<(), WalkError> {
        for index in 0..segments.count() {
            let Some(found) = segments.open(source, index)? else { continue };
            let Some(way) = way_through(source, &found)? else { continue };
            let Some((_, footer)) = footer_of(source, &found, &way.header)? else { continue };
            self.epoch = self.epoch.max(Epoch::new(footer.epoch));
            for stream in footer.streams.unwrap_or_default() {
                if let Some(name) = stream_named(&stream.name) {
                    self.names.entry(stream.number).or_insert(name);
                }
            }
        }
        Ok(())
    }

    fn segment<S: Disk>(
        &mut self,
        source: &S,
        segments: &Segments,
        index: usize,
        progress: &dyn Fn(u64),
    ) -> Result<(), SalvageError> {
        let wrong = |error: OpenError| SalvageError::Source(error);
        let found = segments.open(source, index).map_err(|error| wrong(error.into()))?;
        let Some(found) = found else { return Ok(()) };
        self.passed = found.size;
        let way = way_through(source, &found).map_err(|error| wrong(error.into()))?;
        let Some(Way { header, begins, chained }) = &way else { return Ok(()) };
        let mut failed = None;
        let groups = Groups::new(source, &found, header, false, *begins, *chained);
        let meet: &mut Meet<'_> = &mut |met| match met {
            Met::Sound(group, body) if failed.is_none() => {
                failed = self.group(group, body).err();
            }
            Met::Way(at) => progress(at),
            Met::Sound(..) | Met::Unchained(..) | Met::Damage(_) => (),
        };
        groups.follow(meet).map_err(|error| wrong(error.into()))?;
        failed.map_or(Ok(()), Err)
    }

    fn group(&mut self, header: &GroupHeader, body: &[u8]) -> Result<(), SalvageError> {
        if header.kind != Kind::Events {
            return Ok(());
        }
        // A group that its frames contradict is a damaged place as a whole.
        let Ok(frames) = frames(body).collect::<Result<Vec<Frame<'_>>, _>>() else {
            return Ok(());
        };
        let positions = frames.iter().filter(|frame| !frame.control).map(|frame| frame.position);
        if !positions.eq((header.first_position..).take(narrow(u64::from(header.events)))) {
            return Ok(());
        }
        for frame in frames {
            match (frame.control, frame.tag) {
                (true, CONTROL_STREAM) => {
                    if let Some(stream) = stream_named(frame.payload) {
                        self.names.insert(frame.stream, stream);
                    }
                }
                (true, CONTROL_EPOCH) if frame.payload.len() == 8 => {
                    self.epoch = self.epoch.max(Epoch::new(u64_at(frame.payload, 0)));
                }
                (true, _) => (),
                (false, _) => self.event(&frame)?,
            }
        }
        Ok(())
    }

    fn event(&mut self, frame: &Frame<'_>) -> Result<(), SalvageError> {
        let position = Position::new(frame.position);
        let Some(stream) = self.names.get(&frame.stream).copied() else {
            let number = frame.stream;
            let first = Nameless { number, events: 0, first: position, last: position };
            let nameless = self.nameless.entry(number).or_insert(first);
            nameless.events += 1;
            nameless.last = position;
            return Ok(());
        };
        let bytes = self.bytes + frame.payload.len();
        let full = self.batch.len() >= BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX;
        if self.stream != Some(stream) || full {
            self.flush()?;
            self.stream = Some(stream);
        }
        self.bytes += frame.payload.len();
        let record = Record {
            id: EventId::from_raw(frame.id),
            tag: frame.tag,
            schema: frame.schema,
            at: Timestamp::from_nanos(frame.at_ns),
            body: frame.payload.to_vec(),
        };
        self.batch.push((position, Version::new(frame.version), record));
        Ok(())
    }

    /// Appends what waits.
    fn flush(&mut self) -> Result<(), SalvageError> {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        let Some(stream) = self.stream.filter(|_| !batch.is_empty()) else {
            return Ok(());
        };
        let mut places = Vec::with_capacity(batch.len());
        let mut records = Vec::with_capacity(batch.len());
        for (position, version, record) in batch {
            places.push((position, version));
            records.push(record);
        }
        if self.append(stream, &places, &records)? {
            return Ok(());
        }
        // Some id is there already: one by one, it is found out which.
        for (place, record) in places.iter().zip(&records) {
            if !self.append(stream, &[*place], std::slice::from_ref(record))? {
                self.repeated.push(place.0);
            }
        }
        Ok(())
    }

    /// Appends events; false if one of their ids is in the new log already.
    fn append(
        &mut self,
        stream: Stream,
        places: &[(Position, Version)],
        records: &[Record],
    ) -> Result<bool, SalvageError> {
        let (to, expected) = (self.log.head().next(), self.log.version(&stream));
        let epoch = self.epoch.max(self.log.epoch());
        match self.log.append(&Append { stream, expected, epoch, records }) {
            Ok(appended) if appended.already => return Ok(false),
            Ok(_) => (),
            Err(AppendError::IdReused { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let (mut to, mut version) = (to, expected.next());
        for (position, old) in places {
            self.note(stream, *position, *old, to, version);
            (to, version) = (to.next(), version.next());
        }
        Ok(true)
    }

    /// An event went from one place to another.
    fn note(&mut self, stream: Stream, old: Position, was: Version, to: Position, now: Version) {
        self.events += 1;
        match self.moved.last_mut() {
            Some(last) if last.last.next() == old => last.last = old,
            Some(_) | None => self.moved.push(Moved { first: old, last: old, to }),
        }
        let streams = self.streams.entry(stream).or_default();
        match streams.last_mut() {
            Some(last) if last.last.next() == was => last.last = was,
            Some(_) | None => {
                streams.push(MovedStream { stream, first: was, last: was, to: now });
            }
        }
    }
}
