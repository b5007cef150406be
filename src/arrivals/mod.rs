//! WHEN REQUESTS ARE DUE: pure arithmetic from a rate over time and a seed. No clock is read.
//!
//! The load drives these instants for real and the twin plays the very same ones, so that one seed
//! offers one stream of requests, measured or simulated.

mod fingerprint;
mod profile;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

pub use fingerprint::Fingerprint;
pub use profile::{Profile, Stretch};

use crate::record::Nanos;

/// No act lasts longer: 292 years.
const LONGEST: Nanos = i64::MAX as Nanos;

/// Most due times that are drawn at once.
const AT_ONCE: usize = 256;

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
        let end = end.min(LONGEST);
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

    /// Draws the next due times into a block, and tells how many there are: fewer than there is room for
    /// only when the stream has ended. They are those that come one at a time, at a fraction of the
    /// cost.
    pub fn fill(&mut self, block: &mut [Nanos]) -> usize {
        let mut filled = 0;
        while filled < block.len() {
            let rest = &mut block[filled..];
            // What a burst brings is put in one by one.
            if !self.burst_is_ahead() && self.next.is_some() {
                filled += self.draw_many(rest);
            } else if let Some(due) = self.next() {
                rest[0] = due;
                filled += 1;
            } else {
                break;
            }
        }
        filled
    }

    /// The fingerprint of what is left of the stream.
    #[must_use]
    pub fn fingerprint(mut self) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        let mut block = [0; AT_ONCE];
        loop {
            let filled = self.fill(&mut block);
            block[..filled].iter().for_each(|at| fingerprint.note(*at));
            if filled < block.len() {
                return fingerprint;
            }
        }
    }

    /// The drawn one, and as many more as there is room for, but for a last one that is kept as the next;
    /// nothing of a burst.
    fn draw_many(&mut self, block: &mut [Nanos]) -> usize {
        let Some(first) = self.next.take() else { return 0 };
        let mut counts = [0.0; AT_ONCE];
        let room = block.len().min(AT_ONCE);
        match self.spacing {
            Spacing::Poisson => counts[..room].iter_mut().for_each(|count| *count = self.count_at_random()),
            Spacing::Constant => counts[..room].iter_mut().for_each(|count| *count = self.count_evenly()),
        }
        self.profile.times_of(&mut counts[..room]);
        let end = self.end as f64;
        // Due times never fall, so the stream has ended with the first that is too late.
        let drawn = counts[..room].iter().position(|at| *at >= end).unwrap_or(room);
        block[0] = first;
        let to = block[1..].iter_mut().zip(&counts[..drawn]);
        to.for_each(|(due, at)| *due = whole(*at));
        if drawn == room {
            self.next = Some(whole(counts[room - 1]));
            room
        } else {
            drawn + 1
        }
    }

    fn burst_is_ahead(&self) -> bool {
        self.burst.requests > 0 && self.burst.at < self.end
    }

    fn draw(&mut self) -> Option<Nanos> {
        let count = match self.spacing {
            Spacing::Poisson => self.count_at_random(),
            Spacing::Constant => self.count_evenly(),
        };
        let at = self.profile.time_of(count);
        (at < self.end as f64).then_some(whole(at))
    }

    /// How many are expected until the next one of a Poisson stream is due.
    #[inline]
    fn count_at_random(&mut self) -> f64 {
        let gap: f64 = Exp1.sample(&mut self.random);
        self.count += gap;
        self.count
    }

    /// The same of an even one: counted and not added up, so that a long stream does not drift.
    fn count_evenly(&mut self) -> f64 {
        let count = self.index as f64;
        self.index += 1;
        count
    }
}

impl Iterator for Arrivals {
    type Item = Nanos;

    fn next(&mut self) -> Option<Nanos> {
        if self.burst_is_ahead() && self.next.is_none_or(|next| self.burst.at <= next) {
            self.burst.requests -= 1;
            return Some(self.burst.at);
        }
        let due = self.next.take()?;
        self.next = self.draw();
        Some(due)
    }
}

/// The whole nanoseconds of an instant before [`LONGEST`]: signed numbers are cheaper to make.
#[inline]
fn whole(nanos: f64) -> Nanos {
    nanos as i64 as Nanos
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
pub fn failure_draw(seed: u64, request: u64) -> f64 {
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
        let told = |due: &[Nanos]| due.iter().copied().collect::<Fingerprint>().to_string();
        assert_eq!(told(&[]), "0 due, cbf29ce484222325");
        assert_eq!(told(&[0, 1_000_000_007]), "2 due, bfa34c87013015a3");
        assert_ne!(told(&[1, 2]), told(&[2, 1]));
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
                prop_assert_eq!(draw().fingerprint(), due.into_iter().collect::<Fingerprint>());
            }
        }

        #[test]
        fn blocks_hold_what_comes_one_at_a_time(
            seed in any::<u64>(), constant in any::<bool>(), sizes in prop::collection::vec(0_usize..700, 1..30),
            stretches in prop::collection::vec((1_u64..400, 1.0_f64..4000.0, 1.0_f64..4000.0), 0..4),
            burst in (0_u64..1200, 0_u32..300),
        ) {
            let spacing = if constant { Spacing::Constant } else { Spacing::Poisson };
            let stretches: Vec<Stretch> = stretches.into_iter().map(|(ms, from, to)| Stretch {
                lasts: ms * 1_000_000,
                from: Rate::per_second(from).unwrap(),
                // Many stretches are level.
                to: Rate::per_second(if ms % 2 == 0 { from } else { to }).unwrap(),
            }).collect();
            let profile = Profile::new(Rate::per_second(500.0).unwrap(), &stretches);
            let burst = Burst { at: burst.0 * 1_000_000, requests: burst.1 };
            let mut stream = Arrivals::new(spacing, profile, SECOND, seed).with_burst(burst);
            let mut single = stream.clone();
            for size in sizes {
                let mut block = vec![0; size];
                let filled = stream.fill(&mut block);
                let told: Vec<Nanos> = single.by_ref().take(size).collect();
                prop_assert_eq!(&block[..filled], told.as_slice());
            }
            prop_assert_eq!(stream.collect::<Vec<_>>(), single.collect::<Vec<_>>());
        }

        #[test]
        fn a_failure_draw_is_a_share(seed in any::<u64>(), request in any::<u64>()) {
            prop_assert!((0.0..1.0).contains(&failure_draw(seed, request)));
        }
    }
}
