//! A small market, a running fake, and the simplest client that could be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use fake_alpaca::{AccountSettings, FakeAlpaca, Faults, Rule, Running, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Two stocks and a few contracts on the day before Christmas 2015, which closes at 18:00Z.
const QUOTES: &str = "\
quoted_at,symbol,bid,bid_size,ask,ask_size
2015-12-24T14:30:00Z,GOOG,749.90,100,750.10,100
2015-12-24T14:30:00Z,BAC,17.00,500,17.02,500
2015-12-24T14:30:00Z,GOOG151224C00740000,10.00,10,10.40,10
2015-12-24T14:30:00Z,GOOG151231C00760000,3.00,10,3.20,10
2015-12-24T14:30:00Z,GOOG151231P00700000,2.00,10,2.20,10
2015-12-24T15:00:00Z,GOOG,751.00,100,751.20,100
2015-12-24T15:00:00Z,BAC,16.50,500,16.52,500
2015-12-24T16:00:00Z,GOOG,752.00,100,752.20,100
2015-12-24T17:45:00Z,GOOG151224C00740000,11.90,10,12.10,10
2015-12-24T17:50:00Z,GOOG,752.00,100,752.20,100
2015-12-28T14:31:00Z,GOOG,755.00,100,755.20,100
";

pub(crate) struct Fake {
    pub(crate) running: Running,
    _market: TempDir,
}

impl Fake {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn faulty(rules: Vec<Rule>) -> Self {
        Self::with(|settings| settings.faults = Faults { seed: None, rules })
    }

    /// With one paper account named main that may ask as often as it likes.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let market = tempfile::tempdir().unwrap();
        std::fs::write(market.path().join("quotes.csv"), QUOTES).unwrap();
        let mut settings = Settings::new(market.path());
        settings.accounts = vec![account("main")];
        change(&mut settings);
        Self { running: FakeAlpaca::start(settings).unwrap(), _market: market }
    }

    pub(crate) fn at(&self, time: &str) {
        self.running.advance_to(time.parse().unwrap());
    }

    pub(crate) fn keys(&self, index: usize) -> [(String, String); 2] {
        let keys = &self.running.accounts[index];
        [
            ("APCA-API-KEY-ID".to_owned(), keys.key_id.clone()),
            ("APCA-API-SECRET-KEY".to_owned(), keys.secret_key.clone()),
        ]
    }

    /// One request of the first account on the paper site.
    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        request(&self.running.base_url, method, path, &self.keys(0), &body).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let reply = self.call("GET", path, Value::Null);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.body
    }

    pub(crate) fn post(&self, body: Value) -> Reply {
        self.call("POST", "/v2/orders", body)
    }

    /// The order that is taken.
    #[track_caller]
    pub(crate) fn take(&self, body: Value) -> Value {
        let reply = self.post(body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    pub(crate) fn order(&self, order: &Value) -> Value {
        self.get(&format!("/v2/orders/{}", text(order, "id")))
    }

    pub(crate) fn cancel(&self, order: &Value) -> Reply {
        self.call("DELETE", &format!("/v2/orders/{}", text(order, "id")), Value::Null)
    }

    /// A client that listens to the first account's orders.
    pub(crate) fn listen(&self) -> Listener {
        let mut listener = Listener::connect(&self.running.stream_url);
        let keys = &self.running.accounts[0];
        let data = json!({ "key_id": keys.key_id, "secret_key": keys.secret_key });
        listener.say(json!({ "action": "authenticate", "data": data }));
        assert_eq!(listener.hear()["data"]["status"], "authorized");
        listener.say(json!({ "action": "listen", "data": { "streams": ["trade_updates"] } }));
        assert_eq!(listener.hear()["data"]["streams"], json!(["trade_updates"]));
        listener
    }
}

/// A paper account without a limit of requests.
pub(crate) fn account(name: &str) -> AccountSettings {
    AccountSettings { requests_per_minute: 1_000_000, ..AccountSettings::paper(name) }
}

/// A buy of shares at the market.
pub(crate) fn buy(symbol: &str, qty: &str) -> Value {
    json!({ "symbol": symbol, "qty": qty, "side": "buy", "type": "market", "time_in_force": "day" })
}

/// A limit order for the day.
pub(crate) fn limit(symbol: &str, side: &str, qty: &str, price: &str) -> Value {
    json!({
        "symbol": symbol, "qty": qty, "side": side, "type": "limit", "limit_price": price,
        "time_in_force": "day"
    })
}

/// The same with another field.
pub(crate) fn and(mut body: Value, key: &str, value: impl Into<Value>) -> Value {
    body[key] = value.into();
    body
}

#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}"))
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) raw: String,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map_or_else(|| panic!("no header {name}: {:?}", self.headers), |(_, value)| value)
    }

    /// The refusal as `status code message`.
    pub(crate) fn refusal(&self) -> String {
        let code = self.body.get("code").map_or_else(|| "-".to_owned(), Value::to_string);
        format!("{} {code} {}", self.status, self.body["message"].as_str().unwrap_or(&self.raw))
    }
}

/// One request on a connection of its own; `None` if no whole answer comes within two seconds.
pub(crate) fn request(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &Value,
) -> Option<Reply> {
    let host = base.trim_start_matches("http://");
    let stream = TcpStream::connect(host).unwrap();
    exchange(stream, host, method, path, headers, body).map(|(reply, _)| reply)
}

/// One request on a connection that is kept.
pub(crate) fn exchange(
    mut stream: TcpStream,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &Value,
) -> Option<(Reply, TcpStream)> {
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "Content-Length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    let raw = String::from_utf8(bytes).unwrap();
    let body = serde_json::from_str(&raw).unwrap_or(Value::Null);
    Some((Reply { status, headers, raw, body }, reader.into_inner()))
}

pub(crate) struct Listener {
    pub(crate) socket: WebSocket<TcpStream>,
}

impl Listener {
    pub(crate) fn connect(url: &str) -> Self {
        let host = url.trim_start_matches("ws://").trim_end_matches("/stream");
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let (socket, _) = tungstenite::client(url, stream).unwrap();
        Self { socket }
    }

    pub(crate) fn say(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).unwrap();
    }

    /// The next message, which must come within two seconds.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> Value {
        self.next().unwrap_or_else(|| panic!("nothing is said"))
    }

    /// The next message; `None` if none comes within two seconds or the connection is cut.
    pub(crate) fn next(&mut self) -> Option<Value> {
        match self.socket.read().ok()? {
            Message::Binary(bytes) => serde_json::from_slice(&bytes).ok(),
            Message::Text(text) => serde_json::from_str(&text).ok(),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
        }
    }

    /// The names of the next events.
    #[track_caller]
    pub(crate) fn events(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| text(&self.hear()["data"], "event").to_owned()).collect()
    }
}
