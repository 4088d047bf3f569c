//! What the broker's words about a quote, a stock or a contract mean to a gate.

use gatefold_core::decide::{Facts, Quote, Tradable};
use gatefold_core::vocabulary::{Price, Quantity};

use crate::market_data::FeedName;
use crate::wire::{self, Number};

/// A quote, if all of it can be read. A side of price 0 is a side that is not there.
pub(super) fn quote_of(quote: &wire::Quote, feed: FeedName) -> Option<Quote> {
    let price = |it: &Option<Number>| it.as_ref().map_or(Some(Price::ZERO), |it| it.price().ok());
    let size =
        |it: &Option<Number>| it.as_ref().map_or(Some(Quantity::ZERO), |it| it.quantity().ok());
    Some(Quote {
        bid: price(&quote.bp)?,
        bid_size: size(&quote.bs)?,
        ask: price(&quote.ap)?,
        ask_size: size(&quote.ask_size)?,
        at: quote.t.parse().ok()?,
        feed: feed.feed(),
    })
}

/// A stock that is listed and active.
pub(super) fn stock_facts(asset: &wire::Asset) -> Facts {
    let tradable = asset.tradable && asset.status == "active" && asset.class == "us_equity";
    Facts { tradable: if tradable { Tradable::Yes } else { Tradable::No }, ..Facts::STOCK }
}

/// A contract that does not deliver 100 shares is not the one that its symbol says.
pub(super) fn option_facts(contract: &wire::OptionContract) -> Facts {
    let standard = |number: &Option<Number>| number.as_ref().is_none_or(|it| it.as_str() == "100");
    let usual = standard(&contract.multiplier) && standard(&contract.size);
    let tradable = contract.tradable && contract.status == "active" && usual;
    let interest = contract.open_interest.as_ref().and_then(|it| it.quantity().ok());
    let date = contract.open_interest_date.as_deref().and_then(|it| it.parse().ok());
    Facts {
        tradable: if tradable { Tradable::Yes } else { Tradable::No },
        open_interest: interest.zip(date),
        ..Facts::OPTION
    }
}

#[cfg(test)]
mod tests {
    use gatefold_core::decide::Feed;

    use super::*;

    #[test]
    fn a_side_that_is_not_there_is_zero_and_a_garbled_one_is_no_quote() {
        let read = |json: &str| {
            let quote: wire::Quote = serde_json::from_str(json).unwrap();
            quote_of(&quote, FeedName::Indicative)
        };
        let text = r#"{"t":"2024-02-28T15:30:28.046330624Z","ap":0.16,"as":669,"bp":0,"bs":0}"#;
        let quote = read(text).unwrap();
        assert_eq!((quote.bid, quote.ask), (Price::ZERO, Price::cents(16)));
        assert_eq!((quote.feed, quote.is_sound()), (Feed::Indicative, false));
        assert_eq!(quote.at.to_string(), "2024-02-28T15:30:28.046330624Z");
        assert!(read(r#"{"t":"2024-02-28T15:30:28Z","ap":-1,"bp":1}"#).is_none());
        assert!(read(r#"{"t":"yesterday","ap":1,"bp":1}"#).is_none());
    }

    #[test]
    fn only_what_is_standard_and_active_is_tradable() {
        let contract = |json: &str| option_facts(&serde_json::from_str(json).unwrap()).tradable;
        let usual = r#"{"status":"active","tradable":true,"size":"100","multiplier":"100"}"#;
        assert_eq!(contract(usual), Tradable::Yes);
        for (old, new) in [("\"100\"", "\"10\""), ("true", "false"), ("active", "inactive")] {
            assert_eq!(contract(&usual.replace(old, new)), Tradable::No, "{new}");
        }
        let asset = wire::Asset { tradable: true, status: "active".into(), ..Default::default() };
        assert_eq!(stock_facts(&asset).tradable, Tradable::No, "its class is not known");
    }
}
