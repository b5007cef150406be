//! WHEN REQUESTS ARE DUE: pure arithmetic from a rate over time and a seed. No clock is read.
//!
//! The load drives these instants for real and the twin plays the very same ones, so that one seed
//! offers one stream of requests, measured or simulated.

mod fingerprint;
mod profile;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

pub use fingerprint::{Fingerprint, NoFingerprint};
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
    /// Equal gaps between two due times.
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
    /// The instant at which all of them are due.
    pub at: Nanos,
    /// How many requests there are.
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

/// A number in [0, 1) that decides of which kind a request is; it depends on the seed and the request alone.
#[must_use]
pub fn kind_draw(seed: u64, request: u64) -> f64 {
    failure_draw(seed, request)
}

/// Seeds of all that is drawn for a request by its number, so that a request has the same luck under
/// every session scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestSeeds {
    /// Of whether it fails.
    pub failures: u64,
    /// Of how long its steps take.
    pub step_times: u64,
    /// Of which kind it is.
    pub kinds: u64,
}

impl RequestSeeds {
    /// Its [failure draw](failure_draw).
    #[must_use]
    pub fn failure(&self, request: u64) -> f64 {
        failure_draw(self.failures, request)
    }

    /// Its [kind draw](kind_draw).
    #[must_use]
    pub fn kind(&self, request: u64) -> f64 {
        kind_draw(self.kinds, request)
    }

    /// Two independent numbers in [0, 1) for the time of a step.
    #[must_use]
    pub fn step_time(&self, request: u64, step: usize) -> (f64, f64) {
        let own = stream_seed(stream_seed(self.step_times, request), step as u64);
        (failure_draw(own, 0), failure_draw(own, 1))
    }
}

#[cfg(test)]
mod tests;
