//! When requests come.

use super::nanos::Nanos;
use super::seed::Ordered;
use super::ziggurat::Exponential;
use crate::units::Rate;

/// When the requests of an open loop come, from time 0 on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// At random, each independent of the others.
    Poisson(Rate),
    /// One after each interval; the first at once.
    Paced(Rate),
}

impl Arrivals {
    /// Requests per second.
    #[must_use]
    pub fn rate(self) -> Rate {
        match self {
            Self::Poisson(rate) | Self::Paced(rate) => rate,
        }
    }

    fn gap(self) -> f64 {
        1e9 / self.rate().as_per_second()
    }

    pub(super) fn instants(self, from: Ordered) -> Instants {
        match self {
            Self::Poisson(_) => Instants::Poisson(Poisson::new(self, from)),
            Self::Paced(_) => Instants::Paced { gap: self.gap(), count: 0.0 },
        }
    }
}

/// One instant after the other.
pub(super) trait Next {
    fn next(&mut self) -> Nanos;
}

#[derive(Debug)]
pub(super) enum Instants {
    Poisson(Poisson),
    Paced {
        gap: f64,
        count: f64,
    },
    /// Instants from elsewhere; [`Nanos::NEVER`] when there are no more.
    Due(Box<crate::arrivals::Arrivals>),
}

impl Next for Instants {
    #[inline]
    fn next(&mut self) -> Nanos {
        match self {
            Self::Poisson(poisson) => poisson.next(),
            Self::Due(due) => Iterator::next(due.as_mut()).map_or(Nanos::NEVER, Nanos::new),
            Self::Paced { gap, count } => {
                // From the number of the request, so that rounding does not add up.
                let instant = Nanos::rounded(*count * *gap);
                *count += 1.0;
                instant
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Poisson {
    from: Ordered,
    exponential: Exponential,
    gap: f64,
    now: Nanos,
}

impl Poisson {
    pub(super) fn new(arrivals: Arrivals, from: Ordered) -> Self {
        Self { from, exponential: Exponential::new(), gap: arrivals.gap(), now: Nanos::ZERO }
    }
}

impl Next for Poisson {
    #[inline]
    fn next(&mut self) -> Nanos {
        self.now = self.now + Nanos::rounded(self.exponential.draw(&mut self.from) * self.gap);
        self.now
    }
}
