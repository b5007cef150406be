//! What the records of one request cost, and how fast its due time is drawn.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::spread::Spread;
use super::{CalibrationError, Effort};
use crate::load::{Arrivals, Profile, Spacing};
use crate::pool::PoolOptions;
use crate::record::{AcquireParts, Class, Mark, Nanos, Outcome, Recorder, Timeline, Window};
use crate::units::Rate;

/// What recording costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordingCost {
    /// All records of one request of seven moves, while as many others hold a connection as a
    /// pool has. Reading the clock is not in it.
    pub request: Spread<Duration>,
    /// Due times of a Poisson stream, drawn per second.
    pub arrivals: Spread<Rate>,
}

const REQUESTS: u32 = 200_000;

pub(super) fn measure(effort: Effort) -> Result<RecordingCost, CalibrationError> {
    let rounds = effort.pick(3, 7);
    Ok(RecordingCost {
        request: Spread::of(WHAT, (0..rounds).map(|_| record(REQUESTS)))?,
        arrivals: Spread::of(WHAT, (0..rounds).filter_map(|_| draw(REQUESTS)))?,
    })
}

const WHAT: &str = "the recorder";

/// The marks of a request-scoped job submission.
const MARKS: [Mark; 7] = [
    Mark::Acquired(AcquireParts { create: 0, recycle: 0 }),
    Mark::Sql,
    Mark::Sql,
    Mark::Away,
    Mark::Away,
    Mark::Committed,
    Mark::Released,
];

/// Time of one request's records, of so many.
fn record(requests: u32) -> Duration {
    let others = PoolOptions::default().size - 1;
    let mut recorder = Recorder::new(Window { from: 0, to: Nanos::MAX }, 1_000_000_000);
    let held: Vec<Timeline> = (0..others).map(|_| hold(&mut recorder)).collect();
    let lengths = lengths();
    let marks = black_box(&MARKS[..]);
    let start = Instant::now();
    for number in 0..u64::from(requests) {
        one(&mut recorder, marks, number * 100, &lengths[(number as usize * 7) % (lengths.len() - 8)..]);
    }
    let took = start.elapsed();
    black_box((recorder.take(), held));
    took / requests
}

/// One request, due at an instant, whose moves are so long. The marks come from outside, so that
/// the compiler does not know them beforehand, as it does not in a run.
#[inline]
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
    black_box(timeline);
}

fn hold(recorder: &mut Recorder) -> Timeline {
    recorder.scheduled(Class::Measured, 0);
    let mut timeline = recorder.dispatch(Class::Measured, 0, 0);
    recorder.asks(&mut timeline);
    recorder.passed(&mut timeline, Mark::Acquired(AcquireParts { create: 0, recycle: 0 }), 1);
    timeline
}

/// Lengths that spread over a histogram as waits and holds do, from a microsecond to some
/// milliseconds; drawn beforehand, so that drawing is not measured.
fn lengths() -> Vec<Nanos> {
    let Some(rate) = Rate::per_second(10_000.0) else { return Vec::new() };
    let due = Arrivals::new(Spacing::Poisson, Profile::constant(rate), Nanos::MAX, 7);
    let due: Vec<Nanos> = due.take(4096).collect();
    due.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Due times drawn per second.
fn draw(arrivals: u32) -> Option<Rate> {
    let profile = Profile::constant(Rate::per_second(10_000.0)?);
    let start = Instant::now();
    let stream = Arrivals::new(Spacing::Poisson, profile, Nanos::MAX, 1);
    black_box(stream.take(arrivals as usize).fold(0, |sum: Nanos, due| sum ^ due));
    Rate::per_second(f64::from(arrivals) / start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_whole_requests() {
        let mut recorder = Recorder::new(Window { from: 0, to: Nanos::MAX }, 1_000_000_000);
        (0..100).for_each(|number| one(&mut recorder, &MARKS, number * 100, &lengths()));
        let tape = recorder.take();
        assert_eq!(tape.measured.ledger.check(), Ok(()));
        assert_eq!(tape.measured.ledger.completed, 100);
        assert_eq!(tape.transactions.committed, 100);
        assert_eq!(tape.measured.hold.seen.count(), 100);
    }

    #[test]
    fn recording_and_drawing_are_measured() {
        assert!(record(1000) > Duration::ZERO);
        assert!(draw(1000).is_some());
    }
}
