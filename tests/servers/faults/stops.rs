//! A run that is told to end does so within its time, whatever the servers do, and leaves the
//! user's database and queue as they were, or names what stays.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::servers::{Postgres, Redis, rows, signal};
use poolbench::provision::ServerKind;
use rustix::process::Signal;

/// A request that waits for ten minutes; `SQL` stands for the time of its statement, and `SETUP`
/// for the scenario's own setup.
const SCENARIO: &str = r#"
why = "Does it stop?"
request = "POST /submit"
pools = ["sqlx", "deadpool-postgres"]
scopes = ["repository-scoped"]
time-scale = "1"
seed = 3
SETUP

[pool]
size = 2
acquire-timeout = "5s"

[[steps]]
name = "create_job"
kind = "sql"
time = "SQL"
operation = "create-job"

[load]
rate = "20/s"

[phases]
warm-up = "100ms"
measure = "600s"
drain = "600s"

[capacity]
saturation = 1.1
warm-up = "1s"
measure = "1s"
"#;

/// After the stop poolbench ends within five seconds, and within two more where it is hardly optimised and tests run
/// beside it; a shared machine may take as long again.
const AT_ONCE: Duration = Duration::from_secs(12);

/// A running poolbench.
struct Running {
    child: Child,
    told: Arc<Mutex<String>>,
    folder: tempfile::TempDir,
}

impl Running {
    fn start(setup: &str, sql: &str, database: &str, redis: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = SCENARIO.replace("SETUP", setup).replace("SQL", sql);
        std::fs::write(folder.path().join("stops.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["run", "stops.toml"]).current_dir(folder.path()).stdin(Stdio::null());
        command.env("DATABASE_URL", database).stdout(Stdio::piped()).stderr(Stdio::piped());
        match redis {
            Some(url) => command.env("REDIS_URL", url),
            None => command.env_remove("REDIS_URL"),
        };
        let mut child = command.spawn().unwrap();
        let told = Arc::new(Mutex::new(String::new()));
        let (heard, stderr) = (told.clone(), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child, told, folder }
    }

    fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }

    fn wait_for(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(self) {
            assert!(Instant::now() < deadline, "{what}: {}", self.told());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_for_line(&self, words: &str) {
        self.wait_for(words, |this| this.told().contains(words));
    }

    fn signal(&self, which: Signal) {
        signal(self.child.id(), which);
    }

    /// Waits for the end; answers the exit code, how long it took, and all that was told.
    fn end(mut self) -> (i32, Duration, String) {
        let began = Instant::now();
        let mut shown = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let took = began.elapsed();
        // Its other thread has read the end by now, or does so soon.
        std::thread::sleep(Duration::from_millis(50));
        let told = format!("{shown}{}", self.told());
        assert!(!told.contains("panicked"), "{told}");
        drop(self.folder);
        (code, took, told)
    }

    /// Stops it, and expects that it ends at once.
    fn stops(self, which: Signal) -> String {
        self.signal(which);
        let (code, took, told) = self.end();
        assert_eq!(code, 130, "{told}");
        assert!(took < AT_ONCE, "{took:?}: {told}");
        told
    }
}

fn is_there(postgres: &Postgres) -> bool {
    let sql = "select nspname::text from pg_namespace where nspname like 'poolbench%'";
    !postgres.rows("job_service", sql).is_empty()
}

fn servers() -> Option<(Postgres, Redis)> {
    crate::common::needs(&[ServerKind::Postgres, ServerKind::Redis])
        .then(|| (Postgres::start(), Redis::start()))
}

#[test]
fn a_frozen_server_holds_up_neither_the_first_ctrl_c_nor_the_second() {
    let Some((postgres, _)) = servers() else { return };
    let once = Running::start("", "1ms", &postgres.url(), None);
    once.wait_for_line("side by side");
    std::thread::sleep(Duration::from_millis(500));
    postgres.freeze();
    let told = once.stops(Signal::INT);
    assert!(told.contains("the schema \"poolbench\" at") && told.contains(" stays; "), "{told}");
    postgres.thaw();

    // What it left is taken by the next run, which nothing of the first one holds up.
    let twice = Running::start("", "1ms", &postgres.url(), None);
    twice.wait_for_line("side by side");
    std::thread::sleep(Duration::from_millis(500));
    postgres.freeze();
    twice.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    twice.signal(Signal::INT);
    let (code, took, told) = twice.end();
    assert_eq!(code, 130);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(told.contains("the schema \"poolbench\" at") && told.contains("ended at once"), "{told}");
    postgres.thaw();
}

#[test]
fn every_signal_that_asks_for_an_end_leaves_a_clean_database() {
    let Some((postgres, redis)) = servers() else { return };
    for which in [Signal::HUP, Signal::QUIT, Signal::TERM] {
        let run = Running::start("", "1ms", &postgres.url(), Some(redis.server.url().expose()));
        run.wait_for_line("side by side");
        let told = run.stops(which);
        assert!(!is_there(&postgres), "{which:?}: {told}");
        assert!(told.contains("stopped"), "{told}");
    }
    // A panic of poolbench's own would be of the same kind; a run that is killed leaves it for the
    // next one, together with a statement that the server goes on with.
    let killed = Running::start("", "300s", &postgres.url(), Some(redis.server.url().expose()));
    killed.wait_for("a statement of 300 s", |_| {
        !postgres.rows("postgres", "select 1::text from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()").is_empty()
    });
    killed.signal(Signal::KILL);
    killed.end();
    assert!(is_there(&postgres));
    let next = Running::start("", "1ms", &postgres.url(), Some(redis.server.url().expose()));
    next.wait_for_line("side by side");
    next.stops(Signal::INT);
    assert!(!is_there(&postgres));
}

#[test]
fn what_takes_long_is_given_up_and_ended_on_the_server() {
    let Some((postgres, _)) = servers() else { return };
    let busy = "select 1::text from pg_stat_activity
                 where application_name like 'poolbench%' and query like '%pg_sleep%' and state = 'active'";
    // A long setup, and a long statement of the load.
    for (setup, sql) in [("setup = [\"select pg_sleep(300)\"]", "1ms"), ("", "300s")] {
        let run = Running::start(setup, sql, &postgres.url(), None);
        run.wait_for("a long statement", |_| !postgres.rows("postgres", busy).is_empty());
        let told = run.stops(Signal::INT);
        assert!(!is_there(&postgres), "{told}");
        assert!(postgres.rows("postgres", busy).is_empty(), "the server goes on with it");
    }
}

/// The clean-up does not wait for them, and says what stays.
#[test]
fn neither_somebodys_lock_nor_a_stalled_redis_holds_up_the_clean_up() {
    let Some((postgres, redis)) = servers() else { return };
    let run = Running::start("", "1ms", &postgres.url(), None);
    run.wait_for_line("side by side");
    let url = postgres.url_of("job_service");
    let lock = std::thread::spawn(move || {
        rows(&url, "begin; lock table poolbench.jobs; select pg_sleep(12)::text").map(|_| ())
    });
    let locked = "select 1::text from pg_locks where mode = 'AccessExclusiveLock' and granted";
    run.wait_for("the lock", |_| !postgres.rows("postgres", locked).is_empty());
    std::thread::sleep(Duration::from_millis(300));
    let told = run.stops(Signal::INT);
    assert!(told.contains(" stays; "), "{told}");
    lock.join().unwrap().unwrap();
    // A Redis that is stalled while it is cleaned.
    let run = Running::start("", "1ms", &postgres.url(), Some(redis.server.url().expose()));
    run.wait_for_line("side by side");
    redis.freeze();
    let told = run.stops(Signal::INT);
    assert!(told.contains("the queue \"poolbench-") && told.contains(" stays; "), "{told}");
    assert!(!is_there(&postgres));
    redis.thaw();
}

/// A port on which somebody listens who is no Postgres.
fn port(serve: impl Fn(std::net::TcpStream) + Send + Sync + Copy + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// The most memory that a process has had, in KiB, when it has ended.
fn most_memory(process: u32) -> std::thread::JoinHandle<u64> {
    let status = format!("/proc/{process}/status");
    std::thread::spawn(move || {
        let mut most = 0_u64;
        while let Ok(told) = std::fs::read_to_string(&status) {
            let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(line) = line else { break };
            most = most.max(line.trim().trim_end_matches(" kB").parse().unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
        most
    })
}

fn mute() -> u16 {
    port(|stream| {
        std::thread::sleep(Duration::from_secs(60));
        drop(stream);
    })
}

#[test]
fn a_port_that_is_mute_or_floods_is_told_from_a_server() {
    let mute = mute();
    let flood = port(|mut stream| while stream.write_all(&[b'N'; 65_536]).is_ok() {});
    for (port, words) in [(mute, "nothing answered as a Postgres does"), (flood, "cannot connect to")] {
        let run = Running::start("", "1ms", &format!("postgres://u:pw@127.0.0.1:{port}/db"), None);
        let most = most_memory(run.child.id());
        let (code, took, told) = run.end();
        assert_eq!(code, 5, "{told}");
        assert!(told.contains(words), "{told}");
        assert!(took < Duration::from_secs(20), "{took:?}");
        let most = most.join().unwrap();
        assert!(most < 512 * 1024, "{most} KiB for {words}");
    }
    let run = Running::start("", "1ms", &format!("postgres://u:pw@127.0.0.1:{mute}/db"), None);
    run.wait_for_line("measuring what the harness");
    run.stops(Signal::INT);
}

#[test]
fn a_redis_that_is_mute_or_floods_is_told_from_a_server() {
    let Some((postgres, _)) = servers() else { return };
    let flood = port(|mut stream| {
        let _ = stream.write_all(b"*1000000000\r\n");
        while stream.write_all(&b":1\r\n".repeat(16_384)).is_ok() {}
    });
    for port in [mute(), flood] {
        let url = format!("redis://:pw@127.0.0.1:{port}/0");
        let run = Running::start("", "1ms", &postgres.url(), Some(&url));
        let most = most_memory(run.child.id());
        let (code, took, told) = run.end();
        assert_eq!(code, 5, "{told}");
        assert!(told.contains("cannot use the Redis at"), "{told}");
        assert!(took < Duration::from_secs(20), "{took:?}");
        let most = most.join().unwrap();
        assert!(most < 512 * 1024, "{most} KiB");
        assert!(!is_there(&postgres));
    }
}
