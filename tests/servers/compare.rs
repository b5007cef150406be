//! `compare` on servers: what it finds there, and how often it errs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "what was measured is told")]

use std::time::{Duration, Instant};

use poolbench::provision::ServerKind;

use crate::common;
use crate::compared::{compare, row, trials, written};

/// The least that a comparison on real servers takes: seven pairs of one second. A change of structure
/// shows however busy the machine is.
#[test]
fn real_servers_show_a_session_held_across_the_queue_step() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("\"350/s\"", "\"15/s\""));
    let words = ["--scope", "repository-scoped,request-scoped", "--pairs", "7", "--span", "1s"];
    let (code, told) = compare(&[&[a.as_str()], words.as_slice()].concat());
    assert_eq!(code, Some(4), "{told}");
    assert!(row(&told, "idle-hold.share").contains("REGRESSION"), "{told}");
    for metric in ["acquires.per-request", "transactions.per-request", "failed.unasked.count"] {
        assert!(row(&told, metric).contains("equivalent"), "{told}");
    }
}

/// How the verdicts on real servers came out, and how long they took.
fn on_servers(b: &str, trials: u64, wanted: i32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let b = written(folder.path(), "b.toml", ("\"20ms\"", b));
    let mut found = 0;
    for trial in 0..trials {
        let began = Instant::now();
        let (code, told) = compare(&[&a, &b, "-q", "--seed", &(1_000 + trial).to_string()]);
        let took = began.elapsed();
        eprintln!("trial {trial}: exit {code:?} after {took:.0?}; {}", row(&told, "hold.mean"));
        found += u64::from(code == Some(wanted) && (wanted == 0 || took <= Duration::from_secs(120)));
    }
    eprintln!("{found} of {trials}");
    found
}

/// `cargo test --release --test servers -- --ignored --nocapture false_alarm`, on a machine that does
/// nothing else.
#[test]
#[ignore = "takes an hour and the whole machine"]
fn on_real_servers_a_against_a_is_no_false_alarm() {
    let trials = trials(60);
    assert_eq!(on_servers("\"20ms\"", trials, 4), 0);
}

/// `cargo test --release --test servers -- --ignored --nocapture five_percent`, on a machine that does
/// nothing else.
#[test]
#[ignore = "takes an hour and the whole machine"]
fn on_real_servers_a_hold_five_percent_longer_is_found_within_two_minutes() {
    let trials = trials(40);
    let found = on_servers("\"21ms\"", trials, 4);
    assert!(found as f64 >= 0.95 * trials as f64, "{found} of {trials}");
}
