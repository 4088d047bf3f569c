//! A log to ask about: that of `docs/incident`, written as the dispatcher writes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use gatefold::config::Config;
use gatefold::core::route::Broker;
use gatefold::core::vocabulary::Calendar;
use gatefold::runtime::{Agenda, Ending, Options, Parts, Replay, ReplayClock, Shard, Silent};
use gatefold::sim::SimClock;
use gatefold::stage::SimStage;
use gatefold::{logs, wiring};
use serde_json::Value;

/// A copy of the incident, played to its end: the folder keeps the configuration and the log.
pub(crate) struct Incident {
    folder: tempfile::TempDir,
}

impl Incident {
    pub(crate) fn play() -> Self {
        Self::play_with(|_, text| text)
    }

    /// The same with another configuration; `change` may write files into the folder.
    pub(crate) fn play_with(change: impl FnOnce(&Path, String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident");
        for name in ["gatefold.toml", "recommendations.jsonl", "quotes.csv", "expected.toml"] {
            std::fs::copy(source.join(name), folder.path().join(name)).unwrap();
        }
        let incident = Self { folder };
        let config = incident.file("gatefold.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, change(incident.folder.path(), text)).unwrap();
        write_log(&Config::load(incident.file("gatefold.toml")).unwrap());
        incident
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks the program; `LOG` and `CONFIG` stand for those of the incident, `HERE/` for its folder.
    pub(crate) fn ask(&self, question: &str) -> Output {
        let words = question.split_whitespace().map(|word| match word {
            "LOG" => self.file("gatefold-data"),
            "CONFIG" => self.file("gatefold.toml"),
            word => match word.strip_prefix("HERE/") {
                Some(name) => self.file(name),
                None => PathBuf::from(word),
            },
        });
        Command::new(env!("CARGO_BIN_EXE_gatefold")).args(words).output().unwrap()
    }

    /// The text of an answer that must be a yes.
    pub(crate) fn told(&self, question: &str) -> String {
        let output = self.ask(question);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{question}\n{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, question: &str) -> Value {
        serde_json::from_str(&self.told(question)).unwrap()
    }
}

/// Writes the log as the dispatcher does.
fn write_log(config: &Config) {
    let mut agenda = Agenda::read(&mut wiring::open_inbox(config).unwrap()).unwrap();
    let calendar = Calendar::nyse();
    let market = wiring::open_market(&config.market, &calendar).unwrap();
    let lease = logs::lead(config, &mut |held| panic!("nobody else writes: {held:?}")).unwrap();
    let log = logs::open(config, lease).unwrap().log;
    let engine = wiring::open_engine(config, &*log).unwrap();
    let (prices, time) = (market.market(), SimClock::default());
    let broker = wiring::open_broker(config, &*log, prices.clone(), time.clone(), calendar);
    let broker = Arc::new(broker.unwrap());
    let mut stage = SimStage { market, broker: Arc::clone(&broker), clock: time };
    let clock = ReplayClock::default();
    let served = |id| (id, Arc::clone(&broker) as Arc<dyn Broker>);
    let parts = Parts {
        engine,
        log,
        brokers: config.accounts.iter().map(|it| served(it.id)).collect(),
        market: Arc::new(prices),
        clock: Arc::new(clock.clone()),
        listener: Box::new(Silent),
    };
    let shard = Shard::start(parts, Options::lockstep()).unwrap();
    let replay = Replay {
        stage: &mut stage,
        agenda: &mut agenda,
        clock: &clock,
        openings: config.openings(),
        resume_at: None,
        until: config.market.until,
        stop: &AtomicBool::new(false),
    };
    assert_eq!(replay.run(&shard, &mut |_| {}).unwrap(), Ending::Done);
    let stopped = shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
}
