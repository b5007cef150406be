//! Caveats about lanes: each finder looks at every lane and keeps the facts of the worst.

use super::ties::hangs_on_ties;
use super::{Act, Caveat, Placed, What, Whose, failing, placed};
use crate::analyse::{BesidePlan, Comparison, Estimate, LaneSummary, NestedHolds, Share};
use crate::archive::{Run, Source};
use crate::itinerary::{Creates, Itinerary, Move};
use crate::plan::Plan;
use crate::record::Why;
use crate::units::TimeScale;

pub(super) fn find(record: &Run, side_by_side: &[Comparison], capacity: &[Comparison]) -> Vec<Caveat> {
    let open: Vec<Placed<'_>> = placed(Act::SideBySide, side_by_side).collect();
    let closed: Vec<Placed<'_>> = placed(Act::Capacity, capacity).collect();
    let all: Vec<Placed<'_>> = open.iter().chain(&closed).cloned().collect();
    let first = record.plan.scopes.first().copied();
    let before: Vec<Placed<'_>> =
        open.iter().filter(|(_, lane)| Some(lane.scope) == first).cloned().collect();
    let size = record.plan.connections() as f64;
    let found = [
        worst(&all, ledger),
        worst(&all, rows),
        worst(&open, in_flight),
        worst(&open, not_sent),
        worst(&all, |lane| deadlocks(&record.plan, lane)),
        worst(&open, |lane| hangs_on_ties(record, lane).map(|what| (what, 0.0))),
        worst(&all, as_asked),
        worst(&all, jobs_marked),
        worst(&all, |lane| jobs_lost(&record.plan, lane)),
        worst(&all, marks),
        worst(&open, lag),
        worst(&all, lock_waits),
        // At nominal times overhead is what happens, and nothing is told by another clock.
        if record.plan.time_scale == TimeScale::NOMINAL { None } else { worst(&all, overhead) },
        worst(&all, hold_too_short),
        worst(&all, few_completions),
        worst(&all, little),
        worst(&all, |lane| gauges(lane, size)),
        worst(&all, server),
        all_of(&before, never_short),
        worst(&closed, not_saturated),
    ];
    let found = found.into_iter().flatten().chain(failing::find(record, &all));
    // Virtual time has no overhead: what a hold is longer than planned, it waited for another one. And
    // its holds are drawn, so that some lanes have shorter ones.
    let real = |caveat: &Caveat| {
        let of_a_run = matches!(caveat.what, What::OverheadMatters { .. } | What::HoldTooShort { .. });
        record.source == Source::Measured || !of_a_run
    };
    found.filter(real).collect()
}

/// A finding, and by how much it is worse than another of its kind.
type Found = (What, f64);

fn worst(lanes: &[Placed<'_>], find: impl Fn(&LaneSummary) -> Option<Found>) -> Option<Caveat> {
    let mut worst: Option<Found> = None;
    let mut places = Vec::new();
    for (place, lane) in lanes {
        let Some((what, badness)) = find(lane) else { continue };
        places.push(place.clone());
        if worst.as_ref().is_none_or(|(_, most)| badness > *most) {
            worst = Some((what, badness));
        }
    }
    worst.map(|(what, _)| Caveat { what, lanes: places })
}

/// As [`worst`], but only if it is found in all of the lanes.
fn all_of(lanes: &[Placed<'_>], find: impl Fn(&LaneSummary) -> Option<Found>) -> Option<Caveat> {
    worst(lanes, find).filter(|caveat| caveat.lanes.len() == lanes.len())
}

fn ledger(lane: &LaneSummary) -> Option<Found> {
    let imbalance = lane.ledger.check().err()?;
    let off =
        imbalance.scheduled.abs_diff(imbalance.accounted) + imbalance.dispatched.abs_diff(imbalance.ended);
    Some((What::LedgerOff(imbalance), off as f64))
}

/// A commit that was sent and not answered may or may not have left its row.
fn rows(lane: &LaneSummary) -> Option<Found> {
    let rows = lane.rows?;
    let most = rows.committed + rows.in_doubt;
    let twice = rows.requests.map_or(0, |requests| rows.found.saturating_sub(requests));
    let off = rows.committed.saturating_sub(rows.found) + rows.found.saturating_sub(most) + twice;
    (off > 0).then_some((What::RowsOff(rows), off as f64))
}

fn in_flight(lane: &LaneSummary) -> Option<Found> {
    let cut = lane.ledger.in_flight + lane.ledger.abandoned;
    let share = Share::of(cut, lane.ledger.scheduled)?;
    (cut > 0).then_some((What::InFlight(share), share.get()))
}

fn not_sent(lane: &LaneSummary) -> Option<Found> {
    let (shed, still_queued) = (lane.ledger.shed, lane.ledger.still_queued);
    let count = shed + still_queued;
    (count > 0).then_some((What::NotSent { shed, still_queued }, count as f64))
}

/// Only the twin sees a deadlock as such; it keeps the first one, with the count of all.
fn deadlocks(plan: &Plan, lane: &LaneSummary) -> Option<Found> {
    let deadlocks = lane.deadlocks.clone()?;
    let count = deadlocks.count as f64;
    let nested = match lane.callers {
        None => NestedHolds::of(plan, lane.scope),
        Some(callers) => NestedHolds::of_callers(plan, lane.scope, callers),
    };
    Some((What::Deadlocked { deadlocks, nested }, count))
}

fn as_asked(lane: &LaneSummary) -> Option<Found> {
    let failed = lane.failures() + lane.failed.count(Why::ConnectTimedOut);
    let count = failed.saturating_sub(lane.unasked_failures);
    (count > 0).then_some((What::FailedAsAsked(count), count as f64))
}

fn jobs_marked(lane: &LaneSummary) -> Option<Found> {
    let marked = lane.transactions.jobs_marked_failed;
    (marked > 0).then_some((What::JobsMarked(marked), marked as f64))
}

/// In all phases, where every rollback that the scenario asks for takes a job with it.
fn jobs_lost(plan: &Plan, lane: &LaneSummary) -> Option<Found> {
    let ways = plan.ways(lane.scope);
    let mut rolled_back =
        ways.iter().filter(|way| way.itinerary.moves().contains(&Move::Rollback)).peekable();
    rolled_back.peek()?;
    let lost = lane.transactions.rolled_back;
    let each = rolled_back.all(|way| loses_job(&way.itinerary));
    (each && lane.unasked_failures == 0 && lost > 0).then_some((What::JobsLost(lost), lost as f64))
}

/// Whether a job is created and rolled back.
fn loses_job(way: &Itinerary) -> bool {
    let mut created = false;
    way.moves().iter().any(|step| {
        match *step {
            Move::Perform(step) => created |= way.workload().steps[step].creates == Creates::Job,
            Move::Commit => created = false,
            _ => {}
        }
        *step == Move::Rollback && created
    })
}

/// A mark whose commit was cut off may be there and uncounted.
fn marks(lane: &LaneSummary) -> Option<Found> {
    let (marked, found) = (lane.transactions.jobs_marked_failed, lane.rows?.failed?);
    let cut = if lane.callers.is_some() { u64::MAX } else { lane.ledger.in_flight + lane.ledger.abandoned };
    let most = marked.saturating_add(cut);
    let off = marked.saturating_sub(found) + found.saturating_sub(most);
    (off > 0).then_some((What::MarksOff { marked, found }, off as f64))
}

/// Lag of more than a quarter of a bystander's response time, or a twentieth of a request's.
fn lag(lane: &LaneSummary) -> Option<Found> {
    let lag = lane.lag?.p99;
    let requests = lane.response.map(|times| (Whose::Requests, times.p50.measured.at_least(), 0.05));
    let bystanders =
        lane.bystanders.map(|others| (Whose::Bystanders, others.response.p50.measured.at_least(), 0.25));
    let beside = [requests, bystanders].into_iter().flatten();
    let matters = beside.filter(|(_, response, share)| lag > response.mul_f64(*share));
    let (whose, response, _) = matters.min_by_key(|(_, response, _)| *response)?;
    let badness = lag.as_secs_f64() / response.as_secs_f64().max(1e-9);
    Some((What::LagMatters { lag, response, whose }, badness))
}

fn lock_waits(lane: &LaneSummary) -> Option<Found> {
    let share = lane.server?.held_up()?;
    Some((What::LockWaits(share), share.get()))
}

/// What a hold is longer by is no overhead where its statements waited for locks.
fn overhead(lane: &LaneSummary) -> Option<Found> {
    if lock_waits(lane).is_some() {
        return None;
    }
    let hold = lane.hold.as_ref()?;
    let (share, overhead) = (hold.overhead_share()?, hold.overhead?);
    (share > 0.05).then_some((What::OverheadMatters { overhead, share }, share))
}

fn hold_too_short(lane: &LaneSummary) -> Option<Found> {
    let BesidePlan::TooShort { measured, planned } = lane.beside_plan()? else { return None };
    let share = planned.as_secs_f64() / measured.as_secs_f64().max(1e-9);
    Some((What::HoldTooShort { measured, planned }, share))
}

/// Below this a count says little.
const FEW: u64 = 100;

/// A lane of accidents is told as such, and its count says nothing more.
fn few_completions(lane: &LaneSummary) -> Option<Found> {
    if lane.accident().is_some() {
        return None;
    }
    let completed = lane.completed_in_window;
    (completed < FEW).then_some((What::FewCompletions(completed), -(completed as f64)))
}

/// Both are exact, so one per cent apart is a fault.
fn little(lane: &LaneSummary) -> Option<Found> {
    let span = lane.span.as_nanos().max(1) as f64;
    let off = lane.little.iter().filter_map(|(of, little)| {
        let (counted, stayed) = (little.integral as f64 / span, little.stays as f64 / span);
        let off = (counted - stayed).abs() / counted.max(stayed);
        (off > 0.01).then_some((What::LittleOff { of: *of, counted, stayed }, off))
    });
    off.max_by(|(_, a), (_, b)| a.total_cmp(b))
}

fn gauges(lane: &LaneSummary, pool_size: f64) -> Option<Found> {
    let gauges = lane.gauges?;
    let (pool, driver) = (gauges.pool_in_use?.mean, gauges.in_use.mean);
    let off = (pool - driver).abs();
    (off > 0.1 * pool_size).then_some((What::GaugesDisagree { pool, driver }, off))
}

/// Too few samples, or hardly a connection engaged, can say nothing.
fn server(lane: &LaneSummary) -> Option<Found> {
    let view = lane.server.filter(|view| view.samples >= 10 && view.engaged >= 1.0)?;
    let (server, driver) = (view.wasted()?, lane.pool_time?.wasted?);
    let off = (server.get() - driver.get()).abs();
    (off > 0.1).then_some((What::ServerDisagrees { server, driver }, off))
}

fn never_short(lane: &LaneSummary) -> Option<Found> {
    let utilisation = lane.pool_time?.utilisation;
    let all_served = lane.served.is_some_and(|Estimate { value, .. }| value >= 1.0);
    (all_served && utilisation.get() < 0.8).then_some((What::NeverShort(utilisation), utilisation.get()))
}

fn not_saturated(lane: &LaneSummary) -> Option<Found> {
    let utilisation = lane.pool_time?.utilisation;
    (utilisation.get() < 0.95).then_some((What::NotSaturated(utilisation), -utilisation.get()))
}
