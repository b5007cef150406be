//! From a plan to the twin's lanes: the arrivals, phases and times of a real run of it.

use super::failing::{AskedFailures, FailingStep};
use super::kinds::{OtherKind, OtherKinds};
use super::lane::{ClosedLoad, HoldLaw, Lane, LaneLoad, Others, TwinError};
use crate::arrivals::Fingerprint;
use crate::itinerary::SessionScope;
use crate::plan::{KindRef, NO_TIMEOUT, Plan, SeedStream};
use crate::record::{Nanos, Window};
use crate::scenario::Routing;
use crate::units::TimeScale;

/// Slices of a whole lane.
const MOST_SLICES: u64 = 3_000;

/// A plan, and the clock at which it is played.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Time of the lanes ÷ nominal time.
    pub scale: TimeScale,
    /// Seed of every draw; that of the plan for the arrivals of its run.
    pub seed: u64,
}

/// How the holds of a lane vary.
#[derive(Debug, Clone)]
pub struct SideBySide {
    /// How the holds of requests vary.
    pub holds: HoldLaw,
    /// How the holds of bystanders vary.
    pub bystanders: HoldLaw,
}

impl<'a> Stage<'a> {
    /// A plan at nominal time, with its own seed.
    #[must_use]
    pub fn nominal(plan: &'a Plan) -> Self {
        Self { plan, scale: TimeScale::NOMINAL, seed: plan.seed }
    }

    /// The plan as it was driven, with its own seed.
    #[must_use]
    pub fn as_driven(plan: &'a Plan) -> Self {
        Self { plan, scale: plan.time_scale, seed: plan.seed }
    }

    /// The open loop under a session scope.
    ///
    /// # Errors
    /// When the plan has no measured span at this clock.
    pub fn side_by_side(&self, scope: SessionScope, laws: SideBySide) -> Result<Lane, TwinError> {
        let open = self.plan.open_loop(self.scale, self.seed);
        let others = open.bystanders.map(|arrivals| Others {
            arrivals,
            time: self.plan.bystander_time(),
            law: laws.bystanders,
        });
        let load = LaneLoad::Open {
            arrivals: open.requests,
            in_flight_cap: self.plan.load.in_flight_cap,
            when_full: self.plan.load.when_full,
        };
        self.lane(scope, laws.holds, load, others, (open.window, open.drain_until))
    }

    /// The closed loop under a session scope, with so many callers.
    ///
    /// # Errors
    /// When the plan has no measured span at this clock.
    pub fn capacity(&self, scope: SessionScope, callers: u32, holds: HoldLaw) -> Result<Lane, TwinError> {
        let closed = self.plan.closed_loop(self.scale, callers);
        let callers = ClosedLoad {
            count: closed.callers,
            think: std::time::Duration::from_nanos(closed.think),
            spread: std::time::Duration::from_nanos(closed.spread),
        };
        let window = closed.window;
        let lane = self.lane(scope, holds, LaneLoad::Closed(callers), None, (window, window.to))?;
        Ok(Lane { timeout: NO_TIMEOUT, ..lane })
    }

    /// A fingerprint of the due times of the open loop, as a real run leaves it.
    ///
    /// # Errors
    /// When there are more than are played.
    pub fn fingerprint(&self) -> Result<Fingerprint, TwinError> {
        let requests = self.plan.open_loop(self.scale, self.seed).requests;
        Lane::check_expected(requests.expected())?;
        Ok(requests.fingerprint())
    }

    fn lane(
        &self,
        scope: SessionScope,
        holds: HoldLaw,
        load: LaneLoad,
        others: Option<Others>,
        (window, cut): (Window, Nanos),
    ) -> Result<Lane, TwinError> {
        let plan = self.plan;
        let measured = window.to.checked_sub(window.from).filter(|span| *span > 0);
        let measured = measured.ok_or(TwinError::Unsound("measured span"))?;
        Ok(Lane {
            itinerary: plan.itinerary(scope),
            failures: self.failures(plan.usual_kind()),
            kinds: self.other_kinds(scope),
            scale: self.scale,
            holds,
            load,
            others,
            pools: plan.pool_count(),
            connections: plan.pool.size,
            processors: plan.processors,
            routing: plan.fleet.map_or(Routing::Random, |fleet| fleet.routing),
            timeout: self.scale.scaled(plan.pool.acquire_timeout),
            window,
            cut,
            // Some 150 slices make a chart. A measured span far shorter than the warm-up before it has
            // fewer, so that the slices of the whole lane fit into memory.
            step: (measured / 150).max(cut / MOST_SLICES).max(1),
            seed: self.seed,
        })
    }

    fn failures(&self, kind: KindRef<'_>) -> AskedFailures {
        let steps = (0..kind.workload.steps.len()).map(|step| FailingStep {
            step,
            share: kind.fail_share(step),
            after: kind.fail_after(step),
        });
        let steps = steps.filter(|failing| failing.share > 0.0);
        AskedFailures { seed: SeedStream::Failures.seed(self.seed), steps: steps.collect() }
    }

    fn other_kinds(&self, scope: SessionScope) -> OtherKinds {
        let others = self.plan.all_kinds().skip(1).zip(self.plan.kind_bounds());
        let kinds = others.map(|(kind, below)| OtherKind {
            below,
            itinerary: kind.itinerary(scope),
            failures: self.failures(kind),
        });
        OtherKinds { seed: SeedStream::Kinds.seed(self.seed), kinds: kinds.collect() }
    }
}
