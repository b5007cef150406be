//! What a live server showed, for people.

pub(in crate::report) mod words;

use std::io::{self, Write};

use super::Chart;
use super::text::{clean, padded, wrap};
use crate::gate::Judgement;
use crate::report::lang::say;
use crate::units;
use crate::watch::Watched;

const WIDTH: usize = 80;

/// What its page shows.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// What was seen.
    pub seen: &'a Watched,
    /// When the watch ended, RFC 3339, UTC.
    pub created: &'a str,
    /// Version of poolbench that looked.
    pub poolbench: &'a str,
    /// The objectives with what became of them, where there are any.
    pub judgement: Option<&'a Judgement>,
    /// How many connections each look showed.
    pub charts: &'a [Chart],
}

/// Writes it for a terminal of 80 columns.
///
/// # Errors
/// When the writer fails.
pub fn terminal(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", say!("{seen}\n\n  connections           mean    peak", seen = words::looks(seen)))?;
    for (name, level, means) in words::levels(seen) {
        let (mean, peak) = (units::number(level.mean), units::count(level.peak.into()));
        writeln!(out, "  {}{mean:>8}{peak:>8}   {means}", padded(name, 18))?;
    }
    writeln!(out)?;
    let (first, others) = words::notes(seen)
        .split_first()
        .map(|(first, others)| (first.clone(), others.to_vec()))
        .unwrap_or_default();
    say(out, &first)?;
    for line in words::idle(seen) {
        say(out, &line)?;
    }
    holders(seen, out)?;
    longest(seen, out)?;
    for note in others {
        writeln!(out)?;
        say(out, &note)?;
    }
    Ok(())
}

fn holders(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", say!("\nWho holds connections           open   in a transaction   running SQL"))?;
    writeln!(out, "{}", say!("                             mean peak        mean peak     mean peak"))?;
    for holder in seen.holders.iter().take(words::HOLDERS) {
        let name = padded(&words::who(holder).chars().take(26).collect::<String>(), 26);
        let cells = [holder.open, holder.holding, holder.running]
            .map(|level| format!("{:>7}{:>5}", units::number(level.mean), level.peak));
        writeln!(out, "  {name}{}    {}  {}", cells[0].trim_start_matches("  "), cells[1], cells[2])?;
    }
    Ok(())
}

fn longest(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    if seen.longest.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", say!("\nLongest idle in transaction"))?;
    for spell in &seen.longest {
        let (length, process) = (words::length(spell), words::process(spell));
        let words = say!(
            "{length}: {process}, after {statement}",
            length,
            process,
            statement = clean(&spell.statement)
        );
        writeln!(out, "{}", wrap(&words, WIDTH, "  ", "    "))?;
    }
    Ok(())
}

fn say(out: &mut dyn Write, words: &str) -> io::Result<()> {
    writeln!(out, "{}", wrap(words, WIDTH, "", ""))
}
