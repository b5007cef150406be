//! The one place where the name of a pool library becomes a pool; all else is generic.

use std::sync::Arc;

use super::act::LaneOutcome;
use super::lane::{self, Gate};
use super::live::{Live, Stop};
use super::{LaneSpec, Library};
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::noop::NoopPool;
use crate::pool::sqlx::SqlxPool;
use crate::pool::{Pool, PoolOptions};

/// Runs a lane on this thread, in a single-threaded runtime.
pub(super) fn run(spec: LaneSpec, gate: Gate, live: Arc<Live>, stop: Stop) -> Option<LaneOutcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let local = tokio::task::LocalSet::new();
    match spec.library {
        Library::Sqlx => local.block_on(&runtime, lane::run::<SqlxPool>(spec, gate, live, stop)),
        Library::Deadpool => local.block_on(&runtime, lane::run::<DeadpoolPool>(spec, gate, live, stop)),
        Library::Noop => local.block_on(&runtime, lane::run::<NoopPool>(spec, gate, live, stop)),
    }
}

/// The library, its version, and the settings in force.
#[must_use]
pub fn identity(library: Library, options: &PoolOptions) -> String {
    match library {
        Library::Sqlx => SqlxPool::identity(options),
        Library::Deadpool => DeadpoolPool::identity(options),
        Library::Noop => NoopPool::identity(options),
    }
}
