//! Whether the log can be written, and fits the configuration, is decided here. Nothing is changed.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use gatefold::config::{Config, LogKind};
use gatefold::core::decide::Account;
use gatefold::logs;

use super::Finding;
use crate::args::Place;
use crate::books::{Books, Fold};

const CHECK: &str = "log";
/// The file that every log has.
const ROOT: &str = "FORMAT";

pub(super) fn check(config: &Config) -> Finding {
    match config.log.kind {
        LogKind::Directory => directory(config),
        LogKind::Postgres => shared(config),
    }
}

/// A log in a database: folded from its beginning, every sum on the way checked.
fn shared(config: &Config) -> Finding {
    let place = logs::place(config);
    let folded = Books::open(&Place { log: None, config: Some(config.file.clone()) })
        .and_then(|books| books.fold(None, &mut |_, _| {}));
    match folded {
        Ok(fold) => {
            let mut finding = Finding::ok(CHECK, format!("{place}: events {}", fold.position()));
            compare(config, &fold, &mut finding);
            finding
        }
        Err(error) => Finding::wrong(CHECK, format!("{error:#}")),
    }
}

fn directory(config: &Config) -> Finding {
    let dir = &config.log.dir;
    let shown = dir.display();
    if !dir.join(ROOT).exists() {
        return match room(dir) {
            Ok(()) => Finding::ok(CHECK, format!("{shown} will be made")),
            Err(why) => Finding::wrong(CHECK, why),
        };
    }
    let place = Place { log: Some(dir.clone()), config: None };
    let folded = Books::open(&place).and_then(|books| books.fold(None, &mut |_, _| {}));
    let fold = match folded {
        Ok(fold) => fold,
        Err(error) => return Finding::wrong(CHECK, format!("{error:#}")),
    };
    let mut finding = Finding::ok(CHECK, format!("{shown}: events {}", fold.position()));
    if let Err(error) = OpenOptions::new().append(true).open(dir.join(ROOT)) {
        finding.refuse(format!("{shown} cannot be written: {error}; correct its rights"));
    }
    compare(config, &fold, &mut finding);
    finding
}

/// Whether a log can be made in a directory that holds none.
fn room(dir: &Path) -> Result<(), String> {
    let shown = dir.display();
    if dir.exists() {
        let mut entries = fs::read_dir(dir)
            .map_err(|error| format!("{shown} cannot be read: {error}; name another directory"))?;
        if entries.next().is_some() {
            return Err(format!("{shown} holds something else; name an empty or a new directory"));
        }
    }
    // The paths of a configuration may be relative to where the program runs.
    let here = Path::new(".");
    let parents = dir.ancestors().map(|it| if it.as_os_str().is_empty() { here } else { it });
    let parent = parents.into_iter().find(|it| it.exists()).unwrap_or(here);
    probe(parent).map_err(|error| {
        format!("{shown} cannot be made in {}: {error}; correct its rights", parent.display())
    })
}

/// Makes a file and takes it away again.
fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".gatefold-check-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)
}

fn compare(config: &Config, fold: &Fold, finding: &mut Finding) {
    for configured in &config.accounts {
        let id = configured.id;
        let Some(account) = fold.engine.account(&id) else {
            finding.note(format!("account {id} is new and will be opened"));
            continue;
        };
        if account.mode() != configured.mode {
            finding.refuse(format!(
                "the log holds account {id} in mode {}, the configuration says {}: use another \
                 log directory or another account name",
                account.mode(),
                configured.mode
            ));
        }
        if *account.limits() != configured.limits {
            finding
                .note(format!("the limits of {id} differ from those in force: they will be set"));
        }
    }
    let configured = |account: &&Account| config.accounts.iter().any(|it| it.id == account.id());
    for account in fold.engine.accounts().filter(|account| !configured(account)) {
        let open = account.books().count();
        finding.note(format!(
            "account {} is in the log and not configured (books that are open: {open})",
            account.id()
        ));
    }
}
