//! Advice that its adviser does not believe in enough.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Advice that its adviser does not believe in enough.
pub(super) struct Confidence;

static CARD: Card = Card {
    name: "confidence",
    denies: "Advice that its adviser does not believe in enough.",
    test: "Confidence at least the threshold of its model version; without a model, of its \
         strategy; else of the account. An unknown model version is denied.",
    guards: Guards::Entries,
    unit: Unit::Ratio,
    limits: &["confidence_min", "models", "strategies"],
    mandatory: false,
    codes: &[Code::ConfidenceLow, Code::ConfidenceMissing, Code::ConfidenceModelUnknown],
};

impl Gate for Confidence {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limits = account.limits();
        let advice = intent.recommendation();
        let strategy = limits.strategies.iter().find(|own| own.strategy == advice.strategy);
        let own = strategy.and_then(|own| own.confidence_min).or(limits.confidence_min);
        let threshold = match advice.model {
            Some(model) => {
                let known = limits.models.iter().find(|known| known.model == model);
                match known {
                    Some(known) => Some(known.confidence_min),
                    None if limits.models.is_empty() && own.is_none() => None,
                    None => return Verdict::refuse(Code::ConfidenceModelUnknown, 0, 0),
                }
            }
            None => own,
        };
        let Some(least) = threshold else {
            return Verdict::NOT_SET;
        };
        let limit = i64::from(least.ppm());
        match advice.confidence {
            None => Verdict::refuse(Code::ConfidenceMissing, 0, limit),
            Some(confidence) => {
                let observed = i64::from(confidence.ppm());
                Verdict::pass_if(confidence >= least, Code::ConfidenceLow, observed, limit)
            }
        }
    }
}
