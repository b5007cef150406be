//! What was kept one by one of what was seen: holds with their gaps, and connections. There are bounds to how many.

use std::time::Duration;

use super::hold::{At, Edge};
use super::shared::{self, Shared};
use super::statement::Deeds;
use super::tally::Tally;

/// A hold, to be played again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// On which connection; nothing in records of before that was kept.
    pub connection: Option<u32>,
    /// When it began, from the beginning of the window.
    pub start: Duration,
    /// How long it was.
    pub length: Duration,
    /// Its gaps of a millisecond and more, in their order.
    pub gaps: Vec<Pause>,
}

/// A gap of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From the beginning of the hold.
    pub start: Duration,
    /// How long it was.
    pub length: Duration,
    /// What was done before in the same transaction.
    pub deeds: Deeds,
    /// What stands before it.
    pub before: Edge,
    /// What stands after it.
    pub after: Edge,
}

/// How long a connection was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Which one, as its transactions name it.
    pub connection: u32,
    /// When it began, from the beginning of the window.
    pub start: Duration,
    /// How long it was open, or had been when the tap stopped looking.
    pub length: Duration,
    /// From the beginning of the window: since when it was forwarded unread, so that nothing is known of its holds.
    pub blind_since: Option<Duration>,
}

pub(super) fn transactions(tally: &Tally, first: At) -> Vec<Transaction> {
    let sound = tally.kept.iter().filter(|kept| tally.full.is_none_or(|full| kept.start < full));
    let mut all: Vec<Transaction> = sound
        .map(|kept| Transaction {
            connection: u32::try_from(kept.connection).ok(),
            start: Duration::from_nanos(kept.start.since(first)),
            length: Duration::from_nanos(kept.end.since(kept.start)),
            gaps: kept
                .gaps
                .iter()
                .map(|gap| Pause {
                    start: Duration::from_nanos(gap.start.since(kept.start)),
                    length: Duration::from_nanos(gap.length),
                    deeds: gap.deeds,
                    before: gap.before,
                    after: gap.after,
                })
                .collect(),
        })
        .collect();
    all.sort_by_key(|transaction| transaction.start);
    all
}

pub(super) fn lives(shared: &Shared, first: At, last: At) -> Vec<Life> {
    let life = |(number, life): (u64, shared::Life)| {
        let end = life.ended.unwrap_or(last).max(life.began);
        Some(Life {
            connection: u32::try_from(number).ok()?,
            start: Duration::from_nanos(life.began.since(first)),
            length: Duration::from_nanos(end.since(life.began)),
            blind_since: life.blind.map(|blind| Duration::from_nanos(blind.since(first))),
        })
    };
    shared.lives().into_iter().filter_map(life).collect()
}
