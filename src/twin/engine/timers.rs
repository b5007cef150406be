//! What is due next.

use std::collections::VecDeque;

use super::requests::RequestTable;
use super::sim_time::SimTime;

/// Something due, and for which request. Of two that are due at one instant the one that began first comes
/// first, however long each lasts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timer {
    pub(super) at: SimTime,
    /// How many began before, above the bits of the slot.
    began: u64,
}

/// Slots take so many bits, and what has begun may be counted to 2⁴⁰: a thousand steps of each of the most
/// requests that are played.
const SLOT_BITS: u32 = RequestTable::MOST.ilog2();

impl Timer {
    /// The `began`-th timer, for the request in a slot.
    #[inline]
    pub(super) fn new(at: SimTime, began: u64, slot: u32) -> Self {
        debug_assert!(slot < RequestTable::MOST && began < 1 << (64 - SLOT_BITS));
        Self { at, began: began << SLOT_BITS | u64::from(slot) }
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        self.began as u32 & (RequestTable::MOST - 1)
    }

    /// What comes first ranks lowest.
    #[inline]
    pub(super) fn rank(self) -> u128 {
        u128::from(self.at.get()) << 64 | u128::from(self.began)
    }
}

/// Timers that come in any order: a heap with four children to a node, whose first place can be empty
/// for a moment. What is due next is taken out, and as a rule the same request is due again at once;
/// then it takes the empty place instead of the whole heap closing up and opening again.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: Vec<Timer>,
    vacant: bool,
}

impl Timers {
    /// When the next one is due. The first place has to be taken.
    #[inline]
    pub(super) fn next(&self) -> SimTime {
        debug_assert!(!self.vacant);
        self.heap.first().map_or(SimTime::NEVER, |due| due.at)
    }

    /// The next one.
    pub(super) fn first(&self) -> Option<Timer> {
        self.heap.first().copied()
    }

    /// Takes the next one out and leaves its place empty until [`Timers::settle`].
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        self.vacant = true;
        self.heap[0].slot()
    }

    #[inline]
    pub(super) fn add(&mut self, due: Timer) {
        if self.vacant {
            self.vacant = false;
            self.sink(due);
        } else {
            self.heap.push(due);
            self.rise(due);
        }
    }

    /// Closes the empty place.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.vacant {
            self.vacant = false;
            if let Some(last) = self.heap.pop().filter(|_| !self.heap.is_empty()) {
                self.sink(last);
            }
        }
    }

    /// Moves `due` from the end of the heap towards the first place.
    #[inline]
    fn rise(&mut self, due: Timer) {
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let above = (at - 1) / 4;
            if self.heap[above].rank() <= due.rank() {
                break;
            }
            self.heap[at] = self.heap[above];
            at = above;
        }
        self.heap[at] = due;
    }

    /// Moves `due` from the first place towards the end.
    #[inline]
    fn sink(&mut self, due: Timer) {
        let heap = self.heap.as_mut_slice();
        let mut at = 0;
        loop {
            let first = 4 * at + 1;
            let mut best = first;
            if let Some(&[a, b, c, d]) = heap.get(first..first + 4) {
                let [a, b, c, d] = [a, b, c, d].map(Timer::rank);
                let left = first + usize::from(b < a);
                let right = first + 2 + usize::from(d < c);
                let (of_left, of_right) = (a.min(b), c.min(d));
                best = if of_right < of_left { right } else { left };
            } else if first >= heap.len() {
                break;
            } else {
                for other in first + 1..heap.len() {
                    if heap[other].rank() < heap[best].rank() {
                        best = other;
                    }
                }
            }
            if heap[best].rank() >= due.rank() {
                break;
            }
            heap[at] = heap[best];
            at = best;
        }
        heap[at] = due;
    }
}

/// Timers that all run for the same time, and so come in the order in which they were set.
#[derive(Debug, Default)]
pub(super) struct TimerQueue(VecDeque<Timer>);

impl TimerQueue {
    #[inline]
    pub(super) fn next(&self) -> SimTime {
        self.0.front().map_or(SimTime::NEVER, |due| due.at)
    }

    /// The next one.
    pub(super) fn first(&self) -> Option<Timer> {
        self.0.front().copied()
    }

    #[inline]
    pub(super) fn add(&mut self, due: Timer) {
        debug_assert!(self.0.back().is_none_or(|last| last.at <= due.at));
        self.0.push_back(due);
    }

    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.0.capacity()
    }

    #[inline]
    pub(super) fn take(&mut self) -> Option<Timer> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::engine::seed::{Bits, DrawStream, Seed};

    #[test]
    fn timers_come_in_order_and_those_of_one_instant_as_they_began() {
        let mut from = Seed(2).in_order(DrawStream::Routing, 0);
        let mut timers = Timers::default();
        let mut plain: Vec<(u64, u64)> = Vec::new();
        for began in 0..6000 {
            // Many fall on one instant.
            let at = from.below(50);
            let due = Timer::new(SimTime::new(at), began, from.below(1 << 10) as u32);
            if from.below(3) > 0 || plain.is_empty() {
                timers.add(due);
                plain.push((at, began));
            } else {
                plain.sort_by(|a, b| b.cmp(a));
                let first = timers.first().unwrap();
                assert_eq!(Some((first.at.get(), first.began >> SLOT_BITS)), plain.pop());
                assert_eq!((timers.next(), timers.take()), (first.at, first.slot()));
                if from.below(2) == 0 {
                    timers.add(due);
                    plain.push((at, began));
                }
                timers.settle();
            }
        }
    }
}
