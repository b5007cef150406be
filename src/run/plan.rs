//! From a scenario to what is stored of it, and to what a lane plays.

use std::sync::Arc;

use crate::archive::{
    BystanderRecord, CapacityRecord, ClaimRecord, FleetRecord, LoadRecord, ObjectiveRecord, PhasesRecord,
    PlanRecord, PoolRecord, StepRecord,
};
use crate::itinerary::{MARK_FAILED, SessionScope};
use crate::jobs::repository::{Method, Parameter};
use crate::jobs::service::{Does, Play, PlayStep};
use crate::pool::Sql;
use crate::scenario::{self, LivenessCheck, Operation, Scenario, SqlOperation, Variable, WhenFull};

/// What is stored of a scenario.
#[must_use]
pub fn plan_record(scenario: &Scenario) -> PlanRecord {
    let names = |items: &[&'static str]| items.iter().map(|&name| name.to_owned()).collect();
    let steps = scenario.workload.steps.iter().zip(&scenario.operations);
    PlanRecord {
        scenario: scenario.name.clone(),
        why: scenario.why.clone(),
        request: scenario.request.clone(),
        time_scale: scenario.time_scale.factor(),
        seed: scenario.seed,
        pool: PoolRecord {
            size: scenario.pool.size,
            acquire_timeout_s: scenario.pool.acquire_timeout.as_secs_f64(),
            liveness_check: match scenario.pool.liveness_check {
                LivenessCheck::LibraryDefault => "library-default",
                LivenessCheck::Always => "always",
                LivenessCheck::Never => "never",
            }
            .to_owned(),
        },
        pools: names(&scenario.pools.iter().map(|pool| pool.name()).collect::<Vec<_>>()),
        scopes: names(&scenario.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>()),
        steps: steps
            .map(|(step, operation)| StepRecord {
                name: step.name.clone(),
                kind: step.kind.word().to_owned(),
                time_s: step.time.as_secs_f64(),
                does: match operation {
                    Operation::Sql(operation) => operation.word(),
                    Operation::Queue { .. } => "enqueue",
                    Operation::Work => "wait",
                }
                .to_owned(),
                fail_share: match operation {
                    Operation::Queue { fail_share } => Some(*fail_share).filter(|share| *share > 0.0),
                    Operation::Sql(_) | Operation::Work => None,
                },
            })
            .collect(),
        load: LoadRecord {
            arrivals: scenario.load.arrivals.word().to_owned(),
            rate_per_s: scenario.load.rate.as_per_second(),
            stages: scenario
                .load
                .stages
                .iter()
                .map(|stage| {
                    (stage.shape.word().to_owned(), stage.rate.as_per_second(), stage.lasts.as_secs_f64())
                })
                .collect(),
            burst: scenario.load.burst,
            in_flight_cap: scenario.load.in_flight_cap,
            when_full: match scenario.load.when_full {
                WhenFull::Queue => "queue",
                WhenFull::Shed => "shed",
            }
            .to_owned(),
        },
        phases: PhasesRecord {
            warm_up_s: scenario.phases.warm_up.as_secs_f64(),
            measure_s: scenario.phases.measure.as_secs_f64(),
            drain_s: scenario.phases.drain.as_secs_f64(),
        },
        capacity: CapacityRecord {
            think_time_s: scenario.capacity.think_time.as_secs_f64(),
            warm_up_s: scenario.capacity.warm_up.as_secs_f64(),
            measure_s: scenario.capacity.measure.as_secs_f64(),
        },
        bystander: scenario.bystander.map(|bystander| BystanderRecord {
            rate_per_s: bystander.rate.as_per_second(),
            time_s: bystander.time.as_secs_f64(),
        }),
        claims: scenario
            .claims
            .iter()
            .map(|claim| ClaimRecord {
                id: claim.id.clone(),
                says: claim.says.clone(),
                measure: claim.measure.word().to_owned(),
                expect: claim.expect,
                requests: claim.requests,
            })
            .collect(),
        fleet: scenario
            .fleet
            .map(|fleet| FleetRecord { pools: fleet.pools, routing: fleet.routing.word().to_owned() }),
        objective: scenario.objective.map(|objective| ObjectiveRecord {
            quantile: objective.quantile.get(),
            wait_s: objective.wait.as_secs_f64(),
        }),
    }
}

/// What a lane plays: the itinerary, what each step does, and the times as driven.
pub(super) fn play(scenario: &Scenario, scope: SessionScope) -> Arc<Play> {
    let steps = scenario.workload.steps.iter().zip(&scenario.operations);
    let steps = steps.map(|(step, operation)| PlayStep {
        does: match operation {
            Operation::Sql(operation) => Does::Sql(method(operation)),
            Operation::Queue { fail_share } => Does::Enqueue { fail_share: *fail_share },
            Operation::Work => Does::Wait,
        },
        time: scenario.time_scale.scaled(step.time),
    });
    Arc::new(Play {
        itinerary: scenario.itinerary(scope),
        steps: steps.collect(),
        mark_failed: scenario.time_scale.scaled(MARK_FAILED),
    })
}

fn method(operation: &SqlOperation) -> Method {
    match operation {
        SqlOperation::CreateJob => Method::CreateJob,
        SqlOperation::UpdateJobState => Method::UpdateJobState,
        SqlOperation::CreateJobWithAllocation => Method::CreateJobWithAllocation,
        SqlOperation::Statements(statements) => Method::Statements(
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

fn parameter(parameter: &scenario::Parameter) -> Parameter {
    match parameter {
        scenario::Parameter::Integer(value) => Parameter::Integer(*value),
        scenario::Parameter::Float(value) => Parameter::Float(*value),
        scenario::Parameter::Boolean(value) => Parameter::Boolean(*value),
        scenario::Parameter::Text(value) => Parameter::Text(value.clone()),
        scenario::Parameter::Variable(Variable::Request) => Parameter::Request,
        scenario::Parameter::Variable(Variable::Job) => Parameter::Job,
    }
}
