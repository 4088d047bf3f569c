//! What an answer proves: every reply to an order becomes exactly one of accepted, refused or
//! unknown, and only a refusal that the broker put in words proves that there is no order.

mod refusal;

use gatefold_core::route::RejectClass;

pub use refusal::{Cause, Refusal};

use crate::wire::{ErrorBody, Order, decode, excerpt};

/// What came of sending an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The broker has it, and says so under our own id.
    Accepted(Box<Order>),
    /// The broker proved that it will not have it.
    Refused(Refusal),
    /// The broker has an order of that id: an earlier send may have landed. To be looked up.
    Duplicate(Refusal),
    /// Nobody knows. To be looked up, and never answered by another send.
    Unknown {
        /// What was observed.
        evidence: String,
    },
}

/// What a reply to `POST /v2/orders` proves about the order with our id `key`.
///
/// | reply | outcome |
/// |---|---|
/// | 2xx, an order with our id | accepted |
/// | 2xx, anything else | unknown |
/// | 400, 401, 403, 404, 422 with the broker's words | refused |
/// | 409 or 422 "client_order_id must be unique" | duplicate: looked up |
/// | the same without the broker's words (a proxy's page, nothing) | unknown |
/// | 429, 5xx, anything else | unknown |
///
/// A 429 counts as unknown because no page of Alpaca says that it is decided before acceptance.
#[must_use]
pub fn submission(status: u16, body: &[u8], key: &str) -> Outcome {
    match status {
        200..=299 => accepted(status, body, key),
        400 | 401 | 403 | 404 | 409 | 422 => match ErrorBody::parse(body) {
            Err(_) => unknown(status, body),
            Ok(error) => {
                let refusal = Refusal::of(status, error);
                // Of another conflict the broker does not say what conflicts.
                if refusal.cause == Cause::DuplicateId || status == 409 {
                    Outcome::Duplicate(refusal)
                } else {
                    Outcome::Refused(refusal)
                }
            }
        },
        _ => unknown(status, body),
    }
}

fn accepted(status: u16, body: &[u8], key: &str) -> Outcome {
    match decode::<Order>("an order", body) {
        Ok(order) if order.client_order_id == key && !order.id.is_empty() => {
            Outcome::Accepted(Box::new(order))
        }
        Ok(order) => {
            let evidence = format!("{status} with an order of id {:?}", order.client_order_id);
            Outcome::Unknown { evidence }
        }
        Err(error) => Outcome::Unknown { evidence: format!("{status}: {error}") },
    }
}

fn unknown(status: u16, body: &[u8]) -> Outcome {
    Outcome::Unknown { evidence: format!("HTTP {status}: {}", shown(body)) }
}

fn shown(body: &[u8]) -> String {
    if body.is_empty() { "no body".to_owned() } else { excerpt(body) }
}

/// What a reply to `DELETE /v2/orders/{id}` means. None of them is evidence that it is canceled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The broker will try.
    Requested,
    /// The broker says no.
    Refused(Refusal),
    /// Nobody knows.
    Unknown {
        /// What was observed.
        evidence: String,
    },
}

/// What a reply to a request for a cancel proves.
#[must_use]
pub fn cancel(status: u16, body: &[u8]) -> CancelOutcome {
    match (status, ErrorBody::parse(body)) {
        (200..=299, _) => CancelOutcome::Requested,
        (400 | 401 | 403 | 404 | 409 | 422, Ok(error)) => {
            CancelOutcome::Refused(Refusal::of(status, error))
        }
        _ => CancelOutcome::Unknown { evidence: format!("HTTP {status}: {}", shown(body)) },
    }
}

/// What a reply to a read means when it is not the thing that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFault {
    /// The broker does not know it.
    Missing,
    /// Our keys are refused: nothing passes until somebody acts.
    Authentication(Refusal),
    /// The broker could not answer; asking again is harmless.
    Unavailable {
        /// What was observed.
        evidence: String,
    },
}

/// What a reply to a read proves that is not a success.
#[must_use]
pub fn read_fault(status: u16, body: &[u8]) -> ReadFault {
    match (status, ErrorBody::parse(body)) {
        (404, Ok(_)) => ReadFault::Missing,
        (400..=499, Ok(error)) => {
            let refusal = Refusal::of(status, error);
            if refusal.class() == RejectClass::Authentication {
                return ReadFault::Authentication(refusal);
            }
            ReadFault::Unavailable { evidence: refusal.to_string() }
        }
        _ => ReadFault::Unavailable { evidence: format!("HTTP {status}: {}", shown(body)) },
    }
}
