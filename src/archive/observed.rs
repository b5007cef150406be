//! What a tap saw, as stored: JSON with a version, in a file of its own beside the records of runs.
//!
//! Times are whole nanoseconds. There is no field that could hold an address, a value or a literal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store::{self, StoreError};
use crate::tap::{
    Connections, Cut, Deeds, Edge, Evidence, GapSeen, Holds, KeptShare, Level, Pause, Seen, StatementId,
    Transaction,
};

/// Version of the format. A reader refuses a newer one.
pub const OBSERVED_VERSION: u32 = 1;

/// Name of the file.
pub const OBSERVED_FILE: &str = "tap.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// Version of poolbench that wrote it.
    poolbench: String,
    /// When the tap ended, RFC 3339, UTC.
    created: String,
    window_ns: u64,
    connections: StoredConnections,
    open: StoredLevel,
    in_transaction: StoredLevel,
    running_sql: StoredLevel,
    holds: StoredHolds,
    gaps: Vec<StoredGap>,
    further_gaps_ns: u64,
    statements: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transactions_until_ns: Option<u64>,
    transactions: Vec<StoredTransaction>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredConnections {
    sessions: u64,
    blind: u64,
    cancels: u64,
    direct_tls: u64,
    unreached: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLevel {
    mean: f64,
    peak: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCut {
    count: u64,
    held_ns: u64,
    idle_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHolds {
    count: u64,
    checkouts: u64,
    held_ns: u64,
    busy_ns: u64,
    p50_ns: u64,
    p99_ns: u64,
    idle_p50_ns: u64,
    idle_p99_ns: u64,
    disconnected: StoredCut,
    censored: StoredCut,
    blinded: StoredCut,
}

/// What stands before or after a gap.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum StoredEdge {
    /// The place of a text in `statements`.
    Statement(u32),
    Lent,
    Unasked,
    Sync,
    Released,
    Disconnected,
    StillOpen,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredEvidence {
    Transaction,
    Checkout,
}

/// What was done before, one word for each deed.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum StoredDeed {
    Wrote,
    Locked,
    Session,
    Snapshot,
    Unknown,
    Failed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredGap {
    before: StoredEdge,
    after: StoredEdge,
    done_before: Vec<StoredDeed>,
    evidence: StoredEvidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    count: u64,
    cut: u64,
    total_ns: u64,
    p50_ns: u64,
    p99_ns: u64,
    longest_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTransaction {
    start_ns: u64,
    length_ns: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<StoredPause>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPause {
    start_ns: u64,
    length_ns: u64,
    before: StoredEdge,
    after: StoredEdge,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done_before: Vec<StoredDeed>,
}

/// Saves what was seen in a folder, which must exist.
///
/// # Errors
/// When the folder cannot be written.
pub fn save(seen: &Seen, created: &str, folder: &Path) -> Result<PathBuf, StoreError> {
    let path = folder.join(OBSERVED_FILE);
    let unwritable = |source| StoreError::Unwritable { path: path.clone(), source };
    let text = serde_json::to_string(&stored(seen, created)).map_err(|fault| unwritable(fault.into()))?;
    store::put(&text, &path, folder).map_err(unwritable)?;
    Ok(path)
}

/// Loads what was seen from its file, or from the folder that holds it.
///
/// # Errors
/// When the file cannot be read, is none of these, or is of a newer version.
pub fn load(path: &Path) -> Result<Seen, StoreError> {
    let path = if path.is_dir() { path.join(OBSERVED_FILE) } else { path.to_owned() };
    let text = store::read(&path)?;
    decode(&text).map_err(|reason| StoreError::NotARecord { path, reason })
}

/// Decodes a text and checks it.
///
/// # Errors
/// In words, when it is not sound.
pub fn decode(text: &str) -> Result<Seen, String> {
    let stored: Stored = store::versioned(text, OBSERVED_VERSION)?;
    seen(stored)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn stored(seen: &Seen, created: &str) -> Stored {
    let level = |level: Level| StoredLevel { mean: level.mean, peak: level.peak };
    let connections = seen.connections;
    Stored {
        version: OBSERVED_VERSION,
        poolbench: env!("CARGO_PKG_VERSION").to_owned(),
        created: created.to_owned(),
        window_ns: nanos(seen.window),
        connections: StoredConnections {
            sessions: connections.sessions,
            blind: connections.blind,
            cancels: connections.cancels,
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

const DEEDS: [(Deeds, StoredDeed); 6] = [
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
        start_ns: nanos(transaction.start),
        length_ns: nanos(transaction.length),
        gaps: transaction.gaps.iter().map(pause).collect(),
    }
}

fn seen(stored: Stored) -> Result<Seen, String> {
    let StoredConnections { sessions, blind, cancels, direct_tls, unreached } = stored.connections;
    let statements = stored.statements.len();
    let gaps: Result<Vec<GapSeen>, String> =
        stored.gaps.into_iter().map(|gap| gap_seen(gap, statements)).collect();
    let transactions: Result<Vec<Transaction>, String> =
        stored.transactions.into_iter().map(|it| transaction(it, statements)).collect();
    Ok(Seen {
        window: Duration::from_nanos(stored.window_ns),
        connections: Connections { sessions, blind, cancels, direct_tls, unreached },
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
    })
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
    Ok(Transaction { start, length, gaps })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Seen {
        let ms = Duration::from_millis;
        let deeds = Deeds::WROTE.and(Deeds::FAILED);
        Seen {
            window: ms(5000),
            connections: Connections { sessions: 2, blind: 1, ..Connections::default() },
            open: Level { mean: 1.5, peak: 2 },
            holding: Level { mean: 0.5, peak: 2 },
            running: Level { mean: 0.1, peak: 1 },
            holds: Holds { count: 1, held: ms(400), busy: ms(10), ..Holds::default() },
            gaps: vec![GapSeen {
                before: Edge::Statement(StatementId::new(1)),
                after: Edge::Disconnected,
                deeds,
                evidence: Evidence::Checkout,
                route: Some("/submit".to_owned()),
                trace: None,
                count: 1,
                cut: 1,
                total: ms(390),
                p50: ms(390),
                p99: ms(390),
                longest: ms(390),
            }],
            further_gaps: ms(0),
            statements: vec!["(a statement that was not seen)".to_owned(), "select ?".to_owned()],
            transactions: vec![Transaction {
                start: ms(1),
                length: ms(400),
                gaps: vec![Pause {
                    start: ms(10),
                    length: ms(390),
                    deeds,
                    before: Edge::Lent,
                    after: Edge::Released,
                }],
            }],
            kept: KeptShare::Until(ms(4000)),
        }
    }

    #[test]
    fn what_was_seen_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        save(&some(), "2026-11-28T10:00:00Z", folder.path()).unwrap();
        assert_eq!(load(folder.path()).unwrap(), some());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let text = serde_json::to_string(&stored(&some(), "now")).unwrap();
        for (sound, wrong) in [
            ("\"statement\":1", "\"statement\":7"),
            ("\"version\":1", "\"version\":2"),
            ("\"length_ns\":400000000", "\"length_ns\":4"),
            ("\"mean\":1.5", "\"mean\":-1"),
            ("\"wrote\"", "\"painted\""),
        ] {
            assert!(text.contains(sound), "{sound}");
            assert!(decode(&text.replace(sound, wrong)).is_err(), "{wrong}");
        }
    }
}
