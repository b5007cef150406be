//! What the requests of a plan without events do: who comes, and how long each step takes. Made anew
//! for each common case, so that the loop over requests holds nothing that the case does not need.

use super::arrivals::{Instants, Next, Poisson};
use super::law::{Sampler, capped};
use super::nanos::Nanos;
use super::plan::Class;
use super::program::Move;
use super::seed::{ByRequest, Own, Seed};
use super::ziggurat::Exponential;

/// The times of a request with one hold.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) timeout: Nanos,
    pub(super) hold: Sum,
    pub(super) tail: Sum,
}

/// Consecutive steps as one time.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) fixed: Nanos,
    pub(super) random: Vec<Sampler>,
}

impl Sum {
    pub(super) fn new(moves: &[Move]) -> Self {
        let mut sum = Self { fixed: Nanos::ZERO, random: Vec::new() };
        for step in moves {
            if let Move::Spend(law) = step {
                match law.constant() {
                    Some(time) => sum.fixed = sum.fixed + time,
                    None => sum.random.push(law.sampler()),
                }
            }
        }
        sum
    }

    pub(super) fn constant(&self) -> Option<Nanos> {
        self.random.is_empty().then_some(self.fixed)
    }

    #[inline]
    pub(super) fn draw(&self, from: &mut Own) -> Nanos {
        self.random.iter().fold(self.fixed, |total, sampler| total + sampler.draw(from))
    }
}

/// Requests in order of arrival: class, number within the class, instant.
pub(super) trait Requests {
    fn next(&mut self) -> (usize, u64, Nanos);
}

pub(super) struct One {
    pub(super) instants: Poisson,
    pub(super) request: u64,
}

impl Requests for One {
    #[inline]
    fn next(&mut self) -> (usize, u64, Nanos) {
        let request = self.request;
        self.request += 1;
        (0, request, self.instants.next())
    }
}

/// Several classes; of those that come at one instant, the first of the plan comes first.
pub(super) struct Merged(Vec<(Nanos, Instants, u64)>);

impl Merged {
    pub(super) fn new(classes: &[Class], seed: Seed) -> Self {
        let open = classes.iter().enumerate();
        let open = open.filter_map(|(index, class)| class.source.instants(seed, index));
        Self(open.map(|mut instants| (instants.next(), instants, 0)).collect())
    }
}

impl Requests for Merged {
    #[inline]
    fn next(&mut self) -> (usize, u64, Nanos) {
        let mut first = 0;
        for class in 1..self.0.len() {
            if self.0[class].0 < self.0[first].0 {
                first = class;
            }
        }
        let (next, instants, count) = &mut self.0[first];
        let (at, request) = (*next, *count);
        (*next, *count) = (instants.next(), request + 1);
        (first, request, at)
    }
}

/// What requests do, class by class.
pub(super) trait Work {
    fn timeout(&self, class: usize) -> Nanos;
    fn own(&self, class: usize, request: u64) -> Own;
    fn hold(&self, class: usize, own: &mut Own) -> Nanos;
    fn tail(&self, class: usize, own: &mut Own) -> Nanos;
}

pub(super) struct Fixed {
    pub(super) timeout: Nanos,
    pub(super) hold: Nanos,
    pub(super) tail: Nanos,
}

impl Work for Fixed {
    fn timeout(&self, _: usize) -> Nanos {
        self.timeout
    }
    fn own(&self, _: usize, _: u64) -> Own {
        Own::default()
    }
    fn hold(&self, _: usize, _: &mut Own) -> Nanos {
        self.hold
    }
    fn tail(&self, _: usize, _: &mut Own) -> Nanos {
        self.tail
    }
}

/// One exponential step among fixed ones.
pub(super) struct Random {
    pub(super) draws: ByRequest,
    pub(super) exponential: Exponential,
    pub(super) mean: f64,
    pub(super) timeout: Nanos,
    pub(super) fixed: Nanos,
    pub(super) tail: Nanos,
}

impl Work for Random {
    #[inline]
    fn timeout(&self, _: usize) -> Nanos {
        self.timeout
    }
    #[inline]
    fn own(&self, _: usize, request: u64) -> Own {
        self.draws.of(request)
    }
    #[inline]
    fn hold(&self, _: usize, own: &mut Own) -> Nanos {
        self.fixed + capped(self.exponential.draw(own) * self.mean)
    }
    #[inline]
    fn tail(&self, _: usize, _: &mut Own) -> Nanos {
        self.tail
    }
}

pub(super) struct Any<'f> {
    pub(super) classes: &'f [Steps],
    pub(super) draws: Vec<ByRequest>,
}

impl Work for Any<'_> {
    fn timeout(&self, class: usize) -> Nanos {
        self.classes[class].timeout
    }
    fn own(&self, class: usize, request: u64) -> Own {
        self.draws[class].of(request)
    }
    fn hold(&self, class: usize, own: &mut Own) -> Nanos {
        self.classes[class].hold.draw(own)
    }
    fn tail(&self, class: usize, own: &mut Own) -> Nanos {
        self.classes[class].tail.draw(own)
    }
}
