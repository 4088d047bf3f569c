//! What operators command, recorded with who and why.

use alloc::string::ToString;
use alloc::vec::Vec;

use crate::decide::Cause;
use crate::decide::{MarketData, Scope};
use crate::engine::{Command, Engine, Notice, Step};
use crate::record::Event;
use crate::record::event::{LimitsSet, StateSet};
use crate::vocabulary::{AccountId, Timestamp};

impl Engine {
    pub(super) fn command(
        &mut self,
        command: Command,
        now: Timestamp,
        market: &dyn MarketData,
        step: &mut Step,
    ) {
        match command {
            Command::SetState { account, scope, state, actor, reason } => {
                if account.is_none() && scope != Scope::Global {
                    let reason = alloc::format!("{state} for {scope:?} names no account");
                    step.notices.push(Notice::Unaddressed { reason });
                }
                let set = StateSet { scope, state, cause: Cause::Operator, actor, reason };
                for id in self.concerned(account, scope) {
                    self.with(&id, now, market, step, |turn| {
                        turn.emit(Event::StateSet(set.clone()));
                    });
                }
            }
            Command::SetLimits { account, limits, actor, reason } => match limits.checked() {
                Ok(limits) => self.with(&account, now, market, step, |turn| {
                    turn.emit(Event::LimitsSet(LimitsSet { limits, actor, reason }));
                    turn.watch_losses();
                }),
                Err(error) => {
                    let reason = error.to_string();
                    step.notices.push(Notice::Refused { account, reason });
                }
            },
            Command::Close { account, instrument, quantity, actor } => {
                let mut refused = None;
                self.with(&account, now, market, step, |turn| {
                    refused = turn.begin_close(instrument, quantity, actor).err();
                });
                if let Some(reason) = refused {
                    step.notices.push(Notice::Refused { account, reason });
                }
            }
            Command::CancelOrder { account, key, actor } => {
                self.with(&account, now, market, step, |turn| {
                    turn.request_cancel(key, &alloc::format!("{actor} asked for it"));
                });
            }
            Command::MoveCash { account, cash } => {
                self.with(&account, now, market, step, |turn| {
                    turn.emit(Event::CashMoved(cash));
                    turn.watch_losses();
                });
            }
        }
    }

    /// The accounts that a state goes into: all of them for a global one.
    fn concerned(&self, account: Option<AccountId>, scope: Scope) -> Vec<AccountId> {
        match (scope, account) {
            (Scope::Global, _) => self.accounts.keys().copied().collect(),
            (Scope::Account | Scope::Strategy(_), account) => account.into_iter().collect(),
        }
    }
}
