//! What was seen → the stored form.

use std::time::Duration;

use super::wire::{
    Stored, StoredConnections, StoredCut, StoredDeed, StoredEdge, StoredEvidence, StoredGap, StoredHolds,
    StoredInquiry, StoredLevel, StoredLife, StoredPause, StoredTransaction,
};
use super::{Inquiry, OBSERVED_VERSION, Observed};
use crate::tap::{Cut, Deeds, Edge, Evidence, GapSeen, Holds, KeptShare, Level, Life, Pause, Transaction};

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn stored(observed: &Observed) -> Stored {
    let seen = &observed.seen;
    let level = |level: Level| StoredLevel { mean: level.mean, peak: level.peak };
    let connections = seen.connections;
    Stored {
        version: OBSERVED_VERSION,
        poolbench: observed.poolbench.clone(),
        created: observed.created.clone(),
        inquiry: Some(stored_inquiry(&observed.inquiry)),
        window_ns: nanos(seen.window),
        connections: StoredConnections {
            sessions: connections.sessions,
            blind: connections.blind,
            cancels: connections.cancels,
            encrypted: connections.encrypted,
            direct_tls: connections.direct_tls,
            unreached: connections.unreached,
        },
        open: level(seen.open),
        in_transaction: level(seen.holding),
        running_sql: level(seen.running),
        holds: stored_holds(&seen.holds),
        gaps: seen.gaps.iter().map(stored_gap).collect(),
        further_gaps_ns: nanos(seen.further_gaps),
        statements: seen.statements.clone(),
        transactions_until_ns: match seen.kept {
            KeptShare::All => None,
            KeptShare::Until(until) => Some(nanos(until)),
        },
        transactions: seen.transactions.iter().map(stored_transaction).collect(),
        lives: seen.lives.iter().map(stored_life).collect(),
    }
}

fn stored_inquiry(inquiry: &Inquiry) -> StoredInquiry {
    StoredInquiry {
        wait_ns: nanos(inquiry.wait),
        release_after_ns: nanos(inquiry.release_after),
        gaps: inquiry.gaps,
        objectives: inquiry.objectives.iter().map(|objective| objective.text.clone()).collect(),
    }
}

fn stored_life(life: &Life) -> StoredLife {
    StoredLife {
        connection: life.connection,
        start_ns: nanos(life.start),
        length_ns: nanos(life.length),
        blind_since_ns: life.blind_since.map(nanos),
    }
}

fn stored_holds(holds: &Holds) -> StoredHolds {
    let cut = |cut: Cut| StoredCut { count: cut.count, held_ns: nanos(cut.held), idle_ns: nanos(cut.idle) };
    StoredHolds {
        count: holds.count,
        checkouts: holds.checkouts,
        held_ns: nanos(holds.held),
        busy_ns: nanos(holds.busy),
        p50_ns: nanos(holds.p50),
        p99_ns: nanos(holds.p99),
        idle_p50_ns: nanos(holds.idle_p50),
        idle_p99_ns: nanos(holds.idle_p99),
        disconnected: cut(holds.disconnected),
        censored: cut(holds.censored),
        blinded: cut(holds.blinded),
    }
}

fn stored_gap(gap: &GapSeen) -> StoredGap {
    StoredGap {
        before: stored_edge(gap.before),
        after: stored_edge(gap.after),
        done_before: stored_deeds(gap.deeds),
        evidence: match gap.evidence {
            Evidence::Transaction => StoredEvidence::Transaction,
            Evidence::Checkout => StoredEvidence::Checkout,
        },
        route: gap.route.clone(),
        trace: gap.trace.clone(),
        count: gap.count,
        cut: gap.cut,
        total_ns: nanos(gap.total),
        p50_ns: nanos(gap.p50),
        p99_ns: nanos(gap.p99),
        longest_ns: nanos(gap.longest),
    }
}

fn stored_edge(edge: Edge) -> StoredEdge {
    match edge {
        Edge::Statement(id) => StoredEdge::Statement(id.place()),
        Edge::Lent => StoredEdge::Lent,
        Edge::Unasked => StoredEdge::Unasked,
        Edge::Sync => StoredEdge::Sync,
        Edge::Released => StoredEdge::Released,
        Edge::Disconnected => StoredEdge::Disconnected,
        Edge::StillOpen => StoredEdge::StillOpen,
    }
}

pub(super) const DEEDS: [(Deeds, StoredDeed); 6] = [
    (Deeds::WROTE, StoredDeed::Wrote),
    (Deeds::LOCKED, StoredDeed::Locked),
    (Deeds::SESSION, StoredDeed::Session),
    (Deeds::SNAPSHOT, StoredDeed::Snapshot),
    (Deeds::UNKNOWN, StoredDeed::Unknown),
    (Deeds::FAILED, StoredDeed::Failed),
];

fn stored_deeds(deeds: Deeds) -> Vec<StoredDeed> {
    DEEDS.iter().filter(|(one, _)| deeds.has(*one)).map(|(_, stored)| *stored).collect()
}

fn stored_transaction(transaction: &Transaction) -> StoredTransaction {
    let pause = |pause: &Pause| StoredPause {
        start_ns: nanos(pause.start),
        length_ns: nanos(pause.length),
        before: stored_edge(pause.before),
        after: stored_edge(pause.after),
        done_before: stored_deeds(pause.deeds),
    };
    StoredTransaction {
        connection: transaction.connection,
        start_ns: nanos(transaction.start),
        length_ns: nanos(transaction.length),
        gaps: transaction.gaps.iter().map(pause).collect(),
    }
}
