//! What an order is here, and how its terms and states are named, is decided here.

use gatefold_sim::broker::{SimOrder, Ticket};
use gatefold_sim::core::advise::Effect;
use gatefold_sim::core::vocabulary::{Instrument, Money, Price, Quantity, Ratio, Side, Timestamp};

use crate::uuid::Uuid;

/// Declares an enum whose values have one name each on the wire.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$vdoc])* $value),+ }

        impl $name {
            /// Its name on the wire.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Self::$value),)+ _ => Err(()) }
            }
        }
    };
}

named! {
    /// What makes an order trade.
    Kind {
        Market = "market",
        Limit = "limit",
        Stop = "stop",
        StopLimit = "stop_limit",
        TrailingStop = "trailing_stop",
    }
}

impl Kind {
    /// Whether it waits for a price before it goes to the market.
    pub(crate) const fn is_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopLimit | Self::TrailingStop)
    }
}

named! {
    /// How long an order works.
    Lifetime {
        Day = "day",
        Gtc = "gtc",
        Opg = "opg",
        Cls = "cls",
        Ioc = "ioc",
        Fok = "fok",
    }
}

named! {
    /// What an order does to a position.
    Purpose {
        BuyToOpen = "buy_to_open",
        BuyToClose = "buy_to_close",
        SellToOpen = "sell_to_open",
        SellToClose = "sell_to_close",
    }
}

impl Purpose {
    /// What an order of this side does.
    pub(crate) const fn of(side: Side, effect: Effect) -> Self {
        match (side, effect) {
            (Side::Buy, Effect::Open) => Self::BuyToOpen,
            (Side::Buy, Effect::Close) => Self::BuyToClose,
            (Side::Sell, Effect::Open) => Self::SellToOpen,
            (Side::Sell, Effect::Close) => Self::SellToClose,
        }
    }
}

named! {
    /// Where an order stands.
    Status {
        PendingNew = "pending_new",
        Accepted = "accepted",
        New = "new",
        PartiallyFilled = "partially_filled",
        PendingCancel = "pending_cancel",
        PendingReplace = "pending_replace",
        Filled = "filled",
        Canceled = "canceled",
        Expired = "expired",
        Replaced = "replaced",
        Rejected = "rejected",
    }
}

impl Status {
    /// Whether the order may still trade.
    pub(crate) const fn is_open(self) -> bool {
        match self {
            Self::PendingNew
            | Self::Accepted
            | Self::New
            | Self::PartiallyFilled
            | Self::PendingCancel
            | Self::PendingReplace => true,
            Self::Filled | Self::Canceled | Self::Expired | Self::Replaced | Self::Rejected => {
                false
            }
        }
    }
}

/// How far a trailing stop is behind the best price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trail {
    Dollars(Price),
    Percent(Ratio),
}

/// Who sent an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Client,
    /// The broker itself, on the day of an option's expiry.
    Broker,
}

/// What goes wrong with one order until it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quirks {
    /// A cancel is answered with 204 and forgotten.
    pub(crate) ignores_cancels: bool,
    /// A cancel never gets beyond pending_cancel.
    pub(crate) cancels_for_ever: bool,
    /// It is filled once more after it was canceled.
    pub(crate) fills_after_cancel: bool,
    /// It is never filled, whatever the market does.
    pub(crate) never_fills: bool,
    /// Look-ups do not find it before this wall-clock moment (Unix milliseconds).
    pub(crate) hidden_until: Option<u64>,
}

/// The moments of an order's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) created: Timestamp,
    pub(crate) submitted: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) filled: Option<Timestamp>,
    pub(crate) expired: Option<Timestamp>,
    pub(crate) canceled: Option<Timestamp>,
    pub(crate) failed: Option<Timestamp>,
    pub(crate) replaced: Option<Timestamp>,
    pub(crate) cancel_requested: Option<Timestamp>,
}

impl Moments {
    /// An order that was made at this moment.
    pub(crate) const fn at(now: Timestamp) -> Self {
        Self {
            created: now,
            submitted: now,
            updated: now,
            filled: None,
            expired: None,
            canceled: None,
            failed: None,
            replaced: None,
            cancel_requested: None,
        }
    }
}

/// One order with all that Alpaca tells of it. What trades is the simulator's order inside.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) client_order_id: String,
    /// The simulator's order: ticket, fills, time of expiry.
    pub(crate) sim: SimOrder,
    pub(crate) kind: Kind,
    pub(crate) lifetime: Lifetime,
    pub(crate) purpose: Purpose,
    pub(crate) limit: Option<Price>,
    pub(crate) stop: Option<Price>,
    pub(crate) trail: Option<Trail>,
    /// Best price seen by a trailing stop.
    pub(crate) best: Option<Price>,
    /// Whether a stop was reached, so that the order is in the market.
    pub(crate) triggered: bool,
    /// Dollars instead of a quantity.
    pub(crate) notional: Option<Money>,
    pub(crate) extended_hours: bool,
    pub(crate) status: Status,
    pub(crate) moments: Moments,
    pub(crate) replaced_by: Option<Uuid>,
    pub(crate) replaces: Option<Uuid>,
    pub(crate) origin: Origin,
    pub(crate) quirks: Quirks,
}

impl Order {
    pub(crate) fn ticket(&self) -> &Ticket {
        &self.sim.ticket
    }

    pub(crate) fn instrument(&self) -> &Instrument {
        &self.sim.ticket.instrument
    }

    pub(crate) fn side(&self) -> Side {
        self.sim.ticket.side
    }

    pub(crate) fn effect(&self) -> Effect {
        self.sim.ticket.effect
    }

    /// What is not executed yet.
    pub(crate) fn unfilled(&self) -> Quantity {
        self.sim.unfilled()
    }

    /// The average price of what is executed, to 1e-9 dollars; `None` before a fill.
    pub(crate) fn average_price(&self) -> Option<Price> {
        if self.sim.filled.is_zero() {
            return None;
        }
        let value = self.sim.executions.iter().map(|it| it.value());
        let value = value.fold(Money::ZERO, Money::saturating_add);
        Some(value.per_unit(self.sim.filled, self.instrument().multiplier()))
    }
}
