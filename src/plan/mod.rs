//! WHAT WILL BE DONE: a [`Plan`], made once from a scenario, or read back from a record.
//!
//! The live driver, the twin, the theory, `check`, `size` and the analysis read the same plan, and
//! nothing else plans. Times and rates are nominal; [`Plan::open_loop`] and [`Plan::closed_loop`]
//! bring them to the clock at which a lane runs.

mod lane;
mod misuse;
mod mix;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

pub use lane::{ClosedLoop, NO_TIMEOUT, OpenLoop, SeedStream};
pub use misuse::Misuse;
pub use mix::{Asks, KindRef, Way, WayEnds};

use crate::itinerary::{Itinerary, SessionScope, Workload};
use crate::scenario::{
    Bystander, CallerCount, Capacity, Claim, Fleet, Objective, OpenLoad, Operation, Phases, PoolSettings,
    RequestKind, Scenario, StepFailure, Target, WaitObjective,
};
use crate::units::TimeScale;

/// What will be done, or was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name of the scenario.
    pub scenario: String,
    /// What someone wants to know.
    pub why: String,
    /// What one request is.
    pub request: String,
    /// Measured time ÷ nominal time.
    pub time_scale: TimeScale,
    /// Seed of every random draw.
    pub seed: u64,
    /// Pool settings, the same for every pool library.
    pub pool: PoolSettings,
    /// Names of the pool libraries, in the order in which they run.
    pub pools: Vec<String>,
    /// Session scopes to compare; the first is the "before".
    pub scopes: Vec<SessionScope>,
    /// The steps of one request with their times.
    pub workload: Arc<Workload>,
    /// What each step does; same length as the workload's steps. A plan that was read from a record
    /// has own statements without their text.
    pub operations: Vec<Operation>,
    /// For which requests each step fails; same length as the workload's steps.
    pub failures: Vec<StepFailure>,
    /// Kinds of requests beside the usual one, which the steps above are of.
    pub kinds: Vec<RequestKind>,
    /// How many steps compute at once in one service.
    pub processors: NonZeroU32,
    /// Statements that make the scenario's own tables; none in a plan that was read from a record.
    pub setup: Vec<String>,
    /// The open loop.
    pub load: OpenLoad,
    /// Its phases.
    pub phases: Phases,
    /// The closed loop.
    pub capacity: Capacity,
    /// Cheap queries of others.
    pub bystander: Option<Bystander>,
    /// Claims to be tested.
    pub claims: Vec<Claim>,
    /// Many pools instead of one.
    pub fleet: Option<Fleet>,
    /// What a run has to keep.
    pub objectives: Vec<Objective>,
    /// The HTTP service that is driven instead of pools.
    pub target: Option<Target>,
}

/// What stands for the pool library where a service is driven: nobody sees which one it has.
pub const HTTP: &str = "http";

/// From where a run is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// poolbench drives the pools itself, and sees every connection.
    FromInside,
    /// Requests go to a service, of which nothing but its answers is seen.
    FromOutside,
}

impl Plan {
    /// The plan of a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        // Destructured, so that a new key of the scenario cannot be forgotten here.
        let Scenario {
            name,
            why,
            request,
            pool,
            pools,
            scopes,
            // Those that are compared carry their moves.
            own_scopes: _,
            workload,
            operations,
            failures,
            kinds,
            processors,
            setup,
            load,
            phases,
            capacity,
            bystander,
            claims,
            fleet,
            objectives,
            target,
            // What follows from it is in the target and in the steps.
            steps_are: _,
            time_scale,
            seed,
        } = scenario;
        Self {
            scenario: name.clone(),
            why: why.clone(),
            request: request.clone(),
            time_scale: *time_scale,
            seed: *seed,
            pool: *pool,
            pools: pools.iter().map(|pool| pool.name().to_owned()).collect(),
            scopes: scopes.clone(),
            workload: workload.clone(),
            operations: operations.clone(),
            failures: failures.clone(),
            kinds: kinds.clone(),
            processors: *processors,
            setup: setup.clone(),
            load: load.clone(),
            phases: *phases,
            capacity: *capacity,
            bystander: *bystander,
            claims: claims.clone(),
            fleet: *fleet,
            objectives: objectives.clone(),
            target: None,
        }
        .at_target(target.clone())
    }

    /// The same plan for requests that go to a service, or, without one, to pools.
    #[must_use]
    pub fn at_target(self, target: Option<Target>) -> Self {
        match target {
            None => Self { target: None, ..self },
            Some(target) => Self { pools: vec![HTTP.to_owned()], target: Some(target), ..self },
        }
    }

    /// From where its run is seen.
    #[must_use]
    pub fn seen(&self) -> Seen {
        if self.target.is_some() { Seen::FromOutside } else { Seen::FromInside }
    }

    /// How many pools there are; one where there is no fleet.
    #[must_use]
    pub fn pool_count(&self) -> u32 {
        self.fleet.map_or(1, |fleet| fleet.pools)
    }

    /// Connections of all pools.
    #[must_use]
    pub fn connections(&self) -> u64 {
        u64::from(self.pool.size) * u64::from(self.pool_count())
    }

    /// The itinerary of a request of the usual kind under a session scope, nominal.
    #[must_use]
    pub fn itinerary(&self, scope: SessionScope) -> Itinerary {
        Itinerary::new(scope, self.workload.clone())
    }

    /// How long a bystander's query takes, nominal; nothing without bystanders.
    #[must_use]
    pub fn bystander_time(&self) -> Duration {
        self.bystander.map_or(Duration::ZERO, |other| other.time)
    }

    /// The callers of the closed loop under a session scope.
    #[must_use]
    pub fn callers(&self, scope: SessionScope) -> u32 {
        match self.capacity.callers {
            CallerCount::Fixed(callers) => callers,
            CallerCount::Saturation(multiple) => {
                let hold = self.hold_time(scope).as_secs_f64();
                let request = self.request_time().as_secs_f64();
                // Without SQL nothing is held and nothing saturates: a caller a connection then.
                let think = self.capacity.think_time.as_secs_f64();
                let each = if hold > 0.0 { ((request + think) / hold).max(1.0) } else { 1.0 };
                (multiple * f64::from(self.pool.size) * each).ceil().min(MOST_CALLERS) as u32
            }
        }
    }

    /// Why only the twin can play this plan; nothing where a real run can.
    #[must_use]
    pub fn only_simulated(&self) -> Option<OnlySimulated> {
        self.fleet.is_some().then_some(OnlySimulated::Fleet)
    }

    /// What pools are sized by: the first objective on a quantile of waits.
    #[must_use]
    pub fn wait_objective(&self) -> Option<WaitObjective> {
        self.objectives.iter().find_map(Objective::on_waits)
    }

    /// About how long a real run takes, servers ready.
    #[must_use]
    pub fn expected_run_time(&self) -> Duration {
        let request = self.longest_request();
        let phases = self.phases.warm_up + self.phases.measure;
        let patience = match &self.target {
            None => request + self.pool.acquire_timeout,
            Some(target) => target.timeout.unwrap_or(request),
        };
        let drain = patience.min(self.phases.drain);
        let capacity = self.capacity.warm_up + self.capacity.measure;
        let nominal = request + (phases + drain + capacity) * self.pools.len() as u32;
        self.time_scale.scaled(nominal)
    }

    /// The same plan at another time scale.
    #[must_use]
    pub fn at(&self, time_scale: TimeScale) -> Self {
        Self { time_scale, ..self.clone() }
    }
}

/// Why only the twin can play a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlySimulated {
    /// It has a fleet of pools.
    Fleet,
}

/// More callers than this are a slip of the unit.
const MOST_CALLERS: f64 = 1_000_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::BUILTIN;

    #[test]
    fn the_seed_needs_22_callers_before_and_3960_after() {
        let plan = Plan::of(&BUILTIN[0].scenario().unwrap());
        assert_eq!(plan.callers(SessionScope::Request), 22);
        assert_eq!(plan.callers(SessionScope::Repository), 3960);
    }
}
