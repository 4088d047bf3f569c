//! What an old recommendation becomes: received, and settled as what it came to. Nothing that the
//! old service left undecided can still trade.

use gatefold::config::ExitDefaults;
use gatefold::core::advise::Life;
use gatefold::core::record::event::{
    Mode, RecommendationFailed, RecommendationReceived, RecommendationSettled,
};
use gatefold::core::record::{Event, Stream};
use gatefold::core::vocabulary::{AccountId, Timestamp};
use gatefold::inbox::read_line;
use gatefold::postgres::{LegacyRow, LegacyTable};
use serde_json::{Map, Value};

use crate::import::owners::{Draft, Old, Place};
use crate::import::plan::{Class, Fact, Verdict};
use crate::import::values::{instrument, may, mode, need, plain};

/// The strategy of advice that named none.
pub(crate) const STRATEGY: &str = "legacy";
/// What failed recommendations are recorded under.
const SOURCE: &str = "legacy recommendations";
/// The most bytes of a reason that are recorded.
const REASON_BYTES_MAX: usize = 2_048;

/// What the old service says of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Pending,
    Executed,
    Simulated,
    Skipped,
    Failed,
    Expired,
}

impl Status {
    fn of(text: &str) -> Result<Self, Verdict> {
        match text.to_ascii_uppercase().as_str() {
            "PENDING" => Ok(Self::Pending),
            "EXECUTED" => Ok(Self::Executed),
            "SIMULATED" => Ok(Self::Simulated),
            "SKIPPED" => Ok(Self::Skipped),
            "FAILED" => Ok(Self::Failed),
            "EXPIRED" => Ok(Self::Expired),
            _ => {
                let why = format!("nobody knows a status {text:?}");
                Err(Verdict::contradictory(Class::Status, why, None))
            }
        }
    }
}

/// Which executions there are of a recommendation.
#[derive(Clone, Copy, Debug, Default)]
struct Traded {
    really: usize,
    simulated: usize,
}

pub(crate) fn judge(old: &Old<'_>, draft: &mut Draft) {
    for place in old.rows(LegacyTable::Recommendations) {
        let account = old.owner(&place).ok();
        let told = old.admit(&place).and_then(|account| read(old, &place, account));
        let verdict = match told {
            Ok((facts, how)) => Verdict::Adopted { facts: draft.tell(facts), how },
            Err(verdict) => verdict,
        };
        draft.say(&place, account, verdict);
    }
}

fn read(
    old: &Old<'_>,
    place: &Place<'_>,
    account: AccountId,
) -> Result<(Vec<Fact>, String), Verdict> {
    let row = place.row;
    let created = need(row, "created_at", str::parse::<Timestamp>)?;
    let settled = may(row, "status_at", str::parse::<Timestamp>)?.unwrap_or(created);
    let settled = settled.max(created);
    let mut status = Status::of(row.get("status").unwrap_or_default())?;
    let traded = traded(old, place, account);
    if let Some(why) = contradiction(status, traded) {
        let adopt = "take the executions' word";
        old.unless_adopted(place, Class::Status, why, adopt)?;
        status = match traded {
            Traded { really: 1.., .. } => Status::Executed,
            Traded { simulated: 1.., .. } => Status::Simulated,
            Traded { .. } => status,
        };
    }
    let id = place.id();
    let line = line(row, &id, account, created);
    let key = (LegacyTable::Recommendations, account, id.as_str());
    if status == Status::Failed {
        let reason = clipped(row.get("reason").unwrap_or("the old service gave no reason"));
        let how = format!("failed: {}", reason.lines().next().unwrap_or_default());
        let number = u64::try_from(place.at).unwrap_or(u64::MAX).saturating_add(1);
        let number = id.parse::<u64>().unwrap_or(number);
        let failed =
            RecommendationFailed { source: SOURCE.to_owned(), line: number, text: line, reason };
        let event = Event::RecommendationFailed(failed);
        return Ok((vec![Fact::of(key, 0, (settled, Stream::System), event)], how));
    }
    instrument(row)?;
    let advice = read_line(&line, &ExitDefaults::default())
        .map_err(|why| Verdict::dropped(Class::Unreadable, why))?;
    let life = match status {
        Status::Executed => Life::Executed,
        Status::Simulated => Life::Simulated,
        Status::Skipped => Life::Refused,
        Status::Failed => Life::Failed,
        // Left undecided, it could still be traded on: it ends here.
        Status::Expired | Status::Pending => Life::Expired,
    };
    let how = match status {
        Status::Pending => "received; never decided, so it ends as Expired".to_owned(),
        Status::Skipped => {
            let reason = row.get("reason").unwrap_or("the old service gave no reason");
            format!("received, settled as {life}: {reason}")
        }
        Status::Executed | Status::Simulated | Status::Failed | Status::Expired => {
            format!("received, settled as {life}")
        }
    };
    let stream = Stream::Account(account);
    let recommendation = advice.id;
    let received = Event::RecommendationReceived(RecommendationReceived { recommendation: advice });
    let ended = Event::RecommendationSettled(RecommendationSettled { recommendation, life });
    let facts = vec![
        Fact::of(key, 0, (created, stream), received),
        Fact::of(key, 1, (settled, stream), ended),
    ];
    Ok((facts, how))
}

/// Executions of other accounts are told where they stand.
fn traded(old: &Old<'_>, place: &Place<'_>, account: AccountId) -> Traded {
    let mut traded = Traded::default();
    let Some(id) = place.row.get("id") else { return traded };
    for execution in old.executions_of(id) {
        if old.owner(&execution) != Ok(account) {
            continue;
        }
        match execution.row.get("mode").map(mode) {
            Some(Ok(Mode::Simulated)) => traded.simulated += 1,
            Some(Ok(Mode::Paper | Mode::Live)) => traded.really += 1,
            Some(Err(_)) | None => {}
        }
    }
    traded
}

fn contradiction(status: Status, traded: Traded) -> Option<String> {
    let Traded { really, simulated } = traded;
    let said = match (status, really, simulated) {
        (Status::Executed, 0, 0) => "EXECUTED, and there is no execution".to_owned(),
        (Status::Executed, 0, _) => "EXECUTED, and its executions are simulated".to_owned(),
        (Status::Executed, 1.., 0) | (Status::Simulated, 0, _) => return None,
        (Status::Executed, 1.., 1..) => "EXECUTED, both really and simulated".to_owned(),
        (Status::Simulated, 1.., _) => format!("SIMULATED, and {really} executions are real"),
        (Status::Pending | Status::Skipped | Status::Failed | Status::Expired, 0, 0) => {
            return None;
        }
        (Status::Pending | Status::Skipped | Status::Failed | Status::Expired, _, _) => {
            let status = format!("{status:?}").to_uppercase();
            format!("{status}, and there are {} executions", really + simulated)
        }
    };
    Some(format!("its status is {said}"))
}

/// The row as a line of an inbox.
fn line(row: &LegacyRow, id: &str, account: AccountId, created: Timestamp) -> String {
    let mut fields = Map::new();
    let mut add = |name: &str, text: &str| {
        fields.insert(name.to_owned(), Value::String(text.to_owned()));
    };
    add("recommendation_id", id);
    add("account", account.as_str());
    add("strategy", row.get("strategy").unwrap_or(STRATEGY));
    add("created_at", &created.to_string());
    if let Some(symbol) = row.get("symbol") {
        add("symbol", symbol);
    }
    for name in ["quantity", "limit_price", "confidence", "stop_price", "target_price"] {
        if let Some(text) = row.get(name) {
            add(name, plain(text));
        }
    }
    if let Some(action) = row.get("action") {
        add("action", &action.to_ascii_lowercase());
    }
    Value::Object(fields).to_string()
}

fn clipped(text: &str) -> String {
    let mut end = text.len().min(REASON_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}
