//! What a live server showed, for people.

use std::io::{self, Write};

use super::text::{clean, wrap};
use crate::units;
use crate::watch::{Spell, Watched};

const WIDTH: usize = 80;

/// Writes it for a terminal of 80 columns.
///
/// # Errors
/// When the writer fails.
pub fn terminal(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    let (looks, every) = (units::count(seen.looks), units::time(seen.interval));
    writeln!(out, "{looks} looks in {}, one every {every}\n", units::time(seen.window))?;
    writeln!(out, "  connections           mean    peak")?;
    let rows = [
        ("open", seen.open, "what applications keep"),
        ("in a transaction", seen.holding, "what a transaction-mode pooler needs"),
        ("running SQL", seen.running, "what perfect release needs"),
    ];
    for (name, level, means) in rows {
        let (mean, peak) = (units::number(level.mean), units::count(level.peak.into()));
        writeln!(out, "  {name:<18}{mean:>8}{peak:>8}   {means}")?;
    }
    writeln!(out)?;
    say(out, "Peaks are those of the looks: there may have been higher ones between two.")?;
    idle(seen, out)?;
    holders(seen, out)?;
    longest(seen, out)?;
    if seen.unseen > 0 {
        let words = format!(
            "\nOf up to {} connections this user may not see what they do, so they are in none of these figures: grant it \
             pg_monitor.",
            units::count(seen.unseen.into())
        );
        say(out, &words)?;
    }
    Ok(())
}

fn idle(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    let Some(share) = seen.idle_share() else {
        return say(out, "No transaction was seen.");
    };
    let words = format!(
        "Idle in transaction: {} of connection time, {} of what was held, in about {} spells.",
        units::time(seen.idle()),
        units::percent(share),
        units::number(seen.spells),
    );
    say(out, &words)?;
    match seen.counted {
        Some(counted) => say(
            out,
            &format!(
                "The server itself counted {} meanwhile; it tells late, and of open transactions not at all.",
                units::time(counted)
            ),
        ),
        None => say(out, "The server does not count it itself (PostgreSQL 14 and newer do)."),
    }
}

fn holders(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nWho holds connections           open   in a transaction   running SQL")?;
    writeln!(out, "                             mean peak        mean peak     mean peak")?;
    for holder in seen.holders.iter().take(10) {
        let name = if holder.application.is_empty() { "(no name)" } else { &holder.application };
        let name = clean(&format!("{name}, {} at {}", holder.user, holder.database));
        let name: String = name.chars().take(26).collect();
        let cells = [holder.open, holder.holding, holder.running]
            .map(|level| format!("{:>7}{:>5}", units::number(level.mean), level.peak));
        writeln!(out, "  {name:<26}{}    {}  {}", cells[0].trim_start_matches("  "), cells[1], cells[2])?;
    }
    Ok(())
}

fn longest(seen: &Watched, out: &mut dyn Write) -> io::Result<()> {
    if seen.longest.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nLongest idle in transaction")?;
    for spell in &seen.longest {
        let Spell { process, application, statement, at_least, at_most, .. } = spell;
        let length = match at_most {
            Some(most) => format!("{} to {}", units::time(*at_least), units::time(*most)),
            None => format!("> {}, still open", units::time(*at_least)),
        };
        let words =
            format!("{length}: process {process} of {}, after {}", clean(application), clean(statement));
        writeln!(out, "{}", wrap(&words, WIDTH, "  ", "    "))?;
    }
    Ok(())
}

fn say(out: &mut dyn Write, words: &str) -> io::Result<()> {
    writeln!(out, "{}", wrap(words, WIDTH, "", ""))
}
