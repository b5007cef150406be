//! Where a run took place, as stored.

use serde::{Deserialize, Serialize};

use crate::archive::{Build, QueueServer};

/// Where a run took place; see [`crate::archive::Environment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct EnvironmentRecord {
    pub(in crate::archive) system: String,
    pub(in crate::archive) processor: String,
    pub(in crate::archive) cores: u32,
    pub(in crate::archive) memory_mib: u64,
    pub(in crate::archive) build: Build,
    pub(in crate::archive) postgres_from: String,
    pub(in crate::archive) postgres_version: String,
    /// Left out where there was none, as in the records of versions that spoke none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) postgres_encryption: Option<String>,
    pub(in crate::archive) postgres_settings: Vec<(String, String)>,
    pub(in crate::archive) schema: String,
    /// Of older records: what the queue steps did, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::archive) queue: String,
    /// What the queue steps talked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) queue_server: Option<QueueServer>,
    pub(in crate::archive) pools: Vec<(String, String)>,
}
