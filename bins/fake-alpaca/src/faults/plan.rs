//! Whether an occasion meets a fault is decided here: by the rules in order, counting and by seed.

use gatefold_sim::broker::matching::mix;

use crate::faults::{Fault, Faults, On};

/// Where faults happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A request comes in.
    Request,
    /// An order was taken.
    Submit,
    /// An order is about to be filled.
    Fill,
    /// An event is about to be told.
    Event,
    /// A replacement was asked for.
    Replace,
    /// The last half hour of a contract's last day.
    LastDay,
    /// Midnight in New York.
    Night,
}

/// What an occasion is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    pub(crate) scene: Scene,
    pub(crate) account: &'a str,
    /// What is named in it.
    pub(crate) symbol: &'a str,
    pub(crate) on: Option<On>,
}

/// A fault that was met, and how many milliseconds it takes.
pub(crate) type Met = (Fault, u64);

/// The rules, and how far they are used up.
#[derive(Debug)]
pub(crate) struct Plan {
    faults: Faults,
    own_seed: u64,
    /// Of each rule: occasions seen, and how often it was met.
    seen: Vec<(u32, u32)>,
    calls: u64,
    /// How often each kind took effect, whatever the rules were at the time.
    took: Vec<(Fault, u64)>,
}

impl Plan {
    /// A plan of these faults; `seed` where they name none.
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        let seen = vec![(0, 0); faults.rules.len()];
        let took = Fault::ALL.iter().map(|fault| (*fault, 0)).collect();
        Self { faults, own_seed: seed, seen, calls: 0, took }
    }

    /// Puts other faults in the place of these.
    pub(crate) fn replace(&mut self, faults: Faults) {
        let took = std::mem::take(&mut self.took);
        *self = Self { took, ..Self::new(faults, self.own_seed) };
    }

    /// Counts that a fault that was met took effect.
    pub(crate) fn took(&mut self, fault: Fault) {
        if let Some((_, count)) = self.took.iter_mut().find(|(it, _)| *it == fault) {
            *count = count.saturating_add(1);
        }
    }

    /// How often each kind took effect.
    pub(crate) fn effects(&self) -> &[(Fault, u64)] {
        &self.took
    }

    /// The rules, and how often each was met.
    pub(crate) fn told(&self) -> (&Faults, Vec<u32>) {
        (&self.faults, self.seen.iter().map(|(_, met)| *met).collect())
    }

    /// The fault of this occasion, if it meets one. Counts.
    pub(crate) fn meet(&mut self, occasion: Occasion<'_>) -> Option<Met> {
        let seed = self.faults.seed.unwrap_or(self.own_seed);
        for (index, (rule, (seen, met))) in
            (0_u64..).zip(self.faults.rules.iter().zip(&mut self.seen))
        {
            let applies = rule.what.scene() == occasion.scene
                && rule.on.is_none_or(|on| occasion.on == Some(on))
                && rule.account.as_ref().is_none_or(|it| it == occasion.account)
                && rule.symbol.as_ref().is_none_or(|it| it == occasion.symbol);
            if !applies || rule.times.is_some_and(|times| *met >= times) {
                continue;
            }
            *seen = seen.saturating_add(1);
            if *seen <= rule.skip {
                continue;
            }
            self.calls = self.calls.wrapping_add(1);
            let chance = mix(&[seed, index, self.calls]);
            if chance % 1_000 < u64::from(rule.per_mille) {
                *met = met.saturating_add(1);
                return Some((rule.what, rule.millis.unwrap_or_else(|| rule.what.millis())));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Rule;

    fn meet(plan: &mut Plan, scene: Scene, on: Option<On>) -> Option<Fault> {
        plan.meet(Occasion { scene, account: "a", symbol: "GOOG", on }).map(|(fault, _)| fault)
    }

    #[test]
    fn rules_count_skip_and_choose_their_occasions() {
        let first = Rule { skip: 1, ..Rule::times(Fault::Slow, 1) }.on(On::Submit);
        let other = Rule { account: Some("b".into()), ..Rule::always(Fault::Slow) };
        let mut plan = Plan::new(Faults { seed: None, rules: vec![first, other] }, 1);
        assert_eq!(meet(&mut plan, Scene::Request, Some(On::Read)), None);
        assert_eq!(meet(&mut plan, Scene::Request, Some(On::Submit)), None, "skipped");
        assert_eq!(meet(&mut plan, Scene::Event, Some(On::Submit)), None, "another scene");
        assert_eq!(meet(&mut plan, Scene::Request, Some(On::Submit)), Some(Fault::Slow));
        assert_eq!(meet(&mut plan, Scene::Request, Some(On::Submit)), None, "used up");
        assert_eq!(plan.told().1, [1, 0]);
    }

    #[test]
    fn chance_follows_from_the_seed() {
        let met = |seed| {
            let faults = Faults { seed: Some(seed), ..Faults::every_kind(100) };
            let mut plan = Plan::new(faults, 0);
            (0..1_000).map(|_| meet(&mut plan, Scene::Fill, None)).collect::<Vec<_>>()
        };
        assert_eq!(met(1), met(1));
        assert_ne!(met(1), met(2));
        let count = met(1).iter().flatten().count();
        assert!((200..350).contains(&count), "three rules of a tenth each: {count}");
    }
}
