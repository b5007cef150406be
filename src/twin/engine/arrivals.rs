//! When the requests of an open loop come, read from their arrivals a block at a time.

use super::sim_time::SimTime;
use crate::arrivals::Arrivals;

/// How many are drawn at once.
const BLOCK: usize = 256;

/// One instant after the other.
#[derive(Debug)]
pub(super) struct Instants {
    arrivals: Arrivals,
    block: Box<[u64; BLOCK]>,
    /// Those of the block that are drawn, and how many of them were taken.
    drawn: usize,
    taken: usize,
}

impl Instants {
    pub(super) fn new(arrivals: Arrivals) -> Self {
        Self { arrivals, block: Box::new([0; BLOCK]), drawn: 0, taken: 0 }
    }

    /// The next one; [`SimTime::NEVER`] when there are no more.
    #[inline]
    pub(super) fn next(&mut self) -> SimTime {
        if self.taken == self.drawn && !self.draw() {
            return SimTime::NEVER;
        }
        let at = self.block[self.taken];
        self.taken += 1;
        SimTime::new(at)
    }

    /// Whether there are more.
    #[inline(never)]
    fn draw(&mut self) -> bool {
        self.drawn = self.arrivals.fill(self.block.as_mut_slice());
        self.taken = 0;
        self.drawn > 0
    }
}
