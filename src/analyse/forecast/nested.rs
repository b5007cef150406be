//! Requests that hold several connections at once: when a pool cannot deadlock on itself.

use std::num::NonZeroU32;

use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::OpenLoad;
use crate::theory::{Callers, Connections, TheoryError, deadlock_free, most_at_once};

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
        let together = NonZeroU32::new(plan.most_held(scope)).filter(|most| most.get() > 1)?;
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
