//! From the plan to what a lane plays.

use std::sync::Arc;

use crate::itinerary::{MARK_FAILED, SessionScope};
use crate::jobs::repository::{RepositoryMethod, SqlParameter};
use crate::jobs::service::{Does, Fails, Play, PlayStep};
use crate::load::{CapPolicy, OpenPlan};
use crate::plan::{KindRef, Plan};
use crate::pool::Sql;
use crate::record::{Nanos, Window};
use crate::scenario::{self, Operation, SqlOperation, Variable};

/// What requests of the usual kind do in a lane: the itinerary, what each step does, and the times as driven.
pub(super) fn play(plan: &Plan, scope: SessionScope) -> Arc<Play> {
    play_of(plan, plan.usual_kind(), scope)
}

/// The same of the other kinds, each with the kind draw below which requests are of it.
pub(super) fn other_plays(plan: &Plan, scope: SessionScope) -> Vec<(f64, Arc<Play>)> {
    let others = plan.all_kinds().skip(1).zip(plan.kind_bounds());
    others.map(|(kind, below)| (below, play_of(plan, kind, scope))).collect()
}

fn play_of(plan: &Plan, kind: KindRef<'_>, scope: SessionScope) -> Arc<Play> {
    let steps = kind.workload.steps.iter().zip(kind.operations);
    let steps = steps.enumerate().map(|(index, (step, operation))| PlayStep {
        does: match operation {
            Operation::Sql(operation) => Does::Sql(method(operation)),
            Operation::Queue => Does::Enqueue,
            Operation::Work => Does::Wait,
            Operation::Compute => Does::Compute,
        },
        time: plan.time_scale.scaled(step.time),
        fails: Fails {
            share: kind.fail_share(index),
            after: kind.fails_after(index).map(|it| plan.time_scale.scaled(it)),
        },
    });
    Arc::new(Play {
        itinerary: kind.itinerary(scope),
        steps: steps.collect(),
        mark_failed: plan.time_scale.scaled(MARK_FAILED),
        processors: plan.processors,
    })
}

/// The open loop at the clock of the run.
pub(super) fn open_plan(plan: &Plan) -> OpenPlan {
    let open = plan.open_loop(plan.time_scale, plan.seed);
    OpenPlan {
        requests: open.requests,
        bystanders: open.bystanders,
        in_flight_cap: plan.load.in_flight_cap,
        when_full: match plan.load.when_full {
            scenario::WhenFull::Queue => CapPolicy::Queue,
            scenario::WhenFull::Shed => CapPolicy::Shed,
        },
        window: open.window,
        drain_until: open.drain_until,
    }
}

/// Length of the slices of a series: some 150 of the measured span make a chart, and shorter ones hold
/// nothing. A warm-up that is far longer than the measured span makes them longer, not many.
pub(super) fn slice(window: Window) -> Nanos {
    (window.length() / 150).clamp(20_000_000, 5_000_000_000).max(window.to / 3_000)
}

fn method(operation: &SqlOperation) -> RepositoryMethod {
    match operation {
        SqlOperation::CreateJob => RepositoryMethod::CreateJob,
        SqlOperation::UpdateJobState => RepositoryMethod::UpdateJobState,
        SqlOperation::CreateJobWithAllocation => RepositoryMethod::CreateJobWithAllocation,
        SqlOperation::Statements(statements) => RepositoryMethod::Statements(
            statements
                .iter()
                .map(|statement| {
                    let parameters = statement.parameters.iter().map(parameter).collect();
                    (Sql::new(statement.sql.as_str()), parameters)
                })
                .collect(),
        ),
    }
}

fn parameter(parameter: &scenario::Parameter) -> SqlParameter {
    match parameter {
        scenario::Parameter::Integer(value) => SqlParameter::Integer(*value),
        scenario::Parameter::Float(value) => SqlParameter::Float(*value),
        scenario::Parameter::Boolean(value) => SqlParameter::Boolean(*value),
        scenario::Parameter::Text(value) => SqlParameter::Text(value.clone()),
        scenario::Parameter::Variable(Variable::Request) => SqlParameter::Request,
        scenario::Parameter::Variable(Variable::Job) => SqlParameter::Job,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn slices_are_a_chart_and_never_many() {
        assert_eq!(slice(Window { from: 4 * SECOND, to: 19 * SECOND }), SECOND / 10);
        assert_eq!(slice(Window { from: 0, to: 1_000 }), SECOND / 50);
        let days = 30 * 86_400 * SECOND;
        assert_eq!(slice(Window { from: 0, to: days }), days / 3_000);
        let brief = Window { from: days, to: days + SECOND / 1_000 };
        assert!(brief.to / slice(brief) <= 3_000);
    }
}
