//! The stored form, and the ways to it and from it. Times are whole nanoseconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{LOOKED_VERSION, Looked};
use crate::scenario::{Objective, ObjectiveError};
use crate::tap::Level;
use crate::watch::{Holder, LongSpells, Spell, Stretch, WatchEnd, Watched};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    version: u32,
    /// Version of poolbench that wrote it.
    poolbench: String,
    /// When the watch ended, RFC 3339, UTC.
    created: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objectives: Vec<String>,
    window_ns: u64,
    looks: u64,
    interval_ns: u64,
    widest_ns: u64,
    levels: StoredLevels,
    /// Connections of which this user may not see what they do, at most at once.
    unseen: u32,
    holders: Vec<StoredHolder>,
    longest: Vec<StoredSpell>,
    spells: f64,
    long: StoredLong,
    series: Vec<StoredStretch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted_ns: Option<u64>,
    /// Absent where the looks ended as they were asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<StoredEnd>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredEnd {
    ServerLost,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLevel {
    mean: f64,
    peak: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLevels {
    open: StoredLevel,
    in_transaction: StoredLevel,
    running_sql: StoredLevel,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHolder {
    application: String,
    user: String,
    database: String,
    levels: StoredLevels,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSpell {
    process: i32,
    application: String,
    user: String,
    database: String,
    /// The statement before it, without literals.
    statement: String,
    at_least_ns: u64,
    /// Absent where it was still open at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most_ns: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLong {
    count: u64,
    open: u64,
    at_least_ns: u64,
    at_most_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredStretch {
    from_ns: u64,
    looks: u64,
    open: StoredLevel,
    in_transaction: StoredLevel,
    running_sql: StoredLevel,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn stored_level(level: Level) -> StoredLevel {
    StoredLevel { mean: level.mean, peak: level.peak }
}

fn stored_levels([open, holding, running]: [Level; 3]) -> StoredLevels {
    StoredLevels {
        open: stored_level(open),
        in_transaction: stored_level(holding),
        running_sql: stored_level(running),
    }
}

pub(super) fn stored(looked: &Looked) -> Stored {
    let seen = &looked.seen;
    Stored {
        version: LOOKED_VERSION,
        poolbench: looked.poolbench.clone(),
        created: looked.created.clone(),
        objectives: looked.objectives.iter().map(|objective| objective.text.clone()).collect(),
        window_ns: nanos(seen.window),
        looks: seen.looks,
        interval_ns: nanos(seen.interval),
        widest_ns: nanos(seen.widest),
        levels: stored_levels([seen.open, seen.holding, seen.running]),
        unseen: seen.unseen,
        holders: seen.holders.iter().map(stored_holder).collect(),
        longest: seen.longest.iter().map(stored_spell).collect(),
        spells: seen.spells,
        long: StoredLong {
            count: seen.long.count,
            open: seen.long.open,
            at_least_ns: nanos(seen.long.at_least),
            at_most_ns: nanos(seen.long.at_most),
        },
        series: seen.series.iter().map(stored_stretch).collect(),
        counted_ns: seen.counted.map(nanos),
        end: match seen.end {
            WatchEnd::AsAsked => None,
            WatchEnd::ServerLost => Some(StoredEnd::ServerLost),
        },
    }
}

fn stored_holder(holder: &Holder) -> StoredHolder {
    StoredHolder {
        application: holder.application.clone(),
        user: holder.user.clone(),
        database: holder.database.clone(),
        levels: stored_levels([holder.open, holder.holding, holder.running]),
    }
}

fn stored_spell(spell: &Spell) -> StoredSpell {
    StoredSpell {
        process: spell.process,
        application: spell.application.clone(),
        user: spell.user.clone(),
        database: spell.database.clone(),
        statement: spell.statement.clone(),
        at_least_ns: nanos(spell.at_least),
        at_most_ns: spell.at_most.map(nanos),
    }
}

fn stored_stretch(one: &Stretch) -> StoredStretch {
    StoredStretch {
        from_ns: nanos(one.from),
        looks: one.looks,
        open: stored_level(one.open),
        in_transaction: stored_level(one.holding),
        running_sql: stored_level(one.running),
    }
}

pub(super) fn looked(stored: Stored) -> Result<Looked, String> {
    let objectives = stored.objectives.iter().map(|text| objective(text)).collect::<Result<_, _>>()?;
    let (created, poolbench) = (stored.created.clone(), stored.poolbench.clone());
    Ok(Looked { seen: seen(stored)?, objectives, created, poolbench })
}

fn objective(text: &str) -> Result<Objective, String> {
    text.parse().map_err(|fault: ObjectiveError| format!("objectives: {}", fault.mend))
}

fn seen(stored: Stored) -> Result<Watched, String> {
    let [open, holding, running] = levels("levels", stored.levels)?;
    let (series, longest) = (stored.series.into_iter().map(stretch), stored.longest.into_iter().map(spell));
    let series: Vec<Stretch> = series.collect::<Result<_, _>>()?;
    let StoredLong { count, open: still, at_least_ns, at_most_ns } = stored.long;
    if stored.looks == 0
        || series.iter().map(|one| one.looks).try_fold(0_u64, u64::checked_add) != Some(stored.looks)
    {
        return Err("series: these are not all looks".to_owned());
    }
    if at_most_ns < at_least_ns || still > count {
        return Err("long: at least is more than at most".to_owned());
    }
    if !stored.spells.is_finite() || stored.spells < 0.0 {
        return Err("spells is no number of them".to_owned());
    }
    Ok(Watched {
        window: time(stored.window_ns),
        looks: stored.looks,
        interval: time(stored.interval_ns),
        widest: time(stored.widest_ns),
        open,
        holding,
        running,
        unseen: stored.unseen,
        holders: stored.holders.into_iter().map(holder).collect::<Result<_, _>>()?,
        longest: longest.collect(),
        spells: stored.spells,
        long: LongSpells { count, open: still, at_least: time(at_least_ns), at_most: time(at_most_ns) },
        series,
        counted: stored.counted_ns.map(time),
        end: stored.end.map_or(WatchEnd::AsAsked, |StoredEnd::ServerLost| WatchEnd::ServerLost),
    })
}

fn time(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn level(name: &str, StoredLevel { mean, peak }: StoredLevel) -> Result<Level, String> {
    let sound = mean.is_finite() && mean >= 0.0;
    sound.then_some(Level { mean, peak }).ok_or_else(|| format!("{name}: a mean is no number of connections"))
}

fn levels(name: &str, stored: StoredLevels) -> Result<[Level; 3], String> {
    let StoredLevels { open, in_transaction, running_sql } = stored;
    Ok([level(name, open)?, level(name, in_transaction)?, level(name, running_sql)?])
}

fn holder(stored: StoredHolder) -> Result<Holder, String> {
    let [open, holding, running] = levels("holders", stored.levels)?;
    let StoredHolder { application, user, database, .. } = stored;
    Ok(Holder { application, user, database, open, holding, running })
}

fn spell(stored: StoredSpell) -> Spell {
    let StoredSpell { process, application, user, database, statement, at_least_ns, at_most_ns } = stored;
    let (at_least, at_most) = (time(at_least_ns), at_most_ns.map(time));
    Spell { process, application, user, database, statement, at_least, at_most }
}

fn stretch(stored: StoredStretch) -> Result<Stretch, String> {
    let StoredStretch { from_ns, looks, open, in_transaction, running_sql } = stored;
    let name = "series";
    let (open, holding) = (level(name, open)?, level(name, in_transaction)?);
    Ok(Stretch { from: time(from_ns), looks, open, holding, running: level(name, running_sql)? })
}
