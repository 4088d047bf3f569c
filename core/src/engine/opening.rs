//! How accounts come into being, and how configuration meets what the log says.

use alloc::string::ToString;
use alloc::vec::Vec;

use crate::decide::{Account, Cause, MarketData, Scope, TradingState};
use crate::engine::turn::{Turn, engine_actor};
use crate::engine::{Engine, Notice, Opening, Step};
use crate::record::Event;
use crate::record::event::{AccountOpened, GateSetDeclared, LimitsSet, StateSet};
use crate::vocabulary::Timestamp;

impl Engine {
    /// Opens an account that is new; sets the limits of a known one where they changed.
    pub(super) fn open(
        &mut self,
        opening: &Opening,
        now: Timestamp,
        market: &dyn MarketData,
        step: &mut Step,
    ) {
        let mut begun = Vec::new();
        let mut global = None;
        if self.account(&opening.account).is_none() {
            global = self.global_state();
            let opened = AccountOpened {
                account: opening.account,
                mode: opening.mode,
                cash: opening.cash,
                cost_method: opening.cost_method,
            };
            self.accounts.insert(opening.account, Account::opened(&opened));
            begun.push(Event::AccountOpened(opened));
        } else if let Some(reason) = self.conflict(opening) {
            step.notices.push(Notice::Conflict { account: opening.account, reason });
            return;
        }
        let gates: Vec<_> = self.gates.cards().map(|card| card.name.to_string()).collect();
        let Some(turn) = self.turn(&opening.account, now, market) else { return };
        let mut turn =
            if begun.is_empty() { turn } else { Turn::begun(turn.account, turn.world, begun) };
        if turn.account.gate_names() != gates {
            turn.emit(Event::GateSetDeclared(GateSetDeclared { gates }));
        }
        if let Some(state) = global {
            turn.emit(Event::StateSet(StateSet {
                scope: Scope::Global,
                state,
                cause: Cause::Operator,
                actor: engine_actor(),
                reason: alloc::string::String::from("in force everywhere when it was opened"),
            }));
        }
        if *turn.account.limits() != opening.limits {
            turn.emit(Event::LimitsSet(LimitsSet {
                limits: opening.limits.clone(),
                actor: opening.actor,
                reason: opening.reason.clone(),
            }));
            turn.watch_losses();
        }
        turn.finish(step);
    }

    /// The state that is in force for every account, if one was set.
    fn global_state(&self) -> Option<TradingState> {
        let in_force = self.accounts().flat_map(|account| account.states().in_force());
        let global = in_force.filter(|(scope, _, _)| *scope == Scope::Global);
        global.map(|(_, _, state)| state).max()
    }

    /// What of the configuration the log contradicts.
    fn conflict(&self, opening: &Opening) -> Option<alloc::string::String> {
        let account = self.account(&opening.account)?;
        if account.mode() != opening.mode {
            return Some(alloc::format!(
                "the log holds account {} in mode {}, the configuration says {}: \
                 use another log directory or another account name",
                opening.account,
                account.mode(),
                opening.mode
            ));
        }
        None
    }
}
