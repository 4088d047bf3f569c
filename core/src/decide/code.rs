//! The stable codes of verdicts. A code's number and text never change their meaning.

use core::fmt;

/// Why a gate refused or deferred. The number is written to the log, the text is shown.
///
/// The number is the value itself, since a code is written for every gate of every decision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal, $meaning:literal;)*) => {
        #[allow(non_upper_case_globals, reason = "codes are used like the variants of an enum")]
        impl Code {
            $(#[doc = $meaning] pub const $name: Self = Self($number);)*

            /// Every code there is, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code with this number, if there is one.
            #[must_use]
            pub const fn from_u16(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The numbers that are a code's, one bit each.
            const KNOWN: [u64; 16] = {
                let mut known = [0; 16];
                $(mark(&mut known, $number);)*
                known
            };

            /// Name, text and meaning.
            const fn words(self) -> [&'static str; 3] {
                match self.0 {
                    $($number => [stringify!($name), $text, $meaning],)*
                    _ => unreachable!(),
                }
            }
        }
    };
}

/// Sets a code's bit.
const fn mark(known: &mut [u64; 16], number: u16) {
    assert!(number < 1_024, "a code's number has a bit");
    let (mut left, mut rest) = (number >> 6_u32, known.as_mut_slice());
    while let Some((word, behind)) = rest.split_first_mut() {
        if left == 0 {
            *word |= bit(number);
            return;
        }
        left = left.saturating_sub(1);
        rest = behind;
    }
}

/// A number's bit in its word of sixty-four.
#[inline]
const fn bit(number: u16) -> u64 {
    let [low, _] = number.to_le_bytes();
    1_u64.rotate_left(u32::from_le_bytes([low & 63, 0, 0, 0]))
}

impl Code {
    /// Whether a code has this number.
    #[inline]
    pub(crate) fn is_known(number: u16) -> bool {
        let word = Self::KNOWN.get(usize::from(number >> 6_u32));
        word.is_some_and(|word| word & bit(number) != 0)
    }

    /// The number that is written to the log.
    #[inline]
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        self.0
    }

    /// The stable text, `CATEGORY_CONDITION`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        let [_, text, _] = self.words();
        text
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        let [_, _, meaning] = self.words();
        meaning
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name, _, _] = self.words();
        f.write_str(name)
    }
}

codes! {
    Ok = 0, "OK", "Within the limit.";
    StateFrozen = 10, "STATE_FROZEN",
        "The account, strategy or everything is frozen: cancels only.";
    StateEntriesHalted = 11, "STATE_ENTRIES_HALTED", "Entries are halted; exits run.";
    SyncNever = 20, "SYNC_NEVER", "The broker's books were never compared with ours.";
    SyncStale = 21, "SYNC_STALE", "The last comparison with the broker's books is too old.";
    SyncMismatch = 22, "SYNC_MISMATCH", "Our books and the broker's differ.";
    LinkDown = 30, "LINK_DOWN", "Order updates of the broker have been silent too long.";
    InstrumentUnknown = 40, "INSTRUMENT_UNKNOWN", "Nothing is known of the instrument.";
    InstrumentHalted = 41, "INSTRUMENT_HALTED", "The venue halted the instrument.";
    InstrumentRestricted = 42, "INSTRUMENT_RESTRICTED",
        "The instrument is on the restricted list.";
    InstrumentNotTradable = 43, "INSTRUMENT_NOT_TRADABLE", "The broker does not trade it.";
    InstrumentAdjusted = 44, "INSTRUMENT_ADJUSTED",
        "An adjusted contract: its multiplier and deliverable are not standard.";
    OrderQuantityZero = 50, "ORDER_QUANTITY_ZERO",
        "Less than one lot is left after normalization.";
    OrderOffTick = 51, "ORDER_OFF_TICK", "The price is not a multiple of the tick.";
    OrderOffLot = 52, "ORDER_OFF_LOT", "The quantity is not a multiple of the lot.";
    OrderTermsIllegal = 53, "ORDER_TERMS_ILLEGAL",
        "The venue does not take this type, time in force or session for this instrument.";
    OrderExpired = 54, "ORDER_EXPIRED", "The contract has expired.";
    OrderCrossesZero = 55, "ORDER_CROSSES_ZERO",
        "The order would close and open at once; send two orders.";
    OrderUnpriceable = 56, "ORDER_UNPRICEABLE",
        "There is no price to judge the order by, or its value overflows.";
    OrderTooManyWorking = 57, "ORDER_TOO_MANY_WORKING",
        "The instrument has as many working orders as are allowed at a time.";
    UncoveredCall = 60, "UNCOVERED_CALL", "A short call needs free shares of its underlying.";
    UncoveredPut = 61, "UNCOVERED_PUT", "A short put needs cash for its strike.";
    UncoveredShort = 62, "UNCOVERED_SHORT",
        "Selling shares short is not allowed in this account.";
    UncoveredClose = 63, "UNCOVERED_CLOSE",
        "These shares cover a short call; close the call first.";
    AdviceStale = 70, "ADVICE_STALE", "The recommendation is older than its time to live.";
    AdviceFromFuture = 71, "ADVICE_FROM_FUTURE",
        "The recommendation was created in the future.";
    AdviceEnded = 72, "ADVICE_ENDED", "The recommendation's own end has passed.";
    DuplicateOrder = 80, "DUPLICATE_ORDER",
        "Another recommendation asked for the same order a moment ago.";
    CooldownActive = 90, "COOLDOWN_ACTIVE",
        "A position in this underlying was closed too recently.";
    SymbolHeld = 100, "SYMBOL_HELD", "The instrument is held or being opened already.";
    ConfidenceLow = 110, "CONFIDENCE_LOW", "The confidence is below its threshold.";
    ConfidenceMissing = 111, "CONFIDENCE_MISSING",
        "A threshold is set and the advice has no confidence.";
    ConfidenceModelUnknown = 112, "CONFIDENCE_MODEL_UNKNOWN",
        "No threshold is set for this model version.";
    SessionClosed = 120, "SESSION_CLOSED", "The session for this kind of order is not open.";
    SessionBlackout = 121, "SESSION_BLACKOUT",
        "Entries are not allowed in this part of the session.";
    SessionUnknown = 122, "SESSION_UNKNOWN", "The calendar has no data for this day.";
    QuoteMissing = 130, "QUOTE_MISSING", "There is no quote.";
    QuoteStale = 131, "QUOTE_STALE", "The quote is too old.";
    QuoteCrossed = 132, "QUOTE_CROSSED", "A side is missing, or the bid is not below the ask.";
    QuoteIndicative = 133, "QUOTE_INDICATIVE", "The quote is indicative only.";
    QuoteFromFuture = 134, "QUOTE_FROM_FUTURE", "The quote is later than the decision.";
    CollarExceeded = 140, "COLLAR_EXCEEDED",
        "The order price is beyond the collar around the quote.";
    CollarUnknown = 141, "COLLAR_UNKNOWN", "There is no quote to lay the collar around.";
    DriftExceeded = 150, "DRIFT_EXCEEDED",
        "The market moved too far from the price of the advice.";
    DriftUnknown = 151, "DRIFT_UNKNOWN", "The advice has no price, or there is no quote.";
    SpreadExceeded = 160, "SPREAD_EXCEEDED", "Bid and ask are too far apart.";
    SpreadUnknown = 161, "SPREAD_UNKNOWN", "There is no two-sided quote.";
    LiquidityThin = 170, "LIQUIDITY_THIN", "Too little is displayed at the quote.";
    LiquidityInterestLow = 171, "LIQUIDITY_INTEREST_LOW",
        "The option's open interest is too low.";
    LiquidityUnknown = 172, "LIQUIDITY_UNKNOWN",
        "A liquidity limit is set and its input is missing.";
    ExpiryTooNear = 180, "EXPIRY_TOO_NEAR", "Too few trading days to expiry.";
    ExpiryTooFar = 181, "EXPIRY_TOO_FAR", "Too many trading days to expiry.";
    ExpiryCutoff = 182, "EXPIRY_CUTOFF", "It is too late on the option's last day to open it.";
    ExpiryUnknown = 183, "EXPIRY_UNKNOWN", "The calendar does not reach to the expiry.";
    PremiumTooHigh = 190, "PREMIUM_TOO_HIGH", "The premium paid is above its limit.";
    PremiumTooLow = 191, "PREMIUM_TOO_LOW", "The premium taken in is below its limit.";
    QuantityExceeded = 200, "QUANTITY_EXCEEDED",
        "More shares or contracts than one order may have.";
    NotionalExceeded = 210, "NOTIONAL_EXCEEDED", "The order's value is above its limit.";
    PositionsExceeded = 220, "POSITIONS_EXCEEDED",
        "As many positions are open or in flight as are allowed.";
    GrossExposureExceeded = 230, "GROSS_EXPOSURE_EXCEEDED",
        "Open and in-flight exposure would pass its limit.";
    EquityNotPositive = 231, "EQUITY_NOT_POSITIVE", "Equity is zero or less.";
    NetExposureExceeded = 240, "NET_EXPOSURE_EXCEEDED", "Net exposure would pass its limit.";
    SymbolConcentrated = 250, "SYMBOL_CONCENTRATED",
        "Too much of equity would be in this instrument.";
    UnderlyingConcentrated = 260, "UNDERLYING_CONCENTRATED",
        "Too much of equity would be in this underlying.";
    BuyingPowerShort = 270, "BUYING_POWER_SHORT",
        "The order needs more buying power than is left.";
    BuyingPowerUnknown = 271, "BUYING_POWER_UNKNOWN", "The broker never reported buying power.";
    DailyLossReached = 280, "DAILY_LOSS_REACHED", "The day's loss has reached its limit.";
    DayNotOpened = 281, "DAY_NOT_OPENED", "The day's opening equity is not recorded.";
    DrawdownReached = 290, "DRAWDOWN_REACHED",
        "The drawdown from the equity peak has reached its limit.";
    OrdersPerDayReached = 300, "ORDERS_PER_DAY_REACHED",
        "As many orders were sent today as are allowed.";
    OrderRateReached = 310, "ORDER_RATE_REACHED", "Orders come faster than allowed.";
    SelfCross = 320, "SELF_CROSS",
        "An own working order on the other side could trade with this one.";
    CloseTooLarge = 330, "CLOSE_TOO_LARGE", "More than is held and not already being closed.";
    ReduceOnlyOpening = 340, "REDUCE_ONLY_OPENING",
        "Only reducing orders are allowed, and this one opens.";
    UserDefined = 1000, "USER_DEFINED", "A gate of the user's own refused.";
}

impl bincode::Encode for Code {
    fn encode<E: bincode::enc::Encoder>(
        &self,
        encoder: &mut E,
    ) -> Result<(), bincode::error::EncodeError> {
        self.to_u16().encode(encoder)
    }
}

impl<Context> bincode::Decode<Context> for Code {
    fn decode<D: bincode::de::Decoder<Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, bincode::error::DecodeError> {
        let number = u16::decode(decoder)?;
        Self::from_u16(number).ok_or(bincode::error::DecodeError::Other("unknown verdict code"))
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn exactly_the_numbers_of_codes_are_known() {
        for number in 0..=u16::MAX {
            assert_eq!(Code::is_known(number), Code::from_u16(number).is_some(), "{number}");
        }
    }
}
