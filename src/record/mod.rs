//! WHAT HAPPENED: outcomes, waits, holds and gauges of one lane, noted on the hot path.
//!
//! A lane is one session scope on one pool in one act. It owns one [`Recorder`], on one thread,
//! without locks; what it noted leaves as a [`Tape`]. Everything here is synchronous, and times
//! are nanoseconds since the start of the act, on the clock that the driver reads.

mod deadlock;
mod failure;
mod histogram;
mod kinds;
mod ledger;
mod recorder;
mod rough;
mod series;
mod strata;
mod timeline;
mod totals;
mod window;

pub use deadlock::{Deadlock, Deadlocks, Holder};
pub use failure::{Broken, Cause, Failed, FailureKind, Failures, SqlState, Why};
pub use histogram::Histogram;
pub use kinds::KindTally;
pub use ledger::{Imbalance, Ledger, Outcome};
pub use recorder::{Recorder, Standing};
pub(crate) use rough::MOST_PARTS;
pub use rough::{Edge, Rough};
pub(crate) use series::WAITED_NS;
pub use series::{ArrivalsCut, Gauges, Occupancy, Series, Slice, WAITED};
pub use strata::{Moments, Strata, Stratum};
pub use timeline::{AcquireParts, Class, Hold, Mark, Timeline};
pub use totals::{Held, Totals};
pub use window::Window;

/// Nanoseconds since the start of an act.
pub type Nanos = u64;

/// A duration known in full, or only as "longer than" because the end was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Durations {
    /// Durations whose end was seen.
    pub seen: Histogram,
    /// Lower bounds of durations whose end was not seen.
    pub censored: Histogram,
}

impl Durations {
    /// Notes a duration.
    #[inline]
    pub fn note(&mut self, nanos: Nanos, end: End) {
        match end {
            End::Seen => self.seen.note(nanos),
            End::NotSeen => self.censored.note(nanos),
        }
    }

    /// Adds the durations of another group.
    pub fn merge(&mut self, other: &Self) {
        self.seen.merge(&other.seen);
        self.censored.merge(&other.censored);
    }
}

/// Whether the end of a duration was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The duration is exact.
    Seen,
    /// The duration is a lower bound.
    NotSeen,
}

/// What is known of a group of requests: those due in the measured span, or the bystanders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cohort {
    /// Where every request ended.
    pub ledger: Ledger,
    /// Dispatched − intended: our own lateness.
    pub schedule_lag: Histogram,
    /// Acquired − asked. Timeouts and the stopped are lower bounds.
    pub acquire_wait: Durations,
    /// What the acquires were made of that got a connection.
    pub acquire_parts: AcquireHistograms,
    /// Released − acquired: how long the pool was without the connection.
    pub hold: Durations,
    /// The part of each hold in which SQL runs, of the holds whose end was seen.
    pub busy_hold: Histogram,
    /// The same holds apart, the first of each request, the second, and so on; empty where each request has
    /// one, and in records that did not keep them.
    pub strata: Strata,
    /// What whole requests held that completed, beside what was planned for them; empty where all are planned
    /// alike, in virtual time, and in records that did not keep it.
    pub totals: Totals,
    /// Finished − intended, of completed requests; the others are lower bounds.
    pub response: Durations,
    /// Finished − dispatched, of completed requests; the others are lower bounds.
    pub service: Durations,
    /// Why those failed that did.
    pub failures: Failures,
}

impl Cohort {
    /// Adds another cohort to this one.
    pub fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        self.schedule_lag.merge(&other.schedule_lag);
        self.acquire_wait.merge(&other.acquire_wait);
        self.acquire_parts.merge(&other.acquire_parts);
        self.hold.merge(&other.hold);
        self.busy_hold.merge(&other.busy_hold);
        self.strata.merge(&other.strata);
        self.totals.merge(&other.totals);
        self.response.merge(&other.response);
        self.service.merge(&other.service);
        self.failures.merge(&other.failures);
    }
}

/// Acquires in their parts: the three add up to the whole of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcquireHistograms {
    /// Waiting until a connection was free.
    pub wait: Histogram,
    /// Making a new connection, of the acquires that did.
    pub create: Histogram,
    /// Testing a connection, of the acquires that did.
    pub recycle: Histogram,
}

impl AcquireHistograms {
    fn note(&mut self, whole: Nanos, parts: AcquireParts) {
        self.wait.note(whole.saturating_sub(parts.create + parts.recycle));
        for (histogram, part) in [(&mut self.create, parts.create), (&mut self.recycle, parts.recycle)] {
            if part > 0 {
                histogram.note(part);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.wait.merge(&other.wait);
        self.create.merge(&other.create);
        self.recycle.merge(&other.recycle);
    }
}

/// Little's law on one lane: how many there were, integrated over the measured span, against the
/// stays of each, clipped to it. The two are counted apart, and have to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Little {
    /// ∫ of the number present over the measured span, in nanoseconds.
    pub integral: u128,
    /// ∑ of the stays, clipped to the measured span, in nanoseconds.
    pub stays: u128,
}

/// Transactions of a lane, in all its phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transactions {
    /// Transactions whose commit was answered.
    pub committed: u64,
    /// Transactions that were rolled back after a failure.
    pub rolled_back: u64,
    /// Ended by an error of the database or the connection.
    pub failed: u64,
    /// Job rows whose insert was committed.
    pub jobs_committed: u64,
    /// Jobs marked as failed in a transaction of their own.
    pub jobs_marked_failed: u64,
    /// Commits of a job that were sent and not answered when the request was cut off.
    pub in_doubt: u64,
}

/// All that one lane noted in one act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tape {
    /// Requests due in the measured span.
    pub measured: Cohort,
    /// The same by kind, the usual one first; empty where all requests are of one kind.
    pub kinds: Vec<KindTally>,
    /// Requests due in the warm-up.
    pub warm_up: Cohort,
    /// Bystanders due in the measured span.
    pub bystanders: Cohort,
    /// Bystanders due in the warm-up.
    pub bystanders_warm_up: Cohort,
    /// The measured span, in nanoseconds since the start of the act.
    pub window: Window,
    /// Completed requests whose end fell into the measured span.
    pub completed_in_window: u64,
    /// Connections held: the stays are the connection time held in the measured span.
    pub pool: Little,
    /// Requests waiting for a connection.
    pub queue: Little,
    /// Requests in flight.
    pub system: Little,
    /// Connection time in the measured span in which SQL ran, in nanoseconds.
    pub busy_in_window: u128,
    /// How late waits outside the database ended, by our own timer.
    pub timer_error: Histogram,
    /// Counts and gauges over time.
    pub series: Series,
    /// Which connection slot was held when, in the measured span.
    pub occupancy: Occupancy,
    /// Transactions, in all phases.
    pub transactions: Transactions,
    /// What stood still in virtual time; nothing where nothing did, and in real time.
    pub deadlocks: Option<Deadlocks>,
}
