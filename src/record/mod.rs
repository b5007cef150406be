//! WHAT HAPPENED: outcomes, waits, holds and gauges of one lane, noted on the hot path.
//!
//! A lane is one session scope on one pool in one act. It owns one [`Recorder`], on one thread,
//! without locks; what it noted leaves as a [`Tape`]. Everything here is synchronous, and times
//! are nanoseconds since the start of the act, on the clock that the driver reads.

mod histogram;
mod ledger;
mod recorder;
mod series;
mod timeline;

pub use histogram::Histogram;
pub use ledger::{Imbalance, Ledger, Outcome};
pub use recorder::{Recorder, Window};
pub use series::{Gauges, Occupancy, Series, Slice};
pub use timeline::{Class, Hold, Mark, Timeline};

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

    /// Adds another one's durations.
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
    /// Released − acquired.
    pub hold: Durations,
    /// The part of each hold in which SQL runs, of the holds whose end was seen.
    pub busy_hold: Histogram,
    /// Finished − intended, of completed requests; the others are lower bounds.
    pub response: Durations,
    /// Finished − dispatched, of completed requests; the others are lower bounds.
    pub service: Durations,
}

impl Cohort {
    /// Adds another cohort to this one.
    pub fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        self.schedule_lag.merge(&other.schedule_lag);
        self.acquire_wait.merge(&other.acquire_wait);
        self.hold.merge(&other.hold);
        self.busy_hold.merge(&other.busy_hold);
        self.response.merge(&other.response);
        self.service.merge(&other.service);
    }
}

/// Transactions of a lane, in all its phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transactions {
    /// Committed.
    pub committed: u64,
    /// Rolled back after a failure.
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
    /// Requests due in the warm-up.
    pub warm_up: Cohort,
    /// Bystanders due in the measured span.
    pub bystanders: Cohort,
    /// Bystanders due in the warm-up.
    pub bystanders_warm_up: Cohort,
    /// The measured span.
    pub window: Window,
    /// Completed requests whose end fell into the measured span.
    pub completed_in_window: u64,
    /// Connection time held, clipped to the measured span: ∑ over holds, in nanoseconds.
    pub held_in_window: u128,
    /// The part of it in which SQL ran.
    pub busy_in_window: u128,
    /// Counts and gauges over time.
    pub series: Series,
    /// Which connection slot was held when, in the measured span.
    pub occupancy: Occupancy,
    /// Transactions, in all phases.
    pub transactions: Transactions,
    /// First words of the first error of each kind, without credentials.
    pub errors: Vec<(String, u64)>,
}
