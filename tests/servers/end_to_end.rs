//! The binary, end to end, on servers that the tests start.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use poolbench::archive::{self, Run, Status};
use poolbench::itinerary::{Itinerary, StepKind};
use poolbench::pool::Address;
use poolbench::pool::admin::Admin;
use poolbench::provision::{Durability, PostgresServer, RedisServer, ServerKind};
use poolbench::record::Histogram;
use poolbench::target::DatabaseUrl;

const QUICK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/quick.toml");

/// poolbench with nothing in its environment that could help it.
fn poolbench(out: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(words).current_dir(out).stdin(Stdio::null());
    for name in ["DATABASE_URL", "REDIS_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"] {
        command.env_remove(name);
    }
    command
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The folder of the only run in `reports`.
fn run_folder(out: &Path) -> PathBuf {
    let latest = std::fs::read_link(out.join("reports/latest")).expect("reports/latest");
    out.join("reports").join(latest)
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const MIX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mix.toml");

/// Which request is of which kind, and how long its steps take, follows from its number: so driver and twin
/// count the same, and a request of one kind is as long as its own steps.
#[test]
fn a_mix_of_requests_is_the_same_for_every_scope_and_for_the_twin() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let output = poolbench(out.path(), &["run", MIX, "--full"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("Kinds of requests"), "{}", told(&output));
    let run = archive::load(&run_folder(out.path())).unwrap();
    let apart = tempfile::tempdir().unwrap();
    let output = poolbench(apart.path(), &["simulate", MIX]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let mut folders =
        std::fs::read_dir(apart.path().join("reports")).unwrap().map(|entry| entry.unwrap().path());
    let twin = archive::load(&folders.find(|folder| folder.join("record.json").exists()).unwrap()).unwrap();
    let sent = |run: &Run| -> Vec<Vec<u64>> {
        let lanes = run.side_by_side.iter();
        lanes.map(|lane| lane.tape.kinds.iter().map(|kind| kind.ledger.completed).collect()).collect()
    };
    assert_eq!(sent(&run), sent(&twin));
    let kinds = &sent(&run)[0];
    assert!(kinds.len() == 3 && kinds.iter().all(|count| *count > 5), "{kinds:?}");
    for lane in run.side_by_side.iter().chain(&run.capacity).chain(&twin.side_by_side) {
        let (all, of_kinds) = (lane.tape.measured.ledger, lane.tape.kinds.iter());
        assert_eq!(of_kinds.clone().map(|kind| kind.ledger.dispatched).sum::<u64>(), all.dispatched);
        of_kinds.for_each(|kind| kind.ledger.check().unwrap());
    }
    // At the clock of the run, with what a busy machine adds: 5 ms of SQL; 5 ms of a processor and then 10 or
    // 30 ms of SQL.
    let holds = |scope: usize, kind: usize| &run.side_by_side[scope].tape.kinds[kind].hold.seen;
    let least = |scope: usize, kind: usize| Duration::from_nanos(holds(scope, kind).least());
    assert!(least(1, 1) >= Duration::from_millis(5) && least(1, 2) >= Duration::from_millis(10));
    // In request scope the connection is held while a processor computes.
    assert!(least(0, 2) >= Duration::from_millis(15), "{:?}", least(0, 2));
    // The longest answer of the model, drawn alike in both scopes: held in one of them.
    let longest = |scope: usize| run.side_by_side[scope].tape.kinds[0].response.seen.greatest();
    assert!(
        holds(0, 0).greatest() * 2 > longest(1) && longest(0) > 150_000_000,
        "{} {}",
        longest(0),
        longest(1)
    );
}

#[test]
fn a_run_leaves_a_record_that_adds_up_and_a_report() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let output = poolbench(out.path(), &["run", QUICK, "--prove-scale", "--full"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("Proof of scale"), "{}", told(&output));
    let folder = run_folder(out.path());
    let record = archive::load(&folder).unwrap();
    assert_eq!(record.status, Status::Complete);
    moves_are_those_of_the_itinerary(&record);
    ledgers_balance_and_agree_with_the_rows(&record);
    holds_are_those_of_the_itinerary(&record);
    the_same_arrivals_went_to_both_scopes(&record);
    let proof = record.proof.as_ref().unwrap();
    assert_eq!((proof.time_scale.factor(), proof.side_by_side.len()), (0.4, 4));
    assert!(record.ceiling.is_some(), "the harness's own ceiling stands in the record");
    for file in ["report.html", "record.json"] {
        assert!(folder.join(file).metadata().unwrap().len() > 1000, "{file}");
    }
    // The report again, from the file alone, says the same.
    let again = poolbench(out.path(), &["report", "reports/latest", "--out", "again"]).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", told(&again));
    let first_line =
        |output: &Output| String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned);
    assert_eq!(first_line(&again), first_line(&output));
    assert!(out.path().join("again/report.html").exists());
}

/// From four numbers to a prediction, and to a scenario that is sound and never written over.
#[test]
fn four_numbers_are_enough_to_begin_with() {
    let out = tempfile::tempdir().unwrap();
    let numbers = ["--sql", "20ms", "--outside", "3s", "--rate", "8/s", "--pool-size", "20"];
    let run = |words: &[&str]| poolbench(out.path(), words).output().unwrap();
    let predicted = run(&[&["predict"], numbers.as_slice()].concat());
    assert_eq!(predicted.status.code(), Some(0), "{}", told(&predicted));
    assert!(told(&predicted).contains("repository-scoped"), "{}", told(&predicted));
    let written = run(&[&["init", "mine.toml"], numbers.as_slice()].concat());
    assert_eq!(written.status.code(), Some(0), "{}", told(&written));
    let checked = run(&["check", "mine.toml", "--no-server"]);
    assert_eq!(checked.status.code(), Some(0), "{}", told(&checked));
    let again = run(&[&["init", "mine.toml"], numbers.as_slice()].concat());
    assert_eq!(again.status.code(), Some(2), "{}", told(&again));
    assert!(told(&again).contains("name another file"), "{}", told(&again));
    // Nobody is there to be asked.
    let mute = run(&["init", "other.toml", "--sql", "20ms"]);
    assert_eq!(mute.status.code(), Some(2), "{}", told(&mute));
    assert!(told(&mute).contains("write --outside 3s"), "{}", told(&mute));
    assert!(!out.path().join("other.toml").exists());
    let half = run(&["predict", "--sql", "20ms"]);
    assert_eq!(half.status.code(), Some(2), "{}", told(&half));
    let completes = run(&["completions", "bash"]);
    assert!(told(&completes).contains("complete -F"), "{}", told(&completes));
}

/// In transaction mode a session that is held outside a transaction costs no connection of the server.
#[test]
fn a_pgbouncer_in_between_is_recorded_and_changes_no_result() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::PgBouncer]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let pools = "deadpool-postgres-pgbouncer-transaction,sqlx-pgbouncer-session";
    let moves = ["acquire", "begin", "create_job", "commit", "enqueue", "other", "release"];
    let own = format!("\n[[own-scopes]]\nname = \"held-outside\"\nmoves = {moves:?}\n");
    let scenario = out.path().join("held.toml");
    std::fs::write(&scenario, std::fs::read_to_string(QUICK).unwrap() + &own).unwrap();
    let scenario = scenario.to_str().unwrap();
    let words = ["run", scenario, "--pools", pools, "--scopes", "request-scoped,held-outside", "--full"];
    // A busy machine may take long to make a connection through two programs.
    let words = [&words[..], &["--acquire-timeout", "3s"]].concat();
    let output = poolbench(out.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("PgBouncer to server"), "{}", told(&output));
    let record = archive::load(&run_folder(out.path())).unwrap();
    ledgers_balance_and_agree_with_the_rows(&record);
    assert!(record.environment.pools.iter().all(|(_, identity)| identity.contains("in front of PgBouncer")));
    let in_use: Vec<f64> = record
        .side_by_side
        .iter()
        .map(|lane| {
            let pooler = lane.pooler.as_ref().unwrap();
            assert!(pooler.at.len() > 3, "{} {}: {pooler:?}", lane.pool, lane.scope);
            assert_eq!(lane.rows.unwrap().requests, Some(lane.rows.unwrap().found));
            f64::from(pooler.in_use.iter().sum::<u32>()) / pooler.in_use.len() as f64
        })
        .collect();
    // Request-scoped and held-outside of the first pool, then of the second.
    assert!(in_use[1] < 0.5 * in_use[0], "{in_use:?}");
}

fn moves_are_those_of_the_itinerary(record: &Run) {
    assert_eq!(record.anatomy.len(), 4);
    for trace in &record.anatomy {
        let itinerary = record.plan.itinerary(trace.scope);
        let made: Vec<&str> = trace.moves.iter().map(|step| step.word.as_str()).collect();
        assert_eq!(made.join(" "), itinerary.spelled(), "{} {}", trace.pool, trace.scope);
        assert_eq!(trace.failure, None);
        assert!(trace.moves.windows(2).all(|pair| pair[0].to == pair[1].from));
    }
}

fn ledgers_balance_and_agree_with_the_rows(record: &Run) {
    assert_eq!((record.side_by_side.len(), record.capacity.len()), (4, 4));
    for lane in record.side_by_side.iter().chain(&record.capacity) {
        let name = format!("{} {} {:?}", lane.pool, lane.scope, lane.callers);
        for cohort in
            [&lane.tape.measured, &lane.tape.warm_up, &lane.tape.bystanders, &lane.tape.bystanders_warm_up]
        {
            cohort.ledger.check().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        }
        let rows = lane.rows.unwrap();
        assert!(
            (rows.committed..=rows.committed + rows.in_doubt).contains(&rows.found),
            "{name}: {rows:?} {:?}",
            lane.tape.measured.failures
        );
    }
    for lane in &record.side_by_side {
        // Everything was drained, so every completed request left one row and every other none.
        let rows = lane.rows.unwrap();
        assert_eq!(rows.in_doubt, 0);
        assert_eq!(rows.found, lane.tape.measured.ledger.completed + lane.tape.warm_up.ledger.completed);
        assert!(lane.tape.measured.ledger.completed > 0);
    }
}

/// Measured hold within 5 % of the itinerary's, once the named overhead is taken off: what the
/// SQL took beyond its nominal time, in round trips and the server's own lateness.
fn holds_are_those_of_the_itinerary(record: &Run) {
    for lane in &record.side_by_side {
        let itinerary = record.plan.itinerary(lane.scope);
        let scaled = |time: Duration| record.plan.time_scale.scaled(time).as_secs_f64() * 1e3;
        let mean = |times: &Histogram| times.sum() as f64 / times.count() as f64 / 1e6;
        let (hold, busy) = (mean(&lane.tape.measured.hold.seen), mean(&lane.tape.measured.busy_hold));
        let overhead = busy - scaled(sql_time(&itinerary));
        let nominal = scaled(itinerary.hold_time());
        let name = format!("{} {}: hold {hold:.2} ms, overhead {overhead:.2} ms", lane.pool, lane.scope);
        assert!((hold - overhead - nominal).abs() <= 0.05 * nominal, "{name}, nominal {nominal:.2} ms");
        assert!((-0.1..30.0).contains(&overhead), "{name}");
    }
}

fn sql_time(itinerary: &Itinerary) -> Duration {
    let steps = itinerary.workload().steps.iter();
    steps.filter(|step| step.kind == StepKind::Sql).map(|step| step.time).sum()
}

fn the_same_arrivals_went_to_both_scopes(record: &Run) {
    for pair in record.side_by_side.chunks(2) {
        assert_eq!(pair[0].arrivals, pair[1].arrivals);
        assert_eq!(pair[0].tape.measured.ledger.scheduled, pair[1].tape.measured.ledger.scheduled);
        assert_eq!(pair[0].tape.bystanders.ledger.scheduled, pair[1].tape.bystanders.ledger.scheduled);
    }
}

#[test]
fn a_database_of_the_user_is_left_as_it_was_also_when_the_run_is_stopped() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let (postgres, redis) =
        (PostgresServer::start(Durability::ThrowAway).unwrap(), RedisServer::start().unwrap());
    let out = tempfile::tempdir().unwrap();
    let mut child = poolbench(out.path(), &["run", QUICK, "--measure", "300s"])
        .env("DATABASE_URL", postgres.url().expose())
        .env("REDIS_URL", redis.url().expose())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the load to start", || {
        let count = "select count(*)::text from poolbench.jobs where lane like 'side by side%'";
        let tables = query(postgres.url(), "select relname::text from pg_class where relname = 'jobs'");
        !tables.is_empty() && query(postgres.url(), count).first().is_some_and(|rows| rows.len() > 1)
    });
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let asked = Instant::now();
    let code = child.wait().unwrap().code();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code, Some(130), "{}", told(&output));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    let record = archive::load(&run_folder(out.path())).unwrap();
    assert_eq!(record.status, Status::Stopped);
    let lanes = record.side_by_side.iter();
    let abandoned: u64 =
        lanes.map(|lane| lane.tape.measured.ledger.abandoned + lane.tape.warm_up.ledger.abandoned).sum();
    assert!(abandoned > 0, "requests under way are abandoned, and counted");
    for lane in &record.side_by_side {
        lane.tape.measured.ledger.check().unwrap();
    }
    assert!(
        !schemas(postgres.url()).iter().any(|name| name.starts_with("poolbench")),
        "the schemas are gone"
    );
    let secret = postgres.url().expose().split([':', '@']).nth(2).unwrap().to_owned();
    let text = std::fs::read_to_string(run_folder(out.path()).join("record.json")).unwrap();
    assert!(!text.contains(&secret) && !told(&output).contains(&secret), "the password is nowhere");
}

/// The schemas of a database.
fn schemas(url: &DatabaseUrl) -> Vec<String> {
    query(url, "select nspname::text from pg_namespace")
}

fn query(url: &DatabaseUrl, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(url.expose(), tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        // The schema may go between two looks.
        let rows = client.query(sql, &[]).await.unwrap_or_default();
        let texts = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
        drop(client);
        let _ = connection.await;
        texts
    })
}

#[test]
fn a_database_that_cannot_be_used_is_said_at_once_and_without_the_password() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let url = server.url().expose().to_owned();
    let secret = url.split([':', '@']).nth(2).unwrap().to_owned();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let elsewhere = format!("postgres://postgres:{secret}@127.0.0.1:{closed}/postgres");
    query(server.url(), "select 1");
    let few = url.replacen("postgres:", "few:", 2).replacen("few:", "postgres:", 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = Address::parse(server.url()).unwrap();
        let admin = Admin::connect(&address, "poolbench").await.unwrap();
        let few = format!("create role few login connection limit 5 password '{secret}'");
        admin.make_tables(&[few, "create schema taken".into()]).await.unwrap();
    });
    let wrong = url.replace(&secret, "n0t-the-password");
    let encrypted = format!("{url}?sslmode=require");
    let cases: [(&str, &str, &[&str]); 6] = [
        (&wrong, "password authentication failed", &[]),
        (&elsewhere, "cannot connect to postgres://127.0.0.1", &[]),
        (&few, "the pools need 8", &[]),
        (&url, "the schema \"taken\" exists and is not poolbench's", &["--schema", "taken"]),
        (&encrypted, "TLS", &[]),
        ("postgres://u:s3cret@127.0.0.1:1/db?sslmode=allow", "sslmode=allow", &[]),
    ];
    for (url, words, flags) in cases {
        let out = tempfile::tempdir().unwrap();
        let asked = Instant::now();
        let mut command = poolbench(out.path(), &["run", QUICK]);
        let output = command.args(flags).env("DATABASE_URL", url).output().unwrap();
        let told = told(&output);
        assert_eq!(output.status.code(), Some(5), "{told}");
        assert!(told.contains(words), "{words}: {told}");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        for secret in [secret.as_str(), "n0t-the-password"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    assert!(schemas(server.url()).contains(&"taken".to_owned()), "somebody's schema is left alone");
    drop(server);
    let out = tempfile::tempdir().unwrap();
    let output = poolbench(out.path(), &["run", QUICK]).env("DATABASE_URL", &url).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "a stopped server: {}", told(&output));
}

#[test]
fn without_a_server_program_the_ways_out_are_named() {
    let out = tempfile::tempdir().unwrap();
    let output = poolbench(out.path(), &["run", QUICK]).env("PG_BINDIR", out.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", told(&output));
    assert!(!out.path().join("reports/latest").exists());
}

#[test]
fn a_scenario_with_faults_ends_with_2_and_names_them_all() {
    let out = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(QUICK).unwrap().replace("size = 4", "size = 0").replace("10/s", "10");
    std::fs::write(out.path().join("wrong.toml"), text).unwrap();
    for command in ["run", "check"] {
        let output = poolbench(out.path(), &[command, "wrong.toml"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = told(&output);
        assert!(told.contains("wrong.toml:10: pool.size") && told.contains("load.rate"), "{told}");
    }
    let output = poolbench(out.path(), &["run", "no-such-scenario"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = poolbench(out.path(), &["run", "--pools", "sqlx,sqlx"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = poolbench(out.path(), &["report", "nowhere"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn check_and_list_run_nothing() {
    let out = tempfile::tempdir().unwrap();
    let output = poolbench(out.path(), &["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told_of_check = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told_of_check.contains("acquire begin create_job commit release enqueue other"),
        "{told_of_check}"
    );
    assert!(
        told_of_check.contains("holds a connection for 180 s of 180 s, idle for 179 s"),
        "{told_of_check}"
    );
    assert!(told_of_check.lines().all(|line| line.chars().count() <= 100), "{told_of_check}");
    let output = poolbench(out.path(), &["list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told_of_list = String::from_utf8_lossy(&output.stdout).into_owned();
    for name in
        ["job-submission", "checkout", "request-scoped", "repository-scoped", "sqlx", "deadpool-postgres"]
    {
        assert!(told_of_list.contains(name), "{name}");
    }
    assert!(std::fs::read_dir(out.path()).unwrap().next().is_none(), "nothing was written");
}

#[test]
fn a_killed_run_leaves_neither_process_nor_folder() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    // The account that runs the servers has to reach the folder.
    std::fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o1777)).unwrap();
    let mut child = poolbench(out.path(), &["run", QUICK, "--measure", "300s"])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let left = || std::fs::read_dir(temporary.path()).unwrap().count();
    wait_for("the servers to start", || left() > 0);
    std::thread::sleep(Duration::from_millis(3000));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the folders to go", || left() == 0);
    let folder = temporary.path().to_string_lossy().into_owned();
    wait_for("the processes to go", || {
        let processes = Command::new("ps").args(["-eo", "args="]).output().unwrap();
        !String::from_utf8_lossy(&processes.stdout).contains(&folder)
    });
}
