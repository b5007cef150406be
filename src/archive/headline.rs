//! What is told of a run in a list of runs: a small file beside its report, so that a list need not analyse every
//! record again. It follows from the record, and `poolbench report` writes it anew.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::store::{self, StoreError};

/// Name of the file.
pub const HEADLINE_FILE: &str = "headline.json";

/// Version of the format. A reader refuses a newer one.
const HEADLINE_VERSION: u32 = 1;

/// A run in a list of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headline {
    version: u32,
    /// When it was made, RFC 3339, UTC.
    pub created: String,
    /// Where its figures come from.
    pub kind: RunKind,
    /// The scenario, or what was tapped.
    pub scenario: String,
    /// The verdict in one sentence, or how the run ended.
    pub verdict: String,
}

/// Where the figures of a run come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Real pools and a real server.
    Measured,
    /// The twin, in virtual time.
    Simulated,
    /// Another application, seen by a tap.
    Tapped,
}

impl RunKind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Simulated => "simulated",
            Self::Tapped => "tapped",
        }
    }
}

impl Headline {
    /// What is told of a run.
    #[must_use]
    pub fn new(created: &str, kind: RunKind, scenario: &str, verdict: String) -> Self {
        let (created, scenario) = (created.to_owned(), scenario.to_owned());
        Self { version: HEADLINE_VERSION, created, kind, scenario, verdict }
    }

    /// Saves it in the folder of its run, which must exist.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(HEADLINE_FILE);
        let unwritable = |source| StoreError::Unwritable { path: path.clone(), source };
        let text = serde_json::to_string(self).map_err(|fault| unwritable(fault.into()))?;
        store::put(&text, &path, folder).map_err(unwritable)
    }

    /// Loads that of the run in a folder.
    ///
    /// # Errors
    /// When there is none, or it is of a newer version.
    pub fn load(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(HEADLINE_FILE);
        let text = store::read(&path)?;
        store::versioned(&text, HEADLINE_VERSION).map_err(|reason| StoreError::NotARecord { path, reason })
    }
}
