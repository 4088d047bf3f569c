//! What goes over the wire is decided here: JSON as Alpaca writes it, and what it reads.

pub(crate) mod error;
pub(crate) mod numbers;

pub(crate) mod asset;
pub(crate) mod body;
pub(crate) mod order;
pub(crate) mod position;
pub(crate) mod times;
