//! The program: what it prints, where it refuses to listen, and how it stops.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::request;

struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    ready: Value,
    _folder: tempfile::TempDir,
}

fn serve(arguments: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let quotes = "quoted_at,symbol,bid,bid_size,ask,ask_size\n\
                  2015-12-24T14:30:00Z,BAC,17.00,500,17.02,500\n";
    std::fs::write(folder.path().join("quotes.csv"), quotes).unwrap();
    let accounts = "[[accounts]]\nname = \"one\"\ncash = \"500.25\"\n\
                    [[accounts]]\nname = \"two\"\nenvironment = \"live\"\n";
    let file = folder.path().join("accounts.toml");
    std::fs::write(&file, accounts).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fake-alpaca"));
    command.arg("serve").arg("--market").arg(folder.path()).arg("--accounts").arg(file);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line).unwrap();
    Server { child, out, ready, _folder: folder }
}

impl Server {
    fn ends(&mut self) -> Option<i32> {
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill().unwrap();
        None
    }
}

#[test]
fn it_says_where_it_is_and_stops_on_sigterm() {
    let mut server = serve(&["--clock", "wall"]);
    let account = &server.ready["accounts"][0];
    let keys = [
        ("APCA-API-KEY-ID".to_owned(), account["key_id"].as_str().unwrap().to_owned()),
        ("APCA-API-SECRET-KEY".to_owned(), account["secret_key"].as_str().unwrap().to_owned()),
    ];
    let base = server.ready["base_url"].as_str().unwrap();
    let reply = request(base, "GET", "/v2/account", &keys, &Value::Null).unwrap();
    assert_eq!(reply.body["cash"], "500.25");
    assert_eq!(server.ready["accounts"][1]["environment"], "live");
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(server.ends(), Some(0));
    let mut rest = String::new();
    server.out.read_line(&mut rest).unwrap();
    assert_eq!(rest, "", "one line, and no more");
}

#[test]
fn it_stops_when_its_input_ends() {
    let mut server = serve(&["--until-stdin-closes"]);
    let mut input = server.child.stdin.take().unwrap();
    input.write_all(b"still here\n").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(server.child.try_wait().unwrap().is_none());
    drop(input);
    assert_eq!(server.ends(), Some(0));
}

#[test]
fn it_listens_on_loopback_only() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fake-alpaca"));
    command.args(["serve", "--market", ".", "--listen", "0.0.0.0:0"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("0.0.0.0:0 is not a loopback address: listen on 127.0.0.1"), "{said}");
}
