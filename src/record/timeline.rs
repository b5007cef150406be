//! The instants of one request: intended ─ dispatched ─ (asked ─ acquired ─ released)* ─ finished.

use super::{Held, Nanos};

/// One hold of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// When the pool lent the connection.
    pub acquired: Nanos,
    /// When it was given back.
    pub released: Nanos,
    /// The part of the hold in which SQL ran.
    pub busy: Nanos,
}

/// Whose request it is, and whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A request of the scenario's workload, due in the measured span.
    Measured,
    /// A request of the scenario's workload, due in the warm-up.
    WarmUp,
    /// A bystander's query, due in the measured span.
    Bystander,
    /// A bystander's query, due in the warm-up.
    BystanderWarmUp,
}

/// What a request did last, as far as the recorder has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It got a connection, in these parts.
    Acquired(AcquireParts),
    /// It waited for a connection and got none.
    NotAcquired,
    /// SQL ran on the connection: begin, a statement, rollback.
    Sql,
    /// A commit was answered.
    Committed,
    /// Time passed outside the database.
    Away,
    /// It gave the connection back.
    Released,
}

/// What an acquire was made of, in deadpool's words; the rest of it is the wait. The same for every
/// pool, so that waiting, connecting and testing are not mixed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AcquireParts {
    /// Making a new connection.
    pub create: Nanos,
    /// Testing a connection before it was lent.
    pub recycle: Nanos,
}

/// A request under way. Only the [`Recorder`](super::Recorder) writes it.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub(super) class: Class,
    pub(super) intended: Nanos,
    pub(super) dispatched: Nanos,
    /// The end of the last move: each move starts where the one before it ended.
    pub(super) last: Nanos,
    pub(super) waiting: bool,
    /// SQL runs on the connection that it got last.
    pub(super) running: bool,
    /// Connections that it has got so far.
    pub(super) holds: u32,
    /// The connection that it got last of those that it holds.
    pub(super) held: Option<OpenHold>,
    /// What is kept of it where requests differ by plan. On the heap, as most have none of it.
    pub(super) own: Option<Box<Own>>,
    pub(super) ended: bool,
}

/// What is kept of a request that differs from others by plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    /// Which kind of request it is: 0 for the usual one.
    pub(super) kind: usize,
    /// What it held in all.
    pub(super) held: Held,
}

#[derive(Debug, Clone)]
pub(super) struct OpenHold {
    /// Which of the holds of its request it is, in the order in which they began.
    pub(super) place: u32,
    pub(super) slot: u32,
    pub(super) acquired: Nanos,
    pub(super) busy: Nanos,
    /// The connection that was held when this one was got.
    pub(super) outer: Option<Box<OpenHold>>,
}

impl Timeline {
    /// The end of the last move.
    #[must_use]
    pub fn last(&self) -> Nanos {
        self.last
    }

    /// Whether its end is noted already.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}
