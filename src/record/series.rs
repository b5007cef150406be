//! Counts and gauges over time, and who held which connection.

use std::time::Duration;

use super::{Hold, Nanos, Rough};

/// Waiting longer until a connection was free counts as having waited; handing out one that is
/// free takes less.
pub const WAITED: Duration = Duration::from_millis(1);

/// The same in nanoseconds.
pub(crate) const WAITED_NS: Nanos = 1_000_000;

/// What a pool says of itself at one instant. Absent is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gauges {
    /// Connections that the pool owns.
    pub size: u32,
    /// Connections that nobody holds.
    pub idle: u32,
    /// Requests waiting for a connection, where the pool says.
    pub waiting: Option<u32>,
}

/// More was due than the driver came to: the others are in no column of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalsCut {
    /// When the load ended, since the start of the act.
    pub until: Nanos,
    /// Requests and bystanders expected until then, by the rate.
    pub due: u64,
    /// Those of them that the driver came to: the first ones. They are in the ledger.
    pub scheduled: u64,
}

/// What happened in one slice of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slice {
    /// Requests that were due.
    pub due: u64,
    /// Requests that completed.
    pub completed: u64,
    /// Requests whose acquire timed out.
    pub timed_out: u64,
    /// Requests that failed otherwise.
    pub failed: u64,
    /// Requests that a service did not answer in time.
    pub unanswered: u64,
    /// Acquires of requests that ended, with a connection or without one.
    pub asked: u64,
    /// Those of them that waited longer than [`WAITED`] until a connection was free, or got none.
    pub waited: u64,
    /// Connections held at the end of the slice, counted by the driver.
    pub in_use: u32,
    /// Requests waiting for a connection at the end of the slice, counted by the driver.
    pub waiting: u32,
    /// Requests in flight at the end of the slice.
    pub in_flight: u32,
    /// What the pool itself says at the end of the slice.
    pub pool: Gauges,
}

/// Slices of equal length, from the start of the act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// Length of a slice.
    pub step: Nanos,
    /// The slices, in order.
    pub slices: Vec<Slice>,
    /// Acquires of requests that ended in each slice, by how long they waited; empty where that was not kept.
    pub waits: Rough,
    /// Requests that ended in each slice, by their response time; those that failed never got theirs.
    pub responses: Rough,
    /// The start of the slice that was used last, and its index: a division a request would cost
    /// as much as everything else that is noted of it.
    last: (Nanos, usize),
}

impl Series {
    /// A series that is whole already.
    #[must_use]
    pub fn whole(step: Nanos, slices: Vec<Slice>) -> Self {
        Self { step, slices, ..Self::default() }
    }

    /// The same with how long acquires waited and requests took.
    #[must_use]
    pub fn with(self, waits: Rough, responses: Rough) -> Self {
        Self { waits, responses, ..self }
    }

    pub(super) fn new(step: Nanos) -> Self {
        Self { step: step.max(1), ..Self::default() }
    }

    /// The slice in which an instant falls.
    #[inline]
    pub(super) fn at(&mut self, now: Nanos) -> &mut Slice {
        let index = self.index(now);
        &mut self.slices[index]
    }

    /// The number of that slice, which is there.
    #[inline]
    fn index(&mut self, now: Nanos) -> usize {
        let (start, mut index) = self.last;
        if now.wrapping_sub(start) >= self.step {
            index = (now / self.step.max(1)) as usize;
            self.last = (index as Nanos * self.step, index);
        }
        if index >= self.slices.len() {
            self.grow(index);
        }
        index
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        self.slices.resize(index + 1, Slice::default());
    }

    /// Notes an acquire that ended after this wait.
    #[inline]
    pub(super) fn acquire_ended(&mut self, now: Nanos, wait: Nanos) -> &mut Slice {
        let index = self.index(now);
        self.waits.note(index, wait);
        &mut self.slices[index]
    }

    /// Notes a request that ended with this response time, or never got one.
    #[inline]
    pub(super) fn request_ended(&mut self, now: Nanos, response: Option<Nanos>) -> &mut Slice {
        let index = self.index(now);
        self.responses.note(index, response.unwrap_or(Nanos::MAX));
        &mut self.slices[index]
    }
}

/// Who held which connection when. Slots stand for connections: each hold takes the lowest free
/// slot, so the picture shows how many were held and by whom, not which socket it was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Occupancy {
    /// The holds in the order of their release.
    pub spans: Vec<(u32, Hold)>,
    /// Holds that were not kept, because there were too many.
    pub left_out: u64,
}

/// Enough for a chart; a longer run keeps its first so many.
const MOST_SPANS: usize = 20_000;

impl Occupancy {
    pub(super) fn note(&mut self, slot: u32, hold: Hold) {
        if self.spans.len() < MOST_SPANS {
            self.spans.push((slot, hold));
        } else {
            self.left_out += 1;
        }
    }
}

/// Hands out the lowest free slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Slots {
    taken: Vec<u64>,
}

impl Slots {
    pub(super) fn take(&mut self) -> u32 {
        for (index, word) in self.taken.iter_mut().enumerate() {
            if *word != u64::MAX {
                let bit = word.trailing_ones();
                *word |= 1 << bit;
                return index as u32 * 64 + bit;
            }
        }
        self.taken.push(1);
        (self.taken.len() as u32 - 1) * 64
    }

    pub(super) fn give_back(&mut self, slot: u32) {
        self.taken[(slot / 64) as usize] &= !(1 << (slot % 64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_slot_is_taken() {
        let mut slots = Slots::default();
        let taken: Vec<u32> = (0..70).map(|_| slots.take()).collect();
        assert_eq!(taken, (0..70).collect::<Vec<_>>());
        slots.give_back(3);
        slots.give_back(66);
        assert_eq!((slots.take(), slots.take(), slots.take()), (3, 66, 70));
    }
}
