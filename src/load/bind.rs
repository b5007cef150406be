//! The one place where the name of a pool library becomes a pool; all else is generic.

use std::sync::Arc;

use super::act::LaneOutcome;
use super::lane::{self, StartGate};
use super::live::{Live, Stop};
use super::{LaneSpec, Library};
use crate::pool::bb8::Bb8Pool;
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::none::NoPool;
use crate::pool::noop::NoopPool;
use crate::pool::sqlx::SqlxPool;
use crate::pool::{Pool, PoolOptions};

/// Runs a lane on this thread.
pub(super) type Runner<S> = fn(S, StartGate, Arc<Live>, Stop) -> Option<LaneOutcome>;

/// Runs a lane on the pool that its library names.
pub(super) fn run(spec: LaneSpec, gate: StartGate, live: Arc<Live>, stop: Stop) -> Option<LaneOutcome> {
    let run = match spec.library {
        Library::Sqlx => run_on::<SqlxPool>,
        Library::Deadpool => run_on::<DeadpoolPool>,
        Library::Bb8 => run_on::<Bb8Pool>,
        Library::None => run_on::<NoPool>,
        Library::Noop => run_on::<NoopPool>,
    };
    run(spec, gate, live, stop)
}

/// Runs a lane on this pool, in a single-threaded runtime.
pub(super) fn run_on<P: Pool>(
    spec: LaneSpec,
    gate: StartGate,
    live: Arc<Live>,
    stop: Stop,
) -> Option<LaneOutcome> {
    on_this_thread(lane::run::<P>(spec, gate, live, stop))
}

/// Plays a lane in a single-threaded runtime.
pub(super) fn on_this_thread(lane: impl Future<Output = Option<LaneOutcome>>) -> Option<LaneOutcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    tokio::task::LocalSet::new().block_on(&runtime, lane)
}

/// The library, its version, and the settings in force.
#[must_use]
pub fn identity(library: Library, options: &PoolOptions) -> String {
    match library {
        Library::Sqlx => SqlxPool::identity(options),
        Library::Deadpool => DeadpoolPool::identity(options),
        Library::Bb8 => Bb8Pool::identity(options),
        Library::None => NoPool::identity(options),
        Library::Noop => NoopPool::identity(options),
    }
}
