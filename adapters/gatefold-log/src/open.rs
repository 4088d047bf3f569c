//! Opening a directory: is it a log, is it free, is it sound; and creating one.

use std::sync::Arc;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::vocabulary::Timestamp;

use crate::active;
use crate::backup::BACKUP_MARKS;
use crate::commit::{CommitError, Committer, Place};
use crate::error::{Corruption, OpenError, WalkError};
use crate::format::bytes::narrow;
use crate::format::genesis;
use crate::format::group::Kind;
use crate::format::root::{Root, RootFault};
use crate::format::segment::SegmentName;
use crate::ids::file::INDEX;
use crate::ids::{Held, Sealed};
use crate::options::Options;
use crate::outside;
use crate::recovery::decide::Label;
use crate::recovery::gather::{Gathered, Tail, gather};
use crate::recovery::layout::{SEGMENTS, survey};
use crate::recovery::mend::{QUARANTINE, mend};
use crate::recovery::resume::Use;
use crate::recovery::walk::{Cursor, Sound};
use crate::report::RecoveryReport;
use crate::writer::ahead::Ahead;
use crate::writer::books::Books;
use crate::writer::file_hash::Behind;
use crate::writer::filling;
use crate::writer::shared::Shared;

/// The file that is locked by the writer.
pub(crate) const LOCK: &str = "LOCK";
pub(crate) const FORMAT: &str = "FORMAT";
const FORMAT_NEW: &str = "FORMAT.new";
/// What may stand in a directory in which the making of a log was interrupted.
const UNFINISHED: [&str; 5] = [LOCK, FORMAT_NEW, SEGMENTS, QUARANTINE, INDEX];
/// `FORMAT` is a few lines.
pub(crate) const FORMAT_BYTES_MAX: u64 = 4_096;

/// A log open for writing, and what opening found.
pub(crate) struct Opened<D: Disk> {
    pub shared: Shared<D>,
    pub report: RecoveryReport,
    pub lock: D::Lock,
}

/// Opens a log for writing, or creates it; `kept` says that there will be a keeper.
pub(crate) fn open<D: Disk>(disk: D, options: Options, kept: bool) -> Result<Opened<D>, OpenError> {
    refuse_other(&disk)?;
    let lock = disk.lock(LOCK)?;
    let (root, created) = match read_root(&disk)? {
        Some(root) => (root, false),
        None => (create(&disk, options)?, true),
    };
    disk.create_dir(INDEX)?;
    let layout = survey(&disk, Access::Write)?;
    let segments = u64::try_from(layout.segments.len()).unwrap_or(u64::MAX);
    let mut gathered = gather(&disk, &root, &layout, kept)?;
    let (groups, kind) = (gathered.end.cursor.group, gathered.end.end.kind);
    let mended = mend(&disk, &root, options, layout, &mut gathered)?;
    let Gathered { index, mut sealed, tail, walked, rebuilt, resumed, .. } = gathered;
    let Tail { mut known, entries, .. } = tail;
    if let Some(segment) = mended.finished {
        let (known, entries) = (std::mem::take(&mut known), Arc::new(entries.into_all()));
        let held = Held { segment, known, entries, unwritten: false };
        sealed.push(Arc::new(Sealed::Held(held)));
    }
    let head = index.position;
    let (active, cursor, epoch) = (mended.active, mended.cursor, index.statements.epoch.get());
    let length = u64::from(active.header.length);
    let prepared = if created { u64::from(options.prepared_bytes).min(length) } else { 0 };
    let filled = filling::prepare(&disk, &active.file, mended.filled, prepared)?;
    let ahead = Ahead::new(active.name, length, active.offset, filled);
    let behind = Behind::new(active.name, &active.header, active.offset, kept);
    let place = Place { disk, root, options, ahead, behind };
    let books = Books::new(index, cursor, known, Arc::new(sealed));
    let shared = Shared::new(place, Committer { active, cursor, epoch }, books, kept);
    let epoch = shared.take_over().map_err(|error| match error {
        CommitError::Full(detail) => OpenError::Full { detail },
        CommitError::Unknown(detail) => OpenError::Io { detail },
    })?;
    let report = RecoveryReport {
        created,
        clean: kind == Some(Kind::CleanClose) && mended.torn.is_none(),
        head,
        segments,
        walked,
        groups,
        rebuilt,
        epoch,
        torn: mended.torn,
        recreated: mended.recreated,
        resumed: resumed == Use::Resumed,
        left_aside: if let Use::LeftAside(reason) = resumed { Some(reason) } else { None },
    };
    Ok(Opened { shared, report, lock })
}

/// A sound group whose frames contradict it or the groups before it.
pub(crate) fn contradiction(sound: &Sound<'_>, detail: &str) -> WalkError {
    WalkError::Corrupt(Corruption {
        segment: sound.segment.to_owned(),
        offset: sound.header.offset,
        label: Label::P,
        first: Position::new(sound.header.first_position),
        until: None,
        detail: format!("{}: {detail}", Label::P.detail()),
    })
}

/// Refuses a directory that holds something else, before anything is written to it.
fn refuse_other<D: Disk>(disk: &D) -> Result<(), OpenError> {
    let names = disk.list("")?;
    if let Some(name) = names.iter().find(|name| BACKUP_MARKS.contains(&name.as_str())) {
        return Err(not_a_log(format!("it has a file {name}: it is a backup, restore it")));
    }
    if names.iter().any(|name| name == FORMAT) {
        return Ok(());
    }
    match names.iter().find(|name| !UNFINISHED.contains(&name.as_str())) {
        Some(name) => Err(not_a_log(format!("it has no file {FORMAT}, but it has {name}"))),
        None => Ok(()),
    }
}

fn not_a_log(detail: String) -> OpenError {
    OpenError::NotALog { directory: String::new(), detail }
}

/// What `FORMAT` says, if it is there.
pub(crate) fn read_root<D: Disk>(disk: &D) -> Result<Option<Root>, OpenError> {
    let file = match disk.open(FORMAT, Access::Read) {
        Ok(file) => file,
        Err(DiskError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut text = vec![0; narrow(disk.size(&file)?.min(FORMAT_BYTES_MAX))];
    let count = disk.read_at(&file, 0, &mut text)?;
    match Root::decode(&text[..count]) {
        Ok(root) => Ok(Some(root)),
        Err(RootFault::TooNew(detail)) => {
            Err(OpenError::FormatTooNew { place: FORMAT.to_owned(), detail })
        }
        Err(RootFault::Damaged(detail)) => Err(OpenError::Corrupt(Box::new(Corruption {
            segment: FORMAT.to_owned(),
            offset: 0,
            label: Label::N,
            first: Position::ZERO.next(),
            until: None,
            detail,
        }))),
    }
}

/// Makes an empty log. `FORMAT` comes last, by a rename: before it there is no log.
fn create<D: Disk>(disk: &D, options: Options) -> Result<Root, OpenError> {
    disk.create_dir(SEGMENTS)?;
    disk.create_dir(QUARANTINE)?;
    disk.create_dir(INDEX)?;
    disk.sync_dir("")?;
    refuse_orphans(disk)?;
    let created = Timestamp::from_nanos(outside::now_ns());
    let root = Root { uuid: outside::random_uuid(), created };
    let start = Cursor { group: 0, position: 0, digest: genesis(&root.uuid) };
    let header = active::plan(&root, 1, options.segment_len(), &start);
    active::make(disk, SegmentName::first(header.first_position), header)?;
    let file = match disk.create(FORMAT_NEW) {
        Err(DiskError::AlreadyExists { .. }) => disk.open(FORMAT_NEW, Access::Write)?,
        opened => opened?,
    };
    let text = root.encode();
    disk.set_len(&file, 0)?;
    disk.write_at(&file, 0, text.as_bytes())?;
    disk.sync_data(&file)?;
    // The name becomes durable where opening goes on: `mend` syncs the directory in any case.
    disk.rename(FORMAT_NEW, FORMAT)?;
    Ok(root)
}

/// Refuses to make a log over segments that hold something: their `FORMAT` was lost.
fn refuse_orphans<D: Disk>(disk: &D) -> Result<(), OpenError> {
    if disk.list(SEGMENTS)?.is_empty() {
        return Ok(());
    }
    let layout = survey(disk, Access::Read)?;
    if layout.newest_empty && layout.segments.len() == 1 {
        return Ok(());
    }
    Err(not_a_log(format!("there are segments, but {FORMAT} is missing: restore that file")))
}
