//! The list of figures, as another program reads it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use poolbench::analyse::{Metric, summarise};
use poolbench::archive;
use poolbench::report::{View, json};
use serde_json::Value;

const FIXTURE: &str = "tests/fixtures/record-v1.json";

fn list() -> Value {
    let record = archive::load(Path::new(FIXTURE)).unwrap();
    let summary = summarise(&record);
    let mut text = Vec::new();
    json::render(View { record: &record, summary: &summary }, &mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn figures(list: &Value) -> &Vec<Value> {
    list["figures"].as_array().unwrap()
}

/// The one figure of the first pool library with these values.
fn figure<'a>(list: &'a Value, metric: &str, act: &str, scope: &str) -> &'a Value {
    let fits = |it: &&Value| {
        it["metric"] == metric
            && it["act"] == act
            && it["pool"] == "sqlx"
            && (it["scope"] == scope || it["scope"].is_null())
    };
    let found: Vec<&Value> = figures(list).iter().filter(fits).collect();
    assert_eq!(found.len(), 1, "{metric} {act} {scope}");
    found[0]
}

#[test]
fn every_lane_has_every_metric_once_with_a_number_or_the_reason_why_there_is_none() {
    let list = list();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for figure in figures(&list) {
        *seen.entry(figure["metric"].as_str().unwrap().to_owned()).or_default() += 1;
        let (number, missing) = (figure["measured"]["value"].as_f64(), figure["missing"].as_str());
        assert!(number.is_some_and(f64::is_finite) != missing.is_some(), "{figure}");
        for side in [&figure["measured"], &figure["nominal"]].into_iter().filter(|side| !side.is_null()) {
            let interval = side["interval"].as_array();
            assert!(interval.is_some() != side["no_interval"].is_string(), "{figure}");
            if let Some([low, high]) = interval.map(Vec::as_slice) {
                let value = side["value"].as_f64().unwrap();
                assert!(low.as_f64().unwrap() <= value && value <= high.as_f64().unwrap(), "{figure}");
            }
        }
    }
    for metric in Metric::all() {
        // Two acts of two pool libraries, each with two session scopes.
        let lanes = if metric.is_of_a_pair() { 4 } else { 8 };
        assert_eq!(seen.remove(metric.name()), Some(lanes), "{}", metric.name());
    }
    assert!(seen.is_empty());
}

#[test]
fn numbers_have_what_was_expected_of_them_beside_them() {
    let list = list();
    let ratio = figure(&list, "hold.ratio", "side-by-side", "");
    assert_eq!((ratio["claimed"].as_f64(), ratio["better"].as_str()), (Some(180.0), Some("higher")));
    let nominal = &ratio["nominal"];
    assert_eq!(
        (nominal["theory"].as_f64(), nominal["agreement"].as_str()),
        (Some(180.0), Some("by-construction"))
    );
    assert!((nominal["twin"].as_f64().unwrap() - 180.0).abs() < 1.0);
    let wait = &figure(&list, "acquire-wait.p99", "side-by-side", "request-scoped")["measured"];
    assert_eq!((wait["bound"].as_str(), wait["no_interval"].as_str()), (Some("more-than"), Some("not-kept")));
    let throughput = &figure(&list, "throughput.counted", "side-by-side", "repository-scoped")["measured"];
    let range = throughput["twin_range"].as_array().unwrap();
    assert!(range[0].as_f64() < range[1].as_f64() && throughput["planned"].is_number());
    let closed = figure(&list, "offered.rate", "capacity", "request-scoped");
    assert_eq!(closed["missing"], "closed-loop");
    assert_eq!(list["claims"].as_array().unwrap().len(), 7);
    assert_eq!(list["claims"][0]["verdict"], "holds");
}

#[test]
fn the_command_prints_the_list_and_writes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.json");
    std::fs::copy(FIXTURE, &record).unwrap();
    let poolbench = || Command::new(env!("CARGO_BIN_EXE_poolbench"));
    let shown = poolbench().arg("report").arg(&record).args(["--format", "json"]).output().unwrap();
    assert!(shown.status.success());
    let printed: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(printed, list());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn every_format_is_written_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let poolbench = || Command::new(env!("CARGO_BIN_EXE_poolbench"));
    let formats = "tables,markdown,json,csv,html,png,svg,hdr";
    let told =
        poolbench().args(["report", FIXTURE, "--format", formats, "--out"]).arg(&out).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let files = [
        "report.txt",
        "report.md",
        "figures.json",
        "figures.csv",
        "report.html",
        "histograms.hlog",
        "charts/occupancy-sqlx.png",
        "charts/capacity.svg",
    ];
    let paths = String::from_utf8(told.stdout).unwrap();
    for file in files {
        assert!(out.join(file).metadata().unwrap().len() > 500, "{file}");
        assert!(paths.lines().any(|line| line.ends_with(file)), "{file}: {paths}");
    }
    assert!(!out.join("record.json").exists());
    let beside = poolbench().args(["report", FIXTURE, FIXTURE]).output().unwrap();
    let text = String::from_utf8(beside.stdout).unwrap();
    assert!(
        beside.status.success() && text.contains("Beside each other") && text.contains("B: tests/"),
        "{text}"
    );
}
