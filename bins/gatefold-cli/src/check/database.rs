//! Whether the configured database is there and has the schema that this build expects.

use gatefold::config::Config;
use gatefold::databases;

use super::Finding;

const CHECK: &str = "database";

/// Nothing is said where no database is configured.
pub(super) fn check(config: &Config) -> Option<Finding> {
    let refused = |error: databases::DatabaseError| {
        let told = error.to_string();
        let mut lines = told.lines().map(|line| line.trim().to_owned());
        let mut finding = Finding::wrong(CHECK, lines.next().unwrap_or_default());
        finding.details = lines.collect();
        Some(finding)
    };
    let address = match databases::address(config) {
        Ok(address) => address,
        Err(databases::DatabaseError::NotConfigured) => return None,
        Err(error) => return refused(error),
    };
    match databases::check(config) {
        Ok(version) => {
            let version = version.map_or(0, |it| it.version);
            Some(Finding::ok(CHECK, format!("{address}, migration {version}")))
        }
        Err(error) => refused(error),
    }
}
