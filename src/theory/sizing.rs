//! How large a pool must be, and how much it carries, if waits are to keep an objective. Poisson
//! arrivals, in the steady state, nobody gives up.

use std::time::Duration;

use super::little;
use super::predict::steady_waits;
use super::quantity::{Connections, Hold, TheoryError, Variability, rate};
use super::trust::{Formula, Trust};
use crate::units::{Quantile, Rate};

/// What waits may be: this quantile of them at most this long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// The share of requests that is to keep the limit.
    pub quantile: Quantile,
    /// The longest wait for them.
    pub wait: Duration,
}

/// A pool and a rate at which an objective is just kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sized {
    /// Size of the pool.
    pub connections: Connections,
    /// Holds per second.
    pub arrivals: Rate,
    /// The formula that gave the waits.
    pub formula: Formula,
    /// How far to believe them.
    pub trust: Trust,
}

/// The smallest pool that keeps an objective at a rate.
///
/// # Errors
/// [`TheoryError::Unreachable`] for the longest of all waits; [`TheoryError::OutOfRange`] when the
/// pool would be larger than any.
pub fn smallest_pool(arrivals: Rate, hold: Hold, objective: Objective) -> Result<Sized, TheoryError> {
    let offered = little::offered(arrivals, hold)?.get();
    if offered >= f64::from(u32::MAX) {
        return Err(TheoryError::OutOfRange);
    }
    // One fewer than the pool that first has a steady state.
    let mut too_small = offered.floor() as u32;
    let mut step = 1;
    let mut enough = loop {
        let larger = too_small.checked_add(step).ok_or(TheoryError::OutOfRange)?;
        match keeps(arrivals, hold, larger, objective)? {
            Some(sized) => break sized,
            None => (too_small, step) = (larger, step.saturating_mul(2)),
        }
    };
    while enough.connections.get() - too_small > 1 {
        let middle = too_small + (enough.connections.get() - too_small) / 2;
        match keeps(arrivals, hold, middle, objective)? {
            Some(sized) => enough = sized,
            None => too_small = middle,
        }
    }
    Ok(enough)
}

/// The highest rate at which a pool keeps an objective, to ten digits.
///
/// # Errors
/// [`TheoryError::Unreachable`] for the longest of all waits; [`TheoryError::OutOfRange`] when the
/// pool keeps the objective at no rate that can be computed with.
pub fn highest_rate(
    connections: Connections,
    hold: Hold,
    objective: Objective,
) -> Result<Sized, TheoryError> {
    let capacity = little::capacity(connections, hold)?.as_per_second();
    let (mut low, mut high) = (None, 1.0);
    let mut share = 0.5;
    // Halving from the top finds the scale, then the digits.
    for _ in 0..100 {
        match keeps(rate(capacity * share)?, hold, connections.get(), objective)? {
            Some(sized) => low = Some((share, sized)),
            None => high = share,
        }
        let floor = low.map_or(0.0, |(share, _)| share);
        if high - floor <= 1e-10 * high {
            break;
        }
        share = 0.5 * (floor + high);
    }
    low.map(|(_, sized)| sized).ok_or(TheoryError::OutOfRange)
}

fn keeps(
    arrivals: Rate,
    hold: Hold,
    connections: u32,
    objective: Objective,
) -> Result<Option<Sized>, TheoryError> {
    let connections = Connections::new(connections).ok_or(TheoryError::OutOfRange)?;
    let (formula, trust, waits) = match steady_waits(arrivals, Variability::EXPONENTIAL, hold, connections) {
        Ok(steady) => steady,
        Err(TheoryError::NoSteadyState) => return Ok(None),
        Err(error) => return Err(error),
    };
    if objective.quantile.get() >= 1.0 {
        return Err(TheoryError::Unreachable);
    }
    let allowed = 1.0 - objective.quantile.get();
    let kept = waits.longer_than(objective.wait).get() <= allowed;
    Ok(kept.then_some(Sized { connections, arrivals, formula, trust }))
}
