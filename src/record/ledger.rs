//! The ledger: every scheduled request ends in exactly one column.

/// Why a request did not complete, or that it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All its moves were made.
    Completed,
    /// It waited for a connection as long as the acquire timeout allows. Of a service behind an address, it
    /// answered that this was so.
    AcquireTimedOut,
    /// The pool could not give a connection for another reason.
    AcquireFailed,
    /// A statement, a commit or the queue failed.
    WorkFailed,
    /// A service did not answer within the time that is waited for it; a pool always does.
    Unanswered,
    /// The run was stopped while it was under way.
    Abandoned,
    /// The code of the request panicked.
    Panicked,
    /// It was still under way when the drain ended: known only as "longer than".
    InFlight,
}

/// Counts of requests. The law: scheduled = shed + still queued + dispatched, and dispatched =
/// the sum of the outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Requests that were due.
    pub scheduled: u64,
    /// Due but not sent, because of the in-flight cap.
    pub shed: u64,
    /// Due but not sent when the run ended.
    pub still_queued: u64,
    /// Requests that were sent.
    pub dispatched: u64,
    /// Requests that made all their moves.
    pub completed: u64,
    /// Waited for a connection as long as the acquire timeout allows.
    pub acquire_timed_out: u64,
    /// Got no connection for another reason.
    pub acquire_failed: u64,
    /// Requests that failed in a statement, a commit or the queue.
    pub work_failed: u64,
    /// Requests that a service did not answer in time; none where pools are driven.
    pub unanswered: u64,
    /// Under way when the run was stopped.
    pub abandoned: u64,
    /// Requests whose code panicked.
    pub panicked: u64,
    /// Still under way when the drain ended.
    pub in_flight: u64,
}

/// A ledger that breaks its law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ledger does not balance: scheduled {scheduled} but accounted for {accounted}; dispatched {dispatched} \
     but ended {ended}. Please report this as a fault of poolbench"
)]
pub struct Imbalance {
    /// Requests that were due.
    pub scheduled: u64,
    /// Shed, still queued and dispatched together.
    pub accounted: u64,
    /// Requests that were sent.
    pub dispatched: u64,
    /// The sum of the outcomes.
    pub ended: u64,
}

impl Ledger {
    /// Notes how a dispatched request ended.
    pub fn note(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Completed => &mut self.completed,
            Outcome::AcquireTimedOut => &mut self.acquire_timed_out,
            Outcome::AcquireFailed => &mut self.acquire_failed,
            Outcome::WorkFailed => &mut self.work_failed,
            Outcome::Unanswered => &mut self.unanswered,
            Outcome::Abandoned => &mut self.abandoned,
            Outcome::Panicked => &mut self.panicked,
            Outcome::InFlight => &mut self.in_flight,
        } += 1;
    }

    /// The sum of the outcomes.
    #[must_use]
    pub fn ended(&self) -> u64 {
        let Self {
            completed,
            acquire_timed_out,
            acquire_failed,
            work_failed,
            unanswered,
            abandoned,
            panicked,
            in_flight,
            ..
        } = self;
        let failed = acquire_timed_out + acquire_failed + work_failed + unanswered + panicked;
        completed + failed + abandoned + in_flight
    }

    /// Requests that were sent and failed, by whatever cause.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.acquire_timed_out + self.acquire_failed + self.work_failed + self.unanswered + self.panicked
    }

    /// Checks the law.
    ///
    /// # Errors
    /// With both sides, when they differ.
    pub fn check(&self) -> Result<(), Imbalance> {
        let accounted = self.shed + self.still_queued + self.dispatched;
        let ended = self.ended();
        if accounted == self.scheduled && ended == self.dispatched {
            return Ok(());
        }
        Err(Imbalance { scheduled: self.scheduled, accounted, dispatched: self.dispatched, ended })
    }

    /// Adds another ledger to this one.
    pub fn merge(&mut self, other: &Self) {
        // Destructured, so that a new column cannot be forgotten here.
        let Self {
            scheduled,
            shed,
            still_queued,
            dispatched,
            completed,
            acquire_timed_out,
            acquire_failed,
            work_failed,
            unanswered,
            abandoned,
            panicked,
            in_flight,
        } = other;
        self.scheduled += scheduled;
        self.shed += shed;
        self.still_queued += still_queued;
        self.dispatched += dispatched;
        self.completed += completed;
        self.acquire_timed_out += acquire_timed_out;
        self.acquire_failed += acquire_failed;
        self.work_failed += work_failed;
        self.unanswered += unanswered;
        self.abandoned += abandoned;
        self.panicked += panicked;
        self.in_flight += in_flight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_request_is_noticed() {
        let mut ledger = Ledger { scheduled: 3, shed: 1, dispatched: 2, ..Ledger::default() };
        ledger.note(Outcome::Completed);
        assert!(ledger.check().is_err());
        ledger.note(Outcome::InFlight);
        assert_eq!(ledger.check(), Ok(()));
        ledger.scheduled += 1;
        assert!(ledger.check().is_err());
    }
}
