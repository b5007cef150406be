//! Under which conditions a run took place: what has to be alike before two runs are compared.

use crate::archive::{Run, Source};
use crate::itinerary::{TimeLaw, Varies};
use crate::plan::{KindRef, Plan};
use crate::scenario::{Answers, CallerCount, Target};
use crate::units;

/// One condition of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which.
    pub kind: ConditionKind,
    /// What it was, as a text that is the same where the condition is.
    pub value: String,
}

/// What a condition is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionKind {
    /// Measured or simulated.
    Source,
    /// The steps of a request.
    Steps,
    /// Arrivals, and the cap of requests in flight.
    Load,
    /// Warm-up, measured span and drain.
    Phases,
    /// The closed loop.
    Capacity,
    /// Cheap queries of others.
    Bystanders,
    /// Size, timeout and test of the pool.
    Pool,
    /// Measured time ÷ nominal time.
    TimeScale,
    /// Seed of every random draw.
    Seed,
    /// Pool libraries with their versions and settings.
    PoolLibraries,
    /// Version of the database server.
    Server,
    /// What the connections are encrypted with.
    Encryption,
    /// Settings of the server that bear on the figures.
    ServerSettings,
    /// Processor and number of cores.
    Machine,
    /// How poolbench was built.
    Build,
}

/// What another condition makes incomparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bears {
    /// Everything.
    OnAll,
    /// Times and rates, and nothing that is counted in a request.
    OnTimes,
}

impl ConditionKind {
    /// What is not compared where this condition is another.
    #[must_use]
    pub fn bears(self) -> Bears {
        match self {
            Self::Source
            | Self::Steps
            | Self::Load
            | Self::Phases
            | Self::Capacity
            | Self::Bystanders
            | Self::Pool
            | Self::TimeScale => Bears::OnAll,
            Self::Seed
            | Self::PoolLibraries
            | Self::Server
            | Self::Encryption
            | Self::ServerSettings
            | Self::Machine
            | Self::Build => Bears::OnTimes,
        }
    }

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Steps => "steps",
            Self::Load => "load",
            Self::Phases => "phases",
            Self::Capacity => "capacity",
            Self::Bystanders => "bystanders",
            Self::Pool => "pool",
            Self::TimeScale => "time-scale",
            Self::Seed => "seed",
            Self::PoolLibraries => "pool-libraries",
            Self::Server => "server",
            Self::Encryption => "encryption",
            Self::ServerSettings => "server-settings",
            Self::Machine => "machine",
            Self::Build => "build",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        CONDITIONS.into_iter().find(|kind| kind.name() == name)
    }
}

/// All kinds of conditions, the weightiest first.
pub const CONDITIONS: [ConditionKind; 15] = [
    ConditionKind::Source,
    ConditionKind::Steps,
    ConditionKind::Load,
    ConditionKind::Phases,
    ConditionKind::Capacity,
    ConditionKind::Bystanders,
    ConditionKind::Pool,
    ConditionKind::TimeScale,
    ConditionKind::Seed,
    ConditionKind::PoolLibraries,
    ConditionKind::Server,
    ConditionKind::Encryption,
    ConditionKind::ServerSettings,
    ConditionKind::Machine,
    ConditionKind::Build,
];

/// The encryption of connections that have none.
pub const UNENCRYPTED: &str = "none";

/// The conditions of a run, one of each kind.
#[must_use]
pub fn conditions(run: &Run) -> Vec<Condition> {
    CONDITIONS.into_iter().map(|kind| Condition { kind, value: value(kind, run) }).collect()
}

fn value(kind: ConditionKind, run: &Run) -> String {
    let (plan, environment) = (&run.plan, &run.environment);
    match kind {
        ConditionKind::Source => match run.source {
            Source::Measured => "measured".to_owned(),
            Source::Simulated => "simulated".to_owned(),
        },
        ConditionKind::Steps => steps(plan),
        ConditionKind::Load => load(plan),
        ConditionKind::Phases => {
            let phases = plan.phases;
            let times = [("warm-up", phases.warm_up), ("measure", phases.measure), ("drain", phases.drain)];
            named(times.map(|(name, time)| (name, units::time(time))))
        }
        ConditionKind::Capacity => capacity(plan),
        ConditionKind::Bystanders => match plan.bystander {
            None => "none".to_owned(),
            Some(others) => named([("rate", others.rate.to_string()), ("time", units::time(others.time))]),
        },
        ConditionKind::Pool => pool(plan),
        ConditionKind::TimeScale => plan.time_scale.to_string(),
        ConditionKind::Seed => plan.seed.to_string(),
        ConditionKind::PoolLibraries => pairs(&environment.pools),
        ConditionKind::Server => environment.postgres_version.clone(),
        ConditionKind::Encryption => match &environment.postgres_encryption {
            None => UNENCRYPTED.to_owned(),
            Some(spoken) => spoken.clone(),
        },
        ConditionKind::ServerSettings => pairs(&environment.postgres_settings),
        ConditionKind::Machine => {
            named([("processor", environment.processor.clone()), ("cores", environment.cores.to_string())])
        }
        ConditionKind::Build => environment.build.word().to_owned(),
    }
}

/// Values by the names of their keys in a scenario.
fn named(values: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let values: Vec<String> = values.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    values.join(", ")
}

fn pairs(all: &[(String, String)]) -> String {
    let all: Vec<String> = all.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    all.join("; ")
}

fn steps(plan: &Plan) -> String {
    let kinds: Vec<String> = plan.all_kinds().map(|kind| steps_of(&kind)).collect();
    let steps = kinds.join("; ");
    plan.target.as_ref().map_or(steps.clone(), |target| format!("{} of {steps}", asked(target)))
}

fn steps_of(kind: &KindRef<'_>) -> String {
    let steps = kind.workload.steps.iter().zip(kind.operations).enumerate().map(|(at, (step, does))| {
        let fails = kind.fail_share(at);
        let fails = (fails > 0.0).then(|| ("fail-share", units::percent(fails)));
        let varies = (step.law.varies() == Varies::Yes).then(|| ("varies", varies(&step.law)));
        let does = [("operation", does.word().to_owned()), ("time", units::time(step.time))];
        format!("{} ({})", step.name, named(does.into_iter().chain(varies).chain(fails)))
    });
    let steps = steps.collect::<Vec<_>>().join(" → ");
    if kind.share < 1.0 { format!("{} {}: {steps}", kind.name, units::percent(kind.share)) } else { steps }
}

/// A law of times in full: two lists of as many times are two laws.
fn varies(law: &TimeLaw) -> String {
    match law {
        TimeLaw::Listed(times) => times.iter().map(|it| units::time(*it)).collect::<Vec<_>>().join(" "),
        law => law.to_string(),
    }
}

/// What is asked of a service, and what its answers mean; not where it is, which may be another port each time.
fn asked(target: &Target) -> String {
    let those = |answers: &Answers| {
        let statuses: Vec<String> = answers.statuses.iter().map(ToString::to_string).collect();
        format!("{} {}", statuses.join(" "), answers.says.as_deref().unwrap_or_default())
            .trim_end()
            .to_owned()
    };
    let headers: Vec<&str> = target.headers.iter().map(|header| header.name.as_str()).collect();
    let texts = [
        ("method", target.method.clone()),
        ("path", target.path.shown().to_owned()),
        ("headers", headers.join(" ")),
        ("body", target.body.shown().to_owned()),
        ("bystander-path", target.bystander.as_ref().map(|path| path.shown().to_owned()).unwrap_or_default()),
        ("success", those(&target.success)),
        ("timed-out", target.timed_out.as_ref().map(those).unwrap_or_default()),
        ("timeout", target.timeout.map(units::time).unwrap_or_default()),
    ];
    format!("a service ({})", named(texts.into_iter().filter(|(_, text)| !text.is_empty())))
}

fn load(plan: &Plan) -> String {
    let load = &plan.load;
    let whole = named([
        ("arrivals", load.arrivals.word().to_owned()),
        ("rate", load.rate.to_string()),
        ("burst", load.burst.to_string()),
        ("in-flight-cap", load.in_flight_cap.to_string()),
        ("when-full", load.when_full.word().to_owned()),
    ]);
    let stages = load.stages.iter().map(|stage| {
        let (rate, lasts) = (stage.rate.to_string(), units::time(stage.lasts));
        named([("rate", rate), ("lasts", lasts), ("shape", stage.shape.word().to_owned())])
    });
    std::iter::once(whole).chain(stages).collect::<Vec<_>>().join("; ")
}

fn pool(plan: &Plan) -> String {
    let fleet = plan
        .fleet
        .map(|fleet| [("pools", fleet.pools.to_string()), ("routing", fleet.routing.word().to_owned())]);
    let pool = [
        ("size", plan.pool.size.to_string()),
        ("acquire-timeout", units::time(plan.pool.acquire_timeout)),
        ("liveness-check", plan.pool.liveness_check.word().to_owned()),
    ];
    named(pool.into_iter().chain(fleet.into_iter().flatten()))
}

fn capacity(plan: &Plan) -> String {
    let capacity = plan.capacity;
    let callers = match capacity.callers {
        CallerCount::Saturation(multiple) => ("saturation", units::number(multiple)),
        CallerCount::Fixed(callers) => ("callers", callers.to_string()),
    };
    named([
        callers,
        ("think-time", units::time(capacity.think_time)),
        ("warm-up", units::time(capacity.warm_up)),
        ("measure", units::time(capacity.measure)),
    ])
}
