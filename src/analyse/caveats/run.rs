//! Caveats about the whole run.

use super::{Act, Caveat, Place, What, silence};
use crate::analyse::phase::follows;
use crate::archive::{Build, QueueServer, Run, Source, Status};
use crate::itinerary::StepKind;
use crate::plan::{Plan, Seen};
use crate::record::ArrivalsCut;
use crate::twin::Stage;

pub(super) fn find(record: &Run) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = Vec::new();
    if record.plan.seen() == Seen::FromInside {
        found.extend(moves(record));
    }
    found.extend(anatomy_failed(record));
    found.extend(arrivals(record));
    found.extend(cut(record));
    found.extend(ended_early(record));
    if record.source == Source::Simulated {
        // No server, no queue, no build and no overhead bears on virtual time.
        found.extend(warm_up(&record.plan));
        return found;
    }
    if record.environment.build == Build::Debug {
        found.push(Caveat::run(What::DebugBuild));
    }
    found.extend(warm_up(&record.plan));
    found.extend(backlog(record));
    found.extend(silence::find(record));
    let queues = record.plan.seen() == Seen::FromInside && record.plan.has_step(StepKind::Queue);
    let delay = matches!(record.environment.queue, Some(QueueServer::DelayAlone { .. }));
    if queues && delay {
        found.push(Caveat::run(What::QueueIsDelay));
    }
    found.extend(twin_arrivals(record));
    found.extend(tainted(record));
    found.extend(durability(record));
    found.push(Caveat::run(What::OneRun));
    found
}

fn ended_early(record: &Run) -> Option<Caveat> {
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
fn missing(record: &Run) -> Vec<Act> {
    let whole = record.plan.pools.len() * record.plan.scopes.len();
    let acts = [
        (Act::Anatomy, record.anatomy.len()),
        (Act::SideBySide, record.side_by_side.len()),
        (Act::Capacity, record.capacity.len()),
    ];
    acts.into_iter().filter(|(_, lanes)| *lanes < whole).map(|(act, _)| act).collect()
}

fn moves(record: &Run) -> Option<Caveat> {
    let mut lanes = Vec::new();
    for trace in record.anatomy.iter().filter(|trace| trace.failure.is_none()) {
        let scope = trace.scope;
        if !follows(&record.plan.itinerary(scope), trace) {
            lanes.push(Place { act: Act::Anatomy, pool: trace.pool.clone(), scope });
        }
    }
    (!lanes.is_empty()).then_some(Caveat { what: What::MovesDiffer, lanes })
}

/// The first failure of an anatomy, with all lanes in which there was one. A run that was stopped says
/// so elsewhere.
fn anatomy_failed(record: &Run) -> Option<Caveat> {
    let failed = record.anatomy.iter().filter(|_| record.status != Status::Stopped);
    let failed = failed.filter_map(|trace| Some((trace, trace.failure.clone()?, trace.scope)));
    let mut first = None;
    let mut lanes = Vec::new();
    for (trace, failure, scope) in failed {
        first = first.or(Some(failure));
        lanes.push(Place { act: Act::Anatomy, pool: trace.pool.clone(), scope });
    }
    first.map(|failure| Caveat { what: What::AnatomyFailed(failure), lanes })
}

/// Lanes that were offered other arrivals than the first one of their pool, and those of which that
/// cannot be said: a load that ended before its time ended in each lane at its own moment.
fn arrivals(record: &Run) -> Vec<Caveat> {
    let (mut other, mut unknown) = (Vec::new(), Vec::new());
    for lane in &record.side_by_side {
        let Some(first) = record.side_by_side.iter().find(|first| first.pool == lane.pool) else { continue };
        let scope = lane.scope;
        if first.arrivals == lane.arrivals {
            continue;
        }
        let whole =
            record.status == Status::Complete && first.arrivals_cut.is_none() && lane.arrivals_cut.is_none();
        // A fingerprint of more arrivals cannot be compared with one of fewer.
        let as_many = first.arrivals.map(|it| it.count()) == lane.arrivals.map(|it| it.count());
        let lanes = if whole || as_many { &mut other } else { &mut unknown };
        lanes.push(Place { act: Act::SideBySide, pool: lane.pool.clone(), scope });
    }
    let found = [(What::ArrivalsDiffer, other), (What::ArrivalsNotCompared, unknown)];
    found
        .into_iter()
        .filter(|(_, lanes)| !lanes.is_empty())
        .map(|(what, lanes)| Caveat { what, lanes })
        .collect()
}

/// More arrivals than these are not drawn anew to be compared; the twin of a report plays fewer.
const MOST_DRAWN: f64 = 10e6;

/// Lanes whose arrivals are not those that the twin plays, or not even as many. A lane that ended before its time was given
/// the first ones alone.
fn twin_arrivals(record: &Run) -> Option<Caveat> {
    let whole = record.status == Status::Complete;
    let stage = Stage::as_driven(&record.plan);
    let expected = record.plan.open_loop(stage.scale, stage.seed).requests.expected();
    if !whole || expected > MOST_DRAWN {
        return None;
    }
    let drawn = stage.fingerprint().ok()?;
    let lanes = record.side_by_side.iter();
    let other = lanes.filter(|lane| {
        let given = lane.arrivals.filter(|_| lane.arrivals_cut.is_none());
        given.is_some_and(|given| given != drawn)
    });
    let lanes: Vec<Place> = other
        .map(|lane| Place { act: Act::SideBySide, pool: lane.pool.clone(), scope: lane.scope })
        .collect();
    let planned = drawn.count();
    let given = record.side_by_side.iter().filter_map(|lane| Some(lane.arrivals?.count()));
    let far = given.max_by_key(|given| given.abs_diff(planned)).filter(|given| is_far(*given, planned));
    let what = far.map_or(What::TwinArrivals, |due| What::LoadNotAsPlanned { due, planned });
    (!lanes.is_empty()).then_some(Caveat { what, lanes })
}

/// Whether two draws of random arrivals from one plan are hardly as far apart: six standard deviations
/// of their difference, which is 2n of counts that are n on average.
fn is_far(given: u64, planned: u64) -> bool {
    given.abs_diff(planned) as f64 > 6.0 * (2.0 * planned as f64).sqrt()
}

/// Lanes whose driver did not come to all that was due, with the facts of the worst.
fn cut(record: &Run) -> Option<Caveat> {
    let mut lanes = Vec::new();
    let mut worst: Option<ArrivalsCut> = None;
    let missing = |cut: &ArrivalsCut| cut.due.saturating_sub(cut.scheduled);
    for lane in &record.side_by_side {
        let (Some(cut), scope) = (lane.arrivals_cut, lane.scope) else { continue };
        lanes.push(Place { act: Act::SideBySide, pool: lane.pool.clone(), scope });
        worst = worst.filter(|worst| missing(worst) >= missing(&cut)).or(Some(cut));
    }
    let ArrivalsCut { until, due, scheduled } = worst?;
    let offered = per_second(due, until);
    Some(Caveat { what: What::ArrivalsCut { offered, due, scheduled }, lanes })
}

fn per_second(requests: u64, nanos: u64) -> f64 {
    if nanos > 0 { requests as f64 / (nanos as f64 / 1e9) } else { 0.0 }
}

/// From this share of the driver's own ceiling on, its cost is part of what is measured.
const NEAR: f64 = 0.8;

/// A driver that is offered more than it carries is late with all the rest, however little of it was
/// sent: what was offered is compared as well as what was sent.
fn tainted(record: &Run) -> Option<Caveat> {
    let carried = record.ceiling.as_ref()?.sustained_per_s.median;
    let lanes = record.side_by_side.iter().chain(&record.capacity).map(|lane| {
        let (requests, others) = (lane.tape.measured.ledger, lane.tape.bystanders.ledger);
        // A run that was stopped saw no more of its measured span than its series.
        let seen = lane.tape.series.step.saturating_mul(lane.tape.series.slices.len() as u64);
        let span = lane.tape.window.to.min(seen).saturating_sub(lane.tape.window.from);
        let driven = per_second(requests.dispatched + others.dispatched, span);
        let offered = match lane.arrivals_cut {
            Some(cut) => per_second(cut.due, cut.until.min(lane.tape.window.to)),
            None => per_second(requests.scheduled + others.scheduled, span),
        };
        (offered, driven)
    });
    let (offered, driven) = lanes.max_by(|a, b| a.0.max(a.1).total_cmp(&b.0.max(b.1)))?;
    let near = offered.max(driven) >= NEAR * carried;
    near.then(|| Caveat::run(What::Tainted { offered, driven, carried }))
}

fn backlog(record: &Run) -> Option<Caveat> {
    let mut most = 0;
    let mut lanes = Vec::new();
    for lane in &record.side_by_side {
        // The slice that ends where the measured span begins.
        let before = (lane.tape.window.from / lane.tape.series.step.max(1)).checked_sub(1)?;
        let waiting = lane.tape.series.slices.get(before as usize).map_or(0, |slice| slice.waiting);
        if waiting > 0 {
            most = most.max(waiting);
            lanes.push(Place { act: Act::SideBySide, pool: lane.pool.clone(), scope: lane.scope });
        }
    }
    (!lanes.is_empty()).then_some(Caveat { what: What::WarmUpBacklog(most.into()), lanes })
}

fn warm_up(plan: &Plan) -> Option<Caveat> {
    let warm_up = plan.phases.warm_up;
    let request = plan.request_time();
    (warm_up < request).then(|| Caveat::run(What::WarmUpShort { warm_up, request }))
}

/// Settings without which a commit does not survive a crash.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

fn durability(record: &Run) -> Option<Caveat> {
    let settings = &record.environment.postgres_settings;
    let off = settings.iter().filter(|(name, value)| DURABLE.contains(&name.as_str()) && value == "off");
    let off: Vec<String> = off.map(|(name, _)| name.clone()).collect();
    (!off.is_empty()).then(|| Caveat::run(What::DurabilityOff(off)))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::record;
    use super::*;
    use crate::archive::{DriverRecord, SpreadRecord};

    /// A driver that carries a million requests a second.
    fn ceiling() -> Option<DriverRecord> {
        let spread = |median| SpreadRecord { median, least: median, greatest: median, n: 1 };
        Some(DriverRecord {
            sustained_per_s: spread(1e6),
            request_cpu_ns: spread(1e3),
            lag_p50_ns: spread(1e4),
            lag_p99_ns: spread(1e5),
        })
    }

    #[test]
    fn arrivals_of_a_stopped_run_are_compared_only_where_they_are_as_many() {
        let mut record = record();
        let mut says = |status, arrivals: [&[u64]; 2]| {
            record.status = status;
            for (lane, arrivals) in record.side_by_side.iter_mut().zip(arrivals) {
                lane.arrivals = Some(arrivals.iter().copied().collect());
            }
            let whats: Vec<What> = find(&record).into_iter().map(|caveat| caveat.what).collect();
            [What::ArrivalsDiffer, What::ArrivalsNotCompared].map(|what| whats.contains(&what))
        };
        for status in [Status::Stopped, Status::Failed] {
            assert_eq!(says(status, [&[1, 2], &[1, 2]]), [false, false]);
            assert_eq!(says(status, [&[1, 2], &[1, 3]]), [true, false]);
            assert_eq!(says(status, [&[1, 2], &[1, 2, 3]]), [false, true]);
        }
        assert_eq!(says(Status::Complete, [&[1, 2], &[1, 2]]), [false, false]);
        assert_eq!(says(Status::Complete, [&[1, 2], &[1, 2, 3]]), [true, false]);
    }

    #[test]
    fn the_twin_plays_the_very_arrivals_of_a_run_that_was_loaded() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/run-v1.json");
        let mut run = crate::archive::load(path.as_ref()).unwrap();
        let others = |run: &Run| facts(run, |what| matches!(what, What::TwinArrivals)).is_some();
        assert!(!others(&run));
        run.plan.seed += 1;
        assert!(others(&run));
    }

    fn facts(record: &Run, wanted: fn(&What) -> bool) -> Option<What> {
        find(record).into_iter().map(|caveat| caveat.what).find(wanted)
    }

    fn tainted_by(record: &Run) -> Option<[f64; 3]> {
        match facts(record, |what| matches!(what, What::Tainted { .. }))? {
            What::Tainted { offered, driven, carried } => Some([offered, driven, carried].map(f64::round)),
            _ => None,
        }
    }

    #[test]
    fn more_offered_than_the_driver_carries_is_told() {
        let mut record = record();
        let lane = &mut record.side_by_side[0];
        let span = (lane.tape.window.to - lane.tape.window.from) as f64 / 1e9;
        record.ceiling = ceiling();
        record.side_by_side[0].tape.measured.ledger.scheduled = (0.7e6 * span) as u64;
        assert_eq!(tainted_by(&record), None);
        // No more were sent than before: the others were shed, or wait.
        record.side_by_side[0].tape.measured.ledger.scheduled = (1.5e6 * span) as u64;
        assert_eq!(tainted_by(&record), Some([1_500_052.0, 300.0, 1e6]));
    }

    #[test]
    fn a_driver_that_did_not_come_to_all_is_told() {
        let mut record = record();
        let lane = &mut record.side_by_side[1];
        let until = lane.tape.window.to;
        lane.arrivals_cut = Some(ArrivalsCut { until, due: until * 1000, scheduled: 12_345_678 });
        let Some(What::ArrivalsCut { offered, due, scheduled }) =
            facts(&record, |what| matches!(what, What::ArrivalsCut { .. }))
        else {
            panic!()
        };
        assert_eq!((offered, due, scheduled), (1e12, until * 1000, 12_345_678));
        record.ceiling = ceiling();
        assert!(tainted_by(&record).is_some());
    }
}
