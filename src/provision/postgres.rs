//! A throw-away Postgres cluster.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::account::Account;
use super::reaper::Ending;
use super::temp_server::{Patience, Seen, TempServer};
use super::{ProvisionError, find, port};
use crate::target::DatabaseUrl;

/// `initdb` takes about a second and tells each of its steps; one that says nothing for ten seconds
/// hangs. In all it has a minute, for a machine that does ten other things.
const INITDB_LIMIT: Patience = Patience { whole: Duration::from_secs(60), silent: Duration::from_secs(10) };
/// The server takes some tens of milliseconds to start.
const READY_LIMIT: Patience = Patience::of(Duration::from_secs(30));

/// `initdb` runs a server of its own, which frees its shared memory only if it is left to finish.
/// Asked by itself, `initdb` waits for the step at hand and goes no further.
const INITDB_ENDING: Ending = Ending { first: Signal::TERM, then: Signal::TERM };
/// Fast shutdown, then immediate shutdown.
const SERVER_ENDING: Ending = Ending { first: Signal::INT, then: Signal::QUIT };

/// Settings of every cluster.
const SETTINGS: [&str; 8] = [
    "cluster_name=poolbench",
    "listen_addresses=127.0.0.1",
    // The data folder: a relative name keeps clear of the 107 bytes that a socket's path may have.
    "unix_socket_directories=.",
    "max_connections=200",
    "shared_buffers=256MB",
    // In the data folder, and gone with it also after a kill; the other kinds outlive the server.
    "dynamic_shared_memory_type=mmap",
    // Both would come and go during a measurement.
    "autovacuum=off",
    "jit=off",
];

/// Settings of a cluster whose data need not survive a crash.
const THROW_AWAY: [&str; 7] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
];

/// Whether a commit has to reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It need not: commits are faster than a server in production can make them.
    #[default]
    ThrowAway,
    /// It must: Postgres's own settings, as a server in production has them.
    Durable,
}

/// A Postgres cluster of our own, gone with its folder when this is dropped.
#[derive(Debug)]
pub struct PostgresServer {
    url: DatabaseUrl,
    bin_dir: PathBuf,
    server: TempServer,
    durability: Durability,
    port: u16,
}

impl PostgresServer {
    /// Makes a cluster with the server programs of this machine, and waits until it accepts
    /// connections: to user and database `postgres`, by a random password, on 127.0.0.1.
    ///
    /// # Errors
    /// When the programs are missing or cannot do it. Nothing is left behind then.
    pub fn start(durability: Durability) -> Result<Self, ProvisionError> {
        Self::start_on(durability, port::free)
    }

    fn start_on(
        durability: Durability,
        ports: impl FnMut() -> io::Result<u16>,
    ) -> Result<Self, ProvisionError> {
        let account = Account::for_servers()?;
        let bin_dir = find::postgres(account.as_ref())?;
        let mut server = TempServer::open(account)?;
        let data = server.folder().join("data");
        init(&mut server, &bin_dir, &data)?;
        let port = port::settle("postgres", &mut server, ports, |server, port| {
            serve(server, &bin_dir, &data, durability, port)
        })?;
        let password = server.password();
        let url = DatabaseUrl::new(format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"));
        Ok(Self { url, bin_dir, server, durability, port })
    }

    /// Where to connect, and as whom.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The port that it listens on.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The password of the user `postgres`.
    pub(super) fn password(&self) -> &str {
        self.server.password()
    }

    /// The folder of the server programs, where `psql` often is too.
    #[must_use]
    pub fn bin_dir(&self) -> &Path {
        &self.bin_dir
    }

    /// Stops the server, with whatever is still connected, and starts it again on its data, at its port.
    ///
    /// # Errors
    /// When it does not come back; then it is gone.
    pub fn restart(&mut self) -> Result<(), ProvisionError> {
        self.server.halt()?;
        let data = self.server.folder().join("data");
        match serve(&mut self.server, &self.bin_dir, &data, self.durability, self.port)? {
            Seen::Ready => Ok(()),
            Seen::Ended(status) => Err(self.server.ended(status)),
        }
    }

    /// Stops the server, with whatever is still connected, and removes its folder.
    ///
    /// Dropping does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// When the server had already ended by itself, with the end of its log, or when the folder
    /// cannot be removed.
    pub fn stop(mut self) -> Result<(), ProvisionError> {
        self.server.close()
    }
}

fn init(server: &mut TempServer, bin_dir: &Path, data: &Path) -> Result<(), ProvisionError> {
    // Not on the command line, which every user of the machine can read.
    let password = server.private_file("password", server.password())?;
    let mut command = server.command(bin_dir.join("initdb"));
    command.arg("-D").arg(data).arg("--pwfile").arg(&password);
    command.args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
    server.start("initdb", command, "", INITDB_ENDING)?;
    match server.wait(INITDB_LIMIT, |_| false)? {
        Seen::Ended(status) if !status.success() => return Err(server.ended(status)),
        _ => {}
    }
    fs::remove_file(password).map_err(ProvisionError::io("remove the password file"))
}

fn serve(
    server: &mut TempServer,
    bin_dir: &Path,
    data: &Path,
    durability: Durability,
    port: u16,
) -> Result<Seen, ProvisionError> {
    let mut command = server.command(bin_dir.join("postgres"));
    command.arg("-D").arg(data).arg("-c").arg(format!("port={port}"));
    let more: &[&str] = match durability {
        Durability::ThrowAway => &THROW_AWAY,
        Durability::Durable => &[],
    };
    for setting in SETTINGS.iter().chain(more) {
        command.args(["-c", setting]);
    }
    server.start("postgres", command, "", SERVER_ENDING)?;
    let state = data.join("postmaster.pid");
    server.wait(READY_LIMIT, |server| {
        // One of its lines is the folder, whose name need be no UTF-8.
        fs::read(&state).is_ok_and(|state| is_ready(&String::from_utf8_lossy(&state), server.process_id()))
    })
}

/// Reads `postmaster.pid` as `pg_ctl` does: its first line is the process, its eighth the status.
fn is_ready(state: &str, process: Option<u32>) -> bool {
    let mut lines = state.lines().map(str::trim);
    let first = lines.next().and_then(|line| line.parse().ok());
    first.is_some() && first == process && lines.nth(6) == Some("ready")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn only_the_eighth_line_of_our_own_process_says_ready() {
        let state = "17939\n/tmp/data\n1795334211\n45999\n.\n127.0.0.1\n 10010650         9\nready   \n";
        assert!(is_ready(state, Some(17939)));
        assert!(!is_ready(state, Some(17938)));
        assert!(!is_ready(state, None));
        assert!(!is_ready(&state.replace("ready   ", "starting"), Some(17939)));
        assert!(!is_ready("17939\n/tmp/data\n", Some(17939)));
        assert!(!is_ready("", Some(17939)));
    }

    /// Needs the server programs; where they are missing, the tests in `tests/servers/provision.rs` say so.
    #[test]
    fn a_port_that_somebody_takes_first_is_given_up_for_another() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken_port = taken.local_addr().unwrap().port();
        let mut asked = 0;
        let ports = || {
            asked += 1;
            if asked == 1 { Ok(taken_port) } else { port::free() }
        };
        match PostgresServer::start_on(Durability::ThrowAway, ports) {
            Ok(server) => {
                assert_eq!(asked, 2);
                assert!(!server.url().expose().contains(&format!(":{taken_port}/")));
                server.stop().unwrap();
            }
            Err(fault) => assert!(matches!(fault, ProvisionError::NotFound(_)), "{fault}"),
        }
    }
}
