//! Which part of an order's executions has been told: each unit once, whoever reports it first.
//!
//! An execution is known by its order and by the cumulative quantity after it. The stream and the
//! activities both have these two and nothing else in common, and no two executions of one order
//! share them. An execution covers what lies between the quantity before it and after it.

use std::collections::BTreeMap;

use gatefold_core::vocabulary::{ExecutionId, Instrument, Price, Quantity, Side, Timestamp};

use crate::wire::{Activity, TradeUpdate};

/// One execution, from whichever source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    /// The broker's id of the order.
    pub(crate) order: String,
    pub(crate) instrument: Instrument,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    /// What was executed of the order after this, this included.
    pub(crate) cumulative: Quantity,
    pub(crate) price: Price,
    pub(crate) at: Timestamp,
}

/// Why a reported execution cannot be one.
pub(crate) type Unreadable = String;

impl Fill {
    /// The execution that a FILL activity tells of.
    pub(crate) fn of_activity(row: &Activity) -> Result<Self, Unreadable> {
        let text = |field: &Option<String>, name: &str| {
            field.clone().ok_or_else(|| format!("activity {}: no {name}", row.id))
        };
        let number = |field: &Option<crate::wire::Number>, name: &str| {
            field.clone().ok_or_else(|| format!("activity {}: no {name}", row.id))
        };
        let wrong = |error: &dyn std::fmt::Display| format!("activity {}: {error}", row.id);
        Self {
            order: text(&row.order_id, "order_id")?,
            instrument: Instrument::parse(&text(&row.symbol, "symbol")?)
                .map_err(|it| wrong(&it))?,
            side: side(&text(&row.side, "side")?).ok_or_else(|| wrong(&"no known side"))?,
            quantity: number(&row.qty, "qty")?.quantity().map_err(|it| wrong(&it))?,
            cumulative: number(&row.cum_qty, "cum_qty")?.quantity().map_err(|it| wrong(&it))?,
            price: number(&row.price, "price")?.price().map_err(|it| wrong(&it))?,
            at: row.at().ok_or_else(|| wrong(&"no transaction_time"))?,
        }
        .checked()
    }

    /// The execution that a stream message tells of. Its own price and quantity stand beside the
    /// order, the cumulative quantity in it.
    pub(crate) fn of_update(update: &TradeUpdate) -> Result<Self, Unreadable> {
        let order = &update.order;
        let wrong =
            |error: &dyn std::fmt::Display| format!("{} of {}: {error}", update.event, order.id);
        let need = |field: Option<&crate::wire::Number>, name: &str| {
            field.cloned().ok_or_else(|| wrong(&format!("no {name}")))
        };
        let symbol = order.symbol.as_deref().unwrap_or("");
        let at = [&update.timestamp, &update.at, &order.filled_at];
        let at = at.into_iter().find_map(|at| at.as_deref()?.parse().ok());
        Self {
            order: order.id.clone(),
            instrument: Instrument::parse(symbol).map_err(|it| wrong(&it))?,
            side: order.side.as_deref().and_then(side).ok_or_else(|| wrong(&"no known side"))?,
            quantity: need(update.qty.as_ref(), "qty")?.quantity().map_err(|it| wrong(&it))?,
            cumulative: need(order.filled_qty.as_ref(), "filled_qty")?
                .quantity()
                .map_err(|it| wrong(&it))?,
            price: need(update.price.as_ref(), "price")?.price().map_err(|it| wrong(&it))?,
            at: at.ok_or_else(|| wrong(&"no timestamp"))?,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, Unreadable> {
        if self.order.is_empty() || self.quantity.is_zero() || self.quantity > self.cumulative {
            let (quantity, total) = (self.quantity, self.cumulative);
            return Err(format!("order {:?}: {quantity} executed, {total} in all", self.order));
        }
        Ok(self)
    }

    /// What was executed of the order before this.
    pub(crate) fn before(&self) -> Quantity {
        self.cumulative.saturating_sub(self.quantity)
    }

    /// By what the log knows it, whichever source told first and however often the process started.
    pub(crate) fn id(&self) -> Result<ExecutionId, Unreadable> {
        let text = format!("{}:{}", self.order, self.cumulative);
        ExecutionId::new(&text).map_err(|error| error.to_string())
    }
}

/// Buy or sell; `sell_short` is a sale, `buy_to_cover` and the like are purchases.
pub(crate) fn side(word: &str) -> Option<Side> {
    match word {
        buy if buy.starts_with("buy") => Some(Side::Buy),
        sell if sell.starts_with("sell") => Some(Side::Sell),
        _ => None,
    }
}

/// What an execution is to what was told of its order before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It tells of quantity that nothing has told of.
    New,
    /// It was told.
    Known,
    /// It overlaps with what was told and is not the same.
    Conflict,
}

/// What was told of one order's executions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Cumulative quantity after and before each execution, with its price.
    told: BTreeMap<Quantity, (Quantity, Price)>,
}

impl Coverage {
    /// What an execution would be.
    pub(crate) fn offer(&self, fill: &Fill) -> Offer {
        let (from, to) = (fill.before(), fill.cumulative);
        if let Some((known, _)) = self.told.get(&to) {
            return if *known == from { Offer::Known } else { Offer::Conflict };
        }
        let overlaps =
            |(end, (start, _)): (&Quantity, &(Quantity, Price))| *start < to && from < *end;
        if self.told.iter().any(overlaps) { Offer::Conflict } else { Offer::New }
    }

    /// Notes that an execution is told.
    pub(crate) fn cover(&mut self, fill: &Fill) {
        debug_assert_eq!(self.offer(fill), Offer::New, "only what is new is told");
        self.told.insert(fill.cumulative, (fill.before(), fill.price));
    }

    /// The price that was told for the execution that ends here.
    pub(crate) fn price_at(&self, cumulative: Quantity) -> Option<Price> {
        self.told.get(&cumulative).map(|(_, price)| *price)
    }

    /// How much was told.
    pub(crate) fn total(&self) -> Quantity {
        let sum = |sum: Quantity, (end, (start, _)): (&Quantity, &(Quantity, Price))| {
            sum.saturating_add(end.saturating_sub(*start))
        };
        self.told.iter().fold(Quantity::ZERO, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(quantity: u32, cumulative: u32) -> Fill {
        Fill {
            order: "o-1".to_owned(),
            instrument: Instrument::parse("KO").unwrap(),
            side: Side::Buy,
            quantity: Quantity::whole(quantity),
            cumulative: Quantity::whole(cumulative),
            price: Price::dollars(5),
            at: Timestamp::EPOCH,
        }
    }

    #[test]
    fn each_unit_is_told_once_in_any_order() {
        let mut coverage = Coverage::default();
        for (quantity, cumulative) in [(6, 10), (4, 4), (2, 12)] {
            let it = fill(quantity, cumulative);
            assert_eq!(coverage.offer(&it), Offer::New);
            coverage.cover(&it);
            assert_eq!(coverage.offer(&it), Offer::Known);
        }
        assert_eq!(coverage.total(), Quantity::whole(12));
        for (quantity, cumulative) in [(10, 10), (5, 10), (1, 3), (12, 12), (1, 9)] {
            assert_eq!(coverage.offer(&fill(quantity, cumulative)), Offer::Conflict);
        }
        assert_eq!(coverage.offer(&fill(1, 13)), Offer::New);
    }

    #[test]
    fn stream_and_activity_give_the_same_id() {
        let row: Activity = serde_json::from_str(
            r#"{"id": "20240101::x", "activity_type": "FILL", "order_id": "o-1", "symbol": "KO",
                "side": "sell_short", "qty": "6", "cum_qty": "10.0", "price": "5",
                "transaction_time": "2024-01-02T15:00:00.000001Z"}"#,
        )
        .unwrap();
        let update: TradeUpdate = serde_json::from_str(
            r#"{"event": "fill", "execution_id": "e", "price": "5", "qty": 6,
                "timestamp": "2024-01-02T15:00:00.0000009Z",
                "order": {"id": "o-1", "symbol": "KO", "side": "sell", "filled_qty": "10"}}"#,
        )
        .unwrap();
        let (row, update) = (Fill::of_activity(&row).unwrap(), Fill::of_update(&update).unwrap());
        assert_eq!(row.id().unwrap(), update.id().unwrap());
        assert_eq!(row.id().unwrap().as_str(), "o-1:10");
        assert_eq!((row.side, row.before()), (Side::Sell, Quantity::whole(4)));
    }

    #[test]
    fn what_cannot_be_an_execution_says_why() {
        let row = Activity { id: "a".into(), order_id: Some("o".into()), ..Activity::default() };
        assert_eq!(Fill::of_activity(&row).unwrap_err(), "activity a: no symbol");
        let update: TradeUpdate = serde_json::from_str(
            r#"{"event": "fill", "order": {"id": "o", "symbol": "SOL/USD", "side": "sell"}}"#,
        )
        .unwrap();
        assert!(Fill::of_update(&update).is_err());
    }
}
