//! What is told of an account at a glance is decided here.

mod usage;

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use gatefold::core::advise::Life;
use gatefold::core::decide::{Account, Scope};
use gatefold::core::record::Stream;
use gatefold::core::vocabulary::{AccountId, Timestamp};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::args;
use crate::books::{Books, Fold};
use crate::holdings;
use crate::human;
use crate::replay::heading;
use crate::table::{Side, Table};

/// So much of the input that failed is listed.
const FAILED_ROWS_MAX: usize = 20;

/// When each account's last event happened.
type Lasts = HashMap<AccountId, Timestamp>;

pub(crate) fn run(args: &args::Status) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let mut lasts = Lasts::new();
    let fold = books.fold(None, &mut |entry, _| {
        if let Stream::Account(account) = entry.stream {
            lasts.insert(account, entry.at);
        }
    })?;
    let accounts = match fold.accounts(args.account.as_ref()) {
        Ok(accounts) => accounts,
        Err(answer) => return Ok(answer),
    };
    let dir = books.name.clone();
    if args.form.json {
        let accounts: Vec<Value> = accounts.iter().map(|it| account_json(it, &lasts)).collect();
        return Ok(Answer::json(&json!({
            "log": dir,
            "position": fold.position().get(),
            "at": fold.last.map(|(_, at)| at.to_string()),
            "failed_inputs": fold.engine.system().failed().count(),
            "accounts": accounts,
        })));
    }
    let mut out = heading(&dir, &fold);
    out.push_str(&failed(&fold));
    for account in accounts {
        out.push_str(&text(account, &lasts));
    }
    Ok(Answer::ok(out))
}

fn failed(fold: &Fold) -> String {
    let mut table = Table::plain(&[Side::Left, Side::Left]);
    let mut count = 0_usize;
    for failed in fold.engine.system().failed() {
        count += 1;
        if count <= FAILED_ROWS_MAX {
            table.row([format!("{}:{}", failed.source, failed.line), failed.reason.clone()]);
        }
    }
    if table.is_empty() {
        return String::new();
    }
    let more = match count.saturating_sub(FAILED_ROWS_MAX) {
        0 => String::new(),
        more => format!("  and {more} more: `gatefold report` groups them by cause\n"),
    };
    format!("\ninput that failed\n{}{more}", table.render(2))
}

fn text(account: &Account, lasts: &Lasts) -> String {
    let mut facts = Table::plain(&[Side::Left, Side::Left]);
    facts.row(["state".to_owned(), state(account)]);
    facts.row(["equity".to_owned(), human::money(account.equity())]);
    facts.row(["cash".to_owned(), human::money(account.cash())]);
    let power = human::money_or(account.buying_power().left(), "never reported by the broker");
    facts.row(["buying power".to_owned(), power]);
    facts.row(["day P&L".to_owned(), human::money_or(account.day_pnl(), "the day is not opened")]);
    facts.row(["realized P&L".to_owned(), human::money(account.realized_pnl())]);
    facts.row(["unrealized P&L".to_owned(), human::money(account.unrealized_pnl())]);
    facts.row(["fees".to_owned(), human::money(account.fees())]);
    facts.row(["recommendations".to_owned(), outcomes(account)]);
    facts.row(["last event".to_owned(), moment(lasts.get(&account.id()))]);
    facts.row(["last snapshot".to_owned(), moment(account.contact().synced_at.as_ref())]);
    facts.row(["order updates".to_owned(), link(account)]);
    let mut limits =
        Table::new(&[("limit", Side::Left), ("used", Side::Right), ("of", Side::Right)]);
    for usage in usage::all(account) {
        limits.row([usage.name.to_owned(), usage.used_shown(), usage.limit_shown()]);
    }
    format!(
        "\naccount {} ({})\n{}\n{}\n{}{}",
        account.id(),
        account.mode(),
        facts.render(2),
        limits.render(2),
        holdings::positions(account),
        holdings::orders(account)
    )
}

fn moment(at: Option<&Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), ToString::to_string)
}

fn link(account: &Account) -> String {
    match account.contact().link {
        Some((link, since)) => format!("{link} since {since}"),
        None => "never heard".to_owned(),
    }
}

fn scope(scope: Scope) -> String {
    match scope {
        Scope::Global => "everything".to_owned(),
        Scope::Account => "the account".to_owned(),
        Scope::Strategy(strategy) => format!("strategy {strategy}"),
    }
}

fn state(account: &Account) -> String {
    let states = account.states();
    let causes: Vec<String> = states
        .in_force()
        .map(|(of, cause, state)| format!("{state} for {} by {cause}", scope(of)))
        .collect();
    if causes.is_empty() {
        return states.common().to_string();
    }
    format!("{} ({})", states.common(), causes.join("; "))
}

/// Advice from outside by where it stands, and how much the engine gave itself.
fn counts(account: &Account) -> (BTreeMap<Life, u64>, u64) {
    let mut counts = BTreeMap::new();
    let mut own = 0;
    for (id, advice) in account.all_advice() {
        // Outside advice cannot have these ids.
        if id.as_str().starts_with("exit-") || id.as_str().starts_with("close-") {
            own += 1;
        } else {
            *counts.entry(advice.life).or_default() += 1;
        }
    }
    (counts, own)
}

fn outcomes(account: &Account) -> String {
    let (counts, own) = counts(account);
    let mut parts: Vec<String> =
        counts.iter().map(|(life, count)| format!("{count} {life}")).collect();
    if own > 0 {
        parts.push(format!("{own} of its own exits"));
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn account_json(account: &Account, lasts: &Lasts) -> Value {
    let (counts, own) = counts(account);
    let counts: BTreeMap<String, u64> =
        counts.iter().map(|(life, count)| (life.to_string(), *count)).collect();
    let states = account.states().in_force().map(|(of, cause, state)| {
        json!({
            "scope": scope(of), "cause": cause.to_string(), "state": state.to_string(),
        })
    });
    let contact = account.contact();
    json!({
        "account": account.id().to_string(),
        "mode": account.mode().to_string(),
        "state": account.states().common().to_string(),
        "states": states.collect::<Vec<_>>(),
        "equity": account.equity().to_string(),
        "cash": account.cash().to_string(),
        "realized_pnl": account.realized_pnl().to_string(),
        "unrealized_pnl": account.unrealized_pnl().to_string(),
        "day_pnl": account.day_pnl().map(|it| it.to_string()),
        "fees": account.fees().to_string(),
        "buying_power": account.buying_power().left().map(|it| it.to_string()),
        "limits": usage::all(account).iter().map(usage::Usage::json).collect::<Vec<_>>(),
        "recommendations": counts,
        "own_recommendations": own,
        "positions": holdings::positions_json(account),
        "orders": holdings::orders_json(account),
        "version": account.version().get(),
        "last_event_at": lasts.get(&account.id()).map(ToString::to_string),
        "last_snapshot_at": contact.synced_at.map(|at| at.to_string()),
        "link": contact.link.map(|(link, _)| link.to_string()),
        "link_since": contact.link.map(|(_, since)| since.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::story::{Story, ask};

    #[test]
    fn accounts_are_shown_at_a_glance() {
        let mut story = Story::begin();
        story.advise("large", "r-1", 200);
        story.fail(3, "{", "no JSON");
        let folder = story.end();
        let (out, _, code) = ask(&folder, "status --account large");
        assert_eq!(code, 0);
        expect![[r#"
            log DIR, folded up to position 18, 2026-02-03T17:30:00Z

            input that failed
              inbox.jsonl:3  no JSON

            account large (Simulated)
              state            Active
              equity           $24,999.50
              cash             $22,999.50
              buying power     $23,000.00
              day P&L          -$0.50
              realized P&L     $0.00
              unrealized P&L   $0.00
              fees             $0.50
              recommendations  1 Executed
              last event       2026-02-03T17:30:00Z
              last snapshot    2026-02-03T17:30:00Z
              order updates    Up since 2026-02-03T17:30:00Z

              limit                     used          of
              max_positions                1           5
              max_exposure         $2,000.00  $20,000.00
              max_daily_loss           $0.50     $500.00
              max_entries_per_day          1          20
              max_exits_per_day            0         200

              position  quantity  average    mark      value  unrealized  marked by
              ACME           200   $10.00  $10.00  $2,000.00       $0.00  entry price
              plan for ACME  stop $7.50, target $15.00
              no working orders
        "#]]
        .assert_eq(&out);
        let (out, _, _) = ask(&folder, "status --json");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["failed_inputs"], 1);
        assert_eq!(json["accounts"][0]["recommendations"]["Executed"], 1);
        assert_eq!(json["accounts"][0]["positions"][0]["quantity"], "200");
        assert_eq!(json["accounts"][0]["limits"][1]["used"], "2000.00");
        assert_eq!(json["accounts"][1]["equity"], "25000.00");
    }
}
