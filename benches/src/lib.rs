//! The accounts, advice and market views that every benchmark shares.
//!
//! Everything is built from events through the public fold, so that what is measured is what runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "fixed inputs that are valid"
)]

pub mod fills;

use gatefold_core::advise::{
    Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{
    Account, Addressed, Decision, Facts, Feed, Gates, Limits, Market, Quote, decide, evolve,
};
use gatefold_core::record::Event;
use gatefold_core::record::event::{
    AccountOpened, DayRolled, ExecutionBooked, IntentApproved, LimitsSet, Link, LinkChanged, Mode,
    RecommendationReceived, SnapshotTaken,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, Calendar, ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Ratio,
    RecommendationId, Side, Span, StrategyId, Timestamp,
};

/// Built once: it takes milliseconds, and there are benchmarks of 100,000 accounts.
static CALENDAR: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(Calendar::nyse);

/// A moment in a regular session.
#[must_use]
pub fn now() -> Timestamp {
    "2026-02-03T17:30:00Z".parse().expect("a valid time")
}

/// Limits with every optional one set, wide enough that an entry passes them all.
#[must_use]
pub fn limits() -> Limits {
    let wide = Money::dollars(1_000_000_000);
    Limits {
        max_exposure_of_equity: Some(Ratio::from_ppm(900_000_000)),
        max_order_of_equity: Some(Ratio::from_ppm(900_000_000)),
        max_order_shares: Some(Quantity::whole(10_000)),
        max_order_contracts: Some(Quantity::whole(10_000)),
        max_net_exposure: Some(wide),
        max_symbol_concentration: Some(Ratio::ONE),
        max_underlying_concentration: Some(Ratio::ONE),
        max_daily_loss_of_equity: Some(Ratio::ONE),
        max_drawdown: Some(Ratio::ONE),
        max_entries_per_day: 1_000_000,
        orders_per_second: 1_000,
        order_burst: 1_000,
        cooldown: Some(Span::seconds(60)),
        max_adds: Some(10),
        confidence_min: Some(Ratio::from_ppm(500_000)),
        max_price_drift: Some(Ratio::from_ppm(50_000)),
        max_spread: Some(Ratio::from_ppm(50_000)),
        max_spread_abs: Some(Price::dollars(1)),
        min_displayed: Some(Ratio::from_ppm(100_000)),
        min_open_interest: Some(Quantity::whole(10)),
        min_days_to_expiry: Some(2),
        max_days_to_expiry: Some(250),
        max_premium: Some(wide),
        max_premium_of_equity: Some(Ratio::ONE),
        min_credit: Some(Price::cents(5)),
        ..Limits::with(2_000, wide, wide, Money::dollars(1_000_000))
    }
}

/// The `n`-th instrument: an option contract of its own underlying.
#[must_use]
pub fn instrument(n: usize) -> Instrument {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).expect("below 26"));
    let root: String = [n / 17_576, n / 676, n / 26, n].map(letter).iter().collect();
    format!("{root}260320P00{:03}000", 100 + n % 900).parse().expect("a valid symbol")
}

fn opened(name: &str) -> AccountOpened {
    AccountOpened {
        account: AccountId::new(name).expect("a valid name"),
        mode: Mode::Simulated,
        cash: Money::dollars(100_000_000),
        cost_method: CostMethod::Average,
    }
}

/// Applies an event now.
pub fn apply(account: &mut Account, event: &Event) {
    evolve(account, event, now());
}

/// The `n`-th execution in an instrument that nobody's order asked for.
#[must_use]
pub fn execution(n: usize, instrument: Instrument, side: Side) -> Execution {
    Execution {
        id: ExecutionId::new(&format!("20260203123000000::{n:036}")).expect("a valid id"),
        order: None,
        instrument,
        side,
        quantity: Quantity::whole(2),
        price: Price::cents(500),
        fee: Money::cents(65),
        at: now(),
    }
}

/// An account that is ready to trade and holds so many positions.
#[must_use]
pub fn account(name: &str, positions: usize) -> Account {
    let mut account = Account::opened(&opened(name));
    let actor = Actor::new("bench").expect("a valid name");
    let reason = String::from("benchmark");
    apply(&mut account, &Event::LimitsSet(LimitsSet { limits: limits(), actor, reason }));
    for n in 0..positions {
        let execution = execution(n, instrument(n), Side::Buy);
        apply(&mut account, &Event::ExecutionBooked(ExecutionBooked { execution }));
    }
    let opening_equity = account.equity();
    let date = CALENDAR.date_of(now()).expect("a date of the calendar");
    let marks = Vec::new();
    apply(&mut account, &Event::DayRolled(DayRolled { date, opening_equity, marks }));
    let evidence = String::from("benchmark");
    let cash = account.cash();
    apply(&mut account, &Event::LinkChanged(LinkChanged { link: Link::Up, evidence }));
    apply(
        &mut account,
        &Event::SnapshotTaken(SnapshotTaken {
            requested_at: now(),
            buying_power: Money::dollars(100_000_000),
            cash,
            positions: Vec::new(),
            differing: 0,
        }),
    );
    account
}

/// Advice to buy a new instrument that every gate of [`account`] passes.
#[must_use]
pub fn advice(account: &Account) -> Recommendation {
    Recommendation {
        id: RecommendationId::new("5871").expect("a valid id"),
        account: account.id(),
        strategy: StrategyId::new("swing_trade").expect("a valid name"),
        source: Source::External,
        instrument: instrument(20_000),
        side: Side::Buy,
        effect: Effect::Open,
        quantity: Quantity::whole(2),
        price: OrderPrice::Limit(Price::cents(600)),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: Some(Ratio::from_ppm(720_000)),
        model: None,
        reference_price: None,
        exits: ExitTerms::default(),
        created_at: now(),
        valid_until: None,
    }
}

/// Receives advice, as the engine does before it judges.
pub fn receive(account: &mut Account, recommendation: Recommendation) {
    let event = RecommendationReceived { recommendation };
    apply(account, &Event::RecommendationReceived(event));
}

/// A fresh two-sided quote at 5.98 / 6.00.
#[must_use]
pub fn market(calendar: &Calendar) -> Market<'_> {
    let open_interest = calendar.date_of(now()).map(|date| (Quantity::whole(1_000), date));
    Market {
        quote: Some(Quote {
            bid: Price::cents(598),
            bid_size: Quantity::whole(100),
            ask: Price::cents(600),
            ask_size: Quantity::whole(100),
            at: now(),
            feed: Feed::Consolidated,
        }),
        facts: Some(Facts { open_interest, ..Facts::OPTION }),
        calendar,
    }
}

/// The event of a decision that approved.
///
/// # Panics
/// When the decision is another one.
#[must_use]
pub fn approval(decision: Decision) -> Event {
    let Decision::Approved(order, judgement) = decision else {
        panic!("every gate passes: {decision:?}");
    };
    let intent = order.get();
    let advice = intent.recommendation();
    Event::IntentApproved(IntentApproved {
        recommendation: advice.id,
        key: intent.key(),
        attempt: intent.attempt(),
        strategy: advice.strategy,
        instrument: advice.instrument,
        side: advice.side,
        effect: advice.effect,
        quantity: intent.quantity(),
        terms: intent.terms(),
        price: intent.price().expect("priced"),
        split: intent.split(),
        requirement: intent.requirement().expect("priced"),
        judgement,
    })
}

/// Approves the advice and answers the order's key.
pub fn approve(account: &mut Account, calendar: &Calendar, advice: Recommendation) -> OrderKey {
    receive(account, advice);
    let addressed = Addressed::to(account, &advice).expect("its own account");
    let event = approval(decide(&addressed, &Gates::standard(), &market(calendar), now()));
    let Event::IntentApproved(approved) = &event else { panic!("just made") };
    let key = approved.key;
    apply(account, &event);
    key
}
