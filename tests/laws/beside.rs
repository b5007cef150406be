//! `poolbench report` through the binary: several records as files, and a record beside its baseline.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Command, Output};

use poolbench::archive;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");

fn poolbench(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_poolbench")).args(args).current_dir(folder).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The fixture as two runs in `reports`: of one pool library each, so that both fit beside each other, and the
/// second one on another day and under hostile names.
fn two_runs(folder: &Path) {
    for (name, pool) in [("one", "sqlx"), ("two", "deadpool-postgres")] {
        let mut run = archive::load(Path::new(FIXTURE)).unwrap();
        run.side_by_side.retain(|lane| lane.pool == pool);
        run.capacity.retain(|lane| lane.pool == pool);
        run.plan.pools.retain(|it| it == pool);
        if name == "two" {
            run.created = "2026-11-23T10:00:00Z".to_owned();
            run.plan.why = "<script>alert(1)</script>".to_owned();
            run.poolbench = "<b>later".to_owned();
        }
        let own = folder.join("reports").join(name);
        std::fs::create_dir_all(&own).unwrap();
        archive::save(&run, &own).unwrap();
    }
}

#[test]
fn several_records_are_written_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_runs(folder);
    let records = ["report", "reports/one", "reports/two"];
    let with = |more: &[&str]| poolbench(folder, &[&records, more].concat());
    let output = with(&["--format", "html,markdown,json,csv,tables", "--out", "both"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let written = |name: &str| std::fs::read_to_string(folder.join("both").join(name)).unwrap();
    let page = written("beside.html");
    assert!(page.contains("What differs in their conditions") && page.contains("reports/two"), "{page}");
    assert!(page.contains("&lt;b&gt;later") && !page.contains("<b>") && !page.contains("<script"), "{page}");
    assert!(written("beside.md").contains("## Beside each other"));
    assert!(written("beside.csv").starts_with("run,record,act,"));
    assert!(written("beside.txt").lines().all(|line| textwrap::core::display_width(line) <= 80));
    let json: serde_json::Value = serde_json::from_str(&written("beside.json")).unwrap();
    assert_eq!((json["runs"][1]["name"].as_str(), json["version"].as_u64()), (Some("reports/two"), Some(1)));
    // One text is printed; a page needs a folder, and pictures are of one record.
    let output = with(&["--format", "csv"]);
    assert!(output.status.success() && told(&output).starts_with("run,record,act,"), "{}", told(&output));
    for (format, mend) in [("html", "--out"), ("png", "name one record")] {
        let output = with(&["--format", format]);
        assert_eq!(output.status.code(), Some(2));
        assert!(told(&output).contains(mend), "{}", told(&output));
    }
}

#[test]
fn a_report_has_the_change_against_the_baseline_next_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_runs(folder);
    let report = |more: &[&str]| {
        let output = poolbench(folder, &[&["report", "reports/two"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        told(&output)
    };
    let page = || std::fs::read_to_string(folder.join("reports/two/report.html")).unwrap();
    assert!(!report(&[]).contains("Change against") && !page().contains("Change against"));
    let saved = poolbench(folder, &["baseline", "save", "main", "reports/one"]);
    assert!(saved.status.success(), "{}", told(&saved));
    assert!(report(&[]).contains("Change against the baseline main"));
    assert!(page().contains("id=\"change\"") && page().contains("Change against the baseline main"));
    assert!(report(&["--format", "markdown"]).contains("<details><summary>Change against the baseline main"));
    // Its own record is no baseline, and a second one of the scenario leaves open which is meant.
    let saved = poolbench(folder, &["baseline", "save", "own", "reports/two"]);
    assert!(saved.status.success(), "{}", told(&saved));
    assert!(report(&[]).contains("Change against the baseline main"));
    let saved = poolbench(folder, &["baseline", "save", "second", "reports/one"]);
    assert!(saved.status.success(), "{}", told(&saved));
    assert!(!report(&[]).contains("Change against"));
    assert!(report(&["--baseline", "second"]).contains("Change against the baseline second"));
    let output = poolbench(folder, &["report", "reports/two", "--baseline", "nowhere"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
}

/// The application on the wire, and the run and the simulation of what was inferred from it, in one table.
#[test]
fn what_was_tapped_stands_beside_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    two_runs(folder);
    let tapped = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tap-v1.json");
    std::fs::create_dir(folder.join("<b>app")).unwrap();
    std::fs::copy(tapped, folder.join("<b>app/tap.json")).unwrap();
    let with = |more: &[&str]| {
        poolbench(folder, &[&["report", "<b>app", "reports/one", "reports/two"], more].concat())
    };
    let output = with(&["--format", "tables,markdown,html", "--out", "both"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let written = |name: &str| std::fs::read_to_string(folder.join("both").join(name)).unwrap();
    let text = written("beside.txt");
    assert!(text.lines().all(|line| textwrap::core::display_width(line) <= 80), "{text}");
    insta::assert_snapshot!(text);
    assert!(written("beside.md").contains("## Beside each other"));
    let page = written("beside.html");
    assert!(page.contains("&lt;b&gt;app") && !page.contains("<b>") && page.contains("tapped"), "{page}");
    let output = with(&["--format", "csv"]);
    assert!(output.status.code() == Some(2) && told(&output).contains("html alone"), "{}", told(&output));
    let output = poolbench(folder, &["report", "<b>app", "reports/one", "reports/two", "reports/one"]);
    assert!(output.status.code() == Some(2) && told(&output).contains("fit beside"), "{}", told(&output));
}
