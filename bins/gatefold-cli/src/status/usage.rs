//! How much of its limits an account uses is decided here.

use gatefold::core::decide::Account;
use gatefold::core::vocabulary::{Money, Ratio};
use serde_json::{Value, json};

use crate::human;

/// A used amount beside its limit.
pub(super) struct Usage {
    /// The limit's name in the configuration.
    pub(super) name: &'static str,
    used: Amount,
    limit: Amount,
}

enum Amount {
    Count(u32),
    Dollars(Money),
    Share(Option<Ratio>),
    Unknown,
}

impl Amount {
    fn of(money: Option<Money>) -> Self {
        money.map_or(Self::Unknown, Self::Dollars)
    }

    fn shown(&self) -> String {
        match self {
            Self::Count(count) => human::grouped(&count.to_string()),
            Self::Dollars(amount) => human::money(*amount),
            Self::Share(share) => share.map_or_else(|| "unknown".to_owned(), human::ratio),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Dollars(amount) => json!(amount.to_string()),
            Self::Share(share) => json!(share.map(|share| share.to_string())),
            Self::Unknown => Value::Null,
        }
    }
}

impl Usage {
    pub(super) fn used_shown(&self) -> String {
        self.used.shown()
    }

    pub(super) fn limit_shown(&self) -> String {
        self.limit.shown()
    }

    pub(super) fn json(&self) -> Value {
        json!({ "name": self.name, "used": self.used.json(), "limit": self.limit.json() })
    }
}

/// The limits that are used up over time or by what is held; those that are set.
pub(super) fn all(account: &Account) -> Vec<Usage> {
    let (limits, totals) = (account.limits(), account.totals());
    let day = account.day();
    let count = |count: Option<u32>| count.map_or(Amount::Unknown, Amount::Count);
    let dollars = |name, used, limit| Usage { name, used, limit: Amount::Dollars(limit) };
    let share = |name, part: Money, limit| {
        let used = Amount::Share(part.max(Money::ZERO).ratio_of(account.equity()));
        Usage { name, used, limit: Amount::Share(Some(limit)) }
    };
    let mut all = vec![
        Usage {
            name: "max_positions",
            used: Amount::Count(totals.counted),
            limit: Amount::Count(limits.max_positions),
        },
        dollars("max_exposure", Amount::Dollars(totals.gross), limits.max_exposure),
    ];
    if let Some(limit) = limits.max_exposure_of_equity {
        all.push(share("max_exposure_of_equity", totals.gross, limit));
    }
    if let Some(limit) = limits.max_net_exposure {
        let net = totals.net_up.abs().max(totals.net_down.abs());
        all.push(dollars("max_net_exposure", Amount::Dollars(net), limit));
    }
    let loss = Usage {
        name: "max_daily_loss",
        used: Amount::of(account.day_loss()),
        limit: Amount::of(account.day_loss_limit().or(Some(limits.max_daily_loss))),
    };
    all.push(loss);
    if let Some(limit) = limits.max_drawdown {
        let fallen = account.peak_equity().saturating_sub(account.equity()).max(Money::ZERO);
        let used = Amount::Share(fallen.ratio_of(account.peak_equity()));
        all.push(Usage { name: "max_drawdown", used, limit: Amount::Share(Some(limit)) });
    }
    all.push(Usage {
        name: "max_entries_per_day",
        used: count(day.map(|day| day.entries)),
        limit: Amount::Count(limits.max_entries_per_day),
    });
    all.push(Usage {
        name: "max_exits_per_day",
        used: count(day.map(|day| day.exits)),
        limit: Amount::Count(limits.max_exits_per_day),
    });
    all
}
