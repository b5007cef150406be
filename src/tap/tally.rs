//! What the holds of many connections come to, in a bounded amount of memory.

use std::collections::HashMap;
use std::sync::Arc;

use hdrhistogram::Histogram;

use super::hold::{At, Edge, End, Evidence, Gap, Hold};
use super::statement::Deeds;

/// So many kinds of gaps are told apart on each thread; the rest are one more.
const KINDS: usize = 1_000;

/// So many holds are kept one by one on each thread, to be played again. Beyond this only sums are kept.
const KEPT: usize = 200_000;

/// So many gaps of them all are kept on each thread.
const KEPT_GAPS: usize = 1_000_000;

/// Gaps shorter than this are not worth a release: they are kept as a part of the hold. In nanoseconds.
pub(super) const SHORTEST: u64 = 1_000_000;

/// Lengths in nanoseconds, to two digits.
#[derive(Debug, Clone)]
pub(super) struct Lengths(Histogram<u64>);

impl Default for Lengths {
    fn default() -> Self {
        // Two digits are always allowed.
        let made = Histogram::new(2).or_else(|_| Histogram::new(1));
        Self(made.unwrap_or_else(|fault| unreachable!("{fault}")))
    }
}

impl Lengths {
    fn add(&mut self, length: u64) {
        // It grows with what it is given, which is far below its limit.
        let _ = self.0.record(length);
    }

    fn merge(&mut self, other: &Self) {
        let _ = self.0.add(&other.0);
    }

    /// A quantile from 0 to 1, in nanoseconds.
    pub(super) fn quantile(&self, quantile: f64) -> u64 {
        self.0.value_at_quantile(quantile)
    }
}

/// Which gap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) before: Edge,
    pub(super) after: Edge,
    pub(super) deeds: Deeds,
    pub(super) evidence: Evidence,
    pub(super) route: Option<Arc<str>>,
}

/// All gaps of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    pub(super) count: u64,
    /// How many of them were cut off by the end of the connection or of the tap.
    pub(super) cut: u64,
    /// Nanoseconds.
    pub(super) total: u64,
    pub(super) lengths: Lengths,
    pub(super) longest: u64,
    /// A trace in which the longest one stands.
    pub(super) trace: Option<Box<str>>,
}

/// Holds that ended in one way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    pub(super) count: u64,
    /// Nanoseconds.
    pub(super) held: u64,
    pub(super) idle: u64,
}

/// A hold to be played again.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// On which connection.
    pub(super) connection: u64,
    pub(super) start: At,
    pub(super) end: At,
    pub(super) gaps: Box<[KeptGap]>,
}

/// A gap of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptGap {
    pub(super) start: At,
    /// Nanoseconds.
    pub(super) length: u64,
    pub(super) deeds: Deeds,
    pub(super) before: Edge,
    pub(super) after: Edge,
}

/// What the holds come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) holds: u64,
    pub(super) checkouts: u64,
    /// Nanoseconds, of all holds.
    pub(super) held: u64,
    pub(super) busy: u64,
    /// Lengths of whole holds, and of all gaps of a hold together.
    pub(super) lengths: Lengths,
    pub(super) idle: Lengths,
    pub(super) disconnected: Ended,
    pub(super) censored: Ended,
    pub(super) blinded: Ended,
    pub(super) gaps: HashMap<Kind, Sum>,
    /// Gaps of too many kinds, or too many of one hold.
    pub(super) others: Sum,
    pub(super) kept: Vec<Kept>,
    kept_gaps: usize,
    /// Since when holds are not kept one by one any more.
    pub(super) full: Option<At>,
}

impl Tally {
    /// A hold of a connection that has ended.
    pub(super) fn add(&mut self, connection: u64, hold: Hold) {
        let held = hold.end.since(hold.start);
        let idle = held.saturating_sub(hold.busy);
        self.holds += 1;
        self.checkouts += u64::from(hold.evidence == Evidence::Checkout);
        self.held += held;
        self.busy += hold.busy;
        self.lengths.add(held);
        self.idle.add(idle);
        let ended = match hold.ended {
            End::Ended => None,
            End::Disconnected => Some(&mut self.disconnected),
            End::Censored => Some(&mut self.censored),
            End::Blind => Some(&mut self.blinded),
        };
        if let Some(ended) = ended {
            ended.count += 1;
            ended.held += held;
            ended.idle += idle;
        }
        for gap in &hold.gaps {
            self.gap(gap, &hold);
        }
        if hold.further > 0 {
            self.others.count += 1;
            self.others.total += hold.further;
        }
        self.keep(connection, &hold);
    }

    fn gap(&mut self, gap: &Gap, hold: &Hold) {
        let kind = Kind {
            before: gap.before,
            after: gap.after,
            deeds: gap.deeds,
            evidence: hold.evidence,
            route: gap.route.clone(),
        };
        let room = self.gaps.len() < KINDS;
        let sum = match self.gaps.get_mut(&kind) {
            Some(sum) => sum,
            None if room => self.gaps.entry(kind).or_default(),
            None => &mut self.others,
        };
        sum.count += 1;
        sum.cut += u64::from(matches!(gap.after, Edge::Disconnected | Edge::StillOpen));
        sum.total += gap.length;
        sum.lengths.add(gap.length);
        if gap.length > sum.longest {
            sum.longest = gap.length;
            sum.trace.clone_from(&hold.trace);
        }
    }

    fn keep(&mut self, connection: u64, hold: &Hold) {
        if self.full.is_some() {
            return;
        }
        if self.kept.len() >= KEPT || self.kept_gaps >= KEPT_GAPS {
            self.full = Some(hold.start);
            return;
        }
        let kept = |gap: &Gap| KeptGap {
            start: gap.start,
            length: gap.length,
            deeds: gap.deeds,
            before: gap.before,
            after: gap.after,
        };
        let gaps: Box<[_]> = hold.gaps.iter().filter(|gap| gap.length >= SHORTEST).map(kept).collect();
        self.kept_gaps += gaps.len();
        self.kept.push(Kept { connection, start: hold.start, end: hold.end, gaps });
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.holds += other.holds;
        self.checkouts += other.checkouts;
        self.held += other.held;
        self.busy += other.busy;
        self.lengths.merge(&other.lengths);
        self.idle.merge(&other.idle);
        let parts = [
            (&mut self.disconnected, other.disconnected),
            (&mut self.censored, other.censored),
            (&mut self.blinded, other.blinded),
        ];
        for (mine, theirs) in parts {
            mine.count += theirs.count;
            mine.held += theirs.held;
            mine.idle += theirs.idle;
        }
        self.others.merge(other.others);
        for (kind, sum) in other.gaps {
            self.gaps.entry(kind).or_default().merge(sum);
        }
        self.kept.extend(other.kept);
        self.full = [self.full, other.full].into_iter().flatten().min();
    }
}

impl Sum {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.cut += other.cut;
        self.total += other.total;
        self.lengths.merge(&other.lengths);
        if other.longest > self.longest {
            self.longest = other.longest;
            self.trace = other.trace;
        }
    }
}
