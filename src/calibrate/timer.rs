//! How late timers wake: tokio's, async-io's, and the clock that a lane lives by.

use std::future::Future;
use std::time::{Duration, Instant};

use super::spread::{Spread, quantile};
use super::usage::processor_time;
use super::{CalibrationError, CalibrationPlan, runtime};
use crate::load::{Clock, SystemClock};
use crate::record::Histogram;

/// A timer whose lateness is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimerKind {
    /// `tokio::time`.
    Tokio,
    /// `async_io::Timer`.
    AsyncIo,
    /// [`SystemClock`], which every lane lives by.
    Lane,
}

/// How many deadlines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// One sleeper, 100 deadlines a second.
    Sparse,
    /// 100 sleepers, 10,000 deadlines a second in all.
    Dense,
}

impl Pace {
    fn sleepers(self) -> u32 {
        match self {
            Self::Sparse => 1,
            Self::Dense => 100,
        }
    }
}

/// How late a timer wakes at a pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimerError {
    /// The timer.
    pub timer: TimerKind,
    /// The pace.
    pub pace: Pace,
    /// Half of the wake-ups are no later than this.
    pub p50: Spread<Duration>,
    /// 99 in 100 are no later than this.
    pub p99: Spread<Duration>,
    /// Processor time of a wake-up, all threads.
    pub wake: Spread<Duration>,
}

/// Every sleeper is due so often.
const EVERY: Duration = Duration::from_millis(10);

/// What one round of sleepers measured.
struct TimerRound {
    p50: Duration,
    p99: Duration,
    wake: Duration,
}

pub(super) fn measure(plan: &CalibrationPlan) -> Result<Vec<TimerError>, CalibrationError> {
    let effort = plan.effort;
    let rounds = effort.pick(1, 3);
    let mut errors = Vec::new();
    for pace in [Pace::Sparse, Pace::Dense] {
        let span = match pace {
            Pace::Sparse => Duration::from_millis(effort.pick(300, 1000)),
            Pace::Dense => Duration::from_millis(effort.pick(150, 500)),
        };
        let timers = [TimerKind::Tokio, TimerKind::AsyncIo, TimerKind::Lane];
        let mut of_timer: [Vec<TimerRound>; 3] = Default::default();
        for _ in 0..rounds {
            for (timer, rounds) in timers.iter().zip(&mut of_timer) {
                plan.go_on()?;
                rounds.push(round(*timer, pace, span)?);
            }
        }
        for (timer, rounds) in timers.into_iter().zip(of_timer) {
            let of = |pick: fn(&TimerRound) -> Duration| Spread::of("the timers", rounds.iter().map(pick));
            let (p50, p99, wake) = (of(|r| r.p50)?, of(|r| r.p99)?, of(|r| r.wake)?);
            errors.push(TimerError { timer, pace, p50, p99, wake });
        }
    }
    Ok(errors)
}

fn round(timer: TimerKind, pace: Pace, span: Duration) -> Result<TimerRound, CalibrationError> {
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    // The start lies ahead, so that the first deadline is as good as any other.
    let start = Instant::now() + Duration::from_millis(5);
    let before = processor_time();
    let late = local.block_on(&runtime, async {
        match timer {
            TimerKind::Tokio => sleepers(start, span, pace, |at| tokio::time::sleep_until(at.into())).await,
            TimerKind::AsyncIo => {
                sleepers(start, span, pace, |at| async move {
                    async_io::Timer::at(at).await;
                })
                .await
            }
            TimerKind::Lane => {
                let clock = SystemClock::starting_at(start);
                sleepers(start, span, pace, move |at| async move {
                    clock.sleep_until(nanos(at - start)).await;
                })
                .await
            }
        }
    });
    let used = processor_time() - before;
    let nanos = |share| Duration::from_nanos(quantile(&late, share));
    Ok(TimerRound { p50: nanos(0.5), p99: nanos(0.99), wake: used / late.count().max(1) as u32 })
}

/// Sleepers, evenly spread over the time between two deadlines of one of them.
async fn sleepers<F: Future<Output = ()> + 'static>(
    start: Instant,
    span: Duration,
    pace: Pace,
    sleep_until: impl Fn(Instant) -> F + Clone + 'static,
) -> Histogram {
    let mut tasks = tokio::task::JoinSet::new();
    for sleeper in 0..pace.sleepers() {
        let sleep_until = sleep_until.clone();
        tasks.spawn_local(async move {
            let mut late = Histogram::new();
            // Deadlines come from arithmetic, so a late wake-up does not move the next one.
            let mut due = start + EVERY * sleeper / pace.sleepers();
            while due < start + span {
                sleep_until(due).await;
                late.note(nanos(Instant::now().saturating_duration_since(due)));
                due += EVERY;
            }
            late
        });
    }
    let mut all = Histogram::new();
    while let Some(late) = tasks.join_next().await {
        // A sleeper that panicked noted nothing.
        all.merge(&late.unwrap_or_default());
    }
    all
}

fn nanos(time: Duration) -> u64 {
    time.as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_timer_wakes_early_and_each_is_measured_at_each_pace() {
        for timer in [TimerKind::Tokio, TimerKind::AsyncIo, TimerKind::Lane] {
            let round = round(timer, Pace::Dense, Duration::from_millis(50)).unwrap();
            assert!(round.p50 <= round.p99 && round.wake > Duration::ZERO, "{timer:?}");
            assert!(round.p99 < Duration::from_secs(1), "{timer:?}: {:?}", round.p99);
        }
    }
}
