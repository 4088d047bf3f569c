//! Who did what is named here: the ids that others give, and those derived so that a retry is the
//! same thing again.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use crate::vocabulary::TextError;
use crate::vocabulary::decimal::clip;
use crate::vocabulary::digest;
use crate::vocabulary::run::wire_plain;
use crate::vocabulary::text::{is_printable, text_type};

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

text_type!(
    /// A named book at one broker account; also the name of its stream in the log.
    ///
    /// ```
    /// use gatefold_core::vocabulary::AccountId;
    ///
    /// assert_eq!(AccountId::new("paper-1")?.as_str(), "paper-1");
    /// assert!(AccountId::new("paper/1").is_err());
    /// # Ok::<(), gatefold_core::vocabulary::TextError>(())
    /// ```
    AccountId, 24, "account id", "letters, digits, '.', '_' and '-'", is_name
);
text_type!(
    /// Who gives advice: a strategy's name.
    StrategyId, 24, "strategy id", "letters, digits, '.', '_' and '-'", is_name
);
text_type!(
    /// The id that the giver of a recommendation gave it.
    RecommendationId, 40, "recommendation id", "printable ASCII without spaces", is_printable
);
text_type!(
    /// The id that the broker gave an order.
    BrokerOrderId, 40, "broker order id", "printable ASCII without spaces", is_printable
);
text_type!(
    /// The id that the broker gave one fill.
    ExecutionId, 64, "execution id", "printable ASCII without spaces", is_printable
);
text_type!(
    /// The version of the model behind a recommendation.
    ModelVersion, 24, "model version", "printable ASCII without spaces", is_printable
);
text_type!(
    /// Who changed a state or a limit: a person or a program.
    Actor, 32, "actor", "printable ASCII without spaces", is_printable
);

impl ExecutionId {
    /// By what it is recognized when it comes again.
    #[inline]
    pub(crate) fn digest(&self) -> digest::Digest {
        digest::of(self.0.bytes())
    }
}

/// Gives a `u128` newtype its raw form and a hash of one word: the value is a hash already.
macro_rules! derived_id {
    ($name:ident) => {
        impl $name {
            /// The id with these bits, as it was once stored.
            #[inline]
            pub const fn from_raw(raw: u128) -> $name {
                $name(raw)
            }

            /// The bits.
            #[inline]
            pub const fn raw(self) -> u128 {
                self.0
            }
        }

        impl Hash for $name {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                let [a, b, c, d, e, f, g, h, ..] = self.0.to_le_bytes();
                state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }
    };
}

/// The client order id of one attempt at one recommendation in one account: the same after any
/// crash or retry.
///
/// ```
/// use gatefold_core::vocabulary::{AccountId, OrderKey, RecommendationId};
///
/// let (account, advice) = (AccountId::new("paper-1")?, RecommendationId::new("r-17")?);
/// let key = OrderKey::of(&account, &advice, 1);
/// assert_eq!(key, OrderKey::of(&account, &advice, 1));
/// assert_ne!(key, OrderKey::of(&account, &advice, 2));
/// assert_eq!(key.to_string().parse::<OrderKey>()?, key);
/// assert!("manual-order-7".parse::<OrderKey>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bincode::Encode, bincode::Decode)]
pub struct OrderKey(u128);

wire_plain!(OrderKey: u128);

derived_id!(OrderKey);

impl OrderKey {
    /// The key of `attempt` at `recommendation` in `account`: the first 16 bytes of a blake3 hash.
    pub fn of(account: &AccountId, recommendation: &RecommendationId, attempt: u16) -> OrderKey {
        let mut hasher = blake3::Hasher::new();
        part(&mut hasher, b"gatefold order v1");
        part(&mut hasher, account.as_str().as_bytes());
        part(&mut hasher, recommendation.as_str().as_bytes());
        hasher.update(&attempt.to_le_bytes());
        OrderKey(first_bytes(&hasher))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "gf-{:032x}", self.0)
    }
}

impl FromStr for OrderKey {
    type Err = TextError;

    fn from_str(text: &str) -> Result<OrderKey, TextError> {
        let (what, expected) = ("order key", "\"gf-\" and 32 lower-case hex digits");
        let raw = text.strip_prefix("gf-").and_then(from_hex).map(OrderKey);
        raw.ok_or_else(|| TextError::NotDerived { what, text: clip(text), expected })
    }
}

/// The id of an event, derived from its stream, its cause and its place among that cause's effects.
///
/// ```
/// use gatefold_core::vocabulary::EventId;
///
/// let id = EventId::of("system", 7, 0);
/// assert_ne!(id, EventId::of("system", 7, 1));
/// assert_eq!(id.to_string().parse::<EventId>()?, id);
/// assert!("7".parse::<EventId>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bincode::Encode, bincode::Decode)]
pub struct EventId(u128);

derived_id!(EventId);

impl EventId {
    /// The id of effect number `ordinal` of `cause` in `stream` (an account's id or `system`): the
    /// first 16 bytes of a blake3 hash.
    pub fn of(stream: &str, cause: u128, ordinal: u32) -> EventId {
        let mut hasher = blake3::Hasher::new();
        part(&mut hasher, b"gatefold event v1");
        part(&mut hasher, stream.as_bytes());
        hasher.update(&cause.to_le_bytes());
        hasher.update(&ordinal.to_le_bytes());
        EventId(first_bytes(&hasher))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl FromStr for EventId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<EventId, TextError> {
        let (what, expected) = ("event id", "32 lower-case hex digits");
        let raw = from_hex(text).map(EventId);
        raw.ok_or_else(|| TextError::NotDerived { what, text: clip(text), expected })
    }
}

/// Adds one part, its length first: "ab" + "c" and "a" + "bc" must differ.
fn part(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    hasher.update(&length.to_le_bytes());
    hasher.update(bytes);
}

/// The first 16 bytes, most significant first, so that the printed id begins as the hash does.
fn first_bytes(hasher: &blake3::Hasher) -> u128 {
    let hash = hasher.finalize();
    let (bytes, _) = hash.as_bytes().split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*bytes)
}

fn from_hex(text: &str) -> Option<u128> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    let printed = text.len() == 32 && text.bytes().all(plain);
    if printed { u128::from_str_radix(text, 16).ok() } else { None }
}
