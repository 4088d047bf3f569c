//! Where input comes from and orders go, is decided here: log, inbox, market and broker.

use std::path::{Path, PathBuf};

use gatefold_core::vocabulary::{Date, Money, Span, Timestamp};

use crate::config::alpaca::{self, Draft, FeedDraft};
use crate::config::kind::{DATE, FLAG, Form, Kind, MOMENT, MONEY, PATH, SEED, SPAN, refused, word};
use crate::config::section::Section;

/// Where the log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// In a directory, for one process.
    Directory,
    /// In the configured database, for several.
    Postgres,
}

/// The log: the only truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// What it is.
    pub kind: LogKind,
    /// Its directory; empty where it is in a database.
    pub dir: PathBuf,
    /// How long the lease of a log runs that several processes may write to.
    pub lease: Span,
    /// Whether starting uses snapshots of folded state, and stopping leaves new ones.
    pub snapshots: bool,
}

/// Where recommendations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxKind {
    /// A file of JSON Lines.
    File,
    /// The table of the configured database.
    Postgres,
}

/// The inbox that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxPlace {
    /// What it is.
    pub kind: InboxKind,
    /// The file; empty where it is a table.
    pub path: PathBuf,
    /// What failed lines are recorded under: the path as the configuration writes it, so that the
    /// same line is recognized from whichever directory the program runs.
    pub name: String,
}

/// The market that is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketPlace {
    /// Its files.
    pub quotes: Quotes,
    /// Where the replay ends; at the end of the data if `None`.
    pub until: Option<Timestamp>,
}

/// Which files hold quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// A folder of bar files.
    Bars {
        /// The folder.
        dir: PathBuf,
        /// The days to load; all of them if empty.
        dates: Vec<Date>,
    },
    /// One file of quote ticks.
    Ticks {
        /// The file, called `quotes.csv`, perhaps with `.gz` after it.
        file: PathBuf,
    },
    /// None: quotes are read from the broker as they come.
    Latest,
}

/// The broker that is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerPlace {
    /// Decides everything that chance decides: the same seed is the same day.
    pub seed: u64,
    /// Whether orders may fill in parts.
    pub partial_fills: PartialFills,
    /// US dollars for each contract that fills.
    pub fee_per_contract: Money,
    /// US dollars for each share that fills.
    pub fee_per_share: Money,
}

/// Whether the simulated broker fills in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialFills {
    /// An order that can fill, fills in full.
    Off,
    /// The seed decides how much of the displayed size is taken.
    Seeded,
}

/// A lease without a configured length.
const LEASE: Span = Span::seconds(10);

const LOG: Kind<LogKind> = Kind {
    form: Form::Text,
    what: "what the log is",
    example: "\"postgres\"",
    unit: "",
    parse: |text| word(text, &[("directory", LogKind::Directory), ("postgres", LogKind::Postgres)]),
};

const LEASE_LENGTH: Kind<Span> = Kind {
    what: "how long a lease runs",
    example: "\"10s\"",
    parse: |text| match (SPAN.parse)(text)? {
        short if short < Span::millis(100) => {
            refused("is too short to be renewed", "write at least KEY = \"100ms\"")
        }
        long if long > Span::hours(1) => {
            refused("is too long to wait for after a crash", "write at most KEY = \"1h\"")
        }
        span => Ok(span),
    },
    ..SPAN
};

const FORMAT: Kind<()> = Kind {
    form: Form::Text,
    what: "the inbox's format",
    example: "\"jsonl\"",
    unit: "",
    parse: |text| word(text, &[("jsonl", ())]),
};

#[derive(Clone, Copy)]
enum MarketKind {
    Replay,
    Alpaca,
}

const INBOX: Kind<InboxKind> = Kind {
    form: Form::Text,
    what: "what the inbox is",
    example: "\"postgres\"",
    unit: "",
    parse: |text| word(text, &[("file", InboxKind::File), ("postgres", InboxKind::Postgres)]),
};

const MARKET: Kind<MarketKind> = Kind {
    form: Form::Text,
    what: "where quotes come from",
    example: "\"replay\"",
    unit: "",
    parse: |text| word(text, &[("replay", MarketKind::Replay), ("alpaca", MarketKind::Alpaca)]),
};

const SPEED: Kind<()> = Kind {
    form: Form::Text,
    what: "how fast the replay runs",
    example: "\"as-fast-as-possible\"",
    unit: "",
    parse: |text| word(text, &[("as-fast-as-possible", ())]),
};

#[derive(Clone, Copy)]
enum BrokerKind {
    Simulated,
    Alpaca,
}

const BROKER: Kind<BrokerKind> = Kind {
    form: Form::Text,
    what: "which broker is sent to",
    example: "\"simulated\"",
    unit: "",
    parse: |text| match text {
        "paper" | "live" => {
            let help =
                "write KEY = \"alpaca\" here and mode = \"paper\" or \"live\" in each account";
            refused("is a mode of an account", help)
        }
        text => word(text, &[("simulated", BrokerKind::Simulated), ("alpaca", BrokerKind::Alpaca)]),
    },
};

const FILLS: Kind<PartialFills> = Kind {
    form: Form::Text,
    what: "whether orders may fill in parts",
    example: "\"off\"",
    unit: "",
    parse: |text| word(text, &[("off", PartialFills::Off), ("seeded", PartialFills::Seeded)]),
};

const TICKS: Kind<String> = Kind {
    what: "the path of a file of quotes",
    example: "\"quotes.csv\"",
    parse: |text| {
        let path = (PATH.parse)(text)?;
        match Path::new(&path).file_name().and_then(|name| name.to_str()) {
            Some("quotes.csv" | "quotes.csv.gz") => Ok(path),
            Some(_) | None => refused("is not called quotes.csv", "rename the file to quotes.csv"),
        }
    },
    ..PATH
};

pub(super) fn log(file: &mut Section<'_>, base: &Path) -> Option<LogPlace> {
    let help = "write [log] with dir = \"gatefold-data\": where the record of everything lies";
    let mut section = file.must_section("log", help)?;
    let (has_kind, kind) = (section.entry("kind").is_some(), section.read("kind", &LOG));
    let mut lease = LEASE;
    if kind == Some(LogKind::Postgres) {
        let help = "remove it: the log is in the database of [postgres]";
        section.forbid("dir", "dir = ... beside kind = \"postgres\"", help);
        let help = "remove it: a log in a database is folded from its beginning";
        section.forbid("snapshots", "snapshots = ... beside kind = \"postgres\"", help);
        section.set(&mut lease, "lease", &LEASE_LENGTH);
        section.finish();
        let kind = LogKind::Postgres;
        return Some(LogPlace { kind, dir: PathBuf::new(), lease, snapshots: false });
    }
    let help = "remove it: one process alone writes to a log in a directory";
    section.forbid("lease", "lease = ... without kind = \"postgres\"", help);
    let dir = section.must("dir", &PATH);
    let mut snapshots = true;
    section.set(&mut snapshots, "snapshots", &FLAG);
    section.finish();
    let kind = if has_kind { kind? } else { LogKind::Directory };
    Some(LogPlace { kind, dir: base.join(dir?), lease, snapshots })
}

pub(super) fn inbox(file: &mut Section<'_>, base: &Path) -> Option<InboxPlace> {
    let help = "write [inbox] with format = \"jsonl\" and path = \"recommendations.jsonl\"";
    let mut section = file.must_section("inbox", help)?;
    let has_kind = section.entry("kind").is_some();
    let kind = section.read("kind", &INBOX);
    if kind == Some(InboxKind::Postgres) {
        let help = "remove it: the rows of the table are read";
        section.forbid("format", "format = ... beside kind = \"postgres\"", help);
        section.forbid("path", "path = ... beside kind = \"postgres\"", help);
        section.finish();
        let name = gatefold_postgres::SOURCE.to_owned();
        return Some(InboxPlace { kind: InboxKind::Postgres, path: PathBuf::new(), name });
    }
    let format = section.must("format", &FORMAT);
    let name = section.must("path", &PATH);
    section.finish();
    let (name, ()) = (name?, format?);
    let kind = if has_kind { kind? } else { InboxKind::File };
    Some(InboxPlace { kind, path: base.join(&name), name })
}

/// The market, and the feeds where it is the broker's.
pub(super) fn market(
    file: &mut Section<'_>,
    base: &Path,
) -> Option<(MarketPlace, Option<FeedDraft>)> {
    let help = "write [market] with kind = \"replay\" and dir = \"market\"";
    let mut section = file.must_section("market", help)?;
    let kind = section.must("kind", &MARKET);
    let until = section.read("until", &MOMENT);
    if let Some(MarketKind::Alpaca) = kind {
        let feeds = alpaca::feeds(&mut section);
        section.finish();
        return Some((MarketPlace { quotes: Quotes::Latest, until }, Some(feeds?)));
    }
    section.read("speed", &SPEED);
    let (has_dates, dates) = (section.entry("dates"), section.read_list("dates", &DATE));
    let (dir, ticks) = (section.entry("dir"), section.entry("quotes"));
    let bars = section.read("dir", &PATH);
    let file = section.read("quotes", &TICKS);
    let source = section.source();
    let quotes = match (dir, ticks) {
        (None, None) => {
            let message = format!("{} names no quotes", section.header());
            let help = "write dir = \"market\" (a folder of bars) or quotes = \"quotes.csv\"";
            source.refuse(section.place(), message, help);
            None
        }
        (Some(_), Some(ticks)) => {
            let message = "quotes = ... beside dir = ...: only one of them can be the market";
            source.refuse(ticks.key_span, message, "remove one of the two");
            None
        }
        (Some(_), None) => bars.map(|dir| {
            let dates = dates.unwrap_or_default();
            Quotes::Bars { dir: base.join(dir), dates }
        }),
        (None, Some(_)) => {
            if let Some(dates) = has_dates {
                let help = "remove it, or end the replay with until = \"2015-12-24T18:00:00Z\"";
                source.refuse(dates.key_span, "dates select bar files, not quotes", help);
            }
            file.map(|file| Quotes::Ticks { file: base.join(file) })
        }
    };
    section.finish();
    kind?;
    Some((MarketPlace { quotes: quotes?, until }, None))
}

/// The broker, and what is to be joined with the accounts where it is Alpaca.
pub(super) fn broker<'a>(file: &mut Section<'a>) -> Option<(BrokerPlace, Option<Draft<'a>>)> {
    let help = "write [broker] with kind = \"simulated\"";
    let mut section = file.must_section("broker", help)?;
    let kind = section.must("kind", &BROKER);
    let mut broker = BrokerPlace {
        seed: 0,
        partial_fills: PartialFills::Off,
        fee_per_contract: Money::ZERO,
        fee_per_share: Money::ZERO,
    };
    if let Some(BrokerKind::Alpaca) = kind {
        let draft = alpaca::broker(&mut section);
        section.finish();
        return Some((broker, Some(draft)));
    }
    section.set(&mut broker.seed, "seed", &SEED);
    section.set(&mut broker.partial_fills, "partial_fills", &FILLS);
    section.set(&mut broker.fee_per_contract, "fee_per_contract", &MONEY);
    section.set(&mut broker.fee_per_share, "fee_per_share", &MONEY);
    section.finish();
    kind.map(|_| (broker, None))
}
