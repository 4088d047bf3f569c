//! The body of a refusal: code, message, and the keys that tell one cause from another.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{WireError, decode};

/// What a refusal's body says. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// HTTP status times 100000 plus a number.
    pub code: Option<u32>,
    /// The broker's words; they change without notice.
    pub message: String,
    /// Everything else, as text.
    pub keys: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Fields(BTreeMap<String, Value>);

impl ErrorBody {
    /// Reads the body of a reply that is not a success.
    ///
    /// # Errors
    /// [`WireError`] where it is no JSON object with a message: an HTML page, or nothing.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let Fields(mut fields) = decode("a refusal", body)?;
        let message = match fields.remove("message") {
            Some(Value::String(message)) => message,
            Some(_) | None => return Err(WireError::new("a refusal", "it has no message", body)),
        };
        let code = fields.remove("code").and_then(|code| text(&code).parse().ok());
        let keys = fields.into_iter().map(|(key, value)| (key, text(&value))).collect();
        Ok(Self { code, message, keys })
    }

    /// The value of a key.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&str> {
        self.keys.get(name).map(String::as_str)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
