//! How events are shown as they come is decided here.

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::Result;
use gatefold::core::record::{Entry, Position, Stream, decode_entry};
use gatefold::core::vocabulary::AccountId;
use gatefold::log::Subscription;
use gatefold::logs::AnyReader;
use gatefold::postgres::PostgresSubscription;

use crate::answer::{Answer, OK};
use crate::args::Place;
use crate::books::open;
use crate::log::cat::{for_people, told};
use crate::log::row::{self, Width};

/// Positions of a log that grows are laid out for so many digits.
const COLUMNS_MIN: usize = 8;
/// One wait; between two it is seen whether the command is to end.
const WAIT: Duration = Duration::from_millis(500);

const HELP: &str = "\
Examples:
  gatefold log tail --log gatefold-data/quickstart
  gatefold log tail --log DIR --account tiny --json | while read -r line; do ...; done
  gatefold log tail --log DIR --after 1200 --idle 5

First come the last events that are there, then every event as it becomes durable, over every roll
and every restart of the writer, each once and in order. While a dispatcher runs, the newest group
of events is shown once a later one proves it.

Lines are those of `gatefold log cat`.

Exit codes: 0 ended by --limit, --idle or a closed pipe; 2 wrong usage, or the log cannot be read:
what was printed before is sound.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Begin behind this position instead of with the last events
    #[arg(long, value_name = "POSITION", conflicts_with = "last")]
    after: Option<u64>,
    /// Begin with so many events that are there already
    #[arg(long, value_name = "N", default_value_t = 10)]
    last: u64,
    /// Only events of this account
    #[arg(long)]
    account: Option<AccountId>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// End when nothing has come for so many seconds
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    #[command(flatten)]
    place: Place,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let (reader, _) = open(&args.place)?;
    let head = reader.head().get();
    let after = args.after.unwrap_or_else(|| head.saturating_sub(args.last));
    let columns = head.to_string().len().max(COLUMNS_MIN);
    let mut subscription = Following::new(reader, Position::new(after));
    let mut printer = Printer { args, columns, shown: 0, failed: None };
    let mut came = Instant::now();
    let mut over = args.limit == Some(0);
    while !over {
        let seen = subscription.next(WAIT, &mut |entry| match printer.print(entry) {
            Ok(flow) => flow,
            Err(error) => {
                printer.failed = Some(error);
                ControlFlow::Break(())
            }
        });
        let seen = seen?;
        if let Some(error) = printer.failed.take() {
            return Err(error);
        }
        // Whoever reads along wants to see each event when it comes.
        over = told(io::stdout().lock().flush())?.is_break() || printer.is_over();
        if seen > 0 {
            came = Instant::now();
        }
        over |= args.idle.is_some_and(|seconds| came.elapsed() >= Duration::from_secs(seconds));
    }
    Ok(Answer::report(String::new(), OK))
}

/// Events as they become durable, wherever the log is.
enum Following {
    Directory(Box<Subscription>),
    Postgres(Box<PostgresSubscription>),
}

impl Following {
    fn new(reader: AnyReader, after: Position) -> Self {
        match reader {
            AnyReader::Directory(reader) => Self::Directory(Box::new(reader.subscribe(after))),
            AnyReader::Postgres(reader) => Self::Postgres(Box::new(reader.subscribe(after))),
        }
    }

    fn next(
        &mut self,
        timeout: Duration,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<u64> {
        Ok(match self {
            Self::Directory(subscription) => subscription.next(timeout, visit)?,
            Self::Postgres(subscription) => subscription.next(timeout, visit)?,
        })
    }
}

struct Printer<'a> {
    args: &'a Args,
    columns: usize,
    /// `u64::MAX` once the pipe is closed.
    shown: u64,
    failed: Option<anyhow::Error>,
}

impl Printer<'_> {
    fn is_over(&self) -> bool {
        self.shown == u64::MAX || self.args.limit.is_some_and(|limit| self.shown >= limit)
    }

    fn print(&mut self, entry: &Entry<'_>) -> Result<ControlFlow<()>> {
        let wanted = self.args.account.is_none_or(|it| entry.stream == Stream::Account(it));
        if !wanted {
            return Ok(ControlFlow::Continue(()));
        }
        let event = decode_entry(entry)?;
        let mut text = String::new();
        if self.args.json {
            row::line(&mut text, entry, &event, Width::Plain);
        } else {
            text.push_str(&for_people(entry, &event, self.columns));
        }
        let flow = told(io::stdout().lock().write_all(text.as_bytes()))?;
        self.shown = if flow.is_break() { u64::MAX } else { self.shown + 1 };
        Ok(if self.is_over() { ControlFlow::Break(()) } else { flow })
    }
}
