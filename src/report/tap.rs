//! What a tap saw of an application, for people: how many connections are held for how little SQL, where they do
//! nothing, and what giving them back there would leave.

pub(in crate::report) mod causes;
mod inferred;
pub(in crate::report) mod words;

use crate::report::lang::{say, word};
use std::io::{self, Write};
use std::time::Duration;

pub use inferred::inferred;

use super::Chart;
use super::text::{clean, padded, wrap};
use crate::gate::Judgement;
use crate::tap::{GapSeen, Seen, Worth};
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

/// What its page shows beside the answer.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The answer.
    pub answer: Answer<'a>,
    /// When the tap ended, RFC 3339, UTC.
    pub created: &'a str,
    /// Version of poolbench that looked.
    pub poolbench: &'a str,
    /// The objectives with what became of them, where there are any.
    pub judgement: Option<&'a Judgement>,
    /// What each connection did, and how many did it at once.
    pub charts: &'a [Chart],
}

/// The answer in one sentence.
#[must_use]
pub fn sentence(answer: &Answer<'_>) -> String {
    words::verdict(answer)
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
    let sessions = words::many(seen.connections.sessions, word("connection¦counted"));
    writeln!(out, "{}", say!("{sessions} seen, {window}\n", sessions, window = units::time(seen.window)))?;
    writeln!(out, "{}", say!("  connections           mean    peak"))?;
    for (name, level, means) in words::levels(seen) {
        let (mean, peak) = (units::number(level.mean), units::count(level.peak.into()));
        writeln!(out, "  {}{mean:>8}{peak:>8}   {means}", padded(name, 18))?;
    }
    writeln!(out)
}

fn holds(seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
    let Some(holds) = words::holds(seen) else {
        return say(out, word("No transaction was seen."), "");
    };
    say(out, &holds, "")?;
    say(out, &words::evidence(&seen.holds), "")?;
    for cut in words::cuts(&seen.holds) {
        say(out, &cut, "")?;
    }
    Ok(())
}

fn gaps(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let seen = answer.seen;
    if seen.gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", say!("\nWhere connections did nothing, by connection time wasted"))?;
    for (place, gap) in seen.gaps.iter().take(answer.most).enumerate() {
        one_gap(seen, place + 1, gap, out)?;
    }
    match words::further(seen, answer.most) {
        Some(further) => say(out, &further, "    "),
        None => Ok(()),
    }
}

fn one_gap(seen: &Seen, place: usize, gap: &GapSeen, out: &mut dyn Write) -> io::Result<()> {
    let mut times = say!(
        "{total} in {count}; p50 {p50}, p99 {p99}, longest {longest}",
        total = units::time(gap.total),
        count = words::many(gap.count, word("gap")),
        p50 = units::time(gap.p50),
        p99 = units::time(gap.p99),
        longest = units::time(gap.longest)
    );
    if let Some(cut) = words::cut(gap) {
        times.push_str(&format!("; {cut}"));
    }
    writeln!(out, "{}", wrap(&times, WIDTH, &format!("{place:>3} "), "    "))?;
    let (before, after) = (words::edge(seen, gap.before), words::edge(seen, gap.after));
    writeln!(out, "{}", wrap(&before, WIDTH, word("    after  "), "           "))?;
    writeln!(out, "{}", wrap(&after, WIDTH, word("    before "), "           "))?;
    if let Some(route) = &gap.route {
        writeln!(out, "{}", wrap(&clean(route), WIDTH, word("    route  "), "           "))?;
    }
    if let Some(trace) = &gap.trace {
        writeln!(out, "{}", say!("    trace  {trace}", trace = clean(trace)))?;
    }
    writeln!(out, "{}", wrap(&words::release(seen, gap), WIDTH, "    ", "    "))
}

fn worths(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(played) = words::played(answer.seen) else { return Ok(()) };
    let head = say!("What giving connections back would leave: {played}", played);
    writeln!(out, "\n{}\n", wrap(&head, WIDTH, "", "  "))?;
    let wait = units::time(answer.wait);
    writeln!(out, "{}", say!("  connections given back         peak in   acquire   pool for   worth"))?;
    writeln!(
        out,
        "{}",
        say!(
            "                                     use  wait p99  {format}   connections",
            format = format_args!("{:>9}", format!("≤ {wait}"))
        )
    )?;
    for worth in answer.worths {
        let saved = words::worth(answer.worths, worth);
        writeln!(
            out,
            "  {}{:>9}{:>10}{:>11}   {saved}",
            padded(&words::way(worth.release), 29),
            worth.seen_pool.peak,
            units::time(worth.seen_pool.wait_p99),
            worth.smallest,
        )?;
    }
    Ok(())
}

fn notes(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notes = words::notes(answer);
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
