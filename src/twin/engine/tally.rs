//! The cheapest useful sink: waits counted, holds and responses summed.

use super::deadlock::Deadlock;
use super::histogram::Histogram;
use super::nanos::Nanos;
use super::sink::{Merge, NotSent, Outcome, Sink, Who};

/// Sums over a whole run, exact to the nanosecond and the same whatever engine played it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Waits of those that got their connection.
    pub waits: Histogram,
    /// Connection time held, in nanoseconds.
    pub held: u128,
    /// Time from arrival to the end of all completed requests, in nanoseconds.
    pub responses: u128,
    /// Requests that did all that they had to.
    pub completed: u64,
    /// Requests that gave up waiting.
    pub timed_out: u64,
    /// Requests that failed in a step.
    pub failed: u64,
    /// Requests that an in-flight cap kept from being sent.
    pub not_sent: u64,
    /// Times that a pool was found in deadlock.
    pub deadlocks: u64,
}

impl Sink for Tally {
    #[inline]
    fn acquired(&mut self, _who: Who, asked: Nanos, at: Nanos) {
        self.waits.add(at - asked);
    }

    #[inline]
    fn released(&mut self, _who: Who, acquired: Nanos, at: Nanos) {
        self.held += u128::from((at - acquired).get());
    }

    #[inline]
    fn finished(&mut self, who: Who, _sent: Nanos, at: Nanos, outcome: Outcome) {
        match outcome {
            Outcome::Completed => {
                self.completed += 1;
                self.responses += u128::from((at - who.arrived).get());
            }
            Outcome::TimedOut => self.timed_out += 1,
            Outcome::Failed => self.failed += 1,
        }
    }

    fn not_sent(&mut self, _who: Who, _why: NotSent) {
        self.not_sent += 1;
    }

    fn deadlocked(&mut self, _deadlock: &Deadlock) {
        self.deadlocks += 1;
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.waits.merge(&other.waits);
        self.held += other.held;
        self.responses += other.responses;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.failed += other.failed;
        self.not_sent += other.not_sent;
        self.deadlocks += other.deadlocks;
    }
}
