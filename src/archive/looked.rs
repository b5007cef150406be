//! What a watch of a live server showed, as stored: JSON with a version, in a file of its own beside other records.
//!
//! Names of applications, users and databases are in it, as the server tells them; no address, value or literal.

mod wire;

use std::path::{Path, PathBuf};

use super::store::{self, StoreError};
use crate::scenario::Objective;
use crate::watch::Watched;

/// Version of the format. A reader refuses a newer one.
pub const LOOKED_VERSION: u32 = 1;

/// Name of the file.
pub const LOOKED_FILE: &str = "watch.json";

/// What a watch showed, and what was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// What it showed.
    pub seen: Watched,
    /// What has to be true.
    pub objectives: Vec<Objective>,
    /// When the watch ended, RFC 3339, UTC.
    pub created: String,
    /// Version of poolbench that wrote it.
    pub poolbench: String,
}

/// Saves it in a folder, which must exist.
///
/// # Errors
/// When the folder cannot be written.
pub fn save(looked: &Looked, folder: &Path) -> Result<PathBuf, StoreError> {
    store::save_as(LOOKED_FILE, folder, &wire::stored(looked))
}

/// Loads it from its file, or from the folder that holds it.
///
/// # Errors
/// When the file cannot be read, is none of these, or is of a newer version.
pub fn load(path: &Path) -> Result<Looked, StoreError> {
    store::load_as(LOOKED_FILE, path, decode)
}

/// Decodes a text and checks it.
///
/// # Errors
/// In words, when it is not sound.
pub fn decode(text: &str) -> Result<Looked, String> {
    wire::looked(store::versioned(text, LOOKED_VERSION)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tap::Level;
    use crate::watch::{Holder, LongSpells, Spell, Stretch, WatchEnd};

    fn text(looked: &Looked) -> String {
        serde_json::to_string(&wire::stored(looked)).unwrap()
    }

    fn some() -> Looked {
        let ms = Duration::from_millis;
        let level = Level { mean: 1.5, peak: 2 };
        let (application, user, database) = ("app".to_owned(), "me".to_owned(), "d".to_owned());
        let seen = Watched {
            window: ms(900),
            looks: 10,
            interval: ms(100),
            widest: ms(120),
            open: level,
            holding: level,
            running: Level::default(),
            unseen: 1,
            holders: vec![Holder {
                application: application.clone(),
                user: user.clone(),
                database: database.clone(),
                open: level,
                holding: level,
                running: Level::default(),
            }],
            longest: vec![Spell {
                process: 7,
                application,
                user,
                database,
                statement: "insert into t values (?)".to_owned(),
                at_least: ms(300),
                at_most: None,
            }],
            spells: 2.5,
            long: LongSpells { count: 2, open: 1, at_least: ms(200), at_most: ms(300) },
            series: vec![Stretch {
                from: ms(0),
                looks: 10,
                open: level,
                holding: level,
                running: Level::default(),
            }],
            counted: Some(ms(250)),
            end: WatchEnd::AsAsked,
        };
        let objectives = vec!["idle-hold.share < 0.1".parse().unwrap()];
        let created = "2026-11-28T10:00:00Z".to_owned();
        Looked { seen, objectives, created, poolbench: "0.1.0".to_owned() }
    }

    #[test]
    fn what_was_seen_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        save(&some(), folder.path()).unwrap();
        assert_eq!(load(folder.path()).unwrap(), some());
        let mut cut = some();
        cut.seen.end = WatchEnd::ServerLost;
        assert_eq!(decode(&text(&cut)), Ok(cut));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let text = text(&some());
        for (sound, wrong) in [
            ("\"version\":1", "\"version\":2"),
            ("\"mean\":1.5", "\"mean\":-1"),
            ("\"spells\":2.5", "\"spells\":-1"),
            ("\"looks\":10", "\"looks\":0"),
            ("\"looks\":10,\"open\"", "\"looks\":11,\"open\""),
            ("\"at_most_ns\":300000000", "\"at_most_ns\":3"),
            ("idle-hold.share", "idle-hold.shore"),
        ] {
            assert!(text.contains(sound), "{sound} in {text}");
            assert!(decode(&text.replace(sound, wrong)).is_err(), "{wrong}");
        }
    }
}
