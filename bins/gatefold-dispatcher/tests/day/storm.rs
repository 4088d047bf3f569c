//! What goes wrong on a day: every kind that a broker of one's own orders can meet, each as often
//! as the seed wants it.

use fake_alpaca::{Fault, Faults, On, Rule};
use fastrand::Rng;

/// The engine never asks for a replacement, so nothing can go wrong with one.
const NOT_OF_A_DAY: [Fault; 2] = [Fault::ReplaceRejected, Fault::ReplaceErrorAfter];

/// Executions are told at most so many milliseconds late, by the clock on the wall.
pub(crate) const LATE_MILLIS: u64 = 400;

/// Every kind that a day has.
pub(crate) fn kinds() -> impl Iterator<Item = Fault> {
    Fault::ALL.iter().copied().filter(|fault| !NOT_OF_A_DAY.contains(fault))
}

/// The faults of a seed: calmer days and wilder ones, every kind on each of them.
pub(crate) fn of(seed: u64) -> Faults {
    let mut chance = Rng::with_seed(seed ^ 0x5707);
    let wild = chance.u16(50..=150);
    let rules = kinds().flat_map(|what| rules(what, wild)).collect();
    Faults { seed: Some(seed), rules }
}

/// One rule for each kind of request, since orders are few and reads are many.
fn rules(what: Fault, wild: u16) -> Vec<Rule> {
    let rule = |per_mille: u16, millis: Option<u64>| {
        let per_mille = (u32::from(per_mille) * u32::from(wild) / 100).clamp(1, 1_000);
        let per_mille = u16::try_from(per_mille).expect("a thousand at most");
        Rule { per_mille, millis, ..Rule::always(what) }
    };
    let request = |millis: Option<u64>| {
        vec![
            rule(25, millis).on(On::Submit),
            rule(40, millis).on(On::Cancel),
            rule(2, millis).on(On::Read),
            rule(2, millis).on(On::Data),
        ]
    };
    match what {
        Fault::TimeoutBefore | Fault::TimeoutAfter => request(Some(2_500)),
        Fault::RateLimited => request(Some(300)),
        Fault::Slow => request(Some(200)),
        Fault::ResetBefore
        | Fault::ResetAfter
        | Fault::ServerError
        | Fault::ServerErrorAfter
        | Fault::GatewayHtml
        | Fault::GatewayHtmlAfter
        | Fault::CutBody => request(None),
        Fault::HiddenAtFirst => vec![rule(60, Some(200))],
        Fault::RejectedLater => vec![rule(40, None)],
        Fault::NeverFills => vec![rule(50, None)],
        Fault::IgnoresCancels | Fault::CancelsForEver | Fault::FillsAfterCancel => {
            vec![rule(120, None)]
        }
        Fault::PartialFill => vec![rule(250, None)],
        Fault::PositionsLag | Fault::ActivityLate => vec![rule(80, Some(LATE_MILLIS))],
        Fault::EventDropped | Fault::EventDoubled => vec![rule(40, None)],
        Fault::EventReordered => vec![rule(40, Some(60))],
        Fault::EventLate => vec![rule(40, Some(300))],
        Fault::StreamSilent => vec![rule(10, Some(2_000))],
        Fault::StreamCut => vec![rule(10, None)],
        Fault::ClosedByBroker => vec![rule(60, None)],
        Fault::AssignedEarly => vec![rule(400, None)],
        Fault::ReplaceRejected | Fault::ReplaceErrorAfter => Vec::new(),
    }
}
