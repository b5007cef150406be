//! Axes: from values to pixels, and where the numbers stand.

use std::time::Duration;

use crate::units;

/// One axis of a plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    spacing: Spacing,
    /// Values with their labels.
    pub(super) ticks: Vec<(f64, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    Even,
    Decades,
}

impl Axis {
    /// An axis with even spacing and about as many numbers as wanted. A span without length, or
    /// without end, becomes one of 1.
    pub(super) fn even(from: f64, to: f64, wanted: u32) -> Self {
        Self::in_steps(from, to, wanted, 0.0)
    }

    /// An axis of counts: no number stands between two whole ones.
    pub(super) fn counts(most: f64, wanted: u32) -> Self {
        Self::in_steps(0.0, most, wanted, 1.0)
    }

    fn in_steps(from: f64, to: f64, wanted: u32, least: f64) -> Self {
        // Beyond this, neighbouring numbers are more than 1 apart.
        let (from, to) = (from.clamp(-1e15, 1e15), to.clamp(-1e15, 1e15));
        let from = if from.is_finite() { from } else { 0.0 };
        let to = if to.is_finite() && to > from && to - from > from.abs() * 1e-9 { to } else { from + 1.0 };
        let step = step(to - from, wanted).max(least);
        let first = (from / step).ceil() as i64;
        let ticks = (first..).map(|n| n as f64 * step).take_while(|at| *at <= to + step * 1e-9);
        let ticks = ticks.take(100).map(|at| (at, label(at, step))).collect();
        Self { from, to, spacing: Spacing::Even, ticks }
    }

    /// A logarithmic axis of seconds. Both ends are above zero.
    pub(super) fn decades_of_time(from: f64, to: f64) -> Self {
        Self::decades(from, to, |seconds| {
            units::time(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
        })
    }

    /// A logarithmic axis of shares.
    pub(super) fn decades_of_share(from: f64) -> Self {
        Self::decades(from, 1.0, |share| format!("{} %", units::number(share * 100.0)))
    }

    /// A logarithmic axis of anything above zero.
    pub(super) fn decades_of(from: f64, to: f64, label: impl Fn(f64) -> String) -> Self {
        Self::decades(from, to, label)
    }

    fn decades(from: f64, to: f64, label: impl Fn(f64) -> String) -> Self {
        let from = if from.is_finite() { from.clamp(1e-12, 1e12) } else { 1e-3 };
        let to = if to > from * 1.001 { to.min(1e15) } else { from * 10.0 };
        let powers = from.log10().floor() as i32..=to.log10().ceil() as i32;
        let apart = powers.clone().count().div_ceil(12).max(1);
        let ticks = powers.step_by(apart).map(|power| 10_f64.powi(power)).filter(|at| inside(*at, from, to));
        let ticks = ticks.map(|at| (at, label(at))).collect();
        Self { from, to, spacing: Spacing::Decades, ticks }
    }

    /// The value at a place of the axis, from 0 at its start to 1 at its end.
    pub(super) fn value(&self, place: f64) -> f64 {
        match self.spacing {
            Spacing::Even => self.from + place * (self.to - self.from),
            Spacing::Decades => self.from * (self.to / self.from).powf(place),
        }
    }

    /// Where a value lies on the axis: 0 at its start, 1 at its end, and never beyond.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = match self.spacing {
            Spacing::Even => (value - self.from) / (self.to - self.from),
            Spacing::Decades if value <= 0.0 => 0.0,
            Spacing::Decades => (value / self.from).ln() / (self.to / self.from).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }
}

fn inside(at: f64, from: f64, to: f64) -> bool {
    at >= from * 0.999 && at <= to * 1.001
}

/// 1, 2 or 5 times a power of ten.
fn step(length: f64, wanted: u32) -> f64 {
    let rough = length / f64::from(wanted.max(1));
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|lead| lead * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power)
}

fn label(at: f64, step: f64) -> String {
    if at.abs() >= 1000.0 && step >= 1.0 {
        return units::count(at.round() as u64);
    }
    let places = (-(step.log10().floor())).clamp(0.0, 12.0) as usize;
    format!("{at:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn numbers_stand_at_round_values() {
        assert_eq!(labels(&Axis::even(0.0, 20.0, 4)), ["0", "5", "10", "15", "20"]);
        assert_eq!(labels(&Axis::even(0.0, 1200.0, 6)), ["0", "200", "400", "600", "800", "1,000", "1,200"]);
        assert_eq!(labels(&Axis::even(0.0, 0.5, 5)), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels(&Axis::counts(2.0, 8)), ["0", "1", "2"]);
        assert_eq!(labels(&Axis::decades_of_time(1e-3, 30.0)), ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        assert_eq!(labels(&Axis::decades_of_share(0.001)), ["0.1 %", "1 %", "10 %", "100 %"]);
    }

    #[test]
    fn no_span_is_too_odd() {
        let odd = [0.0, -1.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, f64::MIN_POSITIVE];
        for from in odd {
            for to in odd {
                for axis in [Axis::even(from, to, 5), Axis::counts(to, 5), Axis::decades_of_time(from, to)] {
                    assert!(axis.ticks.len() <= 101, "{from} {to}");
                    for value in odd {
                        assert!((0.0..=1.0).contains(&axis.place(value)), "{from} {to} {value}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_map_to_their_share_of_the_axis() {
        assert_eq!(Axis::even(0.0, 20.0, 4).place(5.0), 0.25);
        assert!((Axis::decades_of_time(0.001, 10.0).place(0.1) - 0.5).abs() < 1e-12);
        assert_eq!(Axis::decades_of_time(0.001, 10.0).place(0.0), 0.0);
        for axis in [Axis::even(2.0, 20.0, 4), Axis::decades_of_time(0.001, 10.0)] {
            assert!((axis.place(axis.value(0.3)) - 0.3).abs() < 1e-12);
        }
    }
}
