//! Holding segments against each other, in order: does each continue the one before, and whose
//! events are missing where something is damaged.

use std::collections::BTreeMap;

use gatefold_core::record::{Position, Stream, Version};

use crate::format::root::Root;
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::format::{BLOCK, genesis};
use crate::recovery::decide::Label;
use crate::recovery::walk::Cursor;
use crate::verify::facts::{Facts, Part, Run, Span};
use crate::verify::groups::Followed;
use crate::verify::report::{Affected, AffectedStream, Damage};

/// A segment that was gone through.
pub(crate) struct Seen {
    pub name: SegmentName,
    /// The header, or what is wrong with it.
    pub header: Result<SegmentHeader, &'static str>,
    pub size: u64,
    pub facts: Facts,
    /// How far its groups could be followed; `None` if nothing in it could be read.
    pub followed: Option<Followed>,
    /// Where its first group begins, for a segment whose header is damaged.
    pub begins: Option<Cursor>,
    /// A later segment holds groups.
    pub sealed: bool,
    /// There is no later segment.
    pub last: bool,
    /// Nothing follows the header, and it is the newest.
    pub empty: bool,
}

/// What is known of one stream.
#[derive(Clone, Copy, Default)]
struct Head {
    version: u64,
    /// How many damages there were when it was seen last.
    damages: usize,
}

/// All segments up to here.
pub(crate) struct Join {
    pub damages: Vec<Damage>,
    /// Of each damage: events whose stream is known for certain.
    certain: Vec<u64>,
    /// The number and version of each stream whose events are missing, of each damage.
    missing: Vec<Vec<(u32, Span)>>,
    heads: BTreeMap<u32, Head>,
    names: BTreeMap<u32, Stream>,
    cursor: Cursor,
    chained: bool,
    /// The last damage goes on to the end of the segment.
    open: bool,
    number: u64,
}

impl Join {
    pub(crate) fn new(root: &Root) -> Self {
        Self {
            damages: Vec::new(),
            certain: Vec::new(),
            missing: Vec::new(),
            heads: BTreeMap::new(),
            names: BTreeMap::new(),
            cursor: Cursor { group: 0, position: 0, digest: genesis(&root.uuid) },
            chained: true,
            open: false,
            number: 0,
        }
    }

    /// How far the log could be followed.
    pub(crate) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// A damaged place.
    pub(crate) fn add(&mut self, damage: Damage) {
        self.damages.push(damage);
        self.certain.push(0);
        self.missing.push(Vec::new());
    }

    /// The next segment.
    pub(crate) fn segment(&mut self, root: &Root, seen: Seen) {
        self.number += 1;
        if seen.empty && self.number > 1 {
            self.empty(&seen);
            return;
        }
        self.begin(root, &seen);
        for part in seen.facts.parts {
            match part {
                Part::Damage(damage) => self.add(damage),
                Part::Run(run) => self.run(&seen.facts.path, run),
            }
        }
        let path = seen.facts.path;
        let Some(followed) = seen.followed else {
            self.open = true;
            return;
        };
        self.cursor = followed.cursor;
        self.chained = followed.chained && !followed.lost;
        self.open = followed.lost;
        let missing = "it has no footer although a later segment is in use";
        let length = seen.header.as_ref().map_or(seen.size, |header| u64::from(header.length));
        if seen.sealed && !followed.footer && !followed.lost {
            self.fault(&path, BLOCK, missing);
            self.open = true;
        } else if !followed.footer && !seen.sealed && seen.size != length {
            self.fault(&path, 0, "the file has another length than it was made with");
        } else if followed.footer && seen.last {
            self.fault(&path, 0, "the segment after it is missing");
        }
    }

    /// A newest segment in which nothing is; an unfinished one is made again by the next writer.
    fn empty(&mut self, seen: &Seen) {
        let next = self.cursor.position.saturating_add(1);
        if !self.open && seen.name.first_position != next && self.chained {
            self.fault(&seen.facts.path, 0, "an empty segment whose name is not the next position");
        }
    }

    /// Where the segment begins, against where the one before ended.
    fn begin(&mut self, root: &Root, seen: &Seen) {
        let path = &seen.facts.path;
        let header = match &seen.header {
            Ok(header) => header,
            Err(detail) => return self.begin_without_header(seen, detail),
        };
        let skipped = header.number > self.number;
        self.number = header.number.max(self.number);
        let begins = Cursor {
            group: header.first_group - 1,
            position: header.first_position - 1,
            digest: header.entering,
        };
        let joins = (begins.group, begins.position) == (self.cursor.group, self.cursor.position);
        let detail = if header.uuid != root.uuid {
            "the segment belongs to another log"
        } else if header.first_position != seen.name.first_position {
            "the file's name is not the position it begins with"
        } else if skipped {
            "a segment before it is missing"
        } else if header.number < self.number {
            "the segment is there twice, or an older one took its place"
        } else if self.open {
            self.close(Position::new(header.first_position));
            return;
        } else if !joins {
            "it does not begin where the segment before it ends"
        } else if self.chained && header.entering != self.cursor.digest {
            "it does not continue the chain of the segment before it"
        } else {
            return;
        };
        self.fault(path, 0, detail);
        self.close(Position::new(header.first_position));
    }

    fn begin_without_header(&mut self, seen: &Seen, detail: &str) {
        let was_open = self.open;
        self.fault(&seen.facts.path, 0, detail);
        let begins = seen.begins.map(|cursor| Position::new(cursor.position).next());
        self.open = begins.is_none();
        if let Some(position) = begins {
            self.close(position);
        }
        if was_open && let [.., before, _] = self.damages.as_mut_slice() {
            before.until = before.until.or(Some(Position::new(seen.name.first_position)));
        }
    }

    /// Sound events go on from `position`.
    fn close(&mut self, position: Position) {
        self.open = false;
        if let Some(last) = self.damages.last_mut() {
            last.until = Some(position.max(last.first));
        }
    }

    fn fault(&mut self, path: &str, offset: u64, detail: &str) {
        let first = Position::new(self.cursor.position).next();
        self.add(Damage {
            segment: path.to_owned(),
            offset,
            label: Label::N,
            first,
            until: Some(first),
            detail: format!("{}: {detail}", Label::N.detail()),
            affected: Affected::default(),
        });
    }

    fn run(&mut self, path: &str, run: Run) {
        for (number, stream) in run.declared {
            let before = self.names.insert(number, stream);
            let gap = number > 1 && !self.names.contains_key(&(number - 1));
            let twice = self.names.values().filter(|name| **name == stream).count() > 1;
            let undamaged = self.damages.is_empty();
            if before.is_some_and(|before| before != stream) || twice || (gap && undamaged) {
                self.contradiction(path, "a stream is declared out of order or twice");
            }
        }
        for (number, span) in run.spans {
            self.span(path, number, span);
        }
    }

    /// A stream goes on: what of it is missing went missing in a damage since it was seen last.
    fn span(&mut self, path: &str, number: u32, span: Span) {
        if !self.names.contains_key(&number) && self.damages.is_empty() {
            self.contradiction(path, "an event of an undeclared stream");
        }
        let head = self.heads.get(&number).copied().unwrap_or_default();
        let next = head.version.saturating_add(1);
        let places = self.places_since(head);
        if span.first < next || (span.first > next && places.is_empty()) {
            let (from, to) = (head.version, span.first);
            let detail = format!("stream {number} goes on from version {from} to {to}");
            self.contradiction(path, &detail);
        } else if span.first > next {
            let lost = Span { first: next, last: span.first - 1 };
            for index in &places {
                self.missing[*index].push((number, lost));
            }
            if let [only] = places.as_slice() {
                self.certain[*only] += span.first - next;
            }
        }
        let damages = self.damages.len();
        self.heads.insert(number, Head { version: span.last, damages });
    }

    /// The damages since a stream was seen in which events of it may have been.
    fn places_since(&self, head: Head) -> Vec<usize> {
        let possible = |index: &usize| {
            let Damage { first, until, affected, .. } = &self.damages[*index];
            *until != Some(*first) && !affected.complete
        };
        (head.damages..self.damages.len()).filter(possible).collect()
    }

    fn contradiction(&mut self, path: &str, detail: &str) {
        self.fault(path, BLOCK, detail);
        if let Some(damage) = self.damages.last_mut() {
            damage.label = Label::P;
            damage.detail = format!("{}: {detail}", Label::P.detail());
        }
    }

    /// The damages, each with the streams it affects.
    pub(crate) fn end(mut self) -> Vec<Damage> {
        let named = |names: &BTreeMap<u32, Stream>, number: u32| {
            let unnamed = || format!("stream number {number}");
            names.get(&number).map_or_else(unnamed, ToString::to_string)
        };
        for (index, damage) in self.damages.iter_mut().enumerate() {
            for affected in &mut damage.affected.streams {
                let number = affected.stream.parse().unwrap_or(0);
                affected.stream = named(&self.names, number);
            }
            let events = damage.until.map(|until| until.get() - damage.first.get());
            let missing = std::mem::take(&mut self.missing[index]);
            damage.affected.complete |= events == Some(self.certain[index]);
            damage.affected.streams.extend(missing.into_iter().map(|(number, span)| {
                AffectedStream {
                    stream: named(&self.names, number),
                    first: Version::new(span.first),
                    last: Version::new(span.last),
                }
            }));
        }
        self.damages
    }
}
