//! What one lane noted.

use super::{Checked, In, MOST_ENTRIES, MOST_NS, at_most, each, ensure, known, known_scope, within};
use crate::archive::hdr::MOST_COUNTED;
use crate::archive::{
    CohortRecord, Distribution, DurationsRecord, LaneRecord, LedgerRecord, OccupancyRecord, PlanRecord,
    SeriesRecord, ServerRecord,
};

/// Slices of a series and samples of a server: a month of samples, four a second.
const MOST_SAMPLES: usize = 12_000_000;

/// Spans of an occupancy; both drivers keep a fifth of it.
const MOST_SPANS: usize = 100_000;

/// Connections that a picture shows; twice what a pool may have.
const MOST_SLOTS: u32 = 20_000;

/// The lanes of an act, each of a pool library and a session scope of the plan.
pub(super) fn lanes(plan: &PlanRecord, lanes: &[LaneRecord], name: &str) -> Checked {
    at_most(lanes.len(), MOST_ENTRIES).of(name)?;
    each(lanes, name, |record| {
        known_scope(&record.scope).of("scope")?;
        let scopes: Vec<&str> = plan.scopes.iter().map(String::as_str).collect();
        known(&record.scope, &scopes).of("scope")?;
        let pools: Vec<&str> = plan.pools.iter().map(String::as_str).collect();
        known(&record.pool, &pools).of("pool")?;
        lane(record)
    })
}

fn lane(lane: &LaneRecord) -> Checked {
    lane.callers.map_or(Ok(()), |callers| within(callers, 1..=1_000_000)).of("callers")?;
    within(lane.window.to_ns, 0..=MOST_NS).of("window.to_ns")?;
    ensure(lane.window.from_ns <= lane.window.to_ns, || "its from_ns exceeds its to_ns".to_owned())
        .of("window")?;
    cohort(&lane.measured).of("measured")?;
    cohort(&lane.warm_up).of("warm_up")?;
    cohort(&lane.bystanders).of("bystanders")?;
    cohort(&lane.bystanders_warm_up).of("bystanders_warm_up")?;
    counted(lane.completed_in_window).of("completed_in_window")?;
    distribution(&lane.timer_error).of("timer_error")?;
    series(&lane.series).of("series")?;
    occupancy(&lane.occupancy).of("occupancy")?;
    server(&lane.server).of("server")?;
    transactions(lane)?;
    at_most(lane.errors.len(), 10 * MOST_ENTRIES).of("errors")?;
    each(&lane.errors, "errors", |(_, count)| counted(*count))
}

fn transactions(lane: &LaneRecord) -> Checked {
    let it = lane.transactions;
    let all =
        [it.committed, it.rolled_back, it.failed, it.jobs_committed, it.jobs_marked_failed, it.in_doubt];
    all.into_iter().try_for_each(counted).of("transactions")?;
    let Some(rows) = lane.rows else { return Ok(()) };
    [rows.committed, rows.in_doubt, rows.found].into_iter().try_for_each(counted).of("rows")
}

fn counted(count: u64) -> Checked {
    within(count, 0..=MOST_COUNTED)
}

fn cohort(cohort: &CohortRecord) -> Checked {
    ledger(&cohort.ledger).of("ledger")?;
    distribution(&cohort.schedule_lag).of("schedule_lag")?;
    durations(&cohort.acquire_wait).of("acquire_wait")?;
    distribution(&cohort.acquire_queue).of("acquire_queue")?;
    distribution(&cohort.acquire_create).of("acquire_create")?;
    distribution(&cohort.acquire_recycle).of("acquire_recycle")?;
    durations(&cohort.hold).of("hold")?;
    distribution(&cohort.busy_hold).of("busy_hold")?;
    durations(&cohort.response).of("response")?;
    durations(&cohort.service).of("service")
}

/// Whether it balances is for the report to say.
fn ledger(ledger: &LedgerRecord) -> Checked {
    let it = ledger;
    let columns = [
        it.scheduled,
        it.shed,
        it.still_queued,
        it.dispatched,
        it.completed,
        it.acquire_timed_out,
        it.acquire_failed,
        it.work_failed,
        it.abandoned,
        it.panicked,
        it.in_flight,
    ];
    columns.into_iter().try_for_each(counted)
}

fn durations(durations: &DurationsRecord) -> Checked {
    distribution(&durations.seen).of("seen")?;
    distribution(&durations.censored).of("censored")
}

fn distribution(distribution: &Distribution) -> Checked {
    within(distribution.greatest_ns, 0..=MOST_NS).of("greatest_ns")?;
    distribution.check().or_else(|fault| ensure(false, || fault.reason().to_owned()))
}

fn series(series: &SeriesRecord) -> Checked {
    let slices = series.due.len();
    at_most(slices, MOST_SAMPLES).of("due")?;
    within(series.step_ns, u64::from(slices > 0)..=MOST_NS).of("step_ns")?;
    let spans = u128::from(series.step_ns) * slices as u128;
    ensure(spans <= 2 * u128::from(MOST_NS), || "its slices take more than any act".to_owned())?;
    let waiting = series.pool_waiting.as_ref().map_or(slices, Vec::len);
    let lengths = [
        ("completed", series.completed.len()),
        ("timed_out", series.timed_out.len()),
        ("failed", series.failed.len()),
        ("in_use", series.in_use.len()),
        ("waiting", series.waiting.len()),
        ("in_flight", series.in_flight.len()),
        ("pool_size", series.pool_size.len()),
        ("pool_idle", series.pool_idle.len()),
        ("pool_waiting", waiting),
    ];
    same_length(slices, &lengths)?;
    for (name, counts) in [
        ("due", &series.due),
        ("completed", &series.completed),
        ("timed_out", &series.timed_out),
        ("failed", &series.failed),
    ] {
        each(counts, name, |count| counted(*count))?;
    }
    Ok(())
}

fn same_length(length: usize, others: &[(&str, usize)]) -> Checked {
    others.iter().try_for_each(|(name, other)| {
        ensure(*other == length, || format!("it has {other} entries where others have {length}")).of(name)
    })
}

fn occupancy(occupancy: &OccupancyRecord) -> Checked {
    counted(occupancy.left_out).of("left_out")?;
    at_most(occupancy.spans.len(), MOST_SPANS).of("spans")?;
    each(&occupancy.spans, "spans", |(slot, acquired, released, busy)| {
        within(*slot, 0..=MOST_SLOTS)?;
        within(*released, 0..=MOST_NS)?;
        ensure(acquired <= released, || "it is released before it is acquired".to_owned())?;
        ensure(*busy <= released - acquired, || "it is busy for longer than it is held".to_owned())
    })
}

fn server(server: &ServerRecord) -> Checked {
    let samples = server.at_ns.len();
    at_most(samples, MOST_SAMPLES).of("at_ns")?;
    let lengths = [
        ("active", server.active.len()),
        ("idle_in_transaction", server.idle_in_transaction.len()),
        ("idle", server.idle.len()),
    ];
    same_length(samples, &lengths)?;
    each(&server.at_ns, "at_ns", |at| within(*at, 0..=MOST_NS))?;
    ensure(server.at_ns.is_sorted(), || "it is not in order".to_owned()).of("at_ns")
}
