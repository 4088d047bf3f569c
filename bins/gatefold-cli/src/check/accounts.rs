//! What of the configured accounts is worth knowing is decided here. What contradicts itself was
//! refused when the configuration was read.

use gatefold::config::{AccountConfig, Config};

use super::Finding;
use crate::human;

pub(super) fn check(config: &Config) -> Finding {
    let names: Vec<String> =
        config.accounts.iter().map(|it| format!("{} ({})", it.id, it.mode)).collect();
    let mut finding = Finding::ok("configuration", names.join(", "));
    config.accounts.iter().for_each(|account| judge(account, &mut finding));
    finding
}

fn judge(account: &AccountConfig, finding: &mut Finding) {
    let (id, limits) = (account.id, &account.limits);
    if limits.max_order_notional > limits.max_exposure {
        finding.note(format!(
            "{id}: max_order_notional {} is above max_exposure {}, which binds first",
            human::money(limits.max_order_notional),
            human::money(limits.max_exposure)
        ));
    }
    let denying = [
        ("max_positions", limits.max_positions == 0),
        ("max_exposure", limits.max_exposure.is_zero()),
        ("max_order_notional", limits.max_order_notional.is_zero()),
        ("max_entries_per_day", limits.max_entries_per_day == 0),
        ("orders_per_second", limits.orders_per_second == 0),
    ];
    for (name, _) in denying.iter().filter(|(_, denies)| *denies) {
        finding.note(format!("{id}: {name} is 0, which denies every entry"));
    }
    if account.cash.is_zero() {
        finding.note(format!("{id}: it opens without cash, so that nothing can be bought"));
    }
}
