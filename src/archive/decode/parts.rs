//! The small parts of a stored record, of which nothing can be wrong.

use crate::archive::wire::{
    ArrivalsCutRecord, CohortRecord, FailureRecord, LittleRecord, OccupancyRecord, PoolerRecord, RowsRecord,
    SeriesRecord, ServerRecord,
};
use crate::archive::{PoolerSamples, Rows, ServerSamples};
use crate::record::{
    ArrivalsCut, FailureKind, Failures, Gauges, Hold, Little, Occupancy, Rough, Series, Slice, SqlState,
};

impl From<ArrivalsCutRecord> for ArrivalsCut {
    fn from(cut: ArrivalsCutRecord) -> Self {
        Self { until: cut.until_ns, due: cut.about_due, scheduled: cut.scheduled }
    }
}

impl From<RowsRecord> for Rows {
    fn from(RowsRecord { committed, in_doubt, found, failed, requests }: RowsRecord) -> Self {
        Self { committed, in_doubt, found, failed, requests }
    }
}

impl From<&ServerRecord> for ServerSamples {
    fn from(record: &ServerRecord) -> Self {
        let ServerRecord { at_ns, active, idle_in_transaction, idle, waiting_for_lock } = record.clone();
        Self { at: at_ns, active, idle_in_transaction, idle, waiting_for_lock }
    }
}

impl From<&PoolerRecord> for PoolerSamples {
    fn from(record: &PoolerRecord) -> Self {
        let PoolerRecord { at_ns, cl_active, cl_waiting, sv_active, sv_free, maxwait_ns } = record.clone();
        Self {
            at: at_ns,
            clients: cl_active,
            waiting: cl_waiting,
            in_use: sv_active,
            free: sv_free,
            longest_wait: maxwait_ns,
        }
    }
}

impl From<LittleRecord> for Little {
    fn from(little: LittleRecord) -> Self {
        Self { integral: little.integral_ns.into(), stays: little.stays_ns.into() }
    }
}

impl From<&SeriesRecord> for Series {
    /// All lists of the record are of the same length.
    fn from(record: &SeriesRecord) -> Self {
        let slices = (0..record.due.len()).map(|at| Slice {
            due: record.due[at],
            completed: record.completed[at],
            timed_out: record.timed_out[at],
            failed: record.failed[at],
            unanswered: record.unanswered.as_ref().map_or(0, |unanswered| unanswered[at]),
            asked: record.asked.as_ref().map_or(0, |asked| asked[at]),
            waited: record.waited.as_ref().map_or(0, |waited| waited[at]),
            in_use: record.in_use[at],
            waiting: record.waiting[at],
            in_flight: record.in_flight[at],
            pool: Gauges {
                size: record.pool_size[at],
                idle: record.pool_idle[at],
                waiting: record.pool_waiting.as_ref().map(|waiting| waiting[at]),
            },
        });
        let rough =
            |parts: &Option<Vec<Vec<(u8, u32)>>>| parts.as_deref().map_or_else(Rough::default, restored);
        let (waits, responses) = (rough(&record.waits), rough(&record.responses));
        Self::whole(record.step_ns, slices.collect()).with(waits, responses)
    }
}

fn restored(slices: &[Vec<(u8, u32)>]) -> Rough {
    let mut rough = Rough::default();
    for (slice, parts) in slices.iter().enumerate() {
        // A slice in which nothing ended is one all the same.
        rough.note_n(slice, 0, 0);
        parts.iter().for_each(|(part, count)| rough.note_n(slice, usize::from(*part), *count));
    }
    rough
}

impl From<&OccupancyRecord> for Occupancy {
    fn from(record: &OccupancyRecord) -> Self {
        let spans = record.spans.iter();
        let hold = |&(slot, acquired, released, busy)| (slot, Hold { acquired, released, busy });
        Self { spans: spans.map(hold).collect(), left_out: record.left_out }
    }
}

impl From<&FailureRecord> for FailureKind {
    fn from(kind: &FailureRecord) -> Self {
        let FailureRecord { why, sqlstate, step, statement, says, count } = kind;
        Self {
            why: (*why).into(),
            state: sqlstate.as_deref().and_then(SqlState::new),
            step: step.clone(),
            statement: statement.clone().unwrap_or_default(),
            says: says.clone(),
            count: *count,
        }
    }
}

impl CohortRecord {
    /// Why requests failed, by kind; empty in records of the first versions.
    #[must_use]
    pub(in crate::archive) fn why_failed(&self) -> Failures {
        Failures { kinds: self.failures.iter().map(FailureKind::from).collect(), others: self.other_failures }
    }
}
