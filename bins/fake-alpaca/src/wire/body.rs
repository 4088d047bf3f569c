//! How requests are read is decided here: queries and JSON bodies, numbers as numbers or strings.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::wire::error::ApiError;

/// The parameters of a request, from its query or its JSON body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// A JSON object; nothing for an empty body.
    pub(crate) fn of_json(body: &[u8]) -> Result<Self, ApiError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) | Err(_) => Err(ApiError::new(400, 40_010_000, "request body format is invalid")),
        }
    }

    /// `a=1&b=x%20y`; of a name that comes twice the last stands.
    pub(crate) fn of_query(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), Value::String(unescape(value)))
        });
        Self(pairs.collect())
    }

    /// Whether a parameter is there and not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A parameter as text; `None` if it is absent, null or empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A parameter as a flag; false if it is absent.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A parameter of a type of ours; refused if it is there and cannot be read.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        // Python writes 2.0 for 2, which a whole number is not.
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        let read = text.parse().or_else(|_| whole.parse());
        read.map(Some).map_err(|_| ApiError::malformed(format!("invalid {name}: {text}")))
    }

    /// A list after commas.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        if let Some(Value::Array(items)) = self.0.get(name) {
            let texts = items.iter().filter_map(Value::as_str);
            return Some(texts.map(str::to_owned).collect());
        }
        let text = self.text(name)?;
        Some(text.split(',').map(|item| item.trim().to_owned()).collect())
    }
}

/// Percent-decoding of a part of a target.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let pair = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let hex = std::str::from_utf8(&pair).ok();
                bytes.push(hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatefold_sim::core::vocabulary::{Price, Quantity};

    #[test]
    fn numbers_come_as_numbers_or_strings() {
        let fields = Fields::of_json(br#"{"qty": 2.0, "limit_price": "1.25", "x": null}"#).unwrap();
        assert_eq!(fields.parsed("qty").unwrap(), Some(Quantity::whole(2)));
        assert_eq!(fields.parsed("limit_price").unwrap(), Some(Price::cents(125)));
        assert_eq!(fields.parsed::<u32>("qty").unwrap(), Some(2));
        assert!(!fields.has("x"));
        assert!(Fields::of_json(b"[1]").is_err());
    }

    #[test]
    fn queries_are_unescaped() {
        let fields = Fields::of_query("after=2015-12-24T09%3A30%3A00-05%3A00&symbols=A%2CB&x=");
        assert_eq!(fields.text("after").unwrap(), "2015-12-24T09:30:00-05:00");
        assert_eq!(fields.list("symbols").unwrap(), ["A", "B"]);
        assert_eq!(fields.text("x"), None);
    }
}
