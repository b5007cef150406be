//! A hold: the time for which a connection is not free, its busy part, and its gaps.

use std::sync::Arc;

use super::book::{Spoken, StatementId};
use super::statement::Deeds;

/// An instant, in nanoseconds since the tap was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct At(pub(super) u64);

impl At {
    /// Nanoseconds from an earlier instant to this one.
    pub(super) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What stands before or after a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// A statement.
    Statement(StatementId),
    /// The connection was lent by its pool.
    Lent,
    /// Messages of which the application had not asked for an answer.
    Unasked,
    /// The application ended a batch of messages (`Sync`), or called a function by its number.
    Sync,
    /// The connection was given back to its pool.
    Released,
    /// The connection ended.
    Disconnected,
    /// The tap stopped looking.
    StillOpen,
}

/// How much of a hold can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// From the first message of a transaction to its end: how long the connection was lent beyond that nobody sees.
    Transaction,
    /// From lending to giving back, which this pool shows on the wire.
    Checkout,
}

/// How a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Ended,
    /// The connection ended within it.
    Disconnected,
    /// It was still open when the tap stopped looking: its length is a lower bound.
    Censored,
    /// Its connection turned blind: its length is a lower bound.
    Blind,
}

/// A part of a hold in which the server had nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) start: At,
    /// Nanoseconds.
    pub(super) length: u64,
    pub(super) before: Edge,
    pub(super) after: Edge,
    /// What was done in the transaction before it.
    pub(super) deeds: Deeds,
    pub(super) route: Option<Arc<str>>,
}

/// A hold that has ended.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) start: At,
    pub(super) end: At,
    /// Nanoseconds in which SQL ran.
    pub(super) busy: u64,
    pub(super) gaps: Vec<Gap>,
    /// Nanoseconds of gaps that are not among those: there were too many in one hold.
    pub(super) further: u64,
    pub(super) ended: End,
    pub(super) evidence: Evidence,
    pub(super) trace: Option<Box<str>>,
}

/// So many gaps of one hold are told apart.
const MOST: usize = 512;

/// The transaction that a connection is in, as the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Transaction {
    #[default]
    None,
    Open,
    Failed,
}

/// A hold under way.
#[derive(Debug)]
pub(super) struct Open {
    start: At,
    busy: u64,
    /// Since when it is as it is.
    since: At,
    /// What stands before the gap that it is in; nothing while the server is busy.
    gap: Option<Edge>,
    gaps: Vec<Gap>,
    further: u64,
    deeds: Deeds,
    last: Edge,
    pub(super) transaction: Transaction,
    pub(super) route: Option<Arc<str>>,
    pub(super) trace: Option<Box<str>>,
}

impl Open {
    /// Begins with a gap, which has no length where work begins at once.
    pub(super) fn begin(start: At, before: Edge) -> Self {
        Self {
            start,
            busy: 0,
            since: start,
            gap: Some(before),
            gaps: Vec::new(),
            further: 0,
            deeds: Deeds::default(),
            last: before,
            transaction: Transaction::None,
            route: None,
            trace: None,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.gap.is_none()
    }

    /// Bytes that it holds on to.
    pub(super) fn kept(&self) -> usize {
        let routes = self.gaps.iter().filter_map(|gap| gap.route.as_ref()).map(|route| route.len());
        let texts =
            self.route.as_ref().map_or(0, |it| it.len()) + self.trace.as_ref().map_or(0, |it| it.len());
        self.gaps.capacity() * size_of::<Gap>() + routes.sum::<usize>() + texts
    }

    /// The server has something to do.
    pub(super) fn work(&mut self, now: At, after: Edge) {
        let Some(before) = self.gap.take() else { return };
        self.close(now, before, after);
        self.since = now;
    }

    /// The server has nothing to do any more.
    pub(super) fn rest(&mut self, now: At) {
        if self.gap.is_none() {
            self.busy += now.since(self.since);
            self.since = now;
            self.gap = Some(self.last);
        }
    }

    fn close(&mut self, now: At, before: Edge, after: Edge) {
        let length = now.since(self.since);
        if length == 0 {
            return;
        }
        if self.gaps.len() >= MOST {
            self.further += length;
            return;
        }
        let failed = self.transaction == Transaction::Failed;
        let deeds = self.deeds.and(if failed { Deeds::FAILED } else { Deeds::default() });
        self.gaps.push(Gap { start: self.since, length, before, after, deeds, route: self.route.clone() });
    }

    /// A statement was prepared or has run.
    pub(super) fn passed(&mut self, spoken: Spoken) {
        self.last = Edge::Statement(spoken.id);
    }

    /// What a statement does is done.
    pub(super) fn did(&mut self, spoken: Spoken) {
        self.deeds = self.deeds.and(spoken.deeds);
    }

    /// A transaction ended within a checkout: what it wrote and locked is settled.
    pub(super) fn settle(&mut self) {
        let session = self.deeds.has(Deeds::SESSION);
        self.deeds = if session { Deeds::SESSION } else { Deeds::default() };
    }

    /// Ends it.
    pub(super) fn end(mut self, now: At, after: Edge, ended: End, evidence: Evidence) -> Hold {
        match self.gap.take() {
            Some(before) => self.close(now, before, after),
            None => self.busy += now.since(self.since),
        }
        let Self { start, busy, gaps, further, trace, .. } = self;
        Hold { start, end: now, busy, gaps, further, ended, evidence, trace }
    }

    /// As it would be if it ended now.
    pub(super) fn so_far(&self, now: At, evidence: Evidence) -> Hold {
        let copy =
            Self { gaps: self.gaps.clone(), route: self.route.clone(), trace: self.trace.clone(), ..*self };
        copy.end(now, Edge::StillOpen, End::Censored, evidence)
    }
}
