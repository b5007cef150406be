//! How long a pool takes to forget how it started: a run much shorter than this shows how the queue
//! builds up, not the steady state that the other formulas speak of.
//!
//! The relaxation time is 1 ÷ the spectral gap of the chain of requests present. In M/M/c the
//! spectrum is continuous from `(√(c/h) − √λ)²` on, and single points can lie below that edge (van
//! Doorn 1985), which then decide. Cutting the chain off at some length instead makes the gap look
//! larger than it is.
//!
//! In M/M/c//N the chain of callers at the pool ends by itself. Its birth rates `(N − k)/Z` fall by
//! `1/Z` from one state to the next and its death rates `min(k, c)/S` rise by at most `1/S`, so the gap
//! lies between `1/Z` and `1/Z + 1/S` (Chen 1996), where bisection finds it.

use std::time::Duration;

use super::closed::Callers;
use super::little;
use super::quantity::{Connections, Hold, TheoryError, Variability, duration};
use crate::units::Rate;

/// A relaxation time and how far to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relaxation {
    /// The spectral gap of M/M/c, exact.
    Exact(Duration),
    /// Of the right size. In an open loop that settles `max(h, (ca² + cs²)/2 ÷ (√(c/h) − √λ)²)`, exact near full
    /// load; in a closed one the spectral gap of M/M/c//N, exact if holds and times away are
    /// exponential. In an open loop that is asked for more than it can carry, and settles since requests give up
    /// after `T`: the lesser of `T ÷ (ρ − 1)`, in which the wait grows to `T`, and of `2T²/π² ÷ ρh(ca² + cs²)/c`,
    /// in which chance carries it there (reflected Brownian motion); no less than `h ÷ ρ`, in which all
    /// connections are lent.
    Approximate(Duration),
    /// No more than this. With an acquire timeout: that of the same pool if nobody gave up, which
    /// forgets more slowly, since those who wait longest do not leave it. In a closed loop of very many
    /// callers: their time away.
    AtMost(Duration),
}

impl Relaxation {
    /// The largest pool for which points below the edge are looked for.
    pub const MOST_EXACT: u32 = 100_000;

    /// Relaxation time of a pool that has a steady state; exact for Poisson arrivals (`spread` 1),
    /// exponential holds and pools of up to [`Self::MOST_EXACT`] connections.
    ///
    /// # Errors
    /// [`TheoryError::NoSteadyState`] when `λ·h ≥ c`; [`TheoryError::OutOfRange`] when the load is
    /// beyond computing.
    pub fn new(
        arrivals: Rate,
        spread: Variability,
        hold: Hold,
        connections: Connections,
    ) -> Result<Self, TheoryError> {
        let (a, c) = (little::offered(arrivals, hold)?.get(), connections.as_f64());
        if a >= c {
            return Err(TheoryError::NoSteadyState);
        }
        // In units of one hold: √c − √a without cancellation.
        let root = (c - a) / (c.sqrt() + a.sqrt());
        let edge = root * root;
        let exponential =
            spread == Variability::EXPONENTIAL && hold.variability() == Variability::EXPONENTIAL;
        if exponential && connections.get() <= Self::MOST_EXACT {
            let gap = point_below(edge, a, connections.get()).unwrap_or(edge);
            return Ok(Self::Exact(duration(hold.seconds() / gap)));
        }
        let factor = 0.5 * (spread.get() + hold.variability().get());
        Ok(Self::Approximate(duration(hold.seconds() * (factor / edge).max(1.0))))
    }

    /// Relaxation time of a closed loop; found for up to [`Self::MOST_EXACT`] callers, and bounded for
    /// more.
    #[must_use]
    pub fn closed(callers: Callers, away: Duration, hold: Hold, connections: Connections) -> Self {
        if away.is_zero() {
            // Everybody is always at the pool.
            return Self::Approximate(Duration::ZERO);
        }
        if callers.get() > Self::MOST_EXACT {
            return Self::AtMost(away);
        }
        // In units of one hold.
        let back = hold.seconds() / away.as_secs_f64();
        let (mut low, mut high) = (back, back + 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            let below = points_below_closed(middle, back, connections.as_f64(), callers.get());
            if below < 2 { low = middle } else { high = middle }
        }
        Self::Approximate(duration(hold.seconds() / high))
    }

    /// How long it takes until a pool that is asked for more than it can carry has as many waiting as give up, from an
    /// empty pool on.
    pub(super) fn filling(
        load: f64,
        spread: Variability,
        hold: Hold,
        connections: Connections,
        timeout: Duration,
    ) -> Self {
        if timeout.is_zero() {
            return Self::Approximate(duration(hold.seconds() / load));
        }
        let timeout = timeout.as_secs_f64();
        let grown = timeout / (load - 1.0).max(0.0);
        let chance = load * hold.seconds() * (spread.get() + hold.variability().get()) / connections.as_f64();
        let carried = 2.0 * timeout * timeout / (std::f64::consts::PI.powi(2) * chance);
        Self::Approximate(duration(grown.min(carried).max(hold.seconds() / load)))
    }

    /// The same as a bound for a pool that forgets faster.
    pub(super) fn at_most(self) -> Self {
        Self::AtMost(self.time())
    }

    /// The relaxation time, or what it is at most.
    #[must_use]
    pub fn time(self) -> Duration {
        match self {
            Self::Exact(time) | Self::Approximate(time) | Self::AtMost(time) => time,
        }
    }
}

/// The second point of the spectrum (the first is 0) if it lies below the edge.
fn point_below(edge: f64, a: f64, c: u32) -> Option<f64> {
    let (mut low, mut high) = (0.0, edge * (1.0 - 1e-9));
    if points_below(high, a, c) < 2 {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if points_below(middle, a, c) < 2 { low = middle } else { high = middle }
    }
    Some(high)
}

/// How many points of the spectrum lie below `x`, for `x` below the edge: the negative pivots of the
/// symmetric form of the chain minus `x`, whose endless part above `c` is summed into the last one.
fn points_below(x: f64, a: f64, c: u32) -> u32 {
    let servers = f64::from(c);
    let coupling = (a * servers).sqrt();
    let middle = 0.5 * (a + servers - x);
    let endless = middle - (middle * middle - coupling * coupling).max(0.0).sqrt();
    let (mut negative, mut pivot) = (0, f64::INFINITY);
    for k in 0..c {
        let k = f64::from(k);
        pivot = a + k - x - a * k / pivot;
        if k + 1.0 == servers {
            pivot -= endless;
        }
        if pivot == 0.0 {
            pivot = f64::MIN_POSITIVE;
        }
        negative += u32::from(pivot < 0.0);
    }
    negative
}

/// How many points of the spectrum of M/M/c//N lie below `x`, in units of one hold: the negative pivots
/// of the symmetric form of the chain minus `x`. `back` is the rate at which a caller comes back.
fn points_below_closed(x: f64, back: f64, c: f64, callers: u32) -> u32 {
    let n = f64::from(callers);
    let (mut negative, mut pivot) = (0, f64::INFINITY);
    for k in 0..=callers {
        let k = f64::from(k);
        let (coming, leaving) = ((n - k) * back, k.min(c));
        pivot = coming + leaving - x - (n - k + 1.0) * back * leaving / pivot;
        if pivot == 0.0 {
            pivot = f64::MIN_POSITIVE;
        }
        negative += u32::from(pivot < 0.0);
    }
    negative
}
