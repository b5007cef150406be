//! A pool that waited for itself. Only virtual time shows it as such.

use super::Nanos;

/// The deadlocks of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlocks {
    /// How many there were.
    pub count: u64,
    /// The first of them.
    pub first: Deadlock,
}

/// Every connection of a pool is held by a request that waits for another one of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlock {
    /// The number of the pool, from 0.
    pub pool: u32,
    /// When its last connection went to a request that then asked for another one.
    pub at: Nanos,
    /// Requests that hold its connections.
    pub requests: u64,
    /// Connections that they hold.
    pub connections: u64,
    /// When the first of them gives up and sets the pool free; none where nobody ever does.
    pub gives_up: Option<Nanos>,
    /// The first of those requests, in the order in which they wait; at most [`Self::MOST_HOLDERS`].
    pub holders: Vec<Holder>,
}

impl Deadlock {
    /// So many requests are kept by their numbers: the others are alike.
    pub const MOST_HOLDERS: usize = 3;
}

/// A request that holds what others wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub request: u64,
    /// Connections that it holds.
    pub holds: u32,
    /// Which of its acquisitions it waits for, from 1.
    pub acquisition: u32,
}
