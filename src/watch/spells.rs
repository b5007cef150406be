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

/// Spells, by process and start.
#[derive(Debug, Default)]
pub(super) struct Spells {
    open: HashMap<(i32, Duration), Spell>,
    ended: Vec<Spell>,
    /// Lengths of those that were too short to be kept.
    short: Vec<(Duration, Duration)>,
}

/// So many spells are kept with their statement; of further ones only the length.
const KEPT: usize = 1_000;

impl Spells {
    pub(super) fn add(&mut self, activity: &Activity) {
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
            self.end_one(Spell { at_most: Some(at_most), ..spell });
        }
    }

    fn end_one(&mut self, spell: Spell) {
        self.ended.push(spell);
        if self.ended.len() > 2 * KEPT {
            self.ended.sort_by_key(|spell| std::cmp::Reverse(spell.at_least));
            let short = self.ended.drain(KEPT..);
            self.short.extend(short.map(|spell| (spell.at_least, spell.at_most.unwrap_or(spell.at_least))));
        }
    }

    /// How many there were, and the longest ones. A spell of length x between looks at an interval Δ is seen with the
    /// probability x ÷ Δ, so it stands for Δ ÷ x of them.
    pub(super) fn end(self, interval: Duration, most: usize) -> (f64, Vec<Spell>) {
        let open = self.open.into_values();
        let mut all: Vec<Spell> = self.ended.into_iter().chain(open).collect();
        all.sort_by_key(|spell| std::cmp::Reverse(spell.at_least));
        let lengths = all.iter().map(|spell| (spell.at_least, spell.at_most.unwrap_or(spell.at_least)));
        let weight = |(least, most): (Duration, Duration)| {
            let length = (least.as_secs_f64() + most.as_secs_f64()) / 2.0;
            let seen = length / interval.as_secs_f64();
            if seen > 0.0 && seen < 1.0 { 1.0 / seen } else { 1.0 }
        };
        let count = lengths.chain(self.short.iter().copied()).map(weight).sum();
        all.truncate(most);
        (count, all)
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
