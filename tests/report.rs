//! The renderers against one fixed record.

mod fixture;

use std::path::Path;

use poolbench::archive;

/// `cargo test --test report -- --ignored make_the_fixture` writes it anew.
#[test]
#[ignore = "writes the fixture"]
fn make_the_fixture() {
    let record = fixture::record();
    let text = serde_json::to_string(&record).unwrap();
    std::fs::write("tests/fixtures/record-v1.json", text + "\n").unwrap();
}

#[test]
fn the_fixture_is_read() {
    let record = archive::load(Path::new("tests/fixtures/record-v1.json")).unwrap();
    assert_eq!(record.side_by_side.len(), 4);
}

#[test]
fn shown() {
    let record = archive::load(Path::new("tests/fixtures/record-v1.json")).unwrap();
    let summary = poolbench::analyse::summarise(&record).unwrap();
    let view = poolbench::report::View { record: &record, summary: &summary };
    let mut out = Vec::new();
    poolbench::report::terminal::render(view, &[("report", "reports/latest/report.html".into())], &mut out)
        .unwrap();
    println!("{}", String::from_utf8(out).unwrap());
}

#[test]
fn drawn() {
    let record = archive::load(Path::new("tests/fixtures/record-v1.json")).unwrap();
    let summary = poolbench::analyse::summarise(&record).unwrap();
    let view = poolbench::report::View { record: &record, summary: &summary };
    let chart = poolbench::report::Chart {
        name: "a".into(),
        title: "Pool in use".into(),
        explains: "How it is read.".into(),
        svg: "<svg viewBox='0 0 100 30'><rect width='100' height='30' fill='#eee'/></svg>".into(),
    };
    let mut out = Vec::new();
    poolbench::report::html::render(view, &[chart], &mut out).unwrap();
    std::fs::write("/tmp/r.html", out).unwrap();
}
