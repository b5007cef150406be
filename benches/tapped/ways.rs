//! The ways to one throw-away Postgres: straight, through PgBouncer, and through a tap in a process of its own.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use poolbench::archive::observed;
use poolbench::provision::{Durability, Front, PgBouncerServer, PoolMode, PostgresServer};
use poolbench::tap::Seen;
use poolbench::target::DatabaseUrl;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::wire::Wire;

/// A way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) password: String,
    pub(crate) database: &'static str,
}

impl Way {
    fn of(name: &'static str, url: &DatabaseUrl, database: &'static str) -> Result<Self, Box<dyn Error>> {
        let (who, place) = url.expose().rsplit_once('@').ok_or("a URL without a user")?;
        let password = who.rsplit_once(':').ok_or("a URL without a password")?.1.to_owned();
        let address = place.split('/').next().unwrap_or_default().parse()?;
        Ok(Self { name, address, password, database })
    }

    pub(crate) fn connect(&self) -> Wire {
        Wire::connect(self.address, "postgres", &self.password, self.database)
    }

    /// A PostgreSQL program that finds its way by the environment.
    pub(crate) fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command.env("PGHOST", self.address.ip().to_string()).env("PGPORT", self.address.port().to_string());
        command.env("PGUSER", "postgres").env("PGPASSWORD", &self.password).env("PGDATABASE", self.database);
        command.stdin(Stdio::null());
        command
    }
}

/// All of them. Everything ends when this is dropped.
pub(crate) struct Ways {
    pub(crate) direct: Way,
    pub(crate) session: Way,
    pub(crate) transaction: Way,
    pub(crate) tap: Way,
    postgres: PostgresServer,
    _pooler: PgBouncerServer,
    tapping: Tapping,
}

/// `poolbench tap`, as anybody starts it.
struct Tapping {
    child: Mutex<Child>,
    process: Pid,
    folder: TempDir,
}

impl Ways {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let postgres = PostgresServer::start(Durability::ThrowAway)?;
        let front =
            |name: &str, mode| Front { name: name.to_owned(), mode, size: 70, schema: "public".to_owned() };
        let fronts = [front("session", PoolMode::Session), front("transaction", PoolMode::Transaction)];
        let pooler = PgBouncerServer::start(&postgres, &fronts)?;
        let direct = Way::of("direct", postgres.url(), "postgres")?;
        let (tapping, address) = Tapping::start(postgres.url())?;
        Ok(Self {
            session: Way::of("PgBouncer, session mode", &pooler.url("session"), "session")?,
            transaction: Way::of("PgBouncer, transaction mode", &pooler.url("transaction"), "transaction")?,
            tap: Way { name: "poolbench tap", address, ..direct.clone() },
            direct,
            postgres,
            _pooler: pooler,
            tapping,
        })
    }

    /// Where the server programs are, and a program among them or on the path.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let beside = self.postgres.bin_dir().join(name);
        if beside.is_file() { beside } else { PathBuf::from(name) }
    }

    /// On what this was measured.
    pub(crate) fn told(&self) -> String {
        let line = |program: PathBuf| {
            let out =
                Command::new(program).arg("--version").output().map(|out| out.stdout).unwrap_or_default();
            String::from_utf8_lossy(&out).lines().next().unwrap_or_default().to_owned()
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("unknown").to_owned();
        let (postgres, pooler) = (line(self.program("postgres")), line(PathBuf::from("pgbouncer")));
        format!("{postgres}; {pooler}; {cores} cores, load average before: {load}")
    }

    /// The most memory that the tap's process had, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        self.tapping.memory("VmHWM:")
    }

    /// The memory that it has now, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.tapping.memory("VmRSS:")
    }

    /// Ends the tap, and returns what it saw.
    pub(crate) fn seen(&self) -> Seen {
        self.tapping.stop();
        let folders = std::fs::read_dir(self.tapping.folder.path()).expect("the folder of the tap");
        let mut folders = folders.flatten().map(|entry| entry.path());
        let folder = folders.find(|folder| folder.join(observed::OBSERVED_FILE).is_file());
        observed::load(&folder.expect("what was seen")).expect("a record of what was seen").seen
    }
}

impl Tapping {
    fn start(url: &DatabaseUrl) -> Result<(Self, SocketAddr), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["tap", "--listen", "127.0.0.1:0", "--out"]).arg(folder.path());
        // Not on the command line, where everybody reads it.
        command.env("DATABASE_URL", url.expose()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let told = child.stderr.take().ok_or("a tap that says nothing")?;
        let process = Pid::from_child(&child);
        let tapping = Self { child: Mutex::new(child), process, folder };
        let mut lines = BufReader::new(told).lines();
        let line = lines.next().ok_or("a tap that ends at once")??;
        let address = line.split("listening at ").nth(1).and_then(|rest| rest.split(';').next());
        Ok((tapping, address.ok_or_else(|| line.clone())?.trim().parse()?))
    }
}

impl Tapping {
    fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.as_raw_nonzero()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|told| told.strip_prefix(line));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// Asks it to end as Ctrl-C does, and waits until it has written what it saw.
    fn stop(&self) {
        let Ok(mut child) = self.child.lock() else { return };
        if let Ok(None) = child.try_wait() {
            let _ = kill_process(self.process, Signal::INT);
            let _ = child.wait();
        }
    }
}

impl Drop for Tapping {
    fn drop(&mut self) {
        self.stop();
    }
}
