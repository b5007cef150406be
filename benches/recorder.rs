//! What the records of a request cost. Reading the clock is not in it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use poolbench::load::{Arrivals, Profile, Spacing};
use poolbench::record::{AcquireParts, Class, Histogram, Mark, Nanos, Outcome, Recorder, Window};
use poolbench::units::Rate;

/// What an acquire was made of: nothing but waiting.
const PARTS: AcquireParts = AcquireParts { create: 0, recycle: 0 };

/// The marks of a request-scoped job submission.
const MARKS: [Mark; 7] =
    [Mark::Acquired(PARTS), Mark::Sql, Mark::Sql, Mark::Away, Mark::Away, Mark::Committed, Mark::Released];

/// Times that spread over a histogram as waits and holds do, drawn beforehand.
fn lengths() -> Vec<Nanos> {
    let rate = Rate::per_second(10_000.0).expect("a rate above zero");
    let due = Arrivals::new(Spacing::Poisson, Profile::constant(rate), Nanos::MAX, 7);
    let due: Vec<Nanos> = due.take(4104).collect();
    due.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn one(recorder: &mut Recorder, marks: &[Mark], due: Nanos, lengths: &[Nanos]) {
    recorder.scheduled(Class::Measured, due);
    let mut now = due + lengths[7];
    let mut timeline = recorder.dispatch(Class::Measured, due, now);
    recorder.asks(&mut timeline);
    for (mark, length) in marks.iter().zip(lengths) {
        now += length;
        recorder.passed(&mut timeline, *mark, now);
    }
    recorder.finish(&mut timeline, Outcome::Completed, now);
}

fn records(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("records");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    let lengths = lengths();
    group.bench_function("of one request, seven moves", |bencher| {
        let mut recorder = Recorder::new(Window { from: 0, to: Nanos::MAX }, 1_000_000_000);
        let mut number = 0;
        let marks = black_box(&MARKS[..]);
        bencher.iter(|| {
            // A second of 1,000,000 requests, over and over, so that the series stays short.
            number = (number + 1) % 1_000_000;
            let at = (number as usize * 7) & 4095;
            one(&mut recorder, marks, number * 1000, black_box(&lengths[at.min(lengths.len() - 8)..]));
        });
    });
    group.bench_function("of one time in a histogram", |bencher| {
        let mut histogram = Histogram::new();
        let mut number = 0;
        bencher.iter(|| {
            number = (number + 1) & 4095;
            histogram.note(black_box(lengths[number]));
        });
    });
    group.bench_function("merge of two histograms", |bencher| {
        let mut part = Histogram::new();
        lengths.iter().for_each(|length| part.note(*length));
        let mut whole = part.clone();
        bencher.iter(|| whole.merge(black_box(&part)));
    });
    group.finish();
}

criterion_group!(benches, records);
criterion_main!(benches);
