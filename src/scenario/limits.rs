//! How much a scenario may ask for. A file and the command line are held to the same limits, each
//! number where it is read, and what follows from several numbers here, when all are known.
//!
//! Rates, times and time scales carry their limits in [`crate::units`].

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Scenario, StepFailure};
use crate::itinerary::{SessionScope, Workload};
use crate::units::{self, LONGEST};

/// Connections of a pool.
pub const POOL_SIZE: RangeInclusive<u32> = 1..=10_000;

/// Pools of a fleet.
pub const FLEET: RangeInclusive<u32> = 1..=200_000;

/// Seeds: what a signed number of 64 bits in TOML can hold.
pub const SEED: RangeInclusive<u64> = 0..=i64::MAX as u64;

/// Callers of a closed loop, and requests of a burst or a claim.
pub const MOST_REQUESTS_AT_ONCE: u32 = 1_000_000;

/// Requests in flight.
pub const MOST_IN_FLIGHT: u32 = 10_000_000;

/// Steps of a request, stages of a load, claims, statements of a step.
pub const MOST_PARTS: usize = 1_000;

/// What a claim may expect, in whatever unit.
pub const MOST_EXPECTED: f64 = 1e15;

/// Requests due in one act: hours of a load that no machine carries.
pub const MOST_DUE: f64 = 1e10;

/// What a scenario asks too much of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Longer requests are a slip of the unit.
    #[error("all steps of a request take {0} together; make them at most 30 days")]
    TooLong(String),
    /// Moves that a scenario writes itself name the steps of one kind of requests.
    #[error(
        "a scope of the scenario's own names the steps of one kind of requests: leave it out, or [[kinds]]"
    )]
    KindsInOwnScope,
    /// More than anybody waits for.
    #[error(
        "some {0} requests would be due, and {most} are the most; lower load.rate (--rate) or phases.measure \
         (--measure), or what load.stages and bystander.rate ask for",
        most = units::number(MOST_DUE)
    )]
    TooManyDue(String),
}

impl Scenario {
    /// The scenario, if what follows from all its numbers together is within the limits.
    ///
    /// # Errors
    /// With the first limit that it passes.
    pub fn within_limits(self) -> Result<Self, LimitError> {
        // A step takes its own time, or for those that fail in it the other one.
        let longest = |workload: &Workload, failures: &[StepFailure]| {
            let hangs = failures.iter().filter_map(|failure| failure.after).max().unwrap_or_default();
            workload.request_time() + hangs
        };
        let usual = longest(&self.workload, &self.failures);
        let others = self.kinds.iter().map(|kind| longest(&kind.workload, &kind.failures));
        let request = others.fold(usual, Duration::max);
        if !self.kinds.is_empty() && self.scopes.iter().any(|scope| matches!(scope, SessionScope::Own(_))) {
            return Err(LimitError::KindsInOwnScope);
        }
        if request > LONGEST {
            return Err(LimitError::TooLong(units::time(request)));
        }
        let due = self.due_at_most();
        if due > MOST_DUE {
            return Err(LimitError::TooManyDue(units::number(due)));
        }
        Ok(self)
    }

    /// No fewer requests than are due in the open loop, bystanders too. The time scale changes nothing:
    /// in a shorter time they come as much faster.
    fn due_at_most(&self) -> f64 {
        let span = (self.phases.warm_up + self.phases.measure).as_secs_f64();
        let (mut left, mut due, mut rate) = (span, 0.0, self.load.rate.as_per_second());
        for stage in &self.load.stages {
            let next = stage.rate.as_per_second();
            let lasts = stage.lasts.min(Duration::from_secs_f64(left)).as_secs_f64();
            // A ramp never passes the higher of its ends.
            due += lasts * next.max(rate);
            left = (left - lasts).max(0.0);
            rate = next;
        }
        let others = self.bystander.map_or(0.0, |other| other.rate.as_per_second());
        due + left * rate + others * span + f64::from(self.load.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BUILTIN, Overrides, ScenarioError};

    fn altered(changes: &[(&str, &str)]) -> Result<Scenario, ScenarioError> {
        let mut text = BUILTIN[0].text.to_owned();
        for (line, by) in changes {
            assert!(text.contains(line), "{line}");
            text = text.replacen(line, by, 1);
        }
        Scenario::parse("x", "x.toml", &text)
    }

    #[test]
    fn a_file_that_asks_for_too_much_says_of_what() {
        let fault = altered(&[("rate = \"5/s\"", "rate = \"1000000000/s\"")]).unwrap_err().to_string();
        assert!(fault.contains("some 900,000,000,900") && fault.contains("load.rate"), "{fault}");
        let times = [("time = \"1s\"", "time = \"30d\""), ("time = \"177s\"", "time = \"30d\"")];
        let fault = altered(&times).unwrap_err().to_string();
        assert!(fault.contains("at most 30 days"), "{fault}");
    }

    #[test]
    fn two_sound_halves_may_ask_for_too_much_together() {
        let scenario = BUILTIN[0].scenario().unwrap();
        let changes = Overrides {
            rate: Some("100000/s".parse().unwrap()),
            measure: Some(LONGEST),
            ..Overrides::default()
        };
        let whole = scenario.with(&changes);
        assert!(matches!(whole.within_limits(), Err(LimitError::TooManyDue(_))));
    }

    #[test]
    fn a_billion_requests_are_not_too_many() {
        let ramp = "[[load.stages]]\nrate = \"1000000/s\"\nlasts = \"10s\"\nshape = \"ramp\"\n";
        let scenario = altered(&[("[phases]", &format!("{ramp}\n[phases]"))]).unwrap();
        assert_eq!(scenario.load.stages.len(), 1);
        assert!(scenario.within_limits().is_ok());
    }
}
