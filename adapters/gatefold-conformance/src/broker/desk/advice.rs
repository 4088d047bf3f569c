//! What the engine of a test is advised to do, at prices near the market.

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::Tick;
use gatefold_core::engine::{Command, Input};
use gatefold_core::vocabulary::{
    OrderKey, Price, Quantity, Ratio, RecommendationId, Rounding, Side, StrategyId,
};

use crate::broker::desk::{Desk, actor};

impl Desk {
    /// A limit at which the stock can be bought now.
    pub(in crate::broker) fn through(&self) -> Price {
        self.near(1_010_000)
    }

    /// A limit to which the stock must fall first, less than a tenth below.
    pub(in crate::broker) fn below(&self) -> Price {
        self.near(950_000)
    }

    fn near(&self, ppm: u32) -> Price {
        let quote = self.venue.market().quote(&self.venue.stock()).expect("a quote");
        let price = quote.ask.scale(Ratio::from_ppm(ppm), Rounding::Down).expect("a price");
        price.floor_to(Tick::Stock.at(price))
    }

    /// Gives advice to buy so many shares, and says under which id it would be sent.
    pub(in crate::broker) fn buy(&mut self, id: &str, quantity: u32, limit: Price) -> OrderKey {
        self.advise(id, Side::Buy, quantity, limit)
    }

    /// The same for a sale of what is held.
    pub(in crate::broker) fn sell(&mut self, id: &str, quantity: u32, limit: Price) -> OrderKey {
        self.advise(id, Side::Sell, quantity, limit)
    }

    fn advise(&mut self, id: &str, side: Side, quantity: u32, limit: Price) -> OrderKey {
        let id = RecommendationId::new(id).expect("a short id");
        let (_, key) = self.account().next_key(&id);
        let advice = Recommendation {
            id,
            account: self.venue.account(),
            strategy: StrategyId::new("contract").expect("a short name"),
            source: Source::External,
            instrument: self.venue.stock(),
            side,
            effect: if side == Side::Buy { Effect::Open } else { Effect::Close },
            quantity: Quantity::whole(quantity),
            price: OrderPrice::Limit(limit),
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits: ExitTerms::default(),
            created_at: self.venue.now(),
            valid_until: None,
        };
        self.step(Input::Arrival(Arrival::Recommendation(advice)));
        key
    }

    pub(in crate::broker) fn cancel(&mut self, key: OrderKey) {
        let account = self.venue.account();
        self.step(Input::Command(Command::CancelOrder { account, key, actor: actor() }));
    }
}
