//! A pool that waits for itself: every connection is held by a request that waits for another one.

use super::sim_time::SimTime;
use super::sink::RequestRef;

/// A pool in deadlock, and who holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlock {
    /// Number of the pool, from 0.
    pub pool: u32,
    /// When its last connection went to a request that then asked for another one.
    pub at: SimTime,
    /// The requests that hold its connections, in the order in which they wait.
    pub holders: Vec<Holder>,
    /// Requests that wait and hold nothing.
    pub bystanders: u64,
}

/// A request in a deadlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The request, and the hold that it waits for.
    pub who: RequestRef,
    /// Connections that it holds.
    pub holds: u32,
    /// Which of its acquisitions it waits for, from 1.
    pub acquisition: u32,
    /// Since when it waits.
    pub asked: SimTime,
    /// When it gives up, if it does.
    pub gives_up: Option<SimTime>,
}

impl Deadlock {
    /// When the first of the holders gives up and sets the pool free; nothing if none ever does.
    #[must_use]
    pub fn ends(&self) -> Option<SimTime> {
        self.holders.iter().filter_map(|holder| holder.gives_up).min()
    }
}
