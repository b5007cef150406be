//! Before and after, end to end: the time until the last of 20 requests that came at once has
//! finished, through a pool of 4. A request creates a job (1 ms of SQL), hands it to the queue
//! (177 ms) and does something else (2 ms): the built-in scenario at 1/1000 of its nominal times.
//!
//! Request-scoped, each request keeps its connection to its end: five waves of 180 ms.
//! Repository-scoped, all of them wait for the queue at once.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Database, WARM_UP};
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use poolbench::itinerary::{Creates, Itinerary, SessionScope, Step, StepKind, TimeLaw, Workload};
use poolbench::jobs::repository::RepositoryMethod;
use poolbench::jobs::service::{Does, Fails, Play, PlayStep};
use poolbench::load::{
    Arrivals, Burst, CapPolicy, LaneSpec, Library, OpenPlan, Profile, Spacing, Stop, Task, start,
};
use poolbench::pool::PoolOptions;
use poolbench::record::Window;
use poolbench::units::Rate;

const REQUESTS: u32 = 20;
const CONNECTIONS: u32 = 4;
const STEPS: [(&str, StepKind, Duration, Creates); 3] = [
    ("create_job", StepKind::Sql, Duration::from_millis(1), Creates::Job),
    ("enqueue", StepKind::Queue, Duration::from_millis(177), Creates::Nothing),
    ("other", StepKind::Work, Duration::from_millis(2), Creates::Nothing),
];

const POOLS: [(&str, Library); 2] = [("sqlx", Library::Sqlx), ("deadpool", Library::Deadpool)];

fn scopes(criterion: &mut Criterion) {
    let Some(database) = Database::start("request end to end") else { return };
    let mut group = criterion.benchmark_group("request end to end");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for scope in [SessionScope::Request, SessionScope::Repository] {
        // Ten samples of about a second, or of a fifth of one.
        let span = Duration::from_secs(if scope == SessionScope::Request { 9 } else { 4 });
        group.warm_up_time(WARM_UP).measurement_time(span);
        for (name, library) in POOLS {
            let spec = lane(&database, library, scope);
            group.bench_function(BenchmarkId::new(scope.name(), name), |bencher| {
                bencher.iter_custom(|times| (0..times).map(|_| last_finished(&database, &spec)).sum());
            });
        }
    }
    group.finish();
}

/// From the instant at which all requests are due to the end of the last one.
fn last_finished(database: &Database, spec: &LaneSpec) -> Duration {
    let started = database.runtime.block_on(start(vec![spec.clone()], &Stop::default()));
    let mut last = 0;
    for lane in started.expect("a lane on the throw-away server").lanes {
        let tape = lane.join().expect("a lane that comes to its end").tape;
        assert_eq!(tape.measured.ledger.completed, u64::from(REQUESTS), "{:?}", tape.measured.failures);
        last = last.max(tape.measured.response.seen.greatest());
    }
    Duration::from_nanos(last)
}

fn lane(database: &Database, library: Library, scope: SessionScope) -> LaneSpec {
    let rate = Rate::per_second(1.0).expect("a rate above zero");
    // The window ends with the first instant, and the drain is all the rest.
    let window = Window { from: 0, to: 1 };
    let requests = Arrivals::new(Spacing::Constant, Profile::constant(rate), window.to, 1)
        .with_burst(Burst { at: 0, requests: REQUESTS - 1 });
    let plan = OpenPlan {
        requests,
        bystanders: None,
        in_flight_cap: REQUESTS,
        when_full: CapPolicy::Queue,
        window,
        drain_until: 60_000_000_000,
    };
    LaneSpec {
        library,
        address: database.address.clone(),
        pool: PoolOptions { size: CONNECTIONS, ..PoolOptions::default() },
        queue: None,
        schema: "poolbench".to_owned(),
        play: play(scope),
        other_kinds: Vec::new(),
        bystander_time: Duration::ZERO,
        lane: "bench".to_owned(),
        first_request: 0,
        task: Task::Open(Box::new(plan)),
        connect: CONNECTIONS,
        step: 100_000_000,
        seeds: poolbench::load::RequestSeeds { failures: 1, step_times: 2, kinds: 3 },
        misuse: None,
    }
}

fn play(scope: SessionScope) -> Arc<Play> {
    let steps = STEPS.map(|(name, kind, time, creates)| Step {
        name: name.to_owned(),
        kind,
        time,
        law: TimeLaw::Fixed,
        creates,
    });
    let does = [Does::Sql(RepositoryMethod::CreateJob), Does::Enqueue, Does::Wait];
    Arc::new(Play {
        itinerary: Itinerary::new(scope, Arc::new(Workload { steps: steps.to_vec() })),
        steps: does
            .into_iter()
            .zip(STEPS)
            .map(|(does, (_, _, time, _))| PlayStep { does, time, fails: Fails::default() })
            .collect(),
        mark_failed: Duration::ZERO,
        processors: std::num::NonZeroU32::MIN,
    })
}

criterion_group!(benches, scopes);
criterion_main!(benches);
