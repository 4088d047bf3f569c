//! No look-ahead: whatever moment is chosen, only what was known by then is seen.

use std::collections::BTreeMap;

use gatefold_core::decide::MarketData;
use gatefold_core::vocabulary::{Instrument, Span, Timestamp};
use gatefold_sim::{QuoteChange, Replay};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use crate::kit::day;

/// What a reader of the whole recording, row by row, would know at `now`.
fn known(changes: &[QuoteChange], now: Timestamp) -> BTreeMap<Instrument, QuoteChange> {
    let known = changes.iter().filter(|change| change.known_at <= now);
    known.map(|change| (change.instrument, *change)).collect()
}

fn moment(replay: &Replay, seconds: u32) -> Timestamp {
    let start = replay.next_time().unwrap().saturating_sub(Span::hours(1));
    start.saturating_add(Span::seconds(i64::from(seconds) % 86_400))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn at_any_moment_only_what_is_known_is_seen(
        steps in proptest::collection::vec(any::<u32>(), 1..5),
    ) {
        let mut replay = day("2015-12-24");
        let moments: Vec<Timestamp> = steps.iter().map(|step| moment(&replay, *step)).collect();
        let mut latest = None;
        for now in moments {
            replay.advance_to(now);
            latest = latest.max(Some(now));
            let now = latest.unwrap();
            let expected = known(replay.changes(), now);
            let market = replay.market();
            for change in replay.changes() {
                let seen = market.quote(&change.instrument);
                let Some(last) = expected.get(&change.instrument) else {
                    prop_assert!(seen.is_none(), "{} is seen at {now}", change.instrument);
                    continue;
                };
                let seen = seen.unwrap();
                prop_assert!(seen.at <= now, "{} of the future at {now}", seen.at);
                prop_assert!(seen.at >= last.known_at);
                let at = seen.at;
                prop_assert_eq!(seen, gatefold_core::decide::Quote { at, ..last.quote });
            }
        }
    }

    #[test]
    fn steps_and_leaps_end_alike(leap in any::<u32>()) {
        let (mut stepping, mut leaping) = (day("2013-10-07"), day("2013-10-07"));
        let now = moment(&stepping, leap);
        while let Some(next) = stepping.next_time().filter(|next| *next <= now) {
            stepping.advance_to(next);
        }
        stepping.advance_to(now);
        leaping.advance_to(now);
        let ibm = crate::kit::instrument("IBM");
        prop_assert_eq!(stepping.market().quote(&ibm), leaping.market().quote(&ibm));
        prop_assert_eq!(stepping.next_time(), leaping.next_time());
    }
}
