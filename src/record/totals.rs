//! What whole requests held, where that differs from request to request.

use super::{Moments, Nanos};

/// Connection time of one request: all its holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// How many holds it had.
    pub holds: u64,
    /// From acquired to released.
    pub held: Nanos,
    /// The part of it in which SQL ran.
    pub busy: Nanos,
    /// What its steps were to hold, of the times that were drawn for it.
    pub planned: Nanos,
    /// The part of that in which SQL was to run.
    pub planned_busy: Nanos,
}

/// The same of all requests that completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many holds they had.
    pub holds: u64,
    /// From acquired to released.
    pub held: Moments,
    /// The part of it in which SQL ran.
    pub busy: Moments,
    /// What the steps were to hold.
    pub planned: Moments,
    /// The part of that in which SQL was to run.
    pub planned_busy: Moments,
}

impl Totals {
    pub(super) fn note(&mut self, Held { holds, held, busy, planned, planned_busy }: Held) {
        self.holds += holds;
        self.held.note(held);
        self.busy.note(busy);
        self.planned.note(planned);
        self.planned_busy.note(planned_busy);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.holds += other.holds;
        self.held.merge(other.held);
        self.busy.merge(other.busy);
        self.planned.merge(other.planned);
        self.planned_busy.merge(other.planned_busy);
    }
}
