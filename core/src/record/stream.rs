//! Where a fact stands in the log: its stream, its place there, and its place among all facts.

use core::fmt;

use crate::vocabulary::AccountId;
use crate::vocabulary::run::wire_plain;

/// One ordered sequence of events: an account's, or the one for what belongs to no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// What belongs to no account: bad input lines, the gate set, global commands.
    System,
    /// The events of one account.
    Account(AccountId),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Account(account) => write!(f, "account:{account}"),
        }
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            bincode::Encode, bincode::Decode,
        )]
        pub struct $name(u64);

        wire_plain!($name: u64);

        impl $name {
            /// Before the first event.
            pub const ZERO: Self = Self(0);

            /// The place with this number; the first event has number 1.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number; 0 means "before the first event".
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The place `count` events later. Saturates, which 2^64 events cannot reach.
            #[must_use]
            pub const fn after(self, count: u64) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// The next place.
            #[must_use]
            pub const fn next(self) -> Self {
                self.after(1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

counter!(
    /// An event's number in its stream: 1, 2, 3 ... without a gap.
    Version
);
counter!(
    /// An event's number among all events of the log, in order of commit: 1, 2, 3 ... without a
    /// gap.
    Position
);
counter!(
    /// Which holder of the writer lease wrote: rises whenever a writer takes over.
    Epoch
);
