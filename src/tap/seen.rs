//! What was seen: facts about somebody's application, which a record keeps and a report shows.

use std::time::Duration;

use super::hold::{Edge, Evidence};
use super::kept::{Life, Transaction, lives, transactions};
use super::shared::{Lifetimes, Shared};
use super::statement::Deeds;
use super::tally::{Ended, Kind, Sum, Tally};
use crate::metric::Metric;

/// What a tap saw of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// From the first connection to the last end of one, or until now.
    pub window: Duration,
    /// What became of connections.
    pub connections: Connections,
    /// Connections that were open.
    pub open: Level,
    /// Connections in a transaction, or lent where that can be seen.
    pub holding: Level,
    /// Connections on which SQL ran.
    pub running: Level,
    /// All holds together.
    pub holds: Holds,
    /// The gaps, those with the most connection time first.
    pub gaps: Vec<GapSeen>,
    /// Gaps that are not told apart: too many kinds of them.
    pub further_gaps: Duration,
    /// The text of each statement, without literals, at the place of its number.
    pub statements: Vec<String>,
    /// Holds one by one, in the order in which they began, so that they can be played again.
    pub transactions: Vec<Transaction>,
    /// Whether those are all.
    pub kept: KeptShare,
    /// The first 10,000 connections one by one, in the order in which they began.
    pub lives: Vec<Life>,
}

/// Whether all holds were kept one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptShare {
    /// All of them.
    All,
    /// Those that began within this time; later ones are in the sums alone.
    Until(Duration),
}

/// What became of connections, in numbers of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connections {
    /// Sessions that began.
    pub sessions: u64,
    /// Sessions that were, from some moment on, forwarded unread.
    pub blind: u64,
    /// Requests to cancel a statement.
    pub cancels: u64,
    /// Sessions of which the way to the server was encrypted; nothing in records of before that was kept.
    pub encrypted: Option<u64>,
    /// Clients that began with TLS at once, and were refused.
    pub direct_tls: u64,
    /// Clients for which the server could not be reached.
    pub unreached: u64,
}

/// How many connections at once.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// On average over the window.
    pub mean: f64,
    /// At most.
    pub peak: u32,
}

/// Holds of one way to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cut {
    /// How many.
    pub count: u64,
    /// Their time together.
    pub held: Duration,
    /// The part of it in which no SQL ran.
    pub idle: Duration,
}

/// All holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// How many.
    pub count: u64,
    /// How many of them were seen from lending to giving back; of the others only the transaction is seen.
    pub checkouts: u64,
    /// Their time together, connections × time.
    pub held: Duration,
    /// The part of it in which SQL ran.
    pub busy: Duration,
    /// Median length.
    pub p50: Duration,
    /// Length that one in a hundred exceeds.
    pub p99: Duration,
    /// Median of the time in a hold in which no SQL ran.
    pub idle_p50: Duration,
    /// The same that one in a hundred exceeds.
    pub idle_p99: Duration,
    /// Those in which the connection ended.
    pub disconnected: Cut,
    /// Those that were open at the end: lower bounds.
    pub censored: Cut,
    /// Those whose connection turned blind: lower bounds.
    pub blinded: Cut,
}

/// The gaps of one kind: between the same two statements, after the same deeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapSeen {
    /// What stands before them.
    pub before: Edge,
    /// What stands after them.
    pub after: Edge,
    /// What was done before in the same transaction: whether it is safe to give the connection back.
    pub deeds: Deeds,
    /// How the hold is seen.
    pub evidence: Evidence,
    /// The route of the request, where the application sends it (sqlcommenter).
    pub route: Option<String>,
    /// A trace in which the longest one stands, where the application sends it.
    pub trace: Option<String>,
    /// How many.
    pub count: u64,
    /// How many of them were cut off by the end of the connection or of the tap.
    pub cut: u64,
    /// Their time together: connections × time wasted.
    pub total: Duration,
    /// Median length.
    pub p50: Duration,
    /// Length that one in a hundred exceeds.
    pub p99: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Seen {
    /// Everything until now.
    pub(super) fn of(shared: &Shared) -> Self {
        let (now, tally, lifetimes) = shared.look();
        let Lifetimes { first, last, sum } = lifetimes;
        let first = first.unwrap_or(now);
        let window = last.since(first).max(1);
        let mean = |sum: u64| sum as f64 / window as f64;
        let counts = &shared.counts;
        Self {
            window: nanos(window),
            connections: Connections {
                sessions: counts.sessions.get(),
                blind: counts.blind.get(),
                cancels: counts.cancels.get(),
                encrypted: Some(counts.encrypted.get()),
                direct_tls: counts.direct_tls.get(),
                unreached: counts.unreached.get(),
            },
            open: Level { mean: mean(sum), peak: shared.open.peak() },
            holding: Level { mean: mean(tally.held), peak: shared.holding.peak() },
            running: Level { mean: mean(tally.busy), peak: shared.running.peak() },
            holds: holds(&tally),
            gaps: gaps(&tally),
            further_gaps: nanos(tally.others.total),
            statements: shared.book.texts().iter().map(|text| text.to_string()).collect(),
            kept: tally.full.map_or(KeptShare::All, |full| KeptShare::Until(nanos(full.since(first)))),
            transactions: transactions(&tally, first),
            lives: lives(shared, first, last),
        }
    }

    /// Of the time for which connections were held, the share in which no SQL ran, from 0 to 1. Nothing where none
    /// was held.
    #[must_use]
    pub fn idle_share(&self) -> Option<f64> {
        let held = self.holds.held.as_secs_f64();
        (held > 0.0).then(|| 1.0 - self.holds.busy.as_secs_f64() / held)
    }

    /// The number of a metric, in its unit; nothing of what cannot be seen on the wire.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        let holds = &self.holds;
        let of_holds = |value: Duration| (holds.count > 0).then_some(value.as_secs_f64());
        let each = |value: Duration| (holds.count > 0).then(|| value.as_secs_f64() / holds.count as f64);
        match metric {
            Metric::IdleHoldShare => self.idle_share(),
            Metric::IdleHoldP99 => of_holds(holds.idle_p99),
            Metric::HoldP50 => of_holds(holds.p50),
            Metric::HoldP99 => of_holds(holds.p99),
            Metric::HoldMean => each(holds.held),
            Metric::HoldBusy => each(holds.busy),
            Metric::HoldIdle => each(holds.held.saturating_sub(holds.busy)),
            Metric::InTransactionPeak => Some(f64::from(self.holding.peak)),
            Metric::InTransactionMean => Some(self.holding.mean),
            _ => None,
        }
    }
}

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn holds(tally: &Tally) -> Holds {
    let cut = |of: Ended| Cut { count: of.count, held: nanos(of.held), idle: nanos(of.idle) };
    Holds {
        count: tally.holds,
        checkouts: tally.checkouts,
        held: nanos(tally.held),
        busy: nanos(tally.busy),
        p50: nanos(tally.lengths.quantile(0.5)),
        p99: nanos(tally.lengths.quantile(0.99)),
        idle_p50: nanos(tally.idle.quantile(0.5)),
        idle_p99: nanos(tally.idle.quantile(0.99)),
        disconnected: cut(tally.disconnected),
        censored: cut(tally.censored),
        blinded: cut(tally.blinded),
    }
}

fn gaps(tally: &Tally) -> Vec<GapSeen> {
    let seen = |(kind, sum): (&Kind, &Sum)| GapSeen {
        before: kind.before,
        after: kind.after,
        deeds: kind.deeds,
        evidence: kind.evidence,
        route: kind.route.as_ref().map(|route| route.to_string()),
        trace: sum.trace.as_ref().map(|trace| trace.to_string()),
        count: sum.count,
        cut: sum.cut,
        total: nanos(sum.total),
        p50: nanos(sum.lengths.quantile(0.5).min(sum.longest)),
        p99: nanos(sum.lengths.quantile(0.99).min(sum.longest)),
        longest: nanos(sum.longest),
    };
    let mut gaps: Vec<GapSeen> = tally.gaps.iter().map(seen).collect();
    gaps.sort_by(|one, other| {
        let place = |gap: &GapSeen| (gap.before, gap.after, gap.deeds, gap.evidence);
        other.total.cmp(&one.total).then_with(|| place(one).cmp(&place(other)))
    });
    gaps
}
