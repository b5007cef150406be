//! Services behind addresses, driven by the binary: what is seen of them, and what is not said of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod service;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use poolbench::archive::{self, Run};
use poolbench::record::{Durations, Histogram, Ledger};
use service::{STALL, Service};

const TOKEN: &str = "Bearer s3cret-token";

/// The first request of the open loop has this number, and the others follow.
const FIRST: u64 = 1_000_000_000_000;

fn scenario(address: &str) -> String {
    format!(
        r#"
why = "What does the service do with a stall, and with requests that it does not serve?"
[target]
urls = ["http://{address}"]
method = "POST"
path = "/submit?token=s3cret-query"
body = "job {{request}}"
timed-out = [503]
timed-out-says = "pool-timeout"
timeout = "1s"
bystander-path = "/cheap"
headers = [{{ name = "authorization", env = "POOLBENCH_TEST_TOKEN" }}]
[load]
arrivals = "constant"
rate = "100/s"
in-flight-cap = 16
[phases]
warm-up = "300ms"
measure = "3s"
drain = "2s"
[capacity]
callers = 4
warm-up = "0s"
measure = "500ms"
[bystander]
rate = "20/s"
[[objectives]]
keep = "unanswered.share <= 10%"
[[objectives]]
keep = "hold.p99 <= 10s"
"#
    )
}

fn poolbench(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command.env("POOLBENCH_TEST_TOKEN", TOKEN).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_answer_ends_in_its_column_and_what_is_inside_is_not_told() {
    let service = Service::start(TOKEN, FIRST + 100);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), scenario(&service.address.to_string())).unwrap();
    let output = poolbench(folder.path(), &["run", "s.toml", "--gate", "--full"]);
    let words = told(&output);
    // It cannot be told what is held, and what cannot be told is no pass. Failures are breaches.
    assert_eq!(output.status.code(), Some(3), "{words}");
    let record = archive::load(&folder.path().join("reports/latest")).unwrap();
    ledger_is_as_the_service_answered(&record, &service);
    stall_is_seen_from_the_intended_instant(&record);
    nothing_inside_is_told(&words, &record);
    nothing_secret_is_anywhere(folder.path(), &words);
}

fn ledger_is_as_the_service_answered(record: &Run, service: &Service) {
    let Ledger { scheduled, dispatched, completed, acquire_timed_out, work_failed, unanswered, .. } =
        record.side_by_side[0].tape.measured.ledger;
    assert_eq!((scheduled, dispatched), (300, 300));
    assert_eq!((completed, acquire_timed_out, work_failed, unanswered), (255, 15, 15, 15));
    assert!(record.capacity[0].tape.measured.ledger.check().is_ok());
    let seen = service.seen();
    let numbers: BTreeSet<u64> = seen.numbers.iter().copied().collect();
    assert_eq!(numbers.len(), seen.numbers.len(), "a number was sent twice");
    assert_eq!(numbers.range(FIRST..2 * FIRST).count(), 330);
    assert_eq!(seen.strangers, 0, "a request had not its header");
    let others = record.side_by_side[0].tape.bystanders.ledger;
    assert!(others.completed > 20 && others.completed <= seen.cheap, "{others:?} {}", seen.cheap);
    // 16 requests and a few bystanders are the most in flight; each that is given up takes its socket with it.
    assert!(seen.connections < 16 + 10 + 60, "{} connections", seen.connections);
}

/// The 40 requests that were due in the stall waited for all that was left of it, whether or not they could be
/// sent: a client that waits with sending until others are answered would show its own few alone.
fn stall_is_seen_from_the_intended_instant(record: &Run) {
    let cohort = &record.side_by_side[0].tape.measured;
    let slow = |times: &Durations| {
        let long = STALL.as_nanos() as u64 / 4;
        let slow =
            |times: &Histogram| times.values().filter(|(time, _)| *time > long).map(|(_, count)| count).sum();
        let slow: u64 = slow(&times.seen);
        slow
    };
    let (response, service) = (slow(&cohort.response), slow(&cohort.service));
    assert!(
        response >= 22 && service < response,
        "{response} from the intended instant, {service} when sent"
    );
}

fn nothing_inside_is_told(words: &str, record: &Run) {
    for lines in ["hold a request", "acquire wait p99", "utilisation"] {
        let line = words.lines().find(|line| line.starts_with(lines)).unwrap();
        assert!(line.trim_end().ends_with("not visible"), "{line}");
    }
    assert!(words.contains("hold.p99 <= 10s: it is not visible from outside the service"), "{words}");
    assert!(words.contains("pass          unanswered.share <= 10%"), "{words}");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    let summary = poolbench::analyse::summarise(record);
    let visible = summary.figures.iter().filter(|figure| figure.measured.is_ok());
    let inside: Vec<_> = visible.filter(|figure| !figure.metric.is_seen_from_outside()).collect();
    assert!(inside.is_empty(), "{inside:?}");
}

fn nothing_secret_is_anywhere(folder: &Path, words: &str) {
    assert!(!words.contains("s3cret"), "{words}");
    let mut folders = vec![folder.join("reports")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                    assert!(!text.contains("s3cret"), "{}", path.display());
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_driven_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), scenario("127.0.0.1:1")).unwrap();
    for (url, code, says) in [
        ("http://me:s3cret@127.0.0.1:1", 2, "take it out"),
        ("https://127.0.0.1:1", 2, "https is not spoken here"),
        // An address of documentation, where nobody is.
        ("http://192.0.2.1:1", 2, "--allow-remote"),
        // Nobody listens at this port.
        ("http://127.0.0.1:1", 7, "cannot connect"),
    ] {
        let output = poolbench(folder.path(), &["run", "s.toml", "--http", url]);
        let words = told(&output);
        assert_eq!(output.status.code(), Some(code), "{url}: {words}");
        assert!(words.replace('\n', " ").contains(says) && !words.contains("s3cret"), "{url}: {words}");
    }
    for (words, says) in [
        (&["run", "s.toml", "--http", "http://127.0.0.1:1", "http://127.0.0.1:2"][..], "2 addresses"),
        (&["run", "s.toml", "--pools", "sqlx"], "--pools is for pools"),
        (
            &["run", "language-model", "--http", "http://127.0.0.1:1", "http://127.0.0.1:2"],
            "requests of one kind",
        ),
        (&["simulate", "s.toml"], "only poolbench run can drive it"),
        (&["serve", "s.toml", "--scope", "old"], "only poolbench run can drive it"),
    ] {
        let output = poolbench(folder.path(), words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", told(&output));
        assert!(told(&output).contains(says), "{words:?}: {}", told(&output));
    }
    let output = poolbench(folder.path(), &["check", "s.toml"]);
    let words = told(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("POST /submit?…") && words.contains("old: this machine, port 1"), "{words}");
}
