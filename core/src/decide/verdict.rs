//! A verdict: what one gate saw, against which limit, and what follows.

mod rows;

use core::fmt;
use core::hint::cold_path;

use crate::decide::code::Code;
use crate::decide::row::{ROW_BYTES, Row, read, write};
use crate::vocabulary::wire::wire_kind;

wire_kind! {
    /// What follows from a verdict.
    Outcome {
        /// Within the limit.
        Pass = 1,
        /// Beyond the limit, or the information to tell is missing.
        Refuse = 2,
        /// Not now, for a reason of the environment: judged again until the advice ends.
        Defer = 3,
        /// The gate's limit is not configured.
        NotSet = 4,
        /// The gate guards entries, and this order only reduces (or the other way round).
        Exempt = 5,
    }
}

/// What the numbers of a verdict are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// US dollars, as whole micro-dollars rounded away from zero.
    Dollars,
    /// A price, as billionths of a dollar.
    Price,
    /// Shares or contracts, as billionths.
    Quantity,
    /// A fraction, as parts per million.
    Ratio,
    /// A duration in nanoseconds.
    Time,
    /// A trading state's number.
    State,
}

/// What one gate found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What follows.
    pub outcome: Outcome,
    /// Which of the gate's reasons applies.
    pub code: Code,
    /// What the gate saw, in its unit.
    pub observed: i64,
    /// What it may be at most (or at least, as the gate's page says), in the same unit.
    pub limit: i64,
}

impl Verdict {
    /// Within the limit.
    #[inline]
    #[must_use]
    pub const fn pass(observed: i64, limit: i64) -> Self {
        Self { outcome: Outcome::Pass, code: Code::Ok, observed, limit }
    }

    /// Beyond the limit.
    #[inline]
    #[must_use]
    pub const fn refuse(code: Code, observed: i64, limit: i64) -> Self {
        cold_path();
        Self { outcome: Outcome::Refuse, code, observed, limit }
    }

    /// Not now.
    #[inline]
    #[must_use]
    pub const fn defer(code: Code, observed: i64, limit: i64) -> Self {
        cold_path();
        Self { outcome: Outcome::Defer, code, observed, limit }
    }

    /// The limit is not configured.
    pub const NOT_SET: Self =
        Self { outcome: Outcome::NotSet, code: Code::Ok, observed: 0, limit: 0 };

    /// The gate does not guard this kind of order.
    pub const EXEMPT: Self =
        Self { outcome: Outcome::Exempt, code: Code::Ok, observed: 0, limit: 0 };

    /// Passes where `within`, else refuses with `code`.
    #[inline]
    #[must_use]
    pub const fn pass_if(within: bool, code: Code, observed: i64, limit: i64) -> Self {
        if within { Self::pass(observed, limit) } else { Self::refuse(code, observed, limit) }
    }

    /// Passes where `observed` is at most `limit`, both in whole micro-dollars, else refuses with
    /// `code`: what is recorded is what was compared.
    #[inline]
    #[must_use]
    pub(crate) const fn at_most(observed: i64, limit: i64, code: Code) -> Self {
        Self::pass_if(observed <= limit, code, observed, limit)
    }
}

/// The most gates that one list may hold, built-in and the user's together.
pub const GATES_MAX: usize = 48;

/// The verdicts of all gates on one intent, in the order of the gates.
///
/// Inline and in the form in which they are recorded: a decision allocates nothing, and writing it
/// down copies.
#[derive(Clone, Copy)]
pub struct Verdicts {
    count: u8,
    /// [`STOPS`] where an outcome that stops the order was given, else nothing.
    seen: u8,
    rows: [Row; GATES_MAX],
}

impl Default for Verdicts {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Verdicts {
    /// No verdicts yet.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 0, seen: 0, rows: [[0; ROW_BYTES]; GATES_MAX] }
    }

    /// The places of the first `N` verdicts and of what is seen in them; all are given anew.
    #[inline(always)]
    pub(crate) fn places<const N: usize>(&mut self) -> (&mut [Row; N], &mut u8) {
        const { assert!(N <= GATES_MAX, "the built-in gates fit") };
        self.count = u8::try_from(N).unwrap_or(u8::MAX);
        self.seen = 0;
        let Some(places) = self.rows.first_chunk_mut() else {
            unreachable!("N is at most the number of places")
        };
        (places, &mut self.seen)
    }

    #[inline]
    pub(crate) fn push(&mut self, verdict: Verdict) {
        assert!(usize::from(self.count) < GATES_MAX, "the gate list is bounded when it is built");
        if let Some(row) = self.rows.get_mut(usize::from(self.count)) {
            write(verdict, row, &mut self.seen);
        }
        self.count = self.count.saturating_add(1);
    }

    #[inline]
    fn rows(&self) -> &[Row] {
        self.rows.get(..usize::from(self.count)).unwrap_or(&[])
    }

    /// The verdicts in the order of the gates.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Verdict> + '_ {
        self.rows().iter().map(|row| read(row).unwrap_or(Verdict::EXEMPT))
    }

    /// The first gate that refused, or else the first that deferred, with its place in the list.
    #[must_use]
    pub fn headline(&self) -> Option<(usize, Verdict)> {
        const REFUSE: u8 = Outcome::Refuse.to_byte();
        const DEFER: u8 = Outcome::Defer.to_byte();
        if self.seen & STOPS == 0 {
            return None;
        }
        let mut deferred = None;
        for (place, row) in self.rows().iter().enumerate() {
            match row {
                [REFUSE, ..] => return Some((place, read(row)?)),
                [DEFER, ..] => deferred = deferred.or(Some(place)),
                _ => {}
            }
        }
        let place = deferred?;
        Some((place, read(self.rows().get(place)?)?))
    }
}

/// A bit that is set in the bytes of the outcomes that stop an order, and in no other.
pub(super) const STOPS: u8 = 0b010;
/// A bit that is set in the bytes of the outcomes without code and numbers, and in no other.
const BARE: u8 = 0b100;

const _: () = {
    let mut place = 0;
    while let Some((outcome, _)) = Outcome::ALL.split_at(place).1.split_first() {
        let stops = matches!(outcome, Outcome::Refuse | Outcome::Defer);
        let bare = matches!(outcome, Outcome::NotSet | Outcome::Exempt);
        assert!(stops == (outcome.bits() & STOPS != 0));
        assert!(bare == (outcome.bits() & BARE != 0));
        place += 1;
        if place == Outcome::ALL.len() {
            break;
        }
    }
};

impl Outcome {
    /// Its byte, whose bits tell apart what stops an order and what carries no numbers.
    #[inline]
    pub(crate) const fn bits(self) -> u8 {
        self.to_byte()
    }
}

impl PartialEq for Verdicts {
    fn eq(&self, other: &Self) -> bool {
        self.rows() == other.rows()
    }
}

impl Eq for Verdicts {}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
