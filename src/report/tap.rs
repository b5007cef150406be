//! What a tap saw of an application, for people: how many connections are held for how little SQL, where they do
//! nothing, and what giving them back there would leave.

mod inferred;
mod words;

use std::io::{self, Write};
use std::time::Duration;

pub use inferred::inferred;

use super::text::{clean, wrap};
use crate::tap::{GapSeen, KeptShare, Level, Release, Seen, Worth};
use crate::units;

const WIDTH: usize = 80;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What was seen.
    pub seen: &'a Seen,
    /// Each way to give connections back with what it is worth; as it was seen first.
    pub worths: &'a [Worth],
    /// Wait for a connection that a pool has to keep at p99.
    pub wait: Duration,
    /// The share of the time, from 0 to 1, in which as many connections were held as ever were open.
    pub full: Option<f64>,
    /// How many kinds of gaps are listed.
    pub most: usize,
}

/// Writes the answer for a terminal of 80 columns.
///
/// # Errors
/// When the writer fails.
pub fn terminal(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    levels(answer.seen, out)?;
    holds(answer.seen, out)?;
    gaps(answer, out)?;
    worths(answer, out)?;
    notes(answer, out)
}

fn levels(seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
    let sessions = words::many(seen.connections.sessions, "connection");
    writeln!(out, "{sessions} seen, {}\n", units::time(seen.window))?;
    writeln!(out, "  connections           mean    peak")?;
    let rows: [(&str, Level, &str); 3] = [
        ("open", seen.open, "what the application keeps"),
        ("in a transaction", seen.holding, "what a transaction-mode pooler needs"),
        ("running SQL", seen.running, "what perfect release needs"),
    ];
    for (name, level, means) in rows {
        let (mean, peak) = (units::number(level.mean), units::count(level.peak.into()));
        writeln!(out, "  {name:<18}{mean:>8}{peak:>8}   {means}")?;
    }
    writeln!(out)
}

fn holds(seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
    let holds = &seen.holds;
    let Some(idle) = seen.idle_share() else {
        return say(out, "No transaction was seen.", "");
    };
    let first = format!(
        "{}, {} of connection time: in {} of it no SQL ran. A hold took {} at p50 and {} at p99, without SQL {} \
         and {}.",
        words::many(holds.count, "hold"),
        units::time(holds.held),
        units::percent(idle),
        units::time(holds.p50),
        units::time(holds.p99),
        units::time(holds.idle_p50),
        units::time(holds.idle_p99),
    );
    say(out, &first, "")?;
    say(out, &words::evidence(holds), "")?;
    for cut in words::cuts(holds) {
        say(out, &cut, "")?;
    }
    Ok(())
}

fn gaps(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let seen = answer.seen;
    if seen.gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhere connections did nothing, by connection time wasted")?;
    for (place, gap) in seen.gaps.iter().take(answer.most).enumerate() {
        one_gap(seen, place + 1, gap, out)?;
    }
    let rest = seen.gaps.len().saturating_sub(answer.most);
    let others: Duration =
        seen.gaps.iter().skip(answer.most).map(|gap| gap.total).sum::<Duration>() + seen.further_gaps;
    if rest > 0 || !others.is_zero() {
        let words = format!("and {} of {} other kinds", units::time(others), units::count(rest as u64));
        say(out, &words, "    ")?;
    }
    Ok(())
}

fn one_gap(seen: &Seen, place: usize, gap: &GapSeen, out: &mut dyn Write) -> io::Result<()> {
    let mut times = format!(
        "{} in {}; p50 {}, p99 {}, longest {}",
        units::time(gap.total),
        words::many(gap.count, "gap"),
        units::time(gap.p50),
        units::time(gap.p99),
        units::time(gap.longest),
    );
    if gap.cut > 0 {
        times.push_str(&format!("; {} cut off", units::count(gap.cut)));
    }
    writeln!(out, "{}", wrap(&times, WIDTH, &format!("{place:>3} "), "    "))?;
    let (before, after) = (words::edge(seen, gap.before), words::edge(seen, gap.after));
    writeln!(out, "{}", wrap(&before, WIDTH, "    after  ", "           "))?;
    writeln!(out, "{}", wrap(&after, WIDTH, "    before ", "           "))?;
    if let Some(route) = &gap.route {
        writeln!(out, "{}", wrap(&clean(route), WIDTH, "    route  ", "           "))?;
    }
    if let Some(trace) = &gap.trace {
        writeln!(out, "    trace  {}", clean(trace))?;
    }
    writeln!(out, "{}", wrap(&words::release(seen, gap), WIDTH, "    ", "    "))
}

fn worths(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(as_seen) = answer.worths.first().filter(|_| !answer.seen.transactions.is_empty()) else {
        return Ok(());
    };
    let head = format!(
        "What giving connections back would leave: {} as they were seen, at the instants at which they \
         began, through a pool of {}",
        words::many(answer.seen.transactions.len() as u64, "transaction"),
        units::count(answer.seen.open.peak.into()),
    );
    writeln!(out, "\n{}\n", wrap(&head, WIDTH, "", "  "))?;
    let wait = units::time(answer.wait);
    writeln!(out, "  connections given back         peak in   acquire   pool for   worth")?;
    writeln!(
        out,
        "                                     use  wait p99  {:>9}   connections",
        format!("≤ {wait}")
    )?;
    for worth in answer.worths {
        let saved = i64::from(as_seen.smallest) - i64::from(worth.smallest);
        let saved = if worth.release == Release::Never { String::new() } else { saved.to_string() };
        writeln!(
            out,
            "  {:<29}{:>9}{:>10}{:>11}   {saved}",
            words::way(worth.release),
            worth.seen_pool.peak,
            units::time(worth.seen_pool.wait_p99),
            worth.smallest,
        )?;
    }
    Ok(())
}

fn notes(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
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
    notes.extend(words::connections(&answer.seen.connections));
    if !notes.is_empty() {
        writeln!(out)?;
    }
    for note in notes {
        say(out, &note, "")?;
    }
    Ok(())
}

fn say(out: &mut dyn Write, words: &str, indent: &str) -> io::Result<()> {
    writeln!(out, "{}", wrap(words, WIDTH, indent, indent))
}
