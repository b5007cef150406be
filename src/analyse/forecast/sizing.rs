//! What pool an objective needs, what a given pool carries, and what a change of scope is worth.

use std::time::Duration;

use super::{NestedHolds, Question};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::theory::{
    Connections, Load, Objective, Prediction, Sized, Station, TheoryError, Variability, highest_rate, little,
    predict, smallest_pool,
};
use crate::units::{Quantile, Rate};

/// Pools and rates that keep an objective, for each session scope. Without a timeout: a wait that is
/// cut off keeps no objective.
#[derive(Debug, Clone)]
pub struct Sizing {
    /// What waits may be.
    pub objective: Objective,
    /// The session scopes, before first.
    pub scopes: Vec<ScopeSizing>,
    /// Connections that the first scope needs to carry what the last one carries with the given pool,
    /// at what rate; none where there are not two scopes.
    pub worth: Option<(Connections, Rate)>,
    /// What the change is worth when both pools are always full, objective or not: pool size × hold
    /// before ÷ hold after.
    pub at_saturation: Option<f64>,
}

/// One session scope.
#[derive(Debug, Clone)]
pub struct ScopeSizing {
    /// The session scope.
    pub scope: SessionScope,
    /// The smallest pool that keeps the objective at the plan's rate.
    pub smallest: Sized,
    /// Requests per second that the given pool carries under the objective; none where it keeps it at
    /// no rate.
    pub highest: Option<Rate>,
    /// Requests per second that the given pool carries at most.
    pub capacity: Rate,
    /// The quantile of the objective over the arrival rate, with the given pool.
    pub over_rate: Curve,
    /// The same over the pool size, at the plan's rate.
    pub over_size: Curve,
    /// When the pool cannot deadlock on itself; none where a request holds one connection at a time.
    pub nested: Option<NestedHolds>,
}

/// A wait over a rate or over a pool size.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Rate per second or connections, and the wait; below the capacity only.
    pub points: Vec<(f64, Duration)>,
    /// Where waiting sets in.
    pub knee: Option<Knee>,
}

/// Where waits first pass the objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// Rate per second, or connections.
    pub at: f64,
}

/// Points of a curve.
const POINTS: u32 = 60;

impl Sizing {
    /// Sizes every session scope of a plan. The rate is that of one pool of a fleet.
    ///
    /// # Errors
    /// When a scope holds nothing, or the load is beyond computing.
    pub fn of(plan: &Plan, objective: Objective, variability: Variability) -> Result<Self, TheoryError> {
        let per_pool = plan.load.rate.as_per_second() / f64::from(plan.pool_count().max(1));
        let requests = Rate::per_second(per_pool).ok_or(TheoryError::NoRate)?;
        let mut questions = Vec::new();
        for scope in plan.scopes.iter().copied() {
            questions.push((scope, Question::of(plan, &plan.itinerary(scope), variability)?));
        }
        let scopes: Result<Vec<ScopeSizing>, TheoryError> = questions
            .iter()
            .map(|(scope, question)| {
                let sizing = ScopeSizing::of(*scope, question, requests, objective)?;
                Ok(ScopeSizing { nested: NestedHolds::of(plan, *scope), ..sizing })
            })
            .collect();
        let scopes = scopes?;
        let (mut worth, mut at_saturation) = (None, None);
        if let ([(_, before), .., (_, after)], Some(last)) = (questions.as_slice(), scopes.last()) {
            if let Some(rate) = last.highest {
                worth = Some((smallest_pool(before.holds(rate)?, before.hold, objective)?.connections, rate));
            }
            let held = |question: &Question| {
                question.hold.mean().as_secs_f64() * f64::from(question.holds_a_request)
            };
            at_saturation = Some(f64::from(plan.pool.size) * held(before) / held(after));
        }
        Ok(Self { objective, scopes, worth, at_saturation })
    }
}

impl ScopeSizing {
    fn of(
        scope: SessionScope,
        question: &Question,
        requests: Rate,
        objective: Objective,
    ) -> Result<Self, TheoryError> {
        let Question { hold, connections, .. } = *question;
        let highest = match highest_rate(connections, hold, objective) {
            Ok(sized) => Some(question.requests(sized.arrivals)?),
            Err(TheoryError::OutOfRange) => None,
            Err(other) => return Err(other),
        };
        let smallest = smallest_pool(question.holds(requests)?, hold, objective)?;
        let capacity = question.requests(little::capacity(connections, hold)?)?;
        Ok(Self {
            scope,
            smallest,
            highest,
            capacity,
            over_rate: Curve {
                points: over_rate(question, capacity, objective.quantile)?,
                knee: highest.map(|rate| Knee { at: rate.as_per_second() }),
            },
            over_size: Curve {
                points: over_size(question, requests, smallest.connections, objective.quantile)?,
                knee: Some(Knee { at: f64::from(smallest.connections.get()) }),
            },
            nested: None,
        })
    }
}

fn over_rate(
    question: &Question,
    capacity: Rate,
    quantile: Quantile,
) -> Result<Vec<(f64, Duration)>, TheoryError> {
    let mut points = Vec::new();
    for step in 1..=POINTS {
        // Closer together towards the capacity, where waits run away.
        let share = 1.0 - (1.0 - f64::from(step) / f64::from(POINTS + 1)).powi(2);
        let Some(rate) = Rate::per_second(capacity.as_per_second() * share) else { continue };
        if let Some(wait) = wait(question, question.connections, rate, quantile)? {
            points.push((rate.as_per_second(), wait));
        }
    }
    Ok(points)
}

/// From the smallest pool with a steady state to a little more than the objective needs.
fn over_size(
    question: &Question,
    requests: Rate,
    smallest: Connections,
    quantile: Quantile,
) -> Result<Vec<(f64, Duration)>, TheoryError> {
    let offered = little::offered(question.holds(requests)?, question.hold)?.get();
    let first = offered.floor() + 1.0;
    let beyond = (f64::from(smallest.get()) - first).max(2.0) * 1.3;
    let (mut points, mut last) = (Vec::new(), 0);
    for step in 0..=POINTS {
        let share = f64::from(step) / f64::from(POINTS);
        let size = (first + beyond * share * share).round().min(f64::from(u32::MAX)) as u32;
        let Some(connections) = Connections::new(size).filter(|_| size != last) else { continue };
        last = size;
        if let Some(wait) = wait(question, connections, requests, quantile)? {
            points.push((f64::from(size), wait));
        }
    }
    Ok(points)
}

/// A quantile of the waits of a pool that nobody gives up on; none without a steady state.
fn wait(
    question: &Question,
    connections: Connections,
    requests: Rate,
    quantile: Quantile,
) -> Result<Option<Duration>, TheoryError> {
    let load = Load::poisson(question.holds(requests)?);
    let station = Station { connections, hold: question.hold, load, timeout: None };
    match predict(&station)? {
        Prediction::Steady(steady) => Ok(steady.waits.quantile(quantile)),
        Prediction::NoSteadyState(_) => Ok(None),
    }
}
