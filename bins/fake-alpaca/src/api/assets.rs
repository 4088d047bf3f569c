//! The calls about assets are answered here.

use gatefold_sim::core::vocabulary::Instrument;
use serde_json::Value;

use crate::api::{Answer, ok};
use crate::desk::World;
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

pub(super) fn list(query: &Fields, world: &World) -> Answer {
    let class = query.text("asset_class").unwrap_or_else(|| "us_equity".to_owned());
    let active = query.text("status").is_none_or(|status| status != "inactive");
    let exchange = query.text("exchange");
    let wanted = |it: &&Instrument| {
        active
            && class == wire::order::asset_class(it)
            && exchange.as_deref().is_none_or(|it| it == wire::asset::EXCHANGE)
    };
    let all = world.market.listed().filter(wanted).map(|it| object(it, world));
    ok(&Value::Array(all.collect()))
}

pub(super) fn one(name: &str, world: &World) -> Answer {
    let symbol = name.split(':').next().unwrap_or(name);
    let found = crate::desk::draft::named(symbol, &world.market);
    let none = || ApiError::not_found(format!("asset not found for {name}"));
    ok(&object(&found.ok_or_else(none)?, world))
}

fn object(instrument: &Instrument, world: &World) -> Value {
    let mut contracts = world.market.listed().filter(|it| it.is_option());
    let has_options = contracts.any(|it| it.underlying() == instrument.underlying());
    wire::asset::asset(instrument, has_options && !instrument.is_option(), true)
}
