//! What is said of each old row, and which events come of them all: the plan that is told and
//! written.

use std::collections::BTreeMap;

use gatefold::core::record::{Event, Stream};
use gatefold::core::vocabulary::{AccountId, EventId, Instrument, NetQuantity, Timestamp};
use gatefold::postgres::LegacyTable;

/// Why a row is not adopted, or not without a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// The same row once more.
    Duplicate,
    /// A position that no execution made.
    Phantom,
    /// It names no configured account.
    UnknownAccount,
    /// It never reached a broker, and the account is at one.
    Simulated,
    /// It holds no advice, trade or position.
    Unreadable,
    /// What it rests on is not adopted.
    Follows,
    /// Somebody decided to leave it out.
    Decided,
    /// One id, two different rows.
    SameId,
    /// An execution of a recommendation that is not there.
    NoRecommendation,
    /// Its numbers do not multiply.
    Arithmetic,
    /// Status and executions contradict each other.
    Status,
    /// Two rows about one thing name different accounts.
    OtherAccount,
    /// It names two different instruments.
    OtherSymbol,
    /// It was traded in another mode than the account's.
    OtherMode,
    /// All but its id is as another's.
    LookAlike,
    /// Its quantity is not what the executions make.
    Quantity,
    /// It is closed, and nobody says at what price.
    NoExit,
}

impl Class {
    /// Its name in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Phantom => "phantom",
            Self::UnknownAccount => "unknown-account",
            Self::Simulated => "simulated",
            Self::Unreadable => "unreadable",
            Self::Follows => "follows",
            Self::Decided => "decided",
            Self::SameId => "same-id",
            Self::NoRecommendation => "no-recommendation",
            Self::Arithmetic => "arithmetic",
            Self::Status => "status",
            Self::OtherAccount => "other-account",
            Self::OtherSymbol => "other-symbol",
            Self::OtherMode => "other-mode",
            Self::LookAlike => "look-alike",
            Self::Quantity => "quantity",
            Self::NoExit => "no-exit",
        }
    }
}

/// What is said of a row, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// These facts tell it; a position may rest on those of executions alone.
    Adopted {
        /// Places in the plan's list of facts, never empty.
        facts: Vec<usize>,
        /// What was made of it.
        how: String,
    },
    /// Nothing of it is in the log.
    Dropped {
        /// Why, in a word.
        class: Class,
        /// Why.
        why: String,
    },
    /// The old tables contradict each other: somebody must decide.
    Contradictory {
        /// Why, in a word.
        class: Class,
        /// Both sides.
        why: String,
        /// What `adopt` would do; `None` where it can only be left out or corrected.
        adopt: Option<&'static str>,
    },
}

impl Verdict {
    pub(crate) fn dropped(class: Class, why: impl Into<String>) -> Self {
        Self::Dropped { class, why: why.into() }
    }

    pub(crate) fn contradictory(
        class: Class,
        why: impl Into<String>,
        adopt: Option<&'static str>,
    ) -> Self {
        Self::Contradictory { class, why: why.into(), adopt }
    }

    /// The word that reports begin with.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Adopted { .. } => "adopted",
            Self::Dropped { .. } => "dropped",
            Self::Contradictory { .. } => "contradictory",
        }
    }
}

/// A row of the report: an old row, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) table: LegacyTable,
    /// Its place among the table's rows.
    pub(crate) at: usize,
    /// The old row's id, or its place where it has none.
    pub(crate) id: String,
    /// The account it is taken for.
    pub(crate) account: Option<AccountId>,
    pub(crate) verdict: Verdict,
}

/// An event that old rows make, with an id that is derived from theirs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) at: Timestamp,
    pub(crate) stream: Stream,
    pub(crate) id: EventId,
    pub(crate) event: Event,
}

impl Fact {
    /// The fact number `ordinal` of a row. Its id says which row it comes from and nothing else, so
    /// that a row that changed since is found out.
    pub(crate) fn of(
        (table, account, row): (LegacyTable, AccountId, &str),
        ordinal: u32,
        (at, stream): (Timestamp, Stream),
        event: Event,
    ) -> Self {
        let cause = EventId::of(&format!("legacy {table} {account} {row}"), 0, 0).raw();
        let id = EventId::of(&stream.to_string(), cause, ordinal);
        Self { at, stream, id, event }
    }
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// In the order in which they are written: facts of rows, and the openings of accounts.
    pub(crate) facts: Vec<Fact>,
    /// Which of them come from rows, rather than from the configuration.
    pub(crate) from_rows: Vec<bool>,
    /// One for each old row.
    pub(crate) lines: Vec<Line>,
    /// What the accounts hold in the end.
    pub(crate) nets: BTreeMap<(AccountId, Instrument), NetQuantity>,
}

impl Plan {
    /// Puts facts into the order of time, openings before everything of their account. `facts` are
    /// given in the order that holds among those of one moment.
    pub(crate) fn new(
        facts: Vec<Fact>,
        mut lines: Vec<Line>,
        openings: &dyn Fn(AccountId, Timestamp) -> Vec<Fact>,
        nets: BTreeMap<(AccountId, Instrument), NetQuantity>,
    ) -> Self {
        let mut firsts: BTreeMap<AccountId, Timestamp> = BTreeMap::new();
        for fact in &facts {
            if let Stream::Account(account) = fact.stream {
                let first = firsts.entry(account).or_insert(fact.at);
                *first = fact.at.min(*first);
            }
        }
        let opened = firsts.iter().flat_map(|(account, at)| openings(*account, *at));
        // A stable sort: among those of one moment the order of arrival holds.
        let mut all: Vec<(Option<usize>, Fact)> = opened.map(|fact| (None, fact)).collect();
        all.extend(facts.into_iter().enumerate().map(|(place, fact)| (Some(place), fact)));
        all.sort_by_key(|(_, fact)| fact.at);
        let mut places: Vec<usize> = vec![0; all.len()];
        for (new, (old, _)) in all.iter().enumerate() {
            if let Some(place) = old.and_then(|old| places.get_mut(old)) {
                *place = new;
            }
        }
        for line in &mut lines {
            if let Verdict::Adopted { facts, .. } = &mut line.verdict {
                assert!(!facts.is_empty(), "what is adopted is told by an event");
                for fact in facts {
                    *fact = places.get(*fact).copied().unwrap_or(*fact);
                }
            }
        }
        let from_rows = all.iter().map(|(old, _)| old.is_some()).collect();
        Self { facts: all.into_iter().map(|(_, fact)| fact).collect(), from_rows, lines, nets }
    }

    /// How many rows nobody may decide about but a person.
    pub(crate) fn undecided(&self) -> usize {
        let open = |line: &&Line| matches!(line.verdict, Verdict::Contradictory { .. });
        self.lines.iter().filter(open).count()
    }
}
