//! Messages of the trading stream.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Number, Order, WireError, decode};
use crate::keys::Keys;

/// A message of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Whether our keys were taken.
    Authorization {
        /// They were.
        authorized: bool,
        /// The message that this answers; `listen` before the keys were taken.
        action: String,
    },
    /// What we are told of from now on.
    Listening {
        /// The streams; an unknown one is left out.
        streams: Vec<String>,
    },
    /// An order changed.
    Update(Box<TradeUpdate>),
    /// Something else: kept for whoever looks, and nothing follows from it.
    Other {
        /// The name of its stream.
        stream: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    stream: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Control {
    status: String,
    action: String,
    streams: Vec<String>,
}

impl Frame {
    /// Reads a frame; paper sends it as binary, live as text, and both hold JSON.
    ///
    /// # Errors
    /// [`WireError`] where it is not such a message.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let envelope: Envelope<'_> = decode("a stream message", bytes)?;
        let data = envelope.data.map_or("{}", RawValue::get).as_bytes();
        Ok(match envelope.stream.as_str() {
            "trade_updates" => Self::Update(Box::new(decode("a trade update", data)?)),
            "authorization" => {
                let control: Control = decode("an authorization", data)?;
                let authorized = control.status == "authorized";
                Self::Authorization { authorized, action: control.action }
            }
            "listening" => {
                let control: Control = decode("a list of streams", data)?;
                Self::Listening { streams: control.streams }
            }
            _ => Self::Other { stream: envelope.stream },
        })
    }
}

/// What happened to an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct TradeUpdate {
    pub event: String,
    pub execution_id: Option<String>,
    pub order: Order,
    pub timestamp: Option<String>,
    pub at: Option<String>,
    pub event_id: Option<String>,
    pub price: Option<Number>,
    pub qty: Option<Number>,
    pub position_qty: Option<Number>,
}

/// What kind of event it is, as far as anything follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// An execution.
    Fill,
    /// A cancel was refused: the order works on.
    CancelRefused,
    /// A replacement was refused: the order works on.
    ReplaceRefused,
    /// The order is as its object says.
    State,
}

impl TradeUpdate {
    /// What kind of event it is.
    #[must_use]
    pub fn kind(&self) -> UpdateKind {
        match self.event.as_str() {
            "fill" | "partial_fill" => UpdateKind::Fill,
            "order_cancel_rejected" => UpdateKind::CancelRefused,
            "order_replace_rejected" => UpdateKind::ReplaceRefused,
            _ => UpdateKind::State,
        }
    }
}

/// The message that says whose updates are asked for. It holds the keys and must not be shown.
#[must_use]
pub fn authenticate(keys: &Keys) -> String {
    let (key_id, secret_key) = (keys.id(), keys.secret());
    let data = serde_json::json!({"key_id": key_id, "secret_key": secret_key});
    serde_json::json!({"action": "authenticate", "data": data}).to_string()
}

/// The message that asks for order updates.
pub const LISTEN: &str = r#"{"action":"listen","data":{"streams":["trade_updates"]}}"#;
