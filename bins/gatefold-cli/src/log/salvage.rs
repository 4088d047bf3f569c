//! How it is told what could be saved of a damaged log is decided here.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gatefold::log::{Moved, Options, SALVAGE_REPORT, Salvage, salvage};

use crate::answer::{Answer, NEGATIVE, OK};
use crate::args::{Form, Place};
use crate::books::directory;
use crate::human::grouped;
use crate::log::progress::Progress;
use crate::table::{Side, Table};

const HELP: &str = "\
Examples:
  gatefold log salvage --log gatefold-data/quickstart --to saved
  gatefold log verify --log saved

If there is a backup, restore it rather: a salvaged log lacks what was lost for ever.

All events that verify are copied into a new log in --to, which must be empty or not there; the old
log is only read, and nobody may be writing it. Events keep their ids, times and bytes. What is lost
would leave holes, and a log has none: behind the first damage events get new positions, and new
versions in an account that lost events. So the new log is another log, with an identity and a chain
of its own; anchors, backups and positions noted elsewhere are those of the old one. An account that
lost events may hold something else now than its broker says: reconcile before trading.

DIR/salvage-report.json lists every damaged place and where every event went; it is written last, so
that a directory without it holds an interrupted salvage.

Exit codes: 0 everything was copied; 1 copied, but something is lost; 2 wrong usage, or a log cannot
be read or written.

JSON, which is also the report: {from: {as of `gatefold log verify`}, uuid, whole, events, moved:
[{first, last, to}], streams: [{stream, first, last, to}], nameless: [{number, events, first,
last}], repeated: [position]}. moved are positions, streams are versions: first to last of the old
log begin at to in the new one. nameless are sound events of a stream whose name is lost, repeated
those whose id is in the log before; neither could be copied.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The directory of the new log: empty, or not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let (from, _) = directory(&args.place)?;
    let progress = Progress::bytes("salvaging");
    let saved = salvage(&from, &args.to, Options::default(), &|done, total| {
        progress.bytes_at(done, total);
    });
    drop(progress);
    let saved = saved?;
    let code = if saved.is_whole() { OK } else { NEGATIVE };
    let out = if args.form.json {
        format!("{:#}\n", saved.to_json())
    } else {
        text(&from, &args.to, &saved)
    };
    Ok(Answer::report(out, code))
}

fn text(from: &Path, to: &Path, saved: &Salvage) -> String {
    let n = |number: u64| grouped(&number.to_string());
    let mut table = Table::plain(&[Side::Left, Side::Left]);
    let mut fact = |name: &str, text: String| table.row([name.to_owned(), text]);
    fact("copied", format!("{} events", n(saved.events)));
    for Moved { first, last, to } in &saved.moved {
        let text = if first == to {
            format!("{first} to {last} in their places")
        } else {
            format!("{first} to {last} are at {to} and on now")
        };
        fact("positions", text);
    }
    for damage in &saved.source.damages {
        fact("lost", damage.to_string());
    }
    if let Some(torn) = &saved.source.torn {
        fact("torn tail", format!("{} at offset {}", torn.segment, torn.offset));
    }
    for nameless in &saved.nameless {
        let (number, events) = (nameless.number, n(nameless.events));
        fact("lost", format!("{events} events of stream number {number}, whose name is lost"));
    }
    for position in &saved.repeated {
        fact("lost", format!("event {position}, whose id is in the log before"));
    }
    fact("report", to.join(SALVAGE_REPORT).display().to_string());
    let whole = if saved.is_whole() { "everything" } else { "not everything" };
    let (from, to) = (from.display(), to.display());
    format!("log {from}: {whole} was copied to {to}\n{}", table.render(2))
}
