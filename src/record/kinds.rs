//! Requests of several kinds, apart.

use super::{Durations, End, Ledger, Nanos, Outcome};

/// What became of the requests of one kind that were due in the measured span and sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KindTally {
    /// How they ended; those that were never sent are in none.
    pub ledger: Ledger,
    /// Acquired − asked. Timeouts and the stopped are lower bounds.
    pub acquire_wait: Durations,
    /// Released − acquired.
    pub hold: Durations,
    /// Finished − intended, of completed requests; the others are lower bounds.
    pub response: Durations,
}

impl KindTally {
    /// Notes that one was sent.
    pub fn sent(&mut self) {
        self.ledger.scheduled += 1;
        self.ledger.dispatched += 1;
    }

    /// Notes how one ended.
    pub fn ended(&mut self, outcome: Outcome, response: Nanos) {
        let end = if outcome == Outcome::Completed { End::Seen } else { End::NotSeen };
        self.ledger.note(outcome);
        self.response.note(response, end);
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        self.acquire_wait.merge(&other.acquire_wait);
        self.hold.merge(&other.hold);
        self.response.merge(&other.response);
    }
}
