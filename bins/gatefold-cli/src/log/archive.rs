//! Which segments are archived, and how that is told, is decided here.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use gatefold::core::vocabulary::Timestamp;
use gatefold::log::{ArchiveError, ArchiveReport, ArchiveWhich, archive};
use serde_json::json;

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::log::copies::{Line, count, directory, size};

const HELP: &str = "\
Examples:
  gatefold log archive --log gatefold-data/quickstart --keep 8
  gatefold log archive --config gatefold.toml --older-than 30d
  gatefold log archive --config gatefold.toml --older-than 2026-01-01T00:00:00Z --json

Finished segments go to compressed files beside the log, DIR/archive. Every command reads and
verifies them as before, and the dispatcher goes on without being stopped. A segment is checked,
compressed, read back and compared before its plain file is removed; the segment with the newest
event is never archived. An interrupted run is repeated.

Exit codes: 0 done, or there was nothing to do; 1 a segment is damaged, or an archive does not read
back as it was written: the plain segment stays; 2 wrong usage, or something cannot be read or
written.

JSON: {log, archived: [{file, plain_bytes, archive_bytes}], before, plain}.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Archive all but this many of the newest finished segments
    #[arg(long, value_name = "N", required_unless_present = "older_than")]
    keep: Option<u64>,
    /// Archive what was finished before this time, or longer ago than this: 30d, 12h
    #[arg(long, value_name = "TIME|AGE", conflicts_with = "keep")]
    older_than: Option<Before>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

/// A time, or an age, which is a time before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Time(Timestamp),
    Hours(u32),
}

impl FromStr for Before {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hours = |digits: &str, unit: u32| digits.parse::<u32>().ok()?.checked_mul(unit);
        let days = text.strip_suffix('d').and_then(|digits| hours(digits, 24));
        match days.or_else(|| text.strip_suffix('h').and_then(|digits| hours(digits, 1))) {
            Some(hours) => Ok(Self::Hours(hours)),
            None => text.parse().map(Self::Time).map_err(|error| {
                format!(
                    "{error}; give days as 30d, hours as 12h, or a time as 2026-01-01T00:00:00Z"
                )
            }),
        }
    }
}

impl Before {
    fn time(self) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Hours(hours) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let now = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
                Timestamp::from_nanos(now.saturating_sub(i64::from(hours) * 3_600_000_000_000))
            }
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let dir = directory(&args.place)?;
    let which = match (args.keep, args.older_than) {
        (Some(kept), _) => ArchiveWhich::AllBut(kept),
        (None, Some(before)) => ArchiveWhich::FinishedBefore(before.time()),
        (None, None) => anyhow::bail!("say which segments with --keep N or --older-than AGE"),
    };
    let mut line = Line::begin();
    let done = archive(&dir, which, &mut |progress| line.show(progress));
    drop(line);
    match done {
        Ok(report) => Ok(told(&dir.display().to_string(), args.form.json, &report)),
        Err(error @ (ArchiveError::Damaged(_) | ArchiveError::ReadBack { .. })) => {
            Ok(Answer::negative(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

fn told(log: &str, as_json: bool, report: &ArchiveReport) -> Answer {
    if as_json {
        let archived = report.archived.iter().map(|segment| {
            json!({
                "file": segment.path,
                "plain_bytes": segment.plain_bytes,
                "archive_bytes": segment.archive_bytes,
            })
        });
        return Answer::json(&json!({
            "log": log,
            "archived": archived.collect::<Vec<_>>(),
            "before": report.before,
            "plain": report.plain,
        }));
    }
    let plain: u64 = report.archived.iter().map(|segment| segment.plain_bytes).sum();
    let packed: u64 = report.archived.iter().map(|segment| segment.archive_bytes).sum();
    Answer::ok(format!(
        "log {log}\n  archived  {}, {} in {}\n  before    {}\n  plain     {}\n",
        count(report.archived.len(), "segment"),
        size(plain),
        size(packed),
        report.before,
        report.plain
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_or_a_time_is_understood_and_nothing_else() {
        assert_eq!("30d".parse(), Ok(Before::Hours(720)));
        assert_eq!("12h".parse(), Ok(Before::Hours(12)));
        let time: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!("2026-01-01T00:00:00Z".parse(), Ok(Before::Time(time)));
        for other in ["30", "d", "-1d", "4000000000d", "soon"] {
            assert!(other.parse::<Before>().is_err(), "{other}");
        }
    }
}
