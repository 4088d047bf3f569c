//! The 25 things that users of other engines report of Alpaca: each reproduced, and what gatefold
//! does about it.
//!
//! | point | pain | tests |
//! |---|---|---|
//! | P01 | fill events are missing or late | [`stream`] |
//! | P02 | fills are told again | [`stream`] |
//! | P03 | orders are sent while the stream is down | [`stream`] |
//! | P04 | reconnects storm, and one connection is all there is | [`stream`] |
//! | P05 | streams go quiet or drop | [`stream`] |
//! | P06 | no events for orders at all | [`stream`] |
//! | P07 | a POST fails and its order exists | [`sending`] |
//! | P08 | nobody knows which order a replacement left | [`changing`] |
//! | P09 | a cancel is acknowledged and its order open | [`changing`] |
//! | P10 | a cancel meets a fill | [`changing`] |
//! | P11 | own orders hold what is to be sold | [`holding`] |
//! | P12 | wash trades are refused | [`holding`] |
//! | P13 | an option's close is taken for a new short | [`holding`] |
//! | P14 | the broker acts on expiry day | [`ending`] |
//! | P15 | assignments are told a day late, and only to who asks | [`ending`] |
//! | P16 | prices below the penny, and floats | [`reading`] |
//! | P17 | a new word breaks the client | [`reading`] |
//! | P18 | lists hide orders behind their limits | [`reading`] |
//! | P19 | 5xx, HTML, resets, and no time-outs | [`sending`] |
//! | P20 | keys of another account or environment | [`sending`] |
//! | P21 | positions and cash are stale | [`holding`] |
//! | P22 | `expired` is taken for canceled, or lost | [`ending`] |
//! | P23 | buys right after sells are refused for funds | [`holding`] |
//! | P24 | several strategies share an account | [`holding`] |
//! | P25 | orders for the auctions have windows | [`sending`] |
//!
//! The server is `fake-alpaca` over real sockets; `docs/alpaca.md` has the same list with what is
//! done about each, and [`list`] holds it to these names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../it/desk.rs"]
#[allow(dead_code, reason = "shared with the other target")]
mod desk;

mod changing;
mod ending;
mod holding;
mod kit;
mod list;
mod reading;
mod sending;
mod stream;
mod tap;
