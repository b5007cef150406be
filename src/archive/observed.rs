//! What a tap saw, as stored: JSON with a version, in a file of its own beside the records of runs.
//!
//! There is no field that could hold an address, a value or a literal.

mod decode;
mod encode;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::store::{self, StoreError};
use crate::scenario::Objective;
use crate::tap::Seen;

/// Version of the format. A reader refuses a newer one.
pub const OBSERVED_VERSION: u32 = 1;

/// Name of the file.
pub const OBSERVED_FILE: &str = "tap.json";

/// What a tap saw, and what was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What it saw.
    pub seen: Seen,
    /// What was asked.
    pub inquiry: Inquiry,
    /// When the tap ended, RFC 3339, UTC.
    pub created: String,
    /// Version of poolbench that wrote it.
    pub poolbench: String,
}

/// What was asked of what a tap saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Inquiry {
    /// Wait for a connection that the smallest pool has to keep at p99.
    pub wait: Duration,
    /// Gaps shorter than this are not worth a release.
    pub release_after: Duration,
    /// How many kinds of gaps are listed.
    pub gaps: u32,
    /// What has to be true.
    pub objectives: Vec<Objective>,
}

/// What is asked where nobody says otherwise: a wait of 10 ms, gaps of 5 ms, ten kinds of them, no objectives.
impl Default for Inquiry {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self { wait: ms(10), release_after: ms(5), gaps: 10, objectives: Vec::new() }
    }
}

/// Saves what was seen in a folder, which must exist.
///
/// # Errors
/// When the folder cannot be written.
pub fn save(observed: &Observed, folder: &Path) -> Result<PathBuf, StoreError> {
    store::save_as(OBSERVED_FILE, folder, &encode::stored(observed))
}

/// Loads what was seen from its file, or from the folder that holds it.
///
/// # Errors
/// When the file cannot be read, is none of these, or is of a newer version.
pub fn load(path: &Path) -> Result<Observed, StoreError> {
    store::load_as(OBSERVED_FILE, path, decode)
}

/// Decodes a text and checks it.
///
/// # Errors
/// In words, when it is not sound.
pub fn decode(text: &str) -> Result<Observed, String> {
    decode::observed(store::versioned(text, OBSERVED_VERSION)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tap::{
        Connections, Deeds, Edge, Evidence, GapSeen, Holds, KeptShare, Level, Life, Pause, StatementId,
        Transaction,
    };

    fn some() -> Observed {
        let objectives = vec!["idle-hold.share < 0.1".parse().unwrap()];
        let inquiry = Inquiry { objectives, gaps: 3, ..Inquiry::default() };
        Observed {
            seen: seen(),
            inquiry,
            created: "2026-11-28T10:00:00Z".to_owned(),
            poolbench: "0.1.0".to_owned(),
        }
    }

    fn seen() -> Seen {
        let ms = Duration::from_millis;
        let deeds = Deeds::WROTE.and(Deeds::FAILED);
        Seen {
            window: ms(5000),
            connections: Connections { sessions: 2, blind: 1, encrypted: Some(1), ..Connections::default() },
            open: Level { mean: 1.5, peak: 2 },
            holding: Level { mean: 0.5, peak: 2 },
            running: Level { mean: 0.1, peak: 1 },
            holds: Holds { count: 1, held: ms(400), busy: ms(10), ..Holds::default() },
            gaps: vec![GapSeen {
                before: Edge::Statement(StatementId::new(1)),
                after: Edge::Disconnected,
                deeds,
                evidence: Evidence::Checkout,
                route: Some("/submit".to_owned()),
                trace: None,
                count: 1,
                cut: 1,
                total: ms(390),
                p50: ms(390),
                p99: ms(390),
                longest: ms(390),
            }],
            further_gaps: ms(0),
            statements: vec!["(a statement that was not seen)".to_owned(), "select ?".to_owned()],
            transactions: vec![Transaction {
                connection: Some(1),
                start: ms(1),
                length: ms(400),
                gaps: vec![Pause {
                    start: ms(10),
                    length: ms(390),
                    deeds,
                    before: Edge::Lent,
                    after: Edge::Released,
                }],
            }],
            kept: KeptShare::Until(ms(4000)),
            lives: vec![Life { connection: 1, start: ms(0), length: ms(4500), blind_since: Some(ms(4200)) }],
        }
    }

    #[test]
    fn what_was_seen_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        save(&some(), folder.path()).unwrap();
        assert_eq!(load(folder.path()).unwrap(), some());
    }

    #[test]
    fn a_record_of_before_connections_and_questions_were_kept_is_read() {
        let text = serde_json::to_string(&encode::stored(&some())).unwrap();
        let old = text.replace("\"connection\":1,\"start_ns\":1000000", "\"start_ns\":1000000");
        let old = without(&old, "\"inquiry\":", "},");
        let old = old.replace(&old[old.find(",\"lives\":").unwrap()..old.len() - 1], "");
        let read = decode(&old).unwrap();
        assert_eq!(read.inquiry, Inquiry::default());
        assert_eq!((read.seen.transactions[0].connection, read.seen.lives.len()), (None, 0));
    }

    /// The text without what lies from one mark to the end of the other.
    fn without(text: &str, from: &str, to: &str) -> String {
        let start = text.find(from).unwrap();
        let end = start + text[start..].find(to).unwrap() + to.len();
        [&text[..start], &text[end..]].concat()
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let text = serde_json::to_string(&encode::stored(&some())).unwrap();
        for (sound, wrong) in [
            ("\"statement\":1", "\"statement\":7"),
            ("\"version\":1", "\"version\":2"),
            ("\"length_ns\":400000000", "\"length_ns\":4"),
            ("\"mean\":1.5", "\"mean\":-1"),
            ("\"wrote\"", "\"painted\""),
            ("idle-hold.share", "idle-hold.shore"),
        ] {
            assert!(text.contains(sound), "{sound}");
            assert!(decode(&text.replace(sound, wrong)).is_err(), "{wrong}");
        }
    }
}
