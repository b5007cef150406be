//! The chance in connection time where the holds of a request differ by plan, and in a part of a hold.

use super::student::student;
use super::{Doubt, Estimate, Interval, Method, Unit};
use crate::record::{Cohort, Moments, Stratum};

/// Half the interval of the sum of the holds of a request.
pub(super) struct Half {
    seconds: f64,
    of: u64,
}

impl Half {
    /// The interval of a part of that sum.
    pub(super) fn around(&self, value: f64, part: f64) -> Interval {
        let half = self.seconds * part;
        Interval { low: (value - half).max(0.0), high: value + half, method: Method::Strata(self.of) }
    }
}

/// Where the holds of a request differ by plan, most of the variance of all holds lies between them, and none of
/// it is of chance: so each is taken with those of its number, and their variances add up. Only where each
/// request has all of its holds; else how many there are of each is of chance as well.
pub(super) fn of_strata(
    cohort: &Cohort,
    holds: Option<u32>,
    pick: fn(&Stratum) -> Moments,
) -> Result<Half, Doubt> {
    let strata = &cohort.strata.0;
    let counts = || strata.iter().map(|stratum| stratum.hold.count);
    let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    let alike = least as f64 >= (1.0 - SAME_NUMBER) * most as f64;
    if holds.is_none_or(|holds| strata.len() != holds as usize) || !alike {
        return Err(Doubt::Mixed);
    }
    let variances = strata.iter().map(|stratum| pick(stratum).variance_of_mean());
    let variance: f64 = variances.sum::<Option<f64>>().ok_or(Doubt::TooFew(least))?;
    Ok(Half { seconds: student(least - 1) * variance.sqrt(), of: least })
}

/// The holds of each number are as many, but for such a share that was cut off at the end.
const SAME_NUMBER: f64 = 0.02;

/// Hold less its busy part. A hold is the sum of the two, so where they vary apart from each other its
/// variance is the sum of theirs; where they move together this is too wide.
pub(super) fn rest(hold: Estimate, busy: Estimate) -> Estimate {
    let value = (hold.value - busy.value).max(0.0);
    let interval = hold.interval.and_then(|hold_within| {
        let busy_within = busy.interval?;
        let (whole, part) = (half(hold_within).powi(2), half(busy_within).powi(2));
        let half = if part <= whole { whole - part } else { whole + part }.sqrt();
        Ok(Interval { low: (value - half).max(0.0), high: value + half, method: Method::Combined })
    });
    Estimate { value, unit: Unit::Seconds, interval }
}

pub(super) fn half(interval: Interval) -> f64 {
    (interval.high - interval.low) / 2.0
}
