//! Anatomy: the before and after tables, with what one request measured beside the plan.

use std::time::Duration;

use crate::archive::Trace;
use crate::itinerary::{ConnectionUse, Itinerary, Move, SessionScope, StepKind, TimedMove};
use crate::plan::Plan;

/// The table of one session scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseTable {
    /// Session scope.
    pub scope: SessionScope,
    /// Pool libraries, in the order of the measured times.
    pub pools: Vec<String>,
    /// One row a move.
    pub phases: Vec<Phase>,
    /// The whole request.
    pub request: Planned,
    /// From acquired to released, over all holds.
    pub held: Planned,
    /// The part of it in which no SQL runs.
    pub wasted: Planned,
}

/// One move of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// The word for it: acquire, begin, a step's name, commit, release.
    pub word: String,
    /// How long it lasts.
    pub time: Planned,
    /// What the connection does meanwhile.
    pub connection: ConnectionUse,
}

/// A time of the plan, and what each pool library measured of it at the scaled clock; none where
/// the request did not make the moves of its itinerary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// As the plan says it.
    pub nominal: Duration,
    /// As each pool library measured it.
    pub measured: Vec<Option<Duration>>,
}

impl PhaseTable {
    /// The table of a session scope, from the traces of all pool libraries.
    #[must_use]
    pub fn of(plan: &Plan, scope: SessionScope, traces: &[Trace]) -> Self {
        let itinerary = plan.itinerary(scope);
        let timed: Vec<TimedMove> = itinerary.timed().collect();
        let traces: Vec<&Trace> = traces.iter().filter(|trace| trace.scope == scope).collect();
        let spans: Vec<Option<Vec<Duration>>> = traces.iter().map(|trace| spans(&itinerary, trace)).collect();
        let total = |counts: &dyn Fn(&TimedMove) -> bool| Planned {
            nominal: timed.iter().filter(|it| counts(it)).map(|it| it.lasts).sum(),
            measured: spans.iter().map(|spans| Some(sum(&timed, spans.as_ref()?, counts))).collect(),
        };
        let phase = |(index, it): (usize, &TimedMove)| Phase {
            word: itinerary.word(it.step).to_owned(),
            time: Planned {
                nominal: it.lasts,
                measured: spans.iter().map(|spans| spans.as_ref().map(|spans| spans[index])).collect(),
            },
            connection: connection(&itinerary, it),
        };
        Self {
            scope,
            pools: traces.iter().map(|trace| trace.pool.clone()).collect(),
            phases: timed.iter().enumerate().map(phase).collect(),
            request: total(&|_| true),
            held: total(&|it| held(it)),
            wasted: total(&|it| connection(&itinerary, it) == ConnectionUse::Wasted),
        }
    }
}

/// A connection is held from acquired on, and until released.
fn held(timed: &TimedMove) -> bool {
    match timed.step {
        Move::Acquire => timed.held > 1,
        Move::Release => true,
        _ => timed.held > 0,
    }
}

fn sum(timed: &[TimedMove], spans: &[Duration], counts: &dyn Fn(&TimedMove) -> bool) -> Duration {
    timed.iter().zip(spans).filter(|(it, _)| counts(it)).map(|(_, span)| *span).sum()
}

/// How long each move lasted, if they are the moves of the itinerary.
fn spans(itinerary: &Itinerary, trace: &Trace) -> Option<Vec<Duration>> {
    follows(itinerary, trace).then(|| {
        let span = |it: &crate::archive::TracedMove| it.to.saturating_sub(it.from);
        trace.moves.iter().map(|it| Duration::from_nanos(span(it))).collect()
    })
}

/// Whether the driver made exactly the moves of the itinerary.
pub(super) fn follows(itinerary: &Itinerary, trace: &Trace) -> bool {
    let planned = itinerary.moves().iter().map(|&step| itinerary.word(step));
    trace.failure.is_none() && planned.eq(trace.moves.iter().map(|made| made.word.as_str()))
}

fn connection(itinerary: &Itinerary, timed: &TimedMove) -> ConnectionUse {
    match timed.step {
        Move::Acquire => ConnectionUse::Taken,
        Move::Release => ConnectionUse::Freed,
        Move::Begin | Move::MarkFailed | Move::Commit | Move::Rollback => ConnectionUse::Busy,
        Move::Perform(index) => match (timed.held, itinerary.workload().steps[index].kind) {
            (0, _) => ConnectionUse::None,
            (_, StepKind::Sql) => ConnectionUse::Busy,
            (_, StepKind::Queue | StepKind::Work | StepKind::Compute) => ConnectionUse::Wasted,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;
    use crate::itinerary::SCOPES;

    #[test]
    fn the_tables_of_the_seed_are_measured() {
        let record = record();
        let [before, after] =
            [SCOPES[0], SCOPES[1]].map(|scope| PhaseTable::of(&record.plan, scope, &record.anatomy));
        assert_eq!(before.pools, ["sqlx", "deadpool-postgres"]);
        assert_eq!(before.held.nominal, Duration::from_secs(180));
        assert_eq!(before.wasted.nominal, Duration::from_secs(179));
        assert_eq!((after.held.nominal, after.wasted.nominal), (Duration::from_secs(1), Duration::ZERO));
        for measured in after.held.measured.iter().flatten() {
            assert!((20..25).contains(&measured.as_millis()), "{measured:?}");
        }
        let words: Vec<&str> = after.phases.iter().map(|phase| phase.word.as_str()).collect();
        assert_eq!(words, ["acquire", "begin", "create_job", "commit", "release", "enqueue", "other"]);
    }

    #[test]
    fn other_moves_than_planned_are_not_passed_off_as_measured() {
        let mut record = record();
        record.anatomy[0].moves.swap(1, 2);
        let table = PhaseTable::of(&record.plan, SCOPES[0], &record.anatomy);
        assert_eq!(table.held.measured[0], None);
        assert!(table.held.measured[1].is_some());
    }
}
