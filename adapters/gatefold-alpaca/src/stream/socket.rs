//! The socket of a stream: how it is made, how it is read, and how long a read waits.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// So long may a connection take to be made, and a message to be written.
const CONNECT: Duration = Duration::from_secs(5);

pub(super) type Socket = WebSocket<MaybeTlsStream<TcpStream>>;

/// Connects and shakes hands; a read waits for `patience` at most.
pub(super) fn connect(address: &str, patience: Duration) -> Result<Socket, String> {
    let host = crate::environment::host(address);
    let port = port(address);
    let addresses = (host, port).to_socket_addrs().map_err(|error| format!("{host}: {error}"))?;
    let mut last = format!("{host} has no address");
    for place in addresses {
        let connected = TcpStream::connect_timeout(&place, CONNECT).and_then(|tcp| {
            tcp.set_nodelay(true)?;
            tcp.set_read_timeout(Some(patience))?;
            tcp.set_write_timeout(Some(CONNECT))?;
            Ok(tcp)
        });
        match connected {
            Ok(tcp) => {
                let shaken = tungstenite::client_tls(address, tcp);
                return shaken.map(|(socket, _)| socket).map_err(|error| error.to_string());
            }
            Err(error) => last = format!("{place}: {error}"),
        }
    }
    Err(last)
}

/// How long a read waits from now on.
pub(super) fn read_for(socket: &Socket, patience: Duration) -> std::io::Result<()> {
    if let MaybeTlsStream::Plain(tcp) = socket.get_ref() {
        tcp.set_read_timeout(Some(patience))?;
    }
    if let MaybeTlsStream::Rustls(tls) = socket.get_ref() {
        tls.sock.set_read_timeout(Some(patience))?;
    }
    Ok(())
}

/// The next message's bytes; `None` where nothing came in time or it was a control frame.
pub(super) fn read(socket: &mut Socket) -> Result<Option<Vec<u8>>, String> {
    match socket.read() {
        Ok(Message::Text(text)) => Ok(Some(text.as_bytes().to_vec())),
        Ok(Message::Binary(bytes)) => Ok(Some(bytes.to_vec())),
        Ok(Message::Close(_)) => Err("the broker closed it".to_owned()),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(None),
        Err(error) if is_pause(&error) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether nothing came in time, which is no fault.
pub(super) fn is_pause(error: &tungstenite::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    let tungstenite::Error::Io(error) = error else {
        return false;
    };
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

/// The port of an address: as written, or that of its scheme.
fn port(address: &str) -> u16 {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let written = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let usual = if address.starts_with("wss://") { 443 } else { 80 };
    written.unwrap_or(usual)
}
