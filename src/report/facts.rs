//! How a run was measured: environment, settings, seed, time scale.

mod target;

use crate::report::lang::{heard, key, say, word};
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
    let mut facts =
        vec![(key("run"), run(view.record)), (key("scenario"), scenario(plan)), (key("load"), load(plan))];
    facts.push((key("phases"), phases(plan)));
    facts.push((key("capacity"), capacity(plan)));
    facts.extend(plan.bystander.as_ref().map(|it| {
        let rate = units::number(it.rate.as_per_second());
        let told = match &plan.target {
            None => {
                say!(
                    "{rate}/s cheap queries on the same pool, {time} each on the server",
                    rate,
                    time = units::time(it.time)
                )
            }
            Some(target) => say!("{rate}/s GET {target}", rate, target = target::bystander_path(target)),
        };
        (key("bystanders"), told)
    }));
    match &plan.target {
        None => facts.push((key("pool"), pool(plan))),
        Some(asked) => facts.extend(target::facts(plan, asked, environment)),
    }
    facts.push((key("time scale"), scale(plan)));
    facts.push((key("seed"), plan.seed.to_string()));
    if plan.target.is_none() {
        facts.extend(environment.pools.iter().map(|(_, settings)| (key("pool library"), clean(settings))));
    }
    facts.extend(view.record.ceiling.as_ref().map(|ceiling| {
        let what = match plan.target {
            None => word("on a pool that does nothing"),
            Some(_) => {
                word("to a service that does nothing in the same process, which is part of the figures")
            }
        };
        let told = say!(
            "one lane carries {median}/s {what}, at {median2} of processor time a request",
            median = units::number(ceiling.sustained_per_s.median),
            what,
            median2 = units::time(std::time::Duration::from_nanos(ceiling.request_cpu_ns.median as u64))
        );
        (key("harness"), told)
    }));
    match view.record.source {
        Source::Measured => {
            facts.extend(machine(environment));
            if plan.target.is_none() && plan.has_step(StepKind::Queue) {
                facts.extend(environment.queue.as_ref().map(|server| (key("queue"), queue(server))));
            }
        }
        // Virtual time is the same on every machine.
        Source::Simulated => {
            facts.push((key("source"), word("simulated by the twin: no server, no clock").into()))
        }
    }
    facts
}

/// What is said first of a run that somebody stopped.
pub(super) const STOPPED: &str = key("stopped before its end: parts are missing");

/// What ended the run before its time, and what that leaves; nothing of a run that no fault ended.
pub(super) fn fault(record: &Run) -> Option<String> {
    let failed = match (&record.fault, record.status) {
        (Some(fault), _) => {
            let says = clean(&fault.says);
            say!(
                "The run failed during {during}: {says}",
                during = clean(&fault.during),
                says = says.trim_end_matches('.')
            )
        }
        (None, Status::Failed) => word("A fault ended the run").to_owned(),
        (None, Status::Complete | Status::Stopped) => return None,
    };
    Some(say!("{failed}. What is shown was measured until then.", failed))
}

fn run(record: &Run) -> String {
    let status = match record.status {
        Status::Complete => word("complete"),
        Status::Stopped => word("stopped before its end"),
        Status::Failed => word("ended by a fault"),
    };
    say!(
        "{created}, {status}, poolbench {poolbench}",
        created = clean(&record.created),
        status,
        poolbench = clean(&record.poolbench)
    )
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
        format!("{} {} ({}{varies})", clean(&step.name), units::time(step.time), word(step.kind.word()))
    });
    steps.collect::<Vec<_>>().join(" → ")
}

fn load(plan: &Plan) -> String {
    let stages: Vec<String> = plan.load.stages.iter().map(stage).collect();
    let burst = match plan.load.burst {
        0 => String::new(),
        burst => say!(", a burst of {burst}", burst = units::count(burst.into())),
    };
    say!(
        "open loop, {rate} requests/s{stages}{burst}, {arrivals} arrivals, at most {in_flight_cap} in flight, then {when_full}",
        rate = units::number(plan.load.rate.as_per_second()),
        stages = stages.concat(),
        burst,
        arrivals = word(plan.load.arrivals.word()),
        in_flight_cap = units::count(plan.load.in_flight_cap.into()),
        when_full = word(plan.load.when_full.word())
    )
}

fn stage(stage: &RateStage) -> String {
    let rate = units::number(stage.rate.as_per_second());
    say!(
        ", {shape} to {rate}/s over {lasts}",
        shape = word(stage.shape.word()),
        rate,
        lasts = seconds(stage.lasts)
    )
}

fn seconds(time: Duration) -> String {
    format!("{} s", units::number(time.as_secs_f64()))
}

fn phases(plan: &Plan) -> String {
    let phases = &plan.phases;
    say!(
        "warm-up {warm_up}, measured span {measure}, drain at most {drain}, nominal",
        warm_up = seconds(phases.warm_up),
        measure = seconds(phases.measure),
        drain = seconds(phases.drain)
    )
}

fn capacity(plan: &Plan) -> String {
    let capacity = &plan.capacity;
    say!(
        "closed loop, think time {think_time}, warm-up {warm_up}, measured span {measure}, nominal",
        think_time = seconds(capacity.think_time),
        warm_up = seconds(capacity.warm_up),
        measure = seconds(capacity.measure)
    )
}

fn pool(plan: &Plan) -> String {
    let fleet = plan.fleet.as_ref().map_or_else(String::new, |fleet| {
        say!(
            "{pools} pools with {routing} routing, each of ",
            pools = units::count(fleet.pools.into()),
            routing = word(fleet.routing.word())
        )
    });
    say!(
        "{fleet}{size} connections, acquire timeout {acquire_timeout} nominal, liveness check {liveness_check}",
        fleet,
        size = units::count(plan.pool.size.into()),
        acquire_timeout = seconds(plan.pool.acquire_timeout),
        liveness_check = word(plan.pool.liveness_check.word())
    )
}

fn scale(plan: &Plan) -> String {
    match plan.time_scale {
        TimeScale::NOMINAL => word("1: nominal times as written").into(),
        scale => say!(
            "{scale}: a nominal second is driven in {scale2}",
            scale,
            scale2 = units::time(scale.scaled(SECOND))
        ),
    }
}

/// Where a server comes from: somebody's own, or a throw-away one.
fn place(from: &str) -> String {
    match from.strip_prefix("yours, at ") {
        Some(place) => say!("yours, at {place}", place = clean(place)),
        None => heard(&clean(from)).to_owned(),
    }
}

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

fn queue(server: &QueueServer) -> String {
    let beside = |words: &str| if words.is_empty() { String::new() } else { format!(" ({})", clean(words)) };
    match server {
        QueueServer::DelayAlone { why } => say!("a delay alone{why}", why = beside(&place(why))),
        QueueServer::Redis { version, from } => {
            let (version, from) = (clean(version), beside(&place(from)));
            say!("{version}{from}, as Redis Queue writes, in a queue of the run's own", version, from)
        }
    }
}

fn machine(environment: &Environment) -> Vec<Fact> {
    let settings = environment.postgres_settings.iter();
    let settings: Vec<String> =
        settings.map(|(name, value)| format!("{} = {}", clean(name), clean(value))).collect();
    let over = environment.postgres_encryption.as_ref();
    let over = over.map(|spoken| say!(", over {spoken}", spoken = clean(spoken))).unwrap_or_default();
    let postgres = say!(
        "{postgres_version}, {postgres_from}{over}, schema {schema}",
        postgres_version = clean(&environment.postgres_version),
        postgres_from = place(&environment.postgres_from),
        over,
        schema = clean(&environment.schema)
    );
    let memory = match environment.memory_mib {
        0 => String::new(),
        mib => say!(", {mib} MiB of memory", mib = units::count(mib)),
    };
    let machine = say!(
        "{system}, {processor}, {cores} cores{memory}",
        system = clean(&environment.system),
        processor = clean(&environment.processor),
        cores = environment.cores,
        memory
    );
    let mut facts = Vec::new();
    // A service behind an address does not say what it works with.
    if !environment.postgres_version.is_empty() {
        facts.extend([(key("postgres"), postgres), (key("settings"), settings.join(", "))]);
    }
    facts.extend([(key("machine"), machine), (key("build"), word(environment.build.word()).to_owned())]);
    facts
}
