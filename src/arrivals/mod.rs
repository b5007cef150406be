//! WHEN REQUESTS ARE DUE: pure arithmetic from a rate over time and a seed. No clock is read.
//!
//! The load drives these instants for real and the twin plays the very same ones, so that one seed
//! offers one stream of requests, measured or simulated.

mod profile;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

pub use profile::{Profile, Stretch};

use crate::record::Nanos;

/// How due times are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Independent exponential gaps: a Poisson stream.
    Poisson,
    /// Equal gaps.
    Constant,
}

/// The due times of one stream, in order, from the start of an act to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    spacing: Spacing,
    profile: Profile,
    end: Nanos,
    count: f64,
    index: u64,
    random: Xoshiro256PlusPlus,
    burst: Burst,
    /// The next due time of the stream without the burst.
    next: Option<Nanos>,
}

/// Requests that are all due at one instant, beside the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Burst {
    /// When.
    pub at: Nanos,
    /// How many.
    pub requests: u32,
}

impl Arrivals {
    /// The due times before `end` of a stream with this rate over time (as driven, not nominal)
    /// and seed.
    #[must_use]
    pub fn new(spacing: Spacing, profile: Profile, end: Nanos, seed: u64) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let burst = Burst::default();
        let mut arrivals = Self { spacing, profile, end, count: 0.0, index: 0, random, burst, next: None };
        arrivals.next = arrivals.draw();
        arrivals
    }

    /// The same stream with a burst in it.
    #[must_use]
    pub fn with_burst(self, burst: Burst) -> Self {
        Self { burst, ..self }
    }

    /// How many requests are expected in all.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.profile.count_at(self.end as f64) + f64::from(self.burst.requests)
    }

    fn draw(&mut self) -> Option<Nanos> {
        match self.spacing {
            Spacing::Poisson => {
                let gap: f64 = Exp1.sample(&mut self.random);
                self.count += gap;
            }
            // Counted and not added up, so that a long stream does not drift.
            Spacing::Constant => self.count = self.index as f64,
        }
        self.index += 1;
        let at = self.profile.time_of(self.count);
        (at < self.end as f64).then_some(at as Nanos)
    }
}

impl Iterator for Arrivals {
    type Item = Nanos;

    fn next(&mut self) -> Option<Nanos> {
        if self.burst.requests > 0
            && self.burst.at < self.end
            && self.next.is_none_or(|next| self.burst.at <= next)
        {
            self.burst.requests -= 1;
            return Some(self.burst.at);
        }
        let due = self.next.take()?;
        self.next = self.draw();
        Some(due)
    }
}

/// A fingerprint of due times, to show that two lanes were offered the same ones.
#[must_use]
pub fn fingerprint(arrivals: impl Iterator<Item = Nanos>) -> String {
    // FNV-1a over the instants.
    let (count, hash) = arrivals.fold((0_u64, 0xcbf2_9ce4_8422_2325_u64), |(count, hash), at| {
        let hash = at
            .to_le_bytes()
            .iter()
            .fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
        (count + 1, hash)
    });
    format!("{count} due, {hash:016x}")
}

/// A seed of its own for each stream of random draws.
#[must_use]
pub fn stream_seed(seed: u64, stream: u64) -> u64 {
    // SplitMix64's finaliser (Steele, Lea, Flood 2014).
    let mut z = seed.wrapping_add(stream.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in [0, 1) that depends on the seed and the request alone.
#[must_use]
pub fn luck(seed: u64, request: u64) -> f64 {
    (stream_seed(seed, request) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Rate;

    const SECOND: Nanos = 1_000_000_000;

    fn rate(per_second: f64) -> Profile {
        Profile::constant(Rate::per_second(per_second).unwrap())
    }

    #[test]
    fn a_burst_is_due_at_once_and_beside_the_stream() {
        let stream = Arrivals::new(Spacing::Constant, rate(1.0), 10 * SECOND, 1);
        let due: Vec<Nanos> = stream.with_burst(Burst { at: 5 * SECOND, requests: 3 }).collect();
        assert_eq!(due.len(), 13);
        assert_eq!(due.iter().filter(|at| **at == 5 * SECOND).count(), 4);
        assert!(due.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn a_ramp_is_followed() {
        let rate = |per_second| Rate::per_second(per_second).unwrap();
        let ramp = Stretch { lasts: 100 * SECOND, from: rate(10.0), to: rate(30.0) };
        let profile = Profile::new(rate(10.0), &[ramp]);
        let due: Vec<Nanos> = Arrivals::new(Spacing::Poisson, profile, 100 * SECOND, 3).collect();
        // 2,000 expected in all and 1,250 in the second half, with deviations of 45 and 35.
        assert!((due.len() as f64 - 2000.0).abs() < 180.0, "{}", due.len());
        let late = due.iter().filter(|at| **at >= 50 * SECOND).count();
        assert!((late as f64 - 1250.0).abs() < 142.0, "{late}");
    }

    #[test]
    fn constant_arrivals_keep_their_beat() {
        let due: Vec<Nanos> = Arrivals::new(Spacing::Constant, rate(100.0), 10 * SECOND, 1).collect();
        assert_eq!(due.len(), 1000);
        assert_eq!((due[0], due[1], due[999]), (0, 10_000_000, 9_990_000_000));
    }

    #[test]
    fn poisson_arrivals_are_as_many_and_as_uneven_as_they_should_be() {
        let due: Vec<Nanos> = Arrivals::new(Spacing::Poisson, rate(1000.0), 100 * SECOND, 7).collect();
        // 100,000 expected, with a standard deviation of 316.
        assert!((due.len() as f64 - 100_000.0).abs() < 4.0 * 316.0, "{}", due.len());
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!(
            (variance.sqrt() / mean - 1.0).abs() < 0.02,
            "coefficient of variation {}",
            variance.sqrt() / mean
        );
    }

    proptest! {
        #[test]
        fn due_times_are_sorted_within_the_span_and_repeatable(seed in any::<u64>(), per_second in 0.1_f64..5000.0) {
            for spacing in [Spacing::Poisson, Spacing::Constant] {
                let draw = || Arrivals::new(spacing, rate(per_second), SECOND, seed);
                let due: Vec<Nanos> = draw().collect();
                prop_assert!(due.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(due.iter().all(|at| *at < SECOND));
                prop_assert_eq!(fingerprint(draw()), fingerprint(due.into_iter()));
            }
        }

        #[test]
        fn luck_is_a_share(seed in any::<u64>(), request in any::<u64>()) {
            prop_assert!((0.0..1.0).contains(&luck(seed, request)));
        }
    }
}
