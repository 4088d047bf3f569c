//! A replacement: two orders of the broker that are one chain of ours.
//!
//! A 200 says that a second order exists, not that the first is gone: if the first fills, the
//! second is rejected. Which of them stands is read from `replaced_by` and `replaces`, and what
//! both of them executed is one order's executions.

use gatefold_core::vocabulary::{BrokerOrderId, Price, Quantity};
use serde::Serialize;

use crate::classify::{Cause, Refusal};
use crate::wire::{ErrorBody, Order, decode, excerpt};

/// What is to be different. More quantity or a worse price needs a verdict of its own first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Shares or contracts in all, more than are filled.
    pub quantity: Option<Quantity>,
    /// The limit, on tick.
    pub limit: Option<Price>,
}

/// What came of asking for a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplaceAnswer {
    /// A second order exists; a report says which of the two stands.
    Requested {
        /// The broker's id of the second.
        replacement: BrokerOrderId,
    },
    /// It is as asked for already.
    Unchanged,
    /// The broker says no; the order works on.
    Refused {
        /// The broker's words.
        reason: String,
    },
    /// Nobody knows; a look-up follows the chain.
    Unknown {
        /// What was observed.
        reason: String,
    },
}

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    qty: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_price: Option<String>,
}

impl Changes {
    pub(crate) fn body(&self) -> Vec<u8> {
        let (quantity, limit) = (self.quantity, self.limit);
        let body = Body {
            qty: quantity.map(|it| it.to_string()),
            limit_price: limit.map(|it| it.to_string()),
        };
        serde_json::to_vec(&body).unwrap_or_else(|_| unreachable!("text fields always serialize"))
    }
}

/// What a reply to `PATCH /v2/orders/{id}` means, and the second order where there is one.
pub(crate) fn classify(status: u16, body: &[u8]) -> (ReplaceAnswer, Option<Order>) {
    let unknown = || {
        let reason = format!("HTTP {status}: {}", excerpt(body));
        (ReplaceAnswer::Unknown { reason }, None)
    };
    match status {
        200..=299 => {
            let Ok(order) = decode::<Order>("an order", body) else {
                return unknown();
            };
            match BrokerOrderId::new(&order.id) {
                Ok(replacement) => (ReplaceAnswer::Requested { replacement }, Some(order)),
                Err(_) => unknown(),
            }
        }
        400 | 401 | 403 | 404 | 422 => {
            let Ok(error) = ErrorBody::parse(body) else {
                return unknown();
            };
            let refusal = Refusal::of(status, error);
            let answer = if refusal.cause == Cause::Unchanged {
                ReplaceAnswer::Unchanged
            } else if refusal.cause == Cause::State {
                // "isn't sent to exchange yet" was answered while the replacement existed.
                ReplaceAnswer::Unknown { reason: refusal.to_string() }
            } else {
                ReplaceAnswer::Refused { reason: refusal.to_string() }
            };
            (answer, None)
        }
        _ => unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_brokers_words_refuse_and_unchanged_is_success() {
        let body = |message: &str| format!("{{\"code\":42210000,\"message\":\"{message}\"}}");
        let of = |status, text: &str| classify(status, text.as_bytes()).0;
        assert_eq!(of(422, &body("order parameters are not changed")), ReplaceAnswer::Unchanged);
        let not_sent = of(422, &body("unable to replace order, order isn't sent to exchange yet"));
        assert!(matches!(not_sent, ReplaceAnswer::Unknown { .. }), "{not_sent:?}");
        let refused = of(422, &body("qty must be > filled_qty"));
        assert!(matches!(refused, ReplaceAnswer::Refused { .. }), "{refused:?}");
        for lost in [of(504, "<html>"), of(200, "<html>"), of(429, &body("rate limit exceeded"))] {
            assert!(matches!(lost, ReplaceAnswer::Unknown { .. }), "{lost:?}");
        }
    }

    #[test]
    fn only_what_changes_is_sent() {
        let changes = Changes { limit: Some(Price::cents(605)), quantity: None };
        assert_eq!(changes.body(), br#"{"limit_price":"6.05"}"#);
    }
}
