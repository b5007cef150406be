//! Words for what a watch showed.

use crate::report::text::clean;
use crate::tap::Level;
use crate::units;
use crate::watch::{Holder, Spell, WatchEnd, Watched};

/// So many holders are listed.
pub(in crate::report) const HOLDERS: usize = 10;

/// How many looks in which time.
pub(in crate::report) fn looks(seen: &Watched) -> String {
    let (looks, every) = (units::count(seen.looks), units::time(seen.interval));
    let window = units::time(seen.window);
    let told = format!("{looks} looks in {window}, one every {every}");
    match seen.end {
        WatchEnd::AsAsked => told,
        WatchEnd::ServerLost => format!("{told}; then the server answered no more"),
    }
}

/// The answer in one sentence.
pub(in crate::report) fn verdict(seen: &Watched) -> String {
    match seen.idle_share() {
        None => "No transaction was seen.".to_owned(),
        Some(_) if seen.running.peak == 0 => {
            "At every look, all connections that were held were idle in a transaction.".to_owned()
        }
        Some(share) => format!(
            "For {} of the time for which connections were held, they were idle in a transaction.",
            units::percent(share)
        ),
    }
}

/// Names of the three levels, what they are, and what they mean.
pub(in crate::report) fn levels(seen: &Watched) -> [(&'static str, Level, &'static str); 3] {
    [
        ("open", seen.open, "what applications keep"),
        ("in a transaction", seen.holding, "what a transaction-mode pooler needs"),
        ("running SQL", seen.running, "what perfect release needs"),
    ]
}

/// How long connections were idle in transactions, and what the server says to it.
pub(in crate::report) fn idle(seen: &Watched) -> Vec<String> {
    let Some(share) = seen.idle_share() else { return vec!["No transaction was seen.".to_owned()] };
    let mut told = vec![format!(
        "Idle in transaction: {} of connection time, {} of what was held, in about {} spells.",
        units::time(seen.idle()),
        units::percent(share),
        units::number(seen.spells),
    )];
    told.extend(long(seen));
    told.push(match seen.counted {
        Some(counted) => format!(
            "The server itself counted {} meanwhile; it tells late, and of open transactions not at all.{}",
            units::time(counted),
            others(seen)
        ),
        None => "The server does not count it itself (PostgreSQL 14 and newer do).".to_owned(),
    });
    told
}

/// What is left of the server's count for spells that looks can miss.
fn others(seen: &Watched) -> String {
    let Some((from, to)) = seen.other_spells() else { return String::new() };
    let (from, to) = (units::time(from), units::time(to));
    format!(" Of what it has told, {from} to {to} was in shorter spells.")
}

fn long(seen: &Watched) -> Option<String> {
    let long = &seen.long;
    let ended = long.count - long.open;
    let widest = units::time(seen.widest);
    let open = match long.open {
        0 => String::new(),
        open => format!("; still open at the end: {}", units::count(open)),
    };
    (long.count > 0).then(|| {
        format!(
            "None of {widest} or more was missed, the widest time between two looks: {} ended, {} to {} long together{open}.",
            units::count(ended),
            units::time(long.at_least),
            units::time(long.at_most)
        )
    })
}

/// What has to be known of the figures as a whole.
pub(in crate::report) fn notes(seen: &Watched) -> Vec<String> {
    let mut notes =
        vec!["Peaks are those of the looks: there may have been higher ones between two.".to_owned()];
    if seen.widest > 3 * seen.interval {
        notes.push(format!(
            "Two looks were {} apart, where {} was the average: this machine or the server was busy.",
            units::time(seen.widest),
            units::time(seen.interval)
        ));
    }
    if seen.unseen > 0 {
        notes.push(format!(
            "This user may not see what some connections do, up to {} at once, so they are in none of these figures: \
             grant it pg_monitor.",
            units::count(seen.unseen.into())
        ));
    }
    notes
}

/// Who holds connections.
pub(in crate::report) fn who(holder: &Holder) -> String {
    let name = if holder.application.is_empty() { "(no name)" } else { &holder.application };
    clean(&format!("{name}, {} at {}", holder.user, holder.database))
}

/// How long a spell was.
pub(in crate::report) fn length(spell: &Spell) -> String {
    match spell.at_most {
        Some(most) => format!("{} to {}", units::time(spell.at_least), units::time(most)),
        None => format!("> {}, still open", units::time(spell.at_least)),
    }
}

/// Whose spell it was.
pub(in crate::report) fn process(spell: &Spell) -> String {
    format!("process {} of {}", spell.process, clean(&spell.application))
}
