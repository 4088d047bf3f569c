//! How positions are closed and exercised is decided here.

use gatefold_sim::core::record::event::{Adjustment, PremiumRule};
use gatefold_sim::core::vocabulary::{
    Equity, Instrument, Price, Quantity, Ratio, Right, Rounding, Side,
};
use serde_json::{Value, json};

use crate::desk::draft::{Draft, named};
use crate::desk::order::Origin;
use crate::desk::{Desk, rules};
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;
use crate::wire::numbers::plain;

impl Desk<'_> {
    /// The instrument of a position, by symbol or asset id.
    pub(crate) fn held(&self, name: &str) -> Result<Instrument, ApiError> {
        let held = named(name, self.market)
            .filter(|instrument| !self.account.ledger.net(instrument).is_zero());
        held.ok_or_else(|| ApiError::not_found("position does not exist"))
    }

    /// `DELETE /v2/positions/{symbol}`: the market order that closes it, or a part of it.
    pub(crate) fn close(&mut self, name: &str, fields: &Fields) -> Result<Value, ApiError> {
        let instrument = self.held(name)?;
        let net = self.account.ledger.net(&instrument);
        let quantity = match (fields.parsed("qty")?, fields.parsed::<Price>("percentage")?) {
            (Some(_), Some(_)) => {
                let message = "only one of qty or percentage is accepted";
                return Err(ApiError::malformed(message));
            }
            (Some(quantity), None) => quantity,
            (None, Some(percent)) => part_of(net.magnitude(), percent, &instrument)?,
            (None, None) => net.magnitude(),
        };
        let side = if net.is_short() { Side::Buy } else { Side::Sell };
        let draft = Draft::market(instrument, side, quantity);
        let judged = rules::judge(self, &draft, None)?;
        let id = self.take(&draft, judged, Origin::Client);
        let answer = self.account.order(id).map_or(Value::Null, wire::order::order);
        self.begin(id);
        Ok(answer)
    }

    /// `DELETE /v2/positions`: one item a position.
    pub(crate) fn close_all(&mut self, fields: &Fields) -> Value {
        if fields.flag("cancel_orders") {
            let _ = self.cancel_all();
        }
        let held: Vec<String> =
            self.account.ledger.positions().iter().map(|(it, _)| it.to_string()).collect();
        let items = held.iter().map(|symbol| match self.close(symbol, &Fields::default()) {
            Ok(order) => json!({ "symbol": symbol, "status": 200, "body": order }),
            Err(error) => error.as_item("symbol", symbol),
        });
        Value::Array(items.collect())
    }

    /// `POST /v2/positions/{contract}/exercise`: all of it, now.
    pub(crate) fn exercise(&mut self, name: &str) -> Result<(), ApiError> {
        let instrument = self.exercisable(name)?;
        let Some(contract) = instrument.option().copied() else {
            return Err(ApiError::unprocessable("only options can be exercised"));
        };
        let quantity = self.account.ledger.net(&instrument).magnitude();
        let shares = quantity.saturating_times(contract.multiplier());
        let stock = Instrument::Equity(Equity(contract.underlying()));
        if contract.right() == Right::Put {
            let net = self.account.ledger.net(&stock);
            let owned = if net.is_long() { net.magnitude() } else { Quantity::ZERO };
            if shares > owned {
                let (required, available) = (plain(shares), plain(owned));
                return Err(ApiError::forbidden(format!(
                    "insufficient underlying qty available (required: {required}, available: \
                     {available})"
                )));
            }
        } else {
            let needed = contract.strike().times(shares, stock.multiplier());
            let power = self.account.buying_power(&self.account.ledger, self.market);
            if needed.is_none_or(|needed| needed > power) {
                return Err(ApiError::forbidden("insufficient buying power"));
            }
        }
        let premium = PremiumRule::IntoShares;
        let adjustment = Adjustment::Delivered { instrument, quantity, premium };
        self.account.ledger.adjust(&adjustment);
        self.record_delivery(&instrument, quantity, Side::Sell, "OPEXC");
        Ok(())
    }

    /// `POST /v2/positions/{contract}/do-not-exercise`: on its last day only.
    pub(crate) fn do_not_exercise(&mut self, name: &str) -> Result<(), ApiError> {
        let instrument = self.exercisable(name)?;
        let last = instrument.expiry().and_then(|it| self.market.calendar.last_trading_day(it));
        if last != self.market.today() {
            let message = "do not exercise is only allowed on the expiration day";
            return Err(ApiError::forbidden(message));
        }
        self.account.unexercised.push(instrument);
        Ok(())
    }

    /// A contract that is held long.
    fn exercisable(&self, name: &str) -> Result<Instrument, ApiError> {
        let none = || ApiError::forbidden("no available position for the specified contract");
        let instrument = self.held(name).map_err(|_| none())?;
        if !instrument.is_option() {
            return Err(none());
        }
        if self.account.ledger.net(&instrument).is_short() {
            return Err(ApiError::new(403, 40_310_001, "cannot exercise short position"));
        }
        Ok(instrument)
    }
}

/// A percentage of a position: whole contracts, parts of shares to 1e-9.
fn part_of(held: Quantity, percent: Price, instrument: &Instrument) -> Result<Quantity, ApiError> {
    if percent.is_zero() || percent > Price::dollars(100) {
        return Err(ApiError::malformed("percentage must be between 0 and 100"));
    }
    let ppm = u32::try_from(percent.nanos().div_euclid(100_000)).unwrap_or(u32::MAX);
    let part = held.scale(Ratio::from_ppm(ppm), Rounding::Down);
    let part = if instrument.is_option() { part.floor_to(Quantity::whole(1)) } else { part };
    if part.is_zero() { Err(ApiError::malformed("qty must be > 0")) } else { Ok(part) }
}
