//! How an import is told: a line for every old row, then the counts, which add up to the rows read.

use std::collections::BTreeMap;

use gatefold::core::record::Position;
use gatefold::postgres::{LegacyTable, LegacyTables};
use serde_json::{Value, json};

use crate::human;
use crate::import::plan::{Class, Line, Plan, Verdict};
use crate::table::{Side, Table};

/// What came of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The log is made.
    Written,
    /// It was made before; nothing was written.
    Already,
    /// It was only looked at.
    Dry,
    /// Rows wait for a decision; nothing was written.
    Undecided,
    /// No row is adopted; nothing was written.
    Nothing,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Already => "already",
            Self::Dry => "dry-run",
            Self::Undecided => "undecided",
            Self::Nothing => "nothing",
        }
    }
}

/// All that is told of an import.
pub(crate) struct Told<'a> {
    pub(crate) tables: &'a LegacyTables,
    pub(crate) plan: &'a Plan,
    /// Where each fact stands in the log.
    pub(crate) positions: &'a [Position],
    pub(crate) outcome: Outcome,
    pub(crate) log: String,
}

impl Told<'_> {
    pub(crate) fn text(&self) -> String {
        let mut rows = Table::plain(&[Side::Left, Side::Left, Side::Left, Side::Left]);
        for line in &self.plan.lines {
            let what = match &line.verdict {
                Verdict::Adopted { facts, .. } => format!("adopted as {}", self.events(facts)),
                Verdict::Dropped { class, .. } => format!("dropped: {}", class.name()),
                Verdict::Contradictory { class, .. } => {
                    format!("CONTRADICTORY: {}", class.name())
                }
            };
            let whose = match line.account {
                Some(account) => format!("{account}: "),
                None => String::new(),
            };
            let id = line.id.clone();
            rows.row([line.table.to_string(), id, what, format!("{whose}{}", reason(line))]);
        }
        let mut text = rows.render(0);
        text.push('\n');
        text.push_str(&self.counts());
        text.push_str(&self.classes());
        for note in &self.tables.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        text.push_str(&self.end());
        text
    }

    /// `event 12`, or `events 12-14` of a run, or `events 3, 9`.
    fn events(&self, facts: &[usize]) -> String {
        let mut numbers: Vec<u64> = facts.iter().map(|it| self.position(*it)).collect();
        numbers.sort_unstable();
        match numbers.as_slice() {
            [only] => format!("event {only}"),
            numbers => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("events {}", numbers.join(", "))
            }
        }
    }

    fn position(&self, fact: usize) -> u64 {
        self.positions.get(fact).map_or(0, |position| position.get())
    }

    fn tally(&self, table: LegacyTable) -> [usize; 4] {
        let mut counts = [self.tables.rows(table).len(), 0, 0, 0];
        for line in self.plan.lines.iter().filter(|line| line.table == table) {
            let place = match line.verdict {
                Verdict::Adopted { .. } => 1,
                Verdict::Dropped { .. } => 2,
                Verdict::Contradictory { .. } => 3,
            };
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let [read, adopted, dropped, contradictory] = counts;
        assert!(read == adopted + dropped + contradictory, "every row has exactly one line");
        counts
    }

    fn counts(&self) -> String {
        let mut table = Table::new(&[
            ("table", Side::Left),
            ("rows", Side::Right),
            ("adopted", Side::Right),
            ("dropped", Side::Right),
            ("contradictory", Side::Right),
        ]);
        let number = |count: usize| human::grouped(&count.to_string());
        let mut sums = [0_usize; 4];
        for one in LegacyTable::ALL {
            let counts = self.tally(one);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            let [rows, adopted, dropped, open] = counts.map(number);
            table.row([self.tables.found(one).to_owned(), rows, adopted, dropped, open]);
        }
        let [rows, adopted, dropped, open] = sums.map(number);
        table.row(["together".to_owned(), rows, adopted, dropped, open]);
        table.render(0)
    }

    /// How often each reason came, and its first row.
    fn classes(&self) -> String {
        let mut classes: BTreeMap<(&str, Class), (usize, &Line)> = BTreeMap::new();
        for line in &self.plan.lines {
            let class = match &line.verdict {
                Verdict::Adopted { .. } => continue,
                Verdict::Dropped { class, .. } | Verdict::Contradictory { class, .. } => *class,
            };
            classes.entry((line.verdict.word(), class)).or_insert((0, line)).0 += 1;
        }
        if classes.is_empty() {
            return String::new();
        }
        let mut table = Table::new(&[
            ("not adopted", Side::Left),
            ("why", Side::Left),
            ("rows", Side::Right),
            ("first of them", Side::Left),
        ]);
        for ((word, class), (count, first)) in classes {
            let sample = format!("{} {}: {}", first.table, first.id, reason(first));
            table.row([word.to_owned(), class.name().to_owned(), count.to_string(), sample]);
        }
        format!("\n{}", table.render(0))
    }

    fn end(&self) -> String {
        let (events, log) = (self.plan.facts.len(), &self.log);
        let events = human::grouped(&events.to_string());
        match self.outcome {
            Outcome::Written => format!("\nwritten: {events} events to {log}\n"),
            Outcome::Already => {
                format!("\nalready imported: all of it is in {log}; nothing was written\n")
            }
            Outcome::Dry => format!("\ndry run: {events} events would go to {log}\n"),
            Outcome::Nothing => "\nno row is adopted: nothing was written\n".to_owned(),
            Outcome::Undecided => format!(
                "\nnothing was written: {} rows contradict each other; correct them, decide them \
                 in a file of --decisions, or leave them out with --without-contradictory\n",
                self.plan.undecided()
            ),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut tables = serde_json::Map::new();
        for table in LegacyTable::ALL {
            let [rows, adopted, dropped, contradictory] = self.tally(table);
            let value = json!({
                "table": self.tables.found(table), "rows": rows, "adopted": adopted,
                "dropped": dropped, "contradictory": contradictory,
            });
            tables.insert(table.name().to_owned(), value);
        }
        json!({
            "log": self.log,
            "outcome": self.outcome.name(),
            "events": self.plan.facts.len(),
            "tables": tables,
            "notes": self.tables.notes,
            "rows": self.plan.lines.iter().map(|line| self.line(line)).collect::<Vec<_>>(),
        })
    }

    fn line(&self, line: &Line) -> Value {
        let (class, events, adopt) = match &line.verdict {
            Verdict::Adopted { facts, .. } => {
                let events: Vec<u64> = facts.iter().map(|it| self.position(*it)).collect();
                (None, events, None)
            }
            Verdict::Dropped { class, .. } => (Some(class.name()), Vec::new(), None),
            Verdict::Contradictory { class, adopt, .. } => (Some(class.name()), Vec::new(), *adopt),
        };
        json!({
            "table": line.table.name(),
            "id": line.id,
            "account": line.account.map(|account| account.to_string()),
            "verdict": line.verdict.word(),
            "class": class,
            "events": events,
            "text": text(line),
            "adopt": adopt,
        })
    }
}

fn text(line: &Line) -> &str {
    match &line.verdict {
        Verdict::Adopted { how, .. } => how,
        Verdict::Dropped { why, .. } | Verdict::Contradictory { why, .. } => why,
    }
}

/// What is said of a row, with what a decision could do.
fn reason(line: &Line) -> String {
    match &line.verdict {
        Verdict::Contradictory { why, adopt: Some(adopt), .. } => {
            format!("{why}; `adopt` would {adopt}")
        }
        Verdict::Adopted { .. } | Verdict::Dropped { .. } | Verdict::Contradictory { .. } => {
            text(line).to_owned()
        }
    }
}
