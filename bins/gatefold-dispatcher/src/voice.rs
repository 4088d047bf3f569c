//! What is logged while it happens: one line a fact, with the field names that all lines share.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatefold::core::engine::Notice;
use gatefold::core::record::{Batch, Event, Stream};
use gatefold::core::route::{Alert, Severity};
use gatefold::core::vocabulary::Timestamp;
use gatefold::runtime::Listener;
use tracing::{debug, error, info, warn};
use tracing_subscriber::EnvFilter;

use crate::arguments::LogFormat;

/// Sends log lines to standard error.
pub(crate) fn listen_to_tracing(format: LogFormat, verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Human => lines.with_target(false).without_time().init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

/// How much of the input was there before.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) already_decided: AtomicUsize,
    pub(crate) already_failed: AtomicUsize,
}

/// Says what is decided, as it is decided.
pub(crate) struct Voice {
    pub(crate) counts: Arc<Counts>,
}

impl Listener for Voice {
    fn decided(&mut self, batch: &Batch) {
        let Stream::Account(account) = batch.stream() else {
            return batch.events().iter().for_each(say_failed);
        };
        let (account, at) = (account.as_str(), batch.at());
        for event in batch.events() {
            say(account, at, event);
        }
    }

    fn noticed(&mut self, notice: &Notice, now: Timestamp) {
        match notice {
            Notice::AlreadyDecided { account, recommendation, life } => {
                self.counts.already_decided.fetch_add(1, Ordering::Relaxed);
                let account = account.as_str();
                let recommendation_id = recommendation.as_str();
                debug!(%now, account, recommendation_id, %life, "already decided");
            }
            Notice::AlreadyFailed { source, line } => {
                self.counts.already_failed.fetch_add(1, Ordering::Relaxed);
                debug!(%now, source, line, "already recorded as failed");
            }
            Notice::UnknownAccount { account, recommendation } => {
                let account = account.as_str();
                let recommendation_id = recommendation.as_str();
                warn!(%now, account, recommendation_id, "no such account: recorded as failed");
            }
            Notice::NoSuchAccount { account } => {
                warn!(%now, account = account.as_str(), "told of an account that is not here");
            }
            Notice::Conflict { account, reason } | Notice::Refused { account, reason } => {
                error!(%now, account = account.as_str(), "{reason}");
            }
            Notice::Unaddressed { reason } => error!(%now, "{reason}"),
        }
    }

    fn alerted(&mut self, alert: &Alert, now: Timestamp) {
        let account = alert.account.as_str();
        match alert.severity {
            Severity::Warning => warn!(%now, account, "{}", alert.text),
            Severity::Critical => error!(%now, account, "{}", alert.text),
        }
    }
}

fn say_failed(event: &Event) {
    if let Event::RecommendationFailed(failed) = event {
        let (source, line) = (failed.source.as_str(), failed.line);
        warn!(source, line, "failed: {}", failed.reason);
    }
}

fn say(account: &str, at: Timestamp, event: &Event) {
    match event {
        Event::IntentApproved(it) => {
            let recommendation_id = it.recommendation.as_str();
            let order_key = it.key;
            let what = format_args!("{} {} {}", it.side, it.quantity, it.instrument);
            info!(%at, account, recommendation_id, %order_key, "approved: {what} at {}", it.price);
        }
        Event::IntentRefused(it) => {
            let recommendation_id = it.recommendation.as_str();
            let code = headline(&it.judgement.verdicts);
            info!(%at, account, recommendation_id, code, "refused");
        }
        Event::IntentDeferred(it) => {
            let recommendation_id = it.recommendation.as_str();
            let code = headline(&it.judgement.verdicts);
            info!(%at, account, recommendation_id, code, "deferred");
        }
        Event::RecommendationExpired(it) => {
            info!(%at, account, recommendation_id = it.recommendation.as_str(), "expired");
        }
        Event::OrderChanged(it) => {
            info!(%at, account, order_key = %it.key, state = %it.state, "{}", it.evidence);
        }
        Event::ExecutionBooked(it) => {
            let fill = &it.execution;
            let what = format_args!("{} {} {}", fill.side, fill.quantity, fill.instrument);
            match fill.order {
                Some(order_key) => {
                    info!(%at, account, %order_key, "filled: {what} at {}", fill.price);
                }
                None => warn!(%at, account, "traded by others: {what} at {}", fill.price),
            }
        }
        Event::ExitTriggered(it) => {
            let recommendation_id = it.recommendation.as_str();
            info!(%at, account, recommendation_id, "{} exit of {}", it.rule, it.instrument);
        }
        Event::StateSet(it) => warn!(%at, account, state = %it.state, "{}", it.reason),
        Event::FindingRecorded(it) => warn!(%at, account, "{}", it.evidence),
        Event::AccountOpened(_)
        | Event::GateSetDeclared(_)
        | Event::LimitsSet(_)
        | Event::DayRolled(_)
        | Event::CashMoved(_)
        | Event::RecommendationReceived(_)
        | Event::RecommendationFailed(_)
        | Event::RecommendationSettled(_)
        | Event::CancelRefused(_)
        | Event::LookUpMissed(_)
        | Event::MarksObserved(_)
        | Event::SnapshotTaken(_)
        | Event::ExitPlanSet(_)
        | Event::ExitFailed(_)
        | Event::ClosePlanned(_)
        | Event::Unprotected(_)
        | Event::PositionAdjusted(_)
        | Event::LinkChanged(_) => {
            debug!(%at, account, event = gatefold::core::record::codec::name(event), "recorded");
        }
    }
}

fn headline(verdicts: &gatefold::core::decide::Verdicts) -> &'static str {
    verdicts.headline().map_or("", |(_, verdict)| verdict.code.text())
}
