//! The plan of a record.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::{Checked, Defect, In, MOST_ENTRIES, all, at_most, ensure, scope, time_scale, within, word};
use crate::archive::wire::{
    CapacityRecord, KindRecord, LoadRecord, ObjectiveRecord, PlanRecord, RunRecord, StepRecord, TargetRecord,
};
use crate::itinerary::{OwnScope, SessionScope, Step, StepKind, TimeLaw, Workload, mean_of};
use crate::plan::Plan;
use crate::scenario::{
    Answers, ArrivalKind, Bystander, CallerCount, Capacity, Claim, ClaimMeasure, Fleet, Header, HeaderValue,
    Hosts, Kept, LivenessCheck, MEASURES, Objective, OpenLoad, Operation, Phases, PoolSettings, RateStage,
    RequestKind, Routing, Site, SqlOperation, StageShape, Statuses, StepFailure, Target, USUAL, WhenFull,
};
use crate::units::{LONGEST, Rate};

pub(super) fn plan(run: &RunRecord) -> Result<Plan, Defect> {
    let record = &run.plan;
    let steps = steps(&record.steps, record.target.as_ref())?;
    names(&record.pools).of("pools")?;
    names(&record.scopes).of("scopes")?;
    let (steps, operations) = steps.into_iter().unzip();
    let workload = Workload { steps };
    let own = own_scopes(record, &workload)?;
    let scopes = all(&record.scopes, "scopes", |name| scope(name, &own))?;
    let failures = all(&record.steps, "steps", failure)?;
    Ok(Plan {
        scenario: record.scenario.clone(),
        why: record.why.clone(),
        request: record.request.clone(),
        time_scale: time_scale(record.time_scale).of("time_scale")?,
        seed: record.seed,
        pool: pool(record).of("pool")?,
        pools: record.pools.clone(),
        scopes,
        workload: Arc::new(workload),
        operations,
        failures,
        kinds: kinds(&record.kinds)?,
        processors: record.processors.unwrap_or(NonZeroU32::MIN),
        setup: Vec::new(),
        load: load(&record.load).of("load")?,
        phases: Phases {
            warm_up: seconds(record.phases.warm_up_s).of("phases.warm_up_s")?,
            measure: above_zero(record.phases.measure_s).of("phases.measure_s")?,
            drain: seconds(record.phases.drain_s).of("phases.drain_s")?,
        },
        capacity: capacity(&record.capacity, run).of("capacity")?,
        bystander: bystander(record).of("bystander")?,
        claims: claims(record)?,
        fleet: fleet(record).of("fleet")?,
        objectives: objectives(record, &own)?,
        target: target(record).of("target")?,
    })
}

/// The session scopes that the scenario wrote itself: none in records before there were any.
fn own_scopes(record: &PlanRecord, workload: &Workload) -> Result<Vec<SessionScope>, Defect> {
    at_most(record.own_scopes.len(), MOST_ENTRIES).of("own_scopes")?;
    all(&record.own_scopes, "own_scopes", |own| {
        let words: Vec<&str> = own.moves.iter().map(String::as_str).collect();
        let scope = OwnScope::new(&own.name, &words, workload);
        scope.map(SessionScope::own).map_err(|fault| Defect { path: String::new(), says: fault.to_string() })
    })
}

fn pool(record: &PlanRecord) -> Result<PoolSettings, Defect> {
    let checks = [LivenessCheck::LibraryDefault, LivenessCheck::Always, LivenessCheck::Never];
    within(record.pool.size, 1..=10_000).of("size")?;
    Ok(PoolSettings {
        size: record.pool.size,
        acquire_timeout: above_zero(record.pool.acquire_timeout_s).of("acquire_timeout_s")?,
        liveness_check: word(&record.pool.liveness_check, &checks, LivenessCheck::word)
            .of("liveness_check")?,
    })
}

/// Names without repetition; at least one.
fn names(names: &[String]) -> Checked {
    at_most(names.len(), MOST_ENTRIES)?;
    ensure(!names.is_empty(), || "it names none".to_owned())?;
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| ensure(false, || format!("it names {name:?} twice")))
}

/// The kinds of requests beside the usual one.
fn kinds(records: &[KindRecord]) -> Result<Vec<RequestKind>, Defect> {
    at_most(records.len(), RequestKind::MOST).of("kinds")?;
    let kinds = all(records, "kinds", |record| {
        within(record.share, f64::MIN_POSITIVE..=1.0).of("share")?;
        let (of_each, operations) = steps(&record.steps, None)?.into_iter().unzip();
        Ok(RequestKind {
            name: record.name.clone(),
            share: record.share,
            workload: Arc::new(Workload { steps: of_each }),
            operations,
            failures: all(&record.steps, "steps", failure)?,
        })
    })?;
    let all: f64 = kinds.iter().map(|kind| kind.share).sum();
    ensure(all < 1.0, || "their shares leave nothing for the usual kind".to_owned()).of("kinds")?;
    let names: Vec<String> = kinds.iter().map(|kind| kind.name.clone()).chain([USUAL.to_owned()]).collect();
    self::names(&names).of("kinds")?;
    Ok(kinds)
}

/// Steps of which nothing is known, as those of a service may be, take no time.
fn steps(steps: &[StepRecord], target: Option<&TargetRecord>) -> Result<Vec<(Step, Operation)>, Defect> {
    at_most(steps.len(), MOST_ENTRIES).of("steps")?;
    ensure(!steps.is_empty(), || "it has none".to_owned()).of("steps")?;
    let decoded = all(steps, "steps", |step| {
        let kind = word(&step.kind, &StepKind::ALL, StepKind::word);
        let (kind, time) = (kind.of("kind")?, seconds(step.time_s).of("time_s")?);
        let operation = operation(step)?;
        let creates = operation.creates();
        let law = law(step)?;
        Ok((Step { name: step.name.clone(), kind, time, law, creates }, operation))
    })?;
    let request: f64 = steps.iter().map(|step| step.time_s).sum();
    if target.is_none() {
        above_zero(request).of("steps")?;
    }
    Ok(decoded)
}

/// How the time of a step varies.
fn law(step: &StepRecord) -> Result<TimeLaw, Defect> {
    at_most(step.times_s.len(), MOST_ENTRIES).of("times_s")?;
    if step.times_s.is_empty() {
        let law = step.varies.as_deref().map(str::parse::<TimeLaw>).transpose();
        return law
            .map(Option::unwrap_or_default)
            .map_err(|fault| Defect { path: String::new(), says: fault.to_string() })
            .of("varies");
    }
    let times = all(&step.times_s, "times_s", |time| seconds(*time))?;
    let mean = mean_of(&times).as_secs_f64();
    ensure((mean - step.time_s).abs() <= 1e-6 + 1e-9 * mean, || {
        format!("their mean is not {} s", step.time_s)
    })
    .of("times_s")?;
    Ok(TimeLaw::Listed(times.into()))
}

/// For which requests a step fails.
fn failure(step: &StepRecord) -> Result<StepFailure, Defect> {
    let share = step.fail_share.unwrap_or(0.0);
    within(share, 0.0..=1.0).of("fail_share")?;
    Ok(StepFailure { share, after: step.fail_after_s.map(seconds).transpose().of("fail_after_s")? })
}

/// What a step does. Of own statements a record has no text.
fn operation(step: &StepRecord) -> Result<Operation, Defect> {
    let known = [
        Operation::Sql(SqlOperation::CreateJob),
        Operation::Sql(SqlOperation::UpdateJobState),
        Operation::Sql(SqlOperation::CreateJobWithAllocation),
        Operation::Sql(SqlOperation::Statements(Vec::new())),
        Operation::Queue,
        Operation::Work,
        Operation::Compute,
    ];
    let known: Vec<&Operation> = known.iter().collect();
    word(&step.does, &known, Operation::word).of("does").cloned()
}

fn load(record: &LoadRecord) -> Result<OpenLoad, Defect> {
    at_most(record.stages.len(), MOST_ENTRIES).of("stages")?;
    within(record.burst, 0..=1_000_000).of("burst")?;
    within(record.in_flight_cap, 1..=10_000_000).of("in_flight_cap")?;
    let arrivals = [ArrivalKind::Poisson, ArrivalKind::Constant];
    Ok(OpenLoad {
        arrivals: word(&record.arrivals, &arrivals, ArrivalKind::word).of("arrivals")?,
        rate: rate(record.rate_per_s).of("rate_per_s")?,
        stages: all(&record.stages, "stages", |(shape, per_second, lasts)| {
            Ok(RateStage {
                shape: word(shape, &[StageShape::Step, StageShape::Ramp], StageShape::word)?,
                rate: rate(*per_second)?,
                lasts: above_zero(*lasts)?,
            })
        })?,
        burst: record.burst,
        in_flight_cap: record.in_flight_cap,
        when_full: word(&record.when_full, &[WhenFull::Queue, WhenFull::Shed], WhenFull::word)
            .of("when_full")?,
    })
}

/// Records of version 1 have the callers in their lanes alone.
fn capacity(record: &CapacityRecord, run: &RunRecord) -> Result<Capacity, Defect> {
    let in_lanes = || run.capacity.iter().find_map(|lane| lane.callers);
    let callers = match (record.saturation, record.callers) {
        (Some(multiple), _) => {
            within(multiple, 1e-3..=1e3).of("saturation")?;
            CallerCount::Saturation(multiple)
        }
        (None, callers) => {
            let callers = callers.or_else(in_lanes).unwrap_or(1);
            within(callers, 1..=1_000_000).of("callers")?;
            CallerCount::Fixed(callers)
        }
    };
    Ok(Capacity {
        callers,
        think_time: seconds(record.think_time_s).of("think_time_s")?,
        warm_up: seconds(record.warm_up_s).of("warm_up_s")?,
        measure: above_zero(record.measure_s).of("measure_s")?,
    })
}

fn bystander(record: &PlanRecord) -> Result<Option<Bystander>, Defect> {
    let Some(other) = &record.bystander else { return Ok(None) };
    let (rate, time) = (rate(other.rate_per_s).of("rate_per_s")?, seconds(other.time_s).of("time_s")?);
    Ok(Some(Bystander { rate, time }))
}

fn claims(record: &PlanRecord) -> Result<Vec<Claim>, Defect> {
    at_most(record.claims.len(), MOST_ENTRIES).of("claims")?;
    all(&record.claims, "claims", |claim| {
        within(claim.expect, 0.0..=1e15).of("expect")?;
        within(claim.requests, 1..=1_000_000).of("requests")?;
        Ok(Claim {
            id: claim.id.clone(),
            says: claim.says.clone(),
            measure: word(&claim.measure, &MEASURES, ClaimMeasure::word).of("measure")?,
            expect: claim.expect,
            requests: claim.requests,
        })
    })
}

fn fleet(record: &PlanRecord) -> Result<Option<Fleet>, Defect> {
    let Some(fleet) = &record.fleet else { return Ok(None) };
    within(fleet.pools, 1..=200_000).of("pools")?;
    let ways = [Routing::Random, Routing::RoundRobin, Routing::LeastLoaded];
    let routing = word(&fleet.routing, &ways, Routing::word).of("routing")?;
    Ok(Some(Fleet { pools: fleet.pools, routing }))
}

/// The service that was driven, without what a record does not keep.
fn target(record: &PlanRecord) -> Result<Option<Target>, Defect> {
    let Some(target) = &record.target else { return Ok(None) };
    let lists = [target.places.len(), target.headers.len(), target.success.len(), target.timed_out.len()];
    lists.into_iter().try_for_each(|entries| at_most(entries, MOST_ENTRIES))?;
    ensure(target.places.len() == record.scopes.len(), || "it has not a place for each scope".to_owned())
        .of("places")?;
    let statuses = |texts: &[String], path| {
        let read = |text: &String| {
            text.parse::<Statuses>().map_err(|fault| Defect { path: String::new(), says: fault.to_owned() })
        };
        all(texts, path, read)
    };
    let timed_out = statuses(&target.timed_out, "timed_out")?;
    let headers = target.headers.iter().map(|(name, variable)| Header {
        name: name.clone(),
        value: match variable {
            None => HeaderValue::Written(Kept::from_record("")),
            Some(variable) => HeaderValue::FromEnvironment(variable.clone()),
        },
    });
    Ok(Some(Target {
        sites: target.places.iter().map(|place| Site { place: place.clone(), url: None }).collect(),
        method: target.method.clone(),
        path: Kept::from_record(&target.path),
        headers: headers.collect(),
        body: Kept::from_record(&target.body),
        success: Answers {
            statuses: statuses(&target.success, "success")?,
            says: target.success_says.clone(),
        },
        timed_out: (!timed_out.is_empty())
            .then(|| Answers { statuses: timed_out, says: target.timed_out_says.clone() }),
        timeout: target.timeout_s.map(above_zero).transpose().of("timeout_s")?,
        bystander: target.bystander_path.as_deref().map(Kept::from_record),
        hosts: if target.any_host { Hosts::Any } else { Hosts::ThisMachine },
    }))
}

/// As they were written, and before them the one objective that older records had.
fn objectives(record: &PlanRecord, own: &[SessionScope]) -> Result<Vec<Objective>, Defect> {
    let older = record.objective.as_ref().map(older_objective).transpose().of("objective")?.flatten();
    let read = |text: &String| Objective::read(text, own).map_err(|fault| fault.to_string());
    let written: Result<Vec<_>, _> = record.objectives.iter().map(read).collect();
    let written = written.map_err(|says| Defect { path: "objectives".to_owned(), says })?;
    Ok(older.into_iter().chain(written).collect())
}

/// The same in the words of today; nothing for a quantile that is not in the list of metrics.
fn older_objective(record: &ObjectiveRecord) -> Result<Option<Objective>, Defect> {
    let wait = seconds(record.wait_s).of("wait_s")?;
    let percent = (record.quantile * 100.0).round();
    let text = format!("acquire-wait.p{percent} <= {}", humantime::format_duration(wait));
    Ok(((record.quantile * 100.0 - percent).abs() < 1e-9).then(|| text.parse().ok()).flatten())
}

/// A nominal time in seconds, as a scenario may ask for it.
fn seconds(time: f64) -> Result<Duration, Defect> {
    within(time, 0.0..=LONGEST.as_secs_f64())?;
    // It is in range, so it is a time.
    Ok(Duration::try_from_secs_f64(time).unwrap_or(LONGEST))
}

fn above_zero(time: f64) -> Result<Duration, Defect> {
    ensure(time > 0.0, || format!("it is {time}, and not above 0"))?;
    seconds(time)
}

fn rate(per_second: f64) -> Result<Rate, Defect> {
    within(per_second, 1e-9..=1e9)?;
    let says = || Defect { path: String::new(), says: format!("it is {per_second}") };
    Rate::per_second(per_second).ok_or_else(says)
}
