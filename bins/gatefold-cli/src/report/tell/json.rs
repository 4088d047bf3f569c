//! The page for programs.

use gatefold::core::record::event::Mode;
use serde_json::{Map, Value, json};

use crate::holdings;
use crate::report::causes::Cause;
use crate::report::status::Status;
use crate::report::tell::Page;

impl Page<'_> {
    pub(crate) fn json(&self) -> Value {
        let engine = &self.fold.engine;
        let executions = self.gathered.executions.iter().map(|(account, traded)| {
            json!({
                "account": account.to_string(),
                "mode": engine.account(account).map(|it| it.mode()).map(Mode::name),
                "count": traded.count,
                "bought": traded.bought.to_string(),
                "sold": traded.sold.to_string(),
                "notional": traded.notional().to_string(),
                "fees": traded.fees.to_string(),
            })
        });
        let positions = engine.accounts().map(|account| {
            json!({
                "account": account.id().to_string(),
                "counted": account.totals().counted,
                "limit": account.limits().max_positions,
                "exposure": account.totals().gross.to_string(),
                "max_exposure": account.limits().max_exposure.to_string(),
                "open": holdings::positions_json(account),
            })
        });
        let runs = self.gathered.runs.iter().map(|((account, day), run)| {
            json!({
                "account": account.to_string(),
                "day": day.to_string(),
                "first": run.first.to_string(),
                "last": run.last.to_string(),
                "events": run.events,
                "received": run.received,
                "approved": run.approved,
                "executions": run.executions,
                "notional": run.notional.to_string(),
            })
        });
        let refusals = self.gathered.refusals(&self.window).into_iter().map(|it| {
            let (gate, code, count) = it;
            json!({ "gate": gate, "code": code, "count": count })
        });
        json!({
            "log": self.dir,
            "position": self.fold.position().get(),
            "since": self.window.since.to_string(),
            "until": self.window.until.to_string(),
            "funnel": self.funnel_json(),
            "refusals": refusals.collect::<Vec<_>>(),
            "executions": executions.collect::<Vec<_>>(),
            "positions": positions.collect::<Vec<_>>(),
            "runs": runs.collect::<Vec<_>>(),
            "errors": self.causes.iter().map(error).collect::<Vec<_>>(),
            "database": self.database_json(),
            "thresholds": self.thresholds_json(),
            "crossed": self.crossed_json(),
        })
    }

    fn funnel_json(&self) -> Value {
        let statuses = Status::ALL.map(|status| {
            let (count, ppm) = self.share(status);
            let share = format!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000);
            json!({ "status": status.name(), "count": count, "share": share })
        });
        let accounts = self.funnel.iter().map(|(account, counts)| {
            let counts =
                counts.iter().map(|(status, count)| (status.name().to_owned(), json!(count)));
            let counts: Map<String, Value> = counts.collect();
            json!({ "account": account.map(|it| it.to_string()), "statuses": counts })
        });
        json!({
            "total": self.total(),
            "statuses": statuses,
            "accounts": accounts.collect::<Vec<_>>(),
        })
    }

    fn database_json(&self) -> Value {
        let Some(beside) = &self.beside else { return Value::Null };
        let schema = match &beside.schema {
            Ok(version) => json!({ "ok": true, "migration": version, "differences": [] }),
            Err(why) => {
                let lines: Vec<&str> = why.lines().map(str::trim).collect();
                json!({ "ok": false, "migration": null, "differences": lines })
            }
        };
        let models = beside.lag.map(|lag| {
            json!({
                "position": lag.position.get(),
                "lacking": lag.events,
                "behind": lag.behind.to_string(),
            })
        });
        json!({ "schema": schema, "read_models": models, "waiting": beside.waiting })
    }

    fn thresholds_json(&self) -> Value {
        json!({
            "max_failure_rate": self.thresholds.failure_rate.to_string(),
            "max_openings": self.thresholds.openings,
            "openings_within": self.thresholds.openings_within.to_string(),
            "max_lag": self.thresholds.lag.to_string(),
        })
    }

    fn crossed_json(&self) -> Value {
        let row = |it: &crate::report::judge::Crossed| {
            json!({
                "threshold": it.what.name(),
                "account": it.account.map(|account| account.to_string()),
                "observed": it.observed,
                "limit": it.limit,
            })
        };
        self.crossed.iter().map(row).collect()
    }
}

fn error(cause: &Cause) -> Value {
    let sample = |(at, text): &(String, String)| json!({ "at": at, "text": text });
    json!({
        "kind": cause.kind,
        "cause": cause.text,
        "count": cause.count,
        "first": cause.first.to_string(),
        "last": cause.last.to_string(),
        "samples": cause.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}
