//! The stored record that the tests of this room read.

use crate::archive::Run;

pub(crate) fn record() -> Run {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
    crate::archive::load(std::path::Path::new(path)).unwrap()
}
