//! What a decision may know of the market: the quote and the facts of its own instrument, and the
//! calendar.

use bincode::{Decode, Encode};

use crate::vocabulary::run::wire_run;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{Calendar, Date, Instrument, Price, Quantity, Side, Span, Timestamp};

wire_kind! {
    /// Where a quote comes from, by the feed's own name.
    Feed {
        /// A consolidated tape that was not named (stocks: SIP; options: OPRA).
        Consolidated = 1,
        /// Derived prices that nobody stands behind. Decisions of version 1 say this also of one
        /// venue's and of late ones.
        Indicative = 2,
        /// All US stock exchanges.
        Sip = 3,
        /// The Investors Exchange alone.
        Iex = 4,
        /// All US stock exchanges, 15 minutes late.
        DelayedSip = 5,
        /// Stocks over the counter.
        Otc = 6,
        /// All US option exchanges.
        Opra = 7,
        /// Recorded quotes that are played back; no market now.
        Replay = 8,
    }
}

impl Feed {
    /// Whether it is of all venues, and of now. What is not known to be is not.
    #[must_use]
    pub const fn is_consolidated(self) -> bool {
        match self {
            Self::Consolidated | Self::Sip | Self::Opra => true,
            Self::Indicative | Self::Iex | Self::DelayedSip | Self::Otc | Self::Replay => false,
        }
    }
}

/// Best bid and offer of one instrument, as last known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// Best price somebody pays. 0 means nobody does.
    pub bid: Price,
    /// Shares or contracts at the bid.
    pub bid_size: Quantity,
    /// Best price somebody asks. 0 means nobody does.
    pub ask: Price,
    /// Shares or contracts at the ask.
    pub ask_size: Quantity,
    /// The exchange's time of the quote.
    pub at: Timestamp,
    /// Where it comes from.
    pub feed: Feed,
}

wire_run!(Quote {
    bid: Price,
    bid_size: Quantity,
    ask: Price,
    ask_size: Quantity,
    at: Timestamp,
    feed: Feed,
});

impl Quote {
    /// Both sides there, and the ask not below the bid.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.bid.is_zero() && self.bid <= self.ask
    }

    /// What an order of this side would trade at now; `None` where the quote is not sound.
    #[inline]
    pub(crate) fn taken_by(&self, side: Side) -> Option<Price> {
        let price = match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        };
        if self.is_sound() { Some(price) } else { None }
    }

    /// Halfway between bid and ask, rounded down to a billionth of a dollar.
    #[must_use]
    pub fn mid(&self) -> Price {
        self.bid.midpoint(self.ask)
    }
}

wire_kind! {
    /// Whether an instrument may be traded at all.
    Tradable {
        /// Yes.
        Yes = 1,
        /// The venue halted it.
        Halted = 2,
        /// It is on the restricted list.
        Restricted = 3,
        /// The broker does not trade it.
        No = 4,
    }
}

/// The smallest price step of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Tick {
    /// US stocks: a cent from 1.00 up, a hundredth of a cent below (Regulation NMS rule 612).
    Stock,
    /// One step below 3.00 and another from there up, as option classes have.
    Option {
        /// The step below 3.00.
        below_three: Price,
        /// The step from 3.00 up.
        from_three: Price,
    },
}

impl Tick {
    /// Options in the penny program, and Alpaca's rule for all: two decimals.
    pub const PENNY: Self =
        Self::Option { below_three: Price::cents(1), from_three: Price::cents(1) };

    /// The step that applies at a price.
    #[must_use]
    pub fn at(&self, price: Price) -> Price {
        match self {
            Self::Stock if price < Price::dollars(1) => SUB_DOLLAR,
            Self::Stock => Price::cents(1),
            Self::Option { below_three, from_three } => {
                if price < Price::dollars(3) {
                    *below_three
                } else {
                    *from_three
                }
            }
        }
    }
}

const SUB_DOLLAR: Price = match Price::from_nanos(100_000) {
    Some(step) => step,
    None => Price::ZERO,
};

/// What is known of an instrument apart from its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Facts {
    /// Whether it may be traded.
    pub tradable: Tradable,
    /// Its price step.
    pub tick: Tick,
    /// Its quantity step.
    pub lot: Quantity,
    /// Open interest of an option and the date it was published for.
    pub open_interest: Option<(Quantity, Date)>,
}

impl Facts {
    /// A stock traded in whole shares.
    pub const STOCK: Self = Self {
        tradable: Tradable::Yes,
        tick: Tick::Stock,
        lot: Quantity::whole(1),
        open_interest: None,
    };

    /// A listed option traded in whole contracts.
    pub const OPTION: Self = Self {
        tradable: Tradable::Yes,
        tick: Tick::PENNY,
        lot: Quantity::whole(1),
        open_interest: None,
    };
}

/// The market as one decision sees it.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The last known quote of the decision's instrument.
    pub quote: Option<Quote>,
    /// What is known of the decision's instrument.
    pub facts: Option<Facts>,
    /// Sessions and holidays.
    pub calendar: &'a Calendar,
}

/// So far ahead of ours another clock may run.
pub(crate) const SKEW_MAX: Span = Span::seconds(2);

impl Market<'_> {
    /// Whether an order may rest on the quote. For an entry one that is old, from the future or
    /// not sound says nothing; an exit takes the last word there is.
    #[inline]
    pub(crate) fn is_known(&self, closes: bool, age_max: Span, now: Timestamp) -> bool {
        let known = |quote: &Quote| {
            let age = now.saturating_since(quote.at);
            quote.is_sound() && age <= age_max && quote.at <= now.saturating_add(SKEW_MAX)
        };
        self.quote.as_ref().is_some_and(|quote| closes || known(quote))
    }
}

/// Where quotes and instrument facts come from. Answers at once from memory, as of "now"; it never
/// answers with what was not yet known.
pub trait MarketData: Send + Sync {
    /// The last known quote.
    fn quote(&self, instrument: &Instrument) -> Option<Quote>;

    /// What is known of the instrument; `None` means that it is unknown and must not be traded.
    fn facts(&self, instrument: &Instrument) -> Option<Facts>;
}
