//! What these tests ask of a desk beyond what all do.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use fake_alpaca::{Fault, Rule};
use gatefold_core::engine::Input;
use gatefold_core::record::Event;
use gatefold_core::record::event::Link;
use gatefold_core::route::Broker as _;
use gatefold_core::vocabulary::{Instrument, OrderKey, Span};
use serde_json::Value;
use tungstenite::WebSocket;

use crate::desk::{Desk, Fake, Setup, me};
use crate::tap::Tap;

/// It happens to one occasion, for so many milliseconds.
pub(crate) fn once(what: Fault, millis: u64) -> Rule {
    Rule { millis: Some(millis), ..Rule::times(what, 1) }
}

/// Puts a tap into the trading calls of an account that is being set up.
pub(crate) fn tapped(setup: &mut Setup) -> Tap {
    let tap = Tap::before(&setup.account.endpoints.trading);
    setup.account.endpoints.trading = tap.base_url();
    tap
}

/// A desk with a tap in its trading calls.
pub(crate) fn tapped_desk(fake: Fake, change: impl FnOnce(&mut Setup)) -> (Desk, Tap) {
    let mut tap = None;
    let desk = Desk::with(fake, |setup| {
        tap = Some(tapped(setup));
        change(setup);
    });
    (desk, tap.unwrap())
}

impl Desk {
    /// Lets the broker's time pass.
    pub(crate) fn pass(&mut self, span: Span) {
        let later = self.fake.running.now().saturating_add(span);
        self.fake.running.advance_to(later);
        self.poll();
    }

    /// Polls for so long by the clock on the wall.
    pub(crate) fn poll_for(&mut self, how_long: Duration) {
        let start = Instant::now();
        while start.elapsed() < how_long {
            self.poll();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How often each rule of faults was met.
    pub(crate) fn met(&self) -> Vec<u64> {
        let url = format!("{}/_fake/faults", self.fake.running.base_url);
        let text = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
        let told: Value = serde_json::from_str(&text).unwrap();
        told["met"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect()
    }

    /// Reads the broker's books and compares.
    pub(crate) fn compare(&mut self) {
        let answer = self.broker.snapshot(&me());
        self.step(Input::SnapshotTaken { account: me(), answer });
    }

    pub(crate) fn link(&self) -> Option<Link> {
        self.account().contact().link.map(|(link, _)| link)
    }

    /// How many recorded events are such.
    pub(crate) fn count(&self, is_such: impl Fn(&Event) -> bool) -> usize {
        let mut count = 0;
        self.each_event(|event| count += usize::from(is_such(event)));
        count
    }

    /// Every execution that was booked.
    pub(crate) fn booked(&self) -> usize {
        self.count(|event| matches!(event, Event::ExecutionBooked(_)))
    }

    /// The kinds of all findings, oldest first.
    pub(crate) fn findings(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        self.each_event(|event| {
            if let Event::FindingRecorded(it) = event {
                kinds.push(it.kind.name());
            }
        });
        kinds
    }

    /// What was last recorded about an order, in the broker's words.
    pub(crate) fn evidence(&self, key: OrderKey) -> String {
        let mut words = String::new();
        self.each_event(|event| {
            if let Event::OrderChanged(it) = event
                && it.key == key
            {
                words.clone_from(&it.evidence);
            }
        });
        words
    }

    /// What is held, as text.
    pub(crate) fn held(&self, symbol: &str) -> String {
        let instrument = Instrument::parse(symbol).unwrap();
        self.account().book(&instrument).position().net().to_string()
    }

    #[track_caller]
    pub(crate) fn assert_alerted(&self, words: &str) {
        let found = self.alerts.iter().any(|alert| alert.contains(words));
        assert!(found, "{words:?} is in none of {:#?}", self.alerts);
    }

    /// Another process takes the only place for a stream, and keeps it until this is dropped.
    pub(crate) fn take_the_stream(&self) -> WebSocket<TcpStream> {
        let address = self.fake.running.stream_url.as_str();
        let host = address.split("://").nth(1).unwrap().split('/').next().unwrap();
        let start = Instant::now();
        loop {
            self.fake.running.cut_streams();
            for _ in 0..20 {
                let tcp = TcpStream::connect(host).unwrap();
                if let Ok((socket, _)) = tungstenite::client(address, tcp) {
                    return socket;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(start.elapsed() < Duration::from_secs(20), "there is no place");
        }
    }
}
