//! What somebody else in the application does with the pools of a run.

use crate::record::Nanos;

/// A misuse of a pool, at instants since the start of the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misuse {
    /// So many connections are taken, and never given back while the load lasts.
    Leak {
        /// How many.
        connections: u32,
        /// From when on they are asked for.
        at: Nanos,
    },
    /// Callers ask for a connection and go away while they wait, as those of requests that a client breaks off.
    CancelledAcquires {
        /// When the first one asks.
        from: Nanos,
        /// When no more ask.
        until: Nanos,
        /// From one to the next.
        every: Nanos,
    },
}
