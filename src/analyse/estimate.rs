//! A figure with its unit, its 95 % interval, and how the interval was made.
//!
//! Where an interval cannot be trusted there is none, and a [`Doubt`] says why.

use std::fmt;

use super::batches::wilson;
use super::student::{Z, student};
use super::{Doubt, Interval, Method, Unit};
use crate::record::Histogram;

/// A figure with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// Its 95 % interval, or why there is none.
    pub interval: Result<Interval, Doubt>,
}

impl Estimate {
    /// A figure that follows from the plan.
    #[must_use]
    pub fn computed(value: f64, unit: Unit) -> Self {
        Self { value, unit, interval: Err(Doubt::Computed) }
    }

    /// A figure that was counted in full.
    #[must_use]
    pub fn counted(value: f64, unit: Unit) -> Self {
        Self { value, unit, interval: Err(Doubt::Counted) }
    }

    /// A share of requests that do not depend on each other, with Wilson's score interval (Wilson 1927), which
    /// stays inside [0, 1] and is sound at the edges. Nothing when there were no requests.
    #[must_use]
    pub fn share(part: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let p = part.min(of) as f64 / of as f64;
        let interval = wilson(p, of as f64, Z);
        Some(Self { value: p, unit: Unit::Share, interval: Ok(interval) })
    }

    /// The mean of a histogram, in seconds. Nothing when it is empty.
    #[must_use]
    pub fn mean_of(histogram: &Histogram) -> Option<Self> {
        let count = histogram.count();
        if count == 0 {
            return None;
        }
        let mean = histogram.sum() as f64 / count as f64;
        let interval = if count < 2 {
            Err(Doubt::TooFew(count))
        } else {
            let squares: f64 =
                histogram.values().map(|(value, times)| (value as f64 - mean).powi(2) * times as f64).sum();
            let error = (squares / (count - 1) as f64 / count as f64).sqrt();
            let half = student(count - 1) * error;
            Ok(Interval {
                low: (mean - half).max(0.0) / NANOS,
                high: (mean + half) / NANOS,
                method: Method::Mean(count),
            })
        };
        Some(Self { value: mean / NANOS, unit: Unit::Seconds, interval })
    }

    /// The figure and its interval put through a rising function, in a new unit.
    #[must_use]
    pub fn rising(self, unit: Unit, by: impl Fn(f64) -> f64) -> Self {
        let interval =
            self.interval.map(|it| Interval { low: by(it.low), high: by(it.high), method: it.method });
        Self { value: by(self.value), unit, interval }
    }

    /// The figure many times over; `times` is above zero.
    #[must_use]
    pub fn times(self, times: f64) -> Self {
        self.rising(self.unit, |value| value * times)
    }

    /// This figure ÷ another: a factor. Nothing when the other is not above zero. The relative
    /// errors are added in quadrature, as of independent figures.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        if other.value <= 0.0 {
            return None;
        }
        let value = self.value / other.value;
        let interval = match (self.interval, other.interval) {
            (Ok(_), Ok(_)) => {
                let below = (self.share_below().powi(2) + other.share_above().powi(2)).sqrt();
                let above = (self.share_above().powi(2) + other.share_below().powi(2)).sqrt();
                let (low, high) = (value * (1.0 - below).max(0.0), value * (1.0 + above));
                Ok(Interval { low, high, method: Method::Combined })
            }
            (Err(Doubt::Computed), Err(Doubt::Computed)) => Err(Doubt::Computed),
            _ => Err(Doubt::Inherited),
        };
        Some(Self { value, unit: Unit::Factor, interval })
    }

    /// How far the interval goes below the figure, as a share of it; 0 without one.
    #[must_use]
    pub fn share_below(&self) -> f64 {
        self.interval.map_or(0.0, |it| relative(self.value - it.low, self.value))
    }

    /// How far the interval goes above the figure, as a share of it; 0 without one.
    #[must_use]
    pub fn share_above(&self) -> f64 {
        self.interval.map_or(0.0, |it| relative(it.high - self.value, self.value))
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit.text(self.value))
    }
}

fn relative(off: f64, value: f64) -> f64 {
    if value > 0.0 { (off / value).max(0.0) } else { 0.0 }
}

const NANOS: f64 = 1e9;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn around(value: f64, half: f64) -> Estimate {
        let interval = Interval { low: value - half, high: value + half, method: Method::Mean(10) };
        Estimate { value, unit: Unit::Seconds, interval: Ok(interval) }
    }

    #[test]
    fn wilson_agrees_with_the_textbook() {
        // Newcombe 1998, Statist. Med. 17:857, table I: 81 of 263 and 0 of 20.
        let it = Estimate::share(81, 263).unwrap().interval.unwrap();
        assert!((it.low - 0.2553).abs() < 5e-5 && (it.high - 0.3662).abs() < 5e-5, "{it:?}");
        let it = Estimate::share(0, 20).unwrap().interval.unwrap();
        assert!(it.low == 0.0 && (it.high - 0.1611).abs() < 5e-5, "{it:?}");
        assert_eq!(Estimate::share(0, 0), None);
    }

    #[test]
    fn too_little_makes_no_interval() {
        let mut one = Histogram::new();
        assert_eq!(Estimate::mean_of(&one), None);
        one.note(5_000_000_000);
        let told = Estimate::mean_of(&one).unwrap();
        assert_eq!((told.to_string().as_str(), told.interval), ("5 s", Err(Doubt::TooFew(1))));
    }

    #[test]
    fn a_ratio_adds_relative_errors_in_quadrature() {
        let ratio = around(300.0, 9.0).over(around(2.0, 0.08)).unwrap();
        assert_eq!(ratio.to_string(), "150 ×");
        assert!((ratio.share_above() - 0.05).abs() < 1e-9);
        assert_eq!(around(1.0, 0.1).over(Estimate::computed(0.0, Unit::Seconds)), None);
        let half = around(1.0, 0.1).over(Estimate::computed(2.0, Unit::Seconds)).unwrap();
        assert_eq!(half.interval, Err(Doubt::Inherited));
    }

    proptest! {
        #[test]
        fn a_share_lies_in_its_interval_and_more_requests_narrow_it(of in 1_u64..10_000, part in 0_u64..10_000) {
            let part = part.min(of);
            let few = Estimate::share(part, of).unwrap();
            let many = Estimate::share(part * 10, of * 10).unwrap();
            let (a, b) = (few.interval.unwrap(), many.interval.unwrap());
            prop_assert!(0.0 <= a.low && a.low <= few.value && few.value <= a.high && a.high <= 1.0);
            prop_assert!(b.high - b.low <= a.high - a.low);
        }

        #[test]
        fn a_larger_part_is_a_larger_share(of in 2_u64..10_000, part in 0_u64..10_000) {
            let part = part % (of - 1);
            let (a, b) = (Estimate::share(part, of).unwrap(), Estimate::share(part + 1, of).unwrap());
            let (x, y) = (a.interval.unwrap(), b.interval.unwrap());
            prop_assert!(a.value < b.value && x.low <= y.low && x.high <= y.high);
        }

        #[test]
        fn a_mean_lies_in_its_interval(values in prop::collection::vec(0_u64..10_000_000_000, 2..100)) {
            let mut histogram = Histogram::new();
            values.iter().for_each(|value| histogram.note(*value));
            let mean = Estimate::mean_of(&histogram).unwrap();
            let it = mean.interval.unwrap();
            prop_assert!(it.low <= mean.value && mean.value <= it.high);
            let ratio = mean.over(around(2.0, 0.5)).unwrap();
            let it = ratio.interval.unwrap();
            prop_assert!(it.low <= ratio.value && ratio.value <= it.high);
        }
    }
}
