//! Where a run took place.

use serde::{Deserialize, Serialize};

/// Where a run took place: what a reader needs to judge the figures, and nothing that names a
/// host or an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Operating system and kernel.
    pub system: String,
    /// Processor model.
    pub processor: String,
    /// Processors that poolbench may use.
    pub cores: u32,
    /// Memory, in MiB; 0 when unknown.
    pub memory_mib: u64,
    /// How poolbench was built.
    pub build: Build,
    /// Where the Postgres came from: a throw-away server, or the user's.
    pub postgres_from: String,
    /// The server's version.
    pub postgres_version: String,
    /// What the connections to it were encrypted with, as version and cipher suite; none where they were not.
    pub postgres_encryption: Option<String>,
    /// Server settings that bear on the figures: name and value.
    pub postgres_settings: Vec<(String, String)>,
    /// The schema that poolbench worked in.
    pub schema: String,
    /// What the queue steps talked to; none in virtual time.
    pub queue: Option<QueueServer>,
    /// Pool libraries: name, and crates with versions and the settings in force.
    pub pools: Vec<(String, String)>,
}

/// How poolbench was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// With optimisation.
    Release,
    /// Without: its overhead is several times larger.
    Debug,
}

impl Build {
    /// How this very poolbench was built.
    pub const THIS: Self = if cfg!(debug_assertions) { Self::Debug } else { Self::Release };

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// What the queue steps of a run talked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum QueueServer {
    /// Nothing: the steps were their delay alone.
    DelayAlone {
        /// Why there was no server.
        why: String,
    },
    /// A Redis, or what speaks like one.
    Redis {
        /// Its name and version.
        version: String,
        /// Where it came from: a throw-away server, or the user's.
        from: String,
    },
}
