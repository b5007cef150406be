//! The stored form → what was seen, checked.

use std::time::Duration;

use super::encode::DEEDS;
use super::wire::{
    Stored, StoredConnections, StoredCut, StoredDeed, StoredEdge, StoredEvidence, StoredGap, StoredHolds,
    StoredInquiry, StoredLevel, StoredLife, StoredTransaction,
};
use super::{Inquiry, Observed};
use crate::scenario::ObjectiveError;
use crate::tap::{
    Connections, Cut, Deeds, Edge, Evidence, GapSeen, Holds, KeptShare, Level, Life, Pause, Seen,
    StatementId, Transaction,
};

pub(super) fn observed(stored: Stored) -> Result<Observed, String> {
    let (poolbench, created) = (stored.poolbench.clone(), stored.created.clone());
    let inquiry = stored.inquiry.as_ref().map_or_else(|| Ok(Inquiry::default()), inquiry)?;
    Ok(Observed { seen: seen(stored)?, inquiry, created, poolbench })
}

fn inquiry(stored: &StoredInquiry) -> Result<Inquiry, String> {
    let objective = |text: &String| {
        text.parse().map_err(|fault: ObjectiveError| format!("inquiry.objectives: {}", fault.mend))
    };
    Ok(Inquiry {
        wait: Duration::from_nanos(stored.wait_ns),
        release_after: Duration::from_nanos(stored.release_after_ns),
        gaps: stored.gaps,
        objectives: stored.objectives.iter().map(objective).collect::<Result<_, _>>()?,
    })
}

fn seen(stored: Stored) -> Result<Seen, String> {
    let StoredConnections { sessions, blind, cancels, encrypted, direct_tls, unreached } = stored.connections;
    let statements = stored.statements.len();
    let gaps: Result<Vec<GapSeen>, String> =
        stored.gaps.into_iter().map(|gap| gap_seen(gap, statements)).collect();
    let transactions: Result<Vec<Transaction>, String> =
        stored.transactions.into_iter().map(|it| transaction(it, statements)).collect();
    Ok(Seen {
        window: Duration::from_nanos(stored.window_ns),
        connections: Connections { sessions, blind, cancels, encrypted, direct_tls, unreached },
        open: level("open", stored.open)?,
        holding: level("in_transaction", stored.in_transaction)?,
        running: level("running_sql", stored.running_sql)?,
        holds: holds(&stored.holds),
        gaps: gaps?,
        further_gaps: Duration::from_nanos(stored.further_gaps_ns),
        statements: stored.statements,
        transactions: transactions?,
        kept: stored
            .transactions_until_ns
            .map_or(KeptShare::All, |until| KeptShare::Until(Duration::from_nanos(until))),
        lives: stored.lives.iter().map(life).collect(),
    })
}

fn life(stored: &StoredLife) -> Life {
    Life {
        connection: stored.connection,
        start: Duration::from_nanos(stored.start_ns),
        length: Duration::from_nanos(stored.length_ns),
        blind_since: stored.blind_since_ns.map(Duration::from_nanos),
    }
}

fn level(name: &str, level: StoredLevel) -> Result<Level, String> {
    let StoredLevel { mean, peak } = level;
    let sound = mean.is_finite() && mean >= 0.0;
    sound.then_some(Level { mean, peak }).ok_or_else(|| format!("{name}.mean is no number of connections"))
}

fn holds(stored: &StoredHolds) -> Holds {
    let time = Duration::from_nanos;
    let cut = |cut: &StoredCut| Cut { count: cut.count, held: time(cut.held_ns), idle: time(cut.idle_ns) };
    Holds {
        count: stored.count,
        checkouts: stored.checkouts,
        held: time(stored.held_ns),
        busy: time(stored.busy_ns),
        p50: time(stored.p50_ns),
        p99: time(stored.p99_ns),
        idle_p50: time(stored.idle_p50_ns),
        idle_p99: time(stored.idle_p99_ns),
        disconnected: cut(&stored.disconnected),
        censored: cut(&stored.censored),
        blinded: cut(&stored.blinded),
    }
}

fn gap_seen(gap: StoredGap, statements: usize) -> Result<GapSeen, String> {
    let time = Duration::from_nanos;
    Ok(GapSeen {
        before: edge(&gap.before, statements)?,
        after: edge(&gap.after, statements)?,
        deeds: deeds(&gap.done_before),
        evidence: match gap.evidence {
            StoredEvidence::Transaction => Evidence::Transaction,
            StoredEvidence::Checkout => Evidence::Checkout,
        },
        route: gap.route,
        trace: gap.trace,
        count: gap.count,
        cut: gap.cut,
        total: time(gap.total_ns),
        p50: time(gap.p50_ns),
        p99: time(gap.p99_ns),
        longest: time(gap.longest_ns),
    })
}

fn edge(edge: &StoredEdge, statements: usize) -> Result<Edge, String> {
    Ok(match edge {
        StoredEdge::Statement(place) if (*place as usize) < statements => {
            Edge::Statement(StatementId::new(*place))
        }
        StoredEdge::Statement(place) => return Err(format!("gaps: there is no statement {place}")),
        StoredEdge::Lent => Edge::Lent,
        StoredEdge::Unasked => Edge::Unasked,
        StoredEdge::Sync => Edge::Sync,
        StoredEdge::Released => Edge::Released,
        StoredEdge::Disconnected => Edge::Disconnected,
        StoredEdge::StillOpen => Edge::StillOpen,
    })
}

fn deeds(stored: &[StoredDeed]) -> Deeds {
    let bits = stored.iter().map(|deed| DEEDS[*deed as usize].0);
    bits.fold(Deeds::default(), Deeds::and)
}

fn transaction(stored: StoredTransaction, statements: usize) -> Result<Transaction, String> {
    let mut end = 0_u64;
    let mut gaps = Vec::with_capacity(stored.gaps.len());
    for pause in stored.gaps {
        if pause.start_ns < end {
            return Err("transactions: gaps overlap".to_owned());
        }
        end = pause.start_ns.saturating_add(pause.length_ns);
        gaps.push(Pause {
            start: Duration::from_nanos(pause.start_ns),
            length: Duration::from_nanos(pause.length_ns),
            deeds: deeds(&pause.done_before),
            before: edge(&pause.before, statements)?,
            after: edge(&pause.after, statements)?,
        });
    }
    if end > stored.length_ns {
        return Err("transactions: a gap reaches over the end of its hold".to_owned());
    }
    let (start, length) = (Duration::from_nanos(stored.start_ns), Duration::from_nanos(stored.length_ns));
    Ok(Transaction { connection: stored.connection, start, length, gaps })
}
