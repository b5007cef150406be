//! Where a fault is played: servers, a running poolbench, and what it leaves.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use poolbench::archive::{self, Status};

use crate::servers::{Postgres, Redis, rows};

/// Acts of half a second, in which a request takes a third of one.
const SCENARIO: &str = r#"
why = "What does a fault leave?"
request = "POST /submit"
pools = ["deadpool-postgres"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1/2"
seed = 3
SETUP

[pool]
size = 4
acquire-timeout = "500ms"

[[steps]]
name = "create_job"
kind = "sql"
time = "20ms"
operation = "create-job"

[[steps]]
name = "enqueue"
kind = "queue"
time = "600ms"

[load]
rate = "8/s"

[phases]
warm-up = "600ms"
measure = "2s"
drain = "2s"

[capacity]
saturation = 1.1
warm-up = "600ms"
measure = "2s"
"#;

/// What became of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    Gone,
    Named,
    Silent,
    NobodyKnows,
}

impl Schema {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Named => "left, and named",
            Self::Silent => "left, not named",
            Self::NobodyKnows => "no server to ask; named",
        }
    }

    pub(crate) fn is_gone_or_named(self) -> bool {
        matches!(self, Self::Gone | Self::Named)
    }
}

/// What came of a case.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Its status, and the act that the fault is said to have happened in.
    pub(crate) record: Option<(Status, String)>,
    pub(crate) schema: Schema,
    /// From the fault to the end.
    pub(crate) took: Duration,
    /// Processes and temporary files.
    pub(crate) left: Vec<String>,
    pub(crate) told: String,
}

/// A running poolbench with its servers.
pub(crate) struct Stage {
    postgres: Postgres,
    redis: Redis,
    child: Child,
    stdout: Option<ChildStdout>,
    lines: Receiver<String>,
    told: String,
    folder: tempfile::TempDir,
    broken: Instant,
}

impl Stage {
    /// Starts servers and poolbench, with a setup that lasts or a disk that can be filled.
    pub(crate) fn start(long_setup: bool, small_disk: bool) -> Self {
        let postgres = Postgres::start();
        let redis = Redis::start();
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let setup = if long_setup { "setup = [\"select pg_sleep(2)\"]" } else { "" };
        std::fs::write(folder.path().join("faulty.toml"), SCENARIO.replace("SETUP", setup)).unwrap();
        let mut command = match small_disk {
            // Files may be of no more than a few KiB: writing more fails as on a full disk.
            true => {
                let mut shell = Command::new("sh");
                shell.args([
                    "-c",
                    "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"",
                    env!("CARGO_BIN_EXE_poolbench"),
                ]);
                shell
            }
            false => Command::new(env!("CARGO_BIN_EXE_poolbench")),
        };
        command.args(["run", "faulty.toml"]).current_dir(folder.path()).stdin(Stdio::null());
        command.env("DATABASE_URL", postgres.url()).env("REDIS_URL", redis.server.url().expose());
        command.env("TMPDIR", folder.path().join("tmp")).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let stdout = child.stdout.take();
        Self { postgres, redis, child, stdout, lines, told: String::new(), folder, broken: Instant::now() }
    }

    pub(crate) fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    pub(crate) fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Waits for a line on standard error, and a moment more, so that the act is under way.
    pub(crate) fn wait_for_line(&mut self, words: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("{words}: {}", self.told));
            self.told = format!("{}{line}\n", self.told);
            if line.contains(words) {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(250));
        self.broken = Instant::now();
    }

    /// Waits until the scenario's own setup runs.
    pub(crate) fn wait_for_setup(&mut self) {
        self.wait_until("the setup", |stage| {
            let sql = "select pid::text from pg_stat_activity where application_name like 'poolbench % setup'
                          and query like '%pg_sleep%'";
            !stage.postgres.rows("postgres", sql).is_empty()
        });
    }

    /// Makes the clean-up last by a lock that lets the load go on, and waits for it.
    pub(crate) fn wait_for_clean_up(&mut self) {
        self.wait_for_line("poolbench: capacity");
        let url = self.postgres.url_of("job_service");
        std::thread::spawn(move || {
            // Ends when the server does, or by itself.
            let _ =
                rows(&url, "begin; lock table poolbench.jobs in access share mode; select pg_sleep(6)::text");
        });
        let record = self.folder.path().join("reports");
        self.wait_until("the clean-up", |_| {
            let folders = std::fs::read_dir(&record).into_iter().flatten().flatten();
            folders
                .filter_map(|folder| archive::load(&folder.path()).ok())
                .any(|r| r.status == Status::Complete)
        });
    }

    fn wait_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(self) {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.broken = Instant::now();
    }

    /// From now on no file can grow any more. The limit is a running process's own.
    pub(crate) fn fill_the_disk(&self) {
        // The limit was there from the start: a record does not fit into it.
    }

    pub(crate) fn remove_the_folder(&self) {
        std::fs::remove_dir_all(self.folder.path().join("reports")).unwrap();
    }

    /// Waits for the end, and looks at what is left.
    pub(crate) fn end(mut self) -> Ended {
        let mut shown = String::new();
        self.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
        let code = self.child.wait().unwrap().code();
        let took = self.broken.elapsed();
        while let Ok(line) = self.lines.recv() {
            self.told = format!("{}{line}\n", self.told);
        }
        let told = format!("{shown}{}", self.told);
        let url = self.postgres.url_of("job_service");
        let schema = match asked(&url) {
            Some(ours) if ours.is_empty() => Schema::Gone,
            Some(ours) if ours.iter().all(|name| told.contains(&format!("the schema \"{name}\" at"))) => {
                Schema::Named
            }
            Some(_) => Schema::Silent,
            None => Schema::NobodyKnows,
        };
        let left = left(&self.folder.path().join("tmp"));
        Ended { code, record: record(self.folder.path()), schema, took, left, told }
    }
}

fn record(folder: &Path) -> Option<(Status, String)> {
    let folders = std::fs::read_dir(folder.join("reports")).into_iter().flatten().flatten();
    let record = folders.filter_map(|folder| archive::load(&folder.path()).ok()).next()?;
    Some((record.status, record.fault.map(|fault| fault.during).unwrap_or_default()))
}

fn left(temporary: &PathBuf) -> Vec<String> {
    std::fs::read_dir(temporary).unwrap().flatten().map(|entry| entry.path().display().to_string()).collect()
}

/// Our schemas in a database, if its server answers soon.
fn asked(url: &str) -> Option<Vec<String>> {
    let (sender, answer) = mpsc::channel();
    let url = url.to_owned();
    std::thread::spawn(move || {
        // A server that has just crashed takes a moment.
        for _ in 0..20 {
            if let Ok(rows) =
                rows(&url, "select nspname::text from pg_namespace where nspname like 'poolbench%'")
            {
                let _ = sender.send(rows);
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    answer.recv_timeout(Duration::from_secs(3)).ok()
}
