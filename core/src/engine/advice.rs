//! Advice arrives and is judged; what cannot be judged yet is judged again.

use crate::advise::{Life, Recommendation, Source};
use crate::decide::{Addressed, Approved, Decision, Intent, decide};
use crate::engine::turn::Turn;
use crate::engine::{Notice, Step, exits};
use crate::record::Event;
use crate::record::event::{
    IntentApproved, IntentDeferred, IntentRefused, Judgement, RecommendationExpired,
    RecommendationReceived,
};
use crate::vocabulary::Money;

/// A turn that caused so many events judges no more advice; the rest is judged by the next. What a
/// turn causes is one batch, and a batch that no log takes would end the account's work for good.
const EVENTS_AT_ONCE: usize = 512;
/// After so many no more that opens is judged: a backlog of entries holds up no exit.
const EVENTS_BEFORE_EXITS: usize = 384;

/// Advice from outside: recorded and judged once. Delivered again, it is answered from the books.
pub(super) fn receive(mut turn: Turn<'_>, advice: Recommendation, step: &mut Step) {
    if let Some(known) = turn.account.advice(&advice.id) {
        step.notices.push(Notice::AlreadyDecided {
            account: advice.account,
            recommendation: advice.id,
            life: known.life,
        });
        return;
    }
    turn.roll_day();
    turn.advise(advice);
    turn.finish(step);
}

impl Turn<'_> {
    /// Records advice and judges it.
    pub(super) fn advise(&mut self, advice: Recommendation) {
        let recommendation = advice;
        self.emit(Event::RecommendationReceived(RecommendationReceived { recommendation }));
        self.judge(advice);
    }

    /// Judges what is undecided: its time may have run out, or the world may have changed. What is
    /// judged as before causes nothing, so that all of it has its turn.
    pub(super) fn judge_undecided(&mut self) {
        let waiting = |advice: &&Recommendation| {
            let life = self.account.advice(&advice.id).map(|known| known.life);
            matches!(life, Some(Life::Pending | Life::Deferred))
        };
        let undecided: alloc::vec::Vec<_> =
            self.account.undecided().filter(waiting).copied().collect();
        for advice in undecided {
            let most = if advice.closes() { EVENTS_AT_ONCE } else { EVENTS_BEFORE_EXITS };
            if self.caused() >= most {
                continue;
            }
            if !self.expire(&advice) {
                self.judge(advice);
            }
        }
    }

    /// Ends advice whose time to live has run out.
    fn expire(&mut self, advice: &Recommendation) -> bool {
        let age = self.now().saturating_since(advice.created_at);
        let ended = advice.valid_until.is_some_and(|until| self.now() > until);
        let life = self.account.advice(&advice.id).map(|known| known.life);
        if age <= self.account.limits().time_to_live && !ended {
            return false;
        }
        self.emit(Event::RecommendationExpired(RecommendationExpired {
            recommendation: advice.id,
            age_nanos: age.nanos(),
        }));
        if advice.source == Source::Exit && life == Some(Life::Deferred) {
            // The environment held it up, a halt for instance: that is no failure of the exit.
            exits::lapsed(self, &advice.instrument, &advice.id);
        } else {
            self.come_to_nothing(advice, "its time to live ran out");
        }
        true
    }

    fn judge(&mut self, advice: Recommendation) {
        if !self.world.heard && !advice.closes() {
            // What it would be judged on is from before the process began.
            return;
        }
        if self.free_the_way(&advice) {
            return;
        }
        let market = self.market(&advice.instrument);
        let decision = match Addressed::to(self.account, &advice) {
            Ok(addressed) => decide(&addressed, self.world.gates, &market, self.world.now),
            Err(error) => unreachable!("a turn holds its own account's advice: {error}"),
        };
        match decision {
            Decision::Approved(order, judgement) => self.approve(order, judgement),
            Decision::Refused(judgement, holders) => {
                self.emit(Event::IntentRefused(IntentRefused {
                    recommendation: advice.id,
                    holders,
                    judgement,
                }));
                self.come_to_nothing(&advice, "a gate refused it");
            }
            Decision::Deferred(judgement) => self.defer(&advice, judgement),
        }
    }

    /// An exit cancels own working orders on the other side first and waits for the evidence.
    fn free_the_way(&mut self, advice: &Recommendation) -> bool {
        if !advice.closes() {
            return false;
        }
        let book = self.account.book(&advice.instrument);
        let crossing = |leg: &&crate::decide::Leg| leg.side == advice.side.opposite();
        let keys: alloc::vec::Vec<_> =
            book.legs().iter().filter(crossing).map(|leg| leg.key).collect();
        for key in &keys {
            self.request_cancel(*key, "it stands in the way of an exit");
        }
        !keys.is_empty()
    }

    fn approve(&mut self, order: Approved<Intent>, judgement: Judgement) {
        let intent = order.get();
        let (Some(price), Some(requirement)) = (intent.price(), intent.requirement()) else {
            unreachable!("the structural gate refuses what has no price");
        };
        let advice = intent.recommendation();
        assert!(requirement <= Money::MAX_FACT, "the structural gate bounds what is ordered");
        self.emit(Event::IntentApproved(IntentApproved {
            recommendation: advice.id,
            key: intent.key(),
            attempt: intent.attempt(),
            strategy: advice.strategy,
            instrument: advice.instrument,
            side: advice.side,
            effect: advice.effect,
            quantity: intent.quantity(),
            terms: intent.terms(),
            price,
            split: intent.split(),
            requirement,
            judgement,
        }));
        self.send(order);
    }

    /// Recorded once per change of reason.
    fn defer(&mut self, advice: &Recommendation, judgement: Judgement) {
        let code = judgement.verdicts.headline().map_or(0, |(_, verdict)| verdict.code.to_u16());
        let known = self.account.advice(&advice.id).map(|known| (known.life, known.deferral));
        if known != Some((Life::Deferred, code)) {
            self.emit(Event::IntentDeferred(IntentDeferred {
                recommendation: advice.id,
                judgement,
            }));
        }
    }

    /// Advice of our own that came to nothing is tried again by its rule.
    fn come_to_nothing(&mut self, advice: &Recommendation, why: &str) {
        match advice.source {
            Source::Exit => exits::failed(self, &advice.instrument, &advice.id, why),
            Source::ClosePlan => self.advance_close(&advice.instrument),
            Source::External | Source::Operator => {}
        }
    }
}
