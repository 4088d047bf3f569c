//! Medians and percentiles of what was measured.

use std::time::{Duration, Instant};

/// Durations in nanoseconds, sorted.
pub(crate) struct Spread {
    sorted: Vec<u64>,
}

impl Spread {
    pub(crate) fn new(mut nanos: Vec<u64>) -> Spread {
        nanos.sort_unstable();
        Spread { sorted: nanos }
    }

    /// The value that `percent` of all do not exceed; zero if there is none.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get(last * percent / 100).copied().unwrap_or(0)
    }
}

/// The middle of some figures; of an even number, the lower of the two.
pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// Nanoseconds as they go into figures.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// How long `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let result = work();
    (started.elapsed(), result)
}

/// A count as a float: exact below 2^53, far above anything counted here.
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_medians_are_of_the_sorted_figures() {
        let spread = Spread::new((0..=100).rev().collect());
        assert_eq!([0, 50, 99, 100].map(|it| spread.percentile(it)), [0, 50, 99, 100]);
        assert_eq!(Spread::new(Vec::new()).percentile(50), 0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
