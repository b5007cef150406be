//! A place for the job service on the servers: one lane's schema, tables and queue, for as long as it
//! is served.

use std::sync::Arc;
use std::time::Duration;

use super::plan::play;
use super::setup::has_own_statements;
use super::watch::LaneLabel;
use super::{Left, Leftovers, RunContext, RunError, Servers, Workplace, cut_off};
use crate::jobs::service::Play;
use crate::load::{RequestSeeds, Stop};
use crate::plan::{Plan, SeedStream};
use crate::pool::{Address, PoolOptions};
use crate::queue::QueuePlace;
use crate::scenario::POOLS;

/// How long looking the servers over may take.
const OPENING: Duration = Duration::from_secs(60);

/// A queue of which nothing was heard for this time, and more, counts as left.
const RENEWED_EACH: Duration = Duration::from_secs(60);

/// What the job service needs to be served.
pub(crate) struct Hosted {
    place: Workplace,
    /// Address of the Postgres.
    pub(crate) address: Address,
    /// The pool's settings.
    pub(crate) pool: PoolOptions,
    /// Where the jobs go; none for a delay alone.
    pub(crate) queue: Option<QueuePlace>,
    /// The schema of the job service's tables.
    pub(crate) schema: String,
    /// What one submission does.
    pub(crate) play: Arc<Play>,
    /// Seed of the draws that decide which steps fail.
    pub(crate) seeds: RequestSeeds,
}

/// Makes poolbench's own place on the servers, for the first scope of a plan. `stop` gives up while it is
/// made; how long it may take to leave is `patient`'s to say.
///
/// # Errors
/// With what stands in the way; nothing of ours stays then.
pub(crate) async fn host(
    plan: &Plan,
    servers: &Servers,
    leftovers: &Leftovers,
    stop: &Stop,
    patient: &Stop,
) -> Result<Hosted, RunError> {
    if let Some(why) = plan.only_simulated() {
        return Err(RunError::OnlySimulated(why));
    }
    let opening = Workplace::open(servers, 1, plan.pool.size, Duration::ZERO, leftovers, patient);
    let place = match stop.cuts(OPENING, opening).await {
        Ok(opened) => opened?,
        Err(cut) => return Err(cut_off(cut, "looking the servers over", OPENING)),
    };
    let context = RunContext { plan, servers, place: &place, misuse: None };
    if let Err(fault) = context.set_up(stop).await {
        place.leave().await;
        return Err(fault);
    }
    let schema = place.schemas().first().cloned().unwrap_or_default();
    let own = has_own_statements(plan);
    let pool = context.pools().first().copied().unwrap_or(POOLS[0]);
    let scope = plan.scopes.first().copied().unwrap_or(crate::itinerary::SessionScope::Repository);
    let address = context.lane_address(LaneLabel { pool, scope });
    let pool = context.pool_options(pool, &place.name("serve"));
    Ok(Hosted {
        address,
        pool: PoolOptions { schema: own.then(|| schema.as_str().into()), ..pool },
        queue: place.queue().cloned(),
        play: play(plan, scope),
        seeds: SeedStream::of_requests(plan.seed),
        schema,
        place,
    })
}

impl Hosted {
    /// Says again and again that the queue is in use. Never ends.
    pub(crate) async fn renew(&self) {
        loop {
            tokio::time::sleep(RENEWED_EACH).await;
            if let Some(redis) = self.place.redis() {
                // A Redis that does not answer now may do so in a minute.
                let _ = redis.renew(super::workplace::QUEUE_OVER).await;
            }
        }
    }

    /// Leaves the servers as they were found; answers what could not be removed.
    pub(crate) async fn leave(self) -> Vec<Left> {
        self.place.leave().await
    }
}
