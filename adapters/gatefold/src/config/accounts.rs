//! What an account's section must say is decided here. An account has what its own section gives
//! it, and nothing else.

use std::collections::BTreeMap;

use gatefold_core::decide::Limits;
use gatefold_core::record::event::Mode;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{AccountId, Money};

use crate::config::kind::{FLAG, Form, Kind, MONEY, word};
use crate::config::limits;
use crate::config::section::Section;

/// One account, as its section describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountConfig {
    /// Its name.
    pub id: AccountId,
    /// Against what it trades.
    pub mode: Mode,
    /// Cash it starts with, US dollars.
    pub cash: Money,
    /// How cost leaves a position.
    pub cost_method: CostMethod,
    /// Its limits.
    pub limits: Limits,
}

const MODE: Kind<Mode> = Kind {
    form: Form::Text,
    what: "against what the account trades",
    example: "\"simulated\"",
    unit: "",
    parse: |text| {
        word(text, &[("simulated", Mode::Simulated), ("paper", Mode::Paper), ("live", Mode::Live)])
    },
};

const COST_METHOD: Kind<CostMethod> = Kind {
    form: Form::Text,
    what: "how cost leaves a position",
    example: "\"average\"",
    unit: "",
    parse: |text| {
        word(
            text,
            &[
                ("average", CostMethod::Average),
                ("fifo", CostMethod::Fifo),
                ("lifo", CostMethod::Lifo),
            ],
        )
    },
};

const HELP: &str = "write [accounts.NAME] with mode, cash and cost_method, and \
                    [accounts.NAME.limits]; there is no default account";

pub(super) fn read(file: &mut Section<'_>, through_alpaca: bool) -> Vec<AccountConfig> {
    let Some(section) = file.must_section("accounts", HELP) else {
        return Vec::new();
    };
    let children = section.children();
    if children.is_empty() {
        section.source().refuse(section.place(), "no account is configured", HELP);
    }
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut accounts = Vec::new();
    for (entry, own) in children {
        let line = own.source().line(entry.key_span.start);
        if let Some(first) = lines.insert(entry.key.to_lowercase(), line) {
            let message =
                format!("account `{}` differs from that of line {first} in case only", entry.key);
            let help = "give one of them another name: people and files mix such names up";
            own.source().refuse(entry.key_span.clone(), message, help);
        }
        let id = own.named(&entry, AccountId::new);
        accounts.extend(account(own, id, through_alpaca));
    }
    accounts
}

fn account(
    mut section: Section<'_>,
    id: Option<AccountId>,
    through_alpaca: bool,
) -> Option<AccountConfig> {
    let place = section.entry("mode").map(|entry| entry.span);
    let mode = section.must("mode", &MODE);
    let allow_live = section.read("allow_live", &FLAG);
    if let (Some(mode), Some(place)) = (mode, place) {
        let source = section.source();
        match mode {
            Mode::Simulated if through_alpaca => {
                let message = "mode = \"simulated\" with [broker] kind = \"alpaca\"";
                source.refuse(place, message, "write mode = \"paper\", or simulate the broker too");
            }
            Mode::Live if allow_live != Some(true) => {
                let message = "mode = \"live\" trades real money without allow_live = true";
                let help = "write mode = \"paper\"; or allow_live = true beside it, and give \
                            --allow-live on the command line";
                source.refuse(place, message, help);
            }
            Mode::Paper | Mode::Live if !through_alpaca => {
                let message = format!("mode = \"{}\" with a simulated broker", named(mode));
                let help =
                    "write mode = \"simulated\", or kind = \"alpaca\" in [market] and [broker]";
                source.refuse(place, message, help);
            }
            Mode::Simulated | Mode::Paper | Mode::Live => {}
        }
    }
    let cash = section.must("cash", &MONEY);
    let cost_method = section.must("cost_method", &COST_METHOD);
    let help = "write its mandatory limits there; an account inherits none";
    let limits = section.must_section("limits", help).and_then(limits::read);
    section.finish();
    let (id, mode, cash, cost_method, limits) = (id?, mode?, cash?, cost_method?, limits?);
    Some(AccountConfig { id, mode, cash, cost_method, limits })
}

/// A mode as the file writes it.
fn named(mode: Mode) -> &'static str {
    match mode {
        Mode::Simulated => "simulated",
        Mode::Paper => "paper",
        Mode::Live => "live",
    }
}
