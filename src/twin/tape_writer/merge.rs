//! The tapes of two parts of the pools as one.

use super::TapeWriter;
use crate::twin::engine::{Deadlock, Merge};
use crate::twin::follow::Change;

impl TapeWriter {
    pub(super) fn keep_first(&mut self, deadlock: Deadlock) {
        let when = |deadlock: &Deadlock| (deadlock.at, deadlock.pool);
        if self.first_deadlock.as_ref().is_none_or(|first| when(&deadlock) < when(first)) {
            self.first_deadlock = Some(deadlock);
        }
    }
}

impl Merge for TapeWriter {
    fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.cohorts.iter_mut().zip(&other.cohorts) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.late.iter_mut().zip(&other.late) {
            mine.response.merge(&theirs.response);
            mine.service.merge(&theirs.service);
        }
        for (mine, theirs) in self.failed.iter_mut().flatten().zip(other.failed.iter().flatten()) {
            *mine += theirs;
        }
        if self.changes.len() < other.changes.len() {
            self.changes.resize(other.changes.len(), Change::default());
        }
        self.changes.iter_mut().zip(&other.changes).for_each(|(mine, theirs)| mine.add(*theirs));
        self.rough.iter_mut().zip(&other.rough).for_each(|(mine, theirs)| mine.merge(theirs));
        for (mine, theirs) in
            [(&mut self.pool, other.pool), (&mut self.queue, other.queue), (&mut self.system, other.system)]
        {
            mine.integral = mine.integral.wrapping_add(theirs.integral);
            mine.stays += theirs.stays;
        }
        self.crowd.merge(&other.crowd);
        self.busy_in_window += other.busy_in_window;
        self.completed_in_window += other.completed_in_window;
        // Only one part plays the first pool, so what is kept does not depend on the parts.
        self.spans.extend(other.spans);
        self.left_out += other.left_out;
        self.transactions.committed += other.transactions.committed;
        self.transactions.rolled_back += other.transactions.rolled_back;
        self.transactions.jobs_marked_failed += other.transactions.jobs_marked_failed;
        self.deadlocks += other.deadlocks;
        other.first_deadlock.into_iter().for_each(|deadlock| self.keep_first(deadlock));
    }
}
