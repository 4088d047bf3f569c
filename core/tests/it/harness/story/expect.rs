//! What a story may expect, and how a failed expectation says what was seen instead.
//!
//! | line | it holds when |
//! |---|---|
//! | `expect ID refused by GATE`, `ID deferred by GATE` | the headline of its last decision |
//! | `expect ID Executed` | the recommendation stands there |
//! | `expect order ID STATE [filled N]` | the order does |
//! | `expect held SYM N [cost M]`, `counted N`, `exposure M`, `cash M`, `power M` | the books do |
//! | `expect realized M`, `day-realized M`, `day-loss M`, `equity M` | profit and loss is that |
//! | `expect state STATE`, `reduce-only SYM`, `not reduce-only SYM` | trading is restricted so |
//! | `expect sent N`, `canceling ID`, `looking-up ID` | the broker was asked so |
//! | `expect event NAME [N]`, `no event NAME`, `finding KIND`, `alert TEXT` | it was told |
//! | `expect exit SYM PROTECTION [failures N]` | the exit plan stands there |
//! | `expect unchanged` | nothing was recorded since the last `remember` |

use gatefold_core::record::event::{Event, FindingKind};
use gatefold_core::vocabulary::{Instrument, Money, Quantity, RecommendationId};

use crate::harness::story::{Story, net};
use crate::harness::words::{Words, decision, event_name, order_state, trading_state};

impl Story {
    pub(crate) fn expect(&mut self, words: &mut Words<'_>) {
        match words.word() {
            "order" => self.expect_order(words),
            subject @ ("held" | "counted" | "exposure" | "cash" | "power" | "realized"
            | "day-realized" | "day-loss" | "equity" | "unrealized") => {
                self.expect_books(subject, words);
            }
            "state" => {
                let state = self.world.account(&self.account).states().common();
                assert_eq!(state, trading_state(words.word()), "trading state");
            }
            "reduce-only" => assert!(self.reduce_only(words), "it is not"),
            "not" => {
                assert_eq!(words.word(), "reduce-only");
                assert!(!self.reduce_only(words), "it is");
            }
            "exit" => self.expect_exit(words),
            "remember" => self.mark = self.world.log.len(),
            "unchanged" => {
                let names: Vec<_> =
                    self.world.log.events(self.mark).map(|(_, it)| event_name(&it)).collect();
                assert!(names.is_empty(), "recorded since: {names:?}");
            }
            other => self.expect_asked(other, words),
        }
    }

    fn expect_asked(&mut self, subject: &str, words: &mut Words<'_>) {
        match subject {
            "sent" => {
                let own = self.world.sent.iter().filter(|it| it.account == self.account);
                assert_eq!(own.count(), words.value::<usize>(), "orders sent");
            }
            "attempt" => {
                let sent = self.sent(words.word());
                assert_eq!(sent.attempt, words.value::<u16>(), "attempt");
            }
            "quantity" => {
                let sent = self.sent(words.word());
                assert_eq!(sent.quantity, words.value::<Quantity>(), "ordered");
            }
            "canceling" => {
                let sent = self.sent(words.word());
                assert!(self.world.cancels.contains(&sent.key), "no cancel was asked for");
            }
            "looking-up" => {
                let sent = self.sent(words.word());
                assert!(self.world.look_ups.contains(&sent.key), "it was not looked up");
            }
            "event" => {
                let name = words.word();
                let count = self.count(name);
                match words.maybe() {
                    Some(times) => assert_eq!(count.to_string(), times, "{name} was recorded"),
                    None => assert!(count > 0, "{name} was not recorded"),
                }
            }
            "no" => {
                assert_eq!(words.word(), "event");
                let name = words.word();
                assert_eq!(self.count(name), 0, "{name} was recorded");
            }
            "finding" => {
                let name = words.word();
                let found: Vec<FindingKind> = self.findings();
                assert!(found.iter().any(|kind| kind.name() == name), "found only {found:?}");
            }
            "findings" => {
                let found = self.findings().len();
                assert_eq!(found, words.value::<usize>(), "findings");
            }
            "alert" => {
                let text = words.rest();
                let all: Vec<_> = self.world.alerts.iter().map(|it| &it.text).collect();
                assert!(all.iter().any(|it| it.contains(&text)), "alerts: {all:?}");
            }
            "notice" => {
                let text = words.rest();
                let all = format!("{:?}", self.world.notices);
                assert!(all.contains(&text), "notices: {all}");
            }
            advice => self.expect_advice(advice, words),
        }
    }

    fn findings(&self) -> Vec<FindingKind> {
        let events = self.world.log.events(0);
        let kind = |event| {
            if let Event::FindingRecorded(found) = event { Some(found.kind) } else { None }
        };
        events.filter_map(|(_, event)| kind(event)).collect()
    }

    fn count(&self, name: &str) -> usize {
        let events = self.world.log.events(0);
        events.filter(|(_, event)| event_name(event) == name).count()
    }

    fn expect_advice(&mut self, name: &str, words: &mut Words<'_>) {
        let id = RecommendationId::new(name).unwrap();
        let word = words.word();
        if matches!(word, "refused" | "deferred") {
            let seen = self.headline(&id);
            let gate = words.maybe().filter(|it| *it != "by").or_else(|| words.maybe());
            let wanted = format!("{word} by {}", gate.expect("by which gate?"));
            assert_eq!(seen, wanted, "its last decision");
            return;
        }
        let advice = self.world.account(&self.account).advice(&id);
        let life = advice.map(|advice| advice.life.name());
        let last = self.headline(&id);
        assert_eq!(life, Some(word), "where {name} stands ({last})");
    }

    /// The last decision on a recommendation.
    fn headline(&self, id: &RecommendationId) -> String {
        let mut seen = String::from("never decided");
        for (_, event) in self.world.log.events(0) {
            let Some((of, word, judgement)) = decision(&event) else {
                continue;
            };
            if of == *id {
                let headline = judgement.verdicts.headline();
                let gate =
                    headline.and_then(|(place, _)| self.world.engine.gates().cards().nth(place));
                seen = match gate {
                    Some(card) => format!("{word} by {}", card.name),
                    None => word.to_string(),
                };
            }
        }
        seen
    }

    fn expect_order(&mut self, words: &mut Words<'_>) {
        let (state, sent) = self.order_now(words.word());
        assert_eq!(state, order_state(words.word()), "the order's state");
        if words.maybe() == Some("filled") {
            let account = self.world.account(&self.account);
            let filled = account.order(&sent.key).unwrap().filled;
            assert_eq!(filled, words.value::<Quantity>(), "filled");
        }
    }

    fn expect_books(&self, subject: &str, words: &mut Words<'_>) {
        let account = self.world.account(&self.account);
        match subject {
            "held" => {
                let instrument = Instrument::parse(words.word()).unwrap();
                let position = account.book(&instrument).position();
                assert_eq!(position.net(), net(words.word()), "held");
                if words.maybe() == Some("cost") {
                    assert_eq!(position.cost(), words.value::<Money>(), "cost");
                }
            }
            "counted" => assert_eq!(account.totals().counted, words.value::<u32>()),
            "exposure" => assert_eq!(account.totals().gross, words.value::<Money>()),
            "cash" => assert_eq!(account.cash(), words.value::<Money>()),
            "equity" => assert_eq!(account.equity(), words.value::<Money>()),
            "power" => assert_eq!(account.buying_power().left(), Some(words.value::<Money>())),
            "realized" => assert_eq!(account.realized_pnl(), words.value::<Money>()),
            "unrealized" => assert_eq!(account.unrealized_pnl(), words.value::<Money>()),
            "day-realized" => {
                assert_eq!(account.day().map(|day| day.realized), Some(words.value::<Money>()));
            }
            _ => assert_eq!(account.day_loss(), Some(words.value::<Money>())),
        }
    }

    fn reduce_only(&self, words: &mut Words<'_>) -> bool {
        let instrument = Instrument::parse(words.word()).unwrap();
        let account = self.world.account(&self.account);
        account.underlying(&instrument.underlying()).reduce_only
    }

    fn expect_exit(&mut self, words: &mut Words<'_>) {
        let instrument = Instrument::parse(words.word()).unwrap();
        let account = self.world.account(&self.account);
        let plan = account.book(&instrument).exit();
        let seen = match plan.in_hand {
            Some(exit) => format!("in-hand-{}", exit.rule),
            None => plan.protection().to_string(),
        };
        assert_eq!(seen, words.word(), "the exit plan");
        if words.maybe() == Some("failures") {
            assert_eq!(plan.failures, words.value::<u32>(), "failures");
        }
    }
}
