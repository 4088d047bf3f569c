//! Orders leave here: what a broker must be able to do, and how an order's life goes on.

mod broker;
mod effect;
mod order;

pub use broker::{
    Broker, BrokerFault, CancelAnswer, Deviation, LookUp, OrderReport, Ordered, RejectClass,
    Report, Snapshot, Submission,
};
pub use effect::{Alert, Effect, Severity};
pub use order::{Order, OrderState};
