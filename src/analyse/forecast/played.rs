//! What the twin says of a plan where no formula speaks of it: the plan played over and over with other
//! seeds, and each figure with the range in which that of many more such runs lies.

use std::time::Duration;

use super::Patience;
use super::runs::{FIRST_STREAM, ROUNDING, Runs};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::twin::{HoldLaw, TwinError};

/// A number with a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranged {
    /// What all runs together gave.
    pub value: f64,
    /// What many more runs give is at least this.
    pub low: f64,
    /// And at most this.
    pub high: f64,
}

/// The figures of a plan that was played. Rates are of one pool, times in seconds.
#[derive(Debug, Clone)]
pub struct Played {
    /// Requests played in all runs, others among them.
    pub requests: u64,
    /// How many runs, each with another seed.
    pub runs: u32,
    /// Measured span of each, nominal.
    pub measured: Duration,
    /// Warm-up before it, nominal.
    pub warm_up: Duration,
    /// Whether that is the plan's, or as much of it as is played.
    pub length: Length,
    /// Runs in which requests waited for each other for ever, or until the timeout.
    pub deadlocked: u32,
    /// Share of the requests that completed.
    pub served: Ranged,
    /// Share of the requests that gave up.
    pub timed_out: Ranged,
    /// Share of the requests that were not sent.
    pub shed: Ranged,
    /// Requests per second that completed.
    pub throughput: Ranged,
    /// The waits for a connection; none where nobody asked for one.
    pub waits: Option<PlayedWaits>,
}

/// Waits of all holds that were asked for; one that gave up has waited its timeout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayedWaits {
    /// Share that waits at all.
    pub waiting: Ranged,
    /// Mean wait.
    pub mean: Ranged,
    /// Median; like the others none where too few waits were played to tell.
    pub p50: Option<Ranged>,
    /// 99th percentile.
    pub p99: Option<Ranged>,
    /// 99.9th percentile.
    pub p999: Option<Ranged>,
}

/// How much of a plan was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// All of it.
    Whole,
    /// A shorter warm-up and measured span, in the proportion of the plan's.
    Shortened,
}

/// Why a plan was not played.
#[derive(Debug, Clone, PartialEq)]
pub enum Unplayable {
    /// One run of it has more requests, or more connections, than are played in an instant.
    TooMuch,
    /// The twin cannot play it.
    Twin(TwinError),
}

impl Played {
    /// Plays a scope of a plan, some `budget` holds in all.
    ///
    /// # Errors
    /// When it cannot be played.
    pub fn of(
        plan: &Plan,
        scope: SessionScope,
        law: &HoldLaw,
        patience: Patience,
        budget: u64,
    ) -> Result<Self, Unplayable> {
        let runs = Runs::of(plan, scope, law, patience, (budget, FIRST_STREAM))?;
        let phases = runs.plan.phases;
        let seconds = phases.measure.as_secs_f64() * f64::from(plan.pool_count().max(1));
        let lost = runs.share(|it| it.due - it.completed);
        Ok(Self {
            requests: runs.requests,
            runs: runs.count as u32,
            measured: phases.measure,
            warm_up: phases.warm_up,
            length: runs.length,
            deadlocked: runs.deadlocked(),
            served: lost.rest(),
            timed_out: runs.share(|it| it.timed_out),
            shed: runs.share(|it| it.shed),
            throughput: runs.mean(|it| it.completed_in_window / seconds, |it| it.runs),
            waits: runs.waits(),
        })
    }
}

impl Ranged {
    /// A number above 0 with its error, as factors: such numbers are often small and seldom large.
    pub(super) fn around(value: f64, error: f64) -> Self {
        if value == 0.0 {
            return Self { value, low: 0.0, high: 0.0 };
        }
        let factor = (error / value).exp() * (1.0 + ROUNDING);
        Self { value, low: value / factor, high: value * factor }
    }

    /// What is left of a share.
    pub(super) fn rest(self) -> Self {
        Self { value: 1.0 - self.value, low: 1.0 - self.high, high: 1.0 - self.low }
    }

    /// Whether a number lies in the range.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}
