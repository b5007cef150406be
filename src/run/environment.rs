//! Where a run takes place: what a reader needs to judge its figures.

use super::{RunContext, RunError};
use crate::archive::{Build, Environment, QueueServer};
use crate::load::{Library, identity};
use crate::pool::{LivenessOverride, PoolOptions};
use crate::scenario::{LivenessCheck, PoolKind, PoolLibrary, PoolTest, Via};

impl RunContext<'_> {
    pub(super) async fn environment(&self) -> Result<Environment, RunError> {
        let from = self.servers.redis_from.clone();
        let queue = match self.place.redis() {
            None => QueueServer::DelayAlone { why: from },
            Some(queue) => QueueServer::Redis { version: queue.version().await?, from },
        };
        let admin = self.place.admin().await?;
        let pools = self.pools();
        let pooler = match self.place.console() {
            Some(console) => Some(console.version().await?),
            None => None,
        };
        Ok(Environment {
            postgres_from: self.servers.database_from.clone(),
            postgres_version: admin.version().await?,
            postgres_encryption: admin.spoken().map(|spoken| spoken.words().to_owned()),
            postgres_settings: admin.settings().await?,
            schema: self.servers.schema.clone(),
            queue: Some(queue),
            pools: pools
                .into_iter()
                .map(|pool| (pool.name().to_owned(), self.identity(pool, pooler.as_deref())))
                .collect(),
            ..machine()
        })
    }

    /// A pool library with its settings, and what its connections lead to.
    fn identity(&self, pool: PoolKind, pooler: Option<&str>) -> String {
        let library = identity(library(pool), &self.pool_options(pool, ""));
        let mode = match pool.via {
            Via::Direct => return library,
            Via::PgBouncerSession => "session",
            Via::PgBouncerTransaction => "transaction",
        };
        let pooler = pooler.unwrap_or("PgBouncer");
        format!("{library}; in front of {pooler}, {mode} mode, pool_size {}", self.plan.pool.size)
    }

    pub(super) fn pool_options(&self, pool: PoolKind, application_name: &str) -> PoolOptions {
        let as_asked = match self.plan.pool.liveness_check {
            LivenessCheck::LibraryDefault => None,
            LivenessCheck::Always => Some(LivenessOverride::Always),
            LivenessCheck::Never => Some(LivenessOverride::Never),
        };
        PoolOptions {
            size: self.plan.pool.size,
            acquire_timeout: self.plan.time_scale.scaled(self.plan.pool.acquire_timeout),
            liveness_check: match pool.test {
                PoolTest::AsTheScenario => as_asked,
                PoolTest::Always => Some(LivenessOverride::Always),
                PoolTest::Never => Some(LivenessOverride::Never),
            },
            application_name: application_name.to_owned(),
            schema: None,
        }
    }
}

/// The machine alone: no server, no queue, no pool library.
pub(super) fn machine() -> Environment {
    Environment {
        system: system(),
        processor: processor(),
        cores: std::thread::available_parallelism().map_or(0, |cores| cores.get() as u32),
        memory_mib: memory_mib(),
        build: Build::THIS,
        postgres_from: String::new(),
        postgres_version: String::new(),
        postgres_encryption: None,
        postgres_settings: Vec::new(),
        schema: String::new(),
        queue: None,
        pools: Vec::new(),
    }
}

/// The library of a pool kind: the scenario names it, the load drives it.
#[must_use]
pub fn library(pool: PoolKind) -> Library {
    match pool.library {
        PoolLibrary::Sqlx => Library::Sqlx,
        PoolLibrary::Deadpool => Library::Deadpool,
        PoolLibrary::Bb8 => Library::Bb8,
        PoolLibrary::None => Library::None,
    }
}

/// Operating system, release and architecture; never the host's name.
fn system() -> String {
    let uname = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    format!("{} {} {}", text(uname.sysname()), text(uname.release()), text(uname.machine()))
}

fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn memory_mib() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|total| total.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
