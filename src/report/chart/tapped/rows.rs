//! Which row each connection has: the lowest that is free when it begins. A row is taken over when its connection
//! has ended, so that an application which connects anew for each request has no more rows than connections at once.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use super::nanos;
use crate::tap::{Pause, Seen, Transaction};

/// A connection in its row. Instants are in nanoseconds from the beginning of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) row: usize,
    pub(super) from: u64,
    pub(super) to: u64,
    /// Since when nothing is known of it.
    pub(super) blind: Option<u64>,
}

/// A hold in its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) row: usize,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) transaction: &'a Transaction,
}

impl<'a> Held<'a> {
    /// Each gap of it with its beginning and its end.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (&'a Pause, u64, u64)> + use<'a> {
        let start = self.from;
        self.transaction.gaps.iter().map(move |gap| {
            let from = start.saturating_add(nanos(gap.start));
            (gap, from, from.saturating_add(nanos(gap.length)))
        })
    }
}

/// All of them.
#[derive(Debug, Clone)]
pub(super) struct Rows<'a> {
    pub(super) open: Vec<Open>,
    pub(super) held: Vec<Held<'a>>,
    /// How many rows there are.
    pub(super) count: usize,
    pub(super) stand_for: StandFor,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StandFor {
    /// A connection.
    Connections,
    /// One of the holds at once: of records that do not say which connection it was on.
    Holds,
}

impl<'a> Rows<'a> {
    pub(super) fn of(seen: &'a Seen) -> Self {
        let mut open: Vec<Open> = seen
            .lives
            .iter()
            .map(|life| {
                let from = nanos(life.start);
                let to = from.saturating_add(nanos(life.length));
                Open { row: 0, from, to, blind: life.blind_since.map(nanos) }
            })
            .collect();
        let mut places: HashMap<u32, usize> = HashMap::new();
        for (place, life) in seen.lives.iter().enumerate() {
            places.insert(life.connection, place);
        }
        // Of the holds of connections that were not kept themselves, a connection is at least as long as its holds.
        let mut of_holds = Vec::with_capacity(seen.transactions.len());
        for transaction in &seen.transactions {
            let from = nanos(transaction.start);
            let to = from.saturating_add(nanos(transaction.length));
            let place = transaction.connection.and_then(|number| places.get(&number).copied());
            let place = place.unwrap_or(open.len());
            match open.get_mut(place) {
                Some(open) => {
                    open.from = open.from.min(from);
                    open.to = open.to.max(to);
                }
                None => open.push(Open { row: 0, from, to, blind: None }),
            }
            if let Some(number) = transaction.connection {
                places.insert(number, place);
            }
            of_holds.push((place, from, to));
        }
        let count = pack(&mut open);
        let held = of_holds.into_iter().zip(&seen.transactions);
        let held = held.map(|((place, from, to), transaction)| {
            let row = open.get(place).map_or(0, |open| open.row);
            Held { row, from, to, transaction }
        });
        let nameless = seen.transactions.iter().any(|transaction| transaction.connection.is_none());
        let stand_for = if nameless { StandFor::Holds } else { StandFor::Connections };
        Self { held: held.collect(), open, count, stand_for }
    }
}

/// Gives each its row, and returns how many rows that takes.
fn pack(open: &mut [Open]) -> usize {
    let mut order: Vec<usize> = (0..open.len()).collect();
    order.sort_by_key(|place| (open[*place].from, *place));
    let (mut free, mut taken, mut count) = (BTreeSet::new(), BinaryHeap::new(), 0);
    for place in order {
        while let Some(Reverse((end, row))) = taken.peek().copied()
            && end <= open[place].from
        {
            taken.pop();
            free.insert(row);
        }
        let row = free.pop_first().unwrap_or_else(|| {
            count += 1;
            count - 1
        });
        open[place].row = row;
        taken.push(Reverse((open[place].to, row)));
    }
    count
}
