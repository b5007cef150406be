//! Requests per second of `poolbench simulate`: what the command plays, from the scenario to the record
//! that it writes, on one thread and on all cores.

#![allow(missing_docs, reason = "criterion makes public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use poolbench::plan::Plan;
use poolbench::run::{HoldSource, simulate};
use poolbench::scenario::{Builtin, Overrides, Scenario};
use poolbench::twin::HoldLaw;
use poolbench::units::Rate;

/// All benchmarks together have three minutes.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);

fn builtin(name: &str, rate: Option<f64>, measure: Option<u64>) -> Scenario {
    let overrides = Overrides {
        rate: rate.map(|per_second| Rate::per_second(per_second).unwrap()),
        measure: measure.map(Duration::from_secs),
        ..Overrides::default()
    };
    Builtin::named(name).unwrap().scenario().unwrap().with(&overrides)
}

fn commands(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("poolbench simulate");
    group.sample_size(10).warm_up_time(WARM_UP).measurement_time(MEASURED);
    // Both scopes at 90 % of what 20 connections carry under the second one; a fleet; and a pool whose
    // requests hold two connections each, which takes one event after the other.
    let long = || builtin("job-submission", Some(18.0), Some(100_000));
    let nested = || builtin("nested-deadlock", None, Some(10_000));
    let cases = [
        ("job-submission at 18/s, holds as planned", long(), HoldLaw::Fixed),
        ("job-submission at 18/s, exponential holds", long(), HoldLaw::Exponential),
        ("million", builtin("million", None, None), HoldLaw::Fixed),
        ("million, exponential holds", builtin("million", None, None), HoldLaw::Exponential),
        ("nested-deadlock", nested(), HoldLaw::Fixed),
    ];
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    for (name, scenario, law) in cases {
        let (plan, holds) = (Plan::of(&scenario), HoldSource::Law(law));
        let requests = simulate(&plan, &holds, cores).unwrap().requests;
        group.throughput(Throughput::Elements(requests));
        let mut threads = vec![NonZeroUsize::MIN, cores];
        threads.dedup();
        for threads in threads {
            let plural = if threads == NonZeroUsize::MIN { "" } else { "s" };
            let on = format!("{threads} thread{plural}");
            group.bench_function(BenchmarkId::new(name, on), |bencher| {
                bencher.iter(|| simulate(&plan, &holds, threads).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, commands);
criterion_main!(benches);
