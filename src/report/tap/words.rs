//! Words for what a tap saw.

use super::Answer;
use crate::report::text::clean;
use crate::tap::{Connections, Cut, Deeds, Edge, GapSeen, Holds, KeptShare, Level, Release, Seen, Worth};
use crate::units;

/// So many of something: `1 hold`, `2 holds`.
pub(in crate::report) fn many(count: u64, one: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {one}{end}", units::count(count))
}

/// The answer in one sentence.
pub(in crate::report) fn verdict(answer: &Answer<'_>) -> String {
    let Some(idle) = answer.seen.idle_share() else {
        return "No transaction was seen".to_owned() + &unseen_in_part(answer.seen) + ".";
    };
    let idle = units::percent(idle);
    let first = format!("For {idle} of the time for which connections were held, no SQL ran on them");
    format!("{first}. {}", saved(answer.worths))
}

fn unseen_in_part(seen: &Seen) -> String {
    match seen.connections.blind {
        0 => String::new(),
        blind => format!(", and {} could not be read", many(blind, "connection")),
    }
}

/// What giving connections back would save.
fn saved(worths: &[Worth]) -> String {
    let of = |which: fn(&Release) -> bool| worths.iter().find(|worth| which(&worth.release));
    let seen = of(|release| matches!(release, Release::Never));
    let safe = of(|release| matches!(release, Release::InSafeGaps(_)));
    let all = of(|release| matches!(release, Release::InAllGaps(_)));
    let (Some(seen), Some(safe), Some(all)) = (seen, safe, all) else {
        return "What giving them back is worth was not played.".to_owned();
    };
    let pool = |worth: &Worth| format!("a pool of {}", units::count(worth.smallest.into()));
    let instead = units::count(seen.smallest.into());
    let given_back = |worth: &Worth| {
        format!(
            "Played again with connections given back {}, {} would do instead of {instead}",
            way(worth.release),
            pool(worth)
        )
    };
    match (safe.smallest < seen.smallest, all.smallest < safe.smallest) {
        (true, false) => format!("{}.", given_back(safe)),
        (true, true) => format!("{}, and {} {}.", given_back(safe), pool(all), way(all.release)),
        (false, true) => format!("{}; {} alone, none is saved.", given_back(all), way(safe.release)),
        (false, false) => {
            format!("Played again with connections given back in gaps, none of {instead} is saved.")
        }
    }
}

/// Names of the three levels, what they are, and what they mean.
pub(in crate::report) fn levels(seen: &Seen) -> [(&'static str, Level, &'static str); 3] {
    [
        ("open", seen.open, "what the application keeps"),
        ("in a transaction", seen.holding, "what a transaction-mode pooler needs"),
        ("running SQL", seen.running, "what perfect release needs"),
    ]
}

/// All holds together, in a sentence; nothing where none was seen.
pub(in crate::report) fn holds(seen: &Seen) -> Option<String> {
    let (holds, idle) = (&seen.holds, seen.idle_share()?);
    Some(format!(
        "{}, {} of connection time: in {} of it no SQL ran. A hold took {} at p50 and {} at p99, without SQL {} and {}.",
        many(holds.count, "hold"),
        units::time(holds.held),
        units::percent(idle),
        units::time(holds.p50),
        units::time(holds.p99),
        units::time(holds.idle_p50),
        units::time(holds.idle_p99),
    ))
}

/// Lengths of the gaps of a kind that were cut off.
pub(in crate::report) fn cut(gap: &GapSeen) -> Option<String> {
    (gap.cut > 0).then(|| format!("{} cut off", units::count(gap.cut)))
}

/// The gaps that are not among the first so many kinds.
pub(in crate::report) fn further(seen: &Seen, most: usize) -> Option<String> {
    let rest = seen.gaps.len().saturating_sub(most);
    let left_out = seen.gaps.iter().skip(most).map(|gap| gap.total);
    let others = left_out.fold(seen.further_gaps, std::time::Duration::saturating_add);
    let told = rest > 0 || !others.is_zero();
    told.then(|| format!("and {} of {}", units::time(others), many(rest as u64, "other kind")))
}

/// What was played to find out what giving connections back would leave; nothing where nothing was.
pub(in crate::report) fn played(seen: &Seen) -> Option<String> {
    let transactions = seen.transactions.len() as u64;
    (transactions > 0).then(|| {
        format!(
            "{} as they were seen, at the instants at which they began, through a pool of {}",
            many(transactions, "transaction"),
            units::count(seen.open.peak.into())
        )
    })
}

/// Connections that a way to give them back saves; empty for none.
pub(in crate::report) fn worth(worths: &[Worth], worth: &Worth) -> String {
    match worths.first() {
        Some(as_seen) if worth.release != Release::Never => {
            (i64::from(as_seen.smallest) - i64::from(worth.smallest)).to_string()
        }
        _ => String::new(),
    }
}

/// What has to be known of the figures as a whole.
pub(in crate::report) fn notes(answer: &Answer<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(full) = answer.full.filter(|full| *full > 0.001) {
        notes.push(format!(
            "In {} of the time every connection that was ever open was held, so requests may have waited for one: the load \
             that was seen is a lower bound, and so is what release is worth.",
            units::percent(full)
        ));
    }
    if let KeptShare::Until(until) = answer.seen.kept {
        notes.push(format!(
            "Only the transactions of the first {} were kept one by one and played again; the sums are of all.",
            units::time(until)
        ));
    }
    notes.extend(encrypted(&answer.seen.connections));
    notes.extend(connections(&answer.seen.connections));
    notes
}

fn encrypted(connections: &Connections) -> Option<String> {
    let encrypted = connections.encrypted.filter(|encrypted| *encrypted > 0)?;
    let of = if encrypted == connections.sessions { "all".to_owned() } else { units::count(encrypted) };
    let all = many(connections.sessions, "connection");
    Some(format!(
        "The way to the server was encrypted for {of} of {all}: what that takes counts as the server's time."
    ))
}

/// What stands before or after a gap.
pub(in crate::report) fn edge(seen: &Seen, edge: Edge) -> String {
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
pub(in crate::report) fn release(seen: &Seen, gap: &GapSeen) -> String {
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
pub(in crate::report) fn evidence(holds: &Holds) -> String {
    let unseen = "how long a pool keeps a connection lent outside a transaction is not visible on the wire";
    match holds.checkouts {
        0 => format!("Seen are transactions; {unseen}."),
        all if all == holds.count => "Seen are whole checkouts: this pool shows them on the wire.".to_owned(),
        some => format!("{} holds are whole checkouts; of the others {unseen}.", units::count(some)),
    }
}

/// Holds that did not end as they should.
pub(in crate::report) fn cuts(holds: &Holds) -> impl Iterator<Item = String> {
    let ways = [
        (
            holds.disconnected,
            "Holds that ended with their connection, which the server itself counts nowhere",
        ),
        (holds.censored, "Holds still open at the end, whose time is a lower bound"),
        (holds.blinded, "Holds lost when their connection turned blind, whose time is a lower bound"),
    ];
    let told = |(cut, how): (Cut, &str)| {
        format!(
            "{how}: {} ({}, {} without SQL).",
            units::count(cut.count),
            units::time(cut.held),
            units::time(cut.idle)
        )
    };
    ways.into_iter().filter(|(cut, _)| cut.count > 0).map(told)
}

/// In which gaps connections are given back.
pub(in crate::report) fn way(release: Release) -> String {
    match release {
        Release::Never => "as it was seen".to_owned(),
        Release::InSafeGaps(least) => format!("in safe gaps ≥ {}", units::time(least)),
        Release::InAllGaps(least) => format!("in all gaps ≥ {}", units::time(least)),
    }
}

/// What became of connections that were not read to their end.
fn connections(connections: &Connections) -> Vec<String> {
    let Connections { sessions: _, encrypted: _, blind, cancels, direct_tls, unreached } = *connections;
    let told = [
        (
            blind,
            "Connections forwarded unread (replication, or a protocol that the tap does not know), whose holds are in \
             none of these figures",
        ),
        (cancels, "Requests to cancel a statement, which were passed on"),
        (
            direct_tls,
            "Connections refused because they began with TLS at once (set sslnegotiation=postgres and sslmode=disable \
             or prefer)",
        ),
        (unreached, "Connections that could not be made, since the server was not reached"),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{what}: {}.", units::count(count))).collect()
}
