//! Why: everything the log says of one recommendation, in every account that received it - what
//! each gate saw, the events that rests on, and what came after.

mod trail;

mod nets;
mod similar;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::advise::Recommendation;
use crate::decide::Verdict;
use crate::record::event::{Judgement, RecommendationFailed};
use crate::record::{Entry, Event, Position, Stream, Version};
use crate::vocabulary::{AccountId, OrderKey, RecommendationId, Table, Timestamp};

/// Where an event stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number in its stream.
    pub version: Version,
    /// Its number among all events.
    pub position: Position,
    /// When it happened by the engine's clock.
    pub at: Timestamp,
    /// Which kind of event it is; [`SHAPES`](crate::record::codec::SHAPES) has the name.
    pub tag: u16,
}

impl Place {
    fn of(entry: &Entry<'_>) -> Self {
        let Entry { version, position, at, tag, .. } = *entry;
        Self { version, position, at, tag }
    }
}

/// What a decision came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Every gate passed: this order was to be sent.
    Approved(OrderKey),
    /// A gate refused; these working orders hold what was to be closed.
    Refused(Vec<OrderKey>),
    /// A gate about the environment said: not now.
    Deferred,
}

/// An event that a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground {
    /// What it gave the decision, as in `limits`.
    pub name: &'static str,
    /// Its number in the account's stream.
    pub version: Version,
    /// Where it stands; `None` if no event of that number was seen.
    pub place: Option<Place>,
}

/// One decision with all that it was taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Where it stands.
    pub place: Place,
    /// What it came to.
    pub ruling: Ruling,
    /// What the gates saw.
    pub judgement: Judgement,
    /// The names of the gates, in the order of the verdicts, as they were declared at that time.
    pub gates: Vec<String>,
    /// The events it rests on; those that there were none of are left out.
    pub grounds: Vec<Ground>,
}

impl Judged {
    /// Every gate's name and verdict. A verdict beyond the declared list has the name `?`.
    pub fn verdicts(&self) -> impl Iterator<Item = (&str, Verdict)> {
        let names = self.gates.iter().map(String::as_str).chain(core::iter::repeat("?"));
        names.zip(self.judgement.verdicts.iter())
    }

    /// The gate whose word decided, if one refused or deferred.
    #[must_use]
    pub fn headline(&self) -> Option<(&str, Verdict)> {
        let (place, verdict) = self.judgement.verdicts.headline()?;
        Some((self.gates.get(place).map_or("?", String::as_str), verdict))
    }
}

/// An event that followed from a recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where it stands.
    pub place: Place,
    /// What happened.
    pub event: Event,
}

/// All that one account knows of a recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The account.
    pub account: AccountId,
    /// When it arrived, and what it said.
    pub received: (Place, Recommendation),
    /// Every recorded decision, oldest first: deferrals, then the last word.
    pub judged: Vec<Judged>,
    /// What came of it: its orders, their executions, and exits while the position it opened is
    /// held, with the orders of those exits.
    pub after: Vec<Moment>,
}

/// Input that failed and names the recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it stands.
    pub place: Place,
    /// What failed, and why.
    pub failed: RecommendationFailed,
}

/// Collects the explanation of one recommendation from a log, read once from its beginning.
#[derive(Clone, Debug)]
pub struct Explain {
    id: RecommendationId,
    only: Option<AccountId>,
    trails: Table<AccountId, trail::Trail>,
    failures: Vec<Failure>,
    seen: BTreeSet<RecommendationId>,
}

impl Explain {
    /// Looks for a recommendation, in one account or in all.
    #[must_use]
    pub fn new(id: RecommendationId, only: Option<AccountId>) -> Self {
        Self { id, only, trails: Table::default(), failures: Vec::new(), seen: BTreeSet::new() }
    }

    /// Takes in one event of a log, in order.
    pub fn apply(&mut self, entry: &Entry<'_>, event: &Event) {
        let place = Place::of(entry);
        match entry.stream {
            Stream::System => self.fail(place, event),
            Stream::Account(account) if self.only.is_none_or(|only| only == account) => {
                if let Event::RecommendationReceived(received) = event {
                    self.seen.insert(received.recommendation.id);
                }
                if !self.trails.contains(&account) {
                    self.trails.insert(account, trail::Trail::new(self.id));
                }
                if let Some(trail) = self.trails.get_mut(&account) {
                    trail.apply(account, place, event);
                }
            }
            Stream::Account(_) => {}
        }
    }

    fn fail(&mut self, place: Place, event: &Event) {
        if let Event::RecommendationFailed(failed) = event
            && similar::names(&failed.text, self.id.as_str())
        {
            self.failures.push(Failure { place, failed: failed.clone() });
        }
    }

    /// The explanation of each account that received it, in the order of first events.
    pub fn explanations(&self) -> impl Iterator<Item = &Explanation> {
        self.trails.values().filter_map(trail::Trail::explanation)
    }

    /// Failed input that names it.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The received ids that are spelled most alike, at most `most`.
    #[must_use]
    pub fn nearest(&self, most: usize) -> Vec<RecommendationId> {
        let mut all: Vec<_> = self.seen.iter().copied().collect();
        all.sort_by_key(|id| (similar::distance(id.as_str(), self.id.as_str()), *id));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::advise::{Effect, ExitTerms, Hours, OrderPrice, Source, TimeInForce};
    use crate::decide::{Code, Split, Verdicts};
    use crate::record::codec;
    use crate::record::event::{
        ExecutionBooked, ExitTriggered, GateSetDeclared, Grounds, IntentApproved, IntentDeferred,
        IntentRefused, OrderChanged, RecommendationReceived,
    };
    use crate::route::OrderState;
    use crate::settle::Execution;
    use crate::unwind::ExitRule;
    use crate::vocabulary::{
        EventId, ExecutionId, Instrument, Money, Price, Quantity, Side, StrategyId,
    };

    /// A log of hand-made events, given to the projection one by one.
    struct Story {
        explain: Explain,
        versions: Table<Stream, u64>,
        position: u64,
    }

    impl Story {
        fn of(id: &str) -> Self {
            let explain = Explain::new(RecommendationId::new(id).unwrap(), None);
            Self { explain, versions: Table::default(), position: 0 }
        }

        fn happen(&mut self, stream: Stream, event: Event) {
            let version = self.versions.get(&stream).map_or(1, |version| version.saturating_add(1));
            self.versions.insert(stream, version);
            self.position = self.position.saturating_add(1);
            let encoded = codec::encode(&event).unwrap();
            let entry = Entry {
                position: Position::new(self.position),
                stream,
                version: Version::new(version),
                id: EventId::from_raw(u128::from(self.position)),
                tag: encoded.tag,
                schema: encoded.schema,
                at: Timestamp::from_nanos(i64::try_from(self.position).unwrap()),
                body: &encoded.body,
            };
            self.explain.apply(&entry, &event);
        }

        fn only(&self) -> &Explanation {
            let mut all = self.explain.explanations();
            let first = all.next().unwrap();
            assert!(all.next().is_none());
            first
        }

        fn after(&self) -> Vec<&'static str> {
            self.only().after.iter().map(|moment| codec::name(&moment.event)).collect()
        }
    }

    fn stream(name: &str) -> Stream {
        Stream::Account(AccountId::new(name).unwrap())
    }

    fn acme() -> Instrument {
        Instrument::parse("ACME").unwrap()
    }

    fn id(text: &str) -> RecommendationId {
        RecommendationId::new(text).unwrap()
    }

    fn key(text: &str) -> OrderKey {
        OrderKey::of(&AccountId::new("a").unwrap(), &id(text), 0)
    }

    fn received(text: &str, effect: Effect) -> Event {
        let recommendation = Recommendation {
            id: id(text),
            account: AccountId::new("a").unwrap(),
            strategy: StrategyId::new("swing").unwrap(),
            source: Source::External,
            instrument: acme(),
            side: if effect == Effect::Open { Side::Buy } else { Side::Sell },
            effect,
            quantity: Quantity::whole(10),
            price: OrderPrice::Limit(Price::dollars(5)),
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits: ExitTerms::default(),
            created_at: Timestamp::EPOCH,
            valid_until: None,
        };
        Event::RecommendationReceived(RecommendationReceived { recommendation })
    }

    fn judgement(as_of: u64, gates: u64, verdicts: &[Verdict]) -> Judgement {
        let mut all = Verdicts::new();
        verdicts.iter().for_each(|verdict| all.push(*verdict));
        Judgement {
            as_of: Version::new(as_of),
            grounds: Grounds { gates: Version::new(gates), ..Grounds::default() },
            quote: None,
            quantity: Quantity::whole(10),
            price: Some(Price::dollars(5)),
            notional: Some(Money::dollars(50)),
            verdicts: all,
        }
    }

    fn approved(text: &str, effect: Effect, judgement: Judgement) -> Event {
        let quantity = Quantity::whole(10);
        let split = match effect {
            Effect::Open => Split { closing: Quantity::ZERO, opening: quantity },
            Effect::Close => Split { closing: quantity, opening: Quantity::ZERO },
        };
        Event::IntentApproved(IntentApproved {
            recommendation: id(text),
            key: key(text),
            attempt: 0,
            strategy: StrategyId::new("swing").unwrap(),
            instrument: acme(),
            side: if effect == Effect::Open { Side::Buy } else { Side::Sell },
            effect,
            quantity,
            terms: OrderPrice::Limit(Price::dollars(5)),
            price: Price::dollars(5),
            split,
            requirement: Money::dollars(50),
            judgement,
        })
    }

    fn filled(text: &str, side: Side) -> Event {
        Event::ExecutionBooked(ExecutionBooked {
            execution: Execution {
                id: ExecutionId::new(&alloc::format!("x-{text}-{side}")).unwrap(),
                order: Some(key(text)),
                instrument: acme(),
                side,
                quantity: Quantity::whole(10),
                price: Price::dollars(5),
                fee: Money::ZERO,
                at: Timestamp::EPOCH,
            },
        })
    }

    fn declared(names: &[&str]) -> Event {
        let gates = names.iter().map(ToString::to_string).collect();
        Event::GateSetDeclared(GateSetDeclared { gates })
    }

    #[test]
    fn a_refusal_names_its_gate_and_where_its_grounds_stand() {
        let mut story = Story::of("r-1");
        story.happen(Stream::System, declared(&["not", "of", "the account"]));
        story.happen(stream("a"), declared(&["one", "two"]));
        story.happen(stream("a"), received("r-1", Effect::Open));
        let verdicts = [Verdict::pass(1, 2), Verdict::refuse(Code::NotionalExceeded, 50, 40)];
        let refused = IntentRefused {
            recommendation: id("r-1"),
            holders: Vec::new(),
            judgement: judgement(2, 1, &verdicts),
        };
        story.happen(stream("a"), Event::IntentRefused(refused));
        // Gates declared later are not those that judged.
        story.happen(stream("a"), declared(&["three"]));
        let judged = story.only().judged.first().unwrap();
        assert_eq!(judged.headline(), Some(("two", verdicts[1])));
        assert_eq!(judged.verdicts().map(|(name, _)| name).collect::<Vec<_>>(), ["one", "two"]);
        let grounds = judged.grounds.iter().map(|it| {
            let place = it.place.unwrap();
            (it.name, place.version.get(), place.position.get(), place.tag)
        });
        assert_eq!(grounds.collect::<Vec<_>>(), [("as of", 2, 3, 10), ("gates", 1, 2, 2)]);
        assert!(story.after().is_empty());
    }

    #[test]
    fn the_grounds_of_an_old_decision_are_the_events_of_its_time() {
        let mut story = Story::of("r-1");
        story.happen(stream("a"), declared(&["one"]));
        story.happen(stream("a"), received("r-1", Effect::Open));
        let first = judgement(2, 1, &[Verdict::defer(Code::QuoteStale, 9, 5)]);
        let deferred = IntentDeferred { recommendation: id("r-1"), judgement: first };
        story.happen(stream("a"), Event::IntentDeferred(deferred));
        story.happen(stream("a"), declared(&["one", "two"]));
        let second = judgement(4, 4, &[Verdict::pass(1, 2), Verdict::pass(1, 2)]);
        story.happen(stream("a"), approved("r-1", Effect::Open, second));
        let gates_at: Vec<_> = story
            .only()
            .judged
            .iter()
            .map(|judged| {
                let gates = judged.grounds.iter().find(|ground| ground.name == "gates").unwrap();
                (judged.ruling.clone(), judged.gates.len(), gates.place.unwrap().position.get())
            })
            .collect();
        assert_eq!(gates_at, [(Ruling::Deferred, 1, 1), (Ruling::Approved(key("r-1")), 2, 4)]);
    }

    #[test]
    fn what_came_after_ends_with_the_position() {
        let mut story = Story::of("r-1");
        let pass = |as_of| judgement(as_of, 0, &[]);
        story.happen(stream("a"), received("r-1", Effect::Open));
        story.happen(stream("a"), approved("r-1", Effect::Open, pass(1)));
        // The same order of another account, and another order of this one.
        story.happen(stream("b"), filled("r-1", Side::Buy));
        let change = |text: &str| {
            Event::OrderChanged(OrderChanged {
                key: key(text),
                state: OrderState::Accepted,
                broker_order_id: None,
                evidence: "accepted".to_string(),
                at: Timestamp::EPOCH,
            })
        };
        story.happen(stream("a"), change("r-9"));
        story.happen(stream("a"), change("r-1"));
        story.happen(stream("a"), filled("r-1", Side::Buy));
        let triggered = |exit: &str| {
            Event::ExitTriggered(ExitTriggered {
                instrument: acme(),
                rule: ExitRule::Stop,
                level: 1,
                observed: 1,
                recommendation: id(exit),
            })
        };
        story.happen(stream("a"), triggered("exit-6"));
        story.happen(stream("a"), received("exit-6", Effect::Close));
        story.happen(stream("a"), approved("exit-6", Effect::Close, pass(6)));
        story.happen(stream("a"), filled("exit-6", Side::Sell));
        // The position is closed: this exit belongs to somebody else's.
        story.happen(stream("a"), triggered("exit-9"));
        story.happen(stream("a"), received("exit-9", Effect::Close));
        assert_eq!(story.only().judged.len(), 1);
        assert_eq!(
            story.after(),
            [
                "OrderChanged",
                "ExecutionBooked",
                "ExitTriggered",
                "RecommendationReceived",
                "IntentApproved",
                "ExecutionBooked",
            ]
        );
    }

    #[test]
    fn an_unknown_id_finds_its_neighbors_and_failed_lines() {
        let mut story = Story::of("5872");
        story.happen(stream("a"), received("5871", Effect::Open));
        story.happen(stream("a"), received("9999", Effect::Open));
        let failed = RecommendationFailed {
            source: "inbox".to_string(),
            line: 3,
            text: r#"{"recommendation_id": "5872", "quantity": "x"}"#.to_string(),
            reason: "quantity".to_string(),
        };
        story.happen(Stream::System, Event::RecommendationFailed(failed));
        assert_eq!(story.explain.explanations().count(), 0);
        assert_eq!(story.explain.nearest(1), [id("5871")]);
        assert_eq!(story.explain.failures().len(), 1);
        assert_eq!(story.explain.failures()[0].failed.line, 3);
    }
}
