//! The position object as Alpaca writes it is decided here.

use gatefold_sim::broker::Ledger;
use gatefold_sim::core::vocabulary::{Instrument, Money, NetQuantity, Price, Quantity, Side};
use serde_json::{Value, json};

use crate::desk::account::Account;
use crate::desk::market::Market;
use crate::wire;
use crate::wire::numbers::{dollars, part, plain, signed, text_or_null};

/// Decimals of amounts, and of parts.
const AMOUNT: u32 = 6;
const PART: u32 = 6;

/// The whole object; `ledger` is what the account is shown to hold.
pub(crate) fn position(
    account: &Account,
    ledger: &Ledger,
    market: &Market,
    instrument: &Instrument,
    net: NetQuantity,
) -> Value {
    let option = instrument.is_option();
    let held = ledger.held().find(|(it, _)| *it == instrument).map(|(_, position)| position);
    let multiplier = instrument.multiplier();
    let size = held.map_or(Money::ZERO, |it| it.cost().abs());
    let cost = if net.is_short() { size.saturating_neg() } else { size };
    let average = size.per_unit(net.magnitude(), multiplier);
    let value = Account::value(ledger, market, instrument, net);
    let gain = value.saturating_sub(cost);
    let (mark, last) = (market.middle(instrument), market.last_close(instrument));
    let today = match (mark, last) {
        (Some(mark), Some(last)) => part(difference(mark, last), worth(last), PART),
        (Some(_) | None, Some(_) | None) => "0".to_owned(),
    };
    json!({
        "asset_id": wire::order::asset_id(instrument).to_string(),
        "symbol": instrument.to_string(),
        "exchange": if option { "" } else { wire::asset::EXCHANGE },
        "asset_class": wire::order::asset_class(instrument),
        "asset_marginable": !option,
        "qty": signed(net),
        "avg_entry_price": dollars(worth(average), AMOUNT),
        "side": if net.is_short() { "short" } else { "long" },
        "market_value": dollars(value, AMOUNT),
        "cost_basis": dollars(cost, AMOUNT),
        "unrealized_pl": dollars(gain, AMOUNT),
        "unrealized_plpc": part(gain, size, PART),
        "unrealized_intraday_pl": dollars(gain, AMOUNT),
        "unrealized_intraday_plpc": part(gain, size, PART),
        "current_price": text_or_null(mark),
        "lastday_price": text_or_null(last),
        "change_today": today,
        "qty_available": available(account, ledger, instrument, net),
    })
}

/// What neither open orders nor short calls hold, with the position's sign.
fn available(
    account: &Account,
    ledger: &Ledger,
    instrument: &Instrument,
    net: NetQuantity,
) -> String {
    let side = if net.is_short() { Side::Buy } else { Side::Sell };
    let offered = account.on_offer(instrument, side);
    let locked = match (side, instrument.is_option()) {
        (Side::Sell, false) => account.covering(ledger, instrument),
        (Side::Sell, true) | (Side::Buy, _) => Quantity::ZERO,
    };
    let free = net.magnitude().saturating_sub(offered).saturating_sub(locked);
    if net.is_short() && !free.is_zero() { format!("-{}", plain(free)) } else { plain(free) }
}

fn worth(price: Price) -> Money {
    Money::from_attos(i128::from(price.nanos()).saturating_mul(1_000_000_000))
}

fn difference(now: Price, then: Price) -> Money {
    worth(now).saturating_sub(worth(then))
}
