//! A rate that changes in time: steps and ramps, as a cumulative count that can be inverted, so
//! that due times follow by arithmetic from evenly or exponentially spaced counts.

use crate::record::Nanos;
use crate::units::Rate;

/// One stretch of a profile, as driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// How long it lasts.
    pub lasts: Nanos,
    /// The rate at its start.
    pub from: Rate,
    /// The rate at its end; the rate changes evenly between.
    pub to: Rate,
}

/// A rate over time. After its last stretch the rate stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Start of each stretch, arrivals expected until then, rate there, and change per second.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    starts: f64,
    count: f64,
    rate: f64,
    slope: f64,
}

impl Profile {
    /// The same rate for ever.
    #[must_use]
    pub fn constant(rate: Rate) -> Self {
        Self { pieces: vec![Piece { starts: 0.0, count: 0.0, rate: rate.as_per_second(), slope: 0.0 }] }
    }

    /// Stretches, one after the other; without any, the given rate for ever.
    #[must_use]
    pub fn new(rate: Rate, stretches: &[Stretch]) -> Self {
        let mut pieces = Vec::new();
        let (mut at, mut count, mut last) = (0.0, 0.0, rate.as_per_second());
        for stretch in stretches.iter().filter(|stretch| stretch.lasts > 0) {
            let (from, to) = (stretch.from.as_per_second(), stretch.to.as_per_second());
            let lasts = stretch.lasts as f64 / 1e9;
            pieces.push(Piece { starts: at, count, rate: from, slope: (to - from) / lasts });
            at += lasts;
            count += lasts * (from + to) / 2.0;
            last = to;
        }
        pieces.push(Piece { starts: at, count, rate: last, slope: 0.0 });
        Self { pieces }
    }

    /// How many arrivals are expected until an instant, in nanoseconds.
    pub(super) fn count_at(&self, nanos: f64) -> f64 {
        let seconds = nanos / 1e9;
        let at = self.pieces.partition_point(|piece| piece.starts <= seconds).max(1) - 1;
        let Piece { starts, count, rate, slope } = self.pieces[at];
        let since = seconds - starts;
        count + since * (rate + 0.5 * slope * since)
    }

    /// Turns growing counts into times; see [`Profile::time_of`].
    pub(super) fn times_of(&self, counts: &mut [f64]) {
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return };
        let piece = self.pieces[self.piece_of(*first)];
        if self.piece_of(*first) != self.piece_of(*last) || piece.slope != 0.0 {
            return counts.iter_mut().for_each(|count| *count = self.time_of(*count));
        }
        let Piece { starts, count: before, rate, .. } = piece;
        counts.iter_mut().for_each(|count| *count = (starts + (*count - before) / rate) * 1e9);
    }

    /// The piece in which a count is reached.
    fn piece_of(&self, count: f64) -> usize {
        self.pieces.partition_point(|piece| piece.count <= count).max(1) - 1
    }

    /// When so many arrivals are expected to have come, in nanoseconds.
    pub(super) fn time_of(&self, count: f64) -> f64 {
        let Piece { starts, count: before, rate, slope } = self.pieces[self.piece_of(count)];
        let more = count - before;
        if slope == 0.0 {
            // To the last digit what the root gives, for a quarter of its time.
            return (starts + more / rate) * 1e9;
        }
        // Solves rate·t + slope·t²/2 = more, in the form that keeps its digits for small slopes.
        let root = (rate * rate + 2.0 * slope * more).max(0.0).sqrt();
        (starts + 2.0 * more / (rate + root)) * 1e9
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    fn rate(per_second: f64) -> Rate {
        Rate::per_second(per_second).unwrap()
    }

    #[test]
    fn a_step_doubles_the_pace() {
        let stretch = |r| Stretch { lasts: 10 * SECOND, from: rate(r), to: rate(r) };
        let profile = Profile::new(rate(1.0), &[stretch(1.0), stretch(2.0)]);
        let told: Vec<f64> = [0.0, 5.0, 10.0, 12.0, 30.0, 32.0].map(|n| profile.time_of(n) / 1e9).to_vec();
        assert_eq!(told, [0.0, 5.0, 10.0, 11.0, 20.0, 21.0]);
    }

    #[test]
    fn a_ramp_brings_the_area_under_it() {
        let ramp = Stretch { lasts: 10 * SECOND, from: rate(1.0), to: rate(3.0) };
        let profile = Profile::new(rate(1.0), &[ramp]);
        assert!((profile.time_of(20.0) / 1e9 - 10.0).abs() < 1e-9);
        assert!((profile.time_of(23.0) / 1e9 - 11.0).abs() < 1e-9);
        // After five seconds the rate is 2 and 7.5 have come.
        assert!((profile.time_of(7.5) / 1e9 - 5.0).abs() < 1e-9);
        for count in [0.0, 7.5, 20.0, 23.0] {
            assert!((profile.count_at(profile.time_of(count)) - count).abs() < 1e-9);
        }
    }

    proptest! {
        #[test]
        fn times_grow_with_counts(
            stretches in prop::collection::vec((1_u64..20, 0.1_f64..50.0, 0.1_f64..50.0), 0..5),
            counts in prop::collection::vec(0.0_f64..2000.0, 2..50),
        ) {
            let stretches: Vec<Stretch> = stretches.into_iter()
                .map(|(s, a, b)| Stretch { lasts: s * SECOND, from: rate(a), to: rate(b) })
                .collect();
            let profile = Profile::new(rate(1.0), &stretches);
            let mut counts = counts;
            counts.sort_by(f64::total_cmp);
            let times: Vec<f64> = counts.iter().map(|n| profile.time_of(*n)).collect();
            prop_assert!(times.windows(2).all(|pair| pair[0] <= pair[1] * (1.0 + 1e-12)), "{times:?}");
        }
    }
}
