//! The plan, as it is stored.

use crate::archive::wire::{
    BystanderRecord, CapacityRecord, ClaimRecord, FleetRecord, KindRecord, LoadRecord, OwnScopeRecord,
    PhasesRecord, PlanRecord, PoolRecord, StepRecord, TargetRecord,
};
use std::time::Duration;

use crate::itinerary::{SessionScope, StepKind, TimeLaw};
use crate::plan::{KindRef, Plan};
use crate::scenario::{Answers, CallerCount, HeaderValue, Hosts, Target};

impl From<&Plan> for PlanRecord {
    fn from(plan: &Plan) -> Self {
        Self {
            scenario: plan.scenario.clone(),
            why: plan.why.clone(),
            request: plan.request.clone(),
            time_scale: plan.time_scale.factor(),
            seed: plan.seed,
            pool: PoolRecord {
                size: plan.pool.size,
                acquire_timeout_s: plan.pool.acquire_timeout.as_secs_f64(),
                liveness_check: plan.pool.liveness_check.word().to_owned(),
            },
            pools: plan.pools.clone(),
            scopes: plan.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            own_scopes: own_scopes(plan),
            steps: steps(plan.usual_kind()),
            kinds: kinds(plan),
            processors: Some(plan.processors).filter(|_| plan.has_step(StepKind::Compute)),
            load: LoadRecord {
                arrivals: plan.load.arrivals.word().to_owned(),
                rate_per_s: plan.load.rate.as_per_second(),
                stages: plan
                    .load
                    .stages
                    .iter()
                    .map(|stage| {
                        let (rate, lasts) = (stage.rate.as_per_second(), stage.lasts.as_secs_f64());
                        (stage.shape.word().to_owned(), rate, lasts)
                    })
                    .collect(),
                burst: plan.load.burst,
                in_flight_cap: plan.load.in_flight_cap,
                when_full: plan.load.when_full.word().to_owned(),
            },
            phases: PhasesRecord {
                warm_up_s: plan.phases.warm_up.as_secs_f64(),
                measure_s: plan.phases.measure.as_secs_f64(),
                drain_s: plan.phases.drain.as_secs_f64(),
            },
            capacity: capacity(plan),
            bystander: plan.bystander.map(|bystander| BystanderRecord {
                rate_per_s: bystander.rate.as_per_second(),
                time_s: bystander.time.as_secs_f64(),
            }),
            claims: plan
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
            fleet: plan
                .fleet
                .map(|fleet| FleetRecord { pools: fleet.pools, routing: fleet.routing.word().to_owned() }),
            objective: None,
            objectives: plan.objectives.iter().map(|objective| objective.text.clone()).collect(),
            target: plan.target.as_ref().map(target),
        }
    }
}

fn own_scopes(plan: &Plan) -> Vec<OwnScopeRecord> {
    let own = plan.scopes.iter().filter(|scope| matches!(scope, SessionScope::Own(_)));
    own.map(|scope| {
        let itinerary = plan.itinerary(*scope);
        let moves = itinerary.moves().iter().map(|&step| itinerary.word(step).to_owned()).collect();
        OwnScopeRecord { name: scope.name().to_owned(), moves }
    })
    .collect()
}

fn steps(kind: KindRef<'_>) -> Vec<StepRecord> {
    let steps = kind.workload.steps.iter().zip(kind.operations).enumerate();
    let steps = steps.map(|(index, (step, operation))| StepRecord {
        name: step.name.clone(),
        kind: step.kind.word().to_owned(),
        time_s: step.time.as_secs_f64(),
        varies: match &step.law {
            TimeLaw::Fixed | TimeLaw::Listed(_) => None,
            law => Some(law.to_string()),
        },
        times_s: match &step.law {
            TimeLaw::Listed(times) => times.iter().map(Duration::as_secs_f64).collect(),
            _ => Vec::new(),
        },
        does: operation.word().to_owned(),
        fail_share: Some(kind.fail_share(index)).filter(|share| *share > 0.0),
        fail_after_s: kind.fails_after(index).filter(|after| *after != step.time).map(|it| it.as_secs_f64()),
    });
    steps.collect()
}

fn kinds(plan: &Plan) -> Vec<KindRecord> {
    let others = plan.all_kinds().skip(1);
    others
        .map(|kind| KindRecord { name: kind.name.to_owned(), share: kind.share, steps: steps(kind) })
        .collect()
}

fn capacity(plan: &Plan) -> CapacityRecord {
    let (saturation, callers) = match plan.capacity.callers {
        CallerCount::Saturation(multiple) => (Some(multiple), None),
        CallerCount::Fixed(callers) => (None, Some(callers)),
    };
    CapacityRecord {
        saturation,
        callers,
        think_time_s: plan.capacity.think_time.as_secs_f64(),
        warm_up_s: plan.capacity.warm_up.as_secs_f64(),
        measure_s: plan.capacity.measure.as_secs_f64(),
    }
}

fn target(target: &Target) -> TargetRecord {
    let statuses = |answers: &Answers| answers.statuses.iter().map(ToString::to_string).collect();
    TargetRecord {
        places: target.sites.iter().map(|site| site.place.clone()).collect(),
        method: target.method.clone(),
        path: target.path.shown().to_owned(),
        headers: target
            .headers
            .iter()
            .map(|header| match &header.value {
                HeaderValue::Written(_) => (header.name.clone(), None),
                HeaderValue::FromEnvironment(variable) => (header.name.clone(), Some(variable.clone())),
            })
            .collect(),
        body: target.body.shown().to_owned(),
        success: statuses(&target.success),
        success_says: target.success.says.clone(),
        timed_out: target.timed_out.as_ref().map(statuses).unwrap_or_default(),
        timed_out_says: target.timed_out.as_ref().and_then(|it| it.says.clone()),
        timeout_s: target.timeout.map(|it| it.as_secs_f64()),
        bystander_path: target.bystander.as_ref().map(|path| path.shown().to_owned()),
        any_host: target.hosts == Hosts::Any,
    }
}
