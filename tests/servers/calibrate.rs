//! `poolbench calibrate`, through the binary.

use crate::common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use poolbench::archive::{CalibrationRecord, SpreadRecord, load_calibration};
use poolbench::provision::ServerKind;
use rustix::process::{Pid, Signal, kill_process};

/// poolbench calibrate with nothing in its environment that could help it.
fn calibrate(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("calibrate").args(words).current_dir(folder).stdin(Stdio::null());
    for name in ["DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS"] {
        command.env_remove(name);
    }
    command
}

#[test]
fn a_quick_calibration_measures_everything_and_tells_it() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let words = ["--quick", "--in-flight", "2000", "--json", "figures.json"];
    let output = calibrate(folder.path(), &words).output().unwrap();
    let (table, notes) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{table}{notes}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    for goal in ["≤ 50 µs", "≤ 200 µs", "≤ 1.5 µs", "≤ 50 ns", "≤ 1,024 B", "≤ 1 ms", "≥ 0.97"]
    {
        assert!(table.contains(goal), "{goal} is missing:\n{table}");
    }
    let record = load_calibration(&folder.path().join("figures.json")).unwrap();
    everything_is_measured(&record);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the file that was asked for");
}

fn everything_is_measured(record: &CalibrationRecord) {
    assert_eq!((record.version, record.effort.as_str()), (1, "quick"));
    assert_eq!((record.timers.len(), record.in_flight.requests), (6, 2000));
    assert_eq!(record.pools.iter().filter(|pool| pool.pool == "sqlx").count(), 2);
    let told = |spread: &SpreadRecord| {
        assert!(spread.n > 0 && spread.least > 0.0, "{spread:?}");
        assert!(spread.least <= spread.median && spread.median <= spread.greatest, "{spread:?}");
    };
    told(&record.driver.sustained_per_s);
    told(&record.driver.request_cpu_ns);
    told(&record.driver.lag_p99_ns);
    told(&record.recording.request_ns);
    told(&record.live_view_ns.expect("its frames"));
    record.timers.iter().for_each(|timer| told(&timer.p50_ns));
    record.pools.iter().for_each(|pool| told(&pool.contended.throughput_per_s));
    record.selects.routes.iter().for_each(|route| told(&route.rate_per_s));
    let deadpool = record.selects.routes.iter().find(|route| route.route == "deadpool adapter");
    told(&deadpool.and_then(|route| route.of_bare).expect("its ratio to the bare driver"));
    let pgbench = record.selects.routes.iter().any(|route| route.route == "pgbench");
    assert_eq!(pgbench, record.selects.without_pgbench.is_none(), "{:?}", record.selects.without_pgbench);
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://u:s3cret@127.0.0.1:1/db";
    let output = calibrate(folder.path(), &["--quick", "--database-url", url]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(told.contains("127.0.0.1:1") && !told.contains("s3cret"), "{told}");
}

#[test]
fn a_signal_ends_a_calibration_between_two_rounds() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = calibrate(folder.path(), &["--in-flight", "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(notes.any(|line| line.contains("timers")), "it ended before it measured the timers");
    let asked = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{:?}", notes.collect::<Vec<_>>());
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
}
