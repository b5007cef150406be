//! Servers that a test starts and breaks.

use std::fs;
use std::sync::Mutex;

use poolbench::provision::{Durability, PostgresServer, RedisServer};
use rustix::process::{Pid, Signal, kill_process};

/// A Postgres that can be broken.
pub(crate) struct Postgres {
    pub(crate) server: PostgresServer,
    frozen: Mutex<Vec<u32>>,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let this =
            Self { server: PostgresServer::start(Durability::ThrowAway).unwrap(), frozen: Mutex::default() };
        this.ask("create role tester login password 'tester'");
        this.ask("create database job_service owner tester");
        this
    }

    /// Runs a statement as the superuser, in another database than the run's.
    pub(crate) fn ask(&self, sql: &str) {
        self.rows("postgres", sql);
    }

    pub(crate) fn rows(&self, database: &str, sql: &str) -> Vec<String> {
        rows(&self.url_of(database), sql).unwrap_or_else(|fault| panic!("{sql}: {fault}"))
    }

    /// The superuser's URL of a database.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let url = self.server.url().expose();
        format!("{}/{database}", url.rsplit_once('/').unwrap().0)
    }

    /// The URL that poolbench is given.
    pub(crate) fn url(&self) -> String {
        let url = self.url_of("job_service");
        format!("postgres://tester:tester@{}", url.rsplit_once('@').unwrap().1)
    }

    /// The server's first process, and all others of it.
    fn processes(&self) -> (u32, Vec<u32>) {
        // A process that lives as long as the server is asked for its parent.
        let writer = self
            .rows("postgres", "select pid::text from pg_stat_activity where backend_type = 'checkpointer'");
        let first = parent(writer[0].parse().unwrap()).unwrap();

        (first, children(first))
    }

    pub(crate) fn kill(&self) {
        let (first, all) = self.processes();
        signal(first, Signal::KILL);
        all.into_iter().for_each(|process| signal(process, Signal::KILL));
    }

    pub(crate) fn freeze(&self) {
        let (first, all) = self.processes();
        let mut frozen = self.frozen.lock().unwrap();
        for process in std::iter::once(first).chain(all) {
            signal(process, Signal::STOP);
            frozen.push(process);
        }
    }

    /// Everything goes on that was frozen.
    pub(crate) fn thaw(&self) {
        for process in self.frozen.lock().unwrap().drain(..) {
            signal(process, Signal::CONT);
        }
    }

    /// One of its processes dies, so that it ends all connections and starts anew.
    pub(crate) fn crash(&self) {
        let writer = self
            .rows("postgres", "select pid::text from pg_stat_activity where backend_type = 'checkpointer'");
        signal(writer[0].parse().unwrap(), Signal::KILL);
    }
}

/// A Redis that can be broken.
pub(crate) struct Redis {
    pub(crate) server: RedisServer,
    frozen: Mutex<Vec<u32>>,
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self { server: RedisServer::start().unwrap(), frozen: Mutex::default() }
    }

    pub(crate) fn ask(&self, words: &[&str]) -> redis::Value {
        let mut connection =
            redis::Client::open(self.server.url().expose()).unwrap().get_connection().unwrap();
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(*word);
        });
        command.query(&mut connection).unwrap()
    }

    fn process(&self) -> u32 {
        let told: String = redis::from_redis_value(self.ask(&["INFO", "server"])).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap();
        line.trim().parse().unwrap()
    }

    pub(crate) fn kill(&self) {
        signal(self.process(), Signal::KILL);
    }

    pub(crate) fn freeze(&self) {
        let process = self.process();
        signal(process, Signal::STOP);
        self.frozen.lock().unwrap().push(process);
    }

    pub(crate) fn thaw(&self) {
        for process in self.frozen.lock().unwrap().drain(..) {
            signal(process, Signal::CONT);
        }
    }

    pub(crate) fn fill(&self) {
        self.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    }
}

/// The first column of what a server answers.
pub(crate) fn rows(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await?;
        drop(client);
        let _ = connection.await;
        let first = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(first.collect())
    })
}

pub(crate) fn signal(process: u32, signal: Signal) {
    let pid = Pid::from_raw(process as i32).unwrap();
    // It may have ended with the others.
    let _ = kill_process(pid, signal);
}

fn parent(process: u32) -> Option<u32> {
    let told = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    told.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn children(process: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent(*id) == Some(process)).collect()
}

impl Drop for Postgres {
    /// A server that stands still would be waited for.
    fn drop(&mut self) {
        self.thaw();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.thaw();
    }
}
