//! Which pool a request is sent to.

use super::seed::{Bits, DrawStream, Ordered, Seed};
use crate::scenario::Routing;

/// Routing that looks at no pool.
#[derive(Debug)]
pub(super) enum Blind {
    Only,
    Random { from: Ordered, pools: u64 },
    RoundRobin { next: u32, pools: u32 },
}

impl Blind {
    /// Nothing for a routing that has to look at the pools.
    pub(super) fn new(routing: Routing, pools: u32, seed: Seed) -> Option<Self> {
        match routing {
            _ if pools == 1 => Some(Self::Only),
            Routing::Random => {
                Some(Self::Random { from: seed.in_order(DrawStream::Routing, 0), pools: pools.into() })
            }
            Routing::RoundRobin => Some(Self::RoundRobin { next: 0, pools }),
            Routing::LeastLoaded => None,
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> u32 {
        match self {
            Self::Only => 0,
            Self::Random { from, pools } => from.below(*pools) as u32,
            Self::RoundRobin { next, pools } => {
                let pool = *next;
                *next = if pool + 1 == *pools { 0 } else { pool + 1 };
                pool
            }
        }
    }
}

const NONE: u32 = u32::MAX;

/// Pools by load, each load a list of its own: a pool moves between neighbouring lists in constant
/// time, and the first of the lowest list is the next to be chosen.
#[derive(Debug)]
pub(super) struct Loads {
    pools: Vec<PoolLinks>,
    lists: Vec<List>,
    lowest: usize,
}

#[derive(Debug, Clone, Copy)]
struct PoolLinks {
    load: u32,
    before: u32,
    after: u32,
}

#[derive(Debug, Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

impl Loads {
    pub(super) fn new(pools: u32) -> Self {
        let mut loads = Self { pools: Vec::new(), lists: vec![List { first: NONE, last: NONE }], lowest: 0 };
        for pool in 0..pools {
            loads.pools.push(PoolLinks { load: 0, before: NONE, after: NONE });
            loads.append(pool);
        }
        loads
    }

    pub(super) fn least(&self) -> u32 {
        self.lists[self.lowest].first
    }

    pub(super) fn more(&mut self, pool: u32) {
        let load = self.remove(pool);
        self.pools[pool as usize].load += 1;
        if self.lists.len() == load + 1 {
            self.lists.push(List { first: NONE, last: NONE });
        }
        self.append(pool);
        if self.lists[self.lowest].first == NONE {
            self.lowest += 1;
        }
    }

    pub(super) fn less(&mut self, pool: u32) {
        let load = self.remove(pool);
        self.pools[pool as usize].load -= 1;
        self.append(pool);
        self.lowest = self.lowest.min(load - 1);
    }

    fn remove(&mut self, pool: u32) -> usize {
        let PoolLinks { load, before, after } = self.pools[pool as usize];
        let list = &mut self.lists[load as usize];
        if before == NONE {
            list.first = after
        } else {
            self.pools[before as usize].after = after
        }
        if after == NONE {
            list.last = before
        } else {
            self.pools[after as usize].before = before
        }
        load as usize
    }

    fn append(&mut self, pool: u32) {
        let load = self.pools[pool as usize].load as usize;
        let list = &mut self.lists[load];
        let last = list.last;
        list.last = pool;
        if last == NONE {
            list.first = pool
        } else {
            self.pools[last as usize].after = pool
        }
        let place = &mut self.pools[pool as usize];
        (place.before, place.after) = (last, NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_loaded_pool_is_found() {
        let mut from = Seed(1).in_order(DrawStream::Routing, 0);
        let mut loads = Loads::new(7);
        let mut plain = [0u32; 7];
        for _ in 0..2000 {
            let least = loads.least();
            assert_eq!(Some(&plain[least as usize]), plain.iter().min());
            let pool = from.below(7) as u32;
            if from.below(2) == 0 {
                loads.more(least);
                plain[least as usize] += 1;
            } else if plain[pool as usize] > 0 {
                loads.less(pool);
                plain[pool as usize] -= 1;
            }
        }
    }

    #[test]
    fn idle_pools_take_turns() {
        let mut loads = Loads::new(3);
        let chosen: Vec<u32> = (0..6)
            .map(|_| {
                let pool = loads.least();
                loads.more(pool);
                pool
            })
            .collect();
        assert_eq!(chosen, [0, 1, 2, 0, 1, 2]);
    }
}
