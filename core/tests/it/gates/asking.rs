//! How a desk is asked: words become advice, advice an intent, and the gates judge it.

use gatefold_core::advise::{Hours, Recommendation, TimeInForce};
use gatefold_core::decide::{
    Addressed, Facts, Gates, Headroom, Intent, Market, Tick, Verdicts, headroom,
};
use gatefold_core::vocabulary::Instrument;

use super::desk::{CALENDAR, Desk};
use crate::harness::words::{self, Words};

impl Desk {
    /// `ID buy 10 AA at 10 age=1s strategy=swing tif=gtc|ioc hours=extended ...`
    pub(super) fn advice(&self, line: &str) -> Recommendation {
        let mut words = Words::of(line);
        let mut advice = words::advice(&mut words, self.account.id(), self.now);
        if words.option::<String>("tif").as_deref() == Some("ioc") {
            advice.time_in_force = TimeInForce::Ioc;
        }
        if words.option::<String>("hours").as_deref() == Some("extended") {
            advice.hours = Hours::Extended;
        }
        advice
    }

    fn market(&self, instrument: &Instrument) -> Market<'static> {
        let tick = if instrument.is_option() { Tick::PENNY } else { Tick::Stock };
        Market {
            quote: self.quote,
            facts: self.facts.map(|facts| Facts { tick, ..facts }),
            calendar: &CALENDAR,
        }
    }

    fn addressed<'a>(&'a self, advice: &'a Recommendation) -> Addressed<'a> {
        Addressed::to(&self.account, advice).expect("it is this account's")
    }

    pub(super) fn intent(&self, advice: Recommendation) -> Intent {
        let market = self.market(&advice.instrument);
        self.addressed(&advice).intent(&market, self.now)
    }

    /// What every gate says of `buy 10 AA at 10 ...`; its id is `x` unless it has another.
    pub(crate) fn judge(&self, line: &str) -> (Intent, Verdicts) {
        let id = Words::of(line).option::<String>("id");
        let advice = self.advice(&format!("{} {line}", id.as_deref().unwrap_or("x")));
        let intent = self.intent(advice);
        let market = self.market(&advice.instrument);
        let verdicts = Gates::standard().verdicts(&self.account, &intent, &market, self.now);
        (intent, verdicts)
    }

    /// How much of advice like this would pass.
    pub(super) fn headroom(&self, line: &str) -> Headroom {
        let advice = self.advice(&format!("x {line}"));
        let market = self.market(&advice.instrument);
        let gates = Gates::standard();
        headroom(&self.addressed(&advice), &gates, &market, self.now)
    }
}
