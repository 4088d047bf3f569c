//! Everything that Alpaca's adapter promises, against recorded bodies and over real sockets.

mod recorded;
