//! Requests per second of the engines in virtual time, on one core unless the name says otherwise.

#![allow(missing_docs, reason = "criterion makes public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use poolbench::twin::engine::{
    Arrivals, Class, Law, Limit, Move, Nanos, Plan, Program, Routing, Seed, Source, Tally, play, play_events,
    play_parallel,
};
use poolbench::units::{Rate, count};

const REQUESTS: u64 = 1_000_000;

/// All benchmarks together have six minutes.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

fn seconds(value: u64) -> Nanos {
    Duration::from_secs(value).into()
}

fn fixed(value: u64) -> Law {
    Law::fixed(seconds(value)).unwrap()
}

fn exponential(value: u64) -> Law {
    Law::exponential(seconds(value)).unwrap()
}

fn poisson(per_second: f64) -> Source {
    Source::Open(Arrivals::Poisson(Rate::per_second(per_second).unwrap()))
}

fn class(source: Source, program: Program) -> Class {
    Class { source, program, timeout: None }
}

/// One pool at 90 % utilisation.
fn pool(connections: u32, hold: Law) -> Plan {
    let arriving = class(poisson(0.9 * f64::from(connections)), Program::hold(hold).unwrap());
    Plan::pool(connections, vec![arriving], Limit::Requests(REQUESTS)).unwrap()
}

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one pool at 90 %");
    group.throughput(Throughput::Elements(REQUESTS)).sample_size(15);
    group.warm_up_time(WARM_UP).measurement_time(MEASURED);
    let laws = [("fixed", fixed as fn(u64) -> Law), ("exponential", exponential)];
    for connections in [20, 10_000] {
        for (name, law) in laws {
            let plan = pool(connections, law(1));
            let path = if name == "fixed" { "ring" } else { "tournament" };
            let of = format!("{name} holds, {} connections", count(connections.into()));
            group.bench_with_input(BenchmarkId::new(path, &of), &plan, |bencher, plan| {
                bencher.iter(|| {
                    let mut tally = Tally::default();
                    black_box(play(plan, Seed(1), &mut tally).unwrap());
                    tally
                });
            });
            group.bench_with_input(BenchmarkId::new("events", &of), &plan, |bencher, plan| {
                bencher.iter(|| {
                    let mut tally = Tally::default();
                    black_box(play_events(plan, Seed(1), &mut tally).unwrap());
                    tally
                });
            });
        }
    }
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("general engine, 20 connections");
    group.throughput(Throughput::Elements(REQUESTS)).sample_size(15);
    group.warm_up_time(WARM_UP).measurement_time(MEASURED);
    let hold = |law| Program::hold(law).unwrap();
    let timeout = Class { timeout: Some(seconds(1)), ..class(poisson(25.0), hold(exponential(1))) };
    let callers = Source::Closed { callers: 3600, think: exponential(179), spread: Nanos::ZERO };
    let several = vec![
        Move::Acquire,
        Move::Spend(fixed(1)),
        Move::Release,
        Move::Spend(fixed(177)),
        Move::Acquire,
        Move::Spend(exponential(1)),
        Move::Release,
    ];
    let cases = [
        ("acquire timeout", timeout),
        ("closed loop of 3,600 callers", class(callers, hold(exponential(1)))),
        ("two holds a request, 177 s apart", class(poisson(9.0), Program::new(several).unwrap())),
    ];
    for (name, class) in cases {
        let plan = Plan::pool(20, vec![class], Limit::Requests(REQUESTS)).unwrap();
        group.bench_with_input(BenchmarkId::from_parameter(name), &plan, |bencher, plan| {
            bencher.iter(|| {
                let mut tally = Tally::default();
                black_box(play_events(plan, Seed(1), &mut tally).unwrap());
                tally
            });
        });
    }
    group.finish();
}

fn fleets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1,000,000 requests, 20,000 a second, 1,112 pools of 20");
    group.throughput(Throughput::Elements(REQUESTS)).sample_size(15);
    group.warm_up_time(WARM_UP).measurement_time(MEASURED);
    // One second in the database, then 179 without a connection; or all of it with one.
    let [work, queue] = [1, 179].map(|time| Move::Spend(fixed(time)));
    let after = vec![Move::Acquire, work.clone(), Move::Release, queue.clone()];
    let before = vec![Move::Acquire, work, queue, Move::Release];
    let random = vec![Move::Acquire, Move::Spend(exponential(1)), Move::Release];
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let cases = [
        ("request-scoped, random routing", before, Routing::Random),
        ("repository-scoped, random routing", after.clone(), Routing::Random),
        ("repository-scoped, least-loaded routing", after, Routing::LeastLoaded),
        ("exponential holds, random routing", random, Routing::Random),
    ];
    for (name, moves, routing) in cases {
        let class = class(poisson(20_000.0), Program::new(moves).unwrap());
        let plan = Plan::fleet(1112, 20, routing, vec![class], Limit::Requests(REQUESTS)).unwrap();
        let most = if routing == Routing::LeastLoaded { 1 } else { cores };
        let mut threads = vec![1, most];
        threads.dedup();
        for threads in threads {
            let cores = if threads == 1 { "1 core".to_owned() } else { format!("{threads} cores") };
            group.bench_with_input(BenchmarkId::new(name, cores), &plan, |bencher, plan| {
                let threads = NonZeroUsize::new(threads).unwrap();
                bencher.iter(|| play_parallel::<Tally>(plan, Seed(1), threads).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, paths, events, fleets);
criterion_main!(benches);
