//! The fake over real sockets: what clients of the real Alpaca see.

mod harness;

mod orders;
mod refusals;

mod options;

mod faults;
mod stream;

mod reads;
mod serve;
