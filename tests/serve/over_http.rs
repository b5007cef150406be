//! The same service driven over HTTP by poolbench itself, and by somebody else's load generator.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use poolbench::analyse::{Act, Metric, Reading, Verdict, summarise};
use poolbench::archive::{self, Run};
use poolbench::itinerary::SessionScope;
use rustix::process::Signal;

use crate::serving::Serving;

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
measure = "3s"
drain = "2s"
[capacity]
callers = 6
warm-up = "500ms"
measure = "4s"
[bystander]
rate = "5/s"
[[claims]]
id = "C1"
says = "a request holds a connection an eighth as long"
measure = "hold-reduction"
expect = 0.875
"#;

/// Callers of wrk, as many as the closed loop has.
const CALLERS: u64 = 6;
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
    let count =
        |(serving, _): &(&Serving, SessionScope)| wrk(folder.path(), &format!("{}/submit", url(serving)));
    let first = lanes.each_ref().map(count);
    let output = run(folder.path(), &[file, "--http", &url(&before), &url(&after)]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}{}", String::from_utf8_lossy(&output.stderr));
    let record = archive::load(&folder.path().join("reports/latest")).unwrap();
    each_scope_serves_what_it_can(&record, &words);
    let last = lanes.each_ref().map(count);
    for (at, (_, scope)) in lanes.iter().enumerate() {
        agrees(&record, *scope, [first[at], last[at]]);
    }
    rows_are_those_that_were_answered(&record, &before);
    for serving in [&mut before, &mut after] {
        assert_eq!(serving.end(Signal::INT).code, Some(0));
    }
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("run").args(words).current_dir(folder).stdin(Stdio::null()).output().unwrap()
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
    assert!(ledger.acquire_timed_out > 30 && ledger.work_failed == 0, "{ledger:?}");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
}

/// Of `wrk`'s callers as many requests as it has callers are under way when it stops, and are not counted: what it
/// saw lies between its count and that many more. It loads before our own closed loop and after it, since a machine
/// is not the same all the time: our interval has to reach into what it saw.
fn agrees(record: &Run, scope: SessionScope, counted: [u64; 2]) {
    let summary = summarise(record);
    let figure = summary.figures.at(Act::Capacity, "http", scope, Metric::ThroughputCounted).unwrap();
    let Reading::Figure(ours) = figure.measured.as_ref().unwrap().value else { panic!() };
    let ours = ours.interval.unwrap();
    let per_second = |count: u64| count as f64 / SECONDS as f64;
    let (least, most) = (counted[0].min(counted[1]), counted[0].max(counted[1]));
    let (low, high) = (per_second(least), per_second(most + CALLERS));
    assert!(low <= ours.high && ours.low <= high, "{scope}: wrk {low} to {high}, poolbench {ours:?}");
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
        (completed + 1..=completed + 1 + 2 * CALLERS).contains(&rows),
        "{completed} completed, {rows} rows"
    );
}

/// How many answers of success `wrk` counted.
fn wrk(folder: &Path, url: &str) -> u64 {
    let script = folder.join("submit.lua");
    let lua = "wrk.method = 'POST'\nwrk.body = '{\"name\": \"wrk\"}'\nwrk.headers['content-type'] = 'application/json'\n";
    std::fs::write(&script, lua).unwrap();
    let callers = CALLERS.to_string();
    let output = Command::new("wrk")
        .args(["-t1", "-c", &callers, "-d", &SECONDS.to_string(), "-s"])
        .args([script.to_str().unwrap(), url])
        .output()
        .unwrap();
    let says = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !says.contains("Non-2xx"), "{says}");
    let line = says.lines().find(|line| line.contains(" requests in ")).unwrap_or_else(|| panic!("{says}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
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
