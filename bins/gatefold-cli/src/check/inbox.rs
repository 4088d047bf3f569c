//! Whether the inbox can be read, and what of it is no advice, is decided here.

use std::collections::{BTreeMap, BTreeSet};

use gatefold::config::{Config, InboxKind};
use gatefold::core::advise::{Arrival, Inbox, Recommendation};
use gatefold::core::vocabulary::{
    AccountId, Calendar, Date, Instrument, RecommendationId, Timestamp,
};
use gatefold::wiring;

use super::Finding;

const CHECK: &str = "inbox";

/// What the inbox asks of the market.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Everything that is advised.
    pub(super) instruments: BTreeSet<Instrument>,
}

#[derive(Debug, Default)]
struct Read {
    good: u64,
    bad: Vec<String>,
    ids: BTreeMap<(AccountId, RecommendationId), u64>,
    dates: BTreeSet<Date>,
    outside: Vec<Timestamp>,
    asked: Asked,
}

pub(super) fn check(config: &Config, calendar: &Calendar) -> (Finding, Asked) {
    let mut read = Read::default();
    if config.inbox.kind == InboxKind::Postgres {
        // To read its rows is to claim them: that is the dispatcher's alone.
        let text = format!("{}: read by the dispatcher alone", config.inbox.name);
        return (Finding::ok(CHECK, text), read.asked);
    }
    let read_all = wiring::open_inbox(config).and_then(|mut inbox| {
        while let Some(arrival) = inbox.next()? {
            match arrival {
                Arrival::Recommendation(advice) => read.take(&advice, calendar),
                Arrival::Failed { line, reason, .. } => {
                    read.bad.push(format!("line {line}: {reason}"));
                }
            }
        }
        Ok(())
    });
    if let Err(error) = read_all {
        return (Finding::wrong(CHECK, error.to_string()), read.asked);
    }
    read.judge(config, calendar)
}

impl Read {
    fn take(&mut self, advice: &Recommendation, calendar: &Calendar) {
        self.good += 1;
        *self.ids.entry((advice.account, advice.id)).or_default() += 1;
        self.asked.instruments.insert(advice.instrument);
        match calendar.date_of(advice.created_at) {
            Some(date) => {
                self.dates.insert(date);
            }
            None => self.outside.push(advice.created_at),
        }
    }

    fn judge(self, config: &Config, calendar: &Calendar) -> (Finding, Asked) {
        let path = config.inbox.path.display();
        let (good, bad) = (self.good, self.bad.len());
        let text = format!("{path}: recommendations {good}, lines that are none {bad}");
        let mut finding = Finding::ok(CHECK, text);
        self.bad.into_iter().for_each(|bad| finding.refuse(bad));
        let known: BTreeSet<AccountId> = config.accounts.iter().map(|it| it.id).collect();
        let mut strangers: BTreeMap<AccountId, u64> = BTreeMap::new();
        for ((account, id), count) in &self.ids {
            if !known.contains(account) {
                *strangers.entry(*account).or_default() += count;
            }
            if *count > 1 {
                finding.note(format!("{id} comes {count} times for {account}: the first decides"));
            }
        }
        for (account, count) in strangers {
            finding.refuse(format!(
                "account {account} is not configured: recommendations for it {count}; add \
                 [accounts.{account}] or correct them"
            ));
        }
        for date in self.dates.iter().filter(|date| calendar.session(**date).is_none()) {
            finding.note(format!("advice of {date}: the exchange has no session on that day"));
        }
        for at in &self.outside {
            finding.refuse(format!(
                "advice of {at} lies outside of the calendar {}: its session is unknown and \
                 nothing passes",
                calendar.version()
            ));
        }
        (finding, self.asked)
    }
}
