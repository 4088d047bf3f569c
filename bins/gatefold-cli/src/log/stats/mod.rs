//! What is counted in a log, and how it is told, is decided here.

mod tally;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use gatefold::core::record::Position;
use gatefold::core::vocabulary::AccountId;
use gatefold::log::Anchor;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::books::{Books, event_name};
use crate::human::grouped;
use crate::log::anchor::hex;
use crate::log::json::time;
use crate::log::progress::Progress;
use crate::log::stats::tally::{Count, Groups, Tally};
use crate::table::{Side, Table};

const HELP: &str = "\
Examples:
  gatefold log stats --log gatefold-data/quickstart
  gatefold log stats --config docs/quickstart/gatefold.toml --json

Bytes of an account or kind are those of the events' bodies. A group is what was synced at once:
many events a group mean that writers shared their syncs. Groups without events seal, end or close.

Exit codes: 0 shown; 2 wrong usage, or the log cannot be read.

JSON: {log, events, body_bytes, first_at, last_at, accounts: [{account (null for none), events,
body_bytes, first_at, last_at}], kinds: [{kind, events, body_bytes}], groups: {count, with_events,
bytes, p50, p90, p99, largest, distribution: [{from, to, groups}]}, segments: {count, file_bytes},
head: {position, group, digest, anchor}}. p50 and the like are events a group.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let (tally, groups) = count(&books)?;
    let file_bytes = file_bytes(Path::new(&books.name))?;
    let head = Head { log: &books.name, anchor: books.files()?.anchor(), file_bytes };
    Ok(if args.form.json {
        Answer::json(&json(&head, &tally, &groups))
    } else {
        Answer::ok(text(&head, &tally, &groups))
    })
}

/// Which log, how far it went, and how large it is.
struct Head<'a> {
    log: &'a str,
    anchor: Anchor,
    file_bytes: u64,
}

fn count(books: &Books) -> Result<(Tally, Groups)> {
    let reader = books.files()?;
    let (mut tally, mut groups) = (Tally::default(), Groups::default());
    let progress = Progress::begin("counting", reader.head().get());
    reader.read(Position::ZERO, &mut |entry| {
        progress.at(entry.position.get());
        tally.add(entry);
        ControlFlow::Continue(())
    })?;
    reader.groups(&mut |group| {
        groups.add(group);
        ControlFlow::Continue(())
    })?;
    Ok((tally, groups))
}

/// Bytes of all files that hold events.
fn file_bytes(dir: &Path) -> Result<u64> {
    let dir = dir.join("log");
    let sum = || -> std::io::Result<u64> {
        let mut bytes = 0;
        for file in std::fs::read_dir(&dir)? {
            bytes += file?.metadata()?.len();
        }
        Ok(bytes)
    };
    sum().with_context(|| format!("{} cannot be read", dir.display()))
}

fn name(tag: u16) -> String {
    match event_name(tag) {
        "?" => format!("tag {tag}"),
        name => name.to_owned(),
    }
}

fn json(head: &Head<'_>, tally: &Tally, groups: &Groups) -> Value {
    let Head { log, anchor, file_bytes } = head;
    let (first, last) = (tally.all.first.map(time), tally.all.last.map(time));
    let account = |(account, count): (&Option<_>, &Count)| {
        json!({
            "account": account.map(|it: AccountId| it.to_string()),
            "events": count.events,
            "body_bytes": count.bytes,
            "first_at": count.first.map(time),
            "last_at": count.last.map(time),
        })
    };
    let kind = |(tag, count): (u16, &Count)| {
        let Count { events, bytes, .. } = count;
        json!({ "kind": name(tag), "events": events, "body_bytes": bytes })
    };
    let row = |(from, to, groups)| json!({ "from": from, "to": to, "groups": groups });
    json!({
        "log": log,
        "events": tally.all.events,
        "body_bytes": tally.all.bytes,
        "first_at": first,
        "last_at": last,
        "accounts": tally.accounts.iter().map(account).collect::<Vec<_>>(),
        "kinds": tally.kinds().into_iter().map(kind).collect::<Vec<_>>(),
        "groups": {
            "count": groups.count,
            "with_events": groups.with_events(),
            "bytes": groups.bytes,
            "p50": groups.percentile(50),
            "p90": groups.percentile(90),
            "p99": groups.percentile(99),
            "largest": groups.percentile(100),
            "distribution": groups.distribution().into_iter().map(row).collect::<Vec<_>>(),
        },
        "segments": { "count": groups.segments(), "file_bytes": file_bytes },
        "head": {
            "position": anchor.position.get(),
            "group": anchor.group,
            "digest": hex(&anchor.digest),
            "anchor": anchor.to_string(),
        },
    })
}

fn text(head: &Head<'_>, tally: &Tally, groups: &Groups) -> String {
    let Head { log, anchor, file_bytes } = head;
    let mut table = Table::plain(&[Side::Left, Side::Left]);
    let mut fact = |name: &str, text: String| table.row([name.to_owned(), text]);
    fact("events", format!("{}, {} bytes of bodies", n(tally.all.events), n(tally.all.bytes)));
    if let (Some(first), Some(last)) = (tally.all.first, tally.all.last) {
        fact("times", format!("{} to {}", time(first), time(last)));
    }
    let with_events = n(groups.with_events());
    let (count, bytes) = (n(groups.count), n(groups.bytes));
    fact("groups", format!("{count}, of which {with_events} hold events; {bytes} bytes"));
    fact("segments", format!("{}; {} bytes of files", n(groups.segments()), n(*file_bytes)));
    fact("head", format!("position {}, group {}", anchor.position, anchor.group));
    fact("digest", hex(&anchor.digest));
    let accounts = tally.accounts.iter().map(|(account, count)| {
        (account.map_or_else(|| "(none)".to_owned(), |it| it.to_string()), *count)
    });
    let kinds = tally.kinds().into_iter().map(|(tag, count)| (name(tag), *count));
    format!(
        "log {}\n{}\n{}\n{}\n{}",
        log,
        table.render(2),
        counts("account", accounts),
        counts("kind", kinds),
        per_group(groups)
    )
}

fn n(number: u64) -> String {
    grouped(&number.to_string())
}

fn counts(what: &'static str, rows: impl Iterator<Item = (String, Count)>) -> String {
    let mut table =
        Table::new(&[(what, Side::Left), ("events", Side::Right), ("body bytes", Side::Right)]);
    for (name, count) in rows {
        table.row([name, n(count.events), n(count.bytes)]);
    }
    table.render(2)
}

fn per_group(groups: &Groups) -> String {
    let mut table = Table::new(&[("events a group", Side::Left), ("groups", Side::Right)]);
    for (from, to, count) in groups.distribution() {
        let range = if from == to { n(from) } else { format!("{} to {}", n(from), n(to)) };
        table.row([range, n(count)]);
    }
    let percentile = |percent| n(groups.percentile(percent));
    format!(
        "{}  p50 {}, p90 {}, p99 {}, largest {}\n",
        table.render(2),
        percentile(50),
        percentile(90),
        percentile(99),
        percentile(100)
    )
}
