//! Connection time where requests differ by plan: what was drawn for each is known, and so is the overhead.

use super::hold::ConnectionTime;
use super::strata::{half, rest};
use super::student::student;
use super::{Doubt, Estimate, Interval, Method, Scaled, Unit};
use crate::record::{Cohort, Moments};
use crate::units::TimeScale;

/// Means of whole requests, at the clock of the run.
pub(super) struct Drawn {
    /// Holds of one request.
    pub(super) holds: f64,
    held: Estimate,
    busy: Estimate,
    /// What was planned for just these requests.
    pub(super) planned: Estimate,
    planned_busy: Estimate,
}

impl Drawn {
    /// Nothing where it was not kept, or where requests that did not complete held something as well, which is
    /// part of what a completed one costs.
    pub(super) fn of(cohort: &Cohort) -> Option<Self> {
        let (totals, ledger) = (&cohort.totals, cohort.ledger);
        let failed = ledger.work_failed + ledger.acquire_failed + ledger.panicked;
        // Who times out may have held before; who is cut off is none of those that completed, and counts for none.
        let gave_up_between = ledger.acquire_timed_out > 0 && cohort.hold.seen.count() > totals.holds;
        if failed > 0 || gave_up_between || totals.holds == 0 {
            return None;
        }
        Some(Self {
            holds: totals.holds as f64 / totals.held.count.max(1) as f64,
            held: mean(&totals.held)?,
            busy: mean(&totals.busy)?,
            planned: mean(&totals.planned)?,
            planned_busy: mean(&totals.planned_busy)?,
        })
    }

    /// Overhead of a request, in seconds.
    pub(super) fn overhead(&self) -> f64 {
        self.held.value - self.planned.value
    }

    pub(super) fn connection_time(&self, scale: TimeScale) -> ConnectionTime {
        let whole = scaled(self.held, self.planned, scale);
        let busy = scaled(self.busy, self.planned_busy, scale);
        let idle = Scaled {
            measured: rest(whole.measured, busy.measured),
            nominal: rest(whole.nominal, busy.nominal),
        };
        ConnectionTime { whole, busy, idle }
    }
}

/// At nominal times: the plan's part is as much longer, with the chance of what was drawn; the rest is overhead,
/// which varies by as much as the whole varies more than the plan.
fn scaled(measured: Estimate, planned: Estimate, scale: TimeScale) -> Scaled<Estimate> {
    let stretched = 1.0 / scale.factor();
    let value = planned.value * stretched + (measured.value - planned.value);
    let interval = measured.interval.and_then(|within| {
        let (whole, drawn) = (half(within).powi(2), half(planned.interval?).powi(2));
        let half = (drawn * stretched * stretched + (whole - drawn).max(0.0)).sqrt();
        Ok(Interval { low: (value - half).max(0.0), high: value + half, method: Method::Combined })
    });
    Scaled { measured, nominal: Estimate { value, unit: Unit::Seconds, interval } }
}

/// A mean over requests, which depend little on each other.
fn mean(of: &Moments) -> Option<Estimate> {
    let value = of.mean()?;
    let interval = of.variance_of_mean().ok_or(Doubt::TooFew(of.count)).map(|variance| {
        let half = student(of.count - 1) * variance.sqrt();
        Interval { low: (value - half).max(0.0), high: value + half, method: Method::Mean(of.count) }
    });
    Some(Estimate { value, unit: Unit::Seconds, interval })
}
