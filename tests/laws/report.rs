//! The renderers against one fixed record.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;

use poolbench::analyse::summarise;
use poolbench::archive::{self, Run};
use poolbench::record::{FailureKind, Why};
use poolbench::report::chart::OnPage;
use poolbench::report::{Chart, View, html, terminal};
use poolbench::units::{Rate, TimeScale};
use sections::read;
use serde_json::Value;
use textwrap::core::display_width;

mod long;
mod one_clock;
mod sections;
pub(crate) mod tapped;
pub(crate) mod watched;

const FIXTURE: &str = "tests/fixtures/record-v1.json";

fn record() -> Run {
    archive::load(Path::new(FIXTURE)).unwrap()
}

fn as_text(record: &Run) -> String {
    let summary = summarise(record);
    let files = [("report", "reports/latest/report.html".to_owned())];
    let mut out = Vec::new();
    terminal::render(View { record, summary: &summary }, &files, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn as_html(record: &Run) -> String {
    let summary = summarise(record);
    let chart = Chart {
        name: "in-use".into(),
        title: "Connections in use".into(),
        explains: "Held, of all that the pool has.".into(),
        on_page: OnPage {
            wide: "<svg viewBox=\"0 0 9 3\"><path d=\"M0 0h9\"/></svg>".into(),
            ..OnPage::default()
        },
    };
    let mut out = Vec::new();
    html::render(View { record, summary: &summary }, &[chart], &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

// A snapshot a section: what changed is seen by its name.

#[test]
fn the_terminal_text_section_by_section() {
    let text = as_text(&record());
    let sections = sections::of_terminal(&text);
    let joined: String = sections.iter().map(|(_, section)| *section).collect();
    assert_eq!(joined, text, "nothing may be left out");
    for (name, section) in sections {
        insta::assert_snapshot!(format!("terminal_{name}"), section);
    }
}

#[test]
fn the_html_text_section_by_section() {
    let page = as_html(&record());
    let sections = sections::of_page(&page);
    let joined: Vec<&str> = sections.iter().map(|(_, section)| section.as_str()).collect();
    assert_eq!(joined.join("\n"), read(&page), "nothing may be left out");
    for (name, section) in sections {
        insta::assert_snapshot!(format!("html_{name}"), section);
    }
}

/// A record that a binary of version 1 wrote after a run on a real server.
const VERSION_1: &str = "tests/fixtures/run-v1.json";

#[test]
fn a_record_of_version_1_is_read_reported_and_left_as_it_is() {
    let before = std::fs::read_to_string(VERSION_1).unwrap();
    assert!(before.starts_with("{\"version\":1,"));
    let run = archive::load(Path::new(VERSION_1)).unwrap();
    assert!(as_text(&run).contains("Side by side") && as_html(&run).contains("request-scoped"));
    let out = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_poolbench"));
    let output = command.args(["report", VERSION_1, "--out"]).arg(out.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read_to_string(VERSION_1).unwrap(), before);
}

/// A plan of another rate, or of steps that take twice as long, is not that of the run. Of ten requests
/// twice the rate is only another draw.
#[test]
fn a_plan_that_is_not_the_runs_is_told_before_the_tables() {
    let sound: Value = serde_json::from_str(&std::fs::read_to_string(VERSION_1).unwrap()).unwrap();
    let at = |rate: f64| {
        let mut other = sound.clone();
        other["plan"]["load"]["rate_per_s"] = rate.into();
        other
    };
    let mut times = sound.clone();
    times["plan"]["steps"][1]["time_s"] = 0.2.into();
    let told = |value: &Value| as_text(&archive::decode(&value.to_string()).unwrap());
    assert!(!told(&sound).contains(" !! "), "{}", told(&sound));
    for (other, words) in [
        (at(40.0), "! The twin draws other arrivals"),
        (at(400.0), "!! 10 requests were due, and the plan has"),
        (times, "!! A connection was held for 57.3 ms and should have been for 105 ms at least"),
    ] {
        let told = told(&other).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_run_comes_back_from_its_record_to_the_last_bit() {
    for path in [FIXTURE, VERSION_1] {
        let run = archive::load(Path::new(path)).unwrap();
        let text = archive::encode(&run).unwrap();
        assert!(text.starts_with("{\"version\":2,"));
        let again = archive::decode(&text).unwrap();
        assert_eq!(again.plan, run.plan, "{path}");
        assert_eq!(archive::encode(&again).unwrap(), text, "{path}");
    }
}

#[test]
fn terminal_lines_fit_80_columns() {
    let mut chinese = record();
    chinese.plan.scenario = "数据库连接池".into();
    Arc::make_mut(&mut chinese.plan.workload).steps[0].name = "写入任务并等待数据库的回答".into();
    chinese.plan.claims[2].says = "二十个 数据库连接 相当于 三千六百个 ".repeat(4);
    for record in [record(), chinese] {
        for line in as_text(&record).lines() {
            assert!(display_width(line) <= usize::from(terminal::WIDTH), "{line}");
        }
    }
}

/// A run that ends on a screen of 24 lines has said what it found, and where the rest is.
#[test]
fn the_end_of_a_run_fits_a_screen() {
    let mut stopped = record();
    stopped.status = archive::Status::Failed;
    let says = "no request completed: 20 of 20 failed, most often: create_job: ".to_owned()
        + &"why not, ".repeat(60);
    stopped.fault = Some(archive::FaultRecord { during: "capacity".into(), says });
    stopped.plan.scenario = "数据库连接池".repeat(20);
    let mut accident = record();
    for lane in &mut accident.side_by_side {
        lane.tape.measured.ledger.work_failed = lane.tape.measured.ledger.scheduled;
        lane.tape.measured.ledger.completed = 0;
    }
    for run in [record(), stopped, accident] {
        let summary = summarise(&run);
        let files = ["report", "charts", "record", "every table"].map(|name| (name, "reports/x".to_owned()));
        let mut out = Vec::new();
        terminal::ending(View { record: &run, summary: &summary }, &files, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().count() <= terminal::LINES, "{text}");
        assert!(text.lines().all(|line| display_width(line) <= usize::from(terminal::WIDTH)), "{text}");
        assert!(text.contains("requests/s") || text.contains("No verdict"), "{text}");
        assert!(text.contains("every table"), "{text}");
    }
    let run = record();
    let summary = summarise(&run);
    let mut out = Vec::new();
    terminal::ending(
        View { record: &run, summary: &summary },
        &[("report", "reports/x".to_owned())],
        &mut out,
    )
    .unwrap();
    insta::assert_snapshot!("ending", String::from_utf8(out).unwrap());
}

#[test]
fn the_page_is_one_file_that_fetches_nothing_and_runs_its_own_script_alone() {
    let page = as_html(&record());
    assert!(page.starts_with("<!DOCTYPE html>"));
    // The script asks for SVG elements by the name of their format, which nobody fetches.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for foreign in ["http://", "https://", "<link", "@import", "url(", "<img", "<iframe", "fetch(", "import("]
    {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("<svg viewBox"));
    assert_eq!(scripts(&page), 1, "its own");
    assert!(
        page.contains("script-src &#39;sha256-") || page.contains("script-src 'sha256-"),
        "known by its hash"
    );
}

/// How many scripts a page has.
fn scripts(page: &str) -> usize {
    page.matches("<script").count()
}

const HOSTILE: &str =
    "<script>alert(\"x\")</script>' onload=\"y\" &lt; \u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\r\n";

/// Words that the analysis reads as such; every other text of a record is anybody's.
const READ: [&str; 16] = [
    "objectives",
    "hdr",
    "why",
    "scope",
    "scopes",
    "kind",
    "measure",
    "status",
    "source",
    "move",
    "build",
    "does",
    "arrivals",
    "when_full",
    "liveness_check",
    "routing",
];

fn poison(value: &mut Value, key: &str) {
    match value {
        Value::String(text) if !READ.contains(&key) => text.push_str(HOSTILE),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| poison(value, key)),
        _ => {}
    }
}

fn hostile() -> Run {
    let mut record = record();
    for lane in &mut record.side_by_side {
        lane.tape.measured.failures.kinds = vec![FailureKind {
            why: Why::Statement,
            state: None,
            step: "a".into(),
            statement: "b".into(),
            says: "c".into(),
            count: 3,
        }];
        lane.tape.measured.ledger.work_failed += 3;
    }
    let mut value = serde_json::from_str(&archive::encode(&record).unwrap()).unwrap();
    poison(&mut value, "");
    archive::decode(&value.to_string()).unwrap()
}

#[test]
fn a_hostile_record_is_escaped_in_html() {
    let page = as_html(&hostile());
    assert_eq!(scripts(&page), 1, "its own");
    assert!(!page.contains("alert(\""));
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"));
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_hostile_record_cannot_command_a_terminal() {
    let text = as_text(&hostile());
    assert!(text.contains("<script>"));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "control characters");
    assert!(!text.contains('\u{202e}'));
    assert!(!text.contains("[31m"));
}

/// The part of the terminal text that shows the claims.
fn claims(text: &str) -> &str {
    let claims = text.split_once("\nClaims – ").unwrap().1;
    claims.split_once("\nPrediction – ").unwrap().0
}

#[test]
fn claims_stand_beside_what_theory_and_the_twin_expect() {
    let text = as_text(&record());
    assert!(claims(&text).contains("Twin and run agree within their uncertainty in C6, C7."), "{text}");
    assert!(!claims(&text).contains('≠'), "{text}");
}

#[test]
fn a_claim_whose_numbers_differ_says_so_with_the_likely_cause() {
    let mut record = record();
    let mut waits = poolbench::record::Durations::default();
    waits.seen.note_n(30_000_000, 3_000);
    record.side_by_side[1].tape.measured.acquire_wait = waits;
    let text = as_text(&record);
    let words = "  ≠  sqlx: the twin expects 0 s where it came to at most 1.5 s; likely cause:\n     \
                 none is known; look for one";
    assert!(claims(&text).contains(words), "{text}");
    assert!(
        claims(&text).contains("Twin and run agree within their uncertainty in C7, but not in C6."),
        "{text}"
    );
    assert!(read(&as_html(&record)).contains("the twin expects 0 s where it came to at most 1.5 s"));
}

#[test]
fn a_record_too_large_for_the_twin_says_so_and_has_no_column_of_it() {
    let mut record = record();
    record.plan.load.rate = Rate::per_second(1e5).unwrap();
    let text = as_text(&record);
    assert!(claims(&text).contains("No twin of sqlx and deadpool-postgres: some"), "{text}");
    let head = claims(&text).lines().nth(1).unwrap();
    assert_eq!(head.split_whitespace().collect::<Vec<_>>(), ["claimed", "theory", "measured"]);
}

#[test]
fn a_stopped_or_empty_run_is_shown_for_what_it_is() {
    let mut record = record();
    record.status = archive::Status::Stopped;
    record.capacity.clear();
    record.side_by_side.truncate(1);
    let text = as_text(&record);
    assert!(text.contains("No verdict"));
    assert!(text.contains("The run was stopped"));
    record.side_by_side.clear();
    record.anatomy.clear();
    record.plan.claims.clear();
    assert!(as_text(&record).contains("No verdict"));
    assert!(as_html(&record).contains("The run was stopped"));
}

#[test]
fn a_run_that_failed_opens_with_the_fault() {
    let mut record = record();
    record.status = archive::Status::Failed;
    record.fault = Some(archive::FaultRecord {
        during: "capacity".into(),
        says: "no request completed: 20 of 20 failed, most often: create_job: no. Mend it.".into(),
    });
    record.capacity.clear();
    let words = "The run failed during capacity: no request completed: 20 of 20 failed";
    let text = as_text(&record);
    let (fault, verdict) =
        (text.find("The run failed during capacity").unwrap(), text.find("At 5 req").unwrap());
    assert!(fault < verdict, "{text}");
    assert!(text.contains("A fault during capacity ended the run, so capacity did not end."), "{text}");
    let page = read(&as_html(&record));
    assert!(page.find(words).unwrap() < page.find("At 5 req").unwrap(), "{page}");
}

#[test]
fn figures_of_accidents_are_neither_headline_nor_verdict() {
    let mut record = record();
    for lane in record.side_by_side.iter_mut().chain(&mut record.capacity) {
        let ledger = &mut lane.tape.measured.ledger;
        ledger.work_failed += ledger.completed / 2;
        ledger.completed -= ledger.completed / 2;
    }
    for text in [as_text(&record), read(&as_html(&record))] {
        assert!(text.contains("No verdict: "), "{text}");
        for word in ["times shorter", "holds within", "after ÷ before", "each request holds a connection for"]
        {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn a_run_at_nominal_times_shows_each_figure_once() {
    let mut record = record();
    record.plan.time_scale = TimeScale::NOMINAL;
    let text = as_text(&record);
    assert!(!text.contains("At the clock of the run") && !text.contains('≤'), "{text}");
    assert!(text.contains("overhead a hold"), "its cost stands with the others: {text}");
}
