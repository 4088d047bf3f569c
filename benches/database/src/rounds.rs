//! How cases are measured and told: between two runs of what they are held against, round after
//! round, as medians of ratios.

use std::time::Duration;

use crate::case::Case;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// Each run takes about so long.
    pub(crate) each: Duration,
}

/// What was measured of one case.
#[derive(Default)]
struct Figures {
    ratios: Vec<f64>,
    rates: Vec<f64>,
}

/// Measures and tells, and says how many cases missed their bound.
pub(crate) fn measure(base: &mut dyn Case, cases: &mut [Box<dyn Case>], plan: Plan) -> usize {
    let mut figures: Vec<Figures> = cases.iter().map(|_| Figures::default()).collect();
    let mut plain = Vec::new();
    // Once, so that nothing is measured cold.
    base.run(plan.each / 4);
    for case in cases.iter_mut() {
        case.run(plan.each / 4);
    }
    for round in 0..plan.rounds {
        eprintln!("round {} of {}", round + 1, plan.rounds);
        let mut before = base.run(plan.each).per_second();
        plain.push(before);
        let count = cases.len();
        for place in 0..count {
            // Another order in each round: nobody is always first.
            let place = (place + round) % count;
            let rate = cases[place].run(plan.each).per_second();
            let after = base.run(plan.each).per_second();
            figures[place].ratios.push(2.0 * rate / (before + after));
            figures[place].rates.push(rate);
            plain.push(after);
            before = after;
        }
    }
    tell(base, cases, &plain, &figures)
}

fn tell(base: &dyn Case, cases: &[Box<dyn Case>], plain: &[f64], figures: &[Figures]) -> usize {
    println!("| case | a second | times plain | spread | at least |");
    println!("|---|---|---|---|---|");
    println!(
        "| {} | {:.0} | 1 | {} | - |",
        base.name(),
        median(plain),
        spread(plain, median(plain))
    );
    let mut missed = 0;
    for (case, Figures { ratios, rates }) in cases.iter().zip(figures) {
        let (times, rate) = (median(ratios), median(rates));
        let (times_min, rate_min) = (case.times_min(), case.per_second_min());
        let is_missed =
            times_min.is_some_and(|it| times < it) || rate_min.is_some_and(|it| rate < it);
        missed += usize::from(is_missed);
        let bound = match (times_min, rate_min) {
            (Some(times), _) => format!("{times:.0} times"),
            (None, Some(rate)) => format!("{rate:.0} a second"),
            (None, None) => String::from("-"),
        };
        let verdict = if is_missed { ": MISSED" } else { "" };
        let spread = spread(ratios, 1.0);
        println!("| {} | {rate:.0} | {times:.1} | {spread} | {bound}{verdict} |", case.name());
    }
    for case in cases {
        if let Some(remark) = case.remark() {
            println!("\n{}: {remark}", case.name());
        }
    }
    missed
}

/// The middle of some figures; of an even number, the lower of the two.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

/// The least and the most, as multiples of something.
fn spread(figures: &[f64], of: f64) -> String {
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(0.0, f64::max);
    format!("{:.1}-{:.1}", least / of, most / of)
}
