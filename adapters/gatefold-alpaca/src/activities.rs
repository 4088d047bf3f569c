//! What changes an account without a trade, booked once: by the id of its row, with revisions kept.
//!
//! An assignment or exercise is booked when both of its rows are there, the contract's and the
//! shares'; an expiry or a sum of money at once. What cannot be booked by itself (a merger, a
//! spin-off, a corrected row) is a finding, and the account may only reduce until somebody has
//! booked it.

use std::collections::BTreeMap;

use gatefold_core::record::event::{
    Adjustment, CashKind, CashMoved, FindingKind, PositionAdjusted, PremiumRule,
};
use gatefold_core::route::{Report, Severity};
use gatefold_core::vocabulary::{ExecutionId, Instrument, Money, NetQuantity};

use crate::follow::Follower;
use crate::wire::{Activity, ActivityKind};

/// What is kept of a row to tell a revision from a repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    status: Option<String>,
    amount: Option<String>,
    quantity: Option<String>,
    booked: bool,
}

/// Everything seen of one account's activities besides fills.
#[derive(Debug, Default)]
pub(crate) struct Activities {
    seen: BTreeMap<String, Vec<Version>>,
    /// Rows of pairs whose other half has not come, as they came: what an account realized depends
    /// on the order in which shares came and went.
    halves: Vec<Activity>,
}

/// Past this a row is too long ago to come again.
const SEEN_MAX: usize = 50_000;

impl Activities {
    /// Learns from rows, oldest first.
    pub(crate) fn read(&mut self, rows: &[Activity], follower: &mut Follower) {
        for row in rows.iter().filter(|row| row.kind() != ActivityKind::Fill) {
            self.read_one(row, follower);
        }
        self.pair(follower);
        self.split(follower);
        while self.seen.len() > SEEN_MAX {
            self.seen.pop_first();
        }
    }

    fn read_one(&mut self, row: &Activity, follower: &mut Follower) {
        let text = |number: &Option<crate::wire::Number>| number.as_ref().map(|it| it.to_string());
        let version = Version {
            status: row.status.clone(),
            amount: text(&row.net_amount),
            quantity: text(&row.qty),
            booked: !row.is_revised(),
        };
        let known = self.seen.entry(row.id.clone()).or_default();
        let same = |it: &Version| {
            (&it.status, &it.amount, &it.quantity)
                == (&version.status, &version.amount, &version.quantity)
        };
        if known.iter().any(same) {
            return;
        }
        let revises = !known.is_empty() || row.is_revised();
        known.push(version);
        if revises {
            let text = format!("{} was changed by the broker: book the difference", shown(row));
            return follower.differ(FindingKind::UnknownActivity, None, text);
        }
        match row.kind() {
            ActivityKind::Fill => {}
            ActivityKind::Expired => expire(row, follower),
            ActivityKind::Assigned
            | ActivityKind::Exercised
            | ActivityKind::Delivery
            | ActivityKind::Split => {
                self.halves.push(row.clone());
            }
            ActivityKind::Fee => cash(row, CashKind::Fee, follower),
            ActivityKind::Income => cash(row, CashKind::Income, follower),
            ActivityKind::Deposit => cash(row, CashKind::Deposit, follower),
            ActivityKind::Other => refuse(row, "it is of a kind that is not booked", follower),
        }
    }

    /// Books each contract that ended against shares, once the shares are there too.
    fn pair(&mut self, follower: &mut Follower) {
        let ends: Vec<Activity> = self.of(&[ActivityKind::Assigned, ActivityKind::Exercised]);
        for end in ends {
            let shares = self.of(&[ActivityKind::Delivery]).into_iter().find(|it| fits(&end, it));
            let Some(shares) = shares else {
                let text = format!("{} waits for the row of its shares", shown(&end));
                follower.alarm(Severity::Warning, text);
                continue;
            };
            self.take_out(&end, &shares);
            let premium = PremiumRule::IntoShares;
            let delivered = |instrument, quantity: NetQuantity| Adjustment::Delivered {
                instrument,
                quantity: quantity.magnitude(),
                premium,
            };
            adjust(&end, delivered, follower);
        }
        for shares in self.of(&[ActivityKind::Delivery]) {
            let text = format!("{} waits for the row of its contract", shown(&shares));
            follower.alarm(Severity::Warning, text);
        }
    }

    /// Books a split where the broker takes the old shares out and puts the new ones in.
    fn split(&mut self, follower: &mut Follower) {
        for out in self.of(&[ActivityKind::Split]) {
            let gone = quantity(&out).filter(|it| it.is_short());
            let rows = self.of(&[ActivityKind::Split]);
            let same = |it: &&Activity| it.symbol == out.symbol && together(it, &out);
            let back =
                rows.iter().filter(same).find(|it| quantity(it).is_some_and(|it| it.is_long()));
            let (Some(gone), Some(back)) = (gone, back) else {
                continue;
            };
            let came = quantity(back).unwrap_or(NetQuantity::ZERO);
            let ratio = ratio(came.magnitude().nanos(), gone.magnitude().nanos());
            let Some((new, old)) = ratio else {
                continue;
            };
            self.take_out(&out, back);
            adjust(&out, |instrument, _| Adjustment::Split { instrument, new, old }, follower);
        }
        for row in self.of(&[ActivityKind::Split]) {
            let text = format!("{}: a split whose other row has not come", shown(&row));
            follower.differ(FindingKind::UnknownActivity, None, text);
        }
    }

    fn take_out(&mut self, one: &Activity, other: &Activity) {
        self.halves.retain(|row| row.id != one.id && row.id != other.id);
    }

    fn of(&self, kinds: &[ActivityKind]) -> Vec<Activity> {
        self.halves.iter().filter(|row| kinds.contains(&row.kind())).cloned().collect()
    }
}

/// Whether shares are those that a contract's end delivered: of its underlying, at its strike, as
/// many as it stands for, and said to belong together.
fn fits(end: &Activity, shares: &Activity) -> bool {
    let contract = end.symbol.as_deref().and_then(|it| Instrument::parse(it).ok());
    let Some(contract) = contract.and_then(|it| it.option().copied()) else {
        return false;
    };
    let (Some(contracts), Some(moved)) = (quantity(end), quantity(shares)) else {
        return false;
    };
    let due = contracts.magnitude().saturating_times(contract.multiplier());
    let strike = shares.price.as_ref().and_then(|it| it.price().ok());
    together(end, shares)
        && shares.symbol.as_deref() == Some(contract.underlying().as_str())
        && strike == Some(contract.strike())
        && moved.magnitude() == due
}

fn together(one: &Activity, other: &Activity) -> bool {
    match (&one.group_id, &other.group_id) {
        (Some(one), Some(other)) => one == other,
        _ => one.date == other.date,
    }
}

fn quantity(row: &Activity) -> Option<NetQuantity> {
    row.qty.as_ref().and_then(|it| it.net().ok())
}

/// A ratio in lowest terms, if it is one of whole numbers.
fn ratio(new: i64, old: i64) -> Option<(u32, u32)> {
    let (mut a, mut b) = (new, old);
    while b != 0 {
        (a, b) = (b, a.checked_rem(b)?);
    }
    let reduced = |it: i64| it.checked_div(a).and_then(|it| u32::try_from(it).ok());
    Some((reduced(new)?, reduced(old)?)).filter(|(new, old)| *new > 0 && *old > 0)
}

fn expire(row: &Activity, follower: &mut Follower) {
    let expired = |instrument, quantity: NetQuantity| Adjustment::Expired {
        instrument,
        quantity: quantity.magnitude(),
    };
    adjust(row, expired, follower);
}

fn adjust(
    row: &Activity,
    make: impl Fn(Instrument, NetQuantity) -> Adjustment,
    follower: &mut Follower,
) {
    let instrument = row.symbol.as_deref().and_then(|it| Instrument::parse(it).ok());
    let (Some(instrument), Some(quantity)) = (instrument, quantity(row)) else {
        return refuse(row, "its symbol or quantity cannot be read", follower);
    };
    let Ok(activity) = ExecutionId::new(&row.id) else {
        return refuse(row, "its id cannot be kept", follower);
    };
    let adjustment = make(instrument, quantity);
    let note = shown(row);
    follower.tell(Report::Activity(PositionAdjusted { adjustment, activity, note }));
}

fn cash(row: &Activity, kind: CashKind, follower: &mut Follower) {
    let amount = row.net_amount.as_ref().and_then(|it| it.money().ok());
    let (Some(amount), Ok(activity)) = (amount, ExecutionId::new(&row.id)) else {
        return refuse(row, "its amount or id cannot be read", follower);
    };
    if amount == Money::ZERO {
        return;
    }
    let (activity, note) = (Some(activity), shown(row));
    follower.tell(Report::Cash(CashMoved { kind, amount, activity, note }));
}

fn refuse(row: &Activity, why: &str, follower: &mut Follower) {
    let text = format!("{}: {why}; book it by hand", shown(row));
    follower.differ(FindingKind::UnknownActivity, None, text);
}

/// A row as evidence.
fn shown(row: &Activity) -> String {
    let mut text = format!("activity {} {}", row.id, row.activity_type);
    let number = |it: &crate::wire::Number| it.to_string();
    let parts = [
        ("", row.symbol.clone()),
        ("quantity ", row.qty.as_ref().map(number)),
        ("price ", row.price.as_ref().map(number)),
        ("amount ", row.net_amount.as_ref().map(number)),
        ("of ", row.date.clone()),
        ("status ", row.status.clone()),
        ("", row.description.clone().filter(|it| !it.is_empty())),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            text.push_str(&format!(", {name}{value}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of rows, in few words.
    fn told(activities: &mut Activities, rows: &[Activity]) -> Vec<String> {
        let mut follower = Follower::default();
        activities.read(rows, &mut follower);
        let short = |report| match report {
            Report::Activity(it) => match it.adjustment {
                Adjustment::Delivered { instrument, quantity, .. } => {
                    format!("delivered {quantity} {instrument}")
                }
                Adjustment::Expired { instrument, quantity } => {
                    format!("expired {quantity} {instrument}")
                }
                Adjustment::Split { instrument, new, old } => {
                    format!("split {instrument} {new} for {old}")
                }
                Adjustment::Transferred { instrument, quantity, .. } => {
                    format!("transferred {quantity} {instrument}")
                }
            },
            Report::Cash(it) => format!("{} {}", it.kind, it.amount),
            Report::Alarm { text, .. } => format!("alarm {}", text.split(' ').next_back().unwrap()),
            Report::Difference(it) => format!("{} {}", it.kind, it.state),
            Report::Order(_) | Report::Execution(_) | Report::Link(_) | Report::Books(_) => {
                panic!("nothing of that kind is told of activities")
            }
        };
        follower.take_reports().into_iter().map(short).collect()
    }

    fn recorded(name: &str) -> Vec<Activity> {
        let path = format!("{}/tests/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| vec![serde_json::from_str(&text).unwrap()])
    }

    fn row(json: &str) -> Activity {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn both_legs_of_an_assignment_or_exercise_are_one_event() {
        for (name, expected) in [
            ("activities-option-assignment-call-doc.json", "delivered 1 QS240301C00004500"),
            ("activities-option-assignment-put-doc.json", "delivered 1 QS240301P00009000"),
            ("activities-option-exercise-call-doc.json", "delivered 1 QS240301C00006500"),
        ] {
            let mut rows = recorded(name);
            let mut activities = Activities::default();
            assert_eq!(told(&mut activities, &rows), [expected]);
            assert_eq!(told(&mut activities, &rows), [""; 0], "{name}: by id, once");
            rows.reverse();
            assert_eq!(told(&mut Activities::default(), &rows), [expected], "in any order");
            let (first, second) = rows.split_at(1);
            let mut apart = Activities::default();
            assert_eq!(told(&mut apart, first).len(), 1, "waits, and says so");
            assert_eq!(told(&mut apart, second), [expected]);
        }
    }

    #[test]
    fn two_that_end_together_are_booked_as_their_rows_came() {
        let ends = |id: &str, symbol: &str, strike: &str, shares: &str| {
            [
                row(&format!(
                    r#"{{"id": "{id}", "activity_type": "OPASN", "symbol": "{symbol}", "qty": "1",
                        "date": "2015-12-24", "group_id": "{symbol}"}}"#
                )),
                row(&format!(
                    r#"{{"id": "{id}-s", "activity_type": "OPTRD", "symbol": "GOOG",
                        "qty": "{shares}", "price": "{strike}", "date": "2015-12-24",
                        "group_id": "{symbol}"}}"#
                )),
            ]
        };
        let call = ends("z", "GOOG160115C00775000", "775", "-100");
        let put = ends("a", "GOOG160115P00705000", "705", "100");
        let told = told(&mut Activities::default(), &[call, put].concat());
        let calls = "delivered 1 GOOG160115C00775000";
        assert_eq!(told, [calls, "delivered 1 GOOG160115P00705000"]);
    }

    #[test]
    fn shares_of_another_strike_or_number_do_not_fit() {
        let rows = recorded("activities-option-assignment-put-doc.json");
        let mut wrong = rows.clone();
        wrong[1].price = Some(crate::wire::Number::new("9.5"));
        assert!(told(&mut Activities::default(), &wrong).iter().all(|it| it.starts_with("alarm")));
        let mut wrong = rows;
        wrong[1].qty = Some(crate::wire::Number::new("200"));
        assert!(told(&mut Activities::default(), &wrong).iter().all(|it| it.starts_with("alarm")));
    }

    #[test]
    fn expiry_money_and_splits_are_booked() {
        assert_eq!(
            told(&mut Activities::default(), &recorded("activities-option-expiry-doc.json")),
            ["expired 1 QS240301C00010500", "expired 1 QS240301P00000500"]
        );
        assert_eq!(
            told(&mut Activities::default(), &recorded("activity-dividend.json")),
            ["Income 21.97"]
        );
        let rows = [
            row(r#"{"id": "a", "activity_type": "FEE", "net_amount": "-0.02"}"#),
            row(r#"{"id": "b", "activity_type": "SPLIT", "symbol": "KO", "qty": "-30"}"#),
            row(r#"{"id": "c", "activity_type": "SPLIT", "symbol": "KO", "qty": "120"}"#),
        ];
        assert_eq!(told(&mut Activities::default(), &rows), ["Fee -0.02", "split KO 4 for 1"]);
    }

    #[test]
    fn a_revision_or_an_unknown_kind_is_a_finding_that_restricts() {
        let mut activities = Activities::default();
        let fee = row(r#"{"id": "a", "activity_type": "FEE", "net_amount": "-1"}"#);
        assert_eq!(told(&mut activities, std::slice::from_ref(&fee)), ["Fee -1.00"]);
        let mut canceled = fee.clone();
        canceled.status = Some("canceled".into());
        assert_eq!(told(&mut activities, &[canceled.clone()]), ["UnknownActivity ReduceOnly"]);
        assert_eq!(told(&mut activities, &[fee, canceled]), [""; 0], "both revisions are known");
        let merger = row(r#"{"id": "m", "activity_type": "MA", "symbol": "KO", "qty": "5"}"#);
        assert_eq!(told(&mut activities, &[merger]), ["UnknownActivity ReduceOnly"]);
    }
}
