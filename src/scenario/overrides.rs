//! What the command line changes in a scenario.

use std::time::Duration;

use super::{PoolKind, Routing, Scenario};
use crate::itinerary::SessionScope;
use crate::units::{Rate, TimeScale};

/// Changes to a scenario; what is not given stays as the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// Measured time ÷ nominal time.
    pub time_scale: Option<TimeScale>,
    /// Seed of every random draw.
    pub seed: Option<u64>,
    /// Connections in each pool.
    pub pool_size: Option<u32>,
    /// Longest wait for a connection, nominal.
    pub acquire_timeout: Option<Duration>,
    /// Requests due per second, nominal.
    pub rate: Option<Rate>,
    /// The measured span of the open-loop act, nominal.
    pub measure: Option<Duration>,
    /// How requests find their pool, where there is a fleet.
    pub routing: Option<Routing>,
    /// Pool libraries to run; empty for the scenario's.
    pub pools: Vec<PoolKind>,
    /// Session scopes to run; empty for the scenario's.
    pub scopes: Vec<SessionScope>,
}

impl Scenario {
    /// The scenario with these changes.
    #[must_use]
    pub fn with(mut self, changes: &Overrides) -> Self {
        let Overrides { time_scale, seed, pool_size, acquire_timeout, rate, measure, routing, pools, scopes } =
            changes;
        self.time_scale = time_scale.unwrap_or(self.time_scale);
        self.seed = seed.unwrap_or(self.seed);
        self.pool.size = pool_size.unwrap_or(self.pool.size);
        self.pool.acquire_timeout = acquire_timeout.unwrap_or(self.pool.acquire_timeout);
        self.load.rate = rate.unwrap_or(self.load.rate);
        self.phases.measure = measure.unwrap_or(self.phases.measure);
        if let (Some(fleet), Some(routing)) = (&mut self.fleet, routing) {
            fleet.routing = *routing;
        }
        if !pools.is_empty() {
            self.pools.clone_from(pools);
        }
        if !scopes.is_empty() {
            if let Some(target) = &mut self.target {
                target.keep_sites_of(&self.scopes, scopes);
            }
            self.scopes.clone_from(scopes);
        }
        self
    }
}
