//! A story: what was given, advised and reported, and what is expected, in the trader's words.
//!
//! | line | it says |
//! |---|---|
//! | `clock TIME` | the story begins then (in a regular session, if nothing else is said) |
//! | `account NAME cash 50000 max_positions=5 ...` | opens an account, synchronized and linked |
//! | `use NAME` | what follows is about that account |
//! | `quote SYM BID ASK`, `no quote SYM`, `quotes stop`, `quotes flow` | the market |
//! | `broker silent`, `accepts`, `fills`, `rejects order`, `times-out`, `down`, `up` | its way |
//! | `advise ID buy 10 SYM at 100 stop=90 ...` | advice: buy, sell (close), short, cover |
//! | `answer ID accepted`, `rejected CLASS`, `unknown` | to a submission; `last`: the last one |
//! | `fill ID 5 at 100 as x1 fee=1`, `report ID STATE [5 at 100 as x1]` | what the broker reports |
//! | `lookup ID missing`, `unavailable`, `STATE [5 at 100 as x1]` | what a look-up found |
//! | `cancel-answer ID requested`, `refused`, `unknown` | to a cancel |
//! | `foreign buy 5 SYM at 100 as x1`, `stranger STATE`, `activity ...`, `money KIND N` | facts |
//! | `books SYM 5`, `sync`, `link up`, `link down` | the broker's books, the connection |
//! | `state SCOPE STATE`, `limits k=v`, `close SYM 5`, `cancel ID` | commands |
//! | `wait 5s`, `tick 5s`, `crash` | time, and the end of the process |
//! | `restart` | the same, after which nothing that was known of a link counts |
//! | `expect ...` | see `expect.rs` |

use gatefold_core::advise::Arrival;
use gatefold_core::decide::{Scope, Tradable};
use gatefold_core::engine::{Command, Input, Opening, Settings};
use gatefold_core::record::event::{
    Adjustment, CashKind, CashMoved, Link, Mode, PositionAdjusted, PremiumRule,
};
use gatefold_core::route::{
    BrokerFault, CancelAnswer, LookUp, OrderReport, OrderState, RejectClass, Report, Submission,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, ExecutionId, Instrument, Money, NetQuantity, OrderKey, RecommendationId,
    Side, Span, StrategyId, Timestamp,
};

use crate::harness::words::{Words, advice, limit, order_state, parsed, roomy, trading_state};
use crate::harness::world::{Policy, Sent, World, broker_id};

mod expect;

/// A story under way.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) account: AccountId,
    pub(crate) mark: usize,
}

/// Where a story leads, for a test that goes on from there.
pub(crate) fn told(text: &str) -> World {
    check("told", text)
}

/// Runs a story; a line that does not hold is named with its number.
pub(crate) fn check(name: &str, text: &str) -> World {
    let start: Timestamp = "2026-02-03T15:00:00Z".parse().unwrap();
    let settings = Settings::default();
    let mut story = Story {
        world: World::new(start, settings),
        account: AccountId::new("main").unwrap(),
        mark: 0,
    };
    for (number, line) in text.lines().enumerate() {
        let said = line.split('#').next().unwrap_or("").trim();
        if said.is_empty() {
            continue;
        }
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story.tell(said)));
        if let Err(cause) = told {
            let seen = cause.downcast_ref::<String>().cloned();
            let seen = seen.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string));
            let events = story.recent(12);
            panic!(
                "{name}:{}: {said}\n  {}\n  last events:\n{events}",
                number + 1,
                seen.unwrap_or_default()
            );
        }
    }
    story.world
}

fn actor() -> Actor {
    Actor::new("trader").unwrap()
}

impl Story {
    /// The last events, for a failing line.
    fn recent(&self, count: usize) -> String {
        let skip = self.world.log.len().saturating_sub(count);
        let events = self.world.log.events(skip);
        let line = |(_, event)| {
            let text = format!("{event:?}");
            let text: String = text.chars().take(220).collect();
            format!("    {text}\n")
        };
        events.map(line).collect()
    }

    fn tell(&mut self, line: &str) {
        let mut words = Words::of(line);
        let verb = words.word();
        match verb {
            "clock" => self.world.now = words.value(),
            "settings" => self.settings(&words),
            "account" => self.open(&mut words),
            "use" => self.account = AccountId::new(words.word()).unwrap(),
            "quote" | "no" | "quotes" | "halt" | "trade" => self.market(verb, &mut words),
            "broker" => self.broker(&mut words),
            "advise" => {
                let advice = advice(&mut words, self.account, self.world.now);
                self.world.feed(Input::Arrival(Arrival::Recommendation(advice)));
            }
            "answer" | "fill" | "report" | "lookup" | "cancel-answer" => {
                self.order(verb, &mut words);
            }
            "foreign" | "stranger" | "activity" | "money" | "books" | "sync" | "link" => {
                self.fact(verb, &mut words);
            }
            "state" | "limits" | "close" | "cancel" => self.command(verb, &mut words),
            "wait" => self.world.wait(words.value()),
            "tick" => {
                let span = words.maybe().map_or(Span::seconds(0), parsed);
                self.world.tick(span);
            }
            "crash" => self.world.crash(),
            "restart" => {
                self.world.crash();
                self.world.engine.await_contact();
            }
            "expect" => self.expect(&mut words),
            other => panic!("no story knows the word {other:?}"),
        }
        if verb != "expect" {
            assert!(words.is_done(), "the line says more than is understood");
        }
    }

    fn settings(&mut self, words: &Words<'_>) {
        let mut settings = self.world.settings;
        for (key, value) in words.options() {
            match *key {
                "absent_polls" => settings.absent_polls = parsed(value),
                "absent_for" => settings.absent_for = parsed(value),
                "exit_attempts" => settings.exit_attempts = parsed(value),
                "marks_every" => settings.marks_every = parsed(value),
                other => panic!("no story knows the setting {other:?} yet"),
            }
        }
        self.world = World::new(self.world.now, settings);
    }

    fn open(&mut self, words: &mut Words<'_>) {
        self.account = AccountId::new(words.word()).unwrap();
        let cash = match words.maybe() {
            Some("cash") => words.value(),
            _ => Money::dollars(100_000),
        };
        let mut limits = roomy();
        let mut cost_method = CostMethod::Average;
        for (key, value) in words.options() {
            match *key {
                "cost" if *value == "fifo" => cost_method = CostMethod::Fifo,
                key => limit(&mut limits, key, value),
            }
        }
        self.world.feed(Input::Open(Opening {
            account: self.account,
            mode: Mode::Simulated,
            cash,
            cost_method,
            limits: limits.checked().expect("the story's limits fit together"),
            actor: actor(),
            reason: "the story begins".into(),
        }));
        self.world.link(self.account, Link::Up);
        self.world.feed(Input::Tick);
    }

    fn market(&mut self, verb: &str, words: &mut Words<'_>) {
        let now = self.world.now;
        let mut instrument = || Instrument::parse(words.word()).unwrap();
        match verb {
            "quote" => {
                let it = instrument();
                let (bid, ask) = (words.value(), words.value());
                self.world.market.set(it, bid, ask, now);
            }
            "no" => {
                assert_eq!(words.word(), "quote");
                let it = Instrument::parse(words.word()).unwrap();
                self.world.market.forget(&it);
            }
            "halt" => self.world.market.allow(instrument(), Tradable::Halted),
            "trade" => self.world.market.allow(instrument(), Tradable::Yes),
            _ => self.world.quotes_flow = words.word() == "flow",
        }
    }

    fn broker(&mut self, words: &mut Words<'_>) {
        match words.word() {
            "silent" => self.world.policy = Policy::Silent,
            "accepts" => self.world.policy = Policy::Accepts,
            "fills" => self.world.policy = Policy::Fills,
            "times-out" => self.world.policy = Policy::TimesOut,
            "rejects" => self.world.policy = Policy::Rejects(class(words.word())),
            "down" => self.world.broker_up = false,
            "up" => self.world.broker_up = true,
            "power" => self.world.buying_power = Some(words.value()),
            other => panic!("no broker is {other:?}"),
        }
    }

    /// The last order that was sent for a recommendation of this account.
    pub(crate) fn sent(&self, name: &str) -> Sent {
        let id = RecommendationId::new(name).unwrap();
        let own = |sent: &&Sent| {
            sent.account == self.account && (name == "last" || sent.recommendation == id)
        };
        let found = self.world.sent.iter().rev().find(own);
        found.unwrap_or_else(|| panic!("no order was sent for {name}")).clone()
    }

    fn order(&mut self, verb: &str, words: &mut Words<'_>) {
        let sent = self.sent(words.word());
        match verb {
            "answer" => {
                let answer = match words.word() {
                    "accepted" => Submission::Accepted {
                        broker_order_id: broker_id(&sent.key),
                        at: self.world.now,
                    },
                    "rejected" => Submission::Rejected {
                        class: class(words.word()),
                        reason: "the broker says no".into(),
                    },
                    "unknown" => Submission::Unknown { reason: "timeout".into() },
                    other => panic!("no submission is answered {other:?}"),
                };
                self.world.submitted(&sent, answer);
            }
            "fill" => {
                let execution = self.execution(&sent, words);
                self.world.reported(sent.account, Report::Execution(execution));
            }
            "report" => {
                let report = self.report(&sent, words);
                self.world.reported(sent.account, Report::Order(report));
            }
            "lookup" => {
                let answer = match words.clone().word() {
                    "missing" => LookUp::Missing,
                    "unavailable" => LookUp::Unavailable { reason: "down".into() },
                    _ => LookUp::Found(self.report(&sent, words)),
                };
                words.rest();
                self.world.looked_up(&sent, answer);
            }
            _ => {
                let reason = String::from("too late");
                let answer = match words.word() {
                    "requested" => CancelAnswer::Requested,
                    "refused" => CancelAnswer::Refused { reason },
                    _ => CancelAnswer::Unknown { reason },
                };
                self.world.cancel_answered(&sent, answer);
            }
        }
    }

    fn execution(&mut self, of: &Sent, words: &mut Words<'_>) -> Execution {
        let quantity = words.value();
        let price = words.value();
        let execution = self.world.execution(of, quantity, price);
        let id = words.maybe().filter(|word| *word != "as").or_else(|| words.maybe());
        let id = id.map(|id| ExecutionId::new(id).unwrap());
        let fee = words.option("fee").unwrap_or(Money::ZERO);
        Execution { id: id.unwrap_or(execution.id), fee, ..execution }
    }

    fn report(&mut self, of: &Sent, words: &mut Words<'_>) -> OrderReport {
        let state = order_state(words.word());
        let executions = if words.is_done() { Vec::new() } else { vec![self.execution(of, words)] };
        self.world.report(of.key, state, executions)
    }

    fn fact(&mut self, verb: &str, words: &mut Words<'_>) {
        let account = self.account;
        match verb {
            "sync" => {
                let answer = self.world.snapshot(&account);
                self.world.feed(Input::SnapshotTaken { account, answer });
            }
            "books" => {
                let mut answer = self.world.snapshot(&account).expect("the broker is up");
                let it = Instrument::parse(words.word()).unwrap();
                let quantity = net(words.word());
                answer.positions.retain(|(known, _)| *known != it);
                answer.positions.push((it, quantity));
                self.world.feed(Input::SnapshotTaken { account, answer: Ok(answer) });
            }
            "link" if words.clone().word() == "refused" => {
                words.rest();
                let answer = Err(BrokerFault::Refused { account, reason: "bad key".into() });
                self.world.feed(Input::SnapshotTaken { account, answer });
            }
            "link" => {
                let up = words.word() == "up";
                self.world.link(account, if up { Link::Up } else { Link::Down });
            }
            "foreign" => {
                let side = if words.word() == "buy" { Side::Buy } else { Side::Sell };
                let quantity = words.value();
                let instrument = Instrument::parse(words.word()).unwrap();
                let price = words.value();
                let id = ExecutionId::new(words.word()).unwrap();
                let execution = Execution {
                    id,
                    order: words.option::<OrderKey>("key"),
                    instrument,
                    side,
                    quantity,
                    price,
                    fee: Money::ZERO,
                    at: self
                        .world
                        .now
                        .saturating_sub(words.option("age").unwrap_or(Span::seconds(0))),
                };
                self.world.reported(account, Report::Execution(execution));
            }
            "stranger" => {
                let id = RecommendationId::new("never-advised").unwrap();
                let key = OrderKey::of(&account, &id, 0);
                let state = order_state(words.word());
                let mut executions = Vec::new();
                if !words.is_done() {
                    let mut sent = self.world.sent[0].clone();
                    sent.key = key;
                    executions.push(self.execution(&sent, words));
                }
                let report = self.world.report(key, state, executions);
                self.world.reported(account, Report::Order(report));
            }
            "money" => {
                let kind = match words.word() {
                    "deposit" => CashKind::Deposit,
                    "fee" => CashKind::Fee,
                    _ => CashKind::Income,
                };
                let amount = words.value();
                let activity = words.maybe().map(|id| ExecutionId::new(id).unwrap());
                let cash = CashMoved { kind, amount, activity, note: "statement".into() };
                match activity {
                    Some(_) => self.world.reported(account, Report::Cash(cash)),
                    None => self.world.feed(Input::Command(Command::MoveCash { account, cash })),
                }
            }
            _ => self.activity(words),
        }
    }

    fn activity(&mut self, words: &mut Words<'_>) {
        let kind = words.word();
        let quantity = words.word();
        let instrument = Instrument::parse(words.word()).unwrap();
        let adjustment = match kind {
            "delivered" => Adjustment::Delivered {
                instrument,
                quantity: parsed(quantity),
                premium: if words.option::<String>("premium").as_deref() == Some("realized") {
                    PremiumRule::Realized
                } else {
                    PremiumRule::IntoShares
                },
            },
            "expired" => Adjustment::Expired { instrument, quantity: parsed(quantity) },
            "split" => {
                let (new, old) = quantity.split_once(':').expect("NEW:OLD");
                Adjustment::Split { instrument, new: parsed(new), old: parsed(old) }
            }
            "transferred" => Adjustment::Transferred {
                instrument,
                quantity: net(quantity),
                cost: words.option("worth").expect("worth=MONEY"),
            },
            other => panic!("no activity is {other:?}"),
        };
        let activity = ExecutionId::new(words.word()).unwrap();
        let report = PositionAdjusted { adjustment, activity, note: "activity".into() };
        self.world.reported(self.account, Report::Activity(report));
    }

    fn command(&mut self, verb: &str, words: &mut Words<'_>) {
        let (account, reason) = (self.account, String::from("the story says so"));
        let command = match verb {
            "state" => {
                let scope = match words.word() {
                    "account" => Scope::Account,
                    "global" => Scope::Global,
                    strategy => Scope::Strategy(StrategyId::new(strategy).unwrap()),
                };
                let state = trading_state(words.word());
                let account = (scope != Scope::Global).then_some(account);
                Command::SetState { account, scope, state, actor: actor(), reason }
            }
            "limits" => {
                let mut limits = self.world.account(&account).limits().clone();
                for (key, value) in words.options() {
                    limit(&mut limits, key, value);
                }
                Command::SetLimits { account, limits, actor: actor(), reason }
            }
            "close" => {
                let instrument = Instrument::parse(words.word()).unwrap();
                let quantity = words.value();
                Command::Close { account, instrument, quantity, actor: actor() }
            }
            _ => {
                let key = self.sent(words.word()).key;
                Command::CancelOrder { account, key, actor: actor() }
            }
        };
        self.world.feed(Input::Command(command));
    }

    pub(crate) fn order_now(&self, name: &str) -> (OrderState, Sent) {
        let sent = self.sent(name);
        let account = self.world.account(&self.account);
        let order = account.order(&sent.key).expect("a sent order is known");
        (order.state, sent)
    }
}

fn class(word: &str) -> RejectClass {
    match word {
        "order" => RejectClass::Order,
        "auth" => RejectClass::Authentication,
        "rate" => RejectClass::Rate,
        other => panic!("no rejection is of class {other:?}"),
    }
}

/// `5` or `-5` as a signed quantity.
pub(crate) fn net(word: &str) -> NetQuantity {
    match word.strip_prefix('-') {
        Some(word) => NetQuantity::short(parsed(word)),
        None => NetQuantity::long(parsed(word)),
    }
}
