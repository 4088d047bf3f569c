//! What a row of the old positions says, before anybody asks whether it is so.

use gatefold::core::settle::signed;
use gatefold::core::vocabulary::{Instrument, Money, NetQuantity, Price, Quantity, Side};

use crate::import::owners::{Old, Place};
use crate::import::plan::{Class, Verdict};
use crate::import::values::{agree, direction, instrument, may, need};

/// A row that may be a position.
pub(crate) struct Held<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    pub(crate) entry: Option<Price>,
    pub(crate) execution: Option<String>,
    pub(crate) is_open: bool,
}

impl Held<'_> {
    /// Above zero is long.
    pub(crate) fn net(&self) -> NetQuantity {
        signed(self.side, self.quantity)
    }
}

/// What a row of the positions' table says.
pub(crate) fn read<'a>(place: &Place<'a>) -> Result<(Instrument, Held<'a>), Verdict> {
    let row = place.row;
    let instrument = instrument(row)?;
    let (negative, quantity) = need(row, "quantity", |text| {
        let digits = text.strip_prefix('-');
        digits.unwrap_or(text).parse::<Quantity>().map(|it| (digits.is_some(), it))
    })?;
    if quantity.is_zero() {
        return Err(Verdict::dropped(Class::Unreadable, "its quantity is 0"));
    }
    let said = may(row, "side", direction)?;
    if negative && said == Some(Side::Buy) {
        return Err(Verdict::contradictory(
            Class::Quantity,
            "it is long, and its quantity is negative",
            None,
        ));
    }
    let side = said.unwrap_or(if negative { Side::Sell } else { Side::Buy });
    let entry = may(row, "entry_price", str::parse::<Price>)?;
    let execution = row.get("execution").map(str::to_owned);
    let is_open = match row.get("status").map(str::to_ascii_lowercase).as_deref() {
        Some("open" | "active") => true,
        Some("closed") => false,
        None => row.get("closed_at").is_none(),
        Some(other) => {
            let why = format!("nobody knows a status {other:?}");
            return Err(Verdict::contradictory(Class::Status, why, None));
        }
    };
    Ok((instrument, Held { place: *place, side, quantity, entry, execution, is_open }))
}

/// Whether its cost is what quantity and entry give.
pub(crate) fn arithmetic(
    old: &Old<'_>,
    instrument: Instrument,
    held: &Held<'_>,
) -> Result<(), Verdict> {
    let cost = may(held.place.row, "cost", str::parse::<Money>)?;
    let (Some(cost), Some(entry)) = (cost, held.entry) else { return Ok(()) };
    let value = entry.times(held.quantity, instrument.multiplier());
    match value {
        Some(value) if !agree(value, cost.abs()) => {
            let (quantity, multiplier) = (held.quantity, instrument.multiplier().get());
            let why = format!("{quantity} x {entry} x {multiplier} is {value}, its cost {cost}");
            let adopt = "take the executions' word";
            old.unless_adopted(&held.place, Class::Arithmetic, why, adopt)
        }
        Some(_) | None => Ok(()),
    }
}
