//! The binary, serving on servers of the test's own, and what these servers say.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fs, thread};

use poolbench::provision::{Durability, PostgresServer, RedisServer};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::serve::client::{Client, Reply};

pub(crate) struct Serving {
    pub(crate) client: Client,
    child: Child,
    /// Reads what it says until its end.
    says: Option<JoinHandle<String>>,
    postgres: PostgresServer,
    redis: RedisServer,
    _folder: TempDir,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) says: String,
    pub(crate) took: Duration,
}

impl Serving {
    pub(crate) fn start(words: &[&str]) -> Self {
        let postgres = PostgresServer::start(Durability::ThrowAway).unwrap();
        let redis = RedisServer::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // A shell that starts the tests in the background has them ignore Ctrl-C.
        let mut child = Command::new("/usr/bin/env")
            .args(["--default-signal=INT,QUIT", env!("CARGO_BIN_EXE_poolbench"), "serve"])
            .args(words)
            .args(["--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", postgres.url().expose())
            .env("REDIS_URL", redis.url().expose())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let says = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(place) = line.strip_prefix("listening on http://") else {
            child.wait().unwrap();
            panic!("it does not listen: {line}{}", says.join().unwrap());
        };
        let client = Client { address: place.trim().parse().unwrap() };
        Self { client, child, says: Some(says), postgres, redis, _folder: folder }
    }

    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.postgres, sql)
    }

    pub(crate) fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < deadline, "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has the server keep a copy of every job, outside the schema that goes at the end.
    pub(crate) fn keeps_what_it_sees(&self) -> Seen {
        self.rows(
            "create table public.seen (id bigint primary key, state text, error text);
             create function public.see() returns trigger language plpgsql as $$ begin
                 insert into public.seen values (new.id, new.state, new.error)
                 on conflict (id) do update set state = excluded.state, error = excluded.error;
                 return new; end $$;
             create trigger see after insert or update on poolbench.jobs
                 for each row execute function public.see()",
        );
        Seen(self.postgres.url().expose().to_owned())
    }

    fn ask_redis<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut connection = redis::Client::open(self.redis_url()).unwrap().get_connection().unwrap();
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(*word);
        });
        command.query(&mut connection).unwrap()
    }

    pub(crate) fn redis_url(&self) -> String {
        self.redis.url().expose().to_owned()
    }

    /// The name of its queue.
    pub(crate) fn queue(&self) -> String {
        let queues: Vec<String> = self.ask_redis(&["SMEMBERS", "rq:queues"]);
        assert_eq!(queues.len(), 1, "{queues:?}");
        queues[0].strip_prefix("rq:queue:").unwrap().to_owned()
    }

    /// The jobs in its queue.
    pub(crate) fn enqueued(&self) -> Vec<String> {
        self.ask_redis(&["LRANGE", &format!("rq:queue:{}", self.queue()), "0", "-1"])
    }

    pub(crate) fn job_status(&self, job: &str) -> String {
        self.ask_redis(&["HGET", &format!("rq:job:{job}"), "status"])
    }

    /// Its resident memory in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(crate) fn end(&mut self, signal: Signal) -> Ended {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let code = self.child.wait().unwrap().code();
        let says = self.says.take().unwrap().join().unwrap();
        assert!(!says.contains("panicked"), "{says}");
        assert!(!says.contains("given up, "), "{says}");
        let left = self.rows("select nspname from pg_namespace where nspname like 'poolbench%'");
        assert_eq!(left, Vec::<String>::new(), "its schema stays");
        Ended { code, says, took: began.elapsed() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What a server keeps of all jobs that it saw.
pub(crate) struct Seen(String);

impl Seen {
    /// State and error of each, without where it failed.
    pub(crate) fn jobs(&self) -> Vec<String> {
        let sql = "select concat_ws(' ', state, error) from public.seen order by id";
        ask(&self.0, sql)
    }
}

fn rows(postgres: &PostgresServer, sql: &str) -> Vec<String> {
    ask(postgres.url().expose(), sql)
}

/// The jobs of a list.
pub(crate) fn jobs(reply: &Reply) -> Vec<serde_json::Value> {
    reply.json()["jobs"].as_array().unwrap().clone()
}

/// The first column of what a server answers.
fn ask(url: &str, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.unwrap_or_else(|fault| panic!("{sql}: {fault:?}"));
        drop(client);
        connection.await.unwrap().unwrap();
        let first = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        first.collect()
    })
}
