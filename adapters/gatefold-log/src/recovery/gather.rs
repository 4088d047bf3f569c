//! What a log holds, gathered at opening: by footers where segments are finished, by a walk with
//! every check where they are not or where a footer cannot be used.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use gatefold_core::record::disk::Disk;

use crate::error::{Corruption, WalkError};
use crate::format::frame::sum_at;
use crate::format::root::Root;
use crate::ids::entries::Entries;
use crate::ids::file::IdFile;
use crate::ids::prefix::Prefix;
use crate::ids::{Finished, Held, IdAt, Known, KnownIds, Sealed, key_of, scan};
use crate::index::Index;
use crate::open::contradiction;
use crate::recovery::decide::Label;
use crate::recovery::layout::{Found, Hint, Layout, LogEnd};
use crate::recovery::resume::{self, Use};
use crate::recovery::walk::{Cursor, Sound};
use crate::recovery::zeros::Zeros;
use crate::writer::contents::Contents;
use crate::writer::group::Touch;

/// What is in a segment that was walked.
pub(crate) struct Tail {
    pub known: KnownIds,
    pub entries: Entries,
    pub contents: Contents,
}

impl Tail {
    pub(super) fn new(first_position: u64) -> Self {
        let contents = Contents::new(first_position);
        Self { known: KnownIds::default(), entries: Entries::default(), contents }
    }

    /// Takes in a group, and moves the index over it.
    pub(super) fn push(
        &mut self,
        index: &mut Index,
        sound: &Sound<'_>,
    ) -> Result<(), &'static str> {
        let Self { known, entries, contents } = self;
        let declared = index.streams();
        let offset = sound.header.offset;
        let group = u32::try_from(offset).unwrap_or(u32::MAX);
        let mut touches: Vec<Touch> = Vec::new();
        let mut doubled = false;
        index.apply_seen(sound.header.events, sound.frames(), &mut |number, entry, frame| {
            let (version, position) = (entry.version, entry.position);
            let sum = sum_at(sound.frames(), frame);
            let at = Known { stream: number, version, position, sum };
            doubled |= known.insert(entry.id, at).is_some();
            entries.push(IdAt { key: key_of(entry.id), group, frame });
            let (version, position) = (version.get(), position.get());
            match touches.iter_mut().rev().find(|touch| touch.number == number) {
                Some(touch) => (touch.versions.1, touch.positions.1) = (version, position),
                None => touches.push(Touch {
                    number,
                    stream: entry.stream,
                    versions: (version, version),
                    positions: (position, position),
                }),
            }
        })?;
        if doubled {
            return Err("an event's id is in the segment twice");
        }
        for number in declared + 1..=index.streams() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let stream = index.statements.stream(number);
            if let Some(stream) = stream
                && touches.iter().all(|touch| touch.number != number)
            {
                let none = (0, 0);
                touches.push(Touch { number, stream, versions: none, positions: none });
            }
        }
        contents.push(&touches, offset);
        Ok(())
    }
}

/// What a log holds.
pub(crate) struct Gathered {
    pub index: Index,
    pub sealed: Vec<Arc<Sealed>>,
    /// What is in the last segment, unless it has a footer.
    pub tail: Tail,
    pub end: LogEnd,
    /// Segments that were walked.
    pub walked: u64,
    /// Id files that were made again.
    pub rebuilt: u64,
    /// What became of the checkpoint.
    pub resumed: Use,
}

/// Gathers what the log holds; `aside` says that a thread may read what is ahead meanwhile.
pub(crate) fn gather<D: Disk>(
    disk: &D,
    root: &Root,
    layout: &Layout<D::File>,
    aside: bool,
) -> Result<Gathered, WalkError> {
    thread::scope(|scope| {
        let last = &layout.segments[layout.last()];
        let zeros = Zeros::begin(scope, disk, last, aside);
        gather_beside(disk, root, layout, zeros)
    })
}

fn gather_beside<D: Disk>(
    disk: &D,
    root: &Root,
    layout: &Layout<D::File>,
    mut zeros: Zeros<'_>,
) -> Result<Gathered, WalkError> {
    let mut index = Index::default();
    let (mut sealed, mut walked, mut rebuilt) = (Vec::new(), 0, 0);
    let (mut kept, mut resumed) = (resume::load(disk)?, Use::None);
    let mut cursor = layout.start(0, root);
    let mut segment = 0;
    loop {
        let found = &layout.segments[segment];
        let mut tail = Tail::new(cursor.position + 1);
        let end = match layout.footer(disk, root, segment, &cursor)? {
            Some(ending) => {
                let applied = index.apply_footer(&ending.footer);
                applied.map_err(|detail| footer_fault(&found.path, &ending.after, detail))?;
                cursor = ending.after;
                ending.end
            }
            None => {
                walked += 1;
                let mut hint = Hint::NONE;
                if segment == layout.last() {
                    let place = Place { disk, root, found, start: &cursor };
                    let kept = kept.take();
                    (hint.resume, resumed) =
                        place.resume(kept, &mut index, &mut tail, &mut sealed)?;
                    let zeros = std::mem::replace(&mut zeros, Zeros::Unknown);
                    hint.zeros_from = zeros.known(disk, found)?;
                }
                let known = hint.resume.map_or(0, |(_, before)| before.group + 1);
                layout.walk_segment(disk, root, segment, &mut cursor, hint, &mut |sound| {
                    if sound.header.number > known {
                        let taken = tail.push(&mut index, sound);
                        taken.map_err(|detail| contradiction(sound, detail))?;
                    }
                    Ok(ControlFlow::Continue(()))
                })?
            }
        };
        if let (true, Ok(header)) = (end.is_footer(), &found.header) {
            let finished = Finished { name: found.name, salt: header.salt, digest: cursor.digest };
            let (ids, made) = ids_of(disk, finished)?;
            sealed.push(Arc::new(ids));
            rebuilt += u64::from(made);
            tail = Tail::new(cursor.position + 1);
        }
        if segment == layout.last() {
            let end = LogEnd { segment, end, cursor };
            return Ok(Gathered { index, sealed, tail, end, walked, rebuilt, resumed });
        }
        segment += 1;
    }
}

/// A segment that the log goes on in from `start`.
struct Place<'p, D: Disk> {
    disk: &'p D,
    root: &'p Root,
    found: &'p Found<D::File>,
    start: &'p Cursor,
}

impl<D: Disk> Place<'_, D> {
    /// Takes in what a checkpoint says of the segment, if it fits, and says where to go on: at its
    /// group, which is checked once more.
    fn resume(
        &self,
        kept: Option<resume::Read>,
        index: &mut Index,
        tail: &mut Tail,
        sealed: &mut Vec<Arc<Sealed>>,
    ) -> Result<(Option<(u64, Cursor)>, Use), WalkError> {
        let aside = |reason: &str| Ok((None, Use::LeftAside(reason.to_owned())));
        let checkpoint = match kept {
            None => return Ok((None, Use::None)),
            Some(Err(reason)) => return aside(&reason),
            // Of a segment that was finished since: its footer says as much.
            Some(Ok(checkpoint)) if !checkpoint.is_of(self.found, self.start) => {
                return Ok((None, Use::None));
            }
            Some(Ok(checkpoint)) => checkpoint,
        };
        if let Err(reason) = checkpoint.fits(self.disk, self.root, self.found)? {
            return aside(reason);
        }
        let mut with = index.clone();
        if let Err(reason) = with.apply_footer(&checkpoint.footer) {
            return aside(reason);
        }
        let segment =
            Finished { name: self.found.name, salt: checkpoint.salt, digest: checkpoint.digest };
        let from = (checkpoint.offset, checkpoint.before());
        *index = with;
        tail.contents = Contents::of(&checkpoint.footer);
        let entries = Arc::new(checkpoint.entries);
        tail.entries = Entries::kept(Arc::clone(&entries));
        sealed.push(Arc::new(Sealed::Prefix(Prefix { segment, entries })));
        Ok((Some(from), Use::Resumed))
    }
}

/// The ids of a finished segment, and whether their file had to be made again.
fn ids_of<D: Disk>(disk: &D, segment: Finished) -> Result<(Sealed, bool), WalkError> {
    if let Some(file) = IdFile::load(disk, segment)? {
        return Ok((Sealed::Filed(file), false));
    }
    let (known, entries) = scan::all(disk, &segment)?;
    let made = match IdFile::write(disk, segment, &entries) {
        Ok(file) => Sealed::Filed(file),
        // It is a cache: memory does as well.
        Err(_) => {
            Sealed::Held(Held { segment, known, entries: Arc::new(entries), unwritten: true })
        }
    };
    Ok((made, true))
}

fn footer_fault(path: &str, after: &Cursor, detail: &str) -> Corruption {
    Corruption {
        segment: path.to_owned(),
        offset: 0,
        label: Label::P,
        first: gatefold_core::record::Position::new(after.position).next(),
        until: None,
        detail: format!("{}: {detail}", Label::P.detail()),
    }
}
