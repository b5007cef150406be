//! The stored record that the tests of this room read.

use crate::archive::RunRecord;

pub(super) fn record() -> RunRecord {
    serde_json::from_str(include_str!("../../tests/fixtures/record-v1.json")).unwrap()
}
