//! A verdict: what one gate saw, against which limit, and what follows.

use core::fmt;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::decide::code::Code;
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
        Self { outcome: Outcome::Refuse, code, observed, limit }
    }

    /// Not now.
    #[inline]
    #[must_use]
    pub const fn defer(code: Code, observed: i64, limit: i64) -> Self {
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
}

/// The most gates that one list may hold, built-in and the user's together.
pub const GATES_MAX: usize = 48;

/// Copied in whole, which is three times faster than writing verdict by verdict.
pub(crate) static BLANK: Verdicts = Verdicts { count: 0, all: [Verdict::EXEMPT; GATES_MAX] };

/// The verdicts of all gates on one intent, in the order of the gates.
///
/// Inline, so that a decision allocates nothing.
#[derive(Clone, Copy)]
pub struct Verdicts {
    count: usize,
    all: [Verdict; GATES_MAX],
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
    pub fn new() -> Self {
        BLANK
    }

    /// The places of the first `N` verdicts, taken before any is given.
    #[inline]
    pub(crate) fn places<const N: usize>(&mut self) -> &mut [Verdict; N] {
        const { assert!(N <= GATES_MAX, "the built-in gates fit") };
        assert!(self.count == 0, "the built-in gates are judged first");
        self.count = N;
        let Some(places) = self.all.first_chunk_mut() else {
            unreachable!("N is at most the number of places")
        };
        places
    }

    #[inline]
    pub(crate) fn push(&mut self, verdict: Verdict) {
        assert!(self.count < GATES_MAX, "the gate list is bounded when it is built");
        if let Some(place) = self.all.get_mut(self.count) {
            *place = verdict;
        }
        self.count = self.count.saturating_add(1);
    }

    /// The verdicts in the order of the gates.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[Verdict] {
        self.all.get(..self.count).unwrap_or(&[])
    }

    /// The first gate that refused, or else the first that deferred, with its place in the list.
    #[must_use]
    pub fn headline(&self) -> Option<(usize, Verdict)> {
        let mut deferred = None;
        for (place, verdict) in self.as_slice().iter().enumerate() {
            match verdict.outcome {
                Outcome::Refuse => return Some((place, *verdict)),
                Outcome::Defer => deferred = deferred.or(Some((place, *verdict))),
                Outcome::Pass | Outcome::NotSet | Outcome::Exempt => {}
            }
        }
        deferred
    }
}

impl PartialEq for Verdicts {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Verdicts {}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

/// Bytes of one verdict whose outcome carries numbers.
const VERDICT_BYTES: usize = 19;
/// Bytes of the most verdicts there can be.
const BYTES_MAX: usize = 1 + GATES_MAX * VERDICT_BYTES;

impl Encode for Verdicts {
    /// A count byte, then per gate its outcome, and where it has any its code and numbers. Written
    /// through one buffer, since this is most of a decision's bytes.
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let mut bytes = [0; BYTES_MAX];
        let mut rest = bytes.as_mut_slice();
        put(&mut rest, [u8::try_from(self.count).unwrap_or(u8::MAX)]);
        for verdict in self.as_slice() {
            match verdict.outcome {
                Outcome::NotSet | Outcome::Exempt => put(&mut rest, [verdict.outcome.to_byte()]),
                Outcome::Pass | Outcome::Refuse | Outcome::Defer => put(&mut rest, row(verdict)),
            }
        }
        let left = rest.len();
        let written = bytes.get(..BYTES_MAX.saturating_sub(left)).unwrap_or(&[]);
        bincode::enc::write::Writer::write(encoder.writer(), written)
    }
}

/// A verdict with numbers: outcome, code, what was seen, what may be.
#[inline]
fn row(verdict: &Verdict) -> [u8; VERDICT_BYTES] {
    let [c, d] = verdict.code.to_u16().to_le_bytes();
    let [e, f, g, h, i, j, k, l] = verdict.observed.to_le_bytes();
    let [m, n, o, p, q, r, s, t] = verdict.limit.to_le_bytes();
    let outcome = verdict.outcome.to_byte();
    [outcome, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t]
}

/// Writes at the front of what is left.
#[inline]
fn put<const N: usize>(rest: &mut &mut [u8], bytes: [u8; N]) {
    let Some((place, after)) = core::mem::take(rest).split_first_chunk_mut() else {
        unreachable!("the buffer holds the most verdicts there can be")
    };
    *place = bytes;
    *rest = after;
}

impl<Context> Decode<Context> for Verdicts {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = usize::from(u8::decode(decoder)?);
        if count > GATES_MAX {
            return Err(DecodeError::Other("more verdicts than gates can be"));
        }
        let mut verdicts = Self::new();
        for _ in 0..count {
            let outcome = Outcome::decode(decoder)?;
            verdicts.push(match outcome {
                Outcome::NotSet => Verdict::NOT_SET,
                Outcome::Exempt => Verdict::EXEMPT,
                Outcome::Pass | Outcome::Refuse | Outcome::Defer => {
                    let code = Code::from_u16(u16::decode(decoder)?)
                        .ok_or(DecodeError::Other("unknown verdict code"))?;
                    let observed = i64::decode(decoder)?;
                    Verdict { outcome, code, observed, limit: i64::decode(decoder)? }
                }
            });
        }
        Ok(verdicts)
    }
}
bincode::impl_borrow_decode!(Verdicts);
