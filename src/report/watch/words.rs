//! Words for what a watch showed.

use crate::report::lang::{say, word};
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
    let told = say!("{looks} looks in {window}, one every {every}", looks, window, every);
    match seen.end {
        WatchEnd::AsAsked => told,
        WatchEnd::ServerLost => say!("{told}; then the server answered no more", told),
    }
}

/// The answer in one sentence.
pub(in crate::report) fn verdict(seen: &Watched) -> String {
    match seen.idle_share() {
        None => word("No transaction was seen.").to_owned(),
        Some(_) if seen.running.peak == 0 => {
            word("At every look, all connections that were held were idle in a transaction.").to_owned()
        }
        Some(share) => say!(
            "For {share} of the time for which connections were held, they were idle in a transaction.",
            share = units::percent(share)
        ),
    }
}

/// Names of the three levels, what they are, and what they mean.
pub(in crate::report) fn levels(seen: &Watched) -> [(&'static str, Level, &'static str); 3] {
    [
        (word("open"), seen.open, word("what applications keep")),
        (word("in a transaction"), seen.holding, word("what a transaction-mode pooler needs")),
        (word("running SQL"), seen.running, word("what perfect release needs")),
    ]
}

/// How long connections were idle in transactions, and what the server says to it.
pub(in crate::report) fn idle(seen: &Watched) -> Vec<String> {
    let Some(share) = seen.idle_share() else { return vec![word("No transaction was seen.").to_owned()] };
    let mut told = vec![say!(
        "Idle in transaction: {seen} of connection time, {share} of what was held, in about {spells} \
         spells.",
        seen = units::time(seen.idle()),
        share = units::percent(share),
        spells = units::number(seen.spells)
    )];
    told.extend(long(seen));
    told.push(match seen.counted {
        Some(counted) => say!(
            "The server itself counted {counted} meanwhile; it tells late, and of open transactions not at \
             all.{seen}",
            counted = units::time(counted),
            seen = others(seen)
        ),
        None => word("The server does not count it itself (PostgreSQL 14 and newer do).").to_owned(),
    });
    told
}

/// What is left of the server's count for spells that looks can miss.
fn others(seen: &Watched) -> String {
    let Some((from, to)) = seen.other_spells() else { return String::new() };
    let (from, to) = (units::time(from), units::time(to));
    say!(" Of what it has told, {from} to {to} was in shorter spells.", from, to)
}

fn long(seen: &Watched) -> Option<String> {
    let long = &seen.long;
    let ended = long.count - long.open;
    let widest = units::time(seen.widest);
    let open = match long.open {
        0 => String::new(),
        open => say!("; still open at the end: {open}", open = units::count(open)),
    };
    (long.count > 0).then(|| {
        say!(
            "None of {widest} or more was missed, the widest time between two looks: {ended} ended, \
             {at_least} to {at_most} long together{open}.",
            widest,
            ended = units::count(ended),
            at_least = units::time(long.at_least),
            at_most = units::time(long.at_most),
            open
        )
    })
}

/// What has to be known of the figures as a whole.
pub(in crate::report) fn notes(seen: &Watched) -> Vec<String> {
    let mut notes =
        vec![word("Peaks are those of the looks: there may have been higher ones between two.").to_owned()];
    if seen.widest > 3 * seen.interval {
        notes.push(say!(
            "Two looks were {widest} apart, where {interval} was the average: this machine or the server \
             was busy.",
            widest = units::time(seen.widest),
            interval = units::time(seen.interval)
        ));
    }
    if seen.unseen > 0 {
        notes.push(say!(
            "This user may not see what some connections do, up to {unseen} at once, so they are in none \
             of these figures: grant it pg_monitor.",
            unseen = units::count(seen.unseen.into())
        ));
    }
    notes
}

/// Who holds connections.
pub(in crate::report) fn who(holder: &Holder) -> String {
    let name = if holder.application.is_empty() { word("(no name)") } else { &holder.application };
    clean(&say!("{name}, {user} at {database}", name, user = holder.user, database = holder.database))
}

/// How long a spell was.
pub(in crate::report) fn length(spell: &Spell) -> String {
    match spell.at_most {
        Some(most) => {
            say!("{at_least} to {most}", at_least = units::time(spell.at_least), most = units::time(most))
        }
        None => say!("> {at_least}, still open", at_least = units::time(spell.at_least)),
    }
}

/// Whose spell it was.
pub(in crate::report) fn process(spell: &Spell) -> String {
    say!(
        "process {process} of {application}",
        process = spell.process,
        application = clean(&spell.application)
    )
}
