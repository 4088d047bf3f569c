//! Which thresholds a report crosses, and which exit code says so.

use std::collections::BTreeMap;

use gatefold::core::vocabulary::{AccountId, Ratio, Span, Timestamp};

use crate::answer::OK;
use crate::human;
use crate::report::database::Beside;

/// What must not be crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// The share of recommendations that may fail.
    pub(crate) failure_rate: Ratio,
    /// So many positions may come into being in one account ...
    pub(crate) openings: u32,
    /// ... within this time.
    pub(crate) openings_within: Span,
    /// How old the oldest event that the tables lack may be.
    pub(crate) lag: Span,
}

/// What is wrong, in the order of exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    FailureRate,
    RapidOpenings,
    Lag,
    Schema,
}

impl What {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FailureRate => "failure-rate",
            Self::RapidOpenings => "rapid-openings",
            Self::Lag => "lag",
            Self::Schema => "schema",
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::FailureRate => 3,
            Self::RapidOpenings => 4,
            Self::Lag => 5,
            Self::Schema => 6,
        }
    }
}

/// A threshold that is crossed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crossed {
    pub(crate) what: What,
    pub(crate) account: Option<AccountId>,
    pub(crate) observed: String,
    pub(crate) limit: String,
}

/// Parts per million of a whole.
pub(crate) fn share(part: u64, whole: u64) -> u64 {
    let wide = u128::from(part) * 1_000_000;
    wide.checked_div(u128::from(whole)).and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
}

/// The most openings of one account within a stretch of time.
pub(crate) fn most_within(times: &[Timestamp], within: Span) -> usize {
    let mut most = 0;
    let mut first = 0;
    for (last, at) in times.iter().enumerate() {
        while times.get(first).is_some_and(|it| at.saturating_since(*it) > within) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

impl Thresholds {
    /// Everything that is crossed, in the order of exit codes.
    pub(crate) fn crossed(
        &self,
        (failed, all): (u64, u64),
        openings: &BTreeMap<AccountId, Vec<Timestamp>>,
        beside: Option<&Beside>,
    ) -> Vec<Crossed> {
        let mut crossed = Vec::new();
        let rate = share(failed, all);
        if rate > u64::from(self.failure_rate.ppm()) {
            crossed.push(Crossed {
                what: What::FailureRate,
                account: None,
                observed: format!("{failed} of {all} failed, {}", percent(rate)),
                limit: human::ratio(self.failure_rate),
            });
        }
        for (account, times) in openings {
            let most = most_within(times, self.openings_within);
            if u64::try_from(most).unwrap_or(u64::MAX) > u64::from(self.openings) {
                crossed.push(Crossed {
                    what: What::RapidOpenings,
                    account: Some(*account),
                    observed: format!("{most} positions opened within {}", self.openings_within),
                    limit: self.openings.to_string(),
                });
            }
        }
        let wrong = |what, observed: String, limit: String| Crossed {
            what,
            account: None,
            observed,
            limit,
        };
        match beside {
            Some(Beside { lag: Some(lag), .. }) if lag.behind > self.lag => {
                let observed = format!("{} events behind for {}", lag.events, lag.behind);
                crossed.push(wrong(What::Lag, observed, self.lag.to_string()));
            }
            Some(Beside { schema: Err(why), .. }) => {
                let first = why.lines().next().unwrap_or_default().to_owned();
                crossed.push(wrong(What::Schema, first, "as this build expects it".to_owned()));
            }
            Some(Beside { schema: Ok(_), .. }) | None => {}
        }
        crossed
    }
}

/// Parts per million, to a tenth of a percent.
pub(crate) fn percent(ppm: u64) -> String {
    let tenths = (ppm + 500) / 1_000;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// The exit code of a report.
pub(crate) fn code(crossed: &[Crossed]) -> u8 {
    crossed.iter().map(|it| it.what).min().map_or(OK, What::code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_within_a_time_is_found_wherever_it_is() {
        let at = |minutes: i64| Timestamp::EPOCH.saturating_add(Span::minutes(minutes));
        let times: Vec<Timestamp> = [0, 20, 40, 41, 42, 55, 90].map(at).to_vec();
        assert_eq!(most_within(&times, Span::minutes(15)), 4);
        assert_eq!(most_within(&times, Span::minutes(1)), 2);
        assert_eq!(most_within(&times, Span::hours(9)), 7);
        assert_eq!(most_within(&[], Span::hours(9)), 0);
    }

    #[test]
    fn a_threshold_is_crossed_above_it_and_not_at_it() {
        let thresholds = Thresholds {
            failure_rate: Ratio::from_ppm(50_000),
            openings: 2,
            openings_within: Span::minutes(15),
            lag: Span::seconds(10),
        };
        let none = BTreeMap::new();
        assert_eq!(thresholds.crossed((5, 100), &none, None), []);
        assert_eq!(thresholds.crossed((0, 0), &none, None), []);
        let crossed = thresholds.crossed((6, 100), &none, None);
        assert_eq!((code(&crossed), crossed[0].limit.as_str()), (3, "5%"));
        let account = AccountId::new("large").unwrap();
        let times = |count| BTreeMap::from([(account, vec![Timestamp::EPOCH; count])]);
        assert_eq!(code(&thresholds.crossed((0, 9), &times(2), None)), 0);
        assert_eq!(code(&thresholds.crossed((0, 9), &times(3), None)), 4);
        assert_eq!(code(&thresholds.crossed((9, 9), &times(3), None)), 3);
        assert_eq!((percent(848_693), share(617, 727)), ("84.9%".to_owned(), 848_693));
    }
}
