//! A plausible record of the default scenario, for tests: played by the twin at the clock of the run,
//! with the server that would have been seen.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::archive::{LaneRecord, PlanRecord, RunRecord, ServerRecord, TraceRecord, TracedMove};
use crate::itinerary::{Itinerary, Move, SessionScope};
use crate::record::Series;
use crate::twin::{HoldLaw, Lane, SideBySide, Stage};

/// The record of a complete run at 1/50.
pub(super) fn record() -> RunRecord {
    let plan: PlanRecord = serde_json::from_value(serde_json::json!({
        "scenario": "job-submission", "why": "What does it cost?", "request": "POST /submit",
        "time_scale": 0.02, "seed": 20_251_107,
        "pool": { "size": 20, "acquire_timeout_s": 30.0, "liveness_check": "library-default" },
        "pools": ["sqlx", "deadpool-postgres"], "scopes": ["request-scoped", "repository-scoped"],
        "steps": [
            { "name": "create_job", "kind": "sql", "time_s": 1.0, "does": "create-job" },
            { "name": "enqueue", "kind": "queue", "time_s": 177.0, "does": "enqueue" },
            { "name": "other", "kind": "work", "time_s": 2.0, "does": "wait" },
        ],
        "load": { "arrivals": "poisson", "rate_per_s": 5.0, "stages": [], "burst": 0, "in_flight_cap": 100_000, "when_full": "queue" },
        "phases": { "warm_up_s": 180.0, "measure_s": 720.0, "drain_s": 300.0 },
        "capacity": { "think_time_s": 0.0, "warm_up_s": 180.0, "measure_s": 360.0 },
        "bystander": { "rate_per_s": 1.0, "time_s": 0.0 }, "claims": [],
    }))
    .unwrap();
    of(plan)
}

fn of(plan: PlanRecord) -> RunRecord {
    let (stage, scopes) = (Stage::as_driven(&plan), plan.session_scopes());
    let lanes = || plan.pools.iter().flat_map(|pool| scopes.iter().map(move |scope| (pool.as_str(), *scope)));
    let anatomy = lanes().map(|(pool, scope)| trace(&plan, pool, scope)).collect();
    // Round trips make holds a little uneven.
    let holds = || HoldLaw::LogNormal { spread: 1e-6 };
    let side_by_side = lanes().map(|(pool, scope)| {
        let laws = SideBySide { holds: holds(), bystanders: HoldLaw::Fixed };
        played(&plan, &stage.side_by_side(scope, laws).unwrap(), pool)
    });
    let capacity = lanes().map(|(pool, scope)| {
        let share = plan.itinerary(scope).hold_time().div_duration_f64(plan.workload().request_time());
        let callers = f64::from(plan.pool.size) * 1.1 / share;
        played(&plan, &stage.capacity(scope, callers as u32, holds()).unwrap(), pool)
    });
    let (side_by_side, capacity) = (side_by_side.collect(), capacity.collect());
    RunRecord { anatomy, side_by_side, capacity, ..empty(plan.clone()) }
}

fn played(plan: &PlanRecord, lane: &Lane, pool: &str) -> LaneRecord {
    let tape = lane.play(NonZeroUsize::MIN).unwrap().tape;
    let server = seen(plan, &lane.itinerary, &tape.series);
    LaneRecord { server, ..lane.record(pool, "a1b2".to_owned(), &tape) }
}

/// What the server would have seen at the end of each slice: a connection that is held is active as
/// large a part of the time as SQL runs.
fn seen(plan: &PlanRecord, itinerary: &Itinerary, series: &Series) -> ServerRecord {
    let busy = itinerary.holds().iter().map(|hold| hold.busy).sum::<Duration>();
    let busy = busy.div_duration_f64(itinerary.hold_time());
    let mut server = ServerRecord::default();
    for (at, slice) in (1..).map(|slice| slice * series.step).zip(&series.slices) {
        let active = (f64::from(slice.in_use) * busy).ceil() as u32;
        server.at_ns.push(at);
        server.active.push(active);
        server.idle_in_transaction.push(slice.in_use - active);
        server.idle.push(plan.pool.size - slice.in_use);
    }
    server
}

/// The record of a run that did nothing.
pub(super) fn empty(plan: PlanRecord) -> RunRecord {
    serde_json::from_value(serde_json::json!({
        "version": 1, "poolbench": "0.1.0", "created": "2025-11-07T12:00:00Z", "status": "complete",
        "plan": plan,
        "environment": {
            "system": "Linux", "processor": "x", "cores": 2, "memory_mib": 0, "build": "release",
            "postgres_from": "x", "postgres_version": "17", "postgres_settings": [], "schema": "x",
            "queue": "x", "pools": [],
        },
        "anatomy": [], "side_by_side": [], "capacity": [], "proof": null, "ceiling": null,
    }))
    .unwrap()
}

fn trace(plan: &PlanRecord, pool: &str, scope: SessionScope) -> TraceRecord {
    let itinerary = plan.itinerary(scope);
    let mut at = 0;
    let moves = itinerary.moves().iter().map(|step| {
        let from_ns = at;
        at += lasts(plan, &itinerary, *step);
        TracedMove { word: itinerary.word(*step).to_owned(), from_ns, to_ns: at }
    });
    TraceRecord { pool: pool.into(), scope: scope.name().into(), moves: moves.collect(), failure: None }
}

/// Measured time of a move without any waiting: its scaled time and what it costs on top.
fn lasts(plan: &PlanRecord, itinerary: &Itinerary, step: Move) -> u64 {
    match step {
        Move::Acquire => 40_000,
        Move::Begin => 150_000,
        Move::Commit | Move::Rollback => 420_000,
        Move::Release => 9_000,
        Move::Perform(index) => {
            plan.scale().scaled(itinerary.workload().steps[index].time).as_nanos() as u64 + 700_000
        }
    }
}
