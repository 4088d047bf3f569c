//! What may be said of a database beside the log is decided here; its password never stands in the
//! file.

use std::path::{Path, PathBuf};

use gatefold_core::vocabulary::Span;

use crate::config::kind::{Form, Kind, PATH, SPAN, word};
use crate::config::places::{InboxKind, InboxPlace, LogKind, LogPlace};
use crate::config::section::Section;

/// Where the connection string is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlPlace {
    /// In an environment variable of this name.
    Environment(String),
    /// In a file that only its owner may read.
    File(PathBuf),
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresPlace {
    /// Where the connection string is.
    pub url: UrlPlace,
    /// A PEM file of the certificates that are trusted; the system's if `None`.
    pub root_certificates: Option<PathBuf>,
}

/// The tables that follow the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadModelsPlace {
    /// Being behind for longer than this is an alert.
    pub max_lag: Span,
}

const VARIABLE: Kind<String> =
    Kind { what: "the name of an environment variable", example: "\"GATEFOLD_POSTGRES\"", ..PATH };

const KIND: Kind<()> = Kind {
    form: Form::Text,
    what: "where the tables are",
    example: "\"postgres\"",
    unit: "",
    parse: |text| word(text, &[("postgres", ())]),
};

/// The database and the tables in it; `None` when something is wrong with them.
pub(super) fn read(
    file: &mut Section<'_>,
    base: &Path,
    inbox: Option<&InboxPlace>,
    log: Option<&LogPlace>,
) -> Option<(Option<PostgresPlace>, Option<ReadModelsPlace>)> {
    let has_database = file.entry("postgres").is_some();
    let postgres = file.section("postgres").and_then(|section| database(section, base));
    let has_models = file.entry("read_models");
    let models = file.section("read_models").and_then(read_models);
    let source = file.source();
    let help = "write [postgres] with url_env = \"GATEFOLD_POSTGRES\": the variable that holds the \
                connection string";
    if let (Some(models), false) = (&has_models, has_database) {
        source.refuse(models.key_span.clone(), "[read_models] has no database", help);
    }
    if !has_database && log.is_some_and(|log| log.kind == LogKind::Postgres) {
        let place = file.entry("log").map_or(0..0, |entry| entry.key_span);
        source.refuse(place, "[log] is in a database and there is none", help);
    }
    let has_models = has_models.is_some();
    if inbox.is_some_and(|inbox| inbox.kind == InboxKind::Postgres) {
        let place = file.entry("inbox").map_or(0..0, |entry| entry.key_span);
        if !has_database {
            let message = "[inbox] is a table and there is no database";
            source.refuse(place.clone(), message, help);
        }
        if !has_models {
            let message = "[inbox] is a table whose rows nobody answers";
            let help = "write [read_models] with kind = \"postgres\": it writes statuses back";
            source.refuse(place, message, help);
        }
    }
    (has_database == postgres.is_some() && has_models == models.is_some())
        .then_some((postgres, models))
}

fn database(mut section: Section<'_>, base: &Path) -> Option<PostgresPlace> {
    let (variable, file) = (section.entry("url_env"), section.entry("url_file"));
    let named = section.read("url_env", &VARIABLE).map(UrlPlace::Environment);
    let kept = section.read("url_file", &PATH).map(|path| UrlPlace::File(base.join(path)));
    let roots = section.read("root_certificates", &PATH).map(|path| base.join(path));
    let help = "write url_env = \"GATEFOLD_POSTGRES\", or url_file = \"postgres.url\"";
    if section.entry("url").is_some() {
        // At the section's name, since a problem shows the line that it is on.
        let message = "url = ... in [postgres] may hold a password, and others read this file";
        section.source().refuse(section.place(), message, help);
    }
    let source = section.source();
    let url = match (variable, file) {
        (None, None) => {
            let message =
                format!("{} does not say where the connection string is", section.header());
            source.refuse(section.place(), message, help);
            None
        }
        (Some(_), Some(file)) => {
            let message = "url_file = ... beside url_env = ...: only one can hold the string";
            source.refuse(file.key_span, message, "remove one of the two");
            None
        }
        (Some(_), None) => named,
        (None, Some(_)) => kept,
    };
    section.finish();
    Some(PostgresPlace { url: url?, root_certificates: roots })
}

fn read_models(mut section: Section<'_>) -> Option<ReadModelsPlace> {
    let kind = section.must("kind", &KIND);
    let mut max_lag = Span::seconds(10);
    section.set(&mut max_lag, "max_lag", &SPAN);
    section.finish();
    kind.map(|()| ReadModelsPlace { max_lag })
}
