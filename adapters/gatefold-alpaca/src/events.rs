//! Whether the broker replays order events (server-sent events), and what it replays: used where it
//! is there, and never needed.

use gatefold_core::vocabulary::Timestamp;

use crate::api::Api;
use crate::wire::{TradeUpdate, decode};

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// The broker replays events.
    Present,
    /// It does not, or not for us.
    Absent,
}

const PATH: &str = "/v2/events/trades";

/// Asks for the events of a time that lies behind us, by moments: behind an id (`since_id`) they
/// would come without an end. `None` if the answer says nothing of whether there are any, as a
/// gateway's error does.
pub(crate) fn probe(
    api: &Api,
    since: Timestamp,
    until: Timestamp,
) -> Option<(Replay, Vec<TradeUpdate>)> {
    let path = format!("{PATH}?since={since}&until={until}");
    let reply = api.probe(&path).ok()?;
    meaning(reply.status, &String::from_utf8_lossy(&reply.body))
}

fn meaning(status: u16, text: &str) -> Option<(Replay, Vec<TradeUpdate>)> {
    match status {
        200 => Some(events(text).map_or((Replay::Absent, Vec::new()), |it| (Replay::Present, it))),
        429 | 500.. => None,
        _ => Some((Replay::Absent, Vec::new())),
    }
}

/// The events of a stream that has ended; `None` where it is no such stream. An event that cannot
/// be read is left out: REST tells what it told.
fn events(text: &str) -> Option<Vec<TradeUpdate>> {
    let mut found = Vec::new();
    for block in text.replace("\r\n", "\n").split("\n\n") {
        let mut data = String::new();
        for line in block.lines() {
            match line.split_once(':') {
                Some(("data", rest)) => {
                    if !data.is_empty() {
                        data.push('\n');
                    }
                    data.push_str(rest.strip_prefix(' ').unwrap_or(rest));
                }
                Some(("" | "event" | "id" | "retry", _)) => {}
                Some(_) | None if line.is_empty() => {}
                Some(_) | None => return None,
            }
        }
        if !data.is_empty()
            && let Ok(update) = decode("a trade event", data.as_bytes())
        {
            found.push(update);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_of_the_broker_says_that_there_are_none() {
        let found =
            |status, text| meaning(status, text).map(|(replay, events)| (replay, events.len()));
        for gateway in [429, 500, 502, 503, 504] {
            assert_eq!(found(gateway, "<html>no</html>"), None, "{gateway}");
        }
        for broker in [401, 403, 404, 422] {
            assert_eq!(found(broker, "{}"), Some((Replay::Absent, 0)), "{broker}");
        }
        assert_eq!(found(200, "<html>no</html>"), Some((Replay::Absent, 0)));
        assert_eq!(found(200, ""), Some((Replay::Present, 0)));
    }

    #[test]
    fn events_are_read_and_pages_are_not() {
        let text = ": welcome\n\nid: 01H\nevent: message\ndata: {\"event\": \"fill\",\ndata: \
                    \"event_id\": \"01H\", \"order\": {\"id\": \"o-1\"}}\n\ndata: broken\n\n";
        let read = events(text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].event_id.as_deref(), read[0].order.id.as_str()), (Some("01H"), "o-1"));
        assert_eq!(events("<html>no</html>"), None);
        assert_eq!(events("{\"message\": \"not found\"}"), None);
        assert_eq!(events(""), Some(Vec::new()));
    }
}
