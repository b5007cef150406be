//! Words for what a tap saw.

use super::Answer;
use crate::report::lang::{Lang, say, spoken, word};
use crate::report::text::clean;
use crate::tap::{Connections, Cut, Deeds, Edge, GapSeen, Holds, KeptShare, Level, Release, Seen, Worth};
use crate::units;

/// So many of something: `1 hold`, `2 holds`.
pub(in crate::report) fn many(count: u64, one: &str) -> String {
    let end = if count == 1 || spoken() == Lang::Zh { "" } else { "s" };
    format!("{} {one}{end}", units::count(count))
}

/// The answer in one sentence.
pub(in crate::report) fn verdict(answer: &Answer<'_>) -> String {
    let Some(idle) = answer.seen.idle_share() else {
        return word("No transaction was seen").to_owned() + &unseen_in_part(answer.seen) + ".";
    };
    let idle = units::percent(idle);
    let first = say!("For {idle} of the time for which connections were held, no SQL ran on them", idle);
    format!("{first}. {}", saved(answer.worths))
}

fn unseen_in_part(seen: &Seen) -> String {
    match seen.connections.blind {
        0 => String::new(),
        blind => say!(", and {blind} could not be read", blind = many(blind, word("connection¦counted"))),
    }
}

/// What giving connections back would save.
fn saved(worths: &[Worth]) -> String {
    let of = |which: fn(&Release) -> bool| worths.iter().find(|worth| which(&worth.release));
    let seen = of(|release| matches!(release, Release::Never));
    let safe = of(|release| matches!(release, Release::InSafeGaps(_)));
    let all = of(|release| matches!(release, Release::InAllGaps(_)));
    let (Some(seen), Some(safe), Some(all)) = (seen, safe, all) else {
        return word("What giving them back is worth was not played.").to_owned();
    };
    let pool = |worth: &Worth| say!("a pool of {smallest}", smallest = units::count(worth.smallest.into()));
    let instead = units::count(seen.smallest.into());
    let given_back = |worth: &Worth| {
        say!(
            "Played again with connections given back {release}, {worth} would do instead of {instead}",
            release = way(worth.release),
            worth = pool(worth),
            instead
        )
    };
    match (safe.smallest < seen.smallest, all.smallest < safe.smallest) {
        (true, false) => format!("{}.", given_back(safe)),
        (true, true) => say!(
            "{safe}, and {all} {release}.",
            safe = given_back(safe),
            all = pool(all),
            release = way(all.release)
        ),
        (false, true) => {
            say!("{all}; {release} alone, none is saved.", all = given_back(all), release = way(safe.release))
        }
        (false, false) => {
            say!("Played again with connections given back in gaps, none of {instead} is saved.", instead)
        }
    }
}

/// Names of the three levels, what they are, and what they mean.
pub(in crate::report) fn levels(seen: &Seen) -> [(&'static str, Level, &'static str); 3] {
    [
        (word("open"), seen.open, word("what the application keeps")),
        (word("in a transaction"), seen.holding, word("what a transaction-mode pooler needs")),
        (word("running SQL"), seen.running, word("what perfect release needs")),
    ]
}

/// All holds together, in a sentence; nothing where none was seen.
pub(in crate::report) fn holds(seen: &Seen) -> Option<String> {
    let (holds, idle) = (&seen.holds, seen.idle_share()?);
    Some(say!(
        "{count}, {held} of connection time: in {idle} of it no SQL ran. A hold took {p50} at p50 and {p99} at p99, without SQL {idle_p50} and {idle_p99}.",
        count = many(holds.count, word("hold¦counted")),
        held = units::time(holds.held),
        idle = units::percent(idle),
        p50 = units::time(holds.p50),
        p99 = units::time(holds.p99),
        idle_p50 = units::time(holds.idle_p50),
        idle_p99 = units::time(holds.idle_p99)
    ))
}

/// Lengths of the gaps of a kind that were cut off.
pub(in crate::report) fn cut(gap: &GapSeen) -> Option<String> {
    (gap.cut > 0).then(|| say!("{cut} cut off", cut = units::count(gap.cut)))
}

/// The gaps that are not among the first so many kinds.
pub(in crate::report) fn further(seen: &Seen, most: usize) -> Option<String> {
    let rest = seen.gaps.len().saturating_sub(most);
    let left_out = seen.gaps.iter().skip(most).map(|gap| gap.total);
    let others = left_out.fold(seen.further_gaps, std::time::Duration::saturating_add);
    let told = rest > 0 || !others.is_zero();
    told.then(|| {
        say!(
            "and {others} of {rest}",
            others = units::time(others),
            rest = many(rest as u64, word("other kind"))
        )
    })
}

/// What was played to find out what giving connections back would leave; nothing where nothing was.
pub(in crate::report) fn played(seen: &Seen) -> Option<String> {
    let transactions = seen.transactions.len() as u64;
    (transactions > 0).then(|| {
        say!(
            "{transactions} as they were seen, at the instants at which they began, through a pool of {peak}",
            transactions = many(transactions, word("transaction")),
            peak = units::count(seen.open.peak.into())
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
        notes.push(say!("In {full} of the time every connection that was ever open was held, so requests may have waited for one: the load that was seen is a lower bound, and so is what release is worth.", full = units::percent(full)));
    }
    if let KeptShare::Until(until) = answer.seen.kept {
        notes.push(say!("Only the transactions of the first {until} were kept one by one and played again; the sums are of all.", until = units::time(until)));
    }
    notes.extend(encrypted(&answer.seen.connections));
    notes.extend(connections(&answer.seen.connections));
    notes
}

fn encrypted(connections: &Connections) -> Option<String> {
    let encrypted = connections.encrypted.filter(|encrypted| *encrypted > 0)?;
    let of = if encrypted == connections.sessions { word("all").to_owned() } else { units::count(encrypted) };
    let all = many(connections.sessions, word("connection¦counted"));
    Some(say!(
        "The way to the server was encrypted for {of} of {all}: what that takes counts as the server's time.",
        of,
        all
    ))
}

/// What stands before or after a gap.
pub(in crate::report) fn edge(seen: &Seen, edge: Edge) -> String {
    match edge {
        Edge::Statement(id) => {
            seen.statements.get(id.place() as usize).map(|text| clean(text)).unwrap_or_default()
        }
        Edge::Lent => word("(the pool lent the connection)").to_owned(),
        Edge::Unasked => {
            word("(messages whose answer was not asked for yet, or COMMIT AND CHAIN)").to_owned()
        }
        Edge::Sync => word("(the end of a batch: Sync)").to_owned(),
        Edge::Released => word("(the connection was given back)").to_owned(),
        Edge::Disconnected => word("(the connection ended)").to_owned(),
        Edge::StillOpen => word("(still open when the tap ended)").to_owned(),
    }
}

/// Whether it is safe to give the connection back in a gap, or why not.
pub(in crate::report) fn release(seen: &Seen, gap: &GapSeen) -> String {
    let ends = |edge| {
        matches!(edge, Edge::Statement(_))
            && [word("commit"), word("end")].contains(&self::edge(seen, edge).as_str())
    };
    if ends(gap.after) && gap.deeds == Deeds::WROTE {
        return word(
            "only the commit follows: commit before this gap, if what happens in it need not undo the writes",
        )
        .to_owned();
    }
    if gap.deeds.are_safe() {
        return word("safe to release: only reads before it, at READ COMMITTED, and no session state")
            .to_owned();
    }
    let reasons = [
        (Deeds::FAILED, word("the transaction has failed and can only be rolled back")),
        (Deeds::WROTE, word("it wrote before: commit first, if the part before may stand alone")),
        (Deeds::LOCKED, word("it holds locks that what follows may rely on")),
        (Deeds::SESSION, word("it changed the session (a setting, a temporary table, a listener)")),
        (Deeds::SNAPSHOT, word("what follows reads the same snapshot (isolation level or cursor)")),
        (Deeds::UNKNOWN, word("what ran before cannot be told from its text")),
    ];
    let reasons = reasons.iter().filter(|(deed, _)| gap.deeds.has(*deed)).map(|(_, why)| *why);
    say!("not safe as it is: {reasons}", reasons = reasons.collect::<Vec<_>>().join("; "))
}

/// How holds are seen.
pub(in crate::report) fn evidence(holds: &Holds) -> String {
    let unseen =
        word("how long a pool keeps a connection lent outside a transaction is not visible on the wire");
    match holds.checkouts {
        0 => say!("Seen are transactions; {unseen}.", unseen),
        all if all == holds.count => {
            word("Seen are whole checkouts: this pool shows them on the wire.").to_owned()
        }
        some => say!(
            "{some} holds are whole checkouts; of the others {unseen}.",
            some = units::count(some),
            unseen
        ),
    }
}

/// Holds that did not end as they should.
pub(in crate::report) fn cuts(holds: &Holds) -> impl Iterator<Item = String> {
    let ways = [
        (
            holds.disconnected,
            word("Holds that ended with their connection, which the server itself counts nowhere"),
        ),
        (holds.censored, word("Holds still open at the end, whose time is a lower bound")),
        (holds.blinded, word("Holds lost when their connection turned blind, whose time is a lower bound")),
    ];
    let told = |(cut, how): (Cut, &str)| {
        say!(
            "{how}: {count} ({held}, {idle} without SQL).",
            how,
            count = units::count(cut.count),
            held = units::time(cut.held),
            idle = units::time(cut.idle)
        )
    };
    ways.into_iter().filter(|(cut, _)| cut.count > 0).map(told)
}

/// In which gaps connections are given back.
pub(in crate::report) fn way(release: Release) -> String {
    match release {
        Release::Never => word("as it was seen").to_owned(),
        Release::InSafeGaps(least) => say!("in safe gaps ≥ {least}", least = units::time(least)),
        Release::InAllGaps(least) => say!("in all gaps ≥ {least}", least = units::time(least)),
    }
}

/// What became of connections that were not read to their end.
fn connections(connections: &Connections) -> Vec<String> {
    let Connections { sessions: _, encrypted: _, blind, cancels, direct_tls, unreached } = *connections;
    let told = [
        (
            blind,
            word(
                "Connections forwarded unread (replication, or a protocol that the tap does not know), whose holds are in none of these figures",
            ),
        ),
        (cancels, word("Requests to cancel a statement, which were passed on")),
        (
            direct_tls,
            word(
                "Connections refused because they began with TLS at once (set sslnegotiation=postgres and sslmode=disable or prefer)",
            ),
        ),
        (unreached, word("Connections that could not be made, since the server was not reached")),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{what}: {}.", units::count(count))).collect()
}
