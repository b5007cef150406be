//! What was asked, as stored. Times in nominal seconds, rates per nominal second.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::itinerary::{Creates, Itinerary, SessionScope, Step, StepKind, Workload};
use crate::units::TimeScale;

/// The scenario of a run, with what the command line changed in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    /// Name of the scenario.
    pub scenario: String,
    /// What someone wants to know.
    pub why: String,
    /// What one request is.
    pub request: String,
    /// Measured time ÷ nominal time.
    pub time_scale: f64,
    /// Seed of every random draw.
    pub seed: u64,
    /// Pool settings.
    pub pool: PoolRecord,
    /// Pool libraries, in the order in which they ran.
    pub pools: Vec<String>,
    /// Session scopes, before first.
    pub scopes: Vec<String>,
    /// The steps of one request.
    pub steps: Vec<StepRecord>,
    /// The open loop.
    pub load: LoadRecord,
    /// Its phases.
    pub phases: PhasesRecord,
    /// The closed loop.
    pub capacity: CapacityRecord,
    /// Cheap queries of others.
    pub bystander: Option<BystanderRecord>,
    /// Claims to be tested.
    pub claims: Vec<ClaimRecord>,
    /// Many pools instead of one; none in records of one pool.
    pub fleet: Option<FleetRecord>,
    /// What waits may be; none where the scenario does not say.
    pub objective: Option<ObjectiveRecord>,
}

/// Many pools of the same size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetRecord {
    /// How many.
    pub pools: u32,
    /// random, round-robin or least-loaded.
    pub routing: String,
}

/// What waits for a connection may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveRecord {
    /// The share of requests that is to keep the limit.
    pub quantile: f64,
    /// The longest wait for them, nominal seconds.
    pub wait_s: f64,
}

/// Pool settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRecord {
    /// Connections.
    pub size: u32,
    /// Longest wait for a connection, nominal seconds.
    pub acquire_timeout_s: f64,
    /// library-default, always or never.
    pub liveness_check: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// Its name.
    pub name: String,
    /// sql, queue or work.
    pub kind: String,
    /// Nominal seconds.
    pub time_s: f64,
    /// What it really does: a built-in operation, statements, enqueue or wait.
    pub does: String,
    /// Share of the requests for which it fails; none where it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_share: Option<f64>,
}

/// The open loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadRecord {
    /// poisson or constant.
    pub arrivals: String,
    /// Requests due per nominal second.
    pub rate_per_s: f64,
    /// How the rate changes: shape, rate per nominal second, and nominal seconds, a stage each.
    pub stages: Vec<(String, f64, f64)>,
    /// Requests that are all due at the start of the measured span.
    pub burst: u32,
    /// Most requests in flight at once.
    pub in_flight_cap: u32,
    /// queue or shed.
    pub when_full: String,
}

/// Phases of the open loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhasesRecord {
    /// Nominal seconds.
    pub warm_up_s: f64,
    /// Nominal seconds.
    pub measure_s: f64,
    /// Nominal seconds.
    pub drain_s: f64,
}

/// The closed loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityRecord {
    /// Pause of a caller between two requests, nominal seconds.
    pub think_time_s: f64,
    /// Nominal seconds.
    pub warm_up_s: f64,
    /// Nominal seconds.
    pub measure_s: f64,
}

/// Cheap queries of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BystanderRecord {
    /// Queries due per nominal second.
    pub rate_per_s: f64,
    /// Time on the server, nominal seconds.
    pub time_s: f64,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRecord {
    /// Short name.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// What number tests it.
    pub measure: String,
    /// The number that was claimed.
    pub expect: f64,
    /// How many concurrent requests it speaks of.
    pub requests: u32,
}

impl PlanRecord {
    /// How many pools there are; one where there is no fleet.
    #[must_use]
    pub fn pool_count(&self) -> u32 {
        self.fleet.as_ref().map_or(1, |fleet| fleet.pools)
    }

    /// Connections of all pools.
    #[must_use]
    pub fn connections(&self) -> u64 {
        u64::from(self.pool.size) * u64::from(self.pool_count())
    }

    /// The workload, nominal.
    #[must_use]
    pub fn workload(&self) -> Arc<Workload> {
        let steps = self.steps.iter().map(|step| Step {
            name: step.name.clone(),
            kind: match step.kind.as_str() {
                "sql" => StepKind::Sql,
                "queue" => StepKind::Queue,
                _ => StepKind::Work,
            },
            time: Duration::try_from_secs_f64(step.time_s).unwrap_or_default(),
            creates: match step.does.as_str() {
                "create-job" | "create-job-with-allocation" => Creates::Job,
                _ => Creates::Nothing,
            },
        });
        Arc::new(Workload { steps: steps.collect() })
    }

    /// The itinerary under a session scope.
    #[must_use]
    pub fn itinerary(&self, scope: SessionScope) -> Itinerary {
        Itinerary::new(scope, self.workload())
    }

    /// The session scopes, before first; names that this version does not know are left out.
    #[must_use]
    pub fn session_scopes(&self) -> Vec<SessionScope> {
        self.scopes.iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// The time scale; nominal if the record holds nonsense.
    #[must_use]
    pub fn scale(&self) -> TimeScale {
        TimeScale::new(self.time_scale).unwrap_or(TimeScale::NOMINAL)
    }

    /// How long a bystander's query takes, nominal; nothing without bystanders.
    #[must_use]
    pub fn bystander_time(&self) -> Duration {
        let seconds = self.bystander.as_ref().map_or(0.0, |other| other.time_s);
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    /// The acquire timeout, nominal.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        Duration::try_from_secs_f64(self.pool.acquire_timeout_s).unwrap_or_default()
    }
}
