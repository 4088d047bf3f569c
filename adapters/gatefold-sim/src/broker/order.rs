//! What an order at the simulated broker is, and when its time runs out, is decided here.

use gatefold_core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_core::decide::Intent;
use gatefold_core::route::{OrderReport, OrderState, Ordered};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    BrokerOrderId, Calendar, Date, ExecutionId, Instrument, OrderKey, Price, Quantity, Side, Span,
    Timestamp,
};

/// Until when stocks trade after the close, since New York's midnight.
const EXTENDED_CLOSE: Span = Span::hours(20);

/// An order as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The client order id.
    pub key: OrderKey,
    /// What is traded.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Open or close.
    pub effect: Effect,
    /// Shares or contracts.
    pub quantity: Quantity,
    /// Market, or a limit.
    pub terms: OrderPrice,
    /// The price that buying power is held at: the limit, or the end of a market order's collar.
    pub price: Price,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// In which session it may trade.
    pub hours: Hours,
}

impl Ticket {
    /// The ticket of an intent.
    #[must_use]
    pub fn of(intent: &Intent) -> Self {
        let advice = intent.recommendation();
        Self {
            key: intent.key(),
            instrument: *intent.instrument(),
            side: intent.side(),
            effect: advice.effect,
            quantity: intent.quantity(),
            terms: intent.terms(),
            price: intent.price().unwrap_or_default(),
            time_in_force: advice.time_in_force,
            hours: advice.hours,
        }
    }
}

/// An order that the simulated broker has or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimOrder {
    /// What was sent.
    pub ticket: Ticket,
    /// Where it stands.
    pub state: OrderState,
    /// How much of it is executed.
    pub filled: Quantity,
    /// Its fills.
    pub executions: Vec<Execution>,
    /// When it was taken.
    pub accepted_at: Timestamp,
    /// When its time runs out; `None` if never.
    pub expires_at: Option<Timestamp>,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl SimOrder {
    /// An order that was just taken.
    #[must_use]
    pub fn accepted(ticket: Ticket, at: Timestamp, calendar: &Calendar) -> Self {
        Self {
            ticket,
            state: OrderState::Accepted,
            filled: Quantity::ZERO,
            executions: Vec::new(),
            accepted_at: at,
            expires_at: expiry(&ticket, at, calendar),
            changed_at: at,
        }
    }

    /// What is not executed yet.
    #[must_use]
    pub fn unfilled(&self) -> Quantity {
        self.ticket.quantity.saturating_sub(self.filled)
    }

    /// The broker's id of an order: the same for the same key.
    pub(super) fn id_of(key: OrderKey) -> BrokerOrderId {
        let text = format!("sim-{:032x}", key.raw());
        BrokerOrderId::new(&text).unwrap_or_else(|_| unreachable!("36 plain characters"))
    }

    /// The id of its next fill: the same whenever it is filled.
    pub(super) fn next_execution_id(&self) -> ExecutionId {
        let text = format!("sim-{:032x}-{}", self.ticket.key.raw(), self.executions.len() + 1);
        ExecutionId::new(&text).unwrap_or_else(|_| unreachable!("less than 64 plain characters"))
    }

    /// Takes a fill in.
    pub fn execute(&mut self, execution: Execution) {
        self.filled = self.filled.saturating_add(execution.quantity);
        self.changed_at = execution.at;
        if self.state.is_working() {
            let full = self.unfilled().is_zero();
            self.state = if full { OrderState::Filled } else { OrderState::PartiallyFilled };
        }
        self.executions.push(execution);
    }

    /// Where it stands, in the words of a report.
    pub(super) fn report(&self, reason: &str) -> OrderReport {
        OrderReport {
            key: self.ticket.key,
            broker_order_id: Self::id_of(self.ticket.key),
            state: self.state,
            executions: self.executions.clone(),
            reason: reason.to_owned(),
            ordered: Some(Ordered {
                instrument: self.ticket.instrument,
                side: self.ticket.side,
                quantity: Some(self.ticket.quantity),
            }),
            at: self.changed_at,
        }
    }
}

/// When an order taken at `at` runs out: a day order with the session it was sent in or before, an
/// option in any case with its last session.
fn expiry(ticket: &Ticket, at: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
    let day = match ticket.time_in_force {
        TimeInForce::Gtc | TimeInForce::Ioc => None,
        TimeInForce::Day => day_end(ticket.hours, at, calendar),
    };
    let last = ticket.instrument.expiry().and_then(|expiry| last_close(expiry, calendar));
    match (day, last) {
        (Some(day), Some(last)) => Some(day.min(last)),
        (day, last) => day.or(last),
    }
}

/// The end of the session that a moment is in or before; `None` outside the calendar.
#[must_use]
pub fn day_end(hours: Hours, at: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
    let end = |date: Date| {
        let close = calendar.session(date)?.close;
        match hours {
            Hours::Regular => Some(close),
            Hours::Extended => Some(calendar.midnight(date)?.saturating_add(EXTENDED_CLOSE)),
        }
    };
    let today = calendar.date_of(at).and_then(end).filter(|end| at < *end);
    today.or_else(|| end(calendar.date_of(calendar.next_open(at)?)?))
}

/// When contracts of an expiry cease to trade; `None` outside the calendar.
#[must_use]
pub fn last_close(expiry: Date, calendar: &Calendar) -> Option<Timestamp> {
    let last = calendar.last_trading_day(expiry)?;
    calendar.session(last).map(|session| session.close)
}
