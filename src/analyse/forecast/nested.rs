//! Requests that hold several connections at once: when a pool cannot deadlock on itself.

use std::fmt;
use std::num::NonZeroU32;

use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::OpenLoad;
use crate::theory::{Callers, Connections, TheoryError, deadlock_free, most_at_once};
use crate::units;

/// A session scope under which a request holds several connections at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NestedHolds {
    /// The most that one request holds.
    pub together: NonZeroU32,
    /// Size of the pool.
    pub connections: Connections,
    /// What bounds the requests in flight.
    pub bound: Bound,
}

/// What bounds the requests in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nothing but the cap that is there when a scenario asks for none, far above any pool.
    Nothing,
    /// The in-flight cap of the scenario.
    Cap(Callers),
    /// The callers of a closed loop.
    Callers(Callers),
}

impl NestedHolds {
    /// Of the open loop of a plan; none where a request holds one connection at a time.
    #[must_use]
    pub fn of(plan: &Plan, scope: SessionScope) -> Option<Self> {
        let cap = plan.load.in_flight_cap;
        let asked_for = Callers::new(cap).filter(|_| cap != OpenLoad::DEFAULT_IN_FLIGHT_CAP);
        Self::bounded(plan, scope, asked_for.map_or(Bound::Nothing, Bound::Cap))
    }

    /// The same with so many callers in a closed loop.
    #[must_use]
    pub fn of_callers(plan: &Plan, scope: SessionScope, callers: u32) -> Option<Self> {
        Self::bounded(plan, scope, Callers::new(callers).map_or(Bound::Nothing, Bound::Callers))
    }

    fn bounded(plan: &Plan, scope: SessionScope, bound: Bound) -> Option<Self> {
        let together = NonZeroU32::new(plan.itinerary(scope).most_held()).filter(|most| most.get() > 1)?;
        Some(Self { together, connections: Connections::new(plan.pool.size)?, bound })
    }

    /// The smallest pool that cannot deadlock; none where nothing bounds the requests in flight.
    ///
    /// # Errors
    /// When the pool would be larger than any.
    pub fn smallest(&self) -> Result<Option<Connections>, TheoryError> {
        match self.bound {
            Bound::Nothing => Ok(None),
            Bound::Cap(most) | Bound::Callers(most) => deadlock_free(most, self.together).map(Some),
        }
    }

    /// The most requests in flight with which the pool cannot deadlock.
    #[must_use]
    pub fn most_in_flight(&self) -> u32 {
        most_at_once(self.connections, self.together).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for NestedHolds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (together, size) = (self.together, self.connections);
        write!(
            f,
            "A request holds up to {together} connections at once, so with N requests in flight it takes a pool \
             of N × ({together} − 1) + 1 to rule out that it deadlocks on itself. "
        )?;
        match self.bound {
            Bound::Nothing => f.write_str("Nothing bounds N here, so no pool is large enough. ")?,
            Bound::Cap(most) => write!(f, "in-flight-cap = {} makes that {}. ", most.get(), self.needed())?,
            Bound::Callers(most) => write!(f, "{most} callers make that {}. ", self.needed())?,
        }
        match (self.most_in_flight(), self.bound) {
            (0, _) => write!(f, "{size} connections are too few even for one request."),
            (most, Bound::Callers(_)) => {
                write!(f, "{size} connections are enough for {} callers or fewer.", units::count(most.into()))
            }
            (most, _) => write!(f, "{size} connections are enough with in-flight-cap = {most} or less."),
        }
    }
}

impl NestedHolds {
    fn needed(&self) -> String {
        match self.smallest() {
            Ok(Some(smallest)) => smallest.to_string(),
            Ok(None) | Err(_) => "more than any pool has".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(connections: u32, bound: Bound) -> String {
        let together = NonZeroU32::new(3).unwrap();
        NestedHolds { together, connections: Connections::new(connections).unwrap(), bound }.to_string()
    }

    #[test]
    fn the_words_say_what_bounds_and_what_would_be_safe() {
        insta::assert_snapshot!(told(20, Bound::Nothing), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. Nothing bounds N here, so no pool is large enough. 20 connections are enough with in-flight-cap = 9 or less.");
        insta::assert_snapshot!(told(20, Bound::Cap(Callers::new(50).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. in-flight-cap = 50 makes that 101. 20 connections are enough with in-flight-cap = 9 or less.");
        insta::assert_snapshot!(told(2, Bound::Callers(Callers::new(7).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. 7 callers make that 15. 2 connections are too few even for one request.");
        insta::assert_snapshot!(told(20, Bound::Cap(Callers::new(u32::MAX).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. in-flight-cap = 4294967295 makes that more than any pool has. 20 connections are enough with in-flight-cap = 9 or less.");
    }
}
