//! Work done in a process of its own: it can be killed, watched by strace, and may hang.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const PAUSE: Duration = Duration::from_millis(1);

/// How a child ended and what it said.
pub(crate) struct Ended {
    /// None: it was killed because its time was over.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Ended {
    /// The last line of its complaint, for a report.
    pub(crate) fn complaint(&self) -> &str {
        self.complained.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing said")
    }

    /// The process was ended by a signal.
    pub(crate) fn crashed(&self) -> bool {
        self.status.is_some_and(|status| status.signal().is_some())
    }

    /// What it said, if it ended well.
    pub(crate) fn success(self) -> Result<String> {
        match self.status {
            Some(status) if status.success() => Ok(self.said),
            Some(status) => bail!("{status}: {}", self.complained.trim()),
            None => bail!("it did not end in time; it said {:?}", self.said),
        }
    }
}

/// This program with other arguments.
pub(crate) fn this(arguments: &[&str]) -> Result<Command> {
    let program = std::env::current_exe().context("this program does not know its own path")?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// This program with other arguments, under strace.
pub(crate) fn traced(strace: &[&str], arguments: &[&str]) -> Result<Command> {
    let program = std::env::current_exe().context("this program does not know its own path")?;
    let mut command = Command::new("strace");
    command.args(strace).arg("--").arg(program).args(arguments);
    Ok(command)
}

/// Runs a command to its end, or kills it and everything that it started after `limit`.
pub(crate) fn run(mut command: Command, limit: Duration) -> Result<Ended> {
    // Files, since a full pipe would stop the child.
    let (mut said, mut complained) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(complained.try_clone()?);
    let mut child = command
        .process_group(0)
        .spawn()
        .with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if started.elapsed() > limit {
            kill_group(&mut child)?;
            break None;
        }
        thread::sleep(PAUSE);
    };
    Ok(Ended { status, said: text(&mut said)?, complained: text(&mut complained)? })
}

/// Kills the child's process group, which is its own.
pub(crate) fn kill_group(child: &mut Child) -> Result<()> {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-KILL", "--", &group]).status().context("`kill` is missing")?;
    child.wait()?;
    Ok(())
}

fn text(file: &mut File) -> Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_hangs_is_killed_and_one_that_ends_is_heard() {
        let mut sleep = Command::new("sh");
        sleep.args(["-c", "echo here; sleep 60"]);
        let ended = run(sleep, Duration::from_millis(200)).unwrap();
        assert!(ended.status.is_none());
        assert_eq!(ended.said, "here\n");
        let mut echo = Command::new("sh");
        echo.args(["-c", "echo wrong >&2; exit 3"]);
        let ended = run(echo, Duration::from_secs(20)).unwrap();
        assert_eq!(ended.status.and_then(|it| it.code()), Some(3));
        assert_eq!(ended.complaint(), "wrong");
        assert!(ended.success().is_err());
    }
}
