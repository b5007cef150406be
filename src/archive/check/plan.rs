//! The plan of a record.

use super::{Checked, In, MOST_ENTRIES, at_most, each, ensure, known, known_scope, time_scale, within};
use crate::archive::{LoadRecord, PlanRecord, StepRecord};
use crate::units::LONGEST;

/// The measures of claims, in the words of scenario files.
const MEASURES: [&str; 7] = [
    "hold-reduction",
    "requests-per-connection",
    "equivalent-connections",
    "throughput-ratio",
    "wasted-hold",
    "acquire-wait",
    "bystander-latency",
];

/// What a step does, in the words of scenario files.
const DOES: [&str; 6] =
    ["create-job", "update-job-state", "create-job-with-allocation", "statements", "enqueue", "wait"];

pub(super) fn plan(plan: &PlanRecord) -> Checked {
    time_scale(plan.time_scale).of("time_scale")?;
    within(plan.pool.size, 1..=10_000).of("pool.size")?;
    above_zero(plan.pool.acquire_timeout_s).of("pool.acquire_timeout_s")?;
    let checks = ["library-default", "always", "never"];
    known(&plan.pool.liveness_check, &checks).of("pool.liveness_check")?;
    names(&plan.pools).of("pools")?;
    names(&plan.scopes).of("scopes")?;
    each(&plan.scopes, "scopes", |name| known_scope(name))?;
    steps(&plan.steps)?;
    load(&plan.load).of("load")?;
    seconds(plan.phases.warm_up_s).of("phases.warm_up_s")?;
    above_zero(plan.phases.measure_s).of("phases.measure_s")?;
    seconds(plan.phases.drain_s).of("phases.drain_s")?;
    seconds(plan.capacity.think_time_s).of("capacity.think_time_s")?;
    seconds(plan.capacity.warm_up_s).of("capacity.warm_up_s")?;
    above_zero(plan.capacity.measure_s).of("capacity.measure_s")?;
    if let Some(bystander) = &plan.bystander {
        rate(bystander.rate_per_s).of("bystander.rate_per_s")?;
        seconds(bystander.time_s).of("bystander.time_s")?;
    }
    claims(plan)?;
    if let Some(fleet) = &plan.fleet {
        within(fleet.pools, 1..=200_000).of("fleet.pools")?;
        known(&fleet.routing, &["random", "round-robin", "least-loaded"]).of("fleet.routing")?;
    }
    if let Some(objective) = &plan.objective {
        let inside = objective.quantile > 0.0 && objective.quantile < 1.0;
        ensure(inside, || format!("it is {}, and not between 0 and 1", objective.quantile))
            .of("objective.quantile")?;
        seconds(objective.wait_s).of("objective.wait_s")?;
    }
    Ok(())
}

/// Names without repetition; at least one.
fn names(names: &[String]) -> Checked {
    at_most(names.len(), MOST_ENTRIES)?;
    ensure(!names.is_empty(), || "it names none".to_owned())?;
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| ensure(false, || format!("it names {name:?} twice")))
}

fn steps(steps: &[StepRecord]) -> Checked {
    at_most(steps.len(), MOST_ENTRIES).of("steps")?;
    ensure(!steps.is_empty(), || "it has none".to_owned()).of("steps")?;
    each(steps, "steps", |step| {
        known(&step.kind, &["sql", "queue", "work"]).of("kind")?;
        known(&step.does, &DOES).of("does")?;
        seconds(step.time_s).of("time_s")?;
        step.fail_share.map_or(Ok(()), |share| within(share, 0.0..=1.0)).of("fail_share")
    })?;
    above_zero(steps.iter().map(|step| step.time_s).sum()).of("steps")
}

fn load(load: &LoadRecord) -> Checked {
    known(&load.arrivals, &["poisson", "constant"]).of("arrivals")?;
    rate(load.rate_per_s).of("rate_per_s")?;
    at_most(load.stages.len(), MOST_ENTRIES).of("stages")?;
    each(&load.stages, "stages", |(shape, per_second, lasts)| {
        known(shape, &["step", "ramp"])?;
        rate(*per_second)?;
        above_zero(*lasts)
    })?;
    within(load.burst, 0..=1_000_000).of("burst")?;
    within(load.in_flight_cap, 1..=10_000_000).of("in_flight_cap")?;
    known(&load.when_full, &["queue", "shed"]).of("when_full")
}

fn claims(plan: &PlanRecord) -> Checked {
    at_most(plan.claims.len(), MOST_ENTRIES).of("claims")?;
    each(&plan.claims, "claims", |claim| {
        known(&claim.measure, &MEASURES).of("measure")?;
        within(claim.expect, 0.0..=1e15).of("expect")?;
        within(claim.requests, 1..=1_000_000).of("requests")
    })
}

/// A nominal time in seconds, as a scenario may ask for it.
fn seconds(time: f64) -> Checked {
    within(time, 0.0..=LONGEST.as_secs_f64())
}

fn above_zero(time: f64) -> Checked {
    ensure(time > 0.0, || format!("it is {time}, and not above 0"))?;
    seconds(time)
}

fn rate(per_second: f64) -> Checked {
    within(per_second, 1e-9..=1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_scenarios_are_known() {
        assert_eq!(MEASURES, crate::scenario::MEASURES.map(crate::scenario::ClaimMeasure::word));
    }
}
