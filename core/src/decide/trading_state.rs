//! Trading states: what an account, a strategy or everything may still do, and why.

use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::vocabulary::StrategyId;
use crate::vocabulary::wire::wire_kind;

wire_kind! {
    /// What may still be done, from everything to nothing. Named for what it allows.
    TradingState {
        /// Entries and exits.
        Active = 1,
        /// No entries, for now; exits run.
        EntriesHalted = 2,
        /// Only orders that reduce a position and do not cross zero.
        ReduceOnly = 3,
        /// Cancels only.
        Frozen = 4,
    }
}

wire_kind! {
    /// Who or what set a state. Each cause holds its own cell, so that clearing one never clears
    /// another.
    Cause {
        /// A person or program, by command.
        Operator = 1,
        /// The day loss reached its limit; ends with the day.
        DailyLoss = 2,
        /// The drawdown reached its limit; ends by command.
        Drawdown = 3,
        /// The broker refused our credentials.
        Authentication = 4,
        /// A broker fact that should be impossible.
        Anomaly = 5,
        /// Our books and the broker's differ and nothing explains it.
        Mismatch = 6,
        /// The same environment failure again and again.
        Failures = 7,
    }
}

/// What a state applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Scope {
    /// Every account; recorded in each account it concerns.
    Global,
    /// One account.
    Account,
    /// One strategy within one account.
    Strategy(StrategyId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Cell {
    scope: Scope,
    cause: Cause,
    state: TradingState,
}

/// The states in force for one account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TradingStates {
    cells: Vec<Cell>,
    /// The most restrictive of the global and account cells.
    common: TradingState,
    /// Only failures of the environment hold the common state.
    environmental: bool,
    strategies: bool,
}

impl Default for TradingStates {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            common: TradingState::Active,
            environmental: false,
            strategies: false,
        }
    }
}

impl TradingStates {
    /// Sets the state of one scope for one cause; `Active` clears the cell. The operator's
    /// `Active` clears every cause of that scope: a limit that is still reached latches again with
    /// the next event.
    pub(crate) fn set(&mut self, scope: Scope, cause: Cause, state: TradingState) {
        let by_operator = cause == Cause::Operator && state == TradingState::Active;
        let lifted = |cell: &Cell| cell.scope == scope && (cell.cause == cause || by_operator);
        self.cells.retain(|cell| !lifted(cell));
        if state != TradingState::Active {
            self.cells.push(Cell { scope, cause, state });
        }
        self.refresh();
    }

    /// Ends what was set for the day.
    pub(crate) fn roll(&mut self) {
        self.cells.retain(|cell| cell.cause != Cause::DailyLoss);
        self.refresh();
    }

    fn refresh(&mut self) {
        self.common = TradingState::Active;
        self.strategies = false;
        for cell in &self.cells {
            match cell.scope {
                Scope::Global | Scope::Account => self.common = self.common.max(cell.state),
                Scope::Strategy(_) => self.strategies = true,
            }
        }
        let passing = |cell: &Cell| matches!(cell.cause, Cause::Authentication | Cause::Failures);
        let common = |cell: &&Cell| !matches!(cell.scope, Scope::Strategy(_));
        self.environmental = self.cells.iter().filter(common).all(passing);
    }

    /// Whether all that restricts a strategy was set for a failure of the environment, which burns
    /// no advice.
    #[must_use]
    pub fn is_environmental(&self, strategy: &StrategyId) -> bool {
        let own = |cell: &Cell| cell.scope == Scope::Strategy(*strategy);
        self.environmental && !(self.strategies && self.cells.iter().any(own))
    }

    /// The most restrictive state in force for a strategy of this account.
    #[inline]
    #[must_use]
    pub fn effective(&self, strategy: &StrategyId) -> TradingState {
        if !self.strategies {
            return self.common;
        }
        let of_strategy = self.cells.iter().filter(|cell| cell.scope == Scope::Strategy(*strategy));
        of_strategy.map(|cell| cell.state).fold(self.common, TradingState::max)
    }

    /// The most restrictive state of the account as a whole.
    #[must_use]
    pub fn common(&self) -> TradingState {
        self.common
    }

    /// Every state in force with its scope and cause, for reports.
    pub fn in_force(&self) -> impl Iterator<Item = (Scope, Cause, TradingState)> + '_ {
        self.cells.iter().map(|cell| (cell.scope, cell.cause, cell.state))
    }

    /// Whether a cause holds a state of the account.
    #[must_use]
    pub fn is_latched(&self, cause: Cause) -> bool {
        self.cells.iter().any(|cell| cell.cause == cause && cell.scope == Scope::Account)
    }
}
