//! How requests are read from a connection and answers written to it is decided here.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::wire::body::Fields;
use crate::wire::error::ApiError;

/// The most a head and a body may have.
const HEAD_MAX: usize = 32 * 1024;
const BODY_MAX: usize = 1024 * 1024;
const HEADERS_MAX: usize = 64;

/// A request that was read.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query, percent signs resolved.
    pub(crate) path: String,
    pub(crate) query: Fields,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The path in parts: `["v2", "orders"]`.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Whether it asks for a websocket.
    pub(crate) fn wants_websocket(&self) -> bool {
        self.header("upgrade").is_some_and(|it| it.eq_ignore_ascii_case("websocket"))
    }

    fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close"))
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// JSON with a status.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, content_type: "application/json; charset=UTF-8", headers: Vec::new(), body }
    }

    /// 204.
    pub(crate) fn nothing() -> Self {
        Self { body: Vec::new(), ..Self::json(204, &Value::Null) }
    }

    /// What a gateway says where the broker does not answer.
    pub(crate) fn gateway_html() -> Self {
        let page = "<html>\n<head><title>504 Gateway Time-out</title></head>\n<body>\n\
                    <center><h1>504 Gateway Time-out</h1></center>\n\
                    <hr><center>nginx/1.16.1</center>\n</body>\n</html>\n";
        let body = page.as_bytes().to_vec();
        Self { status: 504, content_type: "text/html", headers: Vec::new(), body }
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        let mut reply = Self::json(error.status, &error.body);
        if error.status == 401 {
            let schemes = "Bearer, Basic realm=\"alpaca.markets\"".to_owned();
            reply.headers.push(("WWW-Authenticate", schemes));
        }
        reply
    }
}

/// A connection with what was read ahead from it.
pub(crate) struct Wire {
    stream: TcpStream,
    ahead: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    /// The connection, for another protocol.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.ahead)
    }

    /// The next request; `None` where the client has gone or the server stops.
    pub(crate) fn read(&mut self, stop: &AtomicBool) -> io::Result<Option<Request>> {
        loop {
            if let Some((mut request, used)) = parse(&self.ahead)? {
                self.ahead.drain(..used);
                let length = request.header("content-length").unwrap_or("0").parse();
                let length: usize = length.map_err(|_| broken("content-length is no number"))?;
                if request.header("transfer-encoding").is_some() || length > BODY_MAX {
                    return Err(broken("a body must have a length, and a moderate one"));
                }
                if request.header("expect").is_some() {
                    self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                }
                while self.ahead.len() < length {
                    if !self.more(stop)? {
                        return Ok(None);
                    }
                }
                request.body = self.ahead.drain(..length).collect();
                return Ok(Some(request));
            }
            if self.ahead.len() > HEAD_MAX {
                return Err(broken("the head is too long"));
            }
            if !self.more(stop)? {
                return Ok(None);
            }
        }
    }

    /// Reads what there is; false at the end.
    fn more(&mut self, stop: &AtomicBool) -> io::Result<bool> {
        let mut chunk = [0; 8 * 1024];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.ahead.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    return Ok(true);
                }
                Err(error) if is_idle(&error) => {
                    if stop.load(Ordering::Acquire) {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes an answer whole, or `cut` in the middle of its body.
    pub(crate) fn write(&mut self, request: &Request, reply: &Reply, cut: bool) -> io::Result<()> {
        let keep = request.keeps_alive() && !cut;
        let mut out = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
        if reply.status != 204 {
            out.push_str(&format!("Content-Type: {}\r\n", reply.content_type));
            out.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
        }
        for (name, value) in &reply.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str(if keep {
            "Connection: keep-alive\r\n\r\n"
        } else {
            "Connection: close\r\n\r\n"
        });
        let mut bytes = out.into_bytes();
        let kept = if cut { reply.body.len().div_euclid(2) } else { reply.body.len() };
        bytes.extend_from_slice(reply.body.get(..kept).unwrap_or_default());
        self.stream.write_all(&bytes)?;
        if keep { Ok(()) } else { Err(io::Error::from(io::ErrorKind::ConnectionAborted)) }
    }
}

/// Whether nothing came within the time-out.
pub(crate) fn is_idle(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A request's head and how long it is; `None` as long as it is not complete.
fn parse(bytes: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Request::new(&mut headers);
    let parsed = head.parse(bytes).map_err(|error| broken(&error.to_string()))?;
    let httparse::Status::Complete(used) = parsed else {
        return Ok(None);
    };
    let target = head.path.unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = head.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value).into_owned();
        (header.name.to_owned(), value)
    });
    let request = Request {
        method: head.method.unwrap_or("").to_owned(),
        path: crate::wire::body::unescape(path),
        query: Fields::of_query(query),
        headers: headers.collect(),
        body: Vec::new(),
    };
    Ok(Some((request, used)))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        207 => "Multi-Status",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_complete() {
        let text = b"GET /v2/orders%3Aby_client_order_id?client_order_id=a HTTP/1.1\r\nHost: x\r\n";
        assert!(parse(text).unwrap().is_none());
        let whole = [text.as_slice(), b"X-Key: 1\r\n\r\nrest"].concat();
        let (request, used) = parse(&whole).unwrap().unwrap();
        assert_eq!(request.path, "/v2/orders:by_client_order_id");
        assert_eq!(request.query.text("client_order_id").unwrap(), "a");
        assert_eq!(request.header("x-key"), Some("1"));
        assert_eq!(whole.len() - used, 4);
        assert!(parse(b"\x00\x01").is_err());
    }
}
