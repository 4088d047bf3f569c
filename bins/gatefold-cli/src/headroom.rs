//! How much more may be traded now, and how that is asked, is decided here.

use anyhow::{Context, Result};
use gatefold::core::advise::{
    Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold::core::decide::{Account, Addressed, Facts, Feed, Headroom, Market, Quote, headroom};
use gatefold::core::vocabulary::{Price, Quantity, RecommendationId, Side, Timestamp};
use serde_json::json;

use crate::answer::Answer;
use crate::args::{self, Way};
use crate::books::{Books, Until};
use crate::explain;
use crate::human;
use crate::market;
use crate::table::{self, Table};

/// The id under which is asked; no account has received it.
const QUESTION: &str = "headroom-question";

/// The market that the gates are asked with.
struct Seen {
    quote: Option<Quote>,
    facts: Option<Facts>,
    from: &'static str,
}

impl Seen {
    /// What an order of this side would trade at.
    fn price(&self, side: Way) -> Option<Price> {
        self.quote.map(|quote| match side {
            Way::Buy => quote.ask,
            Way::Sell => quote.bid,
        })
    }
}

pub(crate) fn run(args: &args::Headroom) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let fold = books.fold(args.at.map(Until::Time), &mut |_, _| {})?;
    let Some(account) = fold.engine.account(&args.account) else {
        return Ok(fold.no_account(&args.account));
    };
    let last = fold.last.map(|(_, at)| at);
    let now = args.at.or(last).context("the log has no events: ask with --at TIME")?;
    let seen = see(args, &books, now)?;
    let advice = question(args, &seen, now)?;
    let addressed = Addressed::to(account, &advice)?;
    let calendar = fold.engine.calendar();
    let view = Market { quote: seen.quote, facts: seen.facts, calendar };
    let room = headroom(&addressed, fold.engine.gates(), &view, now);
    let answer = if args.form.json {
        json(args, account, &advice, &seen, &room, now)
    } else {
        Answer::ok(text(args, &advice, &seen, &room, now))
    };
    Ok(if room.quantity.is_zero() { answer.into_negative() } else { answer })
}

fn see(args: &args::Headroom, books: &Books, now: Timestamp) -> Result<Seen> {
    let facts = if args.instrument.is_option() { Facts::OPTION } else { Facts::STOCK };
    if let (Some(bid), Some(ask)) = (args.bid, args.ask) {
        // As deep as any order, so that only what is asked about binds.
        let (size, feed) = (Quantity::MAX, Feed::Consolidated);
        let quote = Quote { bid, bid_size: size, ask, ask_size: size, at: now, feed };
        return Ok(Seen { quote: Some(quote), facts: Some(facts), from: "the command line" });
    }
    let config = books.config.as_ref().context(
        "no quote to judge by: give --bid PRICE --ask PRICE, or --config FILE for its market",
    )?;
    let (quote, facts) = market::at(config, &args.instrument, now)?;
    Ok(Seen { quote, facts, from: "the configured market" })
}

fn question(args: &args::Headroom, seen: &Seen, now: Timestamp) -> Result<Recommendation> {
    let (side, effect) = match (args.side, args.close) {
        (Way::Buy, close) => (Side::Buy, if close { Effect::Close } else { Effect::Open }),
        (Way::Sell, close) => (Side::Sell, if close { Effect::Close } else { Effect::Open }),
    };
    Ok(Recommendation {
        id: RecommendationId::new(QUESTION)?,
        account: args.account,
        strategy: args.strategy,
        source: Source::Operator,
        instrument: args.instrument,
        side,
        effect,
        quantity: Quantity::whole(1),
        price: args.limit.map_or(OrderPrice::Market, OrderPrice::Limit),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: Some(args.confidence),
        model: None,
        // A question is based on the price of now.
        reference_price: args.limit.or(seen.price(args.side)),
        exits: ExitTerms::default(),
        created_at: now,
        valid_until: None,
    })
}

fn text(
    args: &args::Headroom,
    advice: &Recommendation,
    seen: &Seen,
    room: &Headroom,
    now: Timestamp,
) -> String {
    let verb = match args.side {
        Way::Buy => "buy",
        Way::Sell => "sell",
    };
    let mut text = format!(
        "account {} may {verb} {} {} to {} at {}\n",
        args.account,
        if room.quantity.is_zero() { "no".to_owned() } else { human::quantity(room.quantity) },
        args.instrument,
        advice.effect.to_string().to_lowercase(),
        human::terms(advice.price)
    );
    let mut facts = Table::plain(&[table::Side::Left, table::Side::Left]);
    let mut fact = |name: &str, text: String| facts.row([name.to_owned(), text]);
    match &room.binding {
        None => fact("binds", "no gate, whatever the quantity".to_owned()),
        Some((card, verdict)) => {
            fact("binds", format!("{}: {}", card.name, verdict.code.text()));
            fact("meaning", verdict.code.meaning().to_owned());
            let unit = Some(card.unit);
            fact(
                "with one lot more",
                format!(
                    "observed {}, limit {}",
                    human::number(unit, verdict.observed),
                    human::number(unit, verdict.limit)
                ),
            );
        }
    }
    fact("as of", now.to_string());
    let quote = seen.quote.as_ref().map_or_else(
        || "none".to_owned(),
        |quote| {
            format!(
                "bid {}, ask {}, of {}",
                human::price(quote.bid),
                human::price(quote.ask),
                quote.at
            )
        },
    );
    fact("quote", quote);
    fact("from", seen.from.to_owned());
    text.push_str(&facts.render(2));
    text
}

fn json(
    args: &args::Headroom,
    account: &Account,
    advice: &Recommendation,
    seen: &Seen,
    room: &Headroom,
    now: Timestamp,
) -> Answer {
    let binding = room.binding.as_ref();
    Answer::json(&json!({
        "account": account.id().to_string(),
        "instrument": args.instrument.to_string(),
        "side": advice.side.to_string(),
        "effect": advice.effect.to_string(),
        "order_price": args.limit.map(|limit| limit.to_string()),
        "at": now.to_string(),
        "quote": seen.quote.as_ref().map(explain::quote_json),
        "quote_from": seen.from,
        "quantity": room.quantity.to_string(),
        "binding": binding
            .map(|(card, verdict)| explain::gate_json(card.name, verdict, Some(card.unit))),
    }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::story::{self, Story, ask};

    #[test]
    fn the_binding_gate_is_named_with_its_numbers() {
        let folder = Story::begin().end();
        let line = "headroom --account tiny ACME --limit 10.00 --bid 9.99 --ask 10.00";
        let (out, _, code) = ask(&folder, line);
        assert_eq!(code, 0);
        expect![[r#"
            account tiny may buy 100 ACME to open at limit $10.00
              binds              order-notional: NOTIONAL_EXCEEDED
              meaning            The order's value is above its limit.
              with one lot more  observed $1,010.00, limit $1,000.00
              as of              2026-02-03T17:30:00Z
              quote              bid $9.99, ask $10.00, of 2026-02-03T17:30:00Z
              from               the command line
        "#]]
        .assert_eq(&out);
    }

    #[test]
    fn no_room_is_a_no_and_says_why() {
        let folder = Story::begin().end();
        let line = "headroom --account tiny ACME --limit 2000 --bid 1999.99 --ask 2000 --json";
        let (out, _, code) = ask(&folder, line);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, json["quantity"].as_str()), (1, Some("0")));
        assert_eq!(json["binding"]["code"], "NOTIONAL_EXCEEDED");
        assert_eq!(json["quote_from"], "the command line");
    }

    #[test]
    fn without_a_quote_the_configured_market_is_asked() {
        let folder = Story::begin().end();
        let config = folder.path().join("gatefold.toml");
        std::fs::write(&config, story::CONFIG).unwrap();
        std::fs::write(folder.path().join("quotes.csv"), story::QUOTES).unwrap();
        let line = format!("headroom --account large ACME --config {}", config.display());
        let (out, _, code) = ask(&folder, &line);
        expect![[r#"
            account large may buy 1,960 ACME to open at the market
              binds              order-notional: NOTIONAL_EXCEEDED
              meaning            The order's value is above its limit.
              with one lot more  observed $20,002.20, limit $20,000.00
              as of              2026-02-03T17:30:00Z
              quote              bid $9.99, ask $10.00, of 2026-02-03T17:29:59Z
              from               the configured market
        "#]]
        .assert_eq(&out);
        assert_eq!(code, 0);
        let line = format!("headroom --account large NOPE --config {}", config.display());
        let (out, _, code) = ask(&folder, &line);
        assert_eq!(code, 1);
        assert!(out.contains("known-instrument: INSTRUMENT_UNKNOWN"), "{out}");
    }
}
