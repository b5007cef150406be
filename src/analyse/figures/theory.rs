//! What closed form says of the plan alone, at nominal times.

use super::{Metric, Reading, Subject, computed, computed_time};
use crate::analyse::caveats::Act;
use crate::analyse::hold::planned_connection_time;
use crate::analyse::{Forecast, Known, Patience, Unit};
use crate::itinerary::{Itinerary, SessionScope};
use crate::plan::Plan;
use crate::theory::{Prediction, Steady, Variability};
use crate::units::Quantile;

/// The number of a metric; nothing where no formula is to be trusted.
pub(in crate::analyse) fn of_the_plan(plan: &Plan, metric: Metric, subject: &Subject) -> Option<Reading> {
    match subject {
        Subject::Lane(place) => of_a_lane(plan, metric, place.act, place.scope),
        Subject::Pair { before, after, .. } => of_a_pair(plan, metric, *before, *after),
    }
}

fn of_a_lane(plan: &Plan, metric: Metric, act: Act, scope: SessionScope) -> Option<Reading> {
    let itinerary = plan.itinerary(scope);
    match (metric, act) {
        (Metric::HoldIdle, _) => {
            let (_, idle) = planned_connection_time(plan, scope)?;
            Some(computed(idle.as_secs_f64(), Unit::Seconds))
        }
        (Metric::AcquireWaitP99 | Metric::BystanderWaitP99, Act::SideBySide) => {
            acquire_wait(plan, &itinerary).map(computed_time)
        }
        (Metric::BystanderResponseP99, Act::SideBySide) => {
            bystander_response(plan, &itinerary).map(computed_time)
        }
        (Metric::ThroughputCounted, Act::Capacity) => {
            let held = plan.hold_time(scope).as_secs_f64();
            let computing = plan.computing().as_secs_f64();
            // Whatever runs short first.
            let rate = (f64::from(plan.pool.size) / held).min(f64::from(plan.processors.get()) / computing);
            rate.is_finite().then(|| computed(rate, Unit::PerSecond))
        }
        _ => None,
    }
}

/// The ratio of hold times in the itineraries, as the metric reads it; none where nothing is held after.
fn of_a_pair(plan: &Plan, metric: Metric, before: SessionScope, after: SessionScope) -> Option<Reading> {
    let hold = |scope| Some(planned_connection_time(plan, scope)?.0.as_secs_f64());
    let ratio = Some(hold(before)? / hold(after)?).filter(|ratio| ratio.is_finite())?;
    let number = match metric {
        Metric::HoldReduction => 1.0 - 1.0 / ratio,
        Metric::EquivalentConnections => ratio * f64::from(plan.pool.size),
        _ => ratio,
    };
    Some(computed(number, metric.unit()))
}

/// p99 of acquire wait; nothing where no formula speaks of such a load.
fn acquire_wait(plan: &Plan, itinerary: &Itinerary) -> Option<Known> {
    let forecast = Forecast::of(plan, itinerary.scope(), Variability::NONE).ok()?;
    if !forecast.departures(plan, Patience::Timeout).is_empty() {
        return None;
    }
    match forecast.with_timeout {
        Prediction::Steady(steady) => p99(plan, &steady),
        Prediction::NoSteadyState(_) => None,
    }
}

/// p99 of the response time of bystanders: a queue that serves in order makes all who ask wait
/// alike, and their own time comes on top.
fn bystander_response(plan: &Plan, itinerary: &Itinerary) -> Option<Known> {
    plan.bystander.as_ref()?;
    match acquire_wait(plan, itinerary)? {
        Known::Exactly(wait) => Some(Known::Exactly(wait + plan.bystander_time())),
        // One that gives up has waited the timeout, and has no time of its own.
        gives_up @ Known::MoreThan(_) => Some(gives_up),
    }
}

fn p99(plan: &Plan, steady: &Steady) -> Option<Known> {
    if steady.timed_out.get() > 1.0 - Quantile::P99.get() {
        return Some(Known::MoreThan(plan.pool.acquire_timeout));
    }
    steady.waits.quantile(Quantile::P99).map(Known::Exactly)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::analyse::fixture::record;
    use crate::itinerary::SessionScope;
    use crate::units::Rate;

    fn wait(plan: &Plan, scope: SessionScope) -> Option<Known> {
        acquire_wait(plan, &plan.itinerary(scope))
    }

    #[test]
    fn an_easy_pool_makes_nobody_wait_and_a_flooded_one_all() {
        let plan = record().plan;
        assert_eq!(wait(&plan, SessionScope::Repository), Some(Known::Exactly(Duration::ZERO)));
        let timeout = Known::MoreThan(Duration::from_secs(30));
        assert_eq!(wait(&plan, SessionScope::Request), Some(timeout));
        assert_eq!(bystander_response(&plan, &plan.itinerary(SessionScope::Request)), Some(timeout));
    }

    #[test]
    fn bystanders_wait_as_all_do_and_take_their_own_time() {
        let mut plan = record().plan;
        plan.load.rate = Rate::per_second(19.0).unwrap();
        let after = plan.itinerary(SessionScope::Repository);
        let bystander = plan.bystander.as_mut().unwrap();
        (bystander.rate, bystander.time) = (Rate::per_second(0.0005).unwrap(), Duration::from_millis(100));
        let Some(Known::Exactly(wait)) = acquire_wait(&plan, &after) else { panic!("M/D/c has a p99") };
        // M/M/20 at 95 % of capacity has ln 75 = 4.3 s, and fixed holds wait half as long.
        assert!((2.0..2.3).contains(&wait.as_secs_f64()), "{wait:?}");
        let response = wait + Duration::from_millis(100);
        assert_eq!(bystander_response(&plan, &after), Some(Known::Exactly(response)));
    }

    #[test]
    fn where_no_formula_is_to_be_trusted_there_is_no_number() {
        let plan = record().plan;
        let mut burst = plan.clone();
        burst.load.burst = 100;
        let mut busy = plan.clone();
        busy.bystander.as_mut().unwrap().time = Duration::from_secs(1);
        // Close below capacity with a timeout that cuts waits, and holds that are not exponential.
        let mut close = plan.clone();
        close.load.rate = Rate::per_second(19.9).unwrap();
        close.pool.acquire_timeout = Duration::from_millis(100);
        for plan in [burst, busy, close] {
            assert_eq!(wait(&plan, SessionScope::Repository), None);
        }
        assert_eq!(wait(&plan, SessionScope::Nested), None);
    }
}
