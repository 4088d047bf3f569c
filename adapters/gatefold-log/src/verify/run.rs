//! Verifying the segments of a log with several threads, and putting the answers together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use gatefold_core::record::Position;
use gatefold_core::record::disk::Disk;

use crate::error::{OpenError, WalkError};
use crate::format::genesis;
use crate::open::LOCK;
use crate::read::segments::Segments;
use crate::recovery::decide::Label;
use crate::verify::facts::Depth;
use crate::verify::join::{Join, Seen};
use crate::verify::report::{Affected, AnchorVerdict, Damage, TornTail, Verdict, Verification};
use crate::verify::segment::{Surroundings, go_through, root_of};
use crate::verify::{Progress, VerifyOptions};

/// A writer at work may change files while they are verified: damage in the newest segments is
/// looked at again.
const LOOKS: u32 = 3;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Verifies a log.
pub(crate) fn verify<D: Disk>(
    disk: &D,
    options: &VerifyOptions<'_>,
    progress: &Progress<'_>,
) -> Result<Verification, OpenError> {
    let mut look = 1;
    loop {
        let live = disk.is_locked(LOCK)?;
        let segments = Segments::list(disk)?;
        let verification = look_at(disk, &segments, options, progress, live)?;
        let settled = segments.count().saturating_sub(2);
        let moving = |damage: &Damage| {
            let names = segments.names().iter().skip(settled);
            names.clone().any(|name| damage.segment.ends_with(&name.to_string()))
        };
        if !verification.live || look == LOOKS || !verification.damages.iter().any(moving) {
            return Ok(verification);
        }
        look += 1;
        thread::sleep(LOOK_PAUSE);
    }
}

fn look_at<D: Disk>(
    disk: &D,
    segments: &Segments,
    options: &VerifyOptions<'_>,
    progress: &Progress<'_>,
    live: bool,
) -> Result<Verification, OpenError> {
    let (root, fault) = root_of(disk, segments)?;
    let seen = in_parallel(disk, segments, options, progress, live)?;
    let live = live || disk.is_locked(LOCK)?;
    let mut join = Join::new(&root);
    if let Some(fault) = fault {
        join.add(fault);
    }
    let mut sum = Sum::default();
    for seen in seen {
        sum.add(&seen);
        join.segment(&root, seen);
    }
    let cursor = join.cursor();
    let mut damages = join.end();
    damages.extend(sum.repeated(segments));
    let anchor = options.anchor.map(|anchor| {
        let genesis = (Position::ZERO, genesis(&root.uuid));
        match sum.anchor.or((anchor.group == 0).then_some(genesis)) {
            _ if anchor.uuid != root.uuid => AnchorVerdict::OtherLog,
            Some(found) if found == (anchor.position, anchor.digest) => AnchorVerdict::Fits,
            Some((position, digest)) => AnchorVerdict::Rewritten { digest, position },
            None if anchor.group > cursor.group => AnchorVerdict::Behind { group: cursor.group },
            None => AnchorVerdict::Unreadable,
        }
    });
    let torn = sum.torn.filter(|_| !live);
    let fits = anchor.as_ref().is_none_or(|anchor| *anchor == AnchorVerdict::Fits);
    let verdict = match (damages.is_empty() && fits, &torn) {
        (false, _) => Verdict::Damaged,
        (true, Some(_)) => Verdict::TornTail,
        (true, None) => Verdict::Sound,
    };
    Ok(Verification {
        verdict,
        uuid: root.uuid,
        damages,
        torn,
        anchor,
        head: Position::new(cursor.position),
        group: cursor.group,
        digest: cursor.digest,
        segments: sum.segments,
        groups: sum.groups,
        events: sum.events,
        bytes: sum.bytes,
        live,
    })
}

/// Goes through all segments and returns what was seen, in order.
fn in_parallel<D: Disk>(
    disk: &D,
    segments: &Segments,
    options: &VerifyOptions<'_>,
    progress: &Progress<'_>,
    live: bool,
) -> Result<Vec<Seen>, WalkError> {
    let newest_empty = segments.newest_is_empty(disk, live)?;
    let total = segments.bytes(disk)?;
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let results = Mutex::new(Vec::new());
    let depth = Depth { deep: options.deep, anchor: options.anchor };
    let work = || {
        let more = |bytes: u64| {
            let before = done.fetch_add(bytes, Ordering::Relaxed);
            progress((before + bytes).min(total), total);
        };
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= segments.count() {
                return;
            }
            let surroundings = Surroundings { segments, index, newest_empty };
            let seen = go_through(disk, &surroundings, &depth, &more);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, seen));
        }
    };
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let threads = if options.threads == 0 { processors() } else { options.threads };
    thread::scope(|scope| {
        for _ in 1..threads.min(segments.count()) {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().filter_map(|(_, seen)| seen.transpose()).collect()
}

/// What is added up over all segments.
#[derive(Default)]
struct Sum {
    segments: u64,
    groups: u64,
    events: u64,
    bytes: u64,
    torn: Option<TornTail>,
    anchor: Option<(Position, [u8; 32])>,
    ids: Vec<(u128, u64)>,
}

impl Sum {
    fn add(&mut self, seen: &Seen) {
        self.segments += 1;
        self.groups += seen.facts.groups;
        self.events += seen.facts.events;
        self.bytes += seen.size;
        let torn = seen.followed.as_ref().and_then(|followed| followed.torn.clone());
        self.torn = self.torn.take().or(torn);
        self.anchor = self.anchor.or(seen.facts.anchor);
        self.ids.extend_from_slice(&seen.facts.ids);
    }

    /// Ids that are in the log twice.
    fn repeated(&mut self, segments: &Segments) -> Vec<Damage> {
        self.ids.sort_unstable();
        let twice = self.ids.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let damage = |pair: &[(u128, u64)]| {
            let (first, second) = (pair[0].1, pair[1].1);
            let detail = format!(
                "{}: the id {:032x} of event {first} is that of event {second}, too",
                Label::P.detail(),
                pair[0].0
            );
            Damage {
                segment: segments.path_of(second),
                offset: 0,
                label: Label::P,
                first: Position::new(second),
                until: Some(Position::new(second).next()),
                detail,
                affected: Affected::default(),
            }
        };
        twice.map(damage).collect()
    }
}
