//! What a broker's test must provide: an account, a market that can be moved, and the truth.

use std::time::Duration;

use gatefold_core::decide::MarketData;
use gatefold_core::record::Log;
use gatefold_core::route::Broker;
use gatefold_core::vocabulary::{
    AccountId, Instrument, Money, NetQuantity, OrderKey, Quantity, Span, Timestamp,
};

/// How orders that can trade are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// All of an order at once.
    Whole,
    /// A part of an order at once, more of it as time passes.
    Parts,
}

/// What befalls the next order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The broker takes it, and its answer is lost.
    AnswerLost,
    /// It never reaches the broker, and nobody knows.
    OrderLost,
    /// The broker refuses it for a reason that no gate can know.
    Refused,
}

/// An order as the broker truly has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The client order id that it was sent with.
    pub key: OrderKey,
    /// How much of it is executed.
    pub filled: Quantity,
    /// Whether more of it may be.
    pub works: bool,
}

/// What an account truly holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Cash, US dollars.
    pub cash: Money,
    /// Positions that are not zero, in any order.
    pub positions: Vec<(Instrument, NetQuantity)>,
}

/// A broker under test: one new account with cash for thousands of dollars of orders, and a quoted
/// stock of about ten to a thousand dollars, in its regular session with hours to go.
pub trait Venue {
    /// Our name of the account.
    fn account(&self) -> AccountId;

    /// What it holds at first.
    fn cash(&self) -> Money;

    /// The stock.
    fn stock(&self) -> Instrument;

    /// What is quoted.
    fn market(&self) -> &dyn MarketData;

    /// So long may it take, by the clock on the wall, until the broker has told what is waited for.
    fn patience(&self) -> Duration;

    /// An empty log.
    fn log(&self) -> Box<dyn Log>;

    /// The broker as a process has it that has just started and knows everything that happened
    /// before `since`. The one from the call before has been dropped.
    fn broker(&self, since: Timestamp) -> Box<dyn Broker>;

    /// The time, by the broker's clock.
    fn now(&self) -> Timestamp;

    /// Lets the broker's time pass.
    fn pass(&mut self, span: Span);

    /// Lets the market fall by a tenth, and at least a minute pass. Once for each account.
    fn fall(&mut self);

    /// What befalls the next order, and only that.
    fn trouble(&mut self, trouble: Trouble);

    /// Every order that the broker has or had for the account.
    fn orders(&self) -> Vec<Order>;

    /// What the account holds.
    fn held(&self) -> Held;
}
