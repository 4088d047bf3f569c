//! How values of the domain stand in JSON is decided here: exact decimals, times, ids and names as
//! text, counts as numbers, what is missing as null.

use std::fmt::{self, Display, Write};

use gatefold::core::advise::{Effect, Hours, Life, OrderPrice, Source, TimeInForce};
use gatefold::core::decide::{
    Cause, Code, ExposureBasis, Feed, FeedRule, Outcome, Scope, Shorting, TradingState, Verdicts,
};
use gatefold::core::record::Version;
use gatefold::core::record::event::{Adjustment, CashKind, FindingKind, Link, Mode, PremiumRule};
use gatefold::core::route::OrderState;
use gatefold::core::settle::CostMethod;
use gatefold::core::unwind::ExitRule;
use gatefold::core::vocabulary::{
    AccountId, Actor, BrokerOrderId, Date, EventId, ExecutionId, Instrument, ModelVersion, Money,
    NetQuantity, OrderKey, Price, Quantity, Ratio, RecommendationId, Side, Span, StrategyId,
    Timestamp,
};

/// What can stand in JSON.
pub(crate) trait Json {
    /// Writes it at the end of `out`.
    fn json(&self, out: &mut String);
}

/// An object that is being written.
pub(crate) struct Object<'o> {
    out: &'o mut String,
    any: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn begin(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, any: false }
    }

    /// A field. Its name is one of ours and needs no escapes.
    pub(crate) fn field(mut self, name: &str, value: &dyn Json) -> Self {
        if self.any {
            self.out.push(',');
        }
        self.any = true;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        value.json(self.out);
        self
    }

    pub(crate) fn end(self) {
        self.out.push('}');
    }
}

/// Text inside of quotation marks.
struct Quoted<'o>(&'o mut String);

impl Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let special = |c: char| matches!(c, '"' | '\\') || c.is_ascii_control();
        if !text.contains(special) {
            self.0.push_str(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                c if special(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Writes what is shown as text.
pub(crate) fn text(out: &mut String, value: &dyn Display) {
    out.push('"');
    // Writing to a String cannot fail.
    let _ = write!(Quoted(out), "{value}");
    out.push('"');
}

fn list<T: Json>(out: &mut String, items: &[T]) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        item.json(out);
    }
    out.push(']');
}

macro_rules! as_text {
    ($($type:ty),* $(,)?) => {
        $(impl Json for $type {
            fn json(&self, out: &mut String) {
                text(out, self);
            }
        })*
    };
}

macro_rules! as_number {
    ($($type:ty),* $(,)?) => {
        $(impl Json for $type {
            fn json(&self, out: &mut String) {
                // Writing to a String cannot fail.
                let _ = write!(out, "{self}");
            }
        })*
    };
}

as_text!(String, &str);
as_text!(AccountId, Actor, BrokerOrderId, EventId, ExecutionId, ModelVersion, OrderKey);
as_text!(RecommendationId, StrategyId, Instrument, Side, Date, Span);
as_text!(Money, NetQuantity, Price, Quantity, Ratio);
as_text!(Effect, Hours, Life, Source, TimeInForce, CashKind, FindingKind, Link, Mode, PremiumRule);
as_text!(Cause, ExposureBasis, Feed, FeedRule, Outcome, Shorting, TradingState, CostMethod);
as_text!(OrderState, ExitRule);
as_number!(u16, u32, u64, i64, Version);

impl Json for Timestamp {
    fn json(&self, out: &mut String) {
        text(out, &time(*self));
    }
}

impl Json for Code {
    fn json(&self, out: &mut String) {
        text(out, &self.text());
    }
}

impl<T: Json> Json for Option<T> {
    fn json(&self, out: &mut String) {
        match self {
            Some(value) => value.json(out),
            None => out.push_str("null"),
        }
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(&self, out: &mut String) {
        list(out, self);
    }
}

impl Json for (Instrument, Price) {
    fn json(&self, out: &mut String) {
        Object::begin(out).field("instrument", &self.0).field("price", &self.1).end();
    }
}

impl Json for (Instrument, NetQuantity) {
    fn json(&self, out: &mut String) {
        Object::begin(out).field("instrument", &self.0).field("quantity", &self.1).end();
    }
}

impl Json for OrderPrice {
    fn json(&self, out: &mut String) {
        let object = Object::begin(out);
        match self {
            Self::Market => object.field("type", &"Market").end(),
            Self::Limit(limit) => object.field("type", &"Limit").field("limit", limit).end(),
        }
    }
}

impl Json for Scope {
    fn json(&self, out: &mut String) {
        let object = Object::begin(out);
        match self {
            Self::Global => object.field("type", &"Global").end(),
            Self::Account => object.field("type", &"Account").end(),
            Self::Strategy(id) => object.field("type", &"Strategy").field("strategy", id).end(),
        }
    }
}

impl Json for Adjustment {
    fn json(&self, out: &mut String) {
        let object = Object::begin(out);
        match self {
            Self::Split { instrument, new, old } => {
                let object = object.field("type", &"Split").field("instrument", instrument);
                object.field("new", new).field("old", old).end();
            }
            Self::Expired { instrument, quantity } => {
                let object = object.field("type", &"Expired").field("instrument", instrument);
                object.field("quantity", quantity).end();
            }
            Self::Delivered { instrument, quantity, premium } => {
                let object = object.field("type", &"Delivered").field("instrument", instrument);
                object.field("quantity", quantity).field("premium", premium).end();
            }
            Self::Transferred { instrument, quantity, cost } => {
                let object = object.field("type", &"Transferred").field("instrument", instrument);
                object.field("quantity", quantity).field("cost", cost).end();
            }
        }
    }
}

impl Json for Verdicts {
    fn json(&self, out: &mut String) {
        list(out, &self.iter().collect::<Vec<_>>());
    }
}

/// A moment in nanoseconds, always as long, so that its texts sort as the moments do.
pub(crate) fn time(at: Timestamp) -> String {
    let fraction = at.nanos().rem_euclid(NANOS_A_SECOND);
    let seconds = Timestamp::from_nanos(at.nanos().saturating_sub(fraction)).to_string();
    format!("{}.{fraction:09}Z", seconds.trim_end_matches('Z'))
}

const NANOS_A_SECOND: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_json_wants_it() {
        let hard = "a \"b\" \\ \n\r\t \u{1} \u{7f} \u{e9} \u{1f600}";
        let mut out = String::new();
        hard.json(&mut out);
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), hard);
    }

    #[test]
    fn times_have_nine_decimals_and_sort() {
        let at = |text: &str| time(text.parse().unwrap());
        assert_eq!(at("2026-02-03T17:30:00Z"), "2026-02-03T17:30:00.000000000Z");
        assert_eq!(at("2026-02-03T17:30:00.25Z"), "2026-02-03T17:30:00.250000000Z");
        assert_eq!(time(Timestamp::from_nanos(-1)), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(time(Timestamp::from_nanos(1)), "1970-01-01T00:00:00.000000001Z");
    }

    #[test]
    fn what_is_missing_is_null_and_lists_are_lists() {
        let mut out = String::new();
        vec![Some(1_u64), None].json(&mut out);
        Object::begin(&mut out).field("a", &None::<Price>).field("b", &Price::cents(5)).end();
        assert_eq!(out, r#"[1,null]{"a":null,"b":"0.05"}"#);
    }
}
