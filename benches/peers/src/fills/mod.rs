//! Folding a fill beside another engine's, in turn in one run.
//!
//! Ours goes into position and account, and knows duplicates by digests of the ids of the whole
//! account; theirs goes into the position alone, which keeps its fills and their ids for as long as
//! it is open. No position is ever closed here: where many fills came before, that is their worst
//! case.

mod nautilus;

use std::fmt::Write as _;
use std::time::Duration;

use gatefold_benches::fills::{CHUNK, History, INSTRUMENTS, Ours};

use crate::fills::nautilus::Nautilus;
use crate::stats::{float, nanos};

/// Positions, fills before those that are measured, and after how many more both start again.
const CASES: [[usize; 3]; 4] = [
    [1, 0, CHUNK],
    [INSTRUMENTS, 0, CHUNK],
    [INSTRUMENTS, 20_000, CHUNK],
    [INSTRUMENTS, 500_000, 200_000],
];

/// Chunks of one case, ns a fill: ours and theirs, each measured right beside the other.
struct Case {
    positions: usize,
    folded: usize,
    chunks: Vec<(f64, f64)>,
}

impl Case {
    fn measure([positions, folded, length]: [usize; 3], rounds: usize) -> Case {
        let mut ours = History::<Ours>::new(positions, folded, length);
        let mut theirs = History::<Nautilus>::new(positions, folded, length);
        let chunks = (0..rounds).map(|round| {
            // Whoever comes second finds the caches full of the other's: each half the time.
            if round.is_multiple_of(2) {
                let ours = each(ours.chunk());
                (ours, each(theirs.chunk()))
            } else {
                let theirs = each(theirs.chunk());
                (each(ours.chunk()), theirs)
            }
        });
        Case { positions, folded, chunks: chunks.collect() }
    }

    fn row(&self) -> String {
        let three = |of: fn(&(f64, f64)) -> f64| {
            let mut figures: Vec<f64> = self.chunks.iter().map(of).collect();
            figures.sort_unstable_by(f64::total_cmp);
            let at = |percent: usize| {
                figures.get(figures.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0.0)
            };
            [10, 50, 90].map(at)
        };
        let (ours, theirs) = (three(|chunk| chunk.0), three(|chunk| chunk.1));
        let ratio = three(|chunk| chunk.0 / chunk.1);
        let mut row = format!("| {} | {} ", self.positions, self.folded);
        for [low, middle, high] in [ours, theirs] {
            row.push_str(&format!("| {middle:.1} ns ({low:.1}-{high:.1}) "));
        }
        let [low, middle, high] = ratio;
        row.push_str(&format!("| {middle:.2} ({low:.2}-{high:.2}) |"));
        row
    }
}

fn each(chunk: Duration) -> f64 {
    float(nanos(chunk)) / CHUNK as f64
}

/// Measures, and answers the table: medians, and between which the middle eight tenths lie.
pub(crate) fn table(rounds: usize) -> String {
    let mut table = format!(
        "{rounds} chunks of {CHUNK} fills each, in turn; medians (and tenth to ninetieth \
         percentile)\n\n| positions | fills before | gatefold, position and account | \
         nautilus-model 0.57, position | ratio |\n|---|---|---|---|---|\n"
    );
    for case in CASES {
        let row = Case::measure(case, rounds).row();
        // Writing to a string does not fail.
        let _ = writeln!(table, "{row}");
    }
    table
}
