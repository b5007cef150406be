//! How one session scope is sized: by a formula where it is exact, and by a search with the twin where not.

use std::time::Duration;

use super::search::{Between, Search};
use super::sizing::{Curve, Highest, Knee, Needed, ScopeSizing, SizedBy, Sizing};
use super::{Departure, Forecast, NestedHolds, Patience, Question, Unplayable, held_a_request};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::ArrivalKind;
use crate::theory::{
    Connections, Load, Objective, Prediction, Sized, Station, TheoryError, Trust, highest_rate, little,
    predict, smallest_pool,
};
use crate::twin::HoldLaw;
use crate::units::{Quantile, Rate};

/// Points of a curve.
const POINTS: u32 = 60;

/// One session scope to be sized.
pub(super) struct Sizer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) scope: SessionScope,
    pub(super) question: Question,
    pub(super) objective: Objective,
    pub(super) law: &'a HoldLaw,
}

impl Sizer<'_> {
    /// By a formula where it is exact for such a load, and by the twin where not.
    pub(super) fn size(&self) -> Result<ScopeSizing, TheoryError> {
        let per_pool = self.plan.load.rate.as_per_second() / f64::from(self.plan.pool_count().max(1));
        let requests = Rate::per_second(per_pool).ok_or(TheoryError::NoRate)?;
        let by_theory = self.by_theory(requests)?;
        let formula = by_theory.smallest.formula;
        let departures = self.departures(requests, &by_theory.smallest)?;
        if departures.is_empty() {
            return Ok(self.told(by_theory, SizedBy::Formula(formula)));
        }
        Ok(match self.played(&by_theory, departures.clone()) {
            Ok(played) => played,
            Err(why) => self.told(by_theory, SizedBy::Guide(formula, departures, why)),
        })
    }

    fn by_theory(&self, requests: Rate) -> Result<ByTheory, TheoryError> {
        let (question, objective) = (&self.question, self.objective);
        let Question { hold, connections, .. } = *question;
        let highest = match highest_rate(connections, hold, objective) {
            Ok(sized) => Some(question.requests(sized.arrivals)?),
            Err(TheoryError::OutOfRange) => None,
            Err(other) => return Err(other),
        };
        let smallest = smallest_pool(question.holds(requests)?, hold, objective)?;
        let capacity = f64::from(connections.get()) / held_a_request(self.plan, self.scope);
        let capacity = Rate::per_second(capacity).ok_or(TheoryError::OutOfRange)?;
        let bare = question.requests(little::capacity(connections, hold)?)?;
        Ok(ByTheory {
            smallest,
            highest,
            capacity,
            over_rate: over_rate(question, bare, objective.quantile)?,
            over_size: over_size(question, requests, smallest.connections, objective.quantile)?,
        })
    }

    fn told(&self, it: ByTheory, answer: SizedBy) -> ScopeSizing {
        let at = f64::from(it.smallest.connections.get());
        ScopeSizing {
            scope: self.scope,
            answer,
            smallest: Needed::exactly(it.smallest.connections),
            highest: it.highest.map_or(Highest::None, |rate| Highest::Rate(rate, (rate, rate))),
            capacity: it.capacity,
            over_rate: Curve {
                points: it.over_rate,
                knee: it.highest.map(|rate| Knee { at: rate.as_per_second() }),
            },
            over_size: Curve { points: it.over_size, knee: Some(Knee { at }) },
            nested: NestedHolds::of(self.plan, self.scope),
        }
    }

    fn played(&self, guess: &ByTheory, departures: Vec<Departure>) -> Result<ScopeSizing, Unplayable> {
        let search = self.search(self.plan);
        let (smallest, sizes) = search.smallest(guess.smallest.connections.get())?;
        let first = guess.highest.or(Rate::per_second(guess.capacity.as_per_second() / 2.0));
        let changing = !self.plan.load.stages.is_empty();
        let (highest, rates) = match first.filter(|_| !changing) {
            None => (Highest::Changing, Vec::new()),
            Some(first) => {
                let (found, rates) = search.highest(first, guess.capacity)?;
                (found.map_or(Highest::None, highest), rates.waits)
            }
        };
        let smallest = needed(smallest)?;
        let at = f64::from(smallest.connections.get());
        Ok(ScopeSizing {
            scope: self.scope,
            answer: SizedBy::Twin(departures, sizes.played),
            smallest,
            highest,
            capacity: guess.capacity,
            over_rate: Curve {
                points: rates,
                knee: highest.rate().map(|rate| Knee { at: rate.as_per_second() }),
            },
            over_size: Curve { points: sizes.waits, knee: Some(Knee { at }) },
            nested: NestedHolds::of(self.plan, self.scope),
        })
    }

    /// Connections that keep the objective at a rate.
    pub(super) fn needed_at(&self, requests: Rate) -> Result<Needed, TheoryError> {
        let by_theory = smallest_pool(self.question.holds(requests)?, self.question.hold, self.objective)?;
        let exactly = Needed::exactly(by_theory.connections);
        if self.departures(requests, &by_theory)?.is_empty() {
            return Ok(exactly);
        }
        let Some(plan) = self.at(requests, self.plan.pool.size) else { return Ok(exactly) };
        let played = self.search(&plan).smallest(by_theory.connections.get());
        Ok(played.and_then(|(found, _)| needed(found)).unwrap_or(exactly))
    }

    fn search<'s>(&'s self, plan: &'s Plan) -> Search<'s> {
        Search { plan, scope: self.scope, law: self.law, objective: self.objective, budget: Sizing::TRIAL }
    }

    /// In what the load differs from what the formula of a pool takes for granted.
    fn departures(&self, requests: Rate, sized: &Sized) -> Result<Vec<Departure>, TheoryError> {
        let Some(plan) = self.at(requests, sized.connections.get()) else { return Ok(Vec::new()) };
        let forecast = Forecast::of(&plan, self.scope, self.question.around)?;
        let mut found = forecast.departures(&plan, Patience::Endless);
        let constant = plan.load.arrivals == ArrivalKind::Constant;
        if constant && !found.contains(&Departure::ConstantArrivals) {
            found.push(Departure::ConstantArrivals);
        }
        if found.is_empty() && sized.trust != Trust::Exact {
            found.push(Departure::Approximate(sized.formula));
        }
        Ok(found)
    }

    /// The plan with another rate of each pool, and another size of it.
    fn at(&self, requests: Rate, size: u32) -> Option<Plan> {
        let mut plan = self.plan.clone();
        plan.load.rate = Rate::per_second(requests.as_per_second() * f64::from(plan.pool_count().max(1)))?;
        plan.pool.size = size;
        Some(plan)
    }
}

/// What formulas say of a session scope.
struct ByTheory {
    smallest: Sized,
    highest: Option<Rate>,
    capacity: Rate,
    over_rate: Vec<(f64, Duration)>,
    over_size: Vec<(f64, Duration)>,
}

fn needed(it: Between<u32>) -> Result<Needed, Unplayable> {
    let connections = |count| Connections::new(count).ok_or(Unplayable::TooMuch);
    Ok(Needed { connections: connections(it.found)?, between: (connections(it.low)?, connections(it.high)?) })
}

fn highest(it: Between<f64>) -> Highest {
    match (Rate::per_second(it.found), Rate::per_second(it.low), Rate::per_second(it.high)) {
        (Some(rate), Some(low), Some(high)) => Highest::Rate(rate, (low, high)),
        (_, Some(low), _) => Highest::Any(low),
        _ => Highest::None,
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
