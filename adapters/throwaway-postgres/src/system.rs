//! What is asked of the operating system: another user, a free port, signals, a watchdog.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::ClusterError;

/// Who may run a server in place of root.
const USERS: &[&str] = &["postgres", "nobody"];

/// A user by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

/// The user to run a server as; `None`: as we are.
///
/// # Errors
/// [`ClusterError::NoUser`] when we are root and nobody else is there.
pub(crate) fn unprivileged(ours: &Path) -> Result<Option<User>, ClusterError> {
    let owner = fs::metadata(ours).map_err(ClusterError::system("look at a folder", ours))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let listed = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = USERS.iter().find_map(|name| {
        let line = listed.lines().find(|line| line.split(':').next() == Some(*name))?;
        let mut numbers = line.split(':').skip(2);
        let uid = numbers.next()?.parse().ok()?;
        Some(User { uid, gid: numbers.next()?.parse().ok()? })
    });
    found.map(Some).ok_or(ClusterError::NoUser)
}

/// Gives a file or folder to a user.
pub(crate) fn give(path: &Path, user: Option<User>) -> Result<(), ClusterError> {
    let Some(User { uid, gid }) = user else { return Ok(()) };
    chown(path, Some(uid), Some(gid)).map_err(ClusterError::system("give a file away", path))
}

/// A program that runs as that user, in a folder that the user may enter.
pub(crate) fn as_user(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_remove("PGDATA").env_remove("PGPORT");
    if let Some(User { uid, gid }) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16, ClusterError> {
    let asked = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    asked.map(|it| it.port()).map_err(ClusterError::system("look for a free port", "127.0.0.1"))
}

/// Sends a signal to processes that we started; such as are gone are no error.
pub(crate) fn signal(name: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    let numbers = processes.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).args(numbers).stderr(Stdio::null());
    // A process that ended by itself needs no signal.
    let _ = kill.status();
}

/// The processes that a process started, as far as the system tells.
pub(crate) fn children(of: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// Whether a process is there and has not ended.
pub(crate) fn is_alive(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X"))
}

/// A process that waits for our end, then stops the server and removes its folder. It reads from a
/// pipe that closes when we are gone, however that came.
pub(crate) fn watchdog(folder: &Path) -> Result<Child, ClusterError> {
    const SCRIPT: &str = "read _; p=$(head -n 1 \"$1/data/postmaster.pid\" 2>/dev/null); \
                          [ -n \"$p\" ] && kill -QUIT \"$p\" 2>/dev/null && sleep 1; rm -rf \"$1\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "watchdog"]).arg(folder).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    shell.spawn().map_err(ClusterError::system("start a watchdog", folder))
}
