//! What becomes of contracts that have ceased to trade is decided here.

use gatefold_core::decide::MarketData;
use gatefold_core::record::event::{Adjustment, PositionAdjusted, PremiumRule};
use gatefold_core::route::Report;
use gatefold_core::vocabulary::{
    Calendar, Equity, ExecutionId, Instrument, NetQuantity, OptionContract, Price, Right, Timestamp,
};

use crate::broker::books::Books;
use crate::broker::order::last_close;

/// From here in the money a contract is exercised by exception (OCC rule 805).
const EXERCISE_MIN: Price = Price::cents(1);

/// Expires or delivers every position in contracts whose last session is over at `now`, and queues
/// the reports. The underlying's price is the middle of its last quote; where that is not known, as
/// for an index, the position is left as it is until it is.
pub(super) fn settle(
    books: &mut Books,
    market: &dyn MarketData,
    calendar: &Calendar,
    premium: PremiumRule,
    now: Timestamp,
) {
    for (instrument, net) in books.ledger.positions() {
        let Some(contract) = instrument.option() else {
            continue;
        };
        let over = last_close(contract.expiry(), calendar).is_some_and(|close| close <= now);
        let stock = Instrument::Equity(Equity(contract.underlying()));
        let Some(quote) = market.quote(&stock).filter(|quote| over && quote.is_sound()) else {
            continue;
        };
        let activity = outcome(&instrument, contract, net, quote.mid(), premium);
        books.ledger.adjust(&activity.adjustment);
        books.outbox.push_back(Report::Activity(activity));
    }
}

/// What becomes of a position in a contract that has ceased to trade, with its underlying at
/// `price`: it is delivered from a cent in the money, and expires else.
#[must_use]
pub fn outcome(
    instrument: &Instrument,
    contract: &OptionContract,
    net: NetQuantity,
    price: Price,
    premium: PremiumRule,
) -> PositionAdjusted {
    let (instrument, quantity) = (*instrument, net.magnitude());
    let strike = contract.strike();
    let value = match contract.right() {
        Right::Call => price.saturating_sub(strike),
        Right::Put => strike.saturating_sub(price),
    };
    let adjustment = if value >= EXERCISE_MIN {
        Adjustment::Delivered { instrument, quantity, premium }
    } else {
        Adjustment::Expired { instrument, quantity }
    };
    let text = format!("sim-expiry-{instrument}");
    let activity = ExecutionId::new(&text);
    let activity = activity.unwrap_or_else(|_| unreachable!("an option symbol is short and plain"));
    let note = format!("{instrument} is worth {value} with its underlying at {price}");
    PositionAdjusted { adjustment, activity, note }
}
