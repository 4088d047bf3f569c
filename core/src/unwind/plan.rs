//! An exit plan: the levels and times at which a position is to be closed, and where its exit
//! stands.

use bincode::{Decode, Encode};

use crate::advise::ExitTerms;
use crate::decide::Mark;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{NetQuantity, Price, RecommendationId, StrategyId, Timestamp};

wire_kind! {
    /// The rules that close a position, in the order in which they are asked.
    ExitRule {
        /// The price fell (rose, for a short position) to the stop.
        Stop = 1,
        /// The price rose (fell) to the target.
        Target = 2,
        /// The price fell too far from its best.
        Trailing = 3,
        /// The time is up.
        Time = 4,
    }
}

wire_kind! {
    /// Whether a position is watched over.
    Protection {
        /// It has no plan.
        None = 1,
        /// Its plan is watched.
        Watched = 2,
        /// Its exit failed too often; somebody must look.
        Exhausted = 3,
    }
}

/// An exit that was triggered and is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExitInHand {
    /// Which rule triggered it.
    pub rule: ExitRule,
    /// Its own recommendation.
    pub recommendation: RecommendationId,
    /// When it was triggered.
    pub since: Timestamp,
}

/// When a position is to be closed, and where its exit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExitPlan {
    /// What was asked for.
    pub terms: ExitTerms,
    /// The strategy that the exits count for; `None` while there is no plan.
    pub strategy: Option<StrategyId>,
    /// When the position was opened.
    pub opened_at: Timestamp,
    /// The best price since then: highest bid of a long position, lowest ask of a short one.
    pub best: Option<Price>,
    /// The exit that is under way.
    pub in_hand: Option<ExitInHand>,
    /// Exits in a row that came to nothing.
    pub failures: u32,
    /// Not before this time is another exit tried.
    pub retry_at: Option<Timestamp>,
    /// No further exit is tried by itself.
    pub exhausted: Option<Timestamp>,
}

impl ExitPlan {
    /// No plan.
    pub const NONE: Self = Self {
        terms: ExitTerms {
            stop: None,
            target: None,
            trail: None,
            hold_at_most: None,
            out_before_close: None,
        },
        strategy: None,
        opened_at: Timestamp::EPOCH,
        best: None,
        in_hand: None,
        failures: 0,
        retry_at: None,
        exhausted: None,
    };

    /// A plan for a position opened now.
    #[must_use]
    pub fn of(terms: ExitTerms, strategy: StrategyId, opened_at: Timestamp) -> Self {
        Self { terms, strategy: Some(strategy), opened_at, ..Self::NONE }
    }

    /// Whether a plan is there.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.strategy.is_some()
    }

    /// Whether the position is watched over.
    #[must_use]
    pub fn protection(&self) -> Protection {
        match (self.is_set(), self.exhausted) {
            (false, _) => Protection::None,
            (true, None) => Protection::Watched,
            (true, Some(_)) => Protection::Exhausted,
        }
    }

    /// Follows the best price, for the trailing stop.
    pub(crate) fn observe(&mut self, net: NetQuantity, mark: &Mark) {
        if !self.is_set() {
            return;
        }
        let seen = exit_price(net, mark);
        let Some(seen) = seen else { return };
        self.best = Some(match self.best {
            None => seen,
            Some(best) if net.is_short() => best.min(seen),
            Some(best) => best.max(seen),
        });
    }
}

/// The price a position could be closed at: the bid for a long one, the ask for a short one.
#[must_use]
pub fn exit_price(net: NetQuantity, mark: &Mark) -> Option<Price> {
    let price = if net.is_short() { mark.ask } else { mark.bid };
    if price.is_zero() { None } else { Some(price) }
}
