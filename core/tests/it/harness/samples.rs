//! Events of every kind with arbitrary content, for the codec and the golden bytes.

use gatefold_core::advise::{
    Effect, ExitTerms, Hours, Life, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{
    Cause, ExposureBasis, Feed, FeedRule, Limits, ModelThreshold, Quote, Scope, Shorting, Split,
    StrategyLimits, TradingState, Verdicts,
};
use gatefold_core::record::event::*;
use gatefold_core::record::{Event, Version};
use gatefold_core::route::OrderState;
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::unwind::{ExitInHand, ExitPlan, ExitRule};
use gatefold_core::vocabulary::{
    AccountId, Actor, BrokerOrderId, Date, ExecutionId, Instrument, ModelVersion, Money,
    NetQuantity, OrderKey, Price, Quantity, Ratio, RecommendationId, Side, Span, StrategyId,
    Timestamp,
};

/// How many kinds of events there are here.
pub(crate) const KINDS: usize = 27;

/// A source of arbitrary values: the same seed gives the same values.
#[derive(Clone, Debug)]
pub(crate) struct Gen(u64);

impl Gen {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.below(u64::try_from(all.len()).unwrap());
        all[usize::try_from(place).unwrap()]
    }

    fn signed(&mut self) -> i64 {
        let raw = i64::from_le_bytes(self.bits().to_le_bytes());
        raw >> self.below(63)
    }

    fn some<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(2) == 0 { None } else { Some(value(self)) }
    }

    fn many<T>(&mut self, value: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| value(self)).collect()
    }

    fn name(&mut self) -> String {
        format!("n{}", self.below(1_000_000))
    }

    fn text(&mut self) -> String {
        let words = ["", "no", "insufficient buying power", "Größe \"x\"\n", "0"];
        self.pick(&words).repeat(usize::try_from(self.below(3)).unwrap())
    }

    fn price(&mut self) -> Price {
        Price::from_nanos(self.signed().saturating_abs()).unwrap()
    }

    fn quantity(&mut self) -> Quantity {
        Quantity::from_nanos(self.signed().saturating_abs()).unwrap()
    }

    fn money(&mut self) -> Money {
        Money::from_attos(i128::from(self.signed()) * i128::from(self.below(1 << 40)))
    }

    fn ratio(&mut self) -> Ratio {
        Ratio::from_ppm(u32::try_from(self.below(3_000_000)).unwrap())
    }

    fn small(&mut self) -> u32 {
        u32::try_from(self.below(1_000)).unwrap()
    }

    fn at(&mut self) -> Timestamp {
        Timestamp::from_nanos(self.signed())
    }

    fn span(&mut self) -> Span {
        Span::from_nanos(self.signed())
    }

    fn net(&mut self) -> NetQuantity {
        NetQuantity::from_nanos(self.signed())
    }

    fn version(&mut self) -> Version {
        Version::new(self.bits())
    }

    fn key(&mut self) -> OrderKey {
        OrderKey::from_raw(u128::from(self.bits()) << 64 | u128::from(self.bits()))
    }

    fn advice(&mut self) -> RecommendationId {
        RecommendationId::new(&self.name()).unwrap()
    }

    fn strategy(&mut self) -> StrategyId {
        StrategyId::new(&self.name()).unwrap()
    }

    fn actor(&mut self) -> Actor {
        Actor::new(&self.name()).unwrap()
    }

    fn execution_id(&mut self) -> ExecutionId {
        ExecutionId::new(&self.name()).unwrap()
    }

    fn broker_id(&mut self) -> BrokerOrderId {
        BrokerOrderId::new(&self.name()).unwrap()
    }

    fn instrument(&mut self) -> Instrument {
        let all =
            ["AAPL", "BRK.B", "MSFT260320P00400000", "SPXW230111C02400000", "AAPL1131101C00470000"];
        Instrument::parse(self.pick(&all)).unwrap()
    }

    fn terms(&mut self) -> OrderPrice {
        self.some(Self::price).map_or(OrderPrice::Market, OrderPrice::Limit)
    }

    fn exits(&mut self) -> ExitTerms {
        ExitTerms {
            stop: self.some(Self::price),
            target: self.some(Self::price),
            trail: self.some(Self::ratio),
            hold_at_most: self.some(Self::span),
            out_before_close: self.some(Self::span),
        }
    }

    fn recommendation(&mut self) -> Recommendation {
        Recommendation {
            id: self.advice(),
            account: AccountId::new(&self.name()).unwrap(),
            strategy: self.strategy(),
            source: self.pick(Source::ALL),
            instrument: self.instrument(),
            side: self.pick(&[Side::Buy, Side::Sell]),
            effect: self.pick(Effect::ALL),
            quantity: self.quantity(),
            price: self.terms(),
            time_in_force: self.pick(TimeInForce::ALL),
            hours: self.pick(Hours::ALL),
            confidence: self.some(Self::ratio),
            model: self.some(|it| ModelVersion::new(&it.name()).unwrap()),
            reference_price: self.some(Self::price),
            exits: self.exits(),
            created_at: self.at(),
            valid_until: self.some(Self::at),
        }
    }

    fn quote(&mut self) -> Quote {
        Quote {
            bid: self.price(),
            bid_size: self.quantity(),
            ask: self.price(),
            ask_size: self.quantity(),
            at: self.at(),
            feed: self.pick(Feed::ALL),
        }
    }

    fn judgement(&mut self, verdicts: Verdicts) -> Judgement {
        Judgement {
            as_of: self.version(),
            grounds: Grounds {
                limits: self.version(),
                state: self.version(),
                day: self.version(),
                marks: self.version(),
                snapshot: self.version(),
                execution: self.version(),
                gates: self.version(),
            },
            quote: self.some(Self::quote),
            quantity: self.quantity(),
            price: self.some(Self::price),
            notional: self.some(Self::money),
            verdicts,
        }
    }

    fn split(&mut self) -> Split {
        Split { closing: self.quantity(), opening: self.quantity() }
    }

    fn execution(&mut self) -> Execution {
        Execution {
            id: self.execution_id(),
            order: self.some(Self::key),
            instrument: self.instrument(),
            side: self.pick(&[Side::Buy, Side::Sell]),
            quantity: self.quantity(),
            price: self.price(),
            fee: self.money(),
            at: self.at(),
        }
    }

    fn plan(&mut self) -> ExitPlan {
        ExitPlan {
            terms: self.exits(),
            strategy: self.some(Self::strategy),
            opened_at: self.at(),
            best: self.some(Self::price),
            in_hand: self.some(|it| ExitInHand {
                rule: it.pick(ExitRule::ALL),
                recommendation: it.advice(),
                since: it.at(),
            }),
            failures: self.small(),
            retry_at: self.some(Self::at),
            exhausted: self.some(Self::at),
        }
    }

    fn limits(&mut self) -> Limits {
        let (exposure, order, loss) = (self.money(), self.money(), self.money());
        Limits {
            exposure_basis: self.pick(ExposureBasis::ALL),
            max_exposure_of_equity: self.some(Self::ratio),
            max_order_shares: self.some(Self::quantity),
            max_net_exposure: self.some(Self::money),
            max_drawdown: self.some(Self::ratio),
            cooldown: self.some(Self::span),
            max_adds: self.some(Self::small),
            models: self.many(|it| ModelThreshold {
                model: ModelVersion::new(&it.name()).unwrap(),
                confidence_min: it.ratio(),
            }),
            strategies: self.many(|it| StrategyLimits {
                strategy: it.strategy(),
                confidence_min: it.some(Self::ratio),
            }),
            max_spread_abs: self.some(Self::price),
            feed: self.pick(FeedRule::ALL),
            shorting: self.pick(Shorting::ALL),
            max_sync_age: self.span(),
            ..Limits::with(self.small(), exposure, order, loss)
        }
    }

    fn scope(&mut self) -> Scope {
        let strategy = self.strategy();
        self.pick(&[Scope::Global, Scope::Account, Scope::Strategy(strategy)])
    }

    fn adjustment(&mut self) -> Adjustment {
        let (instrument, quantity) = (self.instrument(), self.quantity());
        match self.below(4) {
            0 => Adjustment::Split { instrument, new: self.small(), old: self.small() },
            1 => Adjustment::Expired { instrument, quantity },
            2 => {
                Adjustment::Delivered { instrument, quantity, premium: self.pick(PremiumRule::ALL) }
            }
            _ => Adjustment::Transferred { instrument, quantity: self.net(), cost: self.money() },
        }
    }

    /// An event of one kind. The verdicts come from a real decision, since only gates give any.
    pub(crate) fn event(&mut self, kind: usize, verdicts: Verdicts) -> Event {
        match kind {
            0 => Event::AccountOpened(AccountOpened {
                account: AccountId::new(&self.name()).unwrap(),
                mode: self.pick(Mode::ALL),
                cash: self.money(),
                cost_method: self.pick(CostMethod::ALL),
            }),
            1 => Event::GateSetDeclared(GateSetDeclared { gates: self.many(Self::text) }),
            2 => Event::LimitsSet(LimitsSet {
                limits: self.limits(),
                actor: self.actor(),
                reason: self.text(),
            }),
            3 => Event::StateSet(StateSet {
                scope: self.scope(),
                state: self.pick(TradingState::ALL),
                cause: self.pick(Cause::ALL),
                actor: self.actor(),
                reason: self.text(),
            }),
            4 => Event::DayRolled(DayRolled {
                date: Date::from_days(i32::try_from(self.below(20_000)).unwrap()).unwrap(),
                opening_equity: self.money(),
                marks: self.many(|it| (it.instrument(), it.price())),
            }),
            5 => Event::CashMoved(CashMoved {
                kind: self.pick(CashKind::ALL),
                amount: self.money(),
                activity: self.some(Self::execution_id),
                note: self.text(),
            }),
            6 => Event::RecommendationReceived(RecommendationReceived {
                recommendation: self.recommendation(),
            }),
            7 => Event::IntentApproved(IntentApproved {
                recommendation: self.advice(),
                key: self.key(),
                attempt: u16::try_from(self.below(9)).unwrap(),
                strategy: self.strategy(),
                instrument: self.instrument(),
                side: self.pick(&[Side::Buy, Side::Sell]),
                effect: self.pick(Effect::ALL),
                quantity: self.quantity(),
                terms: self.terms(),
                price: self.price(),
                split: self.split(),
                requirement: self.money(),
                judgement: self.judgement(verdicts),
            }),
            8 => Event::IntentRefused(IntentRefused {
                recommendation: self.advice(),
                holders: self.many(Self::key),
                judgement: self.judgement(verdicts),
            }),
            9 => Event::IntentDeferred(IntentDeferred {
                recommendation: self.advice(),
                judgement: self.judgement(verdicts),
            }),
            10 => Event::RecommendationExpired(RecommendationExpired {
                recommendation: self.advice(),
                age_nanos: self.signed(),
            }),
            11 => Event::RecommendationFailed(RecommendationFailed {
                source: self.name(),
                line: self.bits(),
                text: self.text(),
                reason: self.text(),
            }),
            12 => Event::RecommendationSettled(RecommendationSettled {
                recommendation: self.advice(),
                life: self.pick(Life::ALL),
            }),
            _ => self.later_event(kind),
        }
    }

    fn later_event(&mut self, kind: usize) -> Event {
        match kind {
            13 => Event::OrderChanged(OrderChanged {
                key: self.key(),
                state: self.pick(OrderState::ALL),
                broker_order_id: self.some(Self::broker_id),
                evidence: self.text(),
                at: self.at(),
            }),
            14 => Event::CancelRefused(CancelRefused { key: self.key(), evidence: self.text() }),
            15 => Event::LookUpMissed(LookUpMissed { key: self.key() }),
            16 => Event::ExecutionBooked(ExecutionBooked { execution: self.execution() }),
            17 => Event::MarksObserved(MarksObserved {
                marks: self.many(|it| MarkSeen {
                    instrument: it.instrument(),
                    price: it.price(),
                    bid: it.price(),
                    ask: it.price(),
                    at: it.at(),
                    source: it.some(|it| MarkSource { feed: it.pick(Feed::ALL), at: it.at() }),
                }),
            }),
            18 => Event::SnapshotTaken(SnapshotTaken {
                requested_at: self.at(),
                buying_power: self.money(),
                cash: self.money(),
                positions: self.many(|it| (it.instrument(), it.net())),
                differing: self.small(),
            }),
            19 => Event::FindingRecorded(FindingRecorded {
                kind: self.pick(FindingKind::ALL),
                instrument: self.some(Self::instrument),
                order: self.some(Self::key),
                ours: self.net(),
                theirs: self.net(),
                evidence: self.text(),
            }),
            20 => Event::LinkChanged(LinkChanged {
                link: self.pick(Link::ALL),
                evidence: self.text(),
            }),
            21 => {
                Event::ExitPlanSet(ExitPlanSet { instrument: self.instrument(), plan: self.plan() })
            }
            22 => Event::ExitTriggered(ExitTriggered {
                instrument: self.instrument(),
                rule: self.pick(ExitRule::ALL),
                level: self.signed(),
                observed: self.signed(),
                recommendation: self.advice(),
            }),
            23 => Event::ExitFailed(ExitFailed {
                instrument: self.instrument(),
                failures: self.small(),
                retry_at: self.some(Self::at),
                reason: self.text(),
            }),
            24 => Event::ClosePlanned(ClosePlanned {
                instrument: self.instrument(),
                quantity: self.quantity(),
                holders: self.many(Self::key),
                actor: self.actor(),
            }),
            25 => Event::Unprotected(Unprotected {
                instrument: self.instrument(),
                since: self.at(),
                lasted_nanos: self.some(Self::signed),
                reason: self.text(),
            }),
            26 => Event::PositionAdjusted(PositionAdjusted {
                adjustment: self.adjustment(),
                activity: self.execution_id(),
                note: self.text(),
            }),
            other => panic!("there is no kind {other}"),
        }
    }
}
