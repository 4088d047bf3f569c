//! What is in one segment, noted group by group, so that it can be held against the others.

use std::collections::BTreeMap;

use gatefold_core::record::{Position, Stream, Version};

use crate::anchor::Anchor;
use crate::format::Digest;
use crate::format::footer::{Footer, FooterFault};
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame, frames, frames_of_summed};
use crate::format::group::{GroupHeader, Kind};
use crate::index::stream_named;
use crate::recovery::decide::Label;
use crate::verify::CheckBody;
use crate::verify::report::{Affected, AffectedStream, Damage};

/// The versions of one stream in a run of groups, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub first: u64,
    pub last: u64,
}

/// Sound groups with no damage between them.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// By the stream's number.
    pub spans: BTreeMap<u32, Span>,
    pub declared: Vec<(u32, Stream)>,
}

/// A run of sound groups, or a damaged place between two.
#[derive(Debug)]
pub(crate) enum Part {
    Run(Run),
    Damage(Damage),
}

/// What one segment holds.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub path: String,
    pub parts: Vec<Part>,
    /// The run that goes on.
    run: Run,
    pub groups: u64,
    pub events: u64,
    /// The highest epoch stated.
    pub epoch: u64,
    /// What the chain is at the anchor's group, and the position there.
    pub anchor: Option<(Position, Digest)>,
    /// Every event's id and position, if they are wanted.
    pub ids: Vec<(u128, u64)>,
}

/// How much is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Depth<'d> {
    pub deep: Option<&'d CheckBody<'d>>,
    pub anchor: Option<Anchor>,
}

impl Facts {
    /// Nothing yet of the segment at `path`.
    pub(crate) fn of(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// A sound group. What contradicts it inside is noted as damage.
    pub(crate) fn sound(&mut self, header: &GroupHeader, body: &[u8], depth: &Depth<'_>) {
        self.groups += 1;
        if depth.anchor.is_some_and(|anchor| anchor.group == header.number) {
            let last = header.first_position - 1 + u64::from(header.events);
            self.anchor = Some((Position::new(last), header.digest));
        }
        let body = if header.kind == Kind::Events { body } else { &[] };
        if let Err(detail) = self.frames(header, body, depth) {
            let events = u64::from(header.events);
            let first = Position::new(header.first_position);
            let mut damage = self.contradiction(header, first, detail);
            damage.until = Some(first.after(events));
            self.damage(damage);
        } else {
            self.events += u64::from(header.events);
        }
    }

    /// A damaged place.
    pub(crate) fn damage(&mut self, damage: Damage) {
        self.end_run();
        self.parts.push(Part::Damage(damage));
    }

    /// A group that can be read and does not continue the chain: whose events are in it can be
    /// said, whether they are as they were written cannot.
    pub(crate) fn unchained(&mut self, header: &GroupHeader, body: &[u8]) {
        let body = if header.kind == Kind::Events { body } else { &[] };
        let frames = frames(body).filter_map(Result::ok);
        let mut run = Run::default();
        for frame in frames.filter(|frame| !frame.control) {
            let version = frame.version;
            let span = run.spans.entry(frame.stream).or_insert(Span { first: version, last: 0 });
            span.last = version;
        }
        if let Some(Part::Damage(damage)) = self.parts.last_mut() {
            let named = |(number, span): (&u32, &Span)| AffectedStream {
                stream: number.to_string(),
                first: Version::new(span.first),
                last: Version::new(span.last),
            };
            damage.affected =
                Affected { streams: run.spans.iter().map(named).collect(), complete: true };
        }
        self.parts.push(Part::Run(run));
    }

    /// Some place in it is damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Damage(_)))
    }

    /// The segment ends here.
    pub(crate) fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if !run.spans.is_empty() || !run.declared.is_empty() {
            self.parts.push(Part::Run(run));
        }
    }

    fn contradiction(&self, header: &GroupHeader, first: Position, detail: String) -> Damage {
        Damage {
            segment: self.path.clone(),
            offset: header.offset,
            label: Label::P,
            first,
            until: Some(first.next()),
            detail: format!("{}: {detail}", Label::P.detail()),
            affected: Affected::default(),
        }
    }

    fn frames(
        &mut self,
        header: &GroupHeader,
        body: &[u8],
        depth: &Depth<'_>,
    ) -> Result<(), String> {
        // A group counts as a whole or not at all: first it is looked through.
        let deep = depth.deep.is_some();
        let each = || if deep { frames(body) } else { frames_of_summed(body) };
        let mut next = header.first_position;
        for frame in each() {
            let frame = frame?;
            if frame.control {
                check_statement(&frame)?;
                continue;
            }
            if frame.position != next {
                return Err("an event's position does not follow the one before".to_owned());
            }
            next = next.saturating_add(1);
            if let Some(check) = depth.deep {
                check(frame.tag, frame.schema, frame.payload)
                    .map_err(|detail| format!("event {}: {detail}", frame.position))?;
            }
        }
        if next != header.first_position.saturating_add(u64::from(header.events)) {
            return Err("a group holds another number of events than it says".to_owned());
        }
        let mut current: Option<(u32, Span)> = None;
        for frame in each().filter_map(Result::ok) {
            if frame.control {
                self.state(&frame);
                continue;
            }
            if deep {
                self.ids.push((frame.id, frame.position));
            }
            current = match current {
                Some((number, span))
                    if number == frame.stream
                        && span.last.checked_add(1) == Some(frame.version) =>
                {
                    Some((number, Span { last: frame.version, ..span }))
                }
                other => {
                    self.note(header, other);
                    let span = Span { first: frame.version, last: frame.version };
                    Some((frame.stream, span))
                }
            };
        }
        self.note(header, current);
        Ok(())
    }

    fn state(&mut self, frame: &Frame<'_>) {
        if frame.tag == CONTROL_EPOCH {
            self.epoch = self.epoch.max(crate::format::bytes::u64_at(frame.payload, 0));
        } else if let Some(stream) = stream_named(frame.payload) {
            self.run.declared.push((frame.stream, stream));
        }
    }

    /// A stream goes on with these versions.
    fn note(&mut self, header: &GroupHeader, span: Option<(u32, Span)>) {
        let Some((number, span)) = span else { return };
        let known = self.run.spans.get(&number).copied();
        let span = match known {
            Some(known) if known.last.checked_add(1) == Some(span.first) => {
                Span { last: span.last, ..known }
            }
            Some(Span { last, .. }) => {
                let detail =
                    format!("stream {number} goes on from version {last} to {}", span.first);
                let first = Position::new(header.first_position);
                let damage = self.contradiction(header, first, detail);
                self.damage(damage);
                span
            }
            None => span,
        };
        self.run.spans.insert(number, span);
    }

    /// What a footer says against what was met before it.
    pub(crate) fn footer(&mut self, first_position: u64, header: &GroupHeader, body: &[u8]) {
        let footer = match Footer::decode(body) {
            Ok(Some(footer)) => footer,
            Ok(None) | Err(FooterFault::TooNew(_)) => return,
            Err(FooterFault::Damaged(detail)) => {
                return self.wrong_footer(header, format!("the footer: {detail}"));
            }
        };
        let last_position = header.first_position - 1;
        let counted = footer.groups == self.groups
            && (footer.first_position, footer.last_position) == (first_position, last_position);
        let streams = footer.streams.as_ref().is_none_or(|streams| {
            let mut said = streams.iter().filter(|it| it.versions.1 > 0);
            let agrees = |(number, span): (&u32, &Span)| {
                let versions = (span.first, span.last);
                said.next().is_some_and(|it| it.number == *number && it.versions == versions)
            };
            self.run.spans.iter().all(agrees) && said.next().is_none()
        });
        // Behind damage the footer may know more than what can be met.
        if self.parts.is_empty() && !(counted && streams) {
            let detail = "the footer says otherwise than the groups before it".to_owned();
            self.wrong_footer(header, detail);
        }
    }

    /// The footer is not what it should be; no event is affected.
    pub(crate) fn wrong_footer(&mut self, header: &GroupHeader, detail: String) {
        let first = Position::new(header.first_position);
        let mut damage = self.contradiction(header, first, detail);
        damage.until = Some(first);
        self.damage(damage);
    }
}

fn check_statement(frame: &Frame<'_>) -> Result<(), String> {
    let possible = match frame.tag {
        CONTROL_STREAM => frame.stream > 0 && stream_named(frame.payload).is_some(),
        CONTROL_EPOCH => frame.payload.len() == 8,
        _ => false,
    };
    if possible { Ok(()) } else { Err("an impossible control statement".to_owned()) }
}
