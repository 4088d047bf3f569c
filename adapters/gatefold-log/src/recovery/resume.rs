//! Opening a log from a checkpoint: the newest segment was checked up to a group when a snapshot
//! was saved, and only that group and what follows it is checked again.

use std::ops::ControlFlow;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::anchor::Anchor;
use crate::error::WalkError;
use crate::format::bytes::{narrow, wide};
use crate::format::checkpoint::{Checkpoint, FILE_BYTES_MAX};
use crate::format::root::Root;
use crate::ids::file::INDEX;
use crate::index::Index;
use crate::open::contradiction;
use crate::recovery::gather::Tail;
use crate::recovery::layout::{Found, Hint, survey};
use crate::recovery::start::Start;
use crate::recovery::walk::{Cursor, SegmentWalk};
use crate::window::Window;

/// The file of the newest checkpoint.
pub(crate) const CHECKPOINT: &str = "index/checkpoint.gfc";
/// It is written under this name first.
const UNFINISHED: &str = "index/checkpoint.new";

/// What became of the checkpoint at an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// There was none for the newest segment.
    None,
    /// It was gone on from.
    Resumed,
    /// It does not fit, and everything was walked.
    LeftAside(String),
}

/// A checkpoint that was read, or why it cannot be.
pub(crate) type Read = Result<Checkpoint, String>;

impl Checkpoint {
    /// The log before the group.
    pub(crate) fn before(&self) -> Cursor {
        Cursor { group: self.group - 1, position: self.position_before, digest: self.digest_before }
    }

    /// Whether it is about this segment, which the log goes on in from `start`.
    pub(crate) fn is_of<F>(&self, found: &Found<F>, start: &Cursor) -> bool {
        let salt = found.header.as_ref().map(|header| header.salt);
        salt == Ok(self.salt) && self.footer.first_position == start.position + 1
    }

    /// Whether the segment holds the group where it was, whole, and with the same chain; else why
    /// not. What comes before it is taken at the checkpoint's word.
    pub(crate) fn fits<D: Disk>(
        &self,
        disk: &D,
        root: &Root,
        found: &Found<D::File>,
    ) -> Result<Result<(), &'static str>, WalkError> {
        let Ok(header) = &found.header else {
            return Ok(Err("the segment's header is damaged"));
        };
        if self.uuid != root.uuid {
            return Ok(Err("it is of another log"));
        }
        let (file, path, size) = (&found.file, found.path.as_str(), found.size);
        let walk = SegmentWalk { disk, file, path, header, size, sealed: false };
        let mut window = Window::new(disk, file);
        let there = walk.inspect(&mut window, self.offset, &self.before(), Start::FULL)?;
        let same = there.header.is_some_and(|header| {
            let last = self.position_before + u64::from(header.events);
            header.digest == self.digest && last == self.footer.last_position
        });
        Ok(if there.seen.sound() && same {
            Ok(())
        } else {
            Err("the log has another history there, or is damaged")
        })
    }
}

/// The checkpoint of a log; `None` if there is none.
pub(crate) fn load<D: Disk>(disk: &D) -> Result<Option<Read>, DiskError> {
    let file = match disk.open(CHECKPOINT, Access::Read) {
        Ok(file) => file,
        Err(DiskError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = disk.size(&file)?;
    if size > FILE_BYTES_MAX {
        return Ok(Some(Err("it is longer than any checkpoint".to_owned())));
    }
    let mut bytes = vec![0; narrow(size)];
    let count = disk.read_at(&file, 0, &mut bytes)?;
    Ok(Some(Checkpoint::decode(&bytes[..count]).map_err(str::to_owned)))
}

/// Checks the newest segment from its start up to the group of `at`, and leaves a checkpoint there.
/// False if there is nothing that a checkpoint would save: the group is in a finished segment.
pub(crate) fn leave<D: Disk, P: Disk>(
    shelf: &D,
    disk: &P,
    root: &Root,
    at: &Anchor,
) -> Result<bool, WalkError> {
    let Some(checkpoint) = take(shelf, root, at)? else {
        return Ok(false);
    };
    let bytes = checkpoint.encode();
    disk.create_dir(INDEX)?;
    let file = match disk.create(UNFINISHED) {
        Err(DiskError::AlreadyExists { .. }) => disk.open(UNFINISHED, Access::Write)?,
        created => created?,
    };
    disk.set_len(&file, wide(bytes.len()))?;
    disk.write_at(&file, 0, &bytes)?;
    disk.sync_data(&file)?;
    disk.rename(UNFINISHED, CHECKPOINT)?;
    disk.sync_dir(INDEX)?;
    Ok(true)
}

fn take<D: Disk>(disk: &D, root: &Root, at: &Anchor) -> Result<Option<Checkpoint>, WalkError> {
    let layout = survey(disk, Access::Read)?;
    let (mut index, mut cursor) = (Index::default(), layout.start(0, root));
    for segment in 0..layout.last() {
        let Some(ending) = layout.footer(disk, root, segment, &cursor)? else {
            return Ok(None);
        };
        if at.group <= ending.after.group || index.apply_footer(&ending.footer).is_err() {
            return Ok(None);
        }
        cursor = ending.after;
    }
    let segment = layout.last();
    let Ok(header) = &layout.segments[segment].header else {
        return Ok(None);
    };
    let mut tail = Tail::new(cursor.position + 1);
    let (mut before, mut found) = (cursor.digest, None);
    layout.walk_segment(disk, root, segment, &mut cursor, Hint::NONE, &mut |sound| {
        let pushed = tail.push(&mut index, sound);
        pushed.map_err(|detail| contradiction(sound, detail))?;
        let group = sound.header;
        if group.number < at.group {
            before = group.digest;
            return Ok(ControlFlow::Continue(()));
        }
        let fits = group.number == at.group && group.digest == at.digest;
        found = (fits && !sound.is_footer()).then_some((group.offset, group.first_position - 1));
        Ok(ControlFlow::Break(()))
    })?;
    let Some((offset, position_before)) = found else {
        return Ok(None);
    };
    let after = Cursor { group: at.group, position: at.position.get(), digest: at.digest };
    let footer = tail.contents.footer(&after, index.statements.epoch.get(), [0; 32]);
    let mut entries = tail.entries.into_all();
    entries.sort_unstable();
    let checkpoint = Checkpoint {
        uuid: root.uuid,
        salt: header.salt,
        offset,
        group: at.group,
        position_before,
        digest_before: before,
        digest: at.digest,
        footer,
        entries,
    };
    Ok((index.position == at.position).then_some(checkpoint))
}
