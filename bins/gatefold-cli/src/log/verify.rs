//! How it is told whether a log is as it was written is decided here.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use gatefold::config::{Config, LogKind};
use gatefold::core::record::{Position, ReadError, ReplayError, codec, decode_entry};
use gatefold::log::{Anchor, Verdict, Verification, VerifyOptions, verify};
use gatefold::logs::{self, AnyReader, LogFault};
use gatefold::postgres::LogError;
use serde_json::json;

use crate::answer::{Answer, OK};
use crate::args::{Form, Place};
use crate::books::directory;
use crate::human::grouped;
use crate::log::anchor::hex;
use crate::log::progress::Progress;
use crate::log::states::{self, Checked, compare};
use crate::table::{Side, Table};

/// The last bytes are no whole group, and nothing else is wrong.
const TORN: u8 = 1;
/// Acknowledged bytes are not what they were.
const DAMAGED: u8 = 2;
/// The log could not be verified: wrong usage, or the directory cannot be read.
pub(crate) const UNVERIFIED: u8 = 3;

const HELP: &str = "\
Examples:
  gatefold log verify --log gatefold-data/quickstart
  gatefold log verify --deep --config docs/quickstart/gatefold.toml
  gatefold log verify --log DIR --anchor \"$(tail -n 1 /mnt/elsewhere/anchors.txt)\"

Every checksum, every link of the chain from group to group, every event's place, position and
version, and every segment against the next are checked. After a damaged place the rest is checked
too, so that every place is listed: file, offset, rule (the labels of docs/log-format.md),
positions, and the accounts whose versions have a gap there. Where those do not account for all
events affected, others may have lost their last events there.

--deep also decodes every event, compares each event's own checksum, finds event ids that are there
twice (32 bytes of memory for each event), and hashes finished segments as a whole.

--snapshots also folds the log and compares the snapshots in snap/ with the states it makes. One
that does not fit the log is left aside and harms nothing; one that fits and holds another state
would change answers, and counts as damage.

Nothing is changed, and a dispatcher may be writing. A torn tail is what an interrupted write
leaves: the next writer moves it to quarantine/. Whether it could have been acknowledged its bytes
cannot tell. For damage: restore a backup, or `gatefold log salvage`.

The chain shows accidents and edits. History that was rewritten as a whole, or a directory that was
rolled back to an older copy, shows only against an anchor that was kept elsewhere.

Exit codes: 0 sound; 1 sound but for a torn tail; 2 damaged, or the anchor does not fit; 3 wrong
usage, or the log cannot be read.

JSON: {log, verdict: sound|torn-tail|damaged, uuid, head, group, digest, segments, groups, events,
bytes, live, damages: [{segment, offset, label, detail, first, until, affected: [{stream,
first_version, last_version}], all_affected_known}], torn: {segment, offset, claimed_events},
anchor: {fits, text}, snapshots: [{file, verdict: equal|left-aside|different, reason}]}. Positions
from first up to before until are affected; until is null where nothing sound follows. torn and
anchor are null where there is none, snapshots where they were not asked for.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Also decode every event, and look for ids that are there twice
    #[arg(long)]
    deep: bool,
    /// Also fold the log and compare its snapshots with it
    #[arg(long)]
    snapshots: bool,
    /// The log must go through this line, printed by `gatefold log anchor` before
    #[arg(long, value_name = "LINE")]
    anchor: Option<Anchor>,
    /// Verify so many segments at the same time [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Answer {
    answer(args).unwrap_or_else(|error| Answer {
        out: String::new(),
        err: format!("error: {error:#}"),
        code: UNVERIFIED,
    })
}

fn answer(args: &Args) -> Result<Answer> {
    if let (None, Some(file)) = (&args.place.log, &args.place.config) {
        let config = Config::load(file)?;
        if config.log.kind == LogKind::Postgres {
            return in_database(args, &config);
        }
    }
    let (dir, _) = directory(&args.place)?;
    let check = |tag, schema, body: &[u8]| {
        codec::decode(tag, schema, body).map(|_| ()).map_err(|error| error.to_string())
    };
    let options = VerifyOptions {
        deep: if args.deep { Some(&check) } else { None },
        threads: args.threads.unwrap_or(0),
        anchor: args.anchor,
    };
    let began = Instant::now();
    let progress = Progress::bytes("verifying");
    let found = verify(&dir, &options, &|done, total| progress.bytes_at(done, total));
    drop(progress);
    let found = found.with_context(|| format!("{} cannot be verified", dir.display()))?;
    // What a damaged log makes cannot be told.
    let states = match (args.snapshots, found.verdict) {
        (true, Verdict::Sound | Verdict::TornTail) => Some(compare(&dir)?),
        (true, Verdict::Damaged) | (false, _) => None,
    };
    let states = states.as_deref();
    let different = |it: &Checked| it.verdict == states::Verdict::Different;
    let code = match found.verdict {
        _ if states.is_some_and(|states| states.iter().any(different)) => DAMAGED,
        Verdict::Sound => OK,
        Verdict::TornTail => TORN,
        Verdict::Damaged => DAMAGED,
    };
    if args.form.json {
        let mut json = found.to_json();
        json["log"] = dir.display().to_string().into();
        let states = states.map(|it| it.iter().map(Checked::json).collect::<Vec<_>>());
        json["snapshots"] = states.into();
        return Ok(Answer::report(format!("{json:#}\n"), code));
    }
    Ok(Answer::report(text(&dir, &found, states, began), code))
}

/// A log in a database: numbers, sums and chain of every event, and with --deep every body.
fn in_database(args: &Args, config: &Config) -> Result<Answer> {
    let place = logs::place(config);
    let mut undecoded = None;
    let verified = logs::read(config).map_err(anyhow::Error::from).and_then(|reader| {
        let AnyReader::Postgres(reader) = reader else { bail!("{place} is no database") };
        if args.deep {
            reader.read(Position::ZERO, &mut |entry| {
                undecoded = decode_entry(entry).err();
                if undecoded.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(reader.verify()?)
    });
    let verified = match (verified, undecoded) {
        (Ok(_), Some(error)) => Err(error.into()),
        (verified, _) => verified,
    };
    let verified = match verified {
        Err(error) if !is_damage(&error) => return Err(error),
        verified => verified,
    };
    let (code, said) = match &verified {
        Ok(it) => (OK, format!("sound: events {}, head {}", it.position, hex(&it.digest))),
        Err(error) => (DAMAGED, format!("DAMAGED: {error:#}")),
    };
    let out = if args.form.json {
        let json = json!({
            "log": place,
            "verdict": if verified.is_ok() { "sound" } else { "damaged" },
            "position": verified.as_ref().ok().map(|it| it.position.get()),
            "digest": verified.as_ref().ok().map(|it| hex(&it.digest)),
            "detail": said,
        });
        format!("{json:#}\n")
    } else {
        format!("log {place}\n{said}\n")
    };
    Ok(Answer::report(out, code))
}

/// Whether an error says that what was stored has changed.
fn is_damage(error: &anyhow::Error) -> bool {
    let corrupt = |it: &ReadError| matches!(it, ReadError::Corrupt { .. });
    error.downcast_ref::<ReadError>().is_some_and(corrupt)
        || error.downcast_ref::<ReplayError>().is_some()
        || error.downcast_ref::<LogFault>().is_some_and(|it| match it {
            LogFault::Log(LogError::Read(read)) => corrupt(read),
            LogFault::Log(_)
            | LogFault::Directory(_)
            | LogFault::Database(_)
            | LogFault::Lease(_) => false,
        })
}

fn text(dir: &Path, found: &Verification, states: Option<&[Checked]>, began: Instant) -> String {
    let n = |number: u64| grouped(&number.to_string());
    let mut table = Table::plain(&[Side::Left, Side::Left]);
    let mut fact = |name: &str, text: String| table.row([name.to_owned(), text]);
    let (segments, groups) = (n(found.segments), n(found.groups));
    fact("checked", format!("{segments} segments, {groups} groups, {} bytes", n(found.bytes)));
    fact("events", n(found.events));
    fact("head", format!("position {}, group {}", found.head, found.group));
    fact("took", format!("{} ms", n(u64::try_from(began.elapsed().as_millis()).unwrap_or(0))));
    if found.live {
        fact("note", "somebody is writing: the newest group may be on its way".to_owned());
    }
    if let Some(anchor) = &found.anchor {
        fact("anchor", anchor.to_string());
    }
    if let Some(torn) = &found.torn {
        let claimed = torn.claimed_events.map_or_else(String::new, |events| {
            format!(", and claims to have held {events} events")
        });
        let place = format!("{} at offset {}", torn.segment, torn.offset);
        fact("torn tail", format!("{place} is no whole group{claimed}"));
    }
    for state in states.unwrap_or_default() {
        fact("snapshot", format!("{} {}", state.file, state.text()));
    }
    let verdict = verdict(found);
    let mut out = format!("log {}: {verdict}\n{}", dir.display(), table.render(2));
    for (index, damage) in found.damages.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(out, "\ndamage {} of {}\n", index + 1, found.damages.len());
        let mut table = Table::plain(&[Side::Left]);
        table.row([damage.to_string()]);
        out.push_str(&table.render(2));
    }
    out
}

fn verdict(found: &Verification) -> &'static str {
    match found.verdict {
        Verdict::Sound => "sound",
        Verdict::TornTail => "sound but for a torn tail",
        Verdict::Damaged if found.damages.is_empty() => "not the log of the anchor",
        Verdict::Damaged => "damaged",
    }
}
