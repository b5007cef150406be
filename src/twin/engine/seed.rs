//! Where chance comes from: one seed, from which every stream of a run is derived.
//!
//! Routing is drawn in order, from a generator of its own, as the arrivals are before it comes to a run. What a request draws
//! belongs to the request: it is a function of the seed, the class and the number of the request, not
//! of when it gets to draw. So the same request has the same step times under another session scope,
//! pool size, routing or engine, and no draw has to be kept while it waits.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The seed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// What the draws of a stream decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum DrawStream {
    Steps = 2,
    Think = 3,
    Routing = 4,
}

impl Seed {
    /// A generator to be drawn from in order.
    pub(super) fn in_order(self, stream: DrawStream, class: usize) -> Ordered {
        let mut words = Own(self.start(stream, class));
        let mut seed = [0; 32];
        seed.chunks_exact_mut(8).for_each(|word| word.copy_from_slice(&words.bits().to_le_bytes()));
        Ordered(Xoshiro256PlusPlus::from_seed(seed))
    }

    /// Draws that belong to requests.
    pub(super) fn by_request(self, stream: DrawStream, class: usize) -> ByRequest {
        ByRequest(self.start(stream, class))
    }

    fn start(self, stream: DrawStream, class: usize) -> u64 {
        let mut start = mix(self.0.wrapping_add(GAMMA));
        for part in [stream as u64, class as u64] {
            start = mix(start.wrapping_add(GAMMA) ^ part);
        }
        start
    }
}

/// A source of random bits.
pub(super) trait Bits {
    fn bits(&mut self) -> u64;

    /// A whole number below `end`, every one as likely but for one part in 2⁶⁴ of `end`.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }
}

/// xoshiro256++ (Blackman & Vigna 2019).
#[derive(Debug, Clone)]
pub(super) struct Ordered(Xoshiro256PlusPlus);

impl Bits for Ordered {
    #[inline]
    fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014), entered where the request's own draws begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByRequest(u64);

impl ByRequest {
    #[inline]
    pub(super) fn of(self, request: u64) -> Own {
        Own(self.0.wrapping_add(request.wrapping_mul(OWN_DRAWS.wrapping_mul(GAMMA))))
    }
}

/// The draws of one request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Own(u64);

impl Bits for Own {
    #[inline]
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }
}

/// Draws between the first of one request and the first of the next; odd, so that no two requests
/// begin alike.
const OWN_DRAWS: u64 = 4097;
/// 2⁶⁴ ÷ the golden ratio, odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_classes_and_requests_draw_apart() {
        let mut seen = std::collections::HashSet::new();
        for seed in [Seed(0), Seed(1)] {
            for stream in [DrawStream::Steps, DrawStream::Think, DrawStream::Routing] {
                for class in 0..3 {
                    assert!(seen.insert(seed.in_order(stream, class).bits()));
                    for request in 0..100 {
                        let mut own = seed.by_request(stream, class).of(request);
                        assert!(seen.insert(own.bits()) && seen.insert(own.bits()));
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_draws_are_known() {
        // The output of SplitMix64 started at 0, and one fixed point in each stream.
        assert_eq!(Own(0).bits(), 0xe220_a839_7b1d_cdaf);
        let words = (
            Seed(7).in_order(DrawStream::Routing, 0).bits(),
            Seed(7).by_request(DrawStream::Steps, 0).of(9).bits(),
        );
        assert_eq!(words, (9_369_984_099_628_547_987, 14_543_261_947_033_385_766));
    }
}
