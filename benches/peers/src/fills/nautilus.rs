//! Positions of NautilusTrader: `Position::apply`, which keeps fills and trade ids of each.
//!
//! No account is moved: in its engine that is other code, with a cost of its own.

use gatefold_benches::fills::{Folding, Trade};
use gatefold_core::vocabulary::Side;
use nautilus_model::enums::{AssetClass, LiquiditySide, OptionKind, OrderSide, OrderType};
use nautilus_model::events::OrderFilled;
use nautilus_model::identifiers::{
    AccountId, ClientOrderId, InstrumentId, PositionId, StrategyId, Symbol, TradeId, TraderId,
    VenueOrderId,
};
use nautilus_model::instruments::{InstrumentAny, OptionContract};
use nautilus_model::position::Position;
use nautilus_model::types::{Currency, Money, Price, Quantity};

/// A position of each instrument, found by its number: cheaper than their cache's look-up by id.
#[derive(Clone)]
pub(super) struct Nautilus {
    positions: Vec<Position>,
}

/// A fill, and the number of its position.
pub(super) struct Numbered {
    position: usize,
    fill: OrderFilled,
}

fn id(place: usize) -> InstrumentId {
    InstrumentId::from(format!("{}.OPRA", gatefold_benches::instrument(place)).as_str())
}

fn instrument(place: usize) -> InstrumentAny {
    let id = id(place);
    InstrumentAny::OptionContract(OptionContract::new(
        id,
        Symbol::new(id.symbol.as_str()),
        AssetClass::Equity,
        None,
        "UNDERLYING".into(),
        OptionKind::Put,
        Price::from("100.00"),
        Currency::USD(),
        0.into(),
        u64::MAX.into(),
        2,
        Price::from("0.01"),
        Quantity::from("100"),
        Quantity::from("1"),
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        0.into(),
        0.into(),
    ))
}

/// The same trade as [`gatefold_benches::execution`]: two contracts at 5.00, with a fee of 0.65.
fn fill(Trade { number, place, side }: Trade) -> OrderFilled {
    let side = match side {
        Side::Buy => OrderSide::Buy,
        Side::Sell => OrderSide::Sell,
    };
    OrderFilled::new(
        TraderId::from("TRADER-001"),
        StrategyId::from("S-001"),
        id(place),
        ClientOrderId::from("O-1"),
        VenueOrderId::from("V-1"),
        AccountId::from("SIM-001"),
        TradeId::new(format!("{number:036}")),
        side,
        OrderType::Market,
        Quantity::from("2"),
        Price::from("5.00"),
        Currency::USD(),
        LiquiditySide::Taker,
        nautilus_core::UUID4::from_bytes([7; 16]),
        1.into(),
        1.into(),
        false,
        Some(PositionId::from("P-1")),
        Some(Money::from("0.65 USD")),
    )
}

impl Folding for Nautilus {
    type Fill = Numbered;

    fn new(positions: usize) -> Nautilus {
        let opening = |place| fill(Trade { number: place, place, side: Side::Buy });
        let held = |place| Position::new(&instrument(place), opening(place));
        Nautilus { positions: (0..positions).map(held).collect() }
    }

    fn fill(trade: Trade) -> Numbered {
        Numbered { position: trade.place, fill: fill(trade) }
    }

    fn make(place: &mut Numbered, trade: Trade) {
        *place = Nautilus::fill(trade);
    }

    #[inline]
    fn fold(&mut self, fill: &Numbered) {
        if let Some(position) = self.positions.get_mut(fill.position) {
            position.apply(&fill.fill);
        }
    }
}

#[cfg(test)]
mod tests {
    use nautilus_model::enums::PositionSide;

    use super::*;

    /// Held at first, bought and sold: what was measured did happen.
    #[test]
    fn every_fill_reaches_its_position() {
        let mut nautilus = Nautilus::new(3);
        for n in 0..6 {
            nautilus.fold(&Nautilus::fill(Trade::new(n, 3)));
        }
        for position in &nautilus.positions {
            assert_eq!(position.events.len(), 3);
            assert_eq!((position.side, position.quantity), (PositionSide::Long, 2.into()));
        }
    }
}
