//! What can be known before trading, and in which order it is told, is decided here.

mod accounts;
mod broker;
mod database;
mod inbox;
mod log;
mod market;

use anyhow::Result;
use gatefold::config::{Config, ConfigError};
use gatefold::core::vocabulary::Calendar;
use serde_json::json;

use crate::answer::{Answer, NEGATIVE, OK};
use crate::args;
use crate::table;

/// So many lines of detail are told of one check.
const DETAILS_MAX: usize = 10;
/// Columns of a detail.
const COLUMNS_MAX: usize = 80;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// In order.
    Ok,
    /// In order, and worth knowing.
    Note,
    /// Not in order.
    Wrong,
}

/// One line of the checklist.
#[derive(Debug)]
struct Finding {
    check: &'static str,
    mark: Mark,
    text: String,
    details: Vec<String>,
}

impl Finding {
    fn ok(check: &'static str, text: String) -> Self {
        Self { check, mark: Mark::Ok, text, details: Vec::new() }
    }

    fn wrong(check: &'static str, text: String) -> Self {
        Self { check, mark: Mark::Wrong, text, details: Vec::new() }
    }

    /// A detail that is worth knowing.
    fn note(&mut self, detail: String) {
        self.mark = self.mark.max(Mark::Note);
        self.details.push(detail);
    }

    /// A detail that is not in order.
    fn refuse(&mut self, detail: String) {
        self.mark = Mark::Wrong;
        self.details.push(detail);
    }
}

pub(crate) fn run(args: &args::Check) -> Result<Answer> {
    let findings = match Config::load(&args.config) {
        Ok(config) => findings(&config),
        Err(error @ ConfigError::Unreadable { .. }) => return Err(error.into()),
        Err(error @ ConfigError::Refused { .. }) => {
            let mut finding = Finding::wrong("configuration", "refused".to_owned());
            finding.details = error.to_string().lines().map(str::to_owned).collect();
            vec![finding]
        }
    };
    let wrong = findings.iter().any(|finding| finding.mark == Mark::Wrong);
    let code = if wrong { NEGATIVE } else { OK };
    let out = if args.form.json { json(args, &findings, wrong) } else { text(&findings, wrong) };
    Ok(Answer::report(out, code))
}

fn findings(config: &Config) -> Vec<Finding> {
    let calendar = Calendar::nyse();
    let (inbox, advice) = inbox::check(config, &calendar);
    let mut findings = vec![
        accounts::check(config),
        inbox,
        market::check(config, &calendar, &advice),
        log::check(config),
    ];
    findings.extend(broker::check(config));
    findings.extend(database::check(config));
    findings
}

fn text(findings: &[Finding], wrong: bool) -> String {
    let mut out = String::new();
    for finding in findings {
        let mark = match finding.mark {
            Mark::Ok => "ok   ",
            Mark::Note => "note ",
            Mark::Wrong => "WRONG",
        };
        out.push_str(&format!("{mark}  {}: {}\n", finding.check, finding.text));
        // What the configuration refuses is laid out with its lines already.
        let laid_out = finding.check == "configuration";
        let most = if laid_out { usize::MAX } else { DETAILS_MAX };
        for detail in finding.details.iter().take(most) {
            let lines =
                if laid_out { vec![detail.clone()] } else { table::wrap(detail, COLUMNS_MAX) };
            for (index, line) in lines.iter().enumerate() {
                let lead = if index == 0 || laid_out { "       " } else { "         " };
                out.push_str(format!("{lead}{line}").trim_end());
                out.push('\n');
            }
        }
        let more = finding.details.len().saturating_sub(most);
        if more > 0 {
            out.push_str(&format!("       ... and {more} more\n"));
        }
    }
    out.push_str(if wrong { "\nnot ready: correct what is marked WRONG\n" } else { "\nready\n" });
    out
}

fn json(args: &args::Check, findings: &[Finding], wrong: bool) -> String {
    let row = |finding: &Finding| {
        json!({
            "check": finding.check,
            "ok": finding.mark != Mark::Wrong,
            "text": finding.text,
            "details": finding.details,
        })
    };
    let value = json!({
        "config": args.config.display().to_string(),
        "ok": !wrong,
        "checks": findings.iter().map(row).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::Parser;
    use expect_test::expect;

    use crate::args::Cli;
    use crate::story::{CONFIG, QUOTES, Story};

    fn line(id: &str, account: &str, symbol: &str) -> String {
        let advice = serde_json::json!({
            "recommendation_id": id,
            "account": account,
            "symbol": symbol,
            "action": "buy_to_open",
            "quantity": "5",
            "limit_price": "10.00",
            "strategy": "swing",
            "created_at": "2026-02-03T17:30:00Z",
        });
        advice.to_string()
    }

    fn folder(inbox: &[String]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gatefold.toml"), CONFIG).unwrap();
        fs::write(folder.path().join("inbox.jsonl"), inbox.join("\n")).unwrap();
        fs::write(folder.path().join("quotes.csv"), QUOTES).unwrap();
        folder
    }

    fn check(folder: &Path) -> (String, u8) {
        let config = folder.join("gatefold.toml").display().to_string();
        let cli = Cli::try_parse_from(["gatefold", "check", &config]).unwrap();
        let answer = crate::answer(&cli.command).unwrap();
        (answer.out.replace(&folder.display().to_string(), "DIR"), answer.code)
    }

    #[test]
    fn what_is_in_order_is_ready_and_stays_untouched() {
        let folder = folder(&[line("r-1", "large", "ACME")]);
        let before = fs::read_dir(folder.path()).unwrap().count();
        let (out, code) = check(folder.path());
        expect![[r#"
            ok     configuration: large (Simulated)
            ok     inbox: DIR/inbox.jsonl: recommendations 1, lines that are none 0
            ok     market: quotes 1, instruments 1, 2026-02-03T17:29:59Z to 2026-02-03T17:29:59Z
            ok     log: DIR/log will be made

            ready
        "#]]
        .assert_eq(&out);
        assert_eq!(code, 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let inbox = [
            line("r-1", "large", "ACME"),
            "{".to_owned(),
            line("r-2", "nobody", "ACME"),
            line("r-1", "large", "OTHER"),
        ];
        let folder = folder(&inbox);
        fs::create_dir(folder.path().join("log")).unwrap();
        fs::write(folder.path().join("log/notes.txt"), "mine").unwrap();
        let (out, code) = check(folder.path());
        expect![[r#"
            ok     configuration: large (Simulated)
            WRONG  inbox: DIR/inbox.jsonl: recommendations 3, lines that are none 1
                   line 2: not a JSON object: EOF while parsing an object (column 1)
                   r-1 comes 2 times for large: the first decides
                   account nobody is not configured: recommendations for it 1; add
                     [accounts.nobody] or correct them
            note   market: quotes 1, instruments 1, 2026-02-03T17:29:59Z to 2026-02-03T17:29:59Z
                   OTHER is advised and has no quote: it will not be traded
            WRONG  log: DIR/log holds something else; name an empty or a new directory

            not ready: correct what is marked WRONG
        "#]]
        .assert_eq(&out);
        assert_eq!(code, 1);
    }

    #[test]
    fn a_log_that_is_there_is_compared() {
        let folder = folder(&[line("r-1", "large", "ACME")]);
        let story = Story::begin().end();
        fs::rename(story.path(), folder.path().join("log")).unwrap();
        let (out, code) = check(folder.path());
        expect![[r#"
            ok     configuration: large (Simulated)
            ok     inbox: DIR/inbox.jsonl: recommendations 1, lines that are none 0
            ok     market: quotes 1, instruments 1, 2026-02-03T17:29:59Z to 2026-02-03T17:29:59Z
            note   log: DIR/log: events 12
                   account tiny is in the log and not configured (books that are open: 0)

            ready
        "#]]
        .assert_eq(&out);
        assert_eq!(code, 0);
    }

    #[test]
    fn a_refused_configuration_shows_its_problems() {
        let folder = folder(&[]);
        let broken = CONFIG.replace("max_positions = 5\n", "max_position = 5\n");
        fs::write(folder.path().join("gatefold.toml"), broken).unwrap();
        let (out, code) = check(folder.path());
        assert_eq!(code, 1);
        assert!(out.contains("max_position"), "{out}");
        assert!(out.ends_with("not ready: correct what is marked WRONG\n"), "{out}");
    }
}
