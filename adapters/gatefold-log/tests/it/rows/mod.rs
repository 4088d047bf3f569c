//! The list of faults, row by row: each test is named after the row of `docs/promises.md` that it
//! shows.

mod bounds;
mod crash;
mod errors;
mod formats;
mod index;
mod judge;
mod misplaced;
mod others;
mod rot;
mod segments;
mod tail;
mod waiters;
