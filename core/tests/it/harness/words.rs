//! How the words of a story become values.

use std::str::FromStr;

use gatefold_core::advise::{
    Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{Limits, ModelThreshold, Shorting, TradingState};
use gatefold_core::record::event::{Event, Judgement};
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::{
    AccountId, Instrument, Money, Price, Quantity, Ratio, RecommendationId, Side, Span, StrategyId,
    Timestamp,
};

/// One line's words; `key=value` words are options.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    plain: Vec<&'a str>,
    options: Vec<(&'a str, &'a str)>,
    next: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn of(line: &'a str) -> Self {
        let words = line.split_whitespace();
        let (options, plain): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('='));
        let options = options.into_iter().filter_map(|word| word.split_once('=')).collect();
        Self { plain, options, next: 0 }
    }

    /// The next word; small words that only help reading are passed over.
    pub(crate) fn word(&mut self) -> &'a str {
        let word = self.maybe().expect("the line says too little");
        if matches!(word, "at" | "as" | "of" | "by" | "for" | "is") { self.word() } else { word }
    }

    pub(crate) fn maybe(&mut self) -> Option<&'a str> {
        let word = self.plain.get(self.next).copied();
        self.next += 1;
        word
    }

    pub(crate) fn rest(&mut self) -> String {
        let rest = self.plain[self.next.min(self.plain.len())..].join(" ");
        self.next = self.plain.len();
        rest
    }

    pub(crate) fn is_done(&self) -> bool {
        self.next >= self.plain.len()
    }

    pub(crate) fn value<T: FromStr>(&mut self) -> T {
        parsed(self.word())
    }

    pub(crate) fn option<T: FromStr>(&self, key: &str) -> Option<T> {
        let found = self.options.iter().find(|(known, _)| *known == key);
        found.map(|(_, value)| parsed(value))
    }

    pub(crate) fn options(&self) -> impl Iterator<Item = &(&'a str, &'a str)> {
        self.options.iter()
    }
}

pub(crate) fn parsed<T: FromStr>(word: &str) -> T {
    word.parse().ok().unwrap_or_else(|| panic!("{word:?} cannot be read"))
}

/// Sets limits by their field names.
pub(crate) fn limit(limits: &mut Limits, key: &str, value: &str) {
    let ratio = || Some(parsed::<Ratio>(value));
    match key {
        "max_positions" => limits.max_positions = parsed(value),
        "max_exposure" => limits.max_exposure = parsed(value),
        "max_exposure_of_equity" => limits.max_exposure_of_equity = ratio(),
        "max_order_notional" => limits.max_order_notional = parsed(value),
        "max_close_notional" => limits.max_close_notional = parsed(value),
        "max_daily_loss" => limits.max_daily_loss = parsed(value),
        "max_daily_loss_of_equity" => limits.max_daily_loss_of_equity = ratio(),
        "max_drawdown" => limits.max_drawdown = ratio(),
        "max_entries_per_day" => limits.max_entries_per_day = parsed(value),
        "max_adds" => limits.max_adds = Some(parsed(value)),
        "max_order_shares" => limits.max_order_shares = Some(parsed(value)),
        "max_net_exposure" => limits.max_net_exposure = Some(parsed(value)),
        "max_symbol_concentration" => limits.max_symbol_concentration = ratio(),
        "orders_per_second" => limits.orders_per_second = parsed(value),
        "order_burst" => limits.order_burst = parsed(value),
        "cooldown" => limits.cooldown = Some(parsed(value)),
        "blackout_open" => limits.blackout_open = parsed(value),
        "blackout_close" => limits.blackout_close = parsed(value),
        "time_to_live" => limits.time_to_live = parsed(value),
        "confidence_min" => limits.confidence_min = ratio(),
        "model" => {
            let (model, least) = value.split_once(':').expect("model=NAME:LEAST");
            let (model, confidence_min) = (parsed(model), parsed(least));
            limits.models.push(ModelThreshold { model, confidence_min });
        }
        "shorting" => {
            limits.shorting =
                if value == "allowed" { Shorting::Allowed } else { Shorting::Forbidden }
        }
        "max_sync_age" => limits.max_sync_age = parsed(value),
        "max_quote_age" => limits.max_quote_age = parsed(value),
        "max_spread" => limits.max_spread = ratio(),
        other => panic!("no story knows the limit {other:?} yet: add it to words.rs"),
    }
}

/// Limits that bind nothing, for a story to set what it is about.
pub(crate) fn roomy() -> Limits {
    let million = Money::dollars(1_000_000);
    let mut limits = Limits::with(100, million, million, million);
    limits.order_burst = 100;
    limits.max_entries_per_day = 1_000;
    limits.shorting = Shorting::Forbidden;
    limits
}

/// `ID buy 10 AAPL at 100 ...` as advice for an account.
pub(crate) fn advice(words: &mut Words<'_>, account: AccountId, now: Timestamp) -> Recommendation {
    let id = RecommendationId::new(words.word()).unwrap();
    let (side, effect) = match words.word() {
        "buy" => (Side::Buy, Effect::Open),
        "sell" => (Side::Sell, Effect::Close),
        "short" => (Side::Sell, Effect::Open),
        "cover" => (Side::Buy, Effect::Close),
        other => panic!("{other:?} is none of buy, sell, short, cover"),
    };
    let quantity: Quantity = words.value();
    let instrument = Instrument::parse(words.word()).unwrap();
    let price = match words.word() {
        "market" => OrderPrice::Market,
        limit => OrderPrice::Limit(parsed(limit)),
    };
    let age: Span = words.option("age").unwrap_or(Span::seconds(0));
    let recommendation = Recommendation {
        id,
        account,
        strategy: words.option("strategy").unwrap_or(StrategyId::new("swing").unwrap()),
        source: Source::External,
        instrument,
        side,
        effect,
        quantity,
        price,
        time_in_force: if words.option::<String>("tif").as_deref() == Some("gtc") {
            TimeInForce::Gtc
        } else {
            TimeInForce::Day
        },
        hours: if words.option::<String>("hours").as_deref() == Some("extended") {
            Hours::Extended
        } else {
            Hours::Regular
        },
        confidence: words.option("confidence"),
        model: words.option("model"),
        reference_price: words.option::<Price>("reference"),
        exits: ExitTerms {
            stop: words.option("stop"),
            target: words.option("target"),
            trail: words.option("trail"),
            hold_at_most: words.option("hold"),
            out_before_close: words.option("out"),
        },
        created_at: now.saturating_sub(age),
        valid_until: words.option("until"),
    };
    recommendation.checked().expect("stories give valid advice")
}

pub(crate) fn order_state(name: &str) -> OrderState {
    let found = OrderState::ALL.iter().find(|state| state.name() == name);
    *found.unwrap_or_else(|| panic!("{name:?} is no order state"))
}

pub(crate) fn trading_state(name: &str) -> TradingState {
    let found = TradingState::ALL.iter().find(|state| state.name() == name);
    *found.unwrap_or_else(|| panic!("{name:?} is no trading state"))
}

/// An event's name as the codec calls it.
pub(crate) fn event_name(event: &Event) -> &'static str {
    gatefold_core::record::codec::name(event)
}

/// What a decision said of which advice, if the event is one.
pub(crate) fn decision(event: &Event) -> Option<(RecommendationId, &'static str, &Judgement)> {
    if let Event::IntentApproved(it) = event {
        return Some((it.recommendation, "approved", &it.judgement));
    }
    if let Event::IntentRefused(it) = event {
        return Some((it.recommendation, "refused", &it.judgement));
    }
    if let Event::IntentDeferred(it) = event {
        return Some((it.recommendation, "deferred", &it.judgement));
    }
    None
}
