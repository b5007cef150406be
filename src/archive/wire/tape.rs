//! What was noted, as stored. Measured times in nanoseconds since the start of the act.

use serde::{Deserialize, Serialize};

use super::DeadlocksRecord;

/// The moves of one request on an idle pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct TraceRecord {
    pub(in crate::archive) pool: String,
    pub(in crate::archive) scope: String,
    /// The moves in the order in which the driver made them.
    pub(in crate::archive) moves: Vec<MoveRecord>,
    pub(in crate::archive) failure: Option<String>,
}

/// One move with its span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct MoveRecord {
    #[serde(rename = "move")]
    pub(in crate::archive) word: String,
    pub(in crate::archive) from_ns: u64,
    pub(in crate::archive) to_ns: u64,
}

/// What one lane noted in one act: one session scope on one pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct LaneRecord {
    pub(in crate::archive) pool: String,
    pub(in crate::archive) scope: String,
    pub(in crate::archive) callers: Option<u32>,
    /// Fingerprint of the due times: equal for lanes that were offered the same arrivals. Empty for
    /// a closed loop.
    pub(in crate::archive) arrivals: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) arrivals_cut: Option<ArrivalsCutRecord>,
    pub(in crate::archive) window: WindowRecord,
    pub(in crate::archive) measured: CohortRecord,
    /// The same by kind, the usual one first; none where all requests are of one kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) kinds: Vec<KindTallyRecord>,
    pub(in crate::archive) warm_up: CohortRecord,
    pub(in crate::archive) bystanders: CohortRecord,
    pub(in crate::archive) bystanders_warm_up: CohortRecord,
    pub(in crate::archive) completed_in_window: u64,
    pub(in crate::archive) pool_little: LittleRecord,
    pub(in crate::archive) queue_little: LittleRecord,
    /// Requests in flight, bystanders too.
    pub(in crate::archive) system_little: LittleRecord,
    /// Connection time in the measured span in which SQL ran.
    pub(in crate::archive) busy_in_window_ns: u64,
    pub(in crate::archive) timer_error: HistogramRecord,
    pub(in crate::archive) series: SeriesRecord,
    /// Who held which connection when.
    pub(in crate::archive) occupancy: OccupancyRecord,
    /// What the server saw of this lane's connections.
    pub(in crate::archive) server: ServerRecord,
    pub(in crate::archive) transactions: TransactionsRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) pooler: Option<PoolerRecord>,
    pub(in crate::archive) rows: Option<RowsRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) lent_at_end: Option<u32>,
    /// Of a simulation what stood still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) deadlocks: Option<DeadlocksRecord>,
    /// Of older records: of a simulation the first deadlock in words, and how many there were; of the
    /// first ones all errors by their first words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) errors: Vec<(String, u64)>,
}

/// More was due than the driver came to: the others are in no column of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct ArrivalsCutRecord {
    pub(in crate::archive) until_ns: u64,
    pub(in crate::archive) about_due: u64,
    /// Those of them that the driver came to: the first ones, all in the ledger.
    pub(in crate::archive) scheduled: u64,
}

/// Little's law: how many there were, integrated over the measured span, and their stays, clipped
/// to it. The two are counted apart and have to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct LittleRecord {
    /// ∫ of the number present.
    pub(in crate::archive) integral_ns: u64,
    /// ∑ of the clipped stays.
    pub(in crate::archive) stays_ns: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct WindowRecord {
    pub(in crate::archive) from_ns: u64,
    pub(in crate::archive) to_ns: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct CohortRecord {
    pub(in crate::archive) ledger: LedgerRecord,
    /// Dispatched − intended.
    pub(in crate::archive) schedule_lag: HistogramRecord,
    /// Acquired − asked.
    pub(in crate::archive) acquire_wait: DurationsRecord,
    /// The part of each acquire that was waiting until a connection was free.
    pub(in crate::archive) acquire_queue: HistogramRecord,
    pub(in crate::archive) acquire_create: HistogramRecord,
    /// Testing a connection before it was lent, of the acquires that did.
    pub(in crate::archive) acquire_recycle: HistogramRecord,
    /// Released − acquired.
    pub(in crate::archive) hold: DurationsRecord,
    /// The part of each hold in which SQL ran.
    pub(in crate::archive) busy_hold: HistogramRecord,
    /// The first holds of all requests, the second ones, and so on; none where each has one, or where they
    /// were not kept apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) holds_apart: Vec<StratumRecord>,
    /// Whole requests that completed, where they differ in what they were to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) totals: Option<TotalsRecord>,
    /// Finished − intended.
    pub(in crate::archive) response: DurationsRecord,
    /// Finished − dispatched.
    pub(in crate::archive) service: DurationsRecord,
    /// Why requests failed, by kind; records of the first versions have words in `errors` instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) failures: Vec<FailureRecord>,
    /// How many failed in further ways, which are not told apart.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::archive) other_failures: u64,
}

/// What became of the requests of one kind that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct KindTallyRecord {
    pub(in crate::archive) ledger: LedgerRecord,
    pub(in crate::archive) acquire_wait: DurationsRecord,
    pub(in crate::archive) hold: DurationsRecord,
    pub(in crate::archive) response: DurationsRecord,
}

/// Connection time of whole requests, measured and planned at the clock of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct TotalsRecord {
    pub(in crate::archive) count: u64,
    /// How many holds they had.
    pub(in crate::archive) holds: u64,
    pub(in crate::archive) held: SumsRecord,
    pub(in crate::archive) busy: SumsRecord,
    pub(in crate::archive) planned: SumsRecord,
    pub(in crate::archive) planned_busy: SumsRecord,
}

/// A sum of times, and that of their squares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct SumsRecord {
    pub(in crate::archive) sum_ns: u64,
    /// In decimal digits: it is longer than a number of JSON may be.
    pub(in crate::archive) squares: String,
}

/// Holds of one number within their requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct StratumRecord {
    pub(in crate::archive) count: u64,
    pub(in crate::archive) sum_ns: u64,
    /// The sum of their squares, in decimal digits: it is longer than a number of JSON may be.
    pub(in crate::archive) squares: String,
    pub(in crate::archive) busy_sum_ns: u64,
    pub(in crate::archive) busy_squares: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct FailureRecord {
    pub(in crate::archive) why: WhyRecord,
    /// The server's code; none where it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) sqlstate: Option<String>,
    pub(in crate::archive) step: String,
    /// The beginning of the first statement that failed; none where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) statement: Option<String>,
    /// What was said of the first, without credentials.
    pub(in crate::archive) says: String,
    pub(in crate::archive) count: u64,
}

/// What made a request fail; see [`crate::record::Why`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::archive) enum WhyRecord {
    AcquireTimedOut,
    ConnectTimedOut,
    AcquireFailed,
    Statement,
    Queue,
    Asked,
    NotConnected,
    Answer,
    NoAnswer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct LedgerRecord {
    pub(in crate::archive) scheduled: u64,
    pub(in crate::archive) shed: u64,
    pub(in crate::archive) still_queued: u64,
    pub(in crate::archive) dispatched: u64,
    pub(in crate::archive) completed: u64,
    pub(in crate::archive) acquire_timed_out: u64,
    pub(in crate::archive) acquire_failed: u64,
    pub(in crate::archive) work_failed: u64,
    /// Of a service behind an address.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::archive) unanswered: u64,
    pub(in crate::archive) abandoned: u64,
    pub(in crate::archive) panicked: u64,
    pub(in crate::archive) in_flight: u64,
}

/// Durations whose end was seen, and lower bounds of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct DurationsRecord {
    /// Exact.
    pub(in crate::archive) seen: HistogramRecord,
    /// Lower bounds.
    pub(in crate::archive) censored: HistogramRecord,
}

/// A histogram: exact figures, and an HDR histogram in V2 encoding, deflated, in base64, of
/// nanoseconds with three significant digits. Empty text for an empty histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct HistogramRecord {
    pub(in crate::archive) count: u64,
    pub(in crate::archive) sum_ns: u64,
    pub(in crate::archive) least_ns: u64,
    pub(in crate::archive) greatest_ns: u64,
    pub(in crate::archive) hdr: String,
}

/// Counts and gauges in slices of equal length, from the start of the act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct SeriesRecord {
    pub(in crate::archive) step_ns: u64,
    /// Requests due in each slice.
    pub(in crate::archive) due: Vec<u64>,
    /// Requests completed in each slice.
    pub(in crate::archive) completed: Vec<u64>,
    /// Acquire timeouts in each slice.
    pub(in crate::archive) timed_out: Vec<u64>,
    /// Other failures in each slice.
    pub(in crate::archive) failed: Vec<u64>,
    /// Requests that a service did not answer in time; none where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) unanswered: Option<Vec<u64>>,
    /// Acquires that ended in each slice; none in a record that did not keep them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) asked: Option<Vec<u64>>,
    /// Those of them that waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) waited: Option<Vec<u64>>,
    /// The same acquires by how long they waited: of each slice its parts with their counts. Part 0 is below
    /// 2^14 ns, and from there on a power of two has four.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) waits: Option<Vec<Vec<(u8, u32)>>>,
    /// Requests that ended in each slice, in the same parts of their response time; those that failed are in
    /// the last part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) responses: Option<Vec<Vec<(u8, u32)>>>,
    /// Connections held at the end of each slice, counted by the driver.
    pub(in crate::archive) in_use: Vec<u32>,
    /// Requests waiting for a connection at the end of each slice, counted by the driver.
    pub(in crate::archive) waiting: Vec<u32>,
    /// Requests in flight at the end of each slice.
    pub(in crate::archive) in_flight: Vec<u32>,
    /// Connections that the pool says it owns.
    pub(in crate::archive) pool_size: Vec<u32>,
    /// Connections that the pool says are idle.
    pub(in crate::archive) pool_idle: Vec<u32>,
    /// Requests that the pool says are waiting; none where it does not say.
    pub(in crate::archive) pool_waiting: Option<Vec<u32>>,
}

/// Holds of the measured span: slot, acquired, released, busy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct OccupancyRecord {
    /// `[slot, acquired_ns, released_ns, busy_ns]` each.
    pub(in crate::archive) spans: Vec<(u32, u64, u64, u64)>,
    /// Holds that were not kept.
    pub(in crate::archive) left_out: u64,
}

/// States of the lane's connections as `pg_stat_activity` shows them, sampled on a connection
/// outside the pools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct ServerRecord {
    pub(in crate::archive) at_ns: Vec<u64>,
    pub(in crate::archive) active: Vec<u32>,
    pub(in crate::archive) idle_in_transaction: Vec<u32>,
    pub(in crate::archive) idle: Vec<u32>,
    /// Of those active, the ones that wait for a lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) waiting_for_lock: Option<Vec<u32>>,
}

/// `SHOW POOLS` of a PgBouncer, sampled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct PoolerRecord {
    pub(in crate::archive) at_ns: Vec<u64>,
    pub(in crate::archive) cl_active: Vec<u32>,
    pub(in crate::archive) cl_waiting: Vec<u32>,
    pub(in crate::archive) sv_active: Vec<u32>,
    pub(in crate::archive) sv_free: Vec<u32>,
    pub(in crate::archive) maxwait_ns: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct TransactionsRecord {
    pub(in crate::archive) committed: u64,
    /// Rolled back after a failure.
    pub(in crate::archive) rolled_back: u64,
    /// Ended by an error.
    pub(in crate::archive) failed: u64,
    pub(in crate::archive) jobs_committed: u64,
    pub(in crate::archive) jobs_marked_failed: u64,
    pub(in crate::archive) in_doubt: u64,
}

/// Rows of the job table against the driver's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct RowsRecord {
    pub(in crate::archive) committed: u64,
    pub(in crate::archive) in_doubt: u64,
    pub(in crate::archive) found: u64,
    /// Of those in state FAILED; none where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) failed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) requests: Option<u64>,
}
