//! THE RUN: three acts on real servers, from a scenario to a record. Nothing is judged here.
//!
//! 1. *Anatomy*: one request of each lane on an idle pool, every move noted.
//! 2. *Side by side*: the same arrivals offered to every scope at the same time.
//! 3. *Capacity*: closed loops that saturate each scope.
//!
//! [`simulate`] plays the second and the third in virtual time instead.

mod act;
mod environment;
mod plan;
mod simulate;
mod watch;

use std::time::{Duration, SystemTime};

pub use environment::library;
pub use plan::plan_record;
pub use simulate::{Holds, SimulateError, Simulated, TWIN, only_simulated, simulate};
pub use watch::{ActKind, LaneLabel, Silent, Watch};

use crate::archive::{ProofRecord, RunRecord, Source, Status, VERSION};
use crate::jobs::repository::TABLES;
use crate::load::{LaneError, Stop};
use crate::pool::admin::{Admin, AdminError};
use crate::pool::{Address, AddressError};
use crate::queue::{QueueError, RedisQueue};
use crate::scenario::{Overrides, Scenario};
use crate::target::{DatabaseUrl, RedisUrl};
use crate::units::TimeScale;

/// Where a run takes place.
#[derive(Debug)]
pub struct Servers {
    /// The Postgres.
    pub database: DatabaseUrl,
    /// The Redis; none for a delay alone.
    pub redis: Option<RedisUrl>,
    /// The words for where the Postgres came from.
    pub database_from: String,
    /// The words for where the Redis came from, or why there is none.
    pub redis_from: String,
    /// The schema that poolbench works in.
    pub schema: String,
}

/// What keeps a run from taking place. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The database.
    #[error(transparent)]
    Database(#[from] AdminError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A lane.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Only the twin plays it.
    #[error("{0}")]
    OnlySimulated(&'static str),
}

/// Runs a scenario. A stopped run returns what it has, marked so. With a second time scale, the
/// open loop is run again at that scale, to show that scaling time changes nothing.
///
/// # Errors
/// When the servers cannot be used as the scenario asks. poolbench's own schema is dropped then
/// as well.
pub async fn conduct(
    scenario: &Scenario,
    servers: &Servers,
    proof: Option<TimeScale>,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<RunRecord, RunError> {
    if let Some(why) = only_simulated(&plan_record(scenario)) {
        return Err(RunError::OnlySimulated(why));
    }
    let address = Address::parse(&servers.database)?;
    let admin = Admin::connect(&address).await?;
    let at_once = scenario.pool.size * scenario.scopes.len() as u32;
    admin.ensure_room(at_once.max(scenario.lanes())).await?;
    let queue = match &servers.redis {
        Some(url) => Some(RedisQueue::connect(url).await?),
        None => None,
    };
    admin.make_schema(&servers.schema).await?;
    if let Some(queue) = &queue {
        queue.clean_up().await?;
    }
    let stage = Stage { scenario, servers, admin: &admin, address: address.in_schema(&servers.schema) };
    let record = stage.play(queue.as_ref(), proof, stop, watch).await;
    // Whatever became of the run, nothing of ours stays.
    let dropped = admin.drop_schema(&servers.schema).await;
    if let Some(queue) = &queue {
        queue.clean_up().await?;
    }
    let record = record?;
    dropped?;
    Ok(record)
}

/// What all acts share.
pub(crate) struct Stage<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) servers: &'a Servers,
    pub(crate) admin: &'a Admin,
    pub(crate) address: Address,
}

impl Stage<'_> {
    async fn play(
        &self,
        queue: Option<&RedisQueue>,
        proof: Option<TimeScale>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<RunRecord, RunError> {
        let mut setup: Vec<String> = TABLES.map(str::to_owned).to_vec();
        setup.extend(self.scenario.setup.iter().cloned());
        self.admin.set_up(&self.servers.schema, &setup).await?;
        let mut record = RunRecord {
            version: VERSION,
            poolbench: env!("CARGO_PKG_VERSION").to_owned(),
            created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            status: Status::Complete,
            source: Source::Measured,
            plan: plan_record(self.scenario),
            environment: self.environment(queue).await?,
            anatomy: Vec::new(),
            side_by_side: Vec::new(),
            capacity: Vec::new(),
            proof: None,
            ceiling: None,
            fault: None,
        };
        record.anatomy = self.anatomy(stop, watch).await?;
        for &pool in &self.scenario.pools {
            if !stop.is_stopped() {
                record.side_by_side.extend(self.side_by_side(ActKind::SideBySide, pool, stop, watch).await?);
            }
        }
        if let Some(scale) = proof {
            record.proof = Some(self.prove(scale, stop, watch).await?);
        }
        for &pool in &self.scenario.pools {
            if !stop.is_stopped() {
                record.capacity.extend(self.capacity(pool, stop, watch).await?);
            }
        }
        if stop.is_stopped() {
            record.status = Status::Stopped;
        }
        Ok(record)
    }
}

impl Stage<'_> {
    /// The open loop at another time scale.
    async fn prove(
        &self,
        scale: TimeScale,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<ProofRecord, RunError> {
        let changes = Overrides { time_scale: Some(scale), ..Overrides::default() };
        let scenario = self.scenario.clone().with(&changes);
        let stage = Stage { scenario: &scenario, address: self.address.clone(), ..*self };
        let mut side_by_side = Vec::new();
        for &pool in &scenario.pools {
            if !stop.is_stopped() {
                side_by_side.extend(stage.side_by_side(ActKind::Proof, pool, stop, watch).await?);
            }
        }
        Ok(ProofRecord { time_scale: scale.factor(), side_by_side })
    }
}

impl Scenario {
    /// About how long a run takes, servers ready.
    #[must_use]
    pub fn expected_run_time(&self) -> Duration {
        let request = self.workload.request_time();
        let phases = self.phases.warm_up + self.phases.measure;
        let drain = (request + self.pool.acquire_timeout).min(self.phases.drain);
        let capacity = self.capacity.warm_up + self.capacity.measure;
        let nominal = request + (phases + drain + capacity) * self.pools.len() as u32;
        self.time_scale.scaled(nominal)
    }

    /// Lanes of one act in which all pools run at once.
    fn lanes(&self) -> u32 {
        (self.pools.len() * self.scopes.len()) as u32
    }
}
