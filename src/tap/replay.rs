//! What would be left if connections were given back in gaps: the transactions that were seen, at the instants at
//! which they began, through a pool of some size, in virtual time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::num::NonZeroU32;
use std::time::Duration;

use super::kept::Transaction;
use super::seen::{KeptShare, Seen};

/// In which gaps connections are given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// In none: as it was seen.
    Never,
    /// In gaps of at least this length, where what was done before allows it.
    InSafeGaps(Duration),
    /// In all gaps of at least this length.
    InAllGaps(Duration),
}

/// What a pool would have had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Connections in use at most.
    pub peak: u32,
    /// Wait for a connection that one acquire in a hundred exceeds.
    pub wait_p99: Duration,
    /// How often a connection was asked for.
    pub acquires: u64,
}

/// What a way to release is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Which way.
    pub release: Release,
    /// Through a pool of the size that was seen.
    pub seen_pool: Played,
    /// Connections of the smallest pool whose wait p99 is at most what was asked for.
    pub smallest: u32,
}

/// The transactions through the pool that was seen, with and without releases, and the smallest pool for a wait.
#[must_use]
pub fn worth(seen: &Seen, release: Release, wait: Duration) -> Worth {
    let calls = calls(&seen.transactions, release);
    let pool = NonZeroU32::new(seen.open.peak).unwrap_or(NonZeroU32::MIN);
    let seen_pool = play(&calls, pool);
    let most = play(&calls, NonZeroU32::MAX).peak.max(1);
    let (mut low, mut high) = (1, most);
    while low < high {
        let middle = low + (high - low) / 2;
        let kept = NonZeroU32::new(middle).is_some_and(|pool| play(&calls, pool).wait_p99 <= wait);
        if kept { high = middle } else { low = middle + 1 }
    }
    Worth { release, seen_pool, smallest: high }
}

/// The share of the window, from 0 to 1, in which as many connections were held as ever were open: what was asked
/// for then had to wait, so that the load that was seen is a lower bound. Nothing where no hold was kept.
#[must_use]
pub fn full_share(seen: &Seen) -> Option<f64> {
    let mut changes: Vec<(Duration, i64)> = Vec::with_capacity(2 * seen.transactions.len());
    for transaction in &seen.transactions {
        changes.push((transaction.start, 1));
        changes.push((transaction.start + transaction.length, -1));
    }
    changes.sort_unstable();
    let (mut held, mut since, mut full) = (0_i64, changes.first()?.0, Duration::ZERO);
    for (at, change) in changes {
        if held >= i64::from(seen.open.peak) {
            full += at - since;
        }
        held += change;
        since = at;
    }
    let span = match seen.kept {
        KeptShare::All => seen.window,
        KeptShare::Until(until) => until,
    };
    let span = span.as_secs_f64();
    (span > 0.0).then(|| (full.as_secs_f64() / span).min(1.0))
}

/// When a transaction asks for a connection, and how long it keeps it each time.
struct Call {
    start: u64,
    /// Nanoseconds with a connection, and then without one.
    parts: Vec<(u64, u64)>,
}

fn calls(transactions: &[Transaction], release: Release) -> Vec<Call> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let call = |transaction: &Transaction| {
        let (mut parts, mut from) = (Vec::new(), 0);
        for gap in &transaction.gaps {
            let given = match release {
                Release::Never => false,
                Release::InSafeGaps(least) => gap.length >= least && gap.deeds.are_safe(),
                Release::InAllGaps(least) => gap.length >= least,
            };
            if given {
                let start = nanos(gap.start);
                parts.push((start.saturating_sub(from), nanos(gap.length)));
                from = start.saturating_add(nanos(gap.length));
            }
        }
        parts.push((nanos(transaction.length).saturating_sub(from), 0));
        Call { start: nanos(transaction.start), parts }
    };
    transactions.iter().map(call).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// Before an acquire at the same instant, as a pool would have it.
    Release {
        call: usize,
        part: usize,
    },
    Acquire {
        call: usize,
        part: usize,
    },
}

struct Pool<'c> {
    calls: &'c [Call],
    free: u32,
    used: u32,
    peak: u32,
    queue: VecDeque<(u64, usize, usize)>,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    waits: Vec<u64>,
}

fn play(calls: &[Call], size: NonZeroU32) -> Played {
    let (events, waits) = (BinaryHeap::new(), Vec::with_capacity(calls.len()));
    let mut pool = Pool { calls, free: size.get(), used: 0, peak: 0, queue: VecDeque::new(), events, waits };
    let mut next = 0;
    loop {
        // Calls stand in the order of their beginnings, so only what follows from them is put into order.
        let due = pool.events.peek().map(|Reverse((at, _))| *at);
        match calls.get(next) {
            Some(call) if due.is_none_or(|due| call.start < due) => {
                pool.acquire(call.start, next, 0);
                next += 1;
            }
            _ => match pool.events.pop() {
                Some(Reverse((at, Event::Acquire { call, part }))) => pool.acquire(at, call, part),
                Some(Reverse((at, Event::Release { call, part }))) => pool.release(at, call, part),
                None => break,
            },
        }
    }
    let acquires = pool.waits.len() as u64;
    Played { peak: pool.peak, wait_p99: Duration::from_nanos(p99(&mut pool.waits)), acquires }
}

impl Pool<'_> {
    fn acquire(&mut self, at: u64, call: usize, part: usize) {
        if self.free == 0 {
            self.queue.push_back((at, call, part));
            return;
        }
        self.free -= 1;
        self.used += 1;
        self.peak = self.peak.max(self.used);
        self.lend(at, at, call, part);
    }

    fn lend(&mut self, asked: u64, at: u64, call: usize, part: usize) {
        self.waits.push(at - asked);
        let until = at.saturating_add(self.calls[call].parts[part].0);
        self.events.push(Reverse((until, Event::Release { call, part })));
    }

    fn release(&mut self, at: u64, call: usize, part: usize) {
        let parts = &self.calls[call].parts;
        if part + 1 < parts.len() {
            let again = at.saturating_add(parts[part].1);
            self.events.push(Reverse((again, Event::Acquire { call, part: part + 1 })));
        }
        match self.queue.pop_front() {
            Some((asked, call, part)) => self.lend(asked, at, call, part),
            None => {
                self.free += 1;
                self.used -= 1;
            }
        }
    }
}

fn p99(waits: &mut [u64]) -> u64 {
    if waits.is_empty() {
        return 0;
    }
    let place = (waits.len() * 99).div_ceil(100) - 1;
    *waits.select_nth_unstable(place).1
}

#[cfg(test)]
mod tests {
    use super::super::hold::Edge;
    use super::super::kept::Pause;
    use super::super::statement::Deeds;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Ten transactions a second apart of 5 s with a gap of 4.9 s.
    fn transactions(deeds: Deeds) -> Vec<Transaction> {
        let (before, after) = (Edge::Lent, Edge::Released);
        let gap = Pause { start: 50 * MS, length: 4900 * MS, deeds, before, after };
        let one = |start: u32| Transaction {
            connection: None,
            start: start * 1000 * MS,
            length: 5000 * MS,
            gaps: vec![gap],
        };
        (0..10).map(one).collect()
    }

    fn played(deeds: Deeds, release: Release, size: u32) -> Played {
        play(&calls(&transactions(deeds), release), NonZeroU32::new(size).unwrap())
    }

    #[test]
    fn a_release_in_the_gap_needs_a_fraction_of_the_connections() {
        let as_seen = played(Deeds::default(), Release::Never, 10);
        assert_eq!((as_seen.peak, as_seen.wait_p99, as_seen.acquires), (5, Duration::ZERO, 10));
        let released = played(Deeds::default(), Release::InSafeGaps(MS), 10);
        assert_eq!((released.peak, released.acquires), (1, 20));
        assert_eq!(played(Deeds::WROTE, Release::InSafeGaps(MS), 10), as_seen);
        assert_eq!(played(Deeds::WROTE, Release::InAllGaps(MS), 10), released);
    }

    #[test]
    fn whoever_finds_no_connection_waits_for_one() {
        // Two connections lend 2 transactions each 5 s: the last of ten begins at 20 s instead of 9 s.
        assert_eq!(played(Deeds::default(), Release::Never, 2).wait_p99, 12_000 * MS);
        assert!(played(Deeds::default(), Release::InAllGaps(MS), 1).wait_p99 <= 50 * MS);
    }
}
