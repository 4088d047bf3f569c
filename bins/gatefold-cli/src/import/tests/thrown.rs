//! Tables in which few ids, accounts and symbols meet in every way: each row is told once, and the
//! log that is written is the planned one.

use crate::import::tests::{plan, said, tables};
use crate::import::write::{Before, look, write};

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn second(&mut self) -> String {
        format!("2026-02-03T15:00:{:02}Z", self.below(60))
    }
}

/// Tables in which few ids, accounts and symbols meet in every way.
fn thrown(dice: &mut Dice) -> [String; 3] {
    const ACCOUNTS: [&str; 5] = ["large", "large", "tiny", "large-default", ""];
    const SYMBOLS: [&str; 3] = ["ACME", "ACME", "MSFT260320P00400000"];
    let mut all = [String::new(), String::new(), String::new()];
    for _ in 0..4 + dice.below(8) {
        let status = ["EXECUTED", "EXECUTED", "SIMULATED", "SKIPPED", "FAILED", "PENDING", "odd"];
        all[0].push_str(&format!(
            "{},{},{},buy_to_open,{},10,{},{}\n",
            dice.below(6),
            dice.pick(&ACCOUNTS),
            dice.pick(&SYMBOLS),
            1 + dice.below(2),
            dice.pick(&status),
            dice.second()
        ));
    }
    for _ in 0..4 + dice.below(10) {
        let quantity = 1 + dice.below(2);
        all[1].push_str(&format!(
            "{},{},{},,{},{},{quantity},10,{},{},{},{}\n",
            dice.below(9),
            dice.pick(&["", "", "", "1", "2", "9"]),
            dice.pick(&ACCOUNTS),
            dice.pick(&SYMBOLS),
            dice.pick(&["buy_to_open", "buy_to_open", "sell_to_close"]),
            dice.pick(&["", "", "", "20"]),
            dice.pick(&["ALPACA_PAPER", "ALPACA_PAPER", "SIMULATED", "LIVE"]),
            dice.second(),
            dice.pick(&["", "", "b-1", "b-2"])
        ));
    }
    for _ in 0..4 + dice.below(10) {
        all[2].push_str(&format!(
            "{},{},{},{},{},{},{},{},{},{},{}\n",
            dice.below(9),
            dice.pick(&ACCOUNTS),
            dice.pick(&SYMBOLS),
            dice.pick(&["1", "2", "3", "-1"]),
            dice.pick(&["10", "10", "11", ""]),
            dice.pick(&["", "7.5"]),
            dice.pick(&["", "", "1", "2", "3", "77"]),
            dice.pick(&["open", "open", "closed", ""]),
            dice.second(),
            dice.pick(&["", "2026-02-03T17:46:00Z"]),
            dice.pick(&["", "12"])
        ));
    }
    all
}

#[test]
fn whatever_the_tables_hold_every_row_is_told_and_the_log_is_as_planned() {
    let (mut written, mut held_at_last) = (0, 0);
    for seed in 0..100 {
        let [advice, trades, held] = thrown(&mut Dice(seed));
        let tables = tables(&advice, &trades, &held);
        let plan = plan(&tables, "");
        let rows = [&advice, &trades, &held].map(|rows| rows.lines().count()).iter().sum::<usize>();
        assert_eq!(said(&plan).len(), rows, "seed {seed}");
        if plan.facts.is_empty() {
            continue;
        }
        // An empty directory is as good as none.
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::create_dir(&log).unwrap();
        assert_eq!(look(&log, &plan).unwrap(), Before::Nothing);
        // Folds what it wrote and compares every position with the plan.
        write(&log, &plan).unwrap_or_else(|error| panic!("seed {seed}: {error:#}"));
        let Before::All(positions) = look(&log, &plan).unwrap() else { panic!("seed {seed}") };
        let numbers: Vec<u64> = positions.iter().map(|position| position.get()).collect();
        assert_eq!(numbers, (1..=positions.len() as u64).collect::<Vec<_>>(), "seed {seed}");
        written += 1;
        held_at_last += plan.nets.len();
    }
    assert!(written > 50 && held_at_last > 30, "{written} logs, {held_at_last} positions");
}
