//! The lanes of a plan at the clock at which they run: arrivals, callers and measured spans. The live
//! driver and the twin read the same ones, so that one seed offers one stream of requests to both.

use std::time::Duration;

use super::Plan;
use crate::arrivals::{Arrivals, Burst, Profile, RequestSeeds, Spacing, Stretch, stream_seed};
use crate::record::{Nanos, Window};
use crate::scenario::{ArrivalKind, StageShape};
use crate::units::TimeScale;

/// Streams of random draws, each with a seed of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedStream {
    /// When requests are due.
    Requests,
    /// When bystanders are due.
    Bystanders,
    /// Which steps fail.
    Failures,
    /// How long steps take whose times vary.
    StepTimes,
    /// Of which kind requests are.
    Kinds,
}

impl SeedStream {
    /// Its seed under the seed of a run.
    #[must_use]
    pub fn seed(self, seed: u64) -> u64 {
        stream_seed(seed, self as u64)
    }

    /// The seeds of what is drawn for each request, under the seed of a run.
    #[must_use]
    pub fn of_requests(seed: u64) -> RequestSeeds {
        RequestSeeds {
            failures: Self::Failures.seed(seed),
            step_times: Self::StepTimes.seed(seed),
            kinds: Self::Kinds.seed(seed),
        }
    }
}

/// As good as no acquire timeout, at any clock. What saturated callers wait is their own doing: a
/// timeout would only turn the measurement of throughput into one of retries.
pub const NO_TIMEOUT: Duration = Duration::from_secs(3600);

/// An open loop as it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenLoop {
    /// Due times of the requests.
    pub requests: Arrivals,
    /// Due times of the bystanders.
    pub bystanders: Option<Arrivals>,
    /// The measured span; what is due before it is warm-up.
    pub window: Window,
    /// When the drain ends, at the latest.
    pub drain_until: Nanos,
}

/// A closed loop as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedLoop {
    /// How many callers.
    pub callers: u32,
    /// How long each pauses between the end of a request and the next.
    pub think: Nanos,
    /// They start evenly spread over this time, so that they do not move in step.
    pub spread: Nanos,
    /// The measured span.
    pub window: Window,
}

impl Plan {
    /// The open loop at this clock, with arrivals drawn from this seed.
    #[must_use]
    pub fn open_loop(&self, clock: TimeScale, seed: u64) -> OpenLoop {
        let driven = |time| nanos(clock.scaled(time));
        let from = driven(self.phases.warm_up);
        let window = Window { from, to: from.saturating_add(driven(self.phases.measure)) };
        let spacing = match self.load.arrivals {
            ArrivalKind::Poisson => Spacing::Poisson,
            ArrivalKind::Constant => Spacing::Constant,
        };
        let stream = |spacing, profile, stream: SeedStream| {
            Arrivals::new(spacing, profile, window.to, stream.seed(seed))
        };
        let burst = Burst { at: window.from, requests: self.load.burst };
        OpenLoop {
            requests: stream(spacing, self.profile(clock), SeedStream::Requests).with_burst(burst),
            bystanders: self.bystander.map(|other| {
                let profile = Profile::constant(other.rate.scaled(clock));
                stream(Spacing::Poisson, profile, SeedStream::Bystanders)
            }),
            window,
            drain_until: window.to.saturating_add(driven(self.phases.drain)),
        }
    }

    /// The closed loop at this clock, with so many callers.
    #[must_use]
    pub fn closed_loop(&self, clock: TimeScale, callers: u32) -> ClosedLoop {
        let driven = |time| nanos(clock.scaled(time));
        let from = driven(self.capacity.warm_up);
        let window = Window { from, to: from.saturating_add(driven(self.capacity.measure)) };
        ClosedLoop {
            callers,
            think: driven(self.capacity.think_time),
            spread: driven(self.request_time()).min(from),
            window,
        }
    }

    /// The rate of requests over time, as driven.
    fn profile(&self, clock: TimeScale) -> Profile {
        let rate = self.load.rate.scaled(clock);
        let mut last = rate;
        let stages = self.load.stages.iter().map(|stage| {
            let to = stage.rate.scaled(clock);
            let from = match stage.shape {
                StageShape::Step => to,
                StageShape::Ramp => last,
            };
            last = to;
            Stretch { lasts: nanos(clock.scaled(stage.lasts)), from, to }
        });
        Profile::new(rate, &stages.collect::<Vec<_>>())
    }
}

fn nanos(time: Duration) -> Nanos {
    Nanos::try_from(time.as_nanos()).unwrap_or(Nanos::MAX)
}
