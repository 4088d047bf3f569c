//! How a backup of a log is asked for and told about is decided here.

use std::path::PathBuf;

use anyhow::Result;
use gatefold::log::{BackupError, BackupOptions, BackupReport, Link, backup, hard_links};
use serde_json::json;

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::log::copies::{Line, count, directory, size};

const HELP: &str = "\
Examples:
  gatefold log backup --log gatefold-data/quickstart --to /mnt/elsewhere/quickstart
  gatefold log backup --config gatefold.toml --to /mnt/elsewhere/live --json

The first run copies everything, later ones what is new. A running dispatcher is not disturbed;
while it writes, the newest group counts once a later one is there, so a backup may be one append
behind. What is copied is checked before, read back, and checked again; only then the backup names
it. A run that is interrupted goes on when it is repeated, and until then the backup before it can
be restored.

--deep reads again what earlier runs copied, and copies anew what has changed since.
--link gives finished segments a second name instead of copying them. That takes no space and works
on one file system only, and one damaged place then damages both: keep a real copy elsewhere, too.

Refused is a log that ends before its backup, or has another history: it was rolled back, and the
backup holds more. Not copied are quarantined bytes and files that can be made again.

Exit codes: 0 made; 1 refused, the directory is not this log's backup or holds more than the log; 2
wrong usage, the log is damaged or cannot be read, or the backup cannot be written.

JSON: {backup, anchor, position, group, files, bytes, copied: [file], copied_bytes, renewed: [file],
torn_tail}.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The directory of the backup; made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Read again what earlier runs copied
    #[arg(long)]
    deep: bool,
    /// Link finished segments instead of copying them
    #[arg(long)]
    link: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let from = directory(&args.place)?;
    let links = hard_links(&from, &args.to);
    let link: Option<&Link<'_>> = if args.link { Some(&links) } else { None };
    let mut line = Line::begin();
    let options = BackupOptions { deep: args.deep, link };
    let made = backup(&from, &args.to, &options, &mut |progress| line.show(progress));
    drop(line);
    match made {
        Ok(report) => Ok(told(args, &report)),
        Err(
            error @ (BackupError::NotABackup { .. }
            | BackupError::OtherLog { .. }
            | BackupError::RolledBack { .. }
            | BackupError::Differs { .. }),
        ) => Ok(Answer::negative(format!("refused: {error}"))),
        Err(error) => Err(error.into()),
    }
}

fn told(args: &Args, report: &BackupReport) -> Answer {
    let to = args.to.display().to_string();
    if args.form.json {
        return Answer::json(&json!({
            "backup": to,
            "anchor": report.head.to_string(),
            "position": report.head.position.get(),
            "group": report.head.group,
            "files": report.files,
            "bytes": report.bytes,
            "copied": report.copied,
            "copied_bytes": report.copied_bytes,
            "renewed": report.renewed,
            "torn_tail": report.torn,
        }));
    }
    let (copied, way) =
        (count(report.copied.len(), "file"), if args.link { "linked or " } else { "" });
    let mut out = format!(
        "backup {to}, up to position {}\n  {way}copied  {copied}, {}\n  in all  {} files, {}\n",
        report.head.position,
        size(report.copied_bytes),
        report.files,
        size(report.bytes)
    );
    for path in &report.renewed {
        out.push_str(&format!("  renewed {path}: it had changed since it was copied\n"));
    }
    out.push_str(&format!("{}\n", report.head));
    let mut answer = Answer::ok(out);
    if report.torn {
        answer.err =
            "note: the log ends in bytes that are no whole group; they were not copied".to_owned();
    }
    answer
}
