//! A pool cannot deadlock on itself if one request can always finish.

use std::num::NonZeroU32;

use super::closed::Callers;
use super::quantity::{Connections, TheoryError};

/// The smallest pool that cannot deadlock, `Tn × (Cm − 1) + 1`, where up to `Tn` requests run at once
/// and each holds up to `Cm` connections at a time: if all of them lack their last connection, one
/// more lets one of them finish.
///
/// # Errors
/// [`TheoryError::OutOfRange`] when the pool would be larger than any.
pub fn deadlock_free(at_once: Callers, held_together: NonZeroU32) -> Result<Connections, TheoryError> {
    let smallest = u64::from(at_once.get()) * u64::from(held_together.get() - 1) + 1;
    u32::try_from(smallest).ok().and_then(Connections::new).ok_or(TheoryError::OutOfRange)
}

/// The most requests at once with which a pool cannot deadlock, `⌊(c − 1) ÷ (Cm − 1)⌋`, where each holds
/// up to `Cm` connections at a time; nothing where each holds one, since then any number may come. 0
/// where the pool is too small for a single one.
#[must_use]
pub fn most_at_once(connections: Connections, held_together: NonZeroU32) -> Option<u32> {
    (connections.get() - 1).checked_div(held_together.get() - 1)
}
