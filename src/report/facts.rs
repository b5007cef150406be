//! How a run was measured: environment, settings, seed, time scale.

mod target;

use std::time::Duration;

use super::View;
use super::text::clean;
use crate::archive::{Environment, QueueServer, Run, Source, Status};
use crate::itinerary::{StepKind, Varies};
use crate::plan::{KindRef, Plan};
use crate::scenario::RateStage;
use crate::units::{self, TimeScale};

/// A fact: its name and its value.
pub(super) type Fact = (&'static str, String);

/// All facts of a run.
pub(super) fn facts(view: View<'_>) -> Vec<Fact> {
    let Run { plan, environment, .. } = view.record;
    let mut facts = vec![("run", run(view.record)), ("scenario", scenario(plan)), ("load", load(plan))];
    facts.push(("phases", phases(plan)));
    facts.push(("capacity", capacity(plan)));
    facts.extend(plan.bystander.as_ref().map(|it| {
        let rate = units::number(it.rate.as_per_second());
        let told = match &plan.target {
            None => {
                format!(
                    "{rate}/s cheap queries on the same pool, {} each on the server",
                    units::time(it.time)
                )
            }
            Some(target) => format!("{rate}/s GET {}", target::bystander_path(target)),
        };
        ("bystanders", told)
    }));
    match &plan.target {
        None => facts.push(("pool", pool(plan))),
        Some(asked) => facts.extend(target::facts(plan, asked, environment)),
    }
    facts.push(("time scale", scale(plan)));
    facts.push(("seed", plan.seed.to_string()));
    if plan.target.is_none() {
        facts.extend(environment.pools.iter().map(|(_, settings)| ("pool library", clean(settings))));
    }
    facts.extend(view.record.ceiling.as_ref().map(|ceiling| {
        let what = match plan.target {
            None => "on a pool that does nothing",
            Some(_) => "to a service that does nothing in the same process, which is part of the figures",
        };
        let told = format!(
            "one lane carries {}/s {what}, at {} of processor time a request",
            units::number(ceiling.sustained_per_s.median),
            units::time(std::time::Duration::from_nanos(ceiling.request_cpu_ns.median as u64))
        );
        ("harness", told)
    }));
    match view.record.source {
        Source::Measured => {
            facts.extend(machine(environment));
            if plan.target.is_none() && plan.has_step(StepKind::Queue) {
                facts.extend(environment.queue.as_ref().map(|server| ("queue", queue(server))));
            }
        }
        // Virtual time is the same on every machine.
        Source::Simulated => facts.push(("source", "simulated by the twin: no server, no clock".into())),
    }
    facts
}

/// What is said first of a run that somebody stopped.
pub(super) const STOPPED: &str = "stopped before its end: parts are missing";

/// What ended the run before its time, and what that leaves; nothing of a run that no fault ended.
pub(super) fn fault(record: &Run) -> Option<String> {
    let failed = match (&record.fault, record.status) {
        (Some(fault), _) => {
            let says = clean(&fault.says);
            format!("The run failed during {}: {}", clean(&fault.during), says.trim_end_matches('.'))
        }
        (None, Status::Failed) => "A fault ended the run".to_owned(),
        (None, Status::Complete | Status::Stopped) => return None,
    };
    Some(format!("{failed}. What is shown was measured until then."))
}

fn run(record: &Run) -> String {
    let status = match record.status {
        Status::Complete => "complete",
        Status::Stopped => "stopped before its end",
        Status::Failed => "ended by a fault",
    };
    format!("{}, {status}, poolbench {}", clean(&record.created), clean(&record.poolbench))
}

fn scenario(plan: &Plan) -> String {
    if plan.workload.request_time().is_zero() {
        return format!("{}, {}", clean(&plan.scenario), clean(&plan.request));
    }
    let kinds = plan.all_kinds().map(|kind| {
        let steps = steps(&kind);
        match plan.kinds.is_empty() {
            true => steps,
            false => format!("{} ({}): {steps}", clean(kind.name), units::percent(kind.share)),
        }
    });
    format!("{}, {}: {}", clean(&plan.scenario), clean(&plan.request), kinds.collect::<Vec<_>>().join("; "))
}

fn steps(kind: &KindRef<'_>) -> String {
    let steps = kind.workload.steps.iter().map(|step| {
        let varies = match step.law.varies() {
            Varies::No => String::new(),
            Varies::Yes => format!(", {}", step.law),
        };
        format!("{} {} ({}{varies})", clean(&step.name), units::time(step.time), step.kind.word())
    });
    steps.collect::<Vec<_>>().join(" → ")
}

fn load(plan: &Plan) -> String {
    let stages: Vec<String> = plan.load.stages.iter().map(stage).collect();
    let burst = match plan.load.burst {
        0 => String::new(),
        burst => format!(", a burst of {}", units::count(burst.into())),
    };
    format!(
        "open loop, {} requests/s{}{burst}, {} arrivals, at most {} in flight, then {}",
        units::number(plan.load.rate.as_per_second()),
        stages.concat(),
        plan.load.arrivals.word(),
        units::count(plan.load.in_flight_cap.into()),
        plan.load.when_full.word()
    )
}

fn stage(stage: &RateStage) -> String {
    let rate = units::number(stage.rate.as_per_second());
    format!(", {} to {rate}/s over {}", stage.shape.word(), seconds(stage.lasts))
}

fn seconds(time: Duration) -> String {
    format!("{} s", units::number(time.as_secs_f64()))
}

fn phases(plan: &Plan) -> String {
    let phases = &plan.phases;
    format!(
        "warm-up {}, measured span {}, drain at most {}, nominal",
        seconds(phases.warm_up),
        seconds(phases.measure),
        seconds(phases.drain)
    )
}

fn capacity(plan: &Plan) -> String {
    let capacity = &plan.capacity;
    format!(
        "closed loop, think time {}, warm-up {}, measured span {}, nominal",
        seconds(capacity.think_time),
        seconds(capacity.warm_up),
        seconds(capacity.measure)
    )
}

fn pool(plan: &Plan) -> String {
    let fleet = plan.fleet.as_ref().map_or_else(String::new, |fleet| {
        format!("{} pools with {} routing, each of ", units::count(fleet.pools.into()), fleet.routing.word())
    });
    format!(
        "{fleet}{} connections, acquire timeout {} nominal, liveness check {}",
        units::count(plan.pool.size.into()),
        seconds(plan.pool.acquire_timeout),
        plan.pool.liveness_check.word()
    )
}

fn scale(plan: &Plan) -> String {
    match plan.time_scale {
        TimeScale::NOMINAL => "1: nominal times as written".into(),
        scale => format!("{scale}: a nominal second is driven in {}", units::time(scale.scaled(SECOND))),
    }
}

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

fn queue(server: &QueueServer) -> String {
    let beside = |words: &str| if words.is_empty() { String::new() } else { format!(" ({})", clean(words)) };
    match server {
        QueueServer::DelayAlone { why } => format!("a delay alone{}", beside(why)),
        QueueServer::Redis { version, from } => {
            let (version, from) = (clean(version), beside(from));
            format!("{version}{from}, as Redis Queue writes, in a queue of the run's own")
        }
    }
}

fn machine(environment: &Environment) -> Vec<Fact> {
    let settings = environment.postgres_settings.iter();
    let settings: Vec<String> =
        settings.map(|(name, value)| format!("{} = {}", clean(name), clean(value))).collect();
    let over = environment.postgres_encryption.as_ref();
    let over = over.map(|spoken| format!(", over {}", clean(spoken))).unwrap_or_default();
    let postgres = format!(
        "{}, {}{over}, schema {}",
        clean(&environment.postgres_version),
        clean(&environment.postgres_from),
        clean(&environment.schema)
    );
    let memory = match environment.memory_mib {
        0 => String::new(),
        mib => format!(", {} MiB of memory", units::count(mib)),
    };
    let machine = format!(
        "{}, {}, {} cores{memory}",
        clean(&environment.system),
        clean(&environment.processor),
        environment.cores
    );
    let mut facts = Vec::new();
    // A service behind an address does not say what it works with.
    if !environment.postgres_version.is_empty() {
        facts.extend([("postgres", postgres), ("settings", settings.join(", "))]);
    }
    facts.extend([("machine", machine), ("build", environment.build.word().to_owned())]);
    facts
}
