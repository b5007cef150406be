//! The mix of requests: what all kinds of them do, those that fail among them, and what a request does on
//! average.

use std::time::Duration;

use super::Plan;
use crate::itinerary::{Itinerary, Move, SessionScope, StepKind, Varies, Workload};
use crate::scenario::{Operation, RequestKind, StepFailure, USUAL};

/// A kind of requests of a plan: the usual one, or one beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindRef<'a> {
    /// What tables call it.
    pub name: &'a str,
    /// Its share of all requests.
    pub share: f64,
    /// The steps with their times.
    pub workload: &'a std::sync::Arc<Workload>,
    /// What each step does; same length as the workload's steps.
    pub operations: &'a [Operation],
    failures: &'a [StepFailure],
}

/// A way that some of the requests go.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The share of all requests that go it.
    pub share: f64,
    /// What they do.
    pub itinerary: Itinerary,
    /// How they end.
    pub ends: WayEnds,
}

/// How requests end that go a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayEnds {
    /// They complete.
    Completed,
    /// A step fails because the scenario asks for it.
    Failed,
}

/// Whether the scenario asks for failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// At least one step has a fail-share above 0.
    Yes,
    /// No step has a fail-share above 0.
    No,
}

impl KindRef<'_> {
    /// What a request of this kind does under a session scope, nominal.
    #[must_use]
    pub fn itinerary(&self, scope: SessionScope) -> Itinerary {
        Itinerary::new(scope, self.workload.clone())
    }

    /// Share of the requests of this kind for which a step fails because the scenario asks for it; 0 where
    /// it never does.
    #[must_use]
    pub fn fail_share(&self, step: usize) -> f64 {
        self.failures.get(step).map_or(0.0, |failure| failure.share)
    }

    /// How long a step takes until it fails, nominal, where that is not its own time.
    #[must_use]
    pub fn fails_after(&self, step: usize) -> Option<Duration> {
        self.failures.get(step).and_then(|failure| failure.after)
    }

    /// How long a step takes until it fails, nominal.
    #[must_use]
    pub fn fail_after(&self, step: usize) -> Duration {
        let own = self.workload.steps.get(step).map_or(Duration::ZERO, |step| step.time);
        self.fails_after(step).unwrap_or(own)
    }

    /// The ways of its requests. There is one draw for all steps, so who gets past the first of them fails in
    /// a later one only where the share is larger there.
    fn ways(&self, scope: SessionScope) -> Vec<Way> {
        let whole = self.itinerary(scope);
        let mut failed = 0.0;
        let mut ways = Vec::new();
        for (at, step) in whole.moves().iter().enumerate() {
            let Move::Perform(step) = step else { continue };
            let share = self.fail_share(*step).min(1.0) - failed;
            if share > 0.0 {
                failed += share;
                let itinerary = whole.lasting(*step, self.fail_after(*step)).failing_at(at).itinerary;
                ways.push(Way { share: share * self.share, itinerary, ends: WayEnds::Failed });
            }
        }
        let completed = (1.0 - failed) * self.share;
        ways.insert(0, Way { share: completed, itinerary: whole, ends: WayEnds::Completed });
        ways
    }
}

impl Plan {
    /// All kinds of requests, the usual one first.
    pub fn all_kinds(&self) -> impl Iterator<Item = KindRef<'_>> {
        let others = self.kinds.iter().map(|RequestKind { name, share, workload, operations, failures }| {
            KindRef { name, share: *share, workload, operations, failures }
        });
        std::iter::once(self.usual_kind()).chain(others)
    }

    /// The usual kind of requests.
    #[must_use]
    pub fn usual_kind(&self) -> KindRef<'_> {
        KindRef {
            name: USUAL,
            share: 1.0 - self.kinds.iter().map(|kind| kind.share).sum::<f64>(),
            workload: &self.workload,
            operations: &self.operations,
            failures: &self.failures,
        }
    }

    /// Of each kind beside the usual one the kind draw below which requests are of it, unless they are of an
    /// earlier one.
    pub fn kind_bounds(&self) -> impl Iterator<Item = f64> {
        self.kinds.iter().scan(0.0, |so_far, kind| {
            *so_far += kind.share;
            Some(*so_far)
        })
    }

    /// The ways that requests go under a session scope: of each kind those that complete, and those of which
    /// a step fails because the scenario asks for it.
    #[must_use]
    pub fn ways(&self, scope: SessionScope) -> Vec<Way> {
        self.all_kinds().flat_map(|kind| kind.ways(scope)).collect()
    }

    /// Whether the scenario asks for failures.
    #[must_use]
    pub fn asks_for_failures(&self) -> Asks {
        let asks = |kind: KindRef<'_>| (0..kind.workload.steps.len()).any(|step| kind.fail_share(step) > 0.0);
        if self.all_kinds().any(asks) { Asks::Yes } else { Asks::No }
    }

    /// The mean over all requests that do not fail.
    fn mean(&self, of: impl Fn(&KindRef<'_>) -> f64) -> f64 {
        self.all_kinds().map(|kind| kind.share * of(&kind)).sum()
    }

    /// The time of one request without any waiting, nominal; the mean where requests differ.
    #[must_use]
    pub fn request_time(&self) -> Duration {
        if self.kinds.is_empty() {
            return self.workload.request_time();
        }
        seconds(self.mean(|kind| kind.workload.request_time().as_secs_f64()))
    }

    /// The same of the kind that takes longest.
    #[must_use]
    pub fn longest_request(&self) -> Duration {
        self.all_kinds().map(|kind| kind.workload.request_time()).max().unwrap_or_default()
    }

    /// Connection time of one request, nominal; the mean where requests differ.
    #[must_use]
    pub fn hold_time(&self, scope: SessionScope) -> Duration {
        if self.kinds.is_empty() {
            return self.itinerary(scope).hold_time();
        }
        seconds(self.mean(|kind| kind.itinerary(scope).hold_time().as_secs_f64()))
    }

    /// How often one request asks the pool for a connection; the mean where kinds differ.
    #[must_use]
    pub fn acquisitions(&self, scope: SessionScope) -> f64 {
        self.mean(|kind| f64::from(kind.itinerary(scope).acquisitions()))
    }

    /// The same where it is the same for all kinds.
    #[must_use]
    pub fn same_acquisitions(&self, scope: SessionScope) -> Option<u32> {
        let mut all = self.all_kinds().map(|kind| kind.itinerary(scope).acquisitions());
        let first = all.next()?;
        all.all(|it| it == first).then_some(first)
    }

    /// The most connections that one request holds at once.
    #[must_use]
    pub fn most_held(&self, scope: SessionScope) -> u32 {
        self.all_kinds().map(|kind| kind.itinerary(scope).most_held()).max().unwrap_or(0)
    }

    /// Whether the holds of requests differ by more than what disturbs them: by kind, by times that vary, or
    /// since they wait for a processor.
    #[must_use]
    pub fn holds_vary(&self, scope: SessionScope) -> Varies {
        let varies =
            |kind: KindRef<'_>| kind.itinerary(scope).holds().iter().any(|hold| hold.varies() == Varies::Yes);
        if !self.kinds.is_empty() || self.all_kinds().any(varies) { Varies::Yes } else { Varies::No }
    }

    /// Whether a connection is held while a step computes, and so while it waits for a processor.
    #[must_use]
    pub fn computes_in_holds(&self, scope: SessionScope) -> bool {
        self.all_kinds()
            .any(|kind| kind.itinerary(scope).holds().iter().any(|hold| !hold.computing.is_zero()))
    }

    /// Processor time of the service that one request takes, nominal; the mean where requests differ.
    #[must_use]
    pub fn computing(&self) -> Duration {
        seconds(self.mean(|kind| kind.workload.computing().as_secs_f64()))
    }

    /// Processors that the requests of the open loop keep busy ÷ those of all services; 0 where no step
    /// computes.
    #[must_use]
    pub fn computing_share(&self) -> f64 {
        let services = f64::from(self.pool_count().max(1)) * f64::from(self.processors.get());
        self.load.rate.as_per_second() * self.computing().as_secs_f64() / services
    }

    /// Whether a step of any kind of requests does this.
    #[must_use]
    pub fn has_step(&self, kind: StepKind) -> bool {
        self.all_kinds().any(|it| it.workload.steps.iter().any(|step| step.kind == kind))
    }
}

/// Of a sum that is neither negative nor longer than any plan.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}
