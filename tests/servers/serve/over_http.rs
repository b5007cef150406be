//! The same service driven over HTTP by poolbench itself, and by somebody else's load generator.

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use poolbench::analyse::{Act, Metric, Reading, Verdict, summarise};
use poolbench::archive::{self, Run};
use poolbench::itinerary::SessionScope;
use rustix::process::Signal;

use crate::serve::serving::Serving;

/// A request of 160 ms with 20 ms of SQL: 4 connections carry 25/s in request scope and 200/s in repository scope.
const SCENARIO: &str = r#"
why = "What does the same service carry in each session scope, seen from outside?"
request = "POST /submit"
pools = ["sqlx"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1"
[pool]
size = 4
acquire-timeout = "1s"
[[steps]]
name = "create_job"
kind = "sql"
time = "20ms"
operation = "create-job"
[[steps]]
name = "other"
kind = "work"
time = "140ms"
[load]
rate = "50/s"
[phases]
warm-up = "500ms"
measure = "2s"
drain = "1500ms"
[capacity]
callers = 6
warm-up = "500ms"
measure = "3s"
[bystander]
rate = "5/s"
[[claims]]
id = "C1"
says = "a request holds a connection an eighth as long"
measure = "hold-reduction"
expect = 0.875
"#;

/// Callers of wrk, as many as the closed loop has.
const CALLERS: u32 = 6;
/// How long wrk loads, in seconds.
const SECONDS: u64 = 3;

#[test]
fn both_scopes_are_driven_over_http_and_another_load_generator_agrees() {
    if !super::servers_are_here() || !wrk_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.toml");
    std::fs::write(&file, SCENARIO).unwrap();
    let file = file.to_str().unwrap();
    let [mut before, mut after] = ["request-scoped", "repository-scoped"]
        .map(|scope| Serving::start(&[file, "--scope", scope, "--quiet"]));
    let url = |serving: &Serving| format!("http://{}", serving.client.address);
    let lanes = [(&before, SessionScope::Request), (&after, SessionScope::Repository)];
    let count = |(serving, _): &(&Serving, SessionScope)| {
        wrk(folder.path(), &format!("{}/submit", url(serving)), CALLERS, SECONDS)
    };
    let first = lanes.each_ref().map(count);
    let output = run(folder.path(), &[file, "--http", &url(&before), &url(&after)]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}{}", String::from_utf8_lossy(&output.stderr));
    let record = archive::load(&folder.path().join("reports/latest")).unwrap();
    each_scope_serves_what_it_can(&record, &words);
    let last = lanes.each_ref().map(count);
    for (at, (_, scope)) in lanes.iter().enumerate() {
        let (least, most) = (first[at].min(last[at]), first[at].max(last[at]));
        let theirs = per_second(least, SECONDS)..=per_second(most + u64::from(CALLERS), SECONDS);
        println!("{}", agrees((&record, "http"), *scope, theirs));
    }
    rows_are_those_that_were_answered(&record, &before);
    for serving in [&mut before, &mut after] {
        assert_eq!(serving.end(Signal::INT).code, Some(0));
    }
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("run").args(words).arg("--full").current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// 50/s are twice what request scope carries, and a quarter of what repository scope does.
fn each_scope_serves_what_it_can(record: &Run, words: &str) {
    let Verdict::Outside { lanes, .. } = summarise(record).verdict else { panic!("{words}") };
    let served: Vec<f64> = lanes.iter().map(|(_, served, _)| served.number()).collect();
    assert!((0.02..0.9).contains(&served[0]) && served[1] > 0.95, "{served:?}\n{words}");
    for says in ["request-scoped served", "not visible", "not measured: not visible from outside the service"]
    {
        assert!(words.contains(says), "{says}\n{words}");
    }
    // What it does not serve it says, and it does so before anybody would call it a failure.
    let ledger = record.side_by_side[0].tape.measured.ledger;
    assert!(ledger.acquire_timed_out > 10 && ledger.work_failed == 0, "{ledger:?}");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
}

/// Of `wrk`'s callers as many requests as it has callers are under way when it stops, and are not counted: what it
/// saw lies between its count and that many more. It loads before our own closed loop and after it, since a machine
/// is not the same all the time: our interval has to reach into what it saw. Where the machine was so uneven that no
/// interval is given, the number itself has to come within a fifth of that.
fn agrees((record, pool): (&Run, &str), scope: SessionScope, theirs: RangeInclusive<f64>) -> String {
    let summary = summarise(record);
    let figure = summary.figures.at(Act::Capacity, pool, scope, Metric::ThroughputCounted).unwrap();
    let Reading::Figure(ours) = figure.measured.as_ref().unwrap().value else { panic!() };
    let told = format!("{scope}: wrk {theirs:?}/s, poolbench on {pool} {ours}");
    let reach = ours.interval.as_ref().map_or(0.8 * ours.value..=1.2 * ours.value, |it| it.low..=it.high);
    assert!(theirs.start() <= reach.end() && reach.start() <= theirs.end(), "{told}");
    told
}

fn per_second(count: u64, seconds: u64) -> f64 {
    count as f64 / seconds as f64
}

/// Every request that was answered with success has its row; the others have none, or are still to be rolled back.
fn rows_are_those_that_were_answered(record: &Run, serving: &Serving) {
    let lanes = [&record.side_by_side[0].tape, &record.capacity[0].tape];
    let completed: u64 =
        lanes.iter().map(|tape| tape.measured.ledger.completed + tape.warm_up.ledger.completed).sum();
    let names = "select count(*)::text from poolbench.jobs where name like 'request %'";
    let rows: u64 = serving.rows(names)[0].parse().unwrap();
    // The anatomy has one, and callers that were cut off may have been served all the same.
    assert!(
        (completed + 1..=completed + 1 + 2 * u64::from(CALLERS)).contains(&rows),
        "{completed} completed, {rows} rows"
    );
}

/// How many answers of success `wrk` counted.
fn wrk(folder: &Path, url: &str, callers: u32, seconds: u64) -> u64 {
    let script = folder.join("submit.lua");
    let lua = "wrk.method = 'POST'\nwrk.body = '{\"name\": \"wrk\"}'\nwrk.headers['content-type'] = 'application/json'\n";
    std::fs::write(&script, lua).unwrap();
    let output = Command::new("wrk")
        .args(["-t1", "-c", &callers.to_string(), "-d", &seconds.to_string(), "-s"])
        .args([script.to_str().unwrap(), url])
        .output()
        .unwrap();
    let says = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !says.contains("Non-2xx"), "{says}");
    let line = says.lines().find(|line| line.contains(" requests in ")).unwrap_or_else(|| panic!("{says}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A minute of somebody else's load generator at saturation: no memory is gathered, every job is there, and it sees
/// what `run` measures on a pool in its own process, just before and just after.
#[test]
#[ignore = "it takes three minutes"]
fn a_minute_of_another_load_generator_sees_what_a_run_measures() {
    if !super::servers_are_here() || !wrk_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saturated.toml");
    std::fs::write(&file, SCENARIO.replace("callers = 6", "saturation = 1.5")).unwrap();
    let file = file.to_str().unwrap();
    for (scope, callers) in [(SessionScope::Request, 6), (SessionScope::Repository, 48)] {
        let mut serving =
            Serving::start(&[file, "--scope", scope.name(), "--quiet", "--acquire-timeout", "60s"]);
        let url = format!("http://{}/submit", serving.client.address);
        let early = wrk(folder.path(), &url, callers, 10);
        let memory = serving.memory();
        let count = wrk(folder.path(), &url, callers, 60);
        let late = serving.memory();
        println!("{scope}: {memory} KiB after 10 s, {late} KiB after 70 s");
        assert!(late < memory + memory / 10 + 2_048, "{memory} KiB, then {late} KiB");
        let jobs =
            serving.rows("select count(*)::text from poolbench.jobs where state in ('PENDING', 'SUBMITTED')");
        let jobs: u64 = jobs[0].parse().unwrap();
        let told = early + count;
        assert!((told..=told + 2 * u64::from(callers)).contains(&jobs), "{told} answers, {jobs} jobs");
        assert_eq!(serving.end(Signal::INT).code, Some(0));
        let output = run(folder.path(), &[file, "--scopes", scope.name()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let record = archive::load(&folder.path().join("reports/latest")).unwrap();
        let theirs = per_second(count, 60)..=per_second(count + u64::from(callers), 60);
        println!("{}", agrees((&record, "sqlx"), scope, theirs));
    }
}

/// Whether there is a `wrk`.
fn wrk_is_here() -> bool {
    if Command::new("wrk").arg("-v").output().is_ok() {
        return true;
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "a test needs wrk: apt-get install wrk");
    // Not by `eprintln!`, which the test harness swallows when a test passes.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED the test beside wrk: it is not on this machine\n");
    false
}
