//! How the reasons of a decision are found and shown is decided here.

mod describe;
mod json;
mod text;

use anyhow::Result;
use gatefold::core::advise::Life;
use gatefold::core::decide::{Gates, Unit};
use gatefold::core::view;

use crate::answer::Answer;
use crate::args;
use crate::books::{Books, Fold};

pub(crate) use json::{gate as gate_json, quote as quote_json};

/// So many similar ids are named where one was not found.
const NEAREST: usize = 5;

pub(crate) fn run(args: &args::Explain) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let mut explain = view::Explain::new(args.recommendation, args.account);
    let fold = books.fold(None, &mut |entry, event| explain.apply(entry, event))?;
    if let Some(account) = &args.account
        && fold.engine.account(account).is_none()
    {
        return Ok(fold.no_account(account));
    }
    let found = explain.explanations().next().is_some() || !explain.failures().is_empty();
    if args.form.json {
        let answer = Answer::json(&json::all(args, &explain, &fold));
        return Ok(if found { answer } else { answer.into_negative() });
    }
    if found {
        Ok(Answer::ok(text::all(args, &explain, &fold)))
    } else {
        Ok(unknown(args, &explain))
    }
}

fn unknown(args: &args::Explain, explain: &view::Explain) -> Answer {
    let place = args.account.map_or_else(String::new, |account| format!(" by account {account}"));
    let nearest: Vec<String> = explain.nearest(NEAREST).iter().map(ToString::to_string).collect();
    let help = if nearest.is_empty() {
        "no recommendation was received at all".to_owned()
    } else {
        format!("nearest: {}", nearest.join(", "))
    };
    Answer::negative(format!(
        "recommendation {} was not received{place}; {help}",
        args.recommendation
    ))
}

/// Where the advice stands now, as far as the account remembers it.
fn life(fold: &Fold, explanation: &view::Explanation) -> Option<Life> {
    let account = fold.engine.account(&explanation.account)?;
    account.advice(&explanation.received.1.id).map(|advice| advice.life)
}

/// What the numbers of a gate are; `None` for a gate that this program does not know.
fn unit(gates: &Gates, name: &str) -> Option<Unit> {
    gates.cards().find(|card| card.name == name).map(|card| card.unit)
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};
    use gatefold::core::vocabulary::Span;

    use crate::story::{Story, ask};

    /// `r-1` is bought and stopped out, `r-2` is too large for `tiny`, `r-3` cannot be read.
    fn day() -> tempfile::TempDir {
        let mut story = Story::begin();
        story.advise("large", "r-1", 200);
        story.advise("tiny", "r-2", 200);
        story.fail(
            3,
            r#"{"recommendation_id": "r-3", "quantity": "x"}"#,
            "quantity x is no number",
        );
        story.pass(Span::minutes(1));
        story.quote("7.40");
        story.pass(Span::minutes(1));
        story.end()
    }

    #[test]
    fn an_approved_recommendation_is_told_to_its_end() {
        let (out, _, code) = ask(&day(), "explain r-1");
        assert_eq!(code, 0);
        expect_file!["../golden/explain_approved.txt"].assert_eq(&out);
    }

    #[test]
    fn a_refused_recommendation_shows_every_gate() {
        let (out, _, code) = ask(&day(), "explain r-2 --account tiny");
        assert_eq!(code, 0);
        expect_file!["../golden/explain_refused.txt"].assert_eq(&out);
    }

    #[test]
    fn a_failed_line_is_found_by_the_id_in_its_text() {
        let (out, _, code) = ask(&day(), "explain r-3");
        assert_eq!(code, 0);
        expect![[r#"
            recommendation r-3, inbox.jsonl line 3
              outcome   Failed: it was no recommendation and no gate saw it
              reason    quantity x is no number
              text      {"recommendation_id": "r-3", "quantity": "x"}
              recorded  2026-02-03T17:30:00Z (position 20)
        "#]]
        .assert_eq(&out);
    }

    #[test]
    fn an_unknown_id_is_a_no_that_names_its_neighbors() {
        let (out, err, code) = ask(&day(), "explain r-22");
        assert_eq!((out.as_str(), code), ("", 1));
        expect!["recommendation r-22 was not received; nearest: r-2, r-1, exit-15"].assert_eq(&err);
        let (_, err, code) = ask(&day(), "explain r-1 --account nobody");
        assert_eq!(code, 1);
        expect!["no account nobody in this log; its accounts: large, tiny"].assert_eq(&err);
    }

    #[test]
    fn json_has_its_documented_fields() {
        let (out, _, _) = ask(&day(), "explain r-2 --json");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let decision = &json["accounts"][0]["decisions"][0];
        assert_eq!(json["accounts"][0]["account"], "tiny");
        assert_eq!(json["accounts"][0]["life"], "Refused");
        assert_eq!(decision["outcome"], "Refused");
        assert_eq!(decision["notional"], "2000.00");
        let gates = decision["gates"].as_array().unwrap();
        let binding = gates.iter().find(|gate| gate["gate"] == decision["gate"]).unwrap();
        assert_eq!(binding["code"], "NOTIONAL_EXCEEDED");
        assert_eq!(binding["observed"], "2000.00");
        assert_eq!(binding["limit"], "1000.00");
        let (out, _, code) = ask(&day(), "explain r-22 --json");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(code, 1);
        assert_eq!(json["nearest"][0], "r-2");
    }
}
