//! A cluster's life: made, started, killed, started again, removed.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::database::Database;
use crate::error::ClusterError;
use crate::install::Installation;
use crate::system::{self, User};

/// A server that has not answered by then is broken.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// So much of a log or an output is repeated in an error.
const TOLD_BYTES: usize = 2_000;

/// One line of the server's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As in `fsync`.
    pub name: String,
    /// As in `on`, without quotes.
    pub value: String,
}

impl Setting {
    /// A setting.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A running server, or one that was killed; removed when dropped.
///
/// The superuser is `postgres`; whoever connects from this machine is trusted.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    installation: Installation,
    user: Option<User>,
    port: u16,
    server: Option<Child>,
    watchdog: Child,
}

impl Cluster {
    /// Makes and starts a cluster that survives kills of its processes, not of the machine: nothing
    /// is synced.
    ///
    /// # Errors
    /// As [`ClusterError`] says.
    pub fn start() -> Result<Self, ClusterError> {
        Self::start_with(&[Setting::new("fsync", "off"), Setting::new("full_page_writes", "off")])
    }

    /// The same, speaking TLS with a certificate and its key in PEM.
    ///
    /// # Errors
    /// As [`ClusterError`] says.
    pub fn start_encrypted(certificate: &str, key: &str) -> Result<Self, ClusterError> {
        let files = [("server.crt", certificate), ("server.key", key)];
        let settings = [Setting::new("fsync", "off"), Setting::new("ssl", "on")];
        Self::begin(&settings, &files)
    }

    /// Makes and starts a cluster with settings of its own; without any it syncs every commit.
    ///
    /// # Errors
    /// As [`ClusterError`] says.
    pub fn start_with(settings: &[Setting]) -> Result<Self, ClusterError> {
        Self::begin(settings, &[])
    }

    fn begin(settings: &[Setting], files: &[(&str, &str)]) -> Result<Self, ClusterError> {
        let installation = Installation::find()?;
        let folder = tempfile::Builder::new().prefix("pg-").tempdir();
        let folder = folder.map_err(ClusterError::system("make a folder", std::env::temp_dir()))?;
        let user = system::unprivileged(folder.path())?;
        system::give(folder.path(), user)?;
        let watchdog = system::watchdog(folder.path())?;
        let port = system::free_port()?;
        let mut cluster = Self { folder, installation, user, port, server: None, watchdog };
        cluster.make(settings)?;
        for (name, text) in files {
            cluster.put(name, text)?;
        }
        cluster.restart()?;
        Ok(cluster)
    }

    fn make(&self, settings: &[Setting]) -> Result<(), ClusterError> {
        let mut initdb = self.command("initdb");
        initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        initdb.args(["--locale=C", "--pgdata"]).arg(self.data());
        run("initdb", &mut initdb)?;
        let mut lines = String::from(
            "listen_addresses = '127.0.0.1'\nmax_connections = 100\nshared_buffers = '32MB'\n\
             dynamic_shared_memory_type = mmap\nlog_min_messages = warning\n",
        );
        lines.push_str(&format!("unix_socket_directories = '{}'\n", self.path().display()));
        for Setting { name, value } in settings {
            lines.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
        }
        self.put("postgresql.auto.conf", &lines)
    }

    /// Writes a file of the server's that nobody else may read.
    fn put(&self, name: &str, text: &str) -> Result<(), ClusterError> {
        let file = self.data().join(name);
        let written = fs::write(&file, text);
        let written =
            written.and_then(|()| fs::set_permissions(&file, PermissionsExt::from_mode(0o600)));
        written.map_err(ClusterError::system("write a file of the server", &file))?;
        system::give(&file, self.user)
    }

    /// Starts the server, again if it was killed or stopped; does nothing while it runs.
    ///
    /// # Errors
    /// As [`ClusterError`] says.
    pub fn restart(&mut self) -> Result<(), ClusterError> {
        if self.server.is_some() {
            return Ok(());
        }
        let since = Instant::now();
        loop {
            let mut server = self.spawn()?;
            loop {
                if self.answers() {
                    self.server = Some(server);
                    return Ok(());
                }
                // What a killed server left may be in the way for a moment: try again.
                let ended = server.try_wait();
                if ended
                    .map_err(ClusterError::system("wait for the server", self.path()))?
                    .is_some()
                {
                    break;
                }
                if since.elapsed() > ANSWER_WITHIN {
                    system::signal("KILL", &[server.id()]);
                    return Err(self.silent());
                }
                sleep(LOOK_EVERY);
            }
            if since.elapsed() > ANSWER_WITHIN {
                return Err(self.silent());
            }
            sleep(LOOK_EVERY);
        }
    }

    fn silent(&self) -> ClusterError {
        ClusterError::Silent { seconds: ANSWER_WITHIN.as_secs(), log: self.log() }
    }

    fn spawn(&self) -> Result<Child, ClusterError> {
        let path = self.path().join("log");
        let log = File::options().create(true).append(true).open(&path);
        let log = log.map_err(ClusterError::system("open the server's log", &path))?;
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        server.spawn().map_err(ClusterError::system("start the server", self.path()))
    }

    fn answers(&self) -> bool {
        let mut asked = self.command("pg_isready");
        asked
            .arg("--quiet")
            .arg("--host")
            .arg(self.path())
            .args(["--port", &self.port.to_string()]);
        asked.status().is_ok_and(|status| status.success())
    }

    /// Makes an empty database; its name may hold letters, digits and `_`.
    ///
    /// # Errors
    /// As [`ClusterError`] says.
    pub fn database(&self, name: &str) -> Result<Database, ClusterError> {
        let mut createdb = self.command("createdb");
        createdb.arg("--host").arg(self.path()).args(["--port", &self.port.to_string()]);
        createdb.args(["--username=postgres", name]);
        run("createdb", &mut createdb)?;
        Ok(self.existing(name))
    }

    /// A database that was made by other means.
    #[must_use]
    pub fn existing(&self, name: &str) -> Database {
        Database { socket: self.path().to_owned(), port: self.port, name: name.to_owned() }
    }

    /// Kills every process of the server at once, as a power cut would. [`restart`](Self::restart)
    /// brings it back.
    pub fn kill(&mut self) {
        self.end("KILL");
    }

    /// Stops the server without waiting for clients; nothing needs recovery after it.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// The end of the server's log.
    #[must_use]
    pub fn log(&self) -> String {
        let text = fs::read(self.path().join("log")).unwrap_or_default();
        ending(&text)
    }

    /// The folder of its data, for tests that damage or fill it.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn end(&mut self, name: &str) {
        let Some(mut server) = self.server.take() else { return };
        let mut processes = vec![server.id()];
        if name == "KILL" {
            processes.extend(system::children(server.id()));
        }
        system::signal(name, &processes);
        let since = Instant::now();
        while since.elapsed() < ANSWER_WITHIN {
            if matches!(server.try_wait(), Ok(None))
                || processes.iter().any(|it| system::is_alive(*it))
            {
                sleep(Duration::from_millis(2));
            } else {
                return;
            }
        }
        system::signal("KILL", &processes);
        let _ = server.wait();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, program: &str) -> Command {
        system::as_user(&self.installation.program(program), self.user, self.path())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end("QUIT");
        // The folder is removed by its own drop; a watchdog without a folder has nothing to do.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

fn run(program: &'static str, command: &mut Command) -> Result<(), ClusterError> {
    let told = command.stdin(Stdio::null()).output();
    let told = told.map_err(ClusterError::system("run a program of the server", program))?;
    if told.status.success() {
        return Ok(());
    }
    Err(ClusterError::Failed { program, said: ending(&told.stderr) })
}

fn ending(text: &[u8]) -> String {
    let from = text.len().saturating_sub(TOLD_BYTES);
    String::from_utf8_lossy(text.get(from..).unwrap_or_default()).trim().to_owned()
}
