//! What was noted, as stored. Measured times in nanoseconds since the start of the act.

use serde::{Deserialize, Serialize};

/// The moves of one request on an idle pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceRecord {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: String,
    /// The moves in the order in which the driver made them.
    pub moves: Vec<TracedMove>,
    /// How the request ended, when it did not complete.
    pub failure: Option<String>,
}

/// One move with its span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracedMove {
    /// The word for it: acquire, begin, a step's name, commit, rollback, release.
    #[serde(rename = "move")]
    pub word: String,
    /// When it began.
    pub from_ns: u64,
    /// When it ended.
    pub to_ns: u64,
}

/// What one lane noted in one act: one session scope on one pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneRecord {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: String,
    /// Callers of a closed loop; none for an open one.
    pub callers: Option<u32>,
    /// Fingerprint of the due times: equal for lanes that were offered the same arrivals.
    pub arrivals: String,
    /// Set when more was due than the driver came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals_cut: Option<ArrivalsCutRecord>,
    /// The measured span.
    pub window: WindowRecord,
    /// Requests due in the measured span.
    pub measured: CohortRecord,
    /// Requests due in the warm-up.
    pub warm_up: CohortRecord,
    /// Bystanders due in the measured span.
    pub bystanders: CohortRecord,
    /// Bystanders due in the warm-up.
    pub bystanders_warm_up: CohortRecord,
    /// Completed requests whose end fell into the measured span.
    pub completed_in_window: u64,
    /// Connections held: the stays are the connection time held in the measured span.
    pub pool_little: LittleRecord,
    /// Requests waiting for a connection.
    pub queue_little: LittleRecord,
    /// Requests in flight, bystanders too.
    pub system_little: LittleRecord,
    /// Connection time in the measured span in which SQL ran.
    pub busy_in_window_ns: u64,
    /// How late waits outside the database ended, by our own timer.
    pub timer_error: Distribution,
    /// Counts and gauges over time.
    pub series: SeriesRecord,
    /// Who held which connection when.
    pub occupancy: OccupancyRecord,
    /// What the server saw of this lane's connections.
    pub server: ServerRecord,
    /// Transactions in all phases.
    pub transactions: TransactionsRecord,
    /// Rows in the database against commits that the driver counted.
    pub rows: Option<RowsRecord>,
    /// Of a simulation the first deadlock in words, and how many there were; in records of the first
    /// versions all errors by their first words.
    pub errors: Vec<(String, u64)>,
}

/// More was due than the driver came to: the others are in no column of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrivalsCutRecord {
    /// When the load ended.
    pub until_ns: u64,
    /// Requests and bystanders expected until then, by the rate.
    pub about_due: u64,
    /// Those of them that the driver came to: the first ones, all in the ledger.
    pub scheduled: u64,
}

/// Little's law: how many there were, integrated over the measured span, and their stays, clipped
/// to it. The two are counted apart and have to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LittleRecord {
    /// ∫ of the number present.
    pub integral_ns: u64,
    /// ∑ of the clipped stays.
    pub stays_ns: u64,
}

/// The measured span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowRecord {
    /// Its start.
    pub from_ns: u64,
    /// Its end.
    pub to_ns: u64,
}

/// A group of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortRecord {
    /// Where every request ended.
    pub ledger: LedgerRecord,
    /// Dispatched − intended.
    pub schedule_lag: Distribution,
    /// Acquired − asked.
    pub acquire_wait: DurationsRecord,
    /// The part of each acquire that was waiting until a connection was free.
    pub acquire_queue: Distribution,
    /// Making a new connection, of the acquires that did.
    pub acquire_create: Distribution,
    /// Testing a connection before it was lent, of the acquires that did.
    pub acquire_recycle: Distribution,
    /// Released − acquired.
    pub hold: DurationsRecord,
    /// The part of each hold in which SQL ran.
    pub busy_hold: Distribution,
    /// Finished − intended.
    pub response: DurationsRecord,
    /// Finished − dispatched.
    pub service: DurationsRecord,
    /// Why requests failed, by kind; records of the first versions have words in `errors` instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureRecord>,
    /// How many failed in further ways, which are not told apart.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_failures: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Failures of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureRecord {
    /// What made them fail.
    pub why: WhyRecord,
    /// The server's code; none where it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The move that failed: acquire, begin, a step's name, commit; bystander for a bystander's query.
    pub step: String,
    /// The beginning of the first statement that failed; none where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// What was said of the first, without credentials.
    pub says: String,
    /// How many there were.
    pub count: u64,
}

/// What made a request fail; see [`crate::record::Why`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are those of record::Why, documented there")]
pub enum WhyRecord {
    AcquireTimedOut,
    ConnectTimedOut,
    AcquireFailed,
    Statement,
    Queue,
    Asked,
}

/// The ledger; see [`crate::record::Ledger`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the columns are those of record::Ledger, documented there")]
pub struct LedgerRecord {
    pub scheduled: u64,
    pub shed: u64,
    pub still_queued: u64,
    pub dispatched: u64,
    pub completed: u64,
    pub acquire_timed_out: u64,
    pub acquire_failed: u64,
    pub work_failed: u64,
    pub abandoned: u64,
    pub panicked: u64,
    pub in_flight: u64,
}

/// Durations whose end was seen, and lower bounds of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurationsRecord {
    /// Exact.
    pub seen: Distribution,
    /// Lower bounds.
    pub censored: Distribution,
}

/// A histogram: exact figures, and an HDR histogram in V2 encoding, deflated, in base64, of
/// nanoseconds with three significant digits. Empty text for an empty histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum_ns: u64,
    /// The least.
    pub least_ns: u64,
    /// The greatest.
    pub greatest_ns: u64,
    /// The histogram.
    pub hdr: String,
}

/// Counts and gauges in slices of equal length, from the start of the act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesRecord {
    /// Length of a slice.
    pub step_ns: u64,
    /// Requests due in each slice.
    pub due: Vec<u64>,
    /// Requests completed in each slice.
    pub completed: Vec<u64>,
    /// Acquire timeouts in each slice.
    pub timed_out: Vec<u64>,
    /// Other failures in each slice.
    pub failed: Vec<u64>,
    /// Connections held at the end of each slice, counted by the driver.
    pub in_use: Vec<u32>,
    /// Requests waiting for a connection at the end of each slice, counted by the driver.
    pub waiting: Vec<u32>,
    /// Requests in flight at the end of each slice.
    pub in_flight: Vec<u32>,
    /// Connections that the pool says it owns.
    pub pool_size: Vec<u32>,
    /// Connections that the pool says are idle.
    pub pool_idle: Vec<u32>,
    /// Requests that the pool says are waiting; none where it does not say.
    pub pool_waiting: Option<Vec<u32>>,
}

/// Holds of the measured span: slot, acquired, released, busy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccupancyRecord {
    /// `[slot, acquired_ns, released_ns, busy_ns]` each.
    pub spans: Vec<(u32, u64, u64, u64)>,
    /// Holds that were not kept.
    pub left_out: u64,
}

/// States of the lane's connections as `pg_stat_activity` shows them, sampled on a connection
/// outside the pools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerRecord {
    /// When each sample was taken.
    pub at_ns: Vec<u64>,
    /// Connections that run a statement.
    pub active: Vec<u32>,
    /// Connections in a transaction that run nothing.
    pub idle_in_transaction: Vec<u32>,
    /// Connections outside a transaction.
    pub idle: Vec<u32>,
}

/// Transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionsRecord {
    /// Committed.
    pub committed: u64,
    /// Rolled back after a failure.
    pub rolled_back: u64,
    /// Ended by an error.
    pub failed: u64,
    /// Job rows whose insert was committed.
    pub jobs_committed: u64,
    /// Jobs marked as failed in a transaction of their own.
    pub jobs_marked_failed: u64,
    /// Commits of a job that were sent and not answered when the request was cut off.
    pub in_doubt: u64,
}

/// Rows of the job table against the driver's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsRecord {
    /// Inserts whose commit was answered.
    pub committed: u64,
    /// Commits that were sent and not answered when the request was cut off.
    pub in_doubt: u64,
    /// Rows found.
    pub found: u64,
}
