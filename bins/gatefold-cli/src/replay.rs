//! What the folded state at a place of the log looks like is decided here.

use anyhow::Result;
use gatefold::core::decide::Account;
use serde_json::json;

use crate::answer::Answer;
use crate::args;
use crate::books::{Books, Fold};
use crate::holdings;
use crate::human;

pub(crate) fn run(args: &args::Replay) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let fold = books.fold(args.until, &mut |_, _| {})?;
    let accounts = match fold.accounts(args.account.as_ref()) {
        Ok(accounts) => accounts,
        Err(answer) => return Ok(answer),
    };
    let dir = books.name.clone();
    if args.form.json {
        return Ok(Answer::json(&json!({
            "log": dir,
            "position": fold.position().get(),
            "at": fold.last.map(|(_, at)| at.to_string()),
            "accounts": accounts.iter().map(|it| account_json(it)).collect::<Vec<_>>(),
        })));
    }
    let mut out = heading(&dir, &fold);
    for account in accounts {
        out.push_str(&text(account));
    }
    Ok(Answer::ok(out))
}

/// Which log, and up to where.
pub(crate) fn heading(dir: &str, fold: &Fold) -> String {
    match fold.last {
        Some((position, at)) => format!("log {dir}, folded up to position {position}, {at}\n"),
        None => format!("log {dir}, no events\n"),
    }
}

fn text(account: &Account) -> String {
    format!(
        "\naccount {}\n  version     {}\n  state hash  {}\n  cash        {}\n  equity      {}\n  \
         realized    {}\n{}{}",
        account.id(),
        account.version(),
        account.state_hash(),
        human::money(account.cash()),
        human::money(account.equity()),
        human::money(account.realized_pnl()),
        holdings::positions(account),
        holdings::orders(account)
    )
}

fn account_json(account: &Account) -> serde_json::Value {
    json!({
        "account": account.id().to_string(),
        "version": account.version().get(),
        "state_hash": account.state_hash().to_string(),
        "cash": account.cash().to_string(),
        "equity": account.equity().to_string(),
        "realized_pnl": account.realized_pnl().to_string(),
        "positions": holdings::positions_json(account),
        "orders": holdings::orders_json(account),
    })
}

#[cfg(test)]
mod tests {
    use gatefold::core::vocabulary::Span;

    use crate::story::{Story, ask};

    fn states(out: &str) -> Vec<(String, u64)> {
        let json: serde_json::Value = serde_json::from_str(out).unwrap();
        let of = |it: &serde_json::Value| {
            (it["state_hash"].as_str().unwrap().to_owned(), it["version"].as_u64().unwrap())
        };
        json["accounts"].as_array().unwrap().iter().map(of).collect()
    }

    #[test]
    fn the_state_at_a_place_is_the_state_when_it_was_the_end() {
        let mut story = Story::begin();
        story.advise("large", "r-1", 200);
        let (short, _, _) = ask(&story.end(), "replay --json");
        let end: serde_json::Value = serde_json::from_str(&short).unwrap();

        let mut story = Story::begin();
        story.advise("large", "r-1", 200);
        story.pass(Span::minutes(1));
        story.advise("tiny", "r-2", 50);
        let folder = story.end();
        let until = format!("replay --json --until {}", end["position"]);
        assert_eq!(states(&ask(&folder, &until).0), states(&short));
        let at = format!("replay --json --until {}", end["at"].as_str().unwrap());
        assert_eq!(states(&ask(&folder, &at).0), states(&short));
        assert_ne!(states(&ask(&folder, "replay --json").0), states(&short));

        let (text, _, _) =
            ask(&folder, &format!("replay --account large --until {}", end["position"]));
        assert!(text.contains(&states(&short)[0].0), "{text}");
        assert!(text.contains("ACME"), "{text}");
        assert!(!text.contains("tiny"), "{text}");
    }
}
