//! What a day had, as counts with names: summed over all days, they show that it was one.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::storm;

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn add(&mut self, name: &str, count: u64) {
        *self.0.entry(name.to_owned()).or_default() += count;
    }

    pub(crate) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub(crate) fn take(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, count)| self.add(name, *count));
    }

    pub(crate) fn to_json(&self) -> Value {
        self.0.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect()
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let fields = value.as_object().into_iter().flatten();
        Self(fields.map(|(name, it)| (name.clone(), it.as_u64().unwrap_or(0))).collect())
    }

    /// Kinds of faults that never took effect.
    pub(crate) fn missing_faults(&self) -> Vec<String> {
        let names = storm::kinds().map(|fault| format!("fault.{}", fault.name()));
        names.filter(|name| self.of(name) == 0).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            ["orders", "fills", "partial fills", "refused by gates", "refused by the broker"];
        let shown = shown.map(|name| format!("{} {name}", self.of(name)));
        let faults: u64 = storm::kinds().map(|it| self.of(&format!("fault.{}", it.name()))).sum();
        write!(formatter, "{}, {faults} faults", shown.join(", "))
    }
}
