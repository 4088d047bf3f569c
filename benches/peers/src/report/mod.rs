//! The raw figures as files, and the table that is made from nothing else.

mod aims;
mod faults;
mod speed;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::faults::flip::Flips;
use crate::faults::sync::FailedSync;
use crate::peer::{FLOOR, PEERS};
use crate::speed::{Opening, Sample, Scans};
use crate::syncs::Syncs;

pub(crate) const SYNCS: &str = "syncs.json";
pub(crate) const APPENDS: &str = "appends.json";
pub(crate) const SCANS: &str = "scans.json";
pub(crate) const OPENINGS: &str = "openings.json";
pub(crate) const FLIPS: &str = "flips.json";
pub(crate) const FAILED_SYNCS: &str = "failed-syncs.json";

/// Where figures come from.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub(crate) struct Origin {
    pub(crate) machine: String,
    pub(crate) commit: String,
    pub(crate) quick: bool,
}

/// One file of figures.
#[derive(Deserialize, Serialize)]
struct Part<T> {
    origin: Origin,
    results: T,
}

/// Writes one part, or writes it again.
pub(crate) fn save<T: Serialize>(
    out: &Path,
    name: &str,
    origin: &Origin,
    results: T,
) -> Result<()> {
    let part = Part { origin: origin.clone(), results };
    let path = out.join(name);
    let text = serde_json::to_string_pretty(&part)?;
    fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// One part of the last run that measured it, if any did.
fn load<T: DeserializeOwned>(out: &Path, name: &str) -> Result<Option<Part<T>>> {
    let path = out.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path)?;
    let part = serde_json::from_str(&text);
    part.map(Some).with_context(|| format!("{} is not what this version writes", path.display()))
}

/// Everything that was measured.
#[derive(Default)]
struct Figures {
    syncs: Vec<Syncs>,
    appends: Vec<Sample>,
    scans: Option<Scans>,
    openings: Vec<Opening>,
    flips: Vec<Flips>,
    failed_syncs: Vec<FailedSync>,
}

/// The tables as markdown.
pub(crate) fn table(out: &Path) -> Result<String> {
    let (syncs, appends) = (load(out, SYNCS)?, load(out, APPENDS)?);
    let (scans, openings) = (load(out, SCANS)?, load(out, OPENINGS)?);
    let (flips, failed_syncs) = (load(out, FLIPS)?, load(out, FAILED_SYNCS)?);
    let mut text = origins(&[
        ("speed", appends.as_ref().map(|it: &Part<Vec<Sample>>| &it.origin)),
        ("faults", flips.as_ref().map(|it: &Part<Vec<Flips>>| &it.origin)),
    ]);
    let figures = Figures {
        syncs: results(syncs),
        appends: results(appends),
        scans: scans.map(|it: Part<Scans>| it.results),
        openings: results(openings),
        flips: results(flips),
        failed_syncs: results(failed_syncs),
    };
    text.push_str(&speed::tables(&figures));
    text.push_str(&faults::table(&figures));
    text.push_str(&aims::table(&figures));
    text.push_str("\nSettings:\n\n");
    for peer in PEERS.into_iter().chain([FLOOR]) {
        text.push_str(&format!("- {}: {}.\n", peer.name(), peer.settings()));
    }
    Ok(text)
}

/// The medians of some samples, a row for each case and log.
pub(crate) fn medians(samples: Vec<Sample>) -> String {
    let figures = Figures { appends: samples, ..Figures::default() };
    speed::medians(&figures)
}

/// The medians of some readings, a row for each case and log.
pub(crate) fn scans(scans: Scans) -> String {
    let figures = Figures { scans: Some(scans), ..Figures::default() };
    speed::scans(&figures)
}

fn results<T>(part: Option<Part<Vec<T>>>) -> Vec<T> {
    part.map(|it| it.results).unwrap_or_default()
}

fn origins(parts: &[(&str, Option<&Origin>)]) -> String {
    let mut text = String::new();
    for (name, origin) in parts {
        if let Some(Origin { machine, commit, quick }) = origin {
            let quick = if *quick { "; QUICK RUN, not for figures" } else { "" };
            text.push_str(&format!("- {name}: {machine}; commit {commit}{quick}.\n"));
        }
    }
    text.push('\n');
    text
}

/// A row of a markdown table.
fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a markdown table.
fn head(names: &[&str]) -> String {
    let cells: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    format!("{}|{}\n", row(&cells), "---|".repeat(names.len()))
}

/// A rate as people read it: three digits, then k or M.
fn rate(per_second: f64) -> String {
    let millions = per_second >= 999_500.0;
    let (unit, value) = if millions { ("M", per_second / 1e6) } else { ("k", per_second / 1e3) };
    format!("{value:.*} {unit}/s", digits(value))
}

/// Digits behind the point that make about three in all.
fn digits(value: f64) -> usize {
    if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_digits() {
        let rates = [10_812.0, 523_400.0, 4_100_000.0, 20_000_000.0].map(rate);
        assert_eq!(rates, ["10.8 k/s", "523 k/s", "4.10 M/s", "20.0 M/s"]);
    }

    #[test]
    fn parts_of_different_runs_make_one_table() {
        let out = tempfile::tempdir().unwrap();
        let origin = Origin { machine: "m".to_owned(), commit: "c".to_owned(), quick: true };
        let sample = Sample {
            round: 0,
            case: "lone".to_owned(),
            peer: PEERS[0].name().to_owned(),
            probe_before_ns: 90_000,
            probe_after_ns: 110_000,
            p50_ns: 105_000,
            p99_ns: 300_000,
            events_per_second: 9_000.0,
        };
        save(out.path(), APPENDS, &origin, vec![sample]).unwrap();
        let text = table(out.path()).unwrap();
        assert!(text.contains("QUICK RUN"), "{text}");
        assert!(text.contains("1.05"), "{text}");
    }
}
