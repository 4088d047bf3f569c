//! What may be sent to Alpaca, and the body that says it. What is not legal there is refused here;
//! nothing is ever changed to make it pass.

use std::borrow::Cow;

use gatefold_core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_core::decide::{Intent, Tick};
use gatefold_core::vocabulary::{
    Calendar, Instrument, OrderKey, Phase, Price, Quantity, Side, Timestamp,
};
use serde::Serialize;

/// An order as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The client order id.
    pub key: OrderKey,
    /// What is traded.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Open or close.
    pub effect: Effect,
    /// Shares or contracts.
    pub quantity: Quantity,
    /// Market, or a limit.
    pub price: OrderPrice,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Whether it may trade outside the session.
    pub hours: Hours,
    /// Whether it would close and open at once.
    pub crosses_zero: bool,
}

/// Why an order is not legal at Alpaca. It was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// **Handling:** close first, then open: two recommendations.
    #[error("not sent: an order may not cross zero at Alpaca; close first, then open")]
    CrossesZero,
    /// **Handling:** give a price on tick.
    #[error("not sent: limit {price} is off tick {tick}")]
    OffTick {
        /// The limit.
        price: Price,
        /// The step at that price.
        tick: Price,
    },
    /// **Handling:** give whole contracts, or whole shares.
    #[error("not sent: {quantity} of {instrument}: {rule}")]
    Fraction {
        /// What was to be traded.
        instrument: Instrument,
        /// How much.
        quantity: Quantity,
        /// The rule.
        rule: &'static str,
    },
    /// **Handling:** choose a combination that Alpaca takes.
    #[error("not sent: {rule}")]
    Combination {
        /// The rule.
        rule: &'static str,
    },
    /// **Handling:** give a limit, or wait for the session.
    #[error("not sent: market orders for options are taken in the session only (now: {phase:?})")]
    OutsideSession {
        /// What the calendar says.
        phase: Phase,
    },
    /// **Handling:** trade the standard contract.
    #[error("not sent: {instrument} is an adjusted contract, whose delivery is not 100 shares")]
    Adjusted {
        /// The contract.
        instrument: Instrument,
    },
}

const WHOLE: Quantity = Quantity::whole(1);

impl Ticket {
    /// The order that a recorded intent stands for.
    #[must_use]
    pub fn of(intent: &Intent) -> Self {
        let (advice, split) = (intent.recommendation(), intent.split());
        Self {
            key: intent.key(),
            instrument: *intent.instrument(),
            side: intent.side(),
            effect: advice.effect,
            quantity: intent.quantity(),
            price: intent.terms(),
            time_in_force: advice.time_in_force,
            hours: advice.hours,
            crosses_zero: !split.closing.is_zero() && !split.opening.is_zero(),
        }
    }

    /// Whether Alpaca takes such an order at `now`.
    ///
    /// # Errors
    /// [`Illegal`], with the rule that it breaks; it must not be sent.
    pub fn check(&self, calendar: &Calendar, now: Timestamp) -> Result<(), Illegal> {
        if self.crosses_zero {
            return Err(Illegal::CrossesZero);
        }
        if self.instrument.is_option() {
            self.check_option(calendar, now)?;
        } else {
            self.check_stock()?;
        }
        if let OrderPrice::Limit(price) = self.price {
            let steps = if self.instrument.is_option() { Tick::PENNY } else { Tick::Stock };
            let tick = steps.at(price);
            if !price.is_multiple_of(tick) {
                return Err(Illegal::OffTick { price, tick });
            }
        }
        Ok(())
    }

    fn check_option(&self, calendar: &Calendar, now: Timestamp) -> Result<(), Illegal> {
        let (instrument, quantity) = (self.instrument, self.quantity);
        if instrument.option().is_some_and(|contract| contract.is_adjusted()) {
            return Err(Illegal::Adjusted { instrument });
        }
        if !quantity.is_multiple_of(WHOLE) {
            let rule = "options trade in whole contracts";
            return Err(Illegal::Fraction { instrument, quantity, rule });
        }
        let combination = |rule| Err(Illegal::Combination { rule });
        if self.hours == Hours::Extended {
            return combination("options do not trade in extended hours");
        }
        if self.time_in_force != TimeInForce::Day {
            return combination("option orders are day orders");
        }
        let phase = calendar.phase(now);
        if self.price == OrderPrice::Market && phase != Phase::Regular {
            return Err(Illegal::OutsideSession { phase });
        }
        Ok(())
    }

    fn check_stock(&self) -> Result<(), Illegal> {
        let combination = |rule| Err(Illegal::Combination { rule });
        if self.hours == Hours::Extended {
            if self.price == OrderPrice::Market {
                return combination("extended hours take limit orders only");
            }
            if self.time_in_force == TimeInForce::Ioc {
                return combination("extended hours take day and gtc orders only");
            }
        }
        if self.quantity.is_multiple_of(WHOLE) {
            return Ok(());
        }
        if self.time_in_force != TimeInForce::Day {
            return combination("orders for fractions are day orders");
        }
        if (self.side, self.effect) == (Side::Sell, Effect::Open) {
            let (instrument, quantity) = (self.instrument, self.quantity);
            let rule = "fractions cannot be sold short";
            return Err(Illegal::Fraction { instrument, quantity, rule });
        }
        Ok(())
    }

    /// The body of `POST /v2/orders`. Decimals are text, and the position intent is always said: an
    /// option sold without it is taken for a new short.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let (kind, limit_price) = match self.price {
            OrderPrice::Market => ("market", None),
            OrderPrice::Limit(limit) => ("limit", Some(limit.to_string())),
        };
        let body = Body {
            symbol: symbol(&self.instrument),
            qty: self.quantity.to_string(),
            side: side(self.side),
            kind,
            time_in_force: match self.time_in_force {
                TimeInForce::Day => "day",
                TimeInForce::Gtc => "gtc",
                TimeInForce::Ioc => "ioc",
            },
            limit_price,
            extended_hours: (self.hours == Hours::Extended).then_some(true),
            client_order_id: self.key.to_string(),
            position_intent: match (self.side, self.effect) {
                (Side::Buy, Effect::Open) => "buy_to_open",
                (Side::Buy, Effect::Close) => "buy_to_close",
                (Side::Sell, Effect::Open) => "sell_to_open",
                (Side::Sell, Effect::Close) => "sell_to_close",
            },
        };
        serde_json::to_vec(&body).unwrap_or_else(|_| unreachable!("text fields always serialize"))
    }
}

#[derive(Serialize)]
struct Body<'a> {
    symbol: Cow<'a, str>,
    qty: String,
    side: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    time_in_force: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_hours: Option<bool>,
    client_order_id: String,
    position_intent: &'a str,
}

/// The broker's symbol: a ticker, or an OCC symbol without padding.
pub(crate) fn symbol(instrument: &Instrument) -> Cow<'_, str> {
    match instrument {
        Instrument::Equity(equity) => Cow::Borrowed(equity.0.as_str()),
        Instrument::Option(contract) => Cow::Owned(contract.to_string()),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(symbol: &str, price: &str) -> Ticket {
        let price = match price {
            "market" => OrderPrice::Market,
            limit => OrderPrice::Limit(limit.parse().unwrap()),
        };
        Ticket {
            key: "gf-0123456789abcdef0123456789abcdef".parse().unwrap(),
            instrument: Instrument::parse(symbol).unwrap(),
            side: Side::Buy,
            effect: Effect::Open,
            quantity: Quantity::whole(2),
            price,
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            crosses_zero: false,
        }
    }

    const PUT: &str = "MSFT260320P00400000";
    const OPEN: &str = "2026-03-10T15:00:00Z";
    const NIGHT: &str = "2026-03-10T02:00:00Z";

    fn check(ticket: &Ticket, at: &str) -> Result<(), Illegal> {
        ticket.check(&Calendar::nyse(), at.parse().unwrap())
    }

    #[test]
    fn the_body_says_everything_as_text() {
        let body = String::from_utf8(ticket(PUT, "6.05").body()).unwrap();
        assert_eq!(
            body,
            "{\"symbol\":\"MSFT260320P00400000\",\"qty\":\"2\",\"side\":\"buy\",\"type\":\"limit\",\
             \"time_in_force\":\"day\",\"limit_price\":\"6.05\",\
             \"client_order_id\":\"gf-0123456789abcdef0123456789abcdef\",\
             \"position_intent\":\"buy_to_open\"}"
        );
        let close = Ticket { side: Side::Sell, effect: Effect::Close, ..ticket("KO", "market") };
        let body = String::from_utf8(close.body()).unwrap();
        assert!(body.contains("\"position_intent\":\"sell_to_close\""), "{body}");
        assert!(!body.contains("limit_price") && !body.contains("extended_hours"), "{body}");
        let extended = Ticket {
            hours: Hours::Extended,
            time_in_force: TimeInForce::Gtc,
            ..ticket("KO", "80.00")
        };
        let body = String::from_utf8(extended.body()).unwrap();
        assert!(body.contains("\"extended_hours\":true"), "as no text: {body}");
        assert!(body.contains("\"time_in_force\":\"gtc\""), "{body}");
    }

    #[test]
    fn what_is_off_tick_is_refused_and_not_rounded() {
        for (symbol, legal, illegal) in
            [("KO", "290.12", "290.123"), ("KO", "0.9858", "0.98585"), (PUT, "6.05", "6.055")]
        {
            assert_eq!(check(&ticket(symbol, legal), OPEN), Ok(()), "{symbol} {legal}");
            let refused = check(&ticket(symbol, illegal), OPEN).unwrap_err();
            assert!(matches!(refused, Illegal::OffTick { .. }), "{refused}");
            assert!(refused.to_string().contains(illegal), "{refused}");
        }
    }

    #[test]
    fn options_are_whole_day_orders_and_market_in_session_only() {
        let option = ticket(PUT, "market");
        assert_eq!(check(&option, OPEN), Ok(()));
        assert!(matches!(check(&option, NIGHT), Err(Illegal::OutsideSession { .. })));
        assert_eq!(check(&ticket(PUT, "6.00"), NIGHT), Ok(()), "a limit may wait");
        let half = Ticket { quantity: "0.5".parse().unwrap(), ..option.clone() };
        assert!(matches!(check(&half, OPEN), Err(Illegal::Fraction { .. })));
        for it in [
            Ticket { time_in_force: TimeInForce::Gtc, ..option.clone() },
            Ticket { time_in_force: TimeInForce::Ioc, ..option.clone() },
            Ticket { hours: Hours::Extended, ..option.clone() },
        ] {
            assert!(matches!(check(&it, OPEN), Err(Illegal::Combination { .. })), "{it:?}");
        }
        let adjusted = ticket("MSFT1260320P00400000", "6.00");
        assert!(matches!(check(&adjusted, OPEN), Err(Illegal::Adjusted { .. })));
    }

    #[test]
    fn stock_rules_hold() {
        let limit = ticket("KO", "80.00");
        let extended = Ticket { hours: Hours::Extended, ..limit.clone() };
        assert_eq!(check(&extended, OPEN), Ok(()));
        assert!(check(&Ticket { price: OrderPrice::Market, ..extended.clone() }, OPEN).is_err());
        assert!(check(&Ticket { time_in_force: TimeInForce::Ioc, ..extended }, OPEN).is_err());
        let half = Ticket { quantity: "0.5".parse().unwrap(), ..limit.clone() };
        assert_eq!(check(&half, OPEN), Ok(()));
        assert!(check(&Ticket { time_in_force: TimeInForce::Gtc, ..half.clone() }, OPEN).is_err());
        assert!(check(&Ticket { side: Side::Sell, ..half.clone() }, OPEN).is_err(), "short");
        let sold = Ticket { side: Side::Sell, effect: Effect::Close, ..half };
        assert_eq!(check(&sold, OPEN), Ok(()));
        let crossing = Ticket { crosses_zero: true, ..limit };
        assert_eq!(check(&crossing, OPEN), Err(Illegal::CrossesZero));
    }
}
