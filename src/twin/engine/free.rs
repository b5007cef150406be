//! When the connections of a pool come free, kept so that the next one is at hand.

use super::sim_time::SimTime;

/// Pools that serve in order of arrival: whoever is next takes the connection that is free first
/// (Kiefer & Wolfowitz 1955). All that is kept is the instant at which each connection comes free.
pub(super) trait Free {
    /// When a connection of the pool comes free next.
    fn earliest(&self, pool: usize) -> SimTime;

    /// Gives that connection away, from an instant until another one.
    fn take(&mut self, pool: usize, from: SimTime, until: SimTime);
}

/// Any hold times: one tournament of `c` connections for each pool. Every node keeps the loser of the
/// match played there; only the matches of the connection that was given away are played again.
#[derive(Debug)]
pub(super) struct Tournaments {
    /// For each pool the winner, then nodes 1 to c−1, node n below node n/2.
    nodes: Vec<Node>,
    connections: usize,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    free: SimTime,
    /// The leaf of the connection, c to 2c−1.
    leaf: u32,
}

impl Tournaments {
    pub(super) fn new(pools: usize, connections: usize) -> Self {
        // With every instant the same, leaf c wins against whichever it meets; the others lose where
        // they would meet a leaf further left. The leftmost leaf below a node passes it.
        let leftmost = |mut node: usize| {
            while node < connections {
                node *= 2;
            }
            node
        };
        let pool: Vec<Node> = (0..connections)
            .map(|node| {
                let leaf = if node == 0 { leftmost(1) } else { leftmost(2 * node + 1) };
                Node { free: SimTime::ZERO, leaf: leaf as u32 }
            })
            .collect();
        Self { nodes: pool.repeat(pools), connections }
    }
}

impl Free for Tournaments {
    #[inline]
    fn earliest(&self, pool: usize) -> SimTime {
        self.nodes[pool * self.connections].free
    }

    #[inline]
    fn take(&mut self, pool: usize, _: SimTime, until: SimTime) {
        let start = pool * self.connections;
        let nodes = &mut self.nodes[start..start + self.connections];
        let mut winner = Node { free: until, leaf: nodes[0].leaf };
        let mut at = winner.leaf as usize / 2;
        while at > 0 {
            let node = &mut nodes[at];
            let held = *node;
            let wins = held.free < winner.free;
            *node = if wins { winner } else { held };
            winner = if wins { held } else { winner };
            at /= 2;
        }
        nodes[0] = winner;
    }
}

/// One hold time for all that take any: connections come free in the order in which they were taken.
/// A hold of no time leaves a pool as it was for whoever comes later.
#[derive(Debug)]
pub(super) struct Rings {
    free: Vec<SimTime>,
    next: Vec<u32>,
    connections: usize,
}

impl Rings {
    pub(super) fn new(pools: usize, connections: usize) -> Self {
        Self { free: vec![SimTime::ZERO; pools * connections], next: vec![0; pools], connections }
    }
}

impl Free for Rings {
    #[inline]
    fn earliest(&self, pool: usize) -> SimTime {
        self.free[pool * self.connections + self.next[pool] as usize]
    }

    #[inline]
    fn take(&mut self, pool: usize, from: SimTime, until: SimTime) {
        let next = &mut self.next[pool];
        let free = &mut self.free[pool * self.connections + *next as usize];
        // No branch: who takes no time comes between the others when it pleases.
        let takes = until > from;
        *free = if takes { until } else { *free };
        let after = *next + u32::from(takes);
        *next = if after as usize == self.connections { 0 } else { after };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::engine::seed::{Bits, DrawStream, Seed};

    #[test]
    fn a_tournament_gives_away_the_connection_that_is_free_first() {
        let mut from = Seed(5).in_order(DrawStream::Routing, 0);
        for connections in [1, 2, 3, 5, 7, 8, 20, 33] {
            let mut tournaments = Tournaments::new(3, connections);
            let mut sorted = vec![vec![SimTime::ZERO; connections]; 3];
            for _ in 0..500 {
                let pool = from.below(3) as usize;
                assert_eq!(tournaments.earliest(pool), sorted[pool][0]);
                let until = sorted[pool][0] + SimTime::new(from.below(50));
                tournaments.take(pool, sorted[pool][0], until);
                sorted[pool][0] = until;
                sorted[pool].sort();
            }
        }
    }
}
