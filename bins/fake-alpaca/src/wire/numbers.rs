//! How amounts are written is decided here: decimals as strings without trailing zeros in trading
//! replies, as bare numbers in market data.

use std::fmt::Display;

use gatefold_sim::core::vocabulary::{Money, NetQuantity};
use serde_json::Value;

const ATTOS_DECIMALS: u32 = 18;

/// A decimal as a JSON string: `"87"`, `"86.878"`.
pub(crate) fn text(amount: impl Display) -> Value {
    Value::String(plain(amount))
}

/// The same, or null.
pub(crate) fn text_or_null(amount: Option<impl Display>) -> Value {
    amount.map_or(Value::Null, text)
}

/// A decimal as a bare JSON number.
pub(crate) fn number(amount: impl Display) -> Value {
    serde_json::from_str(&plain(amount)).unwrap_or(Value::Null)
}

/// A decimal without trailing zeros.
pub(crate) fn plain(amount: impl Display) -> String {
    let text = amount.to_string();
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Dollars with so many decimals at most, half away from zero.
pub(crate) fn dollars(amount: Money, decimals: u32) -> String {
    scaled(amount.attos(), ATTOS_DECIMALS, decimals)
}

/// One amount as a part of another with so many decimals at most; `"0"` of nothing.
pub(crate) fn part(amount: Money, whole: Money, decimals: u32) -> String {
    let steps = 10_i128.checked_pow(decimals).unwrap_or(1);
    let whole = whole.attos();
    let parts = amount.attos().checked_mul(steps).and_then(|it| divide(it, whole));
    parts.map_or_else(|| "0".to_owned(), |parts| scaled(parts, decimals, decimals))
}

/// A signed quantity.
pub(crate) fn signed(net: NetQuantity) -> String {
    plain(net)
}

/// A whole number of `10^-from` as decimal text with at most `to` decimals.
fn scaled(units: i128, from: u32, to: u32) -> String {
    let step = 10_i128.checked_pow(from.saturating_sub(to)).unwrap_or(1);
    let rounded = divide(units, step).unwrap_or(0);
    let one = 10_i128.checked_pow(to).unwrap_or(1);
    let (size, sign) = (rounded.unsigned_abs(), if rounded < 0 { "-" } else { "" });
    let one = one.unsigned_abs();
    let (whole, rest) = (size.checked_div(one).unwrap_or(0), size.checked_rem(one).unwrap_or(0));
    if to == 0 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(to).unwrap_or(0);
    plain(format!("{sign}{whole}.{rest:0width$}"))
}

/// Division, half away from zero; `None` by zero.
fn divide(dividend: i128, divisor: i128) -> Option<i128> {
    let down = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?;
    let up = rest.unsigned_abs() >= divisor.unsigned_abs().saturating_sub(rest.unsigned_abs());
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if up && rest != 0 { down.checked_add(away) } else { Some(down) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_alpaca_writes_them() {
        assert_eq!(plain("87.00"), "87");
        assert_eq!(plain("100"), "100");
        assert_eq!(plain("0.0980"), "0.098");
        assert_eq!(dollars("48.4300544999".parse().unwrap(), 6), "48.430054");
        assert_eq!(dollars("-0.0000005".parse().unwrap(), 6), "-0.000001");
        assert_eq!(dollars("-0.4".parse().unwrap(), 0), "0");
        assert_eq!(part(Money::dollars(-142), Money::dollars(1210), 6), "-0.117355");
        assert_eq!(part(Money::dollars(1), Money::ZERO, 6), "0");
        assert_eq!(number("172.70").to_string(), "172.7");
    }
}
