//! Which events of a log are wanted, and how they are come by, is decided here.

use std::ops::ControlFlow;

use anyhow::Result;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gatefold::core::record::{Entry, Event, Position, Stream, Version, codec, decode_entry};
use gatefold::core::vocabulary::{AccountId, OrderKey, RecommendationId};
use gatefold::logs::AnyReader;

use crate::books::{Books, Until};
use crate::log::facts::Facts;

/// Which events are wanted: those that every option given lets through.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Filter {
    /// Only events of this account
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    /// Only events that belong to no account
    #[arg(long, conflicts_with = "account")]
    pub(crate) system: bool,
    /// Only events of this kind, as IntentRefused; may be given again for more kinds
    #[arg(long, value_parser = kinds(), ignore_case = true, hide_possible_values = true)]
    pub(crate) kind: Vec<u16>,
    /// Only from this position (120) or time (2026-02-03T17:30:00Z) on, itself included
    #[arg(long, value_name = "POSITION|TIME")]
    pub(crate) since: Option<Until>,
    /// Only up to this position or time, itself included
    #[arg(long, value_name = "POSITION|TIME")]
    pub(crate) until: Option<Until>,
    /// Only what this recommendation came to: its decisions, its orders and their executions
    #[arg(long, value_name = "ID")]
    pub(crate) recommendation: Option<RecommendationId>,
    /// At most so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

impl Filter {
    /// The one stream that all wanted events are in.
    fn stream(&self) -> Option<Stream> {
        if self.system { Some(Stream::System) } else { self.account.map(Stream::Account) }
    }
}

/// The names of all kinds of event, each for its tag.
fn kinds() -> impl TypedValueParser<Value = u16> {
    let names = PossibleValuesParser::new(codec::SHAPES.iter().map(|(_, _, name)| *name));
    names.try_map(|given| {
        let mut shapes = codec::SHAPES.iter();
        let shape = shapes.find(|(_, _, name)| name.eq_ignore_ascii_case(&given));
        shape.map(|(tag, _, _)| *tag).ok_or("not a kind of event")
    })
}

/// How far a scan came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Events that were wanted.
    pub(crate) events: u64,
    /// The first of them.
    pub(crate) first: Option<Position>,
    /// The last of them.
    pub(crate) last: Option<Position>,
}

/// What is shown every wanted event.
pub(crate) type Visit<'v> = dyn FnMut(&Entry<'_>, &Event) -> Result<ControlFlow<()>> + 'v;

/// Shows every wanted event to `visit`, in order, until it breaks; `passed` hears of every
/// position read.
pub(crate) fn scan(
    books: &Books,
    filter: &Filter,
    passed: &mut dyn FnMut(Position),
    visit: &mut Visit<'_>,
) -> Result<Scanned> {
    let mut sieve = Sieve { filter, orders: Vec::new(), scanned: Scanned::default() };
    read(books, filter, sieve.after(), &mut |entry| {
        passed(entry.position);
        sieve.pass(entry, visit)
    })?;
    Ok(sieve.scanned)
}

/// The same for the entries as they stand, whether or not they are events that are known. What a
/// recommendation came to cannot be told without looking into them.
pub(crate) fn scan_raw(
    books: &Books,
    filter: &Filter,
    visit: &mut dyn FnMut(&Entry<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    assert!(filter.recommendation.is_none(), "the options exclude each other");
    let mut sieve = Sieve { filter, orders: Vec::new(), scanned: Scanned::default() };
    read(books, filter, sieve.after(), &mut |entry| {
        if sieve.is_over(entry) {
            return Ok(ControlFlow::Break(()));
        }
        if !sieve.is_in_place(entry) {
            return Ok(ControlFlow::Continue(()));
        }
        sieve.count(entry);
        visit(entry)
    })
}

/// Shows `each` the entries that may be wanted, until it breaks or fails.
fn read(
    books: &Books,
    filter: &Filter,
    after: Position,
    each: &mut dyn FnMut(&Entry<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut failed = None;
    let mut each = |entry: &Entry<'_>| {
        each(entry).unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    };
    match (filter.stream(), books.reader()) {
        // Segments without the stream need not be read, which positions cannot tell.
        (Some(stream), AnyReader::Directory(reader)) if after == Position::ZERO => {
            reader.read_stream(&stream, Version::new(1), &mut each)?;
        }
        (Some(_) | None, reader) => reader.read(after, &mut each)?,
    }
    failed.map_or(Ok(()), Err)
}

struct Sieve<'f> {
    filter: &'f Filter,
    /// The orders of the recommendation asked for.
    orders: Vec<OrderKey>,
    scanned: Scanned,
}

impl Sieve<'_> {
    /// Events up to here need not be read. An order is known for the recommendation's only by its
    /// approval, which may be before the first event wanted.
    fn after(&self) -> Position {
        match (self.filter.since, self.filter.recommendation) {
            (Some(Until::Position(first)), None) => Position::new(first.get().saturating_sub(1)),
            (Some(_) | None, _) => Position::ZERO,
        }
    }

    fn pass(&mut self, entry: &Entry<'_>, visit: &mut Visit<'_>) -> Result<ControlFlow<()>> {
        let filter = self.filter;
        if self.is_over(entry) {
            return Ok(ControlFlow::Break(()));
        }
        let learning = filter.recommendation.is_some();
        if !learning && !self.is_in_place(entry) {
            return Ok(ControlFlow::Continue(()));
        }
        let event = decode_entry(entry)?;
        if let Some(id) = filter.recommendation
            && !self.concerns(id, &event)
        {
            return Ok(ControlFlow::Continue(()));
        }
        if !self.is_in_place(entry) {
            return Ok(ControlFlow::Continue(()));
        }
        self.count(entry);
        let flow = visit(entry, &event)?;
        Ok(if self.is_enough() { ControlFlow::Break(()) } else { flow })
    }

    fn count(&mut self, entry: &Entry<'_>) {
        self.scanned.events += 1;
        self.scanned.first = self.scanned.first.or(Some(entry.position));
        self.scanned.last = Some(entry.position);
    }

    /// Whether nothing from this entry on is wanted.
    fn is_over(&self, entry: &Entry<'_>) -> bool {
        let until = self.filter.until;
        self.is_enough() || matches!(until, Some(Until::Position(it)) if entry.position > it)
    }

    fn is_enough(&self) -> bool {
        self.filter.limit.is_some_and(|limit| self.scanned.events >= limit)
    }

    /// What can be told without looking into the event.
    fn is_in_place(&self, entry: &Entry<'_>) -> bool {
        let filter = self.filter;
        let of_account = match entry.stream {
            Stream::System => filter.account.is_none(),
            Stream::Account(id) => !filter.system && filter.account.is_none_or(|it| it == id),
        };
        let since = match filter.since {
            Some(Until::Position(first)) => first <= entry.position,
            Some(Until::Time(first)) => first <= entry.at,
            None => true,
        };
        // Times of different accounts need not rise with the position: a later one ends nothing.
        let until = filter.until.is_none_or(|until| !until.is_passed_by(entry));
        of_account && since && until && (filter.kind.is_empty() || filter.kind.contains(&entry.tag))
    }

    /// Whether an event belongs to a recommendation, by its id or by one of its orders.
    fn concerns(&mut self, id: RecommendationId, event: &Event) -> bool {
        let facts = Facts::of(event);
        let names = facts.recommendation == Some(id);
        if names && let Event::IntentApproved(it) = event {
            self.orders.push(it.key);
        }
        names || facts.order.is_some_and(|key| self.orders.contains(&key))
    }
}
