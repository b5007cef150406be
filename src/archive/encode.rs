//! From a run to its stored form.

mod deadlock;
mod environment;
mod plan;

use super::wire::{
    ArrivalsCutRecord, CohortRecord, FailureRecord, KindTallyRecord, LaneRecord, LedgerRecord, LittleRecord,
    MoveRecord, OccupancyRecord, PoolerRecord, ProofRecord, RowsRecord, RunRecord, SeriesRecord,
    ServerRecord, StratumRecord, SumsRecord, TotalsRecord, TraceRecord, TransactionsRecord, WhyRecord,
    WindowRecord,
};
use super::{LaneTape, PoolerSamples, Rows, Run, ServerSamples, Trace, VERSION};
use crate::record::{
    ArrivalsCut, Cohort, FailureKind, KindTally, Ledger, Little, Moments, Occupancy, Series, Stratum, Totals,
    Transactions, Why,
};

impl From<&Run> for RunRecord {
    fn from(run: &Run) -> Self {
        let lanes = |lanes: &[LaneTape]| lanes.iter().map(LaneRecord::from).collect();
        Self {
            version: VERSION,
            poolbench: run.poolbench.clone(),
            created: run.created.clone(),
            status: run.status,
            source: run.source,
            plan: (&run.plan).into(),
            environment: (&run.environment).into(),
            anatomy: run.anatomy.iter().map(TraceRecord::from).collect(),
            side_by_side: lanes(&run.side_by_side),
            capacity: lanes(&run.capacity),
            proof: run.proof.as_ref().map(|proof| ProofRecord {
                time_scale: proof.time_scale.factor(),
                side_by_side: lanes(&proof.side_by_side),
            }),
            ceiling: run.ceiling.clone(),
            fault: run.fault.clone(),
        }
    }
}

impl From<&Trace> for TraceRecord {
    fn from(trace: &Trace) -> Self {
        let moves = trace.moves.iter();
        Self {
            pool: trace.pool.clone(),
            scope: trace.scope.name().to_owned(),
            moves: moves
                .map(|step| MoveRecord { word: step.word.clone(), from_ns: step.from, to_ns: step.to })
                .collect(),
            failure: trace.failure.clone(),
        }
    }
}

impl From<&LaneTape> for LaneRecord {
    fn from(lane: &LaneTape) -> Self {
        let tape = &lane.tape;
        Self {
            pool: lane.pool.clone(),
            scope: lane.scope.name().to_owned(),
            callers: lane.callers,
            arrivals: lane.arrivals.map_or_else(String::new, |fingerprint| fingerprint.to_string()),
            arrivals_cut: lane.arrivals_cut.map(Into::into),
            window: WindowRecord { from_ns: tape.window.from, to_ns: tape.window.to },
            measured: (&tape.measured).into(),
            kinds: tape.kinds.iter().map(Into::into).collect(),
            warm_up: (&tape.warm_up).into(),
            bystanders: (&tape.bystanders).into(),
            bystanders_warm_up: (&tape.bystanders_warm_up).into(),
            completed_in_window: tape.completed_in_window,
            pool_little: tape.pool.into(),
            queue_little: tape.queue.into(),
            system_little: tape.system.into(),
            timer_error: (&tape.timer_error).into(),
            busy_in_window_ns: u64::try_from(tape.busy_in_window).unwrap_or(u64::MAX),
            series: (&tape.series).into(),
            occupancy: (&tape.occupancy).into(),
            server: (&lane.server).into(),
            transactions: (&tape.transactions).into(),
            pooler: lane.pooler.as_ref().map(Into::into),
            rows: lane.rows.map(Into::into),
            lent_at_end: lane.lent_at_end,
            deadlocks: tape.deadlocks.as_ref().map(Into::into),
            errors: Vec::new(),
        }
    }
}

impl From<ArrivalsCut> for ArrivalsCutRecord {
    fn from(cut: ArrivalsCut) -> Self {
        Self { until_ns: cut.until, about_due: cut.due, scheduled: cut.scheduled }
    }
}

impl From<Rows> for RowsRecord {
    fn from(Rows { committed, in_doubt, found, failed, requests }: Rows) -> Self {
        Self { committed, in_doubt, found, failed, requests }
    }
}

impl From<&ServerSamples> for ServerRecord {
    fn from(samples: &ServerSamples) -> Self {
        let ServerSamples { at, active, idle_in_transaction, idle, waiting_for_lock } = samples.clone();
        Self { at_ns: at, active, idle_in_transaction, idle, waiting_for_lock }
    }
}

impl From<&PoolerSamples> for PoolerRecord {
    fn from(samples: &PoolerSamples) -> Self {
        let PoolerSamples { at, clients, waiting, in_use, free, longest_wait } = samples.clone();
        Self {
            at_ns: at,
            cl_active: clients,
            cl_waiting: waiting,
            sv_active: in_use,
            sv_free: free,
            maxwait_ns: longest_wait,
        }
    }
}

impl From<Little> for LittleRecord {
    fn from(little: Little) -> Self {
        let whole = |value| u64::try_from(value).unwrap_or(u64::MAX);
        Self { integral_ns: whole(little.integral), stays_ns: whole(little.stays) }
    }
}

impl From<&Totals> for TotalsRecord {
    fn from(Totals { holds, held, busy, planned, planned_busy }: &Totals) -> Self {
        let sums = |of: &Moments| SumsRecord {
            sum_ns: u64::try_from(of.sum).unwrap_or(u64::MAX),
            squares: of.squares.to_string(),
        };
        Self {
            count: held.count,
            holds: *holds,
            held: sums(held),
            busy: sums(busy),
            planned: sums(planned),
            planned_busy: sums(planned_busy),
        }
    }
}

impl From<&KindTally> for KindTallyRecord {
    fn from(KindTally { ledger, acquire_wait, hold, response }: &KindTally) -> Self {
        Self {
            ledger: ledger.into(),
            acquire_wait: acquire_wait.into(),
            hold: hold.into(),
            response: response.into(),
        }
    }
}

impl From<&Cohort> for CohortRecord {
    fn from(cohort: &Cohort) -> Self {
        let Cohort {
            ledger,
            schedule_lag,
            acquire_wait,
            acquire_parts,
            hold,
            busy_hold,
            strata,
            totals,
            response,
            service,
            failures,
        } = cohort;
        Self {
            ledger: ledger.into(),
            schedule_lag: schedule_lag.into(),
            acquire_wait: acquire_wait.into(),
            acquire_queue: (&acquire_parts.wait).into(),
            acquire_create: (&acquire_parts.create).into(),
            acquire_recycle: (&acquire_parts.recycle).into(),
            hold: hold.into(),
            busy_hold: busy_hold.into(),
            holds_apart: strata.0.iter().map(StratumRecord::from).collect(),
            totals: (totals.held.count > 0).then(|| totals.into()),
            response: response.into(),
            service: service.into(),
            failures: failures.kinds.iter().map(FailureRecord::from).collect(),
            other_failures: failures.others,
        }
    }
}

impl From<&Stratum> for StratumRecord {
    fn from(Stratum { hold, busy }: &Stratum) -> Self {
        let whole = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
        Self {
            count: hold.count,
            sum_ns: whole(hold.sum),
            squares: hold.squares.to_string(),
            busy_sum_ns: whole(busy.sum),
            busy_squares: busy.squares.to_string(),
        }
    }
}

impl From<&FailureKind> for FailureRecord {
    fn from(kind: &FailureKind) -> Self {
        let FailureKind { why, state, step, statement, says, count } = kind;
        Self {
            why: (*why).into(),
            sqlstate: state.map(|state| state.to_string()),
            step: step.clone(),
            statement: Some(statement.clone()).filter(|statement| !statement.is_empty()),
            says: says.clone(),
            count: *count,
        }
    }
}

/// Both directions at once, so that a reason cannot be forgotten in one of them.
macro_rules! reasons {
    ($($why:ident),* $(,)?) => {
        impl From<Why> for WhyRecord {
            fn from(why: Why) -> Self {
                match why {
                    $(Why::$why => Self::$why,)*
                }
            }
        }
        impl From<WhyRecord> for Why {
            fn from(why: WhyRecord) -> Self {
                match why {
                    $(WhyRecord::$why => Self::$why,)*
                }
            }
        }
    };
}

reasons!(
    AcquireTimedOut,
    ConnectTimedOut,
    AcquireFailed,
    Statement,
    Queue,
    Asked,
    NotConnected,
    Answer,
    NoAnswer,
);

/// Both directions at once, so that a column cannot be forgotten in one of them.
macro_rules! columns {
    ($from:ident <=> $to:ident { $($column:ident),* $(,)? }) => {
        impl From<&$from> for $to {
            fn from(value: &$from) -> Self {
                let $from { $($column),* } = *value;
                Self { $($column),* }
            }
        }
        impl From<&$to> for $from {
            fn from(value: &$to) -> Self {
                let $to { $($column),* } = *value;
                Self { $($column),* }
            }
        }
    };
}

columns!(Ledger <=> LedgerRecord {
    scheduled, shed, still_queued, dispatched, completed, acquire_timed_out, acquire_failed, work_failed,
    unanswered, abandoned, panicked, in_flight,
});

columns!(Transactions <=> TransactionsRecord {
    committed, rolled_back, failed, jobs_committed, jobs_marked_failed, in_doubt,
});

impl From<&Series> for SeriesRecord {
    fn from(series: &Series) -> Self {
        let slices = &series.slices;
        let kept = slices.iter().any(|slice| slice.asked > 0);
        Self {
            step_ns: series.step,
            due: slices.iter().map(|slice| slice.due).collect(),
            completed: slices.iter().map(|slice| slice.completed).collect(),
            timed_out: slices.iter().map(|slice| slice.timed_out).collect(),
            failed: slices.iter().map(|slice| slice.failed).collect(),
            unanswered: slices
                .iter()
                .any(|slice| slice.unanswered > 0)
                .then(|| slices.iter().map(|slice| slice.unanswered).collect()),
            asked: kept.then(|| slices.iter().map(|slice| slice.asked).collect()),
            waited: kept.then(|| slices.iter().map(|slice| slice.waited).collect()),
            waits: (!series.waits.is_empty()).then(|| series.waits.parts().collect()),
            responses: (!series.responses.is_empty()).then(|| series.responses.parts().collect()),
            in_use: slices.iter().map(|slice| slice.in_use).collect(),
            waiting: slices.iter().map(|slice| slice.waiting).collect(),
            in_flight: slices.iter().map(|slice| slice.in_flight).collect(),
            pool_size: slices.iter().map(|slice| slice.pool.size).collect(),
            pool_idle: slices.iter().map(|slice| slice.pool.idle).collect(),
            pool_waiting: slices
                .iter()
                .any(|slice| slice.pool.waiting.is_some())
                .then(|| slices.iter().map(|slice| slice.pool.waiting.unwrap_or(0)).collect()),
        }
    }
}

impl From<&Occupancy> for OccupancyRecord {
    fn from(occupancy: &Occupancy) -> Self {
        let spans = occupancy.spans.iter();
        Self {
            spans: spans.map(|(slot, hold)| (*slot, hold.acquired, hold.released, hold.busy)).collect(),
            left_out: occupancy.left_out,
        }
    }
}
