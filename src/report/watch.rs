//! What a live server showed, for people.

pub(in crate::report) mod words;

use crate::report::lang::{say, word};
use std::io::{self, Write};

use super::Chart;
use super::text::{clean, padded, padded_left, width, wrap};
use crate::gate::Judgement;
use crate::units;
use crate::watch::{WatchEnd, Watched};

const WIDTH: usize = 80;
/// So wide is the column of those who hold connections.
const NAME: usize = 26;

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

/// The answer in one sentence.
#[must_use]
pub fn sentence(seen: &Watched) -> String {
    let verdict = words::verdict(seen);
    match seen.end {
        WatchEnd::AsAsked => verdict,
        WatchEnd::ServerLost => say!("{verdict} Then the server answered no more.", verdict),
    }
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
    let columns = [(word("open"), 16), (word("in transaction"), 15), (word("running SQL"), 13)]
        .map(|(name, wide)| padded_left(name, wide));
    writeln!(out, "\n{}{}", padded(word("Who holds connections"), 22), columns.concat())?;
    let columns = [26, 1, 3]
        .map(|room| " ".repeat(room) + &padded_left(word("mean"), 7) + &padded_left(word("peak"), 5));
    writeln!(out, "{}", columns.concat())?;
    for holder in seen.holders.iter().take(words::HOLDERS) {
        let [open, holding, running] = [holder.open, holder.holding, holder.running]
            .map(|level| format!("{:>7}{:>5}", units::number(level.mean), level.peak));
        let name = wrap(&words::who(holder), WIDTH, "  ", "    ");
        // A name that leaves no room for the figures has a line of its own.
        let name = if width(&name) > NAME { format!("{name}\n") } else { name };
        let column = name.lines().last().filter(|_| !name.ends_with('\n')).unwrap_or_default();
        let room = " ".repeat(NAME - width(column));
        writeln!(out, "{name}{room}{open} {holding}   {running}")?;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tap::Level;
    use crate::watch::{Holder, LongSpells, Spell};

    fn seen() -> Watched {
        let ms = Duration::from_millis;
        let level = |mean, peak| Level { mean, peak };
        let holder = |application: &str, user: &str| Holder {
            application: application.to_owned(),
            user: user.to_owned(),
            database: "jobs".to_owned(),
            open: level(8.0, 8),
            holding: level(6.17, 8),
            running: level(0.25, 2),
        };
        let spell = |at_most| Spell {
            process: 1699,
            application: "job service".to_owned(),
            user: "me".to_owned(),
            database: "jobs".to_owned(),
            statement: "insert into jobs (name) values (?)".to_owned(),
            at_least: ms(2_160),
            at_most,
        };
        Watched {
            window: ms(8_980),
            looks: 90,
            interval: ms(101),
            widest: ms(374),
            open: level(17.0, 17),
            holding: level(12.3, 16),
            running: level(0.5, 4),
            unseen: 1,
            holders: vec![
                holder("api", "me"),
                holder("a service with a long name", "its_own_user"),
                holder("", "me"),
            ],
            longest: vec![spell(Some(ms(2_300))), spell(None)],
            spells: 310.0,
            long: LongSpells { count: 103, open: 10, at_least: ms(73_100), at_most: ms(82_900) },
            series: Vec::new(),
            counted: Some(ms(79_800)),
            end: WatchEnd::ServerLost,
        }
    }

    #[test]
    fn a_screen_says_who_holds_what() {
        let mut told = Vec::new();
        terminal(&seen(), &mut told).unwrap();
        insta::assert_snapshot!(String::from_utf8(told).unwrap());
    }
}
