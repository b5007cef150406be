//! What theory says of a plan, without a run: how loaded the pool is, what waits there are, and what
//! pool an objective needs. Times and rates are nominal.

mod departure;
mod nested;
mod outlook;
mod played;
mod runs;
mod search;
mod sizer;
mod sizing;

use std::time::Duration;

pub use departure::{Departure, Patience};
pub use nested::{Bound, NestedHolds};
pub use outlook::{Answer, Outlook};
pub use played::{Length, Played, PlayedWaits, Ranged, Unplayable};
pub use search::PlayedTrials;
pub use sizing::{Curve, Highest, Knee, Needed, ScopeSizing, SizedBy, Sizing};

use crate::itinerary::{PlannedHold, SessionScope};
use crate::plan::Plan;
use crate::scenario::{ArrivalKind, Routing};
use crate::theory::{Connections, Hold, Load, Prediction, Station, TheoryError, Variability, predict};
use crate::units::Rate;

/// What theory says of one session scope on one pool.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The session scope.
    pub scope: SessionScope,
    /// Holds that one request asks for; the mean where kinds differ.
    pub holds_a_request: f64,
    /// All holds as one law.
    pub hold: Hold,
    /// Holds asked of one pool per second.
    pub arrivals: Rate,
    /// Requests that one pool and the processors of its service carry at most, per second.
    pub capacity: Rate,
    /// Offered load ÷ pool size.
    pub utilisation: f64,
    /// If nobody ever gave up.
    pub patient: Prediction,
    /// With the acquire timeout of the plan.
    pub with_timeout: Prediction,
    /// When the pool cannot deadlock on itself; none where a request holds one connection at a time.
    pub nested: Option<NestedHolds>,
}

/// Theory's question for one scope: the holds as one law, and how often they are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question {
    pub(super) holds_a_request: f64,
    pub(super) hold: Hold,
    pub(super) connections: Connections,
    /// Of each hold around its plan.
    pub(super) around: Variability,
}

impl Question {
    /// The holds of all kinds of requests, with so much variability around their plan.
    pub(super) fn of(
        plan: &Plan,
        scope: SessionScope,
        variability: Variability,
    ) -> Result<Self, TheoryError> {
        let mut laws = Vec::new();
        for kind in plan.all_kinds() {
            let share = Rate::per_second(kind.share).ok_or(TheoryError::OutOfRange)?;
            for hold in kind.itinerary(scope).holds().iter().filter(|hold| !hold.lasts.is_zero()) {
                laws.push((share, Hold::new(hold.lasts, around(hold, variability)?)?));
            }
        }
        if laws.is_empty() {
            return Err(TheoryError::NoHold);
        }
        let (each, hold) = Hold::mixture(&laws)?;
        Ok(Self {
            holds_a_request: each.as_per_second(),
            hold,
            connections: Connections::new(plan.pool.size).ok_or(TheoryError::NoConnections)?,
            around: variability,
        })
    }

    /// Holds per second of so many requests per second.
    pub(super) fn holds(&self, requests: Rate) -> Result<Rate, TheoryError> {
        let holds = requests.as_per_second() * self.holds_a_request;
        Rate::per_second(holds).ok_or(TheoryError::OutOfRange)
    }

    /// Requests per second of so many holds per second.
    pub(super) fn requests(&self, holds: Rate) -> Result<Rate, TheoryError> {
        let requests = holds.as_per_second() / self.holds_a_request;
        Rate::per_second(requests).ok_or(TheoryError::OutOfRange)
    }
}

/// The variability of a hold: as is asked for, or, where holds are as planned, that of its steps.
fn around(hold: &PlannedHold, variability: Variability) -> Result<Variability, TheoryError> {
    if variability != Variability::NONE {
        return Ok(variability);
    }
    let planned = hold.variance / hold.lasts.as_secs_f64().powi(2);
    Variability::new(planned).ok_or(TheoryError::OutOfRange)
}

impl Forecast {
    /// What theory says of a session scope; `variability` is that of each hold around its plan.
    ///
    /// # Errors
    /// When nothing is held, or the load is beyond computing.
    pub fn of(plan: &Plan, scope: SessionScope, variability: Variability) -> Result<Self, TheoryError> {
        let question = Question::of(plan, scope, variability)?;
        let Question { holds_a_request, hold, connections, .. } = question;
        // Random and round-robin routing give each pool its share; theory knows no least-loaded one.
        let share = plan.load.rate.as_per_second() / f64::from(plan.pool_count().max(1));
        let requests = Rate::per_second(share).ok_or(TheoryError::NoRate)?;
        let arrivals = question.holds(requests)?;
        let load = Load::Open { arrivals, spread: spread(plan) };
        let station = |timeout| Station { connections, hold, load, timeout };
        let held = held_a_request(plan, scope);
        // Whatever runs short first: connections, or processors of the service.
        let computed = f64::from(plan.processors.get()) / plan.computing().as_secs_f64();
        Ok(Self {
            scope,
            holds_a_request,
            hold,
            arrivals,
            capacity: Rate::per_second((f64::from(connections.get()) / held).min(computed))
                .ok_or(TheoryError::OutOfRange)?,
            utilisation: share * held / f64::from(connections.get()),
            patient: predict(&station(None))?,
            with_timeout: predict(&station(Some(plan.pool.acquire_timeout)))?,
            nested: NestedHolds::of(plan, scope),
        })
    }

    /// The measured span, in relaxation times of the pool; none where there is no steady state. Where there is one
    /// only since requests give up, of the pool with its timeout.
    #[must_use]
    pub fn relaxation_times(&self, plan: &Plan) -> Option<f64> {
        let steady = match (&self.patient, &self.with_timeout) {
            (Prediction::Steady(steady), _) | (_, Prediction::Steady(steady)) => steady,
            _ => return None,
        };
        let relaxation = steady.relaxation?.time().as_secs_f64();
        (relaxation > 0.0).then(|| plan.phases.measure.as_secs_f64() / relaxation)
    }

    /// The open loop's measured span, nominal.
    #[must_use]
    pub fn span(plan: &Plan) -> Duration {
        plan.phases.measure
    }
}

/// Connection time of a request in seconds, those among them that the scenario lets fail.
fn held_a_request(plan: &Plan, scope: SessionScope) -> f64 {
    plan.ways(scope).iter().map(|way| way.share * way.itinerary.hold_time().as_secs_f64()).sum()
}

/// Variability of the times between two arrivals at one pool: every n-th of Poisson arrivals for
/// round-robin routing over n pools.
fn spread(plan: &Plan) -> Variability {
    match (&plan.fleet, plan.load.arrivals) {
        (None, ArrivalKind::Constant) => Variability::NONE,
        (Some(fleet), ArrivalKind::Poisson) if fleet.routing == Routing::RoundRobin => {
            Variability::new(1.0 / f64::from(fleet.pools.max(1))).unwrap_or(Variability::EXPONENTIAL)
        }
        _ => Variability::EXPONENTIAL,
    }
}
