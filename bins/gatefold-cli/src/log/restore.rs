//! How a backup is made a log again is decided here.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use gatefold::core::record::Position;
use gatefold::log::{Expected, RestoreError, restore};
use serde_json::json;

use crate::answer::Answer;
use crate::args::Form;
use crate::log::copies::{Line, size};

const HELP: &str = "\
Examples:
  gatefold log restore /mnt/elsewhere/live --to gatefold-data/live
  gatefold log restore /mnt/elsewhere/live --to DIR --expect-head \"$(tail -1 anchors.txt)\"

Every file is checked against the backup's manifest, and the whole chain of groups is walked, before
anything is written and again on what was written. The target is no log until all of that is done;
an interrupted run is repeated.

--expect-head refuses a backup that ends elsewhere than at the anchor line, or the position, given.
Only a line that was kept where the backup's writer cannot write proves that the backup is not an
older one, or another history.

Stop the dispatcher of the old log before the restored one is opened: the one that opens it takes
the next epoch, and orders that the old one sent later are not in it; they are found at the broker.

Exit codes: 0 restored, or this very backup was there already; 1 refused, the backup is damaged or
ends elsewhere, or the target is not empty; 2 wrong usage, no finished backup, or something cannot
be read or written.

JSON: {log, anchor, position, group, made_at, files, bytes, already}.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The directory of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// The directory of the restored log; empty, or made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Only if the backup ends here: an anchor line, or a position
    #[arg(long, value_name = "LINE|POSITION")]
    expect_head: Option<Head>,
    #[command(flatten)]
    form: Form,
}

/// Where the backup has to end.
#[derive(Clone, Copy, Debug)]
struct Head(Expected);

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(position) = text.trim().parse() {
            return Ok(Self(Expected::Position(Position::new(position))));
        }
        let anchor = text.parse().map_err(|error| format!("no position, and {error}"))?;
        Ok(Self(Expected::Anchor(anchor)))
    }
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let mut line = Line::begin();
    let expected = args.expect_head.map(|head| head.0);
    let done = restore(&args.backup, &args.to, expected, &mut |progress| line.show(progress));
    drop(line);
    let done = match done {
        Ok(done) => done,
        Err(
            error @ (RestoreError::NotEmpty { .. }
            | RestoreError::OtherHead { .. }
            | RestoreError::Damaged { .. }),
        ) => return Ok(Answer::negative(format!("refused: {error}"))),
        Err(error) => return Err(error.into()),
    };
    let log = args.to.display().to_string();
    let made_at = gatefold::core::vocabulary::Timestamp::from_nanos(done.made_ns).to_string();
    if args.form.json {
        return Ok(Answer::json(&json!({
            "log": log,
            "anchor": done.head.to_string(),
            "position": done.head.position.get(),
            "group": done.head.group,
            "made_at": made_at,
            "files": done.files,
            "bytes": done.bytes,
            "already": done.already,
        })));
    }
    let before = if done.already { " was there already" } else { "" };
    let (files, bytes) = (done.files, size(done.bytes));
    Ok(Answer::ok(format!(
        "log {log}{before}, up to position {}\n  verified  {files} files, {bytes}\n  backup    \
         made {made_at}\n{}\n",
        done.head.position, done.head
    )))
}
