//! Words for what a tap saw.

use crate::report::text::clean;
use crate::tap::{Connections, Cut, Deeds, Edge, GapSeen, Holds, Release, Seen};
use crate::units;

/// So many of something: `1 hold`, `2 holds`.
pub(super) fn many(count: u64, one: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {one}{end}", units::count(count))
}

/// What stands before or after a gap.
pub(super) fn edge(seen: &Seen, edge: Edge) -> String {
    match edge {
        Edge::Statement(id) => {
            seen.statements.get(id.place() as usize).map(|text| clean(text)).unwrap_or_default()
        }
        Edge::Lent => "(the pool lent the connection)".to_owned(),
        Edge::Unasked => "(messages whose answer was not asked for yet, or COMMIT AND CHAIN)".to_owned(),
        Edge::Sync => "(the end of a batch: Sync)".to_owned(),
        Edge::Released => "(the connection was given back)".to_owned(),
        Edge::Disconnected => "(the connection ended)".to_owned(),
        Edge::StillOpen => "(still open when the tap ended)".to_owned(),
    }
}

/// Whether it is safe to give the connection back in a gap, or why not.
pub(super) fn release(seen: &Seen, gap: &GapSeen) -> String {
    let ends = |edge| {
        matches!(edge, Edge::Statement(_)) && ["commit", "end"].contains(&self::edge(seen, edge).as_str())
    };
    if ends(gap.after) && gap.deeds == Deeds::WROTE {
        return "only the commit follows: commit before this gap, if what happens in it need not undo the writes".to_owned();
    }
    if gap.deeds.are_safe() {
        return "safe to release: only reads before it, at READ COMMITTED, and no session state".to_owned();
    }
    let reasons = [
        (Deeds::FAILED, "the transaction has failed and can only be rolled back"),
        (Deeds::WROTE, "it wrote before: commit first, if the part before may stand alone"),
        (Deeds::LOCKED, "it holds locks that what follows may rely on"),
        (Deeds::SESSION, "it changed the session (a setting, a temporary table, a listener)"),
        (Deeds::SNAPSHOT, "what follows reads the same snapshot (isolation level or cursor)"),
        (Deeds::UNKNOWN, "what ran before cannot be told from its text"),
    ];
    let reasons = reasons.iter().filter(|(deed, _)| gap.deeds.has(*deed)).map(|(_, why)| *why);
    format!("not safe as it is: {}", reasons.collect::<Vec<_>>().join("; "))
}

/// How holds are seen.
pub(super) fn evidence(holds: &Holds) -> String {
    let unseen = "how long a pool keeps a connection lent outside a transaction is not visible on the wire";
    match holds.checkouts {
        0 => format!("Seen are transactions; {unseen}."),
        all if all == holds.count => "Seen are whole checkouts: this pool shows them on the wire.".to_owned(),
        some => format!("{} holds are whole checkouts; of the others {unseen}.", units::count(some)),
    }
}

/// Holds that did not end as they should.
pub(super) fn cuts(holds: &Holds) -> impl Iterator<Item = String> {
    let ways = [
        (holds.disconnected, "ended with their connection, which the server itself counts nowhere"),
        (holds.censored, "were still open at the end: their time is a lower bound"),
        (holds.blinded, "were lost when their connection turned blind: their time is a lower bound"),
    ];
    let told = |(cut, how): (Cut, &str)| {
        format!(
            "{} of them {how} ({}, {} without SQL).",
            units::count(cut.count),
            units::time(cut.held),
            units::time(cut.idle)
        )
    };
    ways.into_iter().filter(|(cut, _)| cut.count > 0).map(told)
}

/// In which gaps connections are given back.
pub(super) fn way(release: Release) -> String {
    match release {
        Release::Never => "as it was seen".to_owned(),
        Release::InSafeGaps(least) => format!("in safe gaps ≥ {}", units::time(least)),
        Release::InAllGaps(least) => format!("in all gaps ≥ {}", units::time(least)),
    }
}

/// What became of connections that were not read to their end.
pub(super) fn connections(connections: &Connections) -> Vec<String> {
    let Connections { sessions: _, blind, cancels, direct_tls, unreached } = *connections;
    let told = [
        (
            blind,
            "connections were forwarded unread (replication, or a protocol that the tap does not know): what they \
             held is not in these figures",
        ),
        (cancels, "requests to cancel a statement were passed on"),
        (
            direct_tls,
            "connections began with TLS at once and were refused: set sslnegotiation=postgres and sslmode=disable or \
             prefer",
        ),
        (unreached, "connections could not be made, since the server was not reached"),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{} {what}.", units::count(count))).collect()
}
