//! What one lane noted.

use super::{Checked, Defect, In, MOST_ENTRIES, MOST_NS, all, at_most, each, ensure, told, within, word};
use crate::archive::LaneTape;
use crate::archive::hdr::MOST_COUNTED;
use crate::archive::wire::{
    CohortRecord, DeadlocksRecord, DurationsRecord, HistogramRecord, KindTallyRecord, LaneRecord,
    LedgerRecord, OccupancyRecord, PoolerRecord, SeriesRecord, ServerRecord, StratumRecord, SumsRecord,
    TotalsRecord,
};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::record::{
    AcquireHistograms, Cohort, Deadlock, Durations, Histogram, KindTally, MOST_PARTS, Moments, Strata,
    Stratum, Tape, Totals, Window,
};
use crate::scenario::RequestKind;

/// Slices of a series and samples of a server: a month of samples, four a second.
const MOST_SAMPLES: usize = 12_000_000;

/// Spans of an occupancy; both drivers keep a fifth of it.
const MOST_SPANS: usize = 100_000;

/// Connections that a picture shows; twice what a pool may have.
const MOST_SLOTS: u32 = 20_000;

/// The lanes of an act, each of a pool library and a session scope of the plan.
pub(super) fn lanes(plan: &Plan, lanes: &[LaneRecord], name: &str) -> Result<Vec<LaneTape>, Defect> {
    at_most(lanes.len(), MOST_ENTRIES).of(name)?;
    all(lanes, name, |record| {
        let scope = word(&record.scope, &plan.scopes, SessionScope::name).of("scope")?;
        let pools: Vec<&str> = plan.pools.iter().map(String::as_str).collect();
        ensure(pools.contains(&record.pool.as_str()), || {
            format!("this version does not know {:?}; the plan has {}", record.pool, pools.join(", "))
        })
        .of("pool")?;
        lane(record, scope)
    })
}

fn lane(lane: &LaneRecord, scope: SessionScope) -> Result<LaneTape, Defect> {
    lane.callers.map_or(Ok(()), |callers| within(callers, 1..=1_000_000)).of("callers")?;
    within(lane.window.to_ns, 0..=MOST_NS).of("window.to_ns")?;
    ensure(lane.window.from_ns <= lane.window.to_ns, || "its from_ns exceeds its to_ns".to_owned())
        .of("window")?;
    counted(lane.completed_in_window).of("completed_in_window")?;
    series(&lane.series).of("series")?;
    occupancy(&lane.occupancy).of("occupancy")?;
    server(&lane.server).of("server")?;
    lane.pooler.as_ref().map_or(Ok(()), pooler).of("pooler")?;
    transactions(lane)?;
    at_most(lane.errors.len(), 10 * MOST_ENTRIES).of("errors")?;
    each(&lane.errors, "errors", |(_, count)| counted(*count))?;
    lane.deadlocks.as_ref().map_or(Ok(()), stuck).of("deadlocks")?;
    let tape = tape(lane)?;
    let (arrivals_cut, rows) = (lane.arrivals_cut.map(Into::into), lane.rows.map(Into::into));
    let (server, pooler) = ((&lane.server).into(), lane.pooler.as_ref().map(Into::into));
    let base =
        LaneTape::of(&lane.pool, scope, lane.callers, told::arrivals(&lane.arrivals).of("arrivals")?, tape);
    Ok(LaneTape { arrivals_cut, server, pooler, rows, lent_at_end: lane.lent_at_end, ..base })
}

fn tape(lane: &LaneRecord) -> Result<Tape, Defect> {
    let mut measured = cohort(&lane.measured).of("measured")?;
    if measured.failures.is_empty() {
        measured.failures = told::failures(&lane.errors);
    }
    at_most(lane.kinds.len(), 1 + RequestKind::MOST).of("kinds")?;
    Ok(Tape {
        measured,
        kinds: all(&lane.kinds, "kinds", tally)?,
        warm_up: cohort(&lane.warm_up).of("warm_up")?,
        bystanders: cohort(&lane.bystanders).of("bystanders")?,
        bystanders_warm_up: cohort(&lane.bystanders_warm_up).of("bystanders_warm_up")?,
        window: Window { from: lane.window.from_ns, to: lane.window.to_ns },
        completed_in_window: lane.completed_in_window,
        pool: lane.pool_little.into(),
        queue: lane.queue_little.into(),
        system: lane.system_little.into(),
        busy_in_window: lane.busy_in_window_ns.into(),
        timer_error: distribution(&lane.timer_error).of("timer_error")?,
        series: (&lane.series).into(),
        occupancy: (&lane.occupancy).into(),
        transactions: (&lane.transactions).into(),
        deadlocks: match &lane.deadlocks {
            Some(deadlocks) => Some(deadlocks.into()),
            None => told::deadlocks(&lane.errors)?,
        },
    })
}

fn stuck(deadlocks: &DeadlocksRecord) -> Checked {
    counted(deadlocks.count).of("count")?;
    let first = &deadlocks.first;
    counted(first.requests).of("first.requests")?;
    counted(first.connections).of("first.connections")?;
    within(first.at_ns, 0..=MOST_NS).of("first.at_ns")?;
    let gives_up = first.gives_up_ns.map_or(Ok(()), |end| within(end, first.at_ns..=MOST_NS));
    gives_up.of("first.gives_up_ns")?;
    at_most(first.holders.len(), Deadlock::MOST_HOLDERS).of("first.holders")
}

fn transactions(lane: &LaneRecord) -> Checked {
    let it = lane.transactions;
    let all =
        [it.committed, it.rolled_back, it.failed, it.jobs_committed, it.jobs_marked_failed, it.in_doubt];
    all.into_iter().try_for_each(counted).of("transactions")?;
    let Some(rows) = lane.rows else { return Ok(()) };
    [rows.committed, rows.in_doubt, rows.found, rows.failed.unwrap_or_default()]
        .into_iter()
        .try_for_each(counted)
        .of("rows")
}

fn counted(count: u64) -> Checked {
    within(count, 0..=MOST_COUNTED)
}

fn cohort(cohort: &CohortRecord) -> Result<Cohort, Defect> {
    ledger(&cohort.ledger).of("ledger")?;
    Ok(Cohort {
        ledger: (&cohort.ledger).into(),
        schedule_lag: distribution(&cohort.schedule_lag).of("schedule_lag")?,
        acquire_wait: durations(&cohort.acquire_wait).of("acquire_wait")?,
        acquire_parts: AcquireHistograms {
            wait: distribution(&cohort.acquire_queue).of("acquire_queue")?,
            create: distribution(&cohort.acquire_create).of("acquire_create")?,
            recycle: distribution(&cohort.acquire_recycle).of("acquire_recycle")?,
        },
        hold: durations(&cohort.hold).of("hold")?,
        busy_hold: distribution(&cohort.busy_hold).of("busy_hold")?,
        strata: strata(&cohort.holds_apart).of("holds_apart")?,
        totals: cohort.totals.as_ref().map(totals).transpose().of("totals")?.unwrap_or_default(),
        response: durations(&cohort.response).of("response")?,
        service: durations(&cohort.service).of("service")?,
        failures: cohort.why_failed(),
    })
}

fn tally(record: &KindTallyRecord) -> Result<KindTally, Defect> {
    ledger(&record.ledger).of("ledger")?;
    Ok(KindTally {
        ledger: (&record.ledger).into(),
        acquire_wait: durations(&record.acquire_wait).of("acquire_wait")?,
        hold: durations(&record.hold).of("hold")?,
        response: durations(&record.response).of("response")?,
    })
}

fn strata(records: &[StratumRecord]) -> Result<Strata, Defect> {
    at_most(records.len(), Strata::MOST)?;
    let stratum = |record: &StratumRecord| {
        counted(record.count).of("count")?;
        let digits = |text: &str| text.parse().map_err(|_| Defect::at("", "it is no whole number"));
        let moments = |sum: u64, squares: &str| {
            Ok(Moments { count: record.count, sum: sum.into(), squares: digits(squares)? })
        };
        Ok(Stratum {
            hold: moments(record.sum_ns, &record.squares).of("squares")?,
            busy: moments(record.busy_sum_ns, &record.busy_squares).of("busy_squares")?,
        })
    };
    all(records, "", stratum).map(Strata)
}

fn totals(record: &TotalsRecord) -> Result<Totals, Defect> {
    counted(record.count).of("count")?;
    let moments = |sums: &SumsRecord| {
        let squares = sums.squares.parse().map_err(|_| Defect::at("squares", "it is no whole number"))?;
        Ok(Moments { count: record.count, sum: sums.sum_ns.into(), squares })
    };
    counted(record.holds).of("holds")?;
    Ok(Totals {
        holds: record.holds,
        held: moments(&record.held).of("held")?,
        busy: moments(&record.busy).of("busy")?,
        planned: moments(&record.planned).of("planned")?,
        planned_busy: moments(&record.planned_busy).of("planned_busy")?,
    })
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
        it.unanswered,
        it.abandoned,
        it.panicked,
        it.in_flight,
    ];
    columns.into_iter().try_for_each(counted)
}

fn durations(durations: &DurationsRecord) -> Result<Durations, Defect> {
    Ok(Durations {
        seen: distribution(&durations.seen).of("seen")?,
        censored: distribution(&durations.censored).of("censored")?,
    })
}

fn distribution(distribution: &HistogramRecord) -> Result<Histogram, Defect> {
    within(distribution.greatest_ns, 0..=MOST_NS).of("greatest_ns")?;
    distribution.histogram().map_err(|fault| Defect::at("", fault.reason()))
}

fn series(series: &SeriesRecord) -> Checked {
    let slices = series.due.len();
    at_most(slices, MOST_SAMPLES).of("due")?;
    within(series.step_ns, u64::from(slices > 0)..=MOST_NS).of("step_ns")?;
    let spans = u128::from(series.step_ns) * slices as u128;
    ensure(spans <= 2 * u128::from(MOST_NS), || "its slices take more than any act".to_owned())?;
    let waiting = series.pool_waiting.as_ref().map_or(slices, Vec::len);
    let [asked, waited] = [&series.asked, &series.waited];
    let optional = |counts: &Option<Vec<u64>>| counts.as_ref().map_or(slices, Vec::len);
    let lengths = [
        ("completed", series.completed.len()),
        ("timed_out", series.timed_out.len()),
        ("failed", series.failed.len()),
        ("unanswered", optional(&series.unanswered)),
        ("in_use", series.in_use.len()),
        ("waiting", series.waiting.len()),
        ("in_flight", series.in_flight.len()),
        ("pool_size", series.pool_size.len()),
        ("pool_idle", series.pool_idle.len()),
        ("pool_waiting", waiting),
        ("asked", optional(asked)),
        ("waited", optional(waited)),
    ];
    same_length(slices, &lengths)?;
    for (name, rough) in [("waits", &series.waits), ("responses", &series.responses)] {
        let rough = rough.as_deref().unwrap_or_default();
        at_most(rough.len(), slices).of(name)?;
        each(rough, name, |parts| {
            each(parts, "", |(part, _)| within(*part, 0..=MOST_PARTS - 1))?;
            let sum: u64 = parts.iter().map(|(_, count)| u64::from(*count)).sum();
            within(sum, 0..=u64::from(u32::MAX))
        })?;
    }
    for (name, counts) in [
        ("due", &series.due),
        ("completed", &series.completed),
        ("timed_out", &series.timed_out),
        ("failed", &series.failed),
    ] {
        each(counts, name, |count| counted(*count))?;
    }
    for (name, counts) in [("asked", asked), ("waited", waited)] {
        each(counts.as_deref().unwrap_or_default(), name, |count| counted(*count))?;
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

fn pooler(pooler: &PoolerRecord) -> Checked {
    let samples = pooler.at_ns.len();
    at_most(samples, MOST_SAMPLES).of("at_ns")?;
    let lengths = [
        ("cl_active", pooler.cl_active.len()),
        ("cl_waiting", pooler.cl_waiting.len()),
        ("sv_active", pooler.sv_active.len()),
        ("sv_free", pooler.sv_free.len()),
        ("maxwait_ns", pooler.maxwait_ns.len()),
    ];
    same_length(samples, &lengths)?;
    each(&pooler.maxwait_ns, "maxwait_ns", |wait| within(*wait, 0..=MOST_NS))?;
    each(&pooler.at_ns, "at_ns", |at| within(*at, 0..=MOST_NS))?;
    ensure(pooler.at_ns.is_sorted(), || "it is not in order".to_owned()).of("at_ns")
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
    if let Some(waiting) = &server.waiting_for_lock {
        same_length(samples, &[("waiting_for_lock", waiting.len())])?;
        let of_active = waiting.iter().zip(&server.active).all(|(waiting, active)| waiting <= active);
        ensure(of_active, || "more wait for a lock than are active".to_owned()).of("waiting_for_lock")?;
    }
    each(&server.at_ns, "at_ns", |at| within(*at, 0..=MOST_NS))?;
    ensure(server.at_ns.is_sorted(), || "it is not in order".to_owned()).of("at_ns")
}
