//! How Alpaca says no is decided here: HTTP status, code, message and the extra keys of each case.

use serde_json::{Map, Value, json};

/// A refusal as it goes over the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Value,
}

/// Code of most refusals for funds or inventory.
const FORBIDDEN: u32 = 40_310_000;
/// Code of most refusals of parameters and of wrong moments.
const UNPROCESSABLE: u32 = 42_210_000;
/// Code of requests that cannot be read.
const MALFORMED: u32 = 40_010_001;

impl ApiError {
    /// A refusal with a code and a message.
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, body: json!({ "code": code, "message": message.into() }) }
    }

    /// 403 with the code that covers most cases.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, FORBIDDEN, message)
    }

    /// 422 for a parameter that cannot be, or not now.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, UNPROCESSABLE, message)
    }

    /// 422 for a request that cannot be read.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(422, MALFORMED, message)
    }

    /// 404.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, 40_410_000, message)
    }

    /// The same with another key in its body.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Value::Object(body) = &mut self.body {
            body.insert(key.to_owned(), value.into());
        }
        self
    }

    /// 401 without keys, or with unknown ones: a body without a code.
    pub(crate) fn unauthorized() -> Self {
        Self { status: 401, body: json!({ "message": "unauthorized." }) }
    }

    /// 401 with keys of the other environment.
    pub(crate) fn other_environment() -> Self {
        Self::new(401, 40_110_000, "request is not authorized")
    }

    /// 403 where the secret is wrong: a body without a code.
    pub(crate) fn wrong_secret() -> Self {
        Self { status: 403, body: json!({ "message": "forbidden." }) }
    }

    /// 404 of a path that is not there.
    pub(crate) fn no_such_path() -> Self {
        Self::new(404, 40_410_000, "endpoint not found")
    }

    /// The object that a bulk reply carries for one item.
    pub(crate) fn as_item(&self, key: &str, name: &str) -> Value {
        let mut item = Map::new();
        item.insert(key.to_owned(), Value::from(name));
        item.insert("status".to_owned(), Value::from(self.status));
        item.insert("body".to_owned(), self.body.clone());
        Value::Object(item)
    }
}
