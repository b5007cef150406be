//! What the whole driver carries on a pool that does nothing: arrivals, tasks, router, service,
//! clock and records are all there is.

use std::time::Duration;

use super::request::{NO_WAIT, drive, lane, open, play};
use super::spread::{Spread, quantile};
use super::usage::processor_time;
use super::{CalibrationError, Effort, go_on};
use crate::load::{OpenPlan, Spacing, Stop};
use crate::record::Tape;
use crate::units::Rate;

/// What the driver carries, on one lane, and what a request costs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverCost {
    /// Highest rate that one lane sustains: requests finished per second while they were sent on
    /// time.
    pub sustained: Spread<Rate>,
    /// Processor time of one request at that rate, all threads.
    pub request: Spread<Duration>,
    /// Half of the requests are sent no later than this after they are due, at 10,000/s.
    pub lag_p50: Spread<Duration>,
    /// 99 in 100 are sent no later than this, at 10,000/s.
    pub lag_p99: Spread<Duration>,
}

/// Half of the requests of a trial may be this late before the rate counts as too high. Above
/// what a lane can carry, lateness grows all the time: 1 % too much is a median of 2 ms after
/// 0.4 s. A moment in which the machine did something else makes fewer than half late.
const LATE: Duration = Duration::from_millis(1);

/// Arrivals a second at which schedule lag is told.
const TOLD_AT: f64 = 10_000.0;

pub(super) fn measure(effort: Effort, stop: &Stop) -> Result<DriverCost, CalibrationError> {
    let drive = |plan| drive(lane(play(NO_WAIT), plan, Duration::from_millis(20))?);
    Carrier { told_at: TOLD_AT, drive: &drive }.measure(effort, stop)
}

/// What is driven to find out what the driver carries.
pub(super) struct Carrier<'a> {
    /// Arrivals a second at which schedule lag is told.
    pub(super) told_at: f64,
    /// Drives an open loop, and answers what was noted.
    pub(super) drive: &'a dyn Fn(OpenPlan) -> Result<Tape, CalibrationError>,
}

impl Carrier<'_> {
    pub(super) fn measure(&self, effort: Effort, stop: &Stop) -> Result<DriverCost, CalibrationError> {
        let rounds = effort.pick(1, 5);
        let trial = |spacing, rate, span| {
            go_on(stop)?;
            self.trial(spacing, rate, span)
        };
        let told = Duration::from_millis(effort.pick(300, 1000));
        let lags = (0..rounds)
            .map(|_| trial(Spacing::Poisson, self.told_at, told))
            .collect::<Result<Vec<_>, _>>()?;
        let span = Duration::from_millis(effort.pick(100, 400));
        // Constant spacing at the ceiling: a Poisson stream would add a queue of its own.
        let trial = |rate| trial(Spacing::Constant, rate, span);
        let mut highest = climb(|rate| Ok(trial(rate)?.in_time()))?;
        let mut at_highest: Vec<Trial> = Vec::new();
        // A machine that has other work may be late at any rate: then what it did finish is told.
        let mut late = None;
        for _ in 0..4 * rounds {
            let next = trial(highest)?;
            if next.in_time() {
                at_highest.push(next);
            } else {
                // The machine had a better moment during the climb: a little lower is told then.
                highest *= 0.95;
                at_highest.clear();
                late = Some(next);
            }
            if at_highest.len() == rounds {
                break;
            }
        }
        if at_highest.is_empty() {
            at_highest.extend(late);
        }
        let rates = at_highest.iter().filter_map(|trial| Rate::per_second(trial.finished));
        Ok(DriverCost {
            sustained: Spread::of(WHAT, rates)?,
            request: Spread::of(WHAT, at_highest.iter().map(|trial| trial.request))?,
            lag_p50: Spread::of(WHAT, lags.iter().map(|trial| trial.lag_p50))?,
            lag_p99: Spread::of(WHAT, lags.iter().map(|trial| trial.lag_p99))?,
        })
    }

    fn trial(&self, spacing: Spacing, per_second: f64, span: Duration) -> Result<Trial, CalibrationError> {
        let rate = Rate::per_second(per_second).ok_or(CalibrationError::NoRound(WHAT))?;
        let before = processor_time();
        let tape = (self.drive)(open(spacing, rate, span))?;
        let used = processor_time() - before;
        let sent = tape.measured.ledger.dispatched + tape.warm_up.ledger.dispatched;
        let lag = |share| Duration::from_nanos(quantile(&tape.measured.schedule_lag, share));
        Ok(Trial {
            lag_p50: lag(0.5),
            lag_p99: lag(0.99),
            // Late ones of the warm-up may end in the measured span, and are not its own.
            finished: (tape.completed_in_window as f64 / (tape.window.length() as f64 / 1e9)).min(per_second),
            request: used.div_f64(sent.max(1) as f64),
        })
    }
}

const WHAT: &str = "the driver";

/// One trial at one rate.
struct Trial {
    /// Lateness of the requests.
    lag_p50: Duration,
    lag_p99: Duration,
    /// Requests finished in the measured span, per second.
    finished: f64,
    /// Processor time of a request.
    request: Duration,
}

impl Trial {
    fn in_time(&self) -> bool {
        self.lag_p50 <= LATE
    }
}

/// Arrivals a second at which the climb begins, and no lane has a ceiling beyond.
const FOOT: f64 = 20_000.0;
const TOP: f64 = 20_000_000.0;

/// The highest rate that is carried: doubled until one is not, then halved in between.
fn climb(mut carries: impl FnMut(f64) -> Result<bool, CalibrationError>) -> Result<f64, CalibrationError> {
    // Twice, because the machine may have done something else the first time.
    let mut carries = |rate| Ok::<_, CalibrationError>(carries(rate)? || carries(rate)?);
    let mut low = FOOT;
    while low > 1.0 && !carries(low)? {
        low /= 4.0;
    }
    let mut high = low * 2.0;
    while high < TOP && carries(high)? {
        low = high;
        high *= 2.0;
    }
    for _ in 0..5 {
        let between = (low * high).sqrt();
        if carries(between)? {
            low = between;
        } else {
            high = between;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_climb_finds_the_ceiling_from_below() {
        for ceiling in [3_000.0, 20_001.0, 777_777.0] {
            let found = climb(|rate| Ok(rate <= ceiling)).unwrap();
            assert!(found <= ceiling && found > 0.95 * ceiling, "{ceiling}: {found}");
        }
    }

    #[test]
    fn one_bad_moment_does_not_end_the_climb() {
        let mut trials = 0;
        let found = climb(|rate| {
            trials += 1;
            Ok(trials != 3 && rate <= 300_000.0)
        });
        assert!(found.unwrap() > 285_000.0);
    }

    #[test]
    fn requests_on_the_no_op_pool_all_complete() {
        let drive = |plan| drive(lane(play(NO_WAIT), plan, Duration::from_millis(20))?);
        let carrier = Carrier { told_at: TOLD_AT, drive: &drive };
        let trial = carrier.trial(Spacing::Constant, 2_000.0, Duration::from_millis(50)).unwrap();
        assert!(trial.finished > 0.0 && trial.finished <= 2_000.0, "{}", trial.finished);
        assert!(trial.request > Duration::ZERO && trial.lag_p50 <= trial.lag_p99);
    }
}
