//! How fast due times are drawn: 10,000 of each schedule.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use poolbench::load::{Arrivals, Profile, Spacing, Stretch};
use poolbench::record::Nanos;
use poolbench::units::Rate;

const ARRIVALS: u64 = 10_000;

fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).expect("a rate above zero")
}

/// From 1,000/s to 20,000/s in a second, and on at that rate.
fn ramp() -> Profile {
    let stretch = Stretch { lasts: 1_000_000_000, from: rate(1_000.0), to: rate(20_000.0) };
    Profile::new(rate(1_000.0), &[stretch])
}

fn schedules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("10,000 due times");
    group.throughput(Throughput::Elements(ARRIVALS));
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(50);
    let constant = Profile::constant(rate(10_000.0));
    let cases = [
        ("Poisson", Spacing::Poisson, constant.clone()),
        ("constant", Spacing::Constant, constant),
        ("Poisson on a ramp", Spacing::Poisson, ramp()),
    ];
    for (name, spacing, profile) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let due = Arrivals::new(spacing, profile.clone(), Nanos::MAX, black_box(1));
                due.take(ARRIVALS as usize).fold(0, |sum: Nanos, at| sum ^ at)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, schedules);
criterion_main!(benches);
