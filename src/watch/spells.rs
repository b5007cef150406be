//! Spells of idle in transaction.

use std::collections::HashMap;
use std::time::Duration;

use super::without_literals;
use crate::pool::admin::{Activity, Doing, DoingState};

/// A time for which a connection was idle in a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    /// The number of its process.
    pub process: i32,
    /// What the application calls itself.
    pub application: String,
    /// As whom it is connected.
    pub user: String,
    /// With which database.
    pub database: String,
    /// The statement before it, without literals.
    pub statement: String,
    /// It was at least this long.
    pub at_least: Duration,
    /// It was at most this long; nothing of one that was still open at the end.
    pub at_most: Option<Duration>,
}

/// Spells that were at least as long as the widest time between two looks until then: none of them was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LongSpells {
    /// How many.
    pub count: u64,
    /// How many of them were still open at the end; they are not in the sums.
    pub open: u64,
    /// Those that ended were together at least this long.
    pub at_least: Duration,
    /// They were together at most this long.
    pub at_most: Duration,
}

/// Spells, by process and start.
#[derive(Debug, Default)]
pub(super) struct Spells {
    open: HashMap<(i32, Duration), Spell>,
    /// The longest of those that ended.
    ended: Vec<Spell>,
    count: f64,
    long: LongSpells,
}

/// What spells come to.
#[derive(Debug)]
pub(super) struct Ended {
    /// How many there were.
    pub(super) count: f64,
    /// The longest, longest first.
    pub(super) longest: Vec<Spell>,
    pub(super) long: LongSpells,
}

/// So many of the longest spells are kept.
const LONGEST: usize = 10;

impl Spells {
    /// One look more; looks were so far apart until now, on average and at most.
    pub(super) fn add(&mut self, activity: &Activity, interval: Duration, widest: Duration) {
        let mut still = HashMap::with_capacity(self.open.len());
        let idle = |doing: &&Doing| doing.state == Some(DoingState::IdleInTransaction);
        for doing in activity.connections.iter().filter(idle) {
            let key = (doing.process, doing.since);
            let length = activity.at.saturating_sub(doing.since);
            let spell = self.open.remove(&key).map(|spell| Spell { at_least: length, ..spell });
            still.insert(key, spell.unwrap_or_else(|| begin(doing, length)));
        }
        // What is not there any more ended between the two looks.
        for ((_, since), spell) in std::mem::replace(&mut self.open, still) {
            let at_most = activity.at.saturating_sub(since);
            self.one(Spell { at_most: Some(at_most), ..spell }, interval, widest);
        }
    }

    /// Counts a spell. One of length x between looks at an interval Δ is seen with the probability x ÷ Δ, so it stands
    /// for Δ ÷ x of them.
    fn one(&mut self, spell: Spell, interval: Duration, widest: Duration) {
        let most = spell.at_most.unwrap_or(spell.at_least);
        let length = (spell.at_least.as_secs_f64() + most.as_secs_f64()) / 2.0;
        let seen = length / interval.as_secs_f64();
        self.count += if seen > 0.0 && seen < 1.0 { 1.0 / seen } else { 1.0 };
        if spell.at_least >= widest {
            self.long.count += 1;
            match spell.at_most {
                Some(most) => {
                    self.long.at_least = self.long.at_least.saturating_add(spell.at_least);
                    self.long.at_most = self.long.at_most.saturating_add(most);
                }
                None => self.long.open += 1,
            }
        }
        self.ended.push(spell);
        if self.ended.len() > 20 * LONGEST {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        self.ended.sort_by_key(|spell| std::cmp::Reverse(spell.at_least));
        self.ended.truncate(LONGEST);
    }

    pub(super) fn end(mut self, interval: Duration, widest: Duration) -> Ended {
        for (_, spell) in std::mem::take(&mut self.open) {
            self.one(spell, interval, widest);
        }
        self.shorten();
        Ended { count: self.count, longest: self.ended, long: self.long }
    }
}

fn begin(doing: &Doing, length: Duration) -> Spell {
    Spell {
        process: doing.process,
        application: doing.application.clone(),
        user: doing.user.clone(),
        database: doing.database.clone(),
        statement: without_literals(&doing.statement),
        at_least: length,
        at_most: None,
    }
}
