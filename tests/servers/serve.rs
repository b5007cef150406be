//! `poolbench serve` from outside: the binary on servers that the tests start, and clients of our own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
use crate::common;
mod over_http;
mod serving;
mod worker;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use client::{Client, Reply};
use poolbench::provision::ServerKind;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serving::{Serving, jobs};

/// A busy machine may take longer for a connect than a scaled timeout allows.
const PATIENT: &[&str] = &["--acquire-timeout", "600s"];

fn servers_are_here() -> bool {
    common::needs(&[ServerKind::Postgres, ServerKind::Redis])
}

/// Callers who submit one job after the other; all answers.
fn load(client: &Client, callers: usize, until: impl Fn(usize) -> bool + Sync) -> Vec<Reply> {
    thread::scope(|scope| {
        let callers: Vec<_> = (0..callers)
            .map(|_| {
                scope.spawn(|| {
                    let mut replies: Vec<Reply> = Vec::new();
                    while until(replies.len()) {
                        replies.push(client.submit("train"));
                    }
                    replies
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    })
}

/// Every job that a client was told of is in the database, and no other one that is not in a state.
fn adds_up(serving: &Serving, replies: &[Reply]) {
    let mut told: Vec<i64> = replies.iter().filter(|it| it.status == 201).map(Reply::job).collect();
    told.sort_unstable();
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!((reply.status, reply.code().as_str()), (503, "pool-timeout"), "{reply:?}");
        assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    let rows = serving.rows("select id::text from poolbench.jobs order by jobs.id");
    let rows: Vec<i64> = rows.iter().map(|id| id.parse().unwrap()).collect();
    assert!(!told.is_empty());
    assert_eq!(rows, told);
    let pending = serving.rows("select count(*)::text from poolbench.jobs where state = 'PENDING'");
    assert_eq!(pending[0], told.len().to_string());
    let metrics = serving.client.get("/metrics").body;
    let created = format!("poolbench_jobs_total{{event=\"created\"}} {}", told.len());
    assert!(metrics.lines().any(|line| line == created), "{created} in\n{metrics}");
}

#[test]
fn a_load_leaves_every_job_that_was_accepted_and_no_other() {
    if !servers_are_here() {
        return;
    }
    for (scope, pool) in [("request-scoped", "deadpool-postgres"), ("repository-scoped", "sqlx")] {
        let words = ["--scope", scope, "--pool", pool, "--pool-size", "4", "--time-scale", "1/2000"];
        let mut serving = Serving::start(&[words.as_slice(), PATIENT].concat());
        let began = Instant::now();
        let replies = load(&serving.client, 8, |_| began.elapsed() < Duration::from_millis(1_500));
        adds_up(&serving, &replies);
        let job = replies.iter().find(|reply| reply.status == 201).unwrap().job();
        let found = serving.client.get(&format!("/jobs/{job}"));
        assert_eq!((found.json()["id"].as_i64(), found.json()["name"].as_str()), (Some(job), Some("train")));
        let ended = serving.end(Signal::INT);
        assert_eq!(ended.code, Some(0), "{}", ended.says);
        for word in ["db=acquire ", "db=create_job ", "db=commit ", "route=/submit status=201 "] {
            assert!(ended.says.contains(word), "{word} in\n{:.2000}", ended.says);
        }
    }
}

/// One connection, held by one request: the next one is told when to come again. Then the stop: what is in
/// flight is rolled back.
#[test]
fn request_scope_tells_a_short_pool_and_rolls_back_at_the_stop() {
    if !servers_are_here() {
        return;
    }
    let words = ["--scope", "request-scoped", "--pool-size", "1", "--time-scale", "1", "--grace", "200ms"];
    let mut serving = Serving::start(&[words.as_slice(), &["--acquire-timeout", "2s"]].concat());
    // Before anybody holds a lock on the table.
    let seen = serving.keeps_what_it_sees();
    let client = serving.client.clone();
    let held = thread::spawn(move || client.submit("held"));
    // The job is there, for its own transaction alone.
    serving.wait_for("a session that is idle in its transaction", || {
        let sql = "select count(*)::text from pg_stat_activity where state = 'idle in transaction'";
        serving.rows(sql)[0] == "1"
    });
    let short = serving.client.submit("short");
    assert_eq!((short.status, short.code().as_str()), (503, "pool-timeout"), "{short:?}");
    assert_eq!(short.header("retry-after").as_deref(), Some("2"));
    assert_eq!(serving.client.get("/healthz").status, 503);
    let ended = serving.end(Signal::TERM);
    let held = held.join().unwrap();
    assert_eq!((held.status, held.code().as_str()), (503, "stopping"), "{held:?}");
    assert_eq!(ended.code, Some(0), "{}", ended.says);
    assert!(ended.says.contains("0 finished, 1 compensated, 0 given up"), "{}", ended.says);
    assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
    assert_eq!(seen.jobs(), Vec::<String>::new(), "a rollback leaves nothing");
}

/// The stop in the middle of the queue step: the jobs are there, and marked.
#[test]
fn repository_scope_marks_what_the_stop_cuts_short() {
    if !servers_are_here() {
        return;
    }
    let words = ["--scope", "repository-scoped", "--time-scale", "1", "--grace", "200ms"];
    let mut serving = Serving::start(&words);
    let seen = serving.keeps_what_it_sees();
    let clients: Vec<_> = (0..5)
        .map(|_| {
            let client = serving.client.clone();
            thread::spawn(move || client.submit("cut"))
        })
        .collect();
    serving.wait_for("five jobs", || jobs(&serving.client.get("/jobs?state=PENDING")).len() == 5);
    let ended = serving.end(Signal::TERM);
    for client in clients {
        let reply = client.join().unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (503, "stopping"), "{reply:?}");
        assert!(reply.json()["error"]["job"].as_i64().is_some(), "{reply:?}");
    }
    assert!(ended.says.contains("0 finished, 5 compensated, 0 given up"), "{}", ended.says);
    assert_eq!(ended.code, Some(0), "{}", ended.says);
    let marked = "FAILED the service was stopped before this step was over".to_owned();
    assert_eq!(seen.jobs(), vec![marked; 5]);
}

/// The scenario's failures, from outside: what a client is told, the rows and the counts agree.
#[test]
fn a_client_is_told_of_every_enqueue_that_fails() {
    if !servers_are_here() {
        return;
    }
    for scope in ["request-scoped", "repository-scoped"] {
        let serving = Serving::start(
            &[&["enqueue-failure", "--scope", scope, "--time-scale", "1/500"], PATIENT].concat(),
        );
        let replies = load(&serving.client, 8, |sent| sent < 40);
        let failed: Vec<&Reply> = replies.iter().filter(|reply| reply.status != 201).collect();
        assert!(failed.len() > 10 && failed.len() < 70, "{} of 320", failed.len());
        assert!(failed.iter().all(|it| it.status == 502 && it.code() == "failed-as-asked"), "{failed:?}");
        let rows = serving
            .rows("select count(*)::text from poolbench.jobs where state = 'FAILED' and error is not null");
        let marked = if scope == "request-scoped" { 0 } else { failed.len() };
        assert_eq!(rows[0], marked.to_string(), "{scope}");
        let all = serving.rows("select count(*)::text from poolbench.jobs");
        assert_eq!(all[0], (replies.len() - failed.len() + marked).to_string(), "{scope}");
        // What was refused is not in the queue.
        assert_eq!(serving.enqueued().len(), replies.len() - failed.len());
    }
}

#[test]
fn many_sockets_and_nonsense_keep_nobody_out() {
    others_are_served_beside(1_000);
}

#[test]
#[ignore = "it takes a minute"]
fn ten_thousand_sockets_and_nonsense_keep_nobody_out() {
    others_are_served_beside(10_000);
}

/// So many sockets, or as many as the system lets us have, all silent and then with whatever bytes: the
/// next client is served.
fn others_are_served_beside(sockets: usize) {
    if !servers_are_here() {
        return;
    }
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let most = usize::try_from(maximum.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let mut serving = Serving::start(&["--scope", "repository-scoped", "--quiet"]);
    let count = sockets.min(most.saturating_sub(500));
    let sockets: Vec<TcpStream> =
        (0..count).map(|_| TcpStream::connect(serving.client.address).unwrap()).collect();
    assert_eq!(serving.client.get("/healthz").status, 200, "beside {count} open sockets");
    for (at, mut socket) in sockets.into_iter().enumerate() {
        let nonsense =
            [b"\0\0\0\0\r\n\r\n".as_slice(), b"GET / HTTP/9.9\r\n\r\n", b"\xff\xfe\r\n\r\n"][at % 3];
        // The other end may have closed it by then.
        let _ = socket.write_all(nonsense);
    }
    let mut endless = TcpStream::connect(serving.client.address).unwrap();
    let _ = endless.write_all(&[b"GET / HTTP/1.1\r\nx: ".as_slice(), &[b'a'; 1 << 20]].concat());
    endless.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut told = [0; 12];
    let _ = endless.read(&mut told);
    assert_eq!(serving.client.get("/healthz").status, 200, "after nonsense on {count} sockets");
    assert_eq!(serving.end(Signal::INT).code, Some(0));
}

/// A minute at saturation: nothing breaks, no memory is gathered, and every job is there.
#[test]
#[ignore = "it takes two minutes"]
fn a_minute_at_saturation() {
    if !servers_are_here() {
        return;
    }
    for scope in ["request-scoped", "repository-scoped"] {
        let mut serving =
            Serving::start(&[&["--scope", scope, "--time-scale", "1/5000", "--quiet"], PATIENT].concat());
        let began = Instant::now();
        let load_for =
            |seconds| load(&serving.client, 64, |_| began.elapsed() < Duration::from_secs(seconds));
        let mut replies = load_for(10);
        let early = serving.memory();
        replies.extend(load_for(60));
        let late = serving.memory();
        println!("{scope}: {} answers, {early} then {late} KiB", replies.len());
        adds_up(&serving, &replies);
        assert!(late < early + early / 10 + 2_048, "{scope}: {early} KiB after 10 s, {late} KiB after 60 s");
        assert_eq!(serving.end(Signal::INT).code, Some(0));
    }
}

/// What is enqueued are jobs of Redis Queue: its own worker takes and finishes them.
#[test]
fn a_worker_of_redis_queue_finishes_the_jobs() {
    if !servers_are_here() {
        return;
    }
    let Some(worker) = worker::find() else { return };
    let serving =
        Serving::start(&[&["--scope", "repository-scoped", "--time-scale", "1/1000"], PATIENT].concat());
    let ids: Vec<i64> = (0..5).map(|_| serving.client.submit("real").job()).collect();
    let enqueued = serving.enqueued();
    assert_eq!(enqueued.len(), 5);
    let done = worker.burst(&serving.redis_url(), &serving.queue());
    let mut done = done.unwrap_or_else(|says| panic!("{says}"));
    done.sort_unstable();
    assert_eq!(done, ids, "the numbers of the jobs that the function was called with");
    for job in enqueued {
        assert_eq!(serving.job_status(&job), "finished", "{job}");
    }
    assert_eq!(serving.enqueued(), Vec::<String>::new());
}
