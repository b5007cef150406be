//! In what a load differs from what the formulas take for granted: one pool, arrivals of holds that
//! follow one law for ever, one hold a request, nobody else on the pool, and every request sent when due
//! and whole.

use std::time::Duration;

use crate::itinerary::SessionScope;
use crate::plan::{Asks, Plan};
use crate::scenario::{ArrivalKind, Routing, WhenFull};
use crate::theory::{Doubt, Formula, Prediction, Steady, Trust};
use crate::units::{Quantile, TimeScale};

/// Something that a formula takes for granted and a load does not keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Departure {
    /// A request asks for so many holds one after the other, so that holds are not asked for at random.
    SeveralHolds(u32),
    /// A request holds so many connections at once.
    HeldTogether(u32),
    /// The gaps between arrivals are constant, and no formula is for that here.
    ConstantArrivals,
    /// Others take this share of the pool.
    Bystanders(f64),
    /// The rate changes.
    Stages,
    /// So many requests are due at once.
    Burst(u32),
    /// So many in flight may be reached, and then requests are queued or shed.
    InFlightCap(u32, WhenFull),
    /// Some requests fail on the way, and hold for another time.
    Failures,
    /// Steps compute, and keep this share of the service's processors busy: no formula here has a line before a
    /// processor.
    Computing(f64),
    /// Requests find their pool in a way that leaves no pool random arrivals.
    Routing(Routing),
    /// The only formula there is, is no more than a guide.
    Guide(Formula, Doubt),
    /// The formula is an approximation, and a number of connections is to be exact.
    Approximate(Formula),
}

/// Whether waiting ends with the acquire timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Nobody gives up.
    Endless,
    /// The acquire timeout of the plan.
    Timeout,
}

/// A load of others below this share of what the pool has to spare, or lacks, does not move the waits. In a pool
/// of many connections that seldom queues a hundredth moves the share that waits by a fifth.
const LITTLE: f64 = 1e-4;
/// So far above its mean a Poisson number is not seen.
const DEVIATIONS: f64 = 6.0;
/// After so long the wait is told of a load without a steady state.
const HOUR: Duration = Duration::from_secs(3600);

impl Departure {
    /// In what the open loop of a plan differs, whatever the waits are.
    #[must_use]
    pub fn of(plan: &Plan, scope: SessionScope) -> Vec<Self> {
        let each = plan.all_kinds().map(|kind| kind.itinerary(scope).acquisitions());
        let (holds, together) = (each.max().unwrap_or(0), plan.most_held(scope));
        let mut found = Vec::new();
        if together > 1 {
            found.push(Self::HeldTogether(together));
        } else if holds > 1 {
            found.push(Self::SeveralHolds(holds));
        }
        let pools = f64::from(plan.pool_count().max(1));
        let size = f64::from(plan.pool.size);
        let asked = plan.load.rate.as_per_second() * plan.hold_time(scope).as_secs_f64() / pools;
        let others =
            plan.bystander.as_ref().map_or(0.0, |it| it.rate.as_per_second() * it.time.as_secs_f64());
        if others / pools > LITTLE * (size - asked).abs().min(size) {
            found.push(Self::Bystanders(others / pools / size));
        }
        if !plan.load.stages.is_empty() {
            found.push(Self::Stages);
        }
        if plan.load.burst > 0 {
            found.push(Self::Burst(plan.load.burst));
        }
        if plan.asks_for_failures() == Asks::Yes {
            found.push(Self::Failures);
        }
        if !plan.computing().is_zero() {
            found.push(Self::Computing(plan.computing_share()));
        }
        if let Some(fleet) = &plan.fleet {
            let random = fleet.routing == Routing::Random && plan.load.arrivals == ArrivalKind::Poisson;
            if !random && fleet.pools > 1 {
                found.push(Self::Routing(fleet.routing));
            }
        }
        found
    }

    /// What a prediction at a clock itself leaves in doubt: its formula, and whether the in-flight cap stays
    /// clear.
    fn of_prediction(
        plan: &Plan,
        scope: SessionScope,
        prediction: &Prediction,
        clock: TimeScale,
    ) -> Vec<Self> {
        let mut found = Vec::new();
        let constant = plan.load.arrivals == ArrivalKind::Constant;
        match prediction {
            Prediction::Steady(Steady { formula, trust: Trust::Guide(doubt), .. }) => {
                found.push(if constant { Self::ConstantArrivals } else { Self::Guide(*formula, *doubt) });
            }
            // At exactly full load paced requests never queue, and random ones without end.
            Prediction::NoSteadyState(overload) if constant && overload.growth().is_none() => {
                found.push(Self::ConstantArrivals);
            }
            _ => {}
        }
        if in_flight_at_most(plan, scope, prediction, clock) > f64::from(plan.load.in_flight_cap) {
            found.push(Self::InFlightCap(plan.load.in_flight_cap, plan.load.when_full));
        }
        found
    }
}

impl Departure {
    /// In what a load differs from what the formula of a prediction takes for granted, which was made at this
    /// clock; nothing where it speaks of it.
    pub(in crate::analyse) fn from(
        plan: &Plan,
        scope: SessionScope,
        prediction: &Prediction,
        clock: TimeScale,
    ) -> Vec<Self> {
        let mut found = Self::of(plan, scope);
        let own = Self::of_prediction(plan, scope, prediction, clock);
        // With reasons enough that no formula is for this, one that would be a guide is none more.
        let guides = !found.is_empty();
        found.extend(own.into_iter().filter(|it| !(guides && matches!(it, Self::Guide(..)))));
        found
    }
}

/// More requests than this are hardly ever in flight.
fn in_flight_at_most(plan: &Plan, scope: SessionScope, prediction: &Prediction, clock: TimeScale) -> f64 {
    let rate = plan.load.rate.scaled(clock).as_per_second();
    let request = clock.scaled(plan.request_time()).as_secs_f64();
    let mean = match prediction {
        Prediction::Steady(steady) => {
            let rare = Quantile::new(0.999_999).unwrap_or(Quantile::P999);
            let wait = steady.waits.quantile(rare).map_or(f64::INFINITY, |wait| wait.as_secs_f64());
            rate * (request + wait * plan.acquisitions(scope))
        }
        Prediction::NoSteadyState(overload) => {
            rate * request
                + overload.wait_after(clock.scaled(HOUR)).as_secs_f64()
                    * overload.throughput().as_per_second()
        }
    };
    mean + DEVIATIONS * mean.sqrt() + 10.0
}
