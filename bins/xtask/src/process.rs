//! How a child process is run and watched is decided here: everything it says is kept, and the
//! last line is shown while it runs.

use std::io::{BufRead, BufReader};
use std::process::Command;

use anyhow::{Context, Result};
use indicatif::ProgressBar;

/// What a finished child said, both of its streams in the order of writing.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) text: String,
}

/// Run to the end; the progress bar shows the latest line.
pub(crate) fn watch(mut command: Command, progress: &ProgressBar) -> Result<Said> {
    let program = command.get_program().to_string_lossy().into_owned();
    let (reader, writer) = std::io::pipe().context("no pipe could be made")?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("`{program}` cannot be started: is it installed?"))?;
    // The command keeps the writing ends open, and the reader below would never see the end.
    drop(command);
    let mut text = String::new();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let said = String::from_utf8_lossy(&line);
        if !said.trim().is_empty() {
            progress.set_message(said.trim().chars().take(MESSAGE_CHARS_MAX).collect::<String>());
        }
        text.push_str(&said);
        line.clear();
    }
    let status = child.wait()?;
    Ok(Said { success: status.success(), text })
}

/// Longer messages would wrap, and a wrapped line cannot be overwritten.
const MESSAGE_CHARS_MAX: usize = 60;

/// Whether a program answers `--version`.
pub(crate) fn answers(mut command: Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Said {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        watch(command, &ProgressBar::hidden()).unwrap()
    }

    #[test]
    fn both_streams_are_kept_in_order_and_the_exit_is_told() {
        let said = shell("echo one; echo two >&2; echo three; exit 3");
        assert_eq!(said.text, "one\ntwo\nthree\n");
        assert!(!said.success);
        assert!(shell("true").success);
    }

    #[test]
    fn a_missing_program_is_named() {
        let command = Command::new("no-such-program-anywhere");
        let error = watch(command, &ProgressBar::hidden()).err().unwrap();
        assert!(format!("{error:#}").contains("no-such-program-anywhere"));
    }
}
