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
