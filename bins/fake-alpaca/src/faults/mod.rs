//! What goes wrong, and when, is decided here: by rules, on demand or by a seed.

mod plan;

pub(crate) use plan::{Met, Occasion, Plan, Scene};

use serde::{Deserialize, Serialize};

/// Everything that is to go wrong. By default: nothing.
///
/// ```
/// let faults: fake_alpaca::Faults = toml::from_str(
///     "[[rules]]\nwhat = \"timeout_after\"\non = \"submit\"\ntimes = 1\n",
/// )?;
/// assert_eq!(faults.rules.len(), 1);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// Decides by chance where a rule does; the server's own seed if absent.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Rules in order: for one occasion the first that applies is taken.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

impl Faults {
    /// Every kind of fault, each meeting so many of a thousand of its occasions.
    #[must_use]
    pub fn every_kind(per_mille: u16) -> Self {
        let rules = Fault::ALL.iter().map(|what| Rule { per_mille, ..Rule::always(*what) });
        Self { seed: None, rules: rules.collect() }
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What.
    pub what: Fault,
    /// For requests: only those of this kind.
    #[serde(default)]
    pub on: Option<On>,
    /// Only for the account of this name.
    #[serde(default)]
    pub account: Option<String>,
    /// Only where this symbol is traded. For requests: only those whose body or path names it.
    #[serde(default)]
    pub symbol: Option<String>,
    /// So many occasions pass first.
    #[serde(default)]
    pub skip: u32,
    /// So often in all; without end if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// So many of a thousand occasions, by the seed. 1000: each.
    #[serde(default = "each")]
    pub per_mille: u16,
    /// For faults that take a while: milliseconds by the wall clock. Each has its own default.
    #[serde(default)]
    pub millis: Option<u64>,
}

const fn each() -> u16 {
    1_000
}

impl Rule {
    /// It goes wrong every time.
    #[must_use]
    pub const fn always(what: Fault) -> Self {
        Self {
            what,
            on: None,
            account: None,
            symbol: None,
            skip: 0,
            times: None,
            per_mille: each(),
            millis: None,
        }
    }

    /// It goes wrong so often, from now on.
    #[must_use]
    pub fn times(what: Fault, times: u32) -> Self {
        Self { times: Some(times), ..Self::always(what) }
    }

    /// The same for requests of one kind only.
    #[must_use]
    pub fn on(self, on: On) -> Self {
        Self { on: Some(on), ..self }
    }
}

/// Kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// `POST /v2/orders`.
    Submit,
    /// `DELETE /v2/orders` and of one order.
    Cancel,
    /// `PATCH /v2/orders/…`.
    Replace,
    /// `DELETE /v2/positions` and of one position, and exercise.
    Close,
    /// Everything else of the trading hosts.
    Read,
    /// Market data.
    Data,
}

/// Declares the faults, each with its name, its scene and how long it takes by default.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident in $scene:ident for $millis:literal),+ $(,)?) => {
        /// What can go wrong. The names in files are these in lower case with underscores.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fault { $($(#[$doc])* $fault),+ }

        impl Fault {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$fault),+];

            pub(crate) const fn scene(self) -> Scene {
                match self { $(Self::$fault => Scene::$scene),+ }
            }

            /// Milliseconds it takes where the rule does not say.
            pub(crate) const fn millis(self) -> u64 {
                match self { $(Self::$fault => $millis),+ }
            }
        }
    };
}

faults! {
    /// The request is never read on; the connection hangs (30 s) and closes.
    TimeoutBefore in Request for 30_000,
    /// The request is carried out; the answer never comes, the connection hangs (30 s) and closes.
    TimeoutAfter in Request for 30_000,
    /// The connection is reset before the request is carried out.
    ResetBefore in Request for 0,
    /// The connection is reset after the request was carried out.
    ResetAfter in Request for 0,
    /// 429 without the request being carried out, and for everything after it (1 s).
    RateLimited in Request for 1_000,
    /// 500 with a JSON body, without the request being carried out.
    ServerError in Request for 0,
    /// 500 although the request was carried out.
    ServerErrorAfter in Request for 0,
    /// 504 with an HTML body, without the request being carried out.
    GatewayHtml in Request for 0,
    /// 504 with an HTML body although the request was carried out.
    GatewayHtmlAfter in Request for 0,
    /// 200 with a body that ends in the middle.
    CutBody in Request for 0,
    /// The answer comes late (1 s), as it is.
    Slow in Request for 1_000,
    /// An order is not found by look-ups at first (500 ms).
    HiddenAtFirst in Submit for 500,
    /// An order is taken and rejected afterwards.
    RejectedLater in Submit for 0,
    /// An order never trades though the market crosses it.
    NeverFills in Submit for 0,
    /// Cancels of an order are answered with 204 and it stays open.
    IgnoresCancels in Submit for 0,
    /// A canceled order stays in `pending_cancel` until its time runs out.
    CancelsForEver in Submit for 0,
    /// An order is canceled, and then filled.
    FillsAfterCancel in Submit for 0,
    /// Only a part of what could be filled is.
    PartialFill in Fill for 0,
    /// Positions and account show a fill later (2 s).
    PositionsLag in Fill for 2_000,
    /// The FILL activity appears later (2 s).
    ActivityLate in Fill for 2_000,
    /// A stream event is lost.
    EventDropped in Event for 0,
    /// A stream event comes twice.
    EventDoubled in Event for 0,
    /// A stream event comes after those that follow it within a moment (150 ms).
    EventReordered in Event for 150,
    /// A stream event comes late (2 s).
    EventLate in Event for 2_000,
    /// The stream goes silent, pings included (5 s), and stays connected.
    StreamSilent in Event for 5_000,
    /// The stream is cut.
    StreamCut in Event for 0,
    /// A replacement is answered with 200 and rejected afterwards.
    ReplaceRejected in Replace for 0,
    /// A replacement is answered with 422 and takes place.
    ReplaceErrorAfter in Replace for 0,
    /// The broker closes a long option on its last day by an order of its own.
    ClosedByBroker in LastDay for 0,
    /// A short option is assigned at midnight, before its last day.
    AssignedEarly in Night for 0,
}

impl Fault {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_from_toml_and_strangers_are_refused() {
        let text = "seed = 7\n[[rules]]\nwhat = \"event_late\"\nper_mille = 50\nmillis = 10\n";
        let faults: Faults = toml::from_str(text).unwrap();
        let rule = Rule { per_mille: 50, millis: Some(10), ..Rule::always(Fault::EventLate) };
        assert_eq!(faults, Faults { seed: Some(7), rules: vec![rule] });
        assert!(toml::from_str::<Faults>("[[rules]]\nwhat = \"fire\"\n").is_err());
        assert!(toml::from_str::<Faults>("[[rule]]\nwhat = \"slow\"\n").is_err());
    }

    #[test]
    fn every_kind_has_a_rule() {
        assert_eq!(Faults::every_kind(30).rules.len(), Fault::ALL.len());
    }
}
