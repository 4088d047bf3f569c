//! The order stream: who hears what, and how it breaks.

use std::time::{Duration, Instant};

use fake_alpaca::{AccountSettings, Fault, Rule};
use serde_json::json;

use crate::harness::{Fake, Listener, account, buy, limit, request, text};

#[test]
fn a_fill_is_told_to_its_own_account_only_in_binary_frames() {
    let fake = Fake::with(|settings| {
        settings.accounts = vec![account("main"), AccountSettings::live("real")];
    });
    let mut listener = fake.listen();
    let live = &fake.running.live_url;
    request(live, "POST", "/v2/orders", &fake.keys(1), &buy("BAC", "1")).unwrap();
    let order = fake.take(buy("BAC", "2"));
    assert_eq!(listener.events(2), ["pending_new", "new"]);
    let frame = listener.socket.read().unwrap();
    assert!(frame.is_binary(), "paper");
    let told: serde_json::Value = serde_json::from_slice(&frame.into_data()).unwrap();
    let data = &told["data"];
    assert_eq!((text(&told, "stream"), text(data, "event")), ("trade_updates", "fill"));
    assert_eq!((text(data, "price"), text(data, "qty")), ("17.02", "2"));
    assert_eq!(data["position_qty"], "2");
    assert_eq!(data["order"]["id"], order["id"]);
    assert_eq!(text(data, "execution_id").len(), 36);
}

#[test]
fn both_forms_of_login_work_and_wrong_keys_do_not() {
    let fake = Fake::start();
    let mut listener = Listener::connect(&fake.running.stream_url);
    listener.say(json!({ "action": "listen", "data": { "streams": ["trade_updates"] } }));
    let refused = listener.hear();
    assert_eq!(refused["data"], json!({ "status": "unauthorized", "action": "listen" }));
    listener.say(json!({ "action": "auth", "key": "PKNOBODY", "secret": "x" }));
    assert_eq!(listener.hear()["data"]["status"], "unauthorized");
    let keys = &fake.running.accounts[0];
    listener.say(json!({ "action": "auth", "key": keys.key_id, "secret": keys.secret_key }));
    assert_eq!(listener.hear()["data"]["status"], "authorized");
    let streams = json!({ "streams": ["trade_updates", "weather"] });
    listener.say(json!({ "action": "listen", "data": streams }));
    assert_eq!(listener.hear()["data"]["streams"], json!(["trade_updates"]));
    listener.say(json!({ "action": "listen", "data": { "streams": [] } }));
    assert_eq!(listener.hear()["data"]["streams"], json!([]));
}

#[test]
fn events_are_lost_doubled_and_late() {
    let fake = Fake::faulty(vec![
        Rule::times(Fault::EventDropped, 1),
        Rule::times(Fault::EventDoubled, 1),
        Rule { millis: Some(100), ..Rule::times(Fault::EventReordered, 1) },
    ]);
    let mut listener = fake.listen();
    fake.take(buy("BAC", "1"));
    fake.take(limit("GOOG", "buy", "1", "1"));
    // Lost: pending_new. Twice: new. Late: the fill, after the other order's events.
    assert_eq!(listener.events(5), ["new", "new", "pending_new", "new", "fill"]);
}

#[test]
fn a_silent_stream_stays_connected_and_answers_no_ping() {
    let silent = Rule { millis: Some(600), ..Rule::times(Fault::StreamSilent, 1) };
    let fake = Fake::faulty(vec![silent]);
    let mut listener = fake.listen();
    fake.take(buy("BAC", "1"));
    std::thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    listener.socket.send(tungstenite::Message::Ping(Vec::new().into())).unwrap();
    let pong = listener.socket.read().unwrap();
    assert!(pong.is_pong() && began.elapsed() > Duration::from_millis(300));
    fake.take(buy("BAC", "1"));
    assert_eq!(listener.events(1), ["pending_new"], "what was missed is not told again");
}

#[test]
fn a_cut_stream_does_not_tell_again_what_it_missed() {
    let fake = Fake::faulty(vec![Rule::times(Fault::StreamCut, 1)]);
    let mut listener = fake.listen();
    fake.take(buy("BAC", "1"));
    assert!(listener.next().is_none());
    let mut listener = fake.listen();
    fake.take(buy("GOOG", "1"));
    let first = listener.hear();
    assert_eq!(first["data"]["order"]["symbol"], "GOOG");
}
