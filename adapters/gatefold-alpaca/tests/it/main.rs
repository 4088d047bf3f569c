//! Everything that Alpaca's adapter promises, against recorded bodies and over real sockets.

mod desk;

mod guard;
mod recorded;
mod trading;
