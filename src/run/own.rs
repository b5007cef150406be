//! A pool of the user's own, driven as those of the built-in libraries are.

use super::RunError;
use super::act::told;
use super::plan::{open_plan, other_plays, play, slice};
use super::setup::has_own_statements;
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::load::{LaneError, LaneSpec, Library, Stop, Task, start_on};
use crate::plan::{Plan, SeedStream};
use crate::pool::{Address, Pool, PoolOptions};

/// Where a pool of the user's own finds its database. A pool that answers without one needs no tables,
/// and looks at neither.
#[derive(Debug, Clone)]
pub struct OwnPlace {
    /// What the pool is opened with.
    pub address: Address,
    /// The schema that holds the tables of the job service; see [`tables`](super::tables).
    pub schema: String,
}

/// Drives the open loop of a plan under one session scope on a pool of the user's own, at the plan's
/// time scale: the same requests at the same instants, noted in the same way as those of a run. The
/// queue is a delay alone. It takes as long as the plan's phases, and no tape says what a server saw.
///
/// `name` is what the lane calls the pool.
///
/// # Errors
/// When the plan is for the twin alone, has own statements (which do not name their schema, and could
/// reach tables of the user's), or the pool cannot be set up.
pub async fn drive_pool<P: Pool>(
    plan: &Plan,
    scope: SessionScope,
    name: &str,
    place: &OwnPlace,
    stop: &Stop,
) -> Result<LaneTape, RunError> {
    if let Some(why) = plan.only_simulated() {
        return Err(RunError::OnlySimulated(why));
    }
    if has_own_statements(plan) {
        return Err(RunError::OwnStatements);
    }
    let open = open_plan(plan);
    let spec = LaneSpec {
        // Not looked at: the type of the pool is given.
        library: Library::Noop,
        address: place.address.clone(),
        pool: PoolOptions {
            size: plan.pool.size,
            acquire_timeout: plan.time_scale.scaled(plan.pool.acquire_timeout),
            application_name: format!("poolbench {name}"),
            ..PoolOptions::default()
        },
        queue: None,
        schema: place.schema.clone(),
        play: play(plan, scope),
        other_kinds: other_plays(plan, scope),
        bystander_time: plan.time_scale.scaled(plan.bystander_time()),
        lane: format!("{name}, {scope}"),
        first_request: 0,
        connect: plan.pool.size,
        step: slice(open.window),
        seeds: SeedStream::of_requests(plan.seed),
        misuse: None,
        task: Task::Open(Box::new(open)),
    };
    let started = start_on::<P>(vec![spec], stop).await?;
    let lane = started.lanes.into_iter().next().ok_or(LaneError::BrokeDown)?;
    let outcome = tokio::task::spawn_blocking(|| lane.join()).await.unwrap_or(Err(LaneError::BrokeDown))?;
    Ok(told(name, scope, None, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::noop::NoopPool;
    use crate::scenario::Builtin;
    use crate::target::DatabaseUrl;

    #[tokio::test]
    async fn statements_that_could_reach_somebodys_tables_are_refused() {
        let plan = Plan::of(&Builtin::named("checkout").unwrap().scenario().unwrap());
        let address = Address::parse(&DatabaseUrl::new("postgres://u@127.0.0.1:1/none")).unwrap();
        let place = OwnPlace { address, schema: "none".to_owned() };
        let lane =
            drive_pool::<NoopPool>(&plan, SessionScope::Request, "mine", &place, &Stop::default()).await;
        assert!(matches!(lane, Err(RunError::OwnStatements)));
    }
}
