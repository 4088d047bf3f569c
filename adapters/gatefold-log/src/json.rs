//! What verifying and salvaging found, as JSON with stable names.

use serde_json::{Value, json};

use crate::anchor::hex;
use crate::salvage::Salvage;
use crate::verify::{AnchorVerdict, Damage, Verdict, Verification};

/// The report of a salvage.
pub(crate) fn report(salvage: &Salvage) -> Value {
    json!({
        "from": salvage.source.to_json(),
        "uuid": hex(&salvage.uuid),
        "whole": salvage.is_whole(),
        "events": salvage.events,
        "moved": salvage.moved.iter().map(|moved| json!({
            "first": moved.first.get(),
            "last": moved.last.get(),
            "to": moved.to.get(),
        })).collect::<Vec<_>>(),
        "streams": salvage.streams.iter().map(|moved| json!({
            "stream": moved.stream.to_string(),
            "first": moved.first.get(),
            "last": moved.last.get(),
            "to": moved.to.get(),
        })).collect::<Vec<_>>(),
        "nameless": salvage.nameless.iter().map(|nameless| json!({
            "number": nameless.number,
            "events": nameless.events,
            "first": nameless.first.get(),
            "last": nameless.last.get(),
        })).collect::<Vec<_>>(),
        "repeated": salvage.repeated.iter().map(|position| position.get()).collect::<Vec<_>>(),
    })
}

impl Verification {
    /// What was found, as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "verdict": match self.verdict {
                Verdict::Sound => "sound",
                Verdict::TornTail => "torn-tail",
                Verdict::Damaged => "damaged",
            },
            "uuid": hex(&self.uuid),
            "head": self.head.get(),
            "group": self.group,
            "digest": hex(&self.digest),
            "segments": self.segments,
            "groups": self.groups,
            "events": self.events,
            "bytes": self.bytes,
            "live": self.live,
            "damages": self.damages.iter().map(damage).collect::<Vec<_>>(),
            "torn": self.torn.as_ref().map(|torn| json!({
                "segment": torn.segment,
                "offset": torn.offset,
                "claimed_events": torn.claimed_events,
            })),
            "anchor": self.anchor.as_ref().map(|anchor| json!({
                "fits": *anchor == AnchorVerdict::Fits,
                "text": anchor.to_string(),
            })),
        })
    }
}

fn damage(damage: &Damage) -> Value {
    let affected = damage.affected.streams.iter().map(|affected| {
        json!({
            "stream": affected.stream,
            "first_version": affected.first.get(),
            "last_version": affected.last.get(),
        })
    });
    json!({
        "segment": damage.segment,
        "offset": damage.offset,
        "label": damage.label.to_string(),
        "detail": damage.detail,
        "first": damage.first.get(),
        "until": damage.until.map(gatefold_core::record::Position::get),
        "affected": affected.collect::<Vec<_>>(),
        "all_affected_known": damage.affected.complete,
    })
}
