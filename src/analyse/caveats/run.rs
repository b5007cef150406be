//! Caveats about the whole run.

use super::{Act, Caveat, Place, What, silence};
use crate::analyse::phase::follows;
use crate::archive::{PlanRecord, RunRecord, Source, Status};
use crate::itinerary::StepKind;

pub(super) fn find(record: &RunRecord) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = Vec::new();
    found.extend(moves(record));
    found.extend(anatomy_failed(record));
    found.extend(arrivals(record));
    found.extend(ended_early(record));
    if record.source == Source::Simulated {
        // No server, no queue, no build and no overhead bears on virtual time.
        found.extend(warm_up(&record.plan));
        return found;
    }
    if record.environment.build == "debug" {
        found.push(Caveat::run(What::DebugBuild));
    }
    found.extend(warm_up(&record.plan));
    found.extend(backlog(record));
    found.extend(silence::find(record));
    let queues = record.plan.workload().steps.iter().any(|step| step.kind == StepKind::Queue);
    if queues && record.environment.queue.contains("delay") {
        found.push(Caveat::run(What::QueueIsDelay));
    }
    found.extend(tainted(record));
    found.extend(durability(record));
    found.push(Caveat::run(What::OneRun));
    found
}

fn ended_early(record: &RunRecord) -> Option<Caveat> {
    let acts = missing(record);
    let what = match record.status {
        Status::Complete => return None,
        Status::Stopped => What::Stopped(acts),
        Status::Failed => {
            let during = record.fault.as_ref().map(|fault| fault.during.clone()).unwrap_or_default();
            What::Failed { during, acts }
        }
    };
    Some(Caveat::run(what))
}

/// Acts in which a lane is missing.
fn missing(record: &RunRecord) -> Vec<Act> {
    let whole = record.plan.pools.len() * record.plan.scopes.len();
    let acts = [
        (Act::Anatomy, record.anatomy.len()),
        (Act::SideBySide, record.side_by_side.len()),
        (Act::Capacity, record.capacity.len()),
    ];
    acts.into_iter().filter(|(_, lanes)| *lanes < whole).map(|(act, _)| act).collect()
}

fn moves(record: &RunRecord) -> Option<Caveat> {
    let mut lanes = Vec::new();
    for trace in record.anatomy.iter().filter(|trace| trace.failure.is_none()) {
        let Ok(scope) = trace.scope.parse() else { continue };
        if !follows(&record.plan.itinerary(scope), trace) {
            lanes.push(Place { act: Act::Anatomy, pool: trace.pool.clone(), scope });
        }
    }
    (!lanes.is_empty()).then_some(Caveat { what: What::MovesDiffer, lanes })
}

/// The first failure of an anatomy, with all lanes in which there was one. A run that was stopped says
/// so elsewhere.
fn anatomy_failed(record: &RunRecord) -> Option<Caveat> {
    let failed = record.anatomy.iter().filter(|_| record.status != Status::Stopped);
    let failed = failed.filter_map(|trace| Some((trace, trace.failure.clone()?, trace.scope.parse().ok()?)));
    let mut first = None;
    let mut lanes = Vec::new();
    for (trace, failure, scope) in failed {
        first = first.or(Some(failure));
        lanes.push(Place { act: Act::Anatomy, pool: trace.pool.clone(), scope });
    }
    first.map(|failure| Caveat { what: What::AnatomyFailed(failure), lanes })
}

/// Lanes that were offered other arrivals than the first one of their pool.
fn arrivals(record: &RunRecord) -> Option<Caveat> {
    let mut lanes = Vec::new();
    for lane in &record.side_by_side {
        let first = record.side_by_side.iter().find(|other| other.pool == lane.pool);
        let differs = first.is_some_and(|first| first.arrivals != lane.arrivals);
        if let (true, Ok(scope)) = (differs, lane.scope.parse()) {
            lanes.push(Place { act: Act::SideBySide, pool: lane.pool.clone(), scope });
        }
    }
    (!lanes.is_empty()).then_some(Caveat { what: What::ArrivalsDiffer, lanes })
}

/// From this share of the driver's own ceiling on, its cost is part of what is measured.
const NEAR: f64 = 0.8;

fn tainted(record: &RunRecord) -> Option<Caveat> {
    let carried = record.ceiling.as_ref()?.sustained_per_s.median;
    let driven = record.side_by_side.iter().chain(&record.capacity).map(|lane| {
        let seconds = lane.window.to_ns.saturating_sub(lane.window.from_ns) as f64 / 1e9;
        let requests = lane.measured.ledger.dispatched + lane.bystanders.ledger.dispatched;
        if seconds > 0.0 { requests as f64 / seconds } else { 0.0 }
    });
    let driven = driven.fold(0.0, f64::max);
    (driven >= NEAR * carried).then(|| Caveat::run(What::Tainted { driven, carried }))
}

fn backlog(record: &RunRecord) -> Option<Caveat> {
    let mut most = 0;
    let mut lanes = Vec::new();
    for lane in &record.side_by_side {
        // The slice that ends where the measured span begins.
        let before = (lane.window.from_ns / lane.series.step_ns.max(1)).checked_sub(1)?;
        let waiting = lane.series.waiting.get(before as usize).copied().unwrap_or(0);
        if let (true, Ok(scope)) = (waiting > 0, lane.scope.parse()) {
            most = most.max(waiting);
            lanes.push(Place { act: Act::SideBySide, pool: lane.pool.clone(), scope });
        }
    }
    (!lanes.is_empty()).then_some(Caveat { what: What::WarmUpBacklog(most.into()), lanes })
}

fn warm_up(plan: &PlanRecord) -> Option<Caveat> {
    let warm_up = std::time::Duration::try_from_secs_f64(plan.phases.warm_up_s).unwrap_or_default();
    let request = plan.workload().request_time();
    (warm_up < request).then(|| Caveat::run(What::WarmUpShort { warm_up, request }))
}

/// Settings without which a commit does not survive a crash.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

fn durability(record: &RunRecord) -> Option<Caveat> {
    let settings = &record.environment.postgres_settings;
    let off = settings.iter().filter(|(name, value)| DURABLE.contains(&name.as_str()) && value == "off");
    let off: Vec<String> = off.map(|(name, _)| name.clone()).collect();
    (!off.is_empty()).then(|| Caveat::run(What::DurabilityOff(off)))
}
