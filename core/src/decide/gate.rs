//! What a gate is, and the list of them.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::decide::account::Account;
use crate::decide::code::Code;
use crate::decide::gates::{self, GATES};
use crate::decide::intent::Intent;
use crate::decide::market::Market;
use crate::decide::verdict::{GATES_MAX, Unit, Verdict, Verdicts};
use crate::vocabulary::Timestamp;

/// Which orders a gate guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guards {
    /// Orders that mean to open.
    Entries,
    /// Orders that mean to close.
    Exits,
    /// Both.
    All,
}

/// What a gate says of itself: the page about it is made of this.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Its stable name, as in `max-positions`.
    pub name: &'static str,
    /// What it denies, in one sentence.
    pub denies: &'static str,
    /// How it tells: what is observed, against what, and what counts as in flight.
    pub test: &'static str,
    /// Which orders it guards.
    pub guards: Guards,
    /// What its numbers are.
    pub unit: Unit,
    /// The configuration keys that set it; the first one names it in reports.
    pub limits: &'static [&'static str],
    /// Whether it is always in force.
    pub mandatory: bool,
    /// The codes it may give.
    pub codes: &'static [Code],
}

/// One pure rule.
pub trait Gate: Send + Sync {
    /// What it says of itself.
    fn card(&self) -> &'static Card;

    /// Judges an intent. Reads only its arguments; constant in positions, orders and history.
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Verdict;
}

/// Why a gate cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateListError {
    /// **Handling:** combine gates of your own into fewer.
    #[error("the list holds {GATES_MAX} gates already; combine gates of your own into fewer")]
    Full,
    /// **Handling:** give the gate a name of its own.
    #[error("a gate named {name} is in the list already; give yours another name")]
    Taken {
        /// The name.
        name: String,
    },
}

/// The gates that judge every intent, in the order of reasons. Gates can be added, never removed.
pub struct Gates {
    own: Vec<Box<dyn Gate>>,
}

impl core::fmt::Debug for Gates {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.cards().map(|card| card.name)).finish()
    }
}

impl Default for Gates {
    fn default() -> Self {
        Self::standard()
    }
}

impl Gates {
    /// The built-in gates.
    #[must_use]
    pub fn standard() -> Self {
        Self { own: Vec::new() }
    }

    /// The same list with one more gate at its end.
    ///
    /// # Errors
    /// [`GateListError`] when the list is full or the name is taken.
    pub fn and(mut self, gate: Box<dyn Gate>) -> Result<Self, GateListError> {
        if GATES.len().saturating_add(self.own.len()) >= GATES_MAX {
            return Err(GateListError::Full);
        }
        if self.cards().any(|card| card.name == gate.card().name) {
            return Err(GateListError::Taken { name: gate.card().name.to_string() });
        }
        self.own.push(gate);
        Ok(self)
    }

    /// What each gate says of itself, in order.
    pub fn cards(&self) -> impl Iterator<Item = &'static Card> + '_ {
        let built_in = GATES.iter().map(|gate| gate.card());
        built_in.chain(self.own.iter().map(|gate| gate.card()))
    }

    /// Every gate's verdict. No gate is skipped because an earlier one refused.
    #[inline]
    #[must_use]
    pub fn verdicts(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Verdicts {
        let mut verdicts = Verdicts::new();
        self.judge(account, intent, market, now, &mut verdicts);
        verdicts
    }

    /// The same in place of what `verdicts` held before.
    #[inline]
    pub fn judge(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        now: Timestamp,
        verdicts: &mut Verdicts,
    ) {
        gates::judge_built_in(account, intent, market, now, verdicts);
        for gate in &self.own {
            let verdict =
                gates::judge(gate.as_ref(), intent.closes(), account, intent, market, now);
            verdicts.push(verdict);
        }
    }
}
