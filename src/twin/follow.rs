//! What a tape holds that follows from what a tape writer noted: gauges, and the facts of a deadlock.

use super::engine;
use crate::itinerary::StepKind;
use crate::record::{
    Cohort, Deadlock, Deadlocks, Durations, FailureKind, Gauges, Holder, Ledger, Series, Slice, Why,
};

/// What changed in a slice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) due: u64,
    pub(super) completed: u64,
    pub(super) timed_out: u64,
    pub(super) failed: u64,
    pub(super) asked: u64,
    pub(super) waited: u64,
    pub(super) in_use: i64,
    pub(super) waiting: i64,
    pub(super) in_flight: i64,
}

impl Change {
    pub(super) fn add(&mut self, other: Self) {
        self.due += other.due;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.failed += other.failed;
        self.asked += other.asked;
        self.waited += other.waited;
        self.in_use += other.in_use;
        self.waiting += other.waiting;
        self.in_flight += other.in_flight;
    }
}

/// Times of requests that the in-flight cap held back: their response times are longer than their
/// service times.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) response: Durations,
    pub(super) service: Durations,
}

/// What follows from the rest: every other request is sent when it is due, and an acquire is all
/// waiting.
pub(super) fn settle(cohort: &mut Cohort, late: &Late) {
    let Ledger { dispatched, .. } = cohort.ledger;
    let in_time = dispatched - cohort.schedule_lag.count();
    if in_time > 0 {
        cohort.schedule_lag.note_n(0, in_time);
    }
    cohort.acquire_parts.wait = cohort.acquire_wait.seen.clone();
    cohort.service = cohort.response.clone();
    cohort.service.merge(&late.service);
    cohort.response.merge(&late.response);
}

/// Gauges at the end of each slice, from the changes in it.
pub(super) fn series((step, connections): (u64, u64), changes: &[Change]) -> Series {
    let (mut in_use, mut waiting, mut in_flight) = (0_i64, 0_i64, 0_i64);
    let whole = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
    let slices = changes.iter().map(|change| {
        in_use += change.in_use;
        waiting += change.waiting;
        in_flight += change.in_flight;
        let size = u32::try_from(connections).unwrap_or(u32::MAX);
        let pool = Gauges { size, idle: size.saturating_sub(whole(in_use)), waiting: Some(whole(waiting)) };
        Slice {
            due: change.due,
            completed: change.completed,
            timed_out: change.timed_out,
            failed: change.failed,
            unanswered: 0,
            asked: change.asked,
            waited: change.waited,
            in_use: whole(in_use),
            waiting: whole(waiting),
            in_flight: whole(in_flight),
            pool,
        }
    });
    Series::whole(step, slices.collect())
}

/// Notes how many requests failed in each of these steps: in virtual time one fails only where the
/// scenario asks for it.
pub(super) fn note_asked(cohort: &mut Cohort, steps: &[(String, StepKind)], counts: &[u64]) {
    let failed = steps.iter().zip(counts).filter(|(_, count)| **count > 0);
    cohort.failures.kinds.extend(failed.map(|((step, kind), count)| FailureKind {
        why: Why::Asked,
        state: None,
        step: step.clone(),
        statement: String::new(),
        says: kind.asked_failure().into(),
        count: *count,
    }));
}

/// How many deadlocks there were, and the first with the first few of those who hold what the others
/// need.
pub(super) fn stuck(count: u64, first: &engine::Deadlock) -> Deadlocks {
    let holders = first.holders.iter().take(Deadlock::MOST_HOLDERS).map(|holder| Holder {
        request: holder.who.request,
        holds: holder.holds,
        acquisition: holder.acquisition,
    });
    let first = Deadlock {
        pool: first.pool,
        at: first.at.get(),
        requests: first.holders.len() as u64,
        connections: first.holders.iter().map(|holder| u64::from(holder.holds)).sum(),
        gives_up: first.ends().map(engine::SimTime::get),
        holders: holders.collect(),
    };
    Deadlocks { count, first }
}
