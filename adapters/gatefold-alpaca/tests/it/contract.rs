//! Alpaca's adapter before a local Alpaca keeps the contract of brokers.

use std::sync::Arc;
use std::time::Duration;

use fake_alpaca::{Fault, On, Rule};
use gatefold_alpaca::{AccountSettings, AlpacaMarket, FeedName, Feeds, Pace};
use gatefold_conformance::{Filling, Held, Order, Trouble, Venue, broker_contract};
use gatefold_core::decide::MarketData;
use gatefold_core::record::Log;
use gatefold_core::route::Broker;
use gatefold_core::vocabulary::{
    AccountId, Instrument, Money, NetQuantity, Quantity, Span, Timestamp,
};
use gatefold_sim::memory_log::MemoryLog;
use serde_json::Value;

use crate::desk::{Fake, me};

/// A stock that falls from 100 to 90 dollars.
const QUOTES: &str = "\
quoted_at,symbol,bid,bid_size,ask,ask_size
2015-12-24T14:30:00Z,BAC,99.98,500,100.00,500
2015-12-24T16:00:00Z,BAC,89.98,500,90.00,500
";

struct Local {
    fake: Arc<Fake>,
    market: AlpacaMarket,
    filling: Filling,
}

impl Local {
    fn open(filling: Filling) -> Box<dyn Venue> {
        let fake = Arc::new(Fake::over(QUOTES, |_| {}));
        let feeds = Feeds { stocks: FeedName::Sip, options: FeedName::Opra };
        let pace = Pace { quotes: Duration::from_millis(20), ..Pace::default() };
        let market = AlpacaMarket::start(&fake.endpoints(), &fake.keys(0), feeds, &pace).unwrap();
        let local = Self { fake, market, filling };
        local.faults(None);
        Box::new(local)
    }

    fn faults(&self, next: Option<Fault>) {
        let mut rules = Vec::new();
        rules.extend(next.map(|fault| Rule::times(fault, 1).on(On::Submit)));
        if self.filling == Filling::Parts {
            rules.push(Rule::times(Fault::PartialFill, 2));
        }
        self.fake.faults(rules);
    }
}

fn number(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl Venue for Local {
    fn account(&self) -> AccountId {
        me()
    }

    fn cash(&self) -> Money {
        Money::dollars(100_000)
    }

    fn stock(&self) -> Instrument {
        Instrument::parse("BAC").unwrap()
    }

    fn market(&self) -> &dyn MarketData {
        &self.market
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn log(&self) -> Box<dyn Log> {
        Box::new(MemoryLog::default())
    }

    fn broker(&self, since: Timestamp) -> Box<dyn Broker> {
        let settings = AccountSettings { watermark: since, ..self.fake.account(0) };
        Box::new(self.fake.broker(settings))
    }

    fn now(&self) -> Timestamp {
        self.fake.running.now()
    }

    fn pass(&mut self, span: Span) {
        self.fake.running.advance_to(self.now().saturating_add(span));
    }

    fn fall(&mut self) {
        self.fake.running.advance_to("2015-12-24T16:00:00Z".parse().unwrap());
    }

    fn trouble(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::AnswerLost => self.faults(Some(Fault::ResetAfter)),
            Trouble::OrderLost => self.faults(Some(Fault::GatewayHtml)),
            // Somebody took the money out since the books were read.
            Trouble::Refused => {
                let body = r#"{"account": "main", "amount": "-99950"}"#;
                let url = format!("{}/_fake/cash", self.fake.running.base_url);
                assert_eq!(ureq::post(url).send(body).unwrap().status(), 200);
            }
        }
    }

    fn orders(&self) -> Vec<Order> {
        const WORK: [&str; 5] =
            ["new", "accepted", "pending_new", "partially_filled", "pending_cancel"];
        let order = |it: &Value| {
            Some(Order {
                key: number(&it["client_order_id"]).parse().ok()?,
                filled: number(&it["filled_qty"]).parse::<Quantity>().unwrap(),
                works: WORK.contains(&number(&it["status"])),
            })
        };
        let books = self.fake.books();
        books["orders"].as_array().unwrap().iter().filter_map(order).collect()
    }

    fn held(&self) -> Held {
        let books = self.fake.books();
        let position = |it: &Value| {
            let net = match number(&it["qty"]).strip_prefix('-') {
                Some(short) => NetQuantity::short(short.parse().unwrap()),
                None => NetQuantity::long(number(&it["qty"]).parse().unwrap()),
            };
            (Instrument::parse(number(&it["symbol"])).unwrap(), net)
        };
        Held {
            cash: number(&books["cash"]).parse().unwrap(),
            positions: books["positions"].as_array().unwrap().iter().map(position).collect(),
        }
    }
}

#[test]
fn alpaca_keeps_the_contract_of_brokers() {
    broker_contract(&mut Local::open);
}
