//! One lane in virtual time: an itinerary under a load on a pool, from its plan to its tape.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use super::engine::{
    Bin, Engine, EnginePlan, InFlightCap, Law, LawError, PlanError, PlayError, Program, ProgramError,
    RequestClass, RequestSource, Seed, SimTime, engine, play_parallel,
};
use super::failing::AskedFailures;
use super::kinds::OtherKinds;
use super::tape_writer::{Frame, TapeWriter};
use crate::arrivals::Arrivals;
use crate::itinerary::Itinerary;
use crate::record::{Tape, Window};
use crate::scenario::{Routing, WhenFull};
use crate::units::{self, TimeScale};

/// How holds vary around what the itinerary plans. What lies between holds takes its planned time, which
/// varies where the scenario's steps do.
#[derive(Debug, Clone, PartialEq)]
pub enum HoldLaw {
    /// Every hold lasts as planned: the same for all requests, but for steps whose times vary.
    Fixed,
    /// Exponential, with the planned mean.
    Exponential,
    /// Lognormal, with the planned mean; `spread` is variance ÷ mean².
    LogNormal {
        /// Variance ÷ mean², at least 0.
        spread: f64,
    },
    /// As measured, whatever was planned, at the clock of the lane; every hold of a request draws from
    /// the same bins.
    Measured(Vec<Bin>),
}

impl HoldLaw {
    /// Spreads that are played. Above, hardly any draw is near the mean, and no run is long enough to
    /// see it.
    pub const SPREAD: std::ops::RangeInclusive<f64> = 0.0..=Law::WIDEST;
}

/// The load of a lane: an open or a closed loop.
#[derive(Debug, Clone)]
pub enum LaneLoad {
    /// An open loop, until the arrivals end.
    Open {
        /// When requests are due.
        arrivals: Arrivals,
        /// Most requests in flight at once; others do not count.
        in_flight_cap: u32,
        /// What becomes of those that are due while it is reached.
        when_full: WhenFull,
    },
    /// A closed loop, until the end of the measured span.
    Closed(ClosedLoad),
}

/// The callers of a closed loop.
#[derive(Debug, Clone, Copy)]
pub struct ClosedLoad {
    /// How many callers there are.
    pub count: u32,
    /// How long each pauses between two requests.
    pub think: Duration,
    /// They start evenly spread over this time.
    pub spread: Duration,
}

/// Cheap queries of others: a hold each.
#[derive(Debug, Clone)]
pub struct Others {
    /// When they are due.
    pub arrivals: Arrivals,
    /// How long each takes, nominal.
    pub time: Duration,
    /// How the times vary.
    pub law: HoldLaw,
}

/// All that a lane needs to know. Instants and waits are at the clock of the lane, which runs at
/// `scale` times the nominal one.
#[derive(Debug, Clone)]
pub struct Lane {
    /// What one request does, nominal.
    pub itinerary: Itinerary,
    /// Which requests of the usual kind fail on the way.
    pub failures: AskedFailures,
    /// The kinds of requests beside the usual one.
    pub kinds: OtherKinds,
    /// Time of the lane ÷ nominal time.
    pub scale: TimeScale,
    /// How holds vary.
    pub holds: HoldLaw,
    /// Its load.
    pub load: LaneLoad,
    /// Others on the same pools.
    pub others: Option<Others>,
    /// How many pools there are.
    pub pools: u32,
    /// Connections in each.
    pub connections: u32,
    /// Processors in the service of each.
    pub processors: NonZeroU32,
    /// How a request finds its pool.
    pub routing: Routing,
    /// Longest wait for a connection.
    pub timeout: Duration,
    /// The measured span.
    pub window: Window,
    /// When the lane ends, in nanoseconds: what is under way then is cut off and counted.
    pub cut: u64,
    /// Length of the slices of its series, in nanoseconds.
    pub step: u64,
    /// Seed of every draw but the arrivals.
    pub seed: u64,
}

/// A lane that was played.
#[derive(Debug)]
pub struct PlayedLane {
    /// The tape that it leaves, like that of a real lane.
    pub tape: Tape,
    /// Requests played, others among them.
    pub requests: u64,
    /// The path that played it.
    pub engine: Engine,
}

/// Why a lane cannot be played.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TwinError {
    /// A time that no engine plays.
    #[error(transparent)]
    Law(#[from] LawError),
    /// Moves that no engine plays.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// It has more of something than the engines play.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It was stopped on the way.
    #[error(transparent)]
    Play(#[from] PlayError),
    /// It would take longer than two minutes or so.
    #[error(
        "some {} requests are more than are simulated; ask for a lower rate or a shorter span, at most {} requests",
        units::number(*.expected),
        units::count(Lane::MOST_REQUESTS)
    )]
    TooMany {
        /// How many are expected.
        expected: f64,
    },
    /// Measured holds say nothing about connections held together.
    #[error(
        "measured holds are for scopes that hold one connection at a time; leave the scope out, or give a law"
    )]
    Nested,
    /// The plan lacks something without which nothing can be played.
    #[error("the plan has no sound {0}; give one")]
    Unsound(&'static str),
}

impl Lane {
    /// The most requests that are played; at some 10 to 60 million a second they take two minutes at most.
    pub const MOST_REQUESTS: u64 = 1_000_000_000;

    /// Plays the lane. The tape does not depend on the number of threads.
    ///
    /// # Errors
    /// When it is more than can be played, or holds nonsense; see [`TwinError`].
    pub fn play(&self, threads: NonZeroUsize) -> Result<PlayedLane, TwinError> {
        let plan = self.plan()?;
        let Some(cap) = self.in_flight_cap() else { return Ok(self.play_plan(&plan, threads)?.0) };
        // A cap ties pools together and takes an event list. Where it is never reached it changes
        // nothing, and the faster way is the right one.
        let faster = self.pools > 1 || engine(&plan) != Engine::General;
        if faster {
            match self.play_plan(&plan, threads) {
                Ok((played, most)) if !may_reach(cap.most, &played.tape, most) => return Ok(played),
                Ok(_) | Err(TwinError::Play(PlayError::TooManyInFlight { .. })) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(self.play_plan(&plan.capped(cap), threads)?.0)
    }

    fn in_flight_cap(&self) -> Option<InFlightCap> {
        match self.load {
            LaneLoad::Open { in_flight_cap: most, when_full, .. } => {
                Some(InFlightCap { class: 0, most, when_full })
            }
            LaneLoad::Closed(_) => None,
        }
    }

    /// The lane, and more than how many requests were never in flight, where that is known.
    fn play_plan(
        &self,
        plan: &EnginePlan,
        threads: NonZeroUsize,
    ) -> Result<(PlayedLane, Option<u64>), TwinError> {
        let (writer, ended) = play_parallel(plan, Seed(self.seed), threads, || self.tape_writer(plan))?;
        let most = writer.crowd.most();
        Ok((PlayedLane { tape: writer.into_tape(), requests: ended.requests, engine: engine(plan) }, most))
    }

    pub(super) fn tape_writer(&self, plan: &EnginePlan) -> TapeWriter {
        TapeWriter::new(Frame {
            window: self.window,
            cut: self.cut,
            step: self.step,
            spans: self.spans(),
            connections: plan.all_connections(),
            failures: self.each_kind().map(|(_, failures)| failures.clone()).collect(),
            failing: self.each_kind().flat_map(|(itinerary, failures)| failures.named(itinerary)).collect(),
            kinds: self.kinds.clone(),
        })
    }

    /// Whether requests come whatever becomes of the earlier ones.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.load, LaneLoad::Open { .. })
    }

    /// The callers of a closed loop; none for an open one.
    #[must_use]
    pub fn callers(&self) -> Option<u32> {
        match &self.load {
            LaneLoad::Open { .. } => None,
            LaneLoad::Closed(callers) => Some(callers.count),
        }
    }

    pub(super) fn plan(&self) -> Result<EnginePlan, TwinError> {
        let timeout = Some(SimTime::from(self.timeout));
        let program = self.program()?;
        let source = match &self.load {
            LaneLoad::Open { arrivals, .. } => RequestSource::Open(Box::new(arrivals.clone())),
            LaneLoad::Closed(callers) => RequestSource::Closed {
                callers: callers.count,
                think: Law::fixed(callers.think.into())?,
                spread: callers.spread.into(),
            },
        };
        let mut classes = vec![RequestClass { source, program, timeout }];
        if let Some(others) = &self.others {
            let hold = self.law(&others.law, others.time)?;
            classes.push(RequestClass {
                source: RequestSource::Open(Box::new(others.arrivals.clone())),
                program: Program::hold(hold)?,
                timeout,
            });
        }
        Self::check_expected(self.expected())?;
        let until = SimTime::new(self.window.to.saturating_sub(1));
        let plan = EnginePlan::fleet(self.pools, self.connections, self.routing, classes, until)?;
        Ok(plan.computing(self.processors))
    }

    /// About how many requests will come, others among them.
    #[must_use]
    pub fn expected(&self) -> f64 {
        let requests = match &self.load {
            LaneLoad::Open { arrivals, .. } => arrivals.expected(),
            LaneLoad::Closed(callers) => self.closed_requests(callers),
        };
        requests + self.others.as_ref().map_or(0.0, |others| others.arrivals.expected())
    }

    pub(super) fn check_expected(expected: f64) -> Result<(), TwinError> {
        let few = expected <= Self::MOST_REQUESTS as f64;
        if few { Ok(()) } else { Err(TwinError::TooMany { expected }) }
    }

    /// About how many requests callers send: never more than if nobody waited or gave up.
    fn closed_requests(&self, callers: &ClosedLoad) -> f64 {
        let request = self.scale.scaled(self.request_time());
        let round = (request + callers.think).as_secs_f64();
        f64::from(callers.count) * self.window.to as f64 / 1e9 / round.max(1e-9)
    }
}

impl Lane {
    /// What requests of each kind do and which of them fail, the usual kind first.
    pub(super) fn each_kind(&self) -> impl Iterator<Item = (&Itinerary, &AskedFailures)> {
        let others = self.kinds.kinds.iter().map(|kind| (&kind.itinerary, &kind.failures));
        std::iter::once((&self.itinerary, &self.failures)).chain(others)
    }

    /// Mean time of a request without any waiting, nominal.
    fn request_time(&self) -> Duration {
        let (mut mean, mut so_far) = (Duration::ZERO, 0.0);
        for kind in &self.kinds.kinds {
            let share = (kind.below.min(1.0) - so_far).max(0.0);
            so_far += share;
            mean += kind.failures.request_time(&kind.itinerary).mul_f64(share);
        }
        mean + self.failures.request_time(&self.itinerary).mul_f64((1.0 - so_far).max(0.0))
    }
}

/// Whether a tape leaves room for more requests in flight than the cap allows: within a slice there are
/// at most those from before and all that came in it, and there were never more than the `most` that is
/// known otherwise.
fn may_reach(cap: u32, tape: &Tape, most: Option<u64>) -> bool {
    if most.is_some_and(|most| most <= u64::from(cap)) {
        return false;
    }
    let mut before = 0;
    tape.series.slices.iter().any(|slice| {
        let most = u64::from(before) + slice.due;
        before = slice.in_flight;
        most > u64::from(cap)
    })
}
