//! From a stored plan to lanes: the arrivals, phases and times of a real run of it.

use std::time::Duration;

use super::engine::{Routing, WhenFull};
use super::failing::{FailingStep, Failures};
use super::lane::{Callers, HoldLaw, Lane, Load, Others, TwinError};
use crate::archive::PlanRecord;
use crate::arrivals::{Arrivals, Burst, Profile, Spacing, Stretch, stream_seed};
use crate::itinerary::{Itinerary, MarksFailed, SessionScope};
use crate::record::Window;
use crate::units::{Rate, TimeScale};

/// Streams of random draws; the numbers are those of a real run.
const REQUESTS: u64 = 0;
const BYSTANDERS: u64 = 1;
const FAILURES: u64 = 2;

/// Slices of a whole lane.
const MOST_SLICES: u64 = 3_000;

/// As good as no acquire timeout, at any clock; the callers of a real closed loop wait as long.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// A plan, and the clock at which it is played.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// The plan.
    pub plan: &'a PlanRecord,
    /// Time of the lanes ÷ nominal time.
    pub scale: TimeScale,
    /// Seed of every draw; that of the plan for the arrivals of its run.
    pub seed: u64,
}

/// How the holds of a lane vary.
#[derive(Debug, Clone)]
pub struct SideBySide {
    /// Those of requests.
    pub holds: HoldLaw,
    /// Those of bystanders.
    pub bystanders: HoldLaw,
}

impl<'a> Stage<'a> {
    /// A plan at nominal time, with its own seed.
    #[must_use]
    pub fn nominal(plan: &'a PlanRecord) -> Self {
        Self { plan, scale: TimeScale::NOMINAL, seed: plan.seed }
    }

    /// The plan as it was driven, with its own seed.
    #[must_use]
    pub fn as_driven(plan: &'a PlanRecord) -> Self {
        Self { plan, scale: plan.scale(), seed: plan.seed }
    }

    /// The open loop under a session scope.
    ///
    /// # Errors
    /// When the plan holds no sound rate or time.
    pub fn side_by_side(&self, scope: SessionScope, laws: SideBySide) -> Result<Lane, TwinError> {
        let (plan, window) = (self.plan, self.window()?);
        let others = match &plan.bystander {
            None => None,
            Some(other) => Some(Others {
                arrivals: self.stream(
                    Spacing::Poisson,
                    Profile::constant(self.rate(other.rate_per_s)?),
                    window,
                    BYSTANDERS,
                ),
                time: seconds(other.time_s)?,
                law: laws.bystanders,
            }),
        };
        let when_full = if plan.load.when_full == "shed" { WhenFull::Shed } else { WhenFull::Queue };
        let in_flight_cap = plan.load.in_flight_cap;
        let load = Load::Open { arrivals: self.requests(window)?, in_flight_cap, when_full };
        let cut = window.to.saturating_add(self.nanos(plan.phases.drain_s)?);
        self.lane(scope, laws.holds, load, others, (window, cut))
    }

    /// The closed loop under a session scope, with so many callers.
    ///
    /// # Errors
    /// When the plan holds no sound time.
    pub fn capacity(&self, scope: SessionScope, callers: u32, holds: HoldLaw) -> Result<Lane, TwinError> {
        let capacity = &self.plan.capacity;
        let from = self.nanos(capacity.warm_up_s)?;
        let window = Window { from, to: from.saturating_add(self.nanos(capacity.measure_s)?) };
        let request = self.scale.scaled(self.plan.workload().request_time());
        let callers = Callers {
            count: callers,
            think: self.scale.scaled(seconds(capacity.think_time_s)?),
            spread: request.min(Duration::from_nanos(from)),
        };
        let lane = self.lane(scope, holds, Load::Closed(callers), None, (window, window.to))?;
        Ok(Lane { timeout: FOR_EVER, ..lane })
    }

    /// A fingerprint of the due times of the open loop, as a real run leaves it.
    ///
    /// # Errors
    /// When the plan holds no sound rate or time.
    pub fn fingerprint(&self) -> Result<String, TwinError> {
        let requests = self.requests(self.window()?)?;
        let expected = requests.expected();
        Lane::check_expected(expected)?;
        Ok(requests.fingerprint().to_string())
    }

    fn lane(
        &self,
        scope: SessionScope,
        holds: HoldLaw,
        load: Load,
        others: Option<Others>,
        (window, cut): (Window, u64),
    ) -> Result<Lane, TwinError> {
        let plan = self.plan;
        let measured = window.to.checked_sub(window.from).filter(|span| *span > 0);
        let measured = measured.ok_or(TwinError::Unsound("measured span"))?;
        let itinerary = plan.itinerary(scope);
        Ok(Lane {
            failures: self.failures(&itinerary)?,
            itinerary,
            scale: self.scale,
            holds,
            load,
            others,
            pools: plan.pool_count(),
            connections: plan.pool.size,
            routing: routing(plan.fleet.as_ref().map_or("random", |fleet| fleet.routing.as_str())),
            timeout: self.scale.scaled(plan.acquire_timeout()),
            window,
            cut,
            // Some 150 slices make a chart. A measured span far shorter than the warm-up before it has
            // fewer, so that the slices of the whole lane fit into memory.
            step: (measured / 150).max(cut / MOST_SLICES).max(1),
            seed: self.seed,
        })
    }

    /// The steps that fail. A job outlives its request only if a step before has created it.
    fn failures(&self, itinerary: &Itinerary) -> Result<Failures, TwinError> {
        let (mut created, mut steps) = (false, Vec::new());
        for (step, record) in self.plan.steps.iter().enumerate() {
            created |= matches!(record.does.as_str(), "create-job" | "create-job-with-allocation");
            let Some(share) = record.fail_share else { continue };
            if !(0.0..=1.0).contains(&share) {
                return Err(TwinError::Unsound("fail-share"));
            }
            let kind = itinerary.workload().steps[step].kind;
            let job = if created { itinerary.scope().marks_failed(kind) } else { MarksFailed::RolledBack };
            steps.push(FailingStep { step, share, job });
        }
        Ok(Failures { seed: stream_seed(self.seed, FAILURES), steps })
    }

    fn window(&self) -> Result<Window, TwinError> {
        let from = self.nanos(self.plan.phases.warm_up_s)?;
        Ok(Window { from, to: from.saturating_add(self.nanos(self.plan.phases.measure_s)?) })
    }

    fn requests(&self, window: Window) -> Result<Arrivals, TwinError> {
        let load = &self.plan.load;
        let spacing = if load.arrivals == "constant" { Spacing::Constant } else { Spacing::Poisson };
        let rate = self.rate(load.rate_per_s)?;
        let (mut last, mut stretches) = (rate, Vec::new());
        for (shape, per_second, lasts) in &load.stages {
            let to = self.rate(*per_second)?;
            let from = if shape == "ramp" { last } else { to };
            last = to;
            stretches.push(Stretch { lasts: self.nanos(*lasts)?, from, to });
        }
        let burst = Burst { at: window.from, requests: load.burst };
        Ok(self.stream(spacing, Profile::new(rate, &stretches), window, REQUESTS).with_burst(burst))
    }

    fn stream(&self, spacing: Spacing, profile: Profile, window: Window, stream: u64) -> Arrivals {
        Arrivals::new(spacing, profile, window.to, stream_seed(self.seed, stream))
    }

    fn rate(&self, per_second: f64) -> Result<Rate, TwinError> {
        let scaled = Rate::per_second(per_second).map(|rate| rate.scaled(self.scale));
        scaled.filter(|rate| rate.as_per_second().is_finite()).ok_or(TwinError::Unsound("rate"))
    }

    fn nanos(&self, nominal: f64) -> Result<u64, TwinError> {
        let time = self.scale.scaled(seconds(nominal)?);
        u64::try_from(time.as_nanos()).map_err(|_| TwinError::Unsound("time"))
    }
}

fn seconds(nominal: f64) -> Result<Duration, TwinError> {
    Duration::try_from_secs_f64(nominal).map_err(|_| TwinError::Unsound("time"))
}

fn routing(word: &str) -> Routing {
    match word {
        "round-robin" => Routing::RoundRobin,
        "least-loaded" => Routing::LeastLoaded,
        _ => Routing::Random,
    }
}
