//! WHEN REQUESTS ARE DUE: pure arithmetic from a rate over time and a seed. No clock is read.
//!
//! The load drives these instants for real and the twin plays the very same ones, so that one seed
//! offers one stream of requests, measured or simulated.

mod profile;

use std::fmt;

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

    /// How many requests are expected until an instant, from the whole of a stream of which none was
    /// taken yet.
    #[must_use]
    pub fn expected_until(&self, at: Nanos) -> f64 {
        let burst = if self.burst.at <= at { self.burst.requests } else { 0 };
        self.profile.count_at(self.end.min(at) as f64) + f64::from(burst)
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

/// A fingerprint of due times, to show that two lanes were offered the same ones. It is made as the
/// instants come, in constant time and memory for each: FNV-1a over their bytes, the least
/// significant first. Written as `{count} due, {hash}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    count: u64,
    hash: u64,
}

impl Default for Fingerprint {
    /// Of no due time.
    fn default() -> Self {
        Self { count: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Fingerprint {
    /// Adds the next due time.
    #[inline]
    pub fn note(&mut self, at: Nanos) {
        self.count += 1;
        for byte in at.to_le_bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// How many due times it covers.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} due, {:016x}", self.count, self.hash)
    }
}

/// The fingerprint of due times, written out.
#[must_use]
pub fn fingerprint(arrivals: impl Iterator<Item = Nanos>) -> String {
    let mut fingerprint = Fingerprint::default();
    arrivals.for_each(|at| fingerprint.note(at));
    fingerprint.to_string()
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
    fn so_many_are_expected_until_an_instant() {
        let stream = Arrivals::new(Spacing::Constant, rate(2.0), 10 * SECOND, 1);
        let stream = stream.with_burst(Burst { at: 5 * SECOND, requests: 3 });
        let told = [0, 4, 5, 10, 99].map(|at| stream.expected_until(at * SECOND));
        assert_eq!(told, [0.0, 8.0, 13.0, 23.0, 23.0]);
    }

    /// Stored records hold fingerprints: their digits must not change.
    #[test]
    fn a_fingerprint_is_written_as_it_always_was() {
        assert_eq!(fingerprint(std::iter::empty()), "0 due, cbf29ce484222325");
        assert_eq!(fingerprint([0, 1_000_000_007].into_iter()), "2 due, bfa34c87013015a3");
        assert_ne!(fingerprint([1, 2].into_iter()), fingerprint([2, 1].into_iter()));
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
