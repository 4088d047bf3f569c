//! Which rows an account's history gets, and when they can be seen, is decided here.

use gatefold_sim::core::settle::Execution;
use gatefold_sim::core::vocabulary::{
    Date, Equity, Instrument, Money, Quantity, Right, Side, Span, Timestamp,
};
use serde_json::{Map, Value, json};

use crate::desk::Desk;
use crate::desk::account::Activity;
use crate::desk::order::Purpose;
use crate::uuid::Uuid;
use crate::wire::error::ApiError;
use crate::wire::numbers::{dollars, plain};
use crate::wire::times;

/// Rows of expiry, exercise and assignment are made this long after New York's next midnight.
const NEXT_MORNING: Span = Span::minutes(4 * 60 + 20);

impl Desk<'_> {
    /// The row of a fill.
    pub(crate) fn record_fill(
        &mut self,
        id: Uuid,
        execution: &Execution,
        hidden_until: Option<u64>,
    ) {
        let row_id = self.ids.uuid();
        let Some(order) = self.account.order(id) else {
            return;
        };
        let side = match order.purpose {
            Purpose::BuyToOpen | Purpose::BuyToClose => "buy",
            Purpose::SellToClose => "sell",
            Purpose::SellToOpen => "sell_short",
        };
        let full = order.unfilled().is_zero();
        let prefix = times::activity_prefix(execution.at, &self.market.calendar);
        let id = format!("{prefix}::{row_id}");
        let row = json!({
            "id": id,
            "activity_type": "FILL",
            "transaction_time": times::micros(execution.at),
            "type": if full { "fill" } else { "partial_fill" },
            "price": plain(execution.price),
            "qty": plain(execution.quantity),
            "side": side,
            "symbol": execution.instrument.to_string(),
            "leaves_qty": plain(order.unfilled()),
            "order_id": order.id.to_string(),
            "cum_qty": plain(order.sim.filled),
            "order_status": order.status.name(),
        });
        let (created, visible) = (execution.at, self.market.now());
        let activity = Activity { id, kind: "FILL", created, visible, hidden_until, row };
        self.account.activities.push(activity);
    }

    /// The row of contracts that ended without value.
    pub(crate) fn record_expiry(
        &mut self,
        instrument: &Instrument,
        quantity: Quantity,
        closing: Side,
    ) {
        let group = self.ids.uuid();
        let signed = signed(quantity, closing);
        self.record("OPEXP", "Option Expiry", *instrument, &signed, None, Money::ZERO, group);
    }

    /// The rows of contracts that were exercised or assigned, and of the shares that followed.
    pub(crate) fn record_delivery(
        &mut self,
        instrument: &Instrument,
        quantity: Quantity,
        closing: Side,
        kind: &'static str,
    ) {
        let Some(contract) = instrument.option() else {
            return;
        };
        let group = self.ids.uuid();
        let words = if kind == "OPASN" { "Options Assignment" } else { "Option Exercise" };
        let contracts = signed(quantity, closing);
        self.record(kind, words, *instrument, &contracts, None, Money::ZERO, group);
        let stock = Instrument::Equity(Equity(contract.underlying()));
        let shares = quantity.saturating_times(contract.multiplier());
        // The holder of a call buys; so does whoever is short of a put.
        let side = match (contract.right(), closing) {
            (Right::Call, Side::Sell) | (Right::Put, Side::Buy) => Side::Buy,
            (Right::Call, Side::Buy) | (Right::Put, Side::Sell) => Side::Sell,
        };
        let value = contract.strike().times(shares, stock.multiplier()).unwrap_or_default();
        let net = if side == Side::Buy { value.saturating_neg() } else { value };
        let strike = plain(contract.strike());
        self.record(
            "OPTRD",
            "Option Trade",
            stock,
            &signed(shares, side),
            Some(strike),
            net,
            group,
        );
    }

    /// The row of money that came or went without a trade, at once.
    pub(crate) fn record_cash(&mut self, kind: &str, amount: Money) -> Result<(), ApiError> {
        const KINDS: [&str; 7] = ["CSD", "CSW", "DIV", "FEE", "INT", "JNLC", "MISC"];
        let Some(kind) = KINDS.into_iter().find(|it| *it == kind) else {
            let known = KINDS.join(", ");
            return Err(ApiError::malformed(format!("activity {kind} is none of {known}")));
        };
        let (created, row_id) = (self.market.stamp(), self.ids.uuid());
        let date = self.market.today();
        let midnight = date.and_then(|date| self.market.calendar.midnight(date));
        let prefix = times::activity_prefix(midnight.unwrap_or(created), &self.market.calendar);
        let id = format!("{prefix}::{row_id}");
        let row = json!({
            "id": id,
            "activity_type": kind,
            "date": date.map(|date| date.to_string()),
            "created_at": times::micros(created),
            "net_amount": dollars(amount, 2),
            "description": "",
            "status": "executed",
            "currency": "USD",
        });
        let visible = self.market.now();
        let activity = Activity { id, kind, created, visible, hidden_until: None, row };
        self.account.activities.push(activity);
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "a row has that many columns")]
    fn record(
        &mut self,
        kind: &'static str,
        description: &str,
        instrument: Instrument,
        quantity: &str,
        price: Option<String>,
        net_amount: Money,
        group: Uuid,
    ) {
        let (date, row_id) = (self.day(), self.ids.uuid());
        let created = self.next_morning();
        let midnight = date.and_then(|date| self.market.calendar.midnight(date));
        let prefix = times::activity_prefix(midnight.unwrap_or(created), &self.market.calendar);
        let id = format!("{prefix}::{row_id}");
        let symbol = instrument.to_string();
        let mut row = Map::new();
        row.insert("id".to_owned(), json!(id));
        row.insert("activity_type".to_owned(), json!(kind));
        row.insert("date".to_owned(), json!(date.map(|date| date.to_string())));
        row.insert("created_at".to_owned(), json!(times::micros(created)));
        row.insert("net_amount".to_owned(), json!(dollars(net_amount, 2)));
        row.insert("description".to_owned(), json!(description));
        row.insert("symbol".to_owned(), json!(symbol));
        row.insert("cusip".to_owned(), json!(symbol));
        row.insert("qty".to_owned(), json!(quantity));
        if let Some(price) = price {
            row.insert("price".to_owned(), json!(price));
        }
        row.insert("status".to_owned(), json!("executed"));
        row.insert("group_id".to_owned(), json!(group.to_string()));
        row.insert("currency".to_owned(), json!("USD"));
        let row = Value::Object(row);
        let activity = Activity { id, kind, created, visible: created, hidden_until: None, row };
        self.account.activities.push(activity);
    }

    /// The day of what happens now. Midnight belongs to the day that it ends: what is assigned then
    /// is of that day, and told in the morning.
    fn day(&self) -> Option<Date> {
        let now = self.market.now().saturating_sub(Span::from_nanos(1));
        self.market.calendar.date_of(now)
    }

    /// When the rows of today's events are made.
    fn next_morning(&self) -> Timestamp {
        let next = self.day().map(Date::next);
        let midnight = next.and_then(|date| self.market.calendar.midnight(date));
        midnight.map_or(self.market.now(), |it| it.saturating_add(NEXT_MORNING))
    }
}

/// A quantity with the sign of what it does to a position.
fn signed(quantity: Quantity, side: Side) -> String {
    match side {
        Side::Buy => plain(quantity),
        Side::Sell => format!("-{}", plain(quantity)),
    }
}
