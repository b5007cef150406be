//! Requests that fail in a step, as a real run makes them fail: the failure draw of a request decides,
//! and the itinerary says what it still does, to the twin as to the driver.

use std::time::Duration;

use crate::arrivals::failure_draw;
use crate::itinerary::{Failing, Itinerary, Move, StepKind};

/// The failures that a scenario asks for: which requests fail, and in which step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AskedFailures {
    /// Seed of their [failure draws](crate::arrivals::failure_draw).
    pub seed: u64,
    /// Steps that fail, in the order in which a request comes to them.
    pub steps: Vec<FailingStep>,
}

/// A step that fails for some requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailingStep {
    /// Its index in the workload.
    pub step: usize,
    /// It fails for requests whose failure draw is below this.
    pub share: f64,
    /// How long it takes until then, nominal.
    pub after: Duration,
}

/// What requests do that fail in one step.
#[derive(Debug)]
pub(super) struct FailureBranch {
    /// The failure draw below which requests take it, unless they have failed before.
    pub(super) below: f64,
    /// The share of the requests that take it.
    pub(super) share: f64,
    /// All moves of such a request.
    pub(super) failing: Failing,
}

impl AskedFailures {
    /// The branches of requests that fail in this itinerary. There is one draw for all steps, so who
    /// gets past the first failing step fails later only where the share is larger.
    pub(super) fn branches(&self, itinerary: &Itinerary) -> Vec<FailureBranch> {
        let mut so_far = 0.0;
        let branches = self.steps.iter().filter_map(|failing| {
            let at = itinerary.moves().iter().position(|step| *step == Move::Perform(failing.step))?;
            let share = failing.share.min(1.0) - so_far;
            (share > 0.0).then(|| {
                so_far += share;
                let lasting = itinerary.lasting(failing.step, failing.after);
                FailureBranch { below: failing.share, share, failing: lasting.failing_at(at) }
            })
        });
        branches.collect()
    }

    /// Name and kind of each step that fails.
    pub(super) fn named<'a>(
        &'a self,
        itinerary: &'a Itinerary,
    ) -> impl Iterator<Item = (String, StepKind)> + 'a {
        let steps = self.steps.iter().map(|failing| &itinerary.workload().steps[failing.step]);
        steps.map(|step| (step.name.clone(), step.kind))
    }

    /// The step in which a request fails that does fail, as its place among the steps that fail.
    pub(super) fn step_of(&self, request: u64) -> Option<usize> {
        let draw = failure_draw(self.seed, request);
        self.steps.iter().position(|failing| draw < failing.share)
    }

    /// Mean time of a request without any waiting, nominal.
    pub(super) fn request_time(&self, itinerary: &Itinerary) -> Duration {
        let whole = itinerary.workload().request_time();
        let branches = self.branches(itinerary);
        let failed: f64 = branches.iter().map(|branch| branch.share).sum();
        branches.iter().fold(whole.mul_f64((1.0 - failed).max(0.0)), |mean, branch| {
            mean + branch.time().mul_f64(branch.share)
        })
    }
}

impl FailureBranch {
    fn time(&self) -> Duration {
        self.failing.itinerary.timed().map(|timed| timed.lasts).sum()
    }
}
