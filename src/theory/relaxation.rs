//! How long a pool takes to forget how it started: a run much shorter than this shows how the queue
//! builds up, not the steady state that the other formulas speak of.
//!
//! The relaxation time is 1 ÷ the spectral gap of the chain of requests present. In M/M/c the
//! spectrum is continuous from `(√(c/h) − √λ)²` on, and single points can lie below that edge (van
//! Doorn 1985), which then decide. Cutting the chain off at some length instead makes the gap look
//! larger than it is.

use std::time::Duration;

use super::little;
use super::quantity::{Connections, Hold, TheoryError, Variability, duration};
use crate::units::Rate;

/// A relaxation time and how far to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relaxation {
    /// The spectral gap of M/M/c, exact.
    Exact(Duration),
    /// `max(h, (ca² + cs²)/2 ÷ (√(c/h) − √λ)²)`: exact near full load, else of the right size.
    Approximate(Duration),
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

    /// The relaxation time.
    #[must_use]
    pub fn time(self) -> Duration {
        match self {
            Self::Exact(time) | Self::Approximate(time) => time,
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
