//! How speed is measured, and what is said beside each figure (machine, compiler, commit), is
//! decided here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools;
use crate::workspace::Workspace;

const PACKAGE: &str = "gatefold-benches";
/// The program whose instructions are counted: without arguments it names its cases, one a line;
/// with `CASE COUNT` it sets the case up and then does it COUNT times.
const PROGRAM: &str = "instructions";
/// The program that judges by accounts in turn.
const FLAT: &str = "flat";
/// The program that measures what is done in a database, and its package.
const DATABASE: &str = "database";
const DATABASE_PACKAGE: &str = "gatefold-benches-database";
/// A case is done few and many times; the difference cancels start and set-up.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// Criterion's benches, all or those whose name contains `name`.
pub(crate) fn time(workspace: &Workspace, name: Option<&str>) -> Result<bool> {
    say_where(workspace);
    let mut command = workspace.cargo(["bench", "--package", PACKAGE, "--bench", "*"]);
    if let Some(name) = name {
        command.args(["--", name]);
    }
    let status = command.status().context("cargo cannot be started: is it on the PATH?")?;
    Ok(status.success())
}

/// Judging by small and large accounts, young and old, in turn.
pub(crate) fn flat(workspace: &Workspace) -> Result<bool> {
    say_where(workspace);
    let run = ["run", "--release", "--quiet", "--package", PACKAGE, "--bin", FLAT];
    let status = workspace.cargo(run).status();
    Ok(status.context("cargo cannot be started: is it on the PATH?")?.success())
}

/// What is done in a database beside plain inserts; false where a bound is missed.
pub(crate) fn database(workspace: &Workspace, name: Option<&str>, quick: bool) -> Result<bool> {
    tools::provide_postgres(workspace)?;
    let build = ["build", "--release", "--package", DATABASE_PACKAGE];
    if !workspace.cargo(build).status()?.success() {
        bail!("`cargo {}` failed", build.join(" "));
    }
    say_where(workspace);
    let program = workspace.target()?.join("release").join(DATABASE);
    let mut measure = workspace.command(&program.to_string_lossy());
    measure.args(name).args(quick.then_some("--quick"));
    Ok(measure.status().with_context(|| format!("{DATABASE} cannot be started"))?.success())
}

/// Instructions per case, counted by callgrind.
pub(crate) fn instructions(workspace: &Workspace, name: Option<&str>) -> Result<bool> {
    tools::provide(workspace, "valgrind")?;
    say_where(workspace);
    let build = ["build", "--release", "--package", PACKAGE, "--bin", PROGRAM];
    if !workspace.cargo(build).status()?.success() {
        bail!("`cargo {}` failed", build.join(" "));
    }
    let program = workspace.target()?.join("release").join(PROGRAM);
    let output = workspace.command(&program.to_string_lossy()).output()?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let cases: Vec<&str> = listed
        .lines()
        .map(str::trim)
        .filter(|case| !case.is_empty() && name.is_none_or(|name| case.contains(name)))
        .collect();
    if cases.is_empty() {
        bail!("no case to count: `{PROGRAM}` without arguments names {:?}", listed.trim());
    }
    for case in cases {
        let few = count(workspace, &program, case, FEW)?;
        let many = count(workspace, &program, case, MANY)?;
        println!("{case:<40} {:>10.1} instructions each", per_one(few, many));
    }
    Ok(true)
}

/// What one more repetition costs.
fn per_one(few: u64, many: u64) -> f64 {
    let tenths = many.saturating_sub(few).saturating_mul(10) / (MANY - FEW);
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

fn count(workspace: &Workspace, program: &Path, case: &str, times: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("callgrind.out");
    let output = workspace
        .command("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args([case, &times.to_string()])
        .output()
        .context("valgrind cannot be started")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("`{PROGRAM} {case} {times}` failed under callgrind:\n{said}");
    }
    collected(&said).with_context(|| format!("callgrind says no `Collected :` line:\n{said}"))
}

/// The count in callgrind's closing lines, `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().rev().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.split_whitespace().next()?.parse().ok()
}

/// A figure without its machine says nothing.
pub(crate) struct Place {
    pub(crate) machine: String,
    pub(crate) compiler: String,
    pub(crate) commit: String,
}

/// On what figures are taken now.
pub(crate) fn place(workspace: &Workspace) -> Place {
    let processor = std::fs::read_to_string(PathBuf::from("/proc/cpuinfo")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = model(&processor).unwrap_or("unknown processor");
    Place {
        machine: format!("{model}, {cores} cores, {}", std::env::consts::ARCH),
        compiler: first_line(workspace, "rustc", &["--version"]),
        commit: first_line(workspace, "git", &["describe", "--always", "--dirty", "--abbrev=12"]),
    }
}

pub(crate) fn say_where(workspace: &Workspace) {
    let Place { machine, compiler, commit } = place(workspace);
    println!("machine   {machine}\ncompiler  {compiler}\ncommit    {commit}\n");
}

fn model(processor: &str) -> Option<&str> {
    let line = processor.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

fn first_line(workspace: &Workspace, program: &str, arguments: &[&str]) -> String {
    let mut command: Command = workspace.command(program);
    let output = command.args(arguments).output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let line = text.ok().and_then(|it| it.lines().next().map(str::to_owned));
    line.unwrap_or_else(|| format!("unknown ({program} does not answer)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callgrinds_count_is_read() {
        let said = "==7== Events    : Ir\n==7== Collected : 1234567\n==7==\n";
        assert_eq!(collected(said), Some(1_234_567));
        assert_eq!(collected("==7== killed"), None);
    }

    #[test]
    fn set_up_is_not_counted() {
        let set_up = 5_000_000;
        assert_eq!(format!("{:.1}", per_one(set_up + 730 * FEW, set_up + 730 * MANY)), "730.0");
    }

    #[test]
    fn the_processor_is_named() {
        assert_eq!(model("vendor_id\t: X\nmodel name\t: A 9000\n"), Some("A 9000"));
    }
}
