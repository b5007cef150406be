//! A figure at the scaled clock, and the nominal figure that it stands for, kept apart.

use std::time::Duration;

use super::{Estimate, Known};
use crate::units::TimeScale;

/// A figure twice: as measured at the scaled clock, and as it would be at nominal times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled<T> {
    /// At the scaled clock.
    pub measured: T,
    /// At nominal times.
    pub nominal: T,
}

impl Scaled<Known> {
    /// A wait or a response time. The nominal one is measured ÷ time scale: that is right for
    /// waiting, and makes the part that is overhead too long, since overhead does not scale.
    #[must_use]
    pub fn time(measured: Known, scale: TimeScale) -> Self {
        Self { measured, nominal: measured.map(|time| scale.nominal(time)) }
    }
}

impl Scaled<Estimate> {
    /// Events per second; the nominal rate is measured × time scale.
    #[must_use]
    pub fn rate(measured: Estimate, scale: TimeScale) -> Self {
        Self { measured, nominal: measured.times(scale.factor()) }
    }

    /// Connection time of one request. The plan's part of it scales and the rest is overhead,
    /// which does not: nominal = plan + (measured − plan × time scale).
    #[must_use]
    pub fn hold(measured: Estimate, plan: Duration, scale: TimeScale) -> Self {
        let not_driven = plan.as_secs_f64() - scale.scaled(plan).as_secs_f64();
        Self { measured, nominal: measured.rising(measured.unit, |seconds| seconds + not_driven) }
    }

    /// The same where the plan's part varies from request to request, so that the overhead cannot be told
    /// from chance: nominal = measured ÷ time scale, which makes the overhead too long.
    #[must_use]
    pub fn varying_hold(measured: Estimate, scale: TimeScale) -> Self {
        Self { measured, nominal: measured.times(1.0 / scale.factor()) }
    }
}

impl Scaled<Duration> {
    /// As [`Scaled::hold`], for one quantile of the holds.
    #[must_use]
    pub fn hold_time(measured: Duration, plan: Duration, scale: TimeScale) -> Self {
        Self { measured, nominal: measured + scale.not_driven(plan) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_scales_and_the_overhead_does_not() {
        let scale: TimeScale = "1/50".parse().unwrap();
        let plan = Duration::from_secs(1);
        let held = Scaled::hold_time(Duration::from_millis(22), plan, scale);
        assert_eq!(held.nominal, Duration::from_millis(1002));
        let wait = Scaled::time(Known::MoreThan(Duration::from_millis(600)), scale);
        assert_eq!(wait.nominal, Known::MoreThan(Duration::from_secs(30)));
    }
}
