//! What is done to the database beside the log: migrations, and tables made level or anew.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use gatefold::config::Config;
use gatefold::databases;
use serde_json::json;

use crate::answer::Answer;
use crate::args::Form;

const MIGRATE_HELP: &str = "\
Examples:
  GATEFOLD_POSTGRES='host=db.example user=owner dbname=trading' gatefold migrate gatefold.toml

Needs the role that owns the schema, and may be run again. Run roles.sql after it.

Exit codes: 0 up to date; 2 wrong usage, or the database refused; what was applied before stays.

JSON: {applied: [{version, name}]}.";

#[derive(Debug, Args)]
#[command(after_long_help = MIGRATE_HELP)]
pub(crate) struct Migrate {
    /// The configuration that names the database
    #[arg(value_name = "CONFIG.toml")]
    config: PathBuf,
    #[command(flatten)]
    form: Form,
}

const PROJECT_HELP: &str = "\
Examples:
  gatefold project gatefold.toml
  gatefold project --rebuild gatefold.toml

A dispatcher does this all the time while it runs. With --rebuild the tables are made anew from the
whole log, in a schema beside, and swapped in at the end; a running dispatcher goes on, and whoever
reads sees the old rows until the swap. It needs the role that owns the schema.

Exit codes: 0 level; 2 wrong usage, or the log or the database cannot be read or written.

JSON: {position, rebuilt}.";

#[derive(Debug, Args)]
#[command(after_long_help = PROJECT_HELP)]
pub(crate) struct Project {
    /// Make the tables anew from the whole log
    #[arg(long)]
    rebuild: bool,
    /// The configuration that names the log and the database
    #[arg(value_name = "CONFIG.toml")]
    config: PathBuf,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn migrate(args: &Migrate) -> Result<Answer> {
    let applied = databases::migrate(&Config::load(&args.config)?)?;
    if args.form.json {
        let row =
            |step: &gatefold::postgres::Step| json!({"version": step.version, "name": step.name});
        return Ok(Answer::json(&json!({"applied": applied.iter().map(row).collect::<Vec<_>>()})));
    }
    let line =
        |step: &gatefold::postgres::Step| format!("applied V{}__{}\n", step.version, step.name);
    let mut out: String = applied.iter().map(line).collect();
    if applied.is_empty() {
        out.push_str("nothing to apply: the schema is up to date\n");
    }
    Ok(Answer::ok(out))
}

pub(crate) fn project(args: &Project) -> Result<Answer> {
    let config = Config::load(&args.config)?;
    let position = if args.rebuild {
        databases::rebuild(&config, &mut |_, _| {})?.position
    } else {
        databases::catch_up(&config)?
    };
    if args.form.json {
        let value = json!({"position": position.get(), "rebuilt": args.rebuild});
        return Ok(Answer::json(&value));
    }
    let how = if args.rebuild { "made anew and are" } else { "are" };
    Ok(Answer::ok(format!("the read models {how} level with the log at position {position}\n")))
}
