//! A run as it is analysed: plan, environment and tapes, typed and decoded. The stored forms are
//! private to this room.

use super::{DriverRecord, Environment, FaultRecord, Source, Status};
use crate::arrivals::Fingerprint;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::record::{ArrivalsCut, Nanos, Tape};
use crate::units::TimeScale;

/// Everything that one run asked, did and noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Version of poolbench that ran it.
    pub poolbench: String,
    /// When it began, RFC 3339, UTC.
    pub created: String,
    /// Whether it came to its end.
    pub status: Status,
    /// Whether it was measured or simulated.
    pub source: Source,
    /// What was to be done.
    pub plan: Plan,
    /// Where it ran.
    pub environment: Environment,
    /// One request a lane on an idle pool.
    pub anatomy: Vec<Trace>,
    /// The open loop: the same arrivals to every scope.
    pub side_by_side: Vec<LaneTape>,
    /// The closed loop: throughput at saturation.
    pub capacity: Vec<LaneTape>,
    /// The open loop again at another time scale, when that was asked for.
    pub proof: Option<Proof>,
    /// What the driver itself carried just before the run, on a pool that does nothing.
    pub ceiling: Option<DriverRecord>,
    /// What ended the run before its time; none unless the status is failed.
    pub fault: Option<FaultRecord>,
}

/// The open loop at another time scale than the plan's, to show that scaling time changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Measured time ÷ nominal time.
    pub time_scale: TimeScale,
    /// The lanes, in the order of the plan's.
    pub side_by_side: Vec<LaneTape>,
}

/// The moves of one request on an idle pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// The moves in the order in which they were made.
    pub moves: Vec<TracedMove>,
    /// How the request ended, when it did not complete.
    pub failure: Option<String>,
}

/// One move with its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedMove {
    /// The word for it: acquire, begin, a step's name, commit, rollback, release.
    pub word: String,
    /// When it began.
    pub from: Nanos,
    /// When it ended.
    pub to: Nanos,
}

/// What one lane noted in one act: one session scope on one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneTape {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// Callers of a closed loop; none for an open one.
    pub callers: Option<u32>,
    /// Fingerprint of the due times: equal for lanes that were offered the same arrivals. None for a
    /// closed loop, and in the first records, whose fingerprints are of another form.
    pub arrivals: Option<Fingerprint>,
    /// Set when more was due than the driver came to.
    pub arrivals_cut: Option<ArrivalsCut>,
    /// What it noted.
    pub tape: Tape,
    /// What the server saw of its connections.
    pub server: ServerSamples,
    /// What a PgBouncer between its pool and the server showed; none without one.
    pub pooler: Option<PoolerSamples>,
    /// Rows in the database against commits that the driver counted.
    pub rows: Option<Rows>,
    /// How many connections its pool lent at once when all requests had ended; asked only after a misuse of the
    /// pool.
    pub lent_at_end: Option<u32>,
}

impl LaneTape {
    /// A lane that nobody watched from outside.
    #[must_use]
    pub fn of(
        pool: &str,
        scope: SessionScope,
        callers: Option<u32>,
        arrivals: Option<Fingerprint>,
        tape: Tape,
    ) -> Self {
        Self {
            pool: pool.to_owned(),
            scope,
            callers,
            arrivals,
            arrivals_cut: None,
            tape,
            server: ServerSamples::default(),
            pooler: None,
            rows: None,
            lent_at_end: None,
        }
    }
}

/// States of a lane's connections as `pg_stat_activity` shows them, sampled on a connection outside
/// the pools. All lists are of the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerSamples {
    /// When each sample was taken.
    pub at: Vec<Nanos>,
    /// Connections that run a statement.
    pub active: Vec<u32>,
    /// Connections in a transaction that run nothing.
    pub idle_in_transaction: Vec<u32>,
    /// Connections outside a transaction.
    pub idle: Vec<u32>,
    /// Of those that run a statement, the ones that wait for a lock; none in records of versions that
    /// did not look.
    pub waiting_for_lock: Option<Vec<u32>>,
}

/// A lane's row of a PgBouncer's `SHOW POOLS`, sampled as its connections on the server are. All lists are of
/// the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolerSamples {
    /// When each sample was taken.
    pub at: Vec<Nanos>,
    /// Clients that have a connection to the server (`cl_active`): also those outside a transaction in
    /// transaction mode, since a client that waits for nothing counts as active.
    pub clients: Vec<u32>,
    /// Clients that wait for one (`cl_waiting`).
    pub waiting: Vec<u32>,
    /// Connections to the server that a client has (`sv_active`).
    pub in_use: Vec<u32>,
    /// Connections to the server that no client has (`sv_idle`, `sv_used`, `sv_tested`).
    pub free: Vec<u32>,
    /// How long the client that waits longest has waited (`maxwait`).
    pub longest_wait: Vec<Nanos>,
}

/// Rows of the job table against the driver's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Inserts whose commit was answered.
    pub committed: u64,
    /// Commits that were sent and not answered when the request was cut off.
    pub in_doubt: u64,
    /// Rows found.
    pub found: u64,
    /// Rows found in state FAILED; none where own statements may have set it, or nobody looked.
    pub failed: Option<u64>,
    /// Requests whose rows were found, where each makes one job: fewer than rows say that one was made twice.
    /// None where a request makes several, or nobody looked.
    pub requests: Option<u64>,
}
