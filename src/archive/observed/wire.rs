//! The stored form: JSON with a version. Times are whole nanoseconds.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    pub(super) version: u32,
    /// Version of poolbench that wrote it.
    pub(super) poolbench: String,
    /// When the tap ended, RFC 3339, UTC.
    pub(super) created: String,
    /// What was asked of it; absent in records of before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inquiry: Option<StoredInquiry>,
    pub(super) window_ns: u64,
    pub(super) connections: StoredConnections,
    pub(super) open: StoredLevel,
    pub(super) in_transaction: StoredLevel,
    pub(super) running_sql: StoredLevel,
    pub(super) holds: StoredHolds,
    pub(super) gaps: Vec<StoredGap>,
    pub(super) further_gaps_ns: u64,
    pub(super) statements: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) transactions_until_ns: Option<u64>,
    pub(super) transactions: Vec<StoredTransaction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lives: Vec<StoredLife>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredInquiry {
    pub(super) wait_ns: u64,
    pub(super) release_after_ns: u64,
    pub(super) gaps: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) objectives: Vec<String>,
}

/// How long a connection was open.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredLife {
    pub(super) connection: u32,
    pub(super) start_ns: u64,
    pub(super) length_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) blind_since_ns: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredConnections {
    pub(super) sessions: u64,
    pub(super) blind: u64,
    pub(super) cancels: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encrypted: Option<u64>,
    pub(super) direct_tls: u64,
    pub(super) unreached: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredLevel {
    pub(super) mean: f64,
    pub(super) peak: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredCut {
    pub(super) count: u64,
    pub(super) held_ns: u64,
    pub(super) idle_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredHolds {
    pub(super) count: u64,
    pub(super) checkouts: u64,
    pub(super) held_ns: u64,
    pub(super) busy_ns: u64,
    pub(super) p50_ns: u64,
    pub(super) p99_ns: u64,
    pub(super) idle_p50_ns: u64,
    pub(super) idle_p99_ns: u64,
    pub(super) disconnected: StoredCut,
    pub(super) censored: StoredCut,
    pub(super) blinded: StoredCut,
}

/// What stands before or after a gap.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum StoredEdge {
    /// The place of a text in `statements`.
    Statement(u32),
    Lent,
    Unasked,
    Sync,
    Released,
    Disconnected,
    StillOpen,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StoredEvidence {
    Transaction,
    Checkout,
}

/// What was done before, one word for each deed.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StoredDeed {
    Wrote,
    Locked,
    Session,
    Snapshot,
    Unknown,
    Failed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredGap {
    pub(super) before: StoredEdge,
    pub(super) after: StoredEdge,
    pub(super) done_before: Vec<StoredDeed>,
    pub(super) evidence: StoredEvidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) route: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<String>,
    pub(super) count: u64,
    pub(super) cut: u64,
    pub(super) total_ns: u64,
    pub(super) p50_ns: u64,
    pub(super) p99_ns: u64,
    pub(super) longest_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredTransaction {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<u32>,
    pub(super) start_ns: u64,
    pub(super) length_ns: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gaps: Vec<StoredPause>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPause {
    pub(super) start_ns: u64,
    pub(super) length_ns: u64,
    pub(super) before: StoredEdge,
    pub(super) after: StoredEdge,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) done_before: Vec<StoredDeed>,
}
