//! Throw-away servers: that they work, are private, and leave nothing behind.

// What helps a test is as free to panic as the test.
#![allow(clippy::unwrap_used)]

use crate::common;
#[path = "../common/victim.rs"]
pub(crate) mod victim;

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use common::needs;
use poolbench::provision::ServerKind::{Postgres, Redis};
use poolbench::provision::{Durability, PostgresServer, ProvisionError, RedisServer};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use victim::{SCENE, Victim, running};

/// Prints past the test harness, which swallows what passing tests print.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The first column of the first row, as text.
fn ask(url: &str, sql: &str) -> Result<String, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client.query_one(sql, &[]).await?.get(0))
    })
}

fn password(url: &str) -> &str {
    url.rsplit_once('@').unwrap().0.rsplit_once(':').unwrap().1
}

#[test]
fn postgres_starts_in_private_and_lets_nobody_in_without_the_password() {
    if !needs(&[Postgres]) {
        return;
    }
    let start = Instant::now();
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let took = start.elapsed();
    tell(&format!("Postgres was ready after {took:?}"));
    // Two seconds is the aim; this allows for a machine that runs other tests too.
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(server.bin_dir().join("postgres").is_file());

    let url = server.url().expose();
    for (sql, answer) in [
        ("SELECT current_user::text", "postgres"),
        ("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'postgres'", "SCRAM-SHA-256$"),
        ("SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules", "scram-sha-256"),
        ("SHOW listen_addresses", "127.0.0.1"),
        ("SHOW max_connections", "200"),
        ("SHOW fsync", "off"),
        ("SHOW timezone", "UTC"),
    ] {
        assert_eq!(ask(url, sql).unwrap(), answer, "{sql}");
    }
    let data = ask(url, "SHOW data_directory").unwrap();
    let folder = fs::metadata(std::path::Path::new(&data).parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);

    let wrong = ask(&url.replace(password(url), "wrong"), "SELECT 'in'").unwrap_err();
    assert_eq!(wrong.code(), Some(&tokio_postgres::error::SqlState::INVALID_PASSWORD));
    let seen: Vec<_> =
        running().into_iter().filter(|process| process.command.contains(password(url))).collect();
    assert!(seen.is_empty(), "{seen:?}");
    assert!(!format!("{server:?}").contains(password(url)));
    server.stop().unwrap();
}

#[test]
fn two_clusters_live_side_by_side_and_one_may_be_durable() {
    if !needs(&[Postgres]) {
        return;
    }
    let one = PostgresServer::start(Durability::ThrowAway).unwrap();
    let other = PostgresServer::start(Durability::Durable).unwrap();
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(ask(one.url().expose(), &format!("SHOW {setting}")).unwrap(), "off", "{setting}");
        assert_eq!(ask(other.url().expose(), &format!("SHOW {setting}")).unwrap(), "on", "{setting}");
    }
    one.stop().unwrap();
    assert_eq!(ask(other.url().expose(), "SHOW wal_level").unwrap(), "replica");
    other.stop().unwrap();
}

#[test]
fn stopping_a_server_that_had_ended_by_itself_shows_its_log() {
    if !needs(&[Postgres]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let data = ask(server.url().expose(), "SHOW data_directory").unwrap();
    let state = fs::read_to_string(format!("{data}/postmaster.pid")).unwrap();
    let id: i32 = state.lines().next().unwrap().parse().unwrap();
    rustix::process::kill_process(Pid::from_raw(id).unwrap(), Signal::INT).unwrap();
    // Ended in the eyes of its parent: its command line is gone a little earlier.
    let has_ended = || fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    while !has_ended() {
        thread::sleep(Duration::from_millis(20));
    }
    let fault = server.stop().unwrap_err();
    assert!(matches!(fault, ProvisionError::Ended { .. }), "{fault}");
    assert!(fault.to_string().contains("received fast shutdown request"), "{fault}");
    assert!(!fs::exists(data).unwrap());
}

#[test]
fn a_server_that_is_restarted_is_there_at_once_with_its_data_and_its_port() {
    if !needs(&[Postgres]) {
        return;
    }
    let mut server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let url = server.url().expose().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, connection) =
        runtime.block_on(tokio_postgres::connect(&url, tokio_postgres::NoTls)).unwrap();
    let connection = runtime.spawn(connection);
    runtime.block_on(client.batch_execute("create table kept as select 7::text as seven")).unwrap();
    let began = Instant::now();
    server.restart().unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(runtime.block_on(connection).unwrap().is_err(), "who was connected is so no longer");
    assert_eq!(ask(&url, "select seven from kept").unwrap(), "7");
    server.stop().unwrap();
}

#[test]
fn a_queue_that_hangs_answers_again() {
    if !needs(&[Redis]) {
        return;
    }
    let server = RedisServer::start().unwrap();
    let rest = server.url().expose().rsplit_once('@').unwrap().1.to_owned();
    let place = rest.split('/').next().unwrap().to_owned();
    server.hang();
    let mut stream = std::net::TcpStream::connect(&place).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut byte = [0];
    assert!(stream.read(&mut byte).is_err(), "it says nothing");
    server.go_on();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(stream.read(&mut byte).unwrap(), 1);
    server.stop().unwrap();
}

#[test]
fn redis_starts_in_private_and_keeps_nothing() {
    if !needs(&[Redis]) {
        return;
    }
    let start = Instant::now();
    let server = RedisServer::start().unwrap();
    tell(&format!("Redis was ready after {:?}", start.elapsed()));
    let other = RedisServer::start().unwrap();
    let url = server.url().expose();
    let open = |url: &str| redis::Client::open(url).unwrap().get_connection();
    let mut connection = open(url).unwrap();
    for (setting, value) in [("save", ""), ("appendonly", "no"), ("bind", "127.0.0.1")] {
        let answer: Vec<String> =
            redis::cmd("CONFIG").arg("GET").arg(setting).query(&mut connection).unwrap();
        assert_eq!(answer, [setting, value]);
    }
    assert!(open(&url.replace(password(url), "wrong")).is_err());
    assert!(open(&other.url().expose().replace(password(other.url().expose()), password(url))).is_err());
    let seen: Vec<_> =
        running().into_iter().filter(|process| process.command.contains(password(url))).collect();
    assert!(seen.is_empty(), "{seen:?}");
    server.stop().unwrap();
    other.stop().unwrap();
}

/// Not a test of its own: the scenes of the victims that the tests below start.
#[test]
fn victim() {
    let Ok(scene) = env::var(SCENE) else { return };
    let ready = || {
        println!("ready");
        // Until the parent closes its end, or for ever.
        let _ = io::stdin().read_to_end(&mut Vec::new());
    };
    let postgres = || PostgresServer::start(Durability::ThrowAway);
    match scene.as_str() {
        "both" => {
            let servers = (postgres().unwrap(), RedisServer::start().unwrap());
            ready();
            let start = Instant::now();
            drop(servers);
            println!("both servers were gone after {:?}", start.elapsed());
            // Not even a zombie is left.
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            assert_eq!(rustix::process::waitid(WaitId::All, look).unwrap_err(), rustix::io::Errno::CHILD);
        }
        "panic" => {
            let _servers = (postgres().unwrap(), RedisServer::start().unwrap());
            ready();
            panic!("as planned");
        }
        "exit" => {
            let _servers = (postgres().unwrap(), RedisServer::start().unwrap());
            ready();
            process::exit(7);
        }
        "postgres fault" => println!("{}", postgres().unwrap_err()),
        "redis fault" => println!("{}", RedisServer::start().unwrap_err()),
        other => panic!("no scene {other}"),
    }
}

#[test]
fn neither_a_drop_nor_a_panic_leaves_anything() {
    if !needs(&[Postgres, Redis]) {
        return;
    }
    // A folder for temporary files whose name needs care, and is too long for a socket.
    let long = format!("it's \"$HOME\" {}", "x".repeat(110));
    for (scene, folder) in [("both", long.as_str()), ("panic", "tmp")] {
        let mut victim = Victim::start(scene, folder, 0o755, &[]);
        victim.ready();
        let descendants = victim.descendants();
        // Two reapers, two servers, and what Postgres starts.
        assert!(descendants.len() > 4, "{descendants:?}");
        let (status, said) = victim.end();
        assert_eq!(status.success(), scene == "both", "{said}");
        said.lines().filter(|line| line.contains("gone after")).for_each(tell);
        // At once: whoever drops a server waits until it is gone.
        assert_eq!(victim.leftovers(&descendants), [""; 0], "{scene}");
    }
}

#[test]
fn no_sudden_end_leaves_anything() {
    if !needs(&[Postgres, Redis]) {
        return;
    }
    for (scene, signal) in [
        ("both", Some(Signal::KILL)),
        ("both", Some(Signal::INT)),
        ("both", Some(Signal::TERM)),
        ("exit", None),
    ] {
        let mut victim = Victim::start(scene, "tmp", 0o755, &[]);
        victim.ready();
        let descendants = victim.descendants();
        assert!(!victim.leftovers(&descendants).is_empty(), "the test looks in the wrong place");
        match signal {
            Some(signal) => victim.signal(signal),
            None => assert_eq!(victim.end().0.code(), Some(7)),
        }
        let took = victim.leaves_nothing(&descendants);
        tell(&format!("after {scene} {signal:?}: nothing left within {took:?}"));
    }
}

#[test]
fn killing_it_at_any_moment_of_the_start_leaves_nothing() {
    if !needs(&[Postgres, Redis]) {
        return;
    }
    let mut during_initdb = 0;
    for delay in [5, 15, 40, 100, 200, 400] {
        let victim = Victim::start("both", "tmp", 0o755, &[]);
        thread::sleep(Duration::from_millis(delay));
        let descendants = victim.descendants();
        let initdb = descendants.iter().any(|process| process.command.contains("/initdb"));
        victim.signal(Signal::KILL);
        during_initdb += usize::from(initdb);
        let took = victim.leaves_nothing(&descendants);
        tell(&format!("killed after {delay} ms (initdb running: {initdb}): nothing left within {took:?}"));
    }
    assert!(during_initdb > 0, "no kill hit initdb");
}

#[test]
fn what_goes_wrong_is_said_with_its_mend_and_without_the_password() {
    if !needs(&[Postgres]) {
        return;
    }
    let fake = tempfile::tempdir().unwrap();
    fs::set_permissions(fake.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for (name, body) in
        [("initdb", "shift 3; echo the disk is full, $(cat \"$1\"); exit 3"), ("postgres", "")]
    {
        let path = fake.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let fake = fake.path().to_str().unwrap();
    let root = rustix::process::geteuid().is_root();
    let closed = if root { "cannot enter" } else { "cannot make a private folder" };
    for (scene, mode, variables, expected) in [
        ("postgres fault", 0o755, [("PG_BINDIR", "/nowhere")], "PG_BINDIR is /nowhere"),
        ("postgres fault", 0o755, [("PG_BINDIR", fake)], "the disk is full, ***"),
        ("postgres fault", 0o755, [("PG_BINDIR", fake)], "initdb ended early (exit status: 3)"),
        ("postgres fault", if root { 0o700 } else { 0o500 }, [("LC_ALL", "C")], closed),
        ("postgres fault", 0o755, [("TMPDIR", "/nowhere")], "set TMPDIR to a folder"),
        ("redis fault", 0o755, [("PATH", "/nowhere")], "apt-get install -y redis-server"),
    ] {
        let mut victim = Victim::start(scene, "tmp", mode, &variables);
        let (status, said) = victim.end();
        assert!(status.success() && said.contains(expected), "{scene} {variables:?}: {said}");
        assert_eq!(victim.leftovers(&[]), [""; 0]);
    }
}

/// A folder with an `initdb` that hangs, in the place of the server programs.
#[test]
fn an_initdb_that_says_nothing_is_given_up_after_ten_seconds() {
    if !needs(&[Postgres]) {
        return;
    }
    let fake = tempfile::tempdir().unwrap();
    fs::set_permissions(fake.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["initdb", "postgres"] {
        let path = fake.path().join(name);
        fs::write(&path, "#!/bin/sh\necho a word\nexec sleep 300\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let start = Instant::now();
    let variables = [("PG_BINDIR", fake.path().to_str().unwrap())];
    let mut victim = Victim::start("postgres fault", "tmp", 0o755, &variables);
    let (status, said) = victim.end();
    let took = start.elapsed();
    assert!(status.success() && said.contains("initdb was not ready after 10s"), "{said}");
    assert!(said.contains("a word"), "{said}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(victim.leftovers(&[]), [""; 0]);
}

#[test]
fn the_compose_file_has_what_the_messages_promise() {
    let compose = include_str!("../../docker-compose.yml");
    for promise in [
        "127.0.0.1:55432:5432",
        "127.0.0.1:56379:6379",
        "POSTGRES_DB: poolbench",
        "${POOLBENCH_PASSWORD:-poolbench}",
        "postgres://postgres:poolbench@127.0.0.1:55432/poolbench",
        "redis://:poolbench@127.0.0.1:56379/0",
    ] {
        assert!(compose.contains(promise), "{promise}");
    }
}
