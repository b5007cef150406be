//! Deadlocks, as stored.

use serde::{Deserialize, Serialize};

/// The deadlocks of a lane; see [`crate::record::Deadlocks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct DeadlocksRecord {
    /// How many there were.
    pub(in crate::archive) count: u64,
    /// The first of them.
    pub(in crate::archive) first: DeadlockRecord,
}

/// One deadlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct DeadlockRecord {
    /// The number of the pool, from 0.
    pub(in crate::archive) pool: u32,
    /// When it began.
    pub(in crate::archive) at_ns: u64,
    /// Requests that hold the pool's connections.
    pub(in crate::archive) requests: u64,
    /// Connections that they hold.
    pub(in crate::archive) connections: u64,
    /// When the first of them gives up; none where nobody ever does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) gives_up_ns: Option<u64>,
    /// The first few of them.
    pub(in crate::archive) holders: Vec<HolderRecord>,
}

/// A request that holds what others wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct HolderRecord {
    /// Its number.
    pub(in crate::archive) request: u64,
    /// Connections that it holds.
    pub(in crate::archive) holds: u32,
    /// Which of its acquisitions it waits for, from 1.
    pub(in crate::archive) acquisition: u32,
}
