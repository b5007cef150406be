//! What is due next.

use std::collections::VecDeque;

use super::sim_time::SimTime;

/// Something due, and for which request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timer {
    pub(super) at: SimTime,
    pub(super) slot: u32,
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

    /// Takes the next one out and leaves its place empty until [`Timers::settle`].
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        self.vacant = true;
        self.heap[0].slot
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
            if self.heap[above].at <= due.at {
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
                let left = first + usize::from(b.at < a.at);
                let right = first + 2 + usize::from(d.at < c.at);
                let (of_left, of_right) = (a.at.min(b.at), c.at.min(d.at));
                best = if of_right < of_left { right } else { left };
            } else if first >= heap.len() {
                break;
            } else {
                for other in first + 1..heap.len() {
                    if heap[other].at < heap[best].at {
                        best = other;
                    }
                }
            }
            if heap[best].at >= due.at {
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
    fn timers_come_in_order() {
        let mut from = Seed(2).in_order(DrawStream::Routing, 0);
        let mut timers = Timers::default();
        let mut plain: Vec<u64> = Vec::new();
        for round in 0..3000 {
            let at = from.below(500);
            if from.below(3) > 0 || plain.is_empty() {
                timers.add(Timer { at: SimTime::new(at), slot: round });
                plain.push(at);
            } else {
                plain.sort_by(|a, b| b.cmp(a));
                assert_eq!(Some(timers.next().get()), plain.pop());
                timers.take();
                if from.below(2) == 0 {
                    timers.add(Timer { at: SimTime::new(at), slot: round });
                    plain.push(at);
                }
                timers.settle();
            }
        }
    }
}
