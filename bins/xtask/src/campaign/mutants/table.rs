//! What a campaign says at its end is decided here: how many mutants of each file were noticed,
//! and every one that asks for a person.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::book::{Judged, Verdict};
use crate::campaign::list::Mutant;

/// A mutant and what was found.
pub(super) struct Row<'a> {
    pub(super) mutant: &'a Mutant,
    pub(super) judged: &'a Judged,
}

/// How a mutant counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Noticed,
    Survives,
    /// No test can notice it, for the reason that the list gives.
    Equivalent,
    /// A test noticed what the list holds to be equivalent: the reason is wrong.
    Refuted,
    Broken,
}

impl Row<'_> {
    fn counts(&self) -> Counts {
        match (&self.judged.verdict, self.mutant.equivalent) {
            (Verdict::Broken, _) => Counts::Broken,
            (Verdict::Noticed { .. }, None) => Counts::Noticed,
            (Verdict::Noticed { .. }, Some(_)) => Counts::Refuted,
            (Verdict::Survives { .. }, None) => Counts::Survives,
            (Verdict::Survives { .. }, Some(_)) => Counts::Equivalent,
        }
    }

    fn json(&self) -> Value {
        let counts = match self.counts() {
            Counts::Noticed => "noticed",
            Counts::Survives => "survives",
            Counts::Equivalent => "equivalent",
            Counts::Refuted => "refuted",
            Counts::Broken => "broken",
        };
        let (by, steady, tests) = match &self.judged.verdict {
            Verdict::Noticed { by, steady } => (Some(by), Some(steady), None),
            Verdict::Survives { tests } => (None, None, Some(tests)),
            Verdict::Broken => (None, None, None),
        };
        json!({
            "name": self.mutant.name, "file": self.mutant.file, "verdict": counts,
            "by": by, "steady": steady, "tests": tests, "reason": self.mutant.equivalent,
            "seconds": self.judged.seconds,
        })
    }
}

/// Prints the end of a campaign; true if nothing asks for a person.
pub(super) fn tell(rows: &[Row<'_>], as_json: bool) -> Result<bool> {
    let good = rows.iter().all(|row| matches!(row.counts(), Counts::Noticed | Counts::Equivalent));
    if as_json {
        let mutants: Vec<Value> = rows.iter().map(Row::json).collect();
        println!("{}", serde_json::to_string_pretty(&json!({ "ok": good, "mutants": mutants }))?);
    } else {
        print!("{}", text(rows));
    }
    Ok(good)
}

fn text(rows: &[Row<'_>]) -> String {
    let mut files: BTreeMap<&str, Vec<Counts>> = BTreeMap::new();
    for row in rows {
        files.entry(row.mutant.file).or_default().push(row.counts());
    }
    let width = files.keys().map(|file| file.len()).max().unwrap_or_default();
    let mut lines = vec![format!("\n{:<width$}  noticed  survives  equivalent", "")];
    let mut all = Vec::new();
    for (file, counts) in files {
        lines.push(line(file, width, &counts));
        all.extend(counts);
    }
    lines.push(line("all", width, &all));
    let each = |wanted: Counts| rows.iter().filter(move |row| row.counts() == wanted);
    for row in each(Counts::Equivalent) {
        let reason = row.mutant.equivalent.unwrap_or_default();
        lines.push(format!("\nequivalent: {}\n  {reason}", row.mutant.name));
    }
    for row in each(Counts::Refuted) {
        lines.push(format!(
            "\nNOT EQUIVALENT, though the list says so: {}\n  {}",
            row.mutant.name, row.judged.verdict
        ));
    }
    for row in rows {
        if let Verdict::Noticed { by, steady: false } = &row.judged.verdict {
            lines.push(format!("\nnot noticed every time: {}\n  {by}", row.mutant.name));
        }
    }
    for row in each(Counts::Survives).chain(each(Counts::Broken)) {
        lines.push(format!("\n{}: {}", row.mutant.name, row.judged.verdict));
    }
    lines.join("\n") + "\n"
}

fn line(name: &str, width: usize, counts: &[Counts]) -> String {
    let count = |wanted: &[Counts]| counts.iter().filter(|it| wanted.contains(it)).count();
    format!(
        "{name:<width$}  {:>7}  {:>8}  {:>10}",
        count(&[Counts::Noticed]),
        count(&[Counts::Survives, Counts::Broken, Counts::Refuted]),
        count(&[Counts::Equivalent])
    )
}
