//! What can have happened: every event, in the past tense, with the numbers it was decided on.
//!
//! A shape that was written once never changes: a new shape is a new version in
//! [`codec`](crate::record::codec), and the old golden sample stays for ever.

mod account;
mod broker;
mod decision;
mod position;

pub use account::{
    AccountOpened, CashKind, CashMoved, DayRolled, GateSetDeclared, LimitsSet, Mode, StateSet,
};
pub use broker::{
    CancelRefused, ExecutionBooked, FindingKind, FindingRecorded, Link, LinkChanged, LookUpMissed,
    OrderChanged, SnapshotTaken,
};
pub use decision::{
    Grounds, IntentApproved, IntentDeferred, IntentRefused, Judgement, RecommendationExpired,
    RecommendationFailed, RecommendationReceived, RecommendationSettled,
};
pub use position::{
    Adjustment, ClosePlanned, ExitFailed, ExitPlanSet, ExitTriggered, MarkSeen, MarkSource,
    MarksObserved, PositionAdjusted, PremiumRule, Unprotected,
};

/// Everything that can have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant holds the struct of its name, which is documented")]
pub enum Event {
    AccountOpened(AccountOpened),
    GateSetDeclared(GateSetDeclared),
    LimitsSet(LimitsSet),
    StateSet(StateSet),
    DayRolled(DayRolled),
    CashMoved(CashMoved),
    RecommendationReceived(RecommendationReceived),
    IntentApproved(IntentApproved),
    IntentRefused(IntentRefused),
    IntentDeferred(IntentDeferred),
    RecommendationExpired(RecommendationExpired),
    RecommendationFailed(RecommendationFailed),
    RecommendationSettled(RecommendationSettled),
    OrderChanged(OrderChanged),
    CancelRefused(CancelRefused),
    LookUpMissed(LookUpMissed),
    ExecutionBooked(ExecutionBooked),
    MarksObserved(MarksObserved),
    SnapshotTaken(SnapshotTaken),
    FindingRecorded(FindingRecorded),
    ExitPlanSet(ExitPlanSet),
    ExitTriggered(ExitTriggered),
    ExitFailed(ExitFailed),
    ClosePlanned(ClosePlanned),
    Unprotected(Unprotected),
    PositionAdjusted(PositionAdjusted),
    LinkChanged(LinkChanged),
}
