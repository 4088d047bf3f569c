//! How a request for an order is read is decided here.

use gatefold_sim::core::vocabulary::{
    Instrument, Money, OptionContract, Price, Quantity, Ratio, Side,
};

use crate::desk::market::Market;
use crate::desk::order::{Kind, Lifetime, Purpose, Trail};
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

/// The longest `client_order_id`.
const CLIENT_ORDER_ID_MAX: usize = 128;

/// An order as it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) client_order_id: Option<String>,
    pub(crate) instrument: Instrument,
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    pub(crate) lifetime: Lifetime,
    /// As it was asked for; inferred where it was not.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) quantity: Option<Quantity>,
    pub(crate) notional: Option<Money>,
    pub(crate) limit: Option<Price>,
    pub(crate) stop: Option<Price>,
    pub(crate) trail: Option<Trail>,
    pub(crate) extended_hours: bool,
}

impl Draft {
    /// A market order for the day, as the broker makes them to close positions.
    pub(crate) fn market(instrument: Instrument, side: Side, quantity: Quantity) -> Self {
        Self {
            client_order_id: None,
            instrument,
            side,
            kind: Kind::Market,
            lifetime: Lifetime::Day,
            purpose: None,
            quantity: Some(quantity),
            notional: None,
            limit: None,
            stop: None,
            trail: None,
            extended_hours: false,
        }
    }

    /// Reads a request.
    pub(crate) fn read(fields: &Fields, market: &Market) -> Result<Self, ApiError> {
        let class = fields.text("order_class").unwrap_or_default();
        if !matches!(class.as_str(), "" | "simple") {
            let message = format!("order_class {class} is not supported by this server");
            return Err(ApiError::unprocessable(message));
        }
        let client_order_id = fields.text("client_order_id");
        if client_order_id.as_ref().is_some_and(|id| id.chars().count() > CLIENT_ORDER_ID_MAX) {
            let message = format!("client_order_id must be no more than {CLIENT_ORDER_ID_MAX}");
            return Err(ApiError::malformed(message));
        }
        let (quantity, notional) = amount(fields)?;
        let draft = Self {
            client_order_id,
            instrument: instrument(&required(fields, "symbol")?, market)?,
            side: side(&required(fields, "side")?)?,
            kind: word(fields, "type")?,
            lifetime: word(fields, "time_in_force")?,
            purpose: optional_word(fields, "position_intent")?,
            quantity,
            notional,
            limit: fields.parsed("limit_price")?,
            stop: fields.parsed("stop_price")?,
            trail: trail(fields)?,
            extended_hours: fields.flag("extended_hours"),
        };
        draft.complete()?;
        Ok(draft)
    }

    /// The contract, if it is for one.
    pub(crate) fn contract(&self) -> Option<&OptionContract> {
        self.instrument.option()
    }

    /// Whether the prices that its type needs are there, and no others.
    pub(crate) fn complete(&self) -> Result<(), ApiError> {
        let needs = |what: &str| Err(ApiError::malformed(format!("{what} is required")));
        match self.kind {
            Kind::Limit | Kind::StopLimit if self.limit.is_none() => {
                return needs(&format!("{} orders require limit_price: it", self.kind.name()));
            }
            Kind::Stop | Kind::StopLimit if self.stop.is_none() => return needs("stop_price"),
            Kind::TrailingStop if self.trail.is_none() => {
                return needs("trail_price or trail_percent");
            }
            Kind::Market if self.limit.is_some() || self.stop.is_some() => {
                let message = "market orders require no limit or stop price";
                return Err(ApiError::unprocessable(message));
            }
            Kind::Market | Kind::Limit | Kind::Stop | Kind::StopLimit | Kind::TrailingStop => {}
        }
        let zero = [self.limit, self.stop].into_iter().flatten().any(Price::is_zero);
        if zero {
            return Err(ApiError::malformed("limit price must be > 0"));
        }
        Ok(())
    }
}

fn required(fields: &Fields, name: &str) -> Result<String, ApiError> {
    fields.text(name).ok_or_else(|| ApiError::malformed(format!("{name} is required")))
}

fn word<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<T, ApiError> {
    let text = required(fields, name)?;
    text.parse().map_err(|_| ApiError::malformed(format!("invalid {name}: {text}")))
}

fn optional_word<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<Option<T>, ApiError> {
    if fields.has(name) { word(fields, name).map(Some) } else { Ok(None) }
}

fn side(text: &str) -> Result<Side, ApiError> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        other => Err(ApiError::malformed(format!("invalid side: {other}"))),
    }
}

/// A quantity or an amount of dollars, and one of them only.
fn amount(fields: &Fields) -> Result<(Option<Quantity>, Option<Money>), ApiError> {
    let quantity: Option<Quantity> = fields.parsed("qty")?;
    let notional: Option<Money> = fields.parsed("notional")?;
    match (quantity, notional) {
        (None, None) => Err(ApiError::malformed("qty or notional is required")),
        (Some(_), Some(_)) => Err(ApiError::malformed("only one of qty or notional is accepted")),
        (Some(quantity), None) if quantity.is_zero() => Err(ApiError::malformed("qty must be > 0")),
        (None, Some(notional)) if notional < Money::dollars(1) => {
            Err(ApiError::malformed("notional must be >= 1.00"))
        }
        amount => Ok(amount),
    }
}

fn trail(fields: &Fields) -> Result<Option<Trail>, ApiError> {
    let dollars: Option<Price> = fields.parsed("trail_price")?;
    // A percent is a hundredth: "1.5" is 0.015.
    let percent: Option<Price> = fields.parsed("trail_percent")?;
    let ppm = percent.and_then(|it| u32::try_from(it.nanos().div_euclid(100_000)).ok());
    match (dollars, ppm) {
        (Some(_), Some(_)) => {
            Err(ApiError::malformed("only one of trail_price or trail_percent is accepted"))
        }
        (Some(price), None) => Ok(Some(Trail::Dollars(price))),
        (None, Some(ppm)) => Ok(Some(Trail::Percent(Ratio::from_ppm(ppm)))),
        (None, None) => Ok(None),
    }
}

/// What a symbol or an asset's id names.
pub(crate) fn instrument(name: &str, market: &Market) -> Result<Instrument, ApiError> {
    if let Some((option, _)) = market.contract(name) {
        return Ok(option);
    }
    if OptionContract::parse(name).is_ok() {
        return Err(ApiError::unprocessable(format!("contract \"{name}\" is not found")));
    }
    let symbol = name.split(':').next().unwrap_or(name);
    named(symbol, market).ok_or_else(|| ApiError::not_found(format!("asset not found for {name}")))
}

/// The instrument of this symbol or id.
pub(crate) fn named(name: &str, market: &Market) -> Option<Instrument> {
    let by_symbol = market.stock(name).or_else(|| market.contract(name).map(|(it, _)| it));
    by_symbol.or_else(|| {
        let id = name.parse().ok()?;
        market.listed().find(|it| crate::wire::order::asset_id(it) == id).copied()
    })
}
