//! What a decision asks of the world, released only once it is recorded.

use alloc::string::String;

use crate::decide::Intent;
use crate::record::Recorded;
use crate::vocabulary::{AccountId, BrokerOrderId, OrderKey};

/// How loud an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should know.
    Warning,
    /// Somebody must act.
    Critical,
}

/// Something a person must hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The account it is about.
    pub account: AccountId,
    /// How loud.
    pub severity: Severity,
    /// What happened and what to do.
    pub text: String,
}

/// What the engine asks of the world.
#[derive(Debug)]
#[must_use = "an effect that is dropped is an order that is never sent or canceled"]
pub enum Effect {
    /// Send this order.
    Submit(Recorded<Intent>),
    /// Ask for the cancel of an order.
    Cancel {
        /// Its account.
        account: AccountId,
        /// The order.
        key: OrderKey,
        /// The broker's id of it, where known.
        broker_order_id: Option<BrokerOrderId>,
    },
    /// Find out what became of an order.
    LookUp {
        /// Its account.
        account: AccountId,
        /// The order.
        key: OrderKey,
    },
    /// Read the broker's books.
    TakeSnapshot {
        /// Of this account.
        account: AccountId,
    },
    /// Tell a person.
    Alert(Alert),
}
