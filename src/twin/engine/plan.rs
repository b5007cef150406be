//! What is to be played.

use std::num::NonZeroU32;

use super::arrivals::Instants;
use super::law::Law;
use super::program::Program;
use super::sim_time::SimTime;
use crate::arrivals::Arrivals;
use crate::scenario::{Routing, WhenFull};

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestClass {
    /// When they come.
    pub source: RequestSource,
    /// What each of them does.
    pub program: Program,
    /// After what wait for a connection they give up, if they do.
    pub timeout: Option<SimTime>,
}

/// What sends the requests of a class: arrivals, or callers.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestSource {
    /// Open loop: they come whatever becomes of the earlier ones, until no more arrive.
    Open(Box<Arrivals>),
    /// Closed loop: each of so many callers thinks, sends a request, and thinks again when it is over.
    /// The first think time is a random part of a drawn one, so that callers do not start in step.
    Closed {
        /// How many callers there are.
        callers: u32,
        /// How long each thinks.
        think: Law,
        /// They begin evenly spread over this time, each after its first think time.
        spread: SimTime,
    },
}

/// Most requests of an open loop in flight at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlightCap {
    /// The class whose requests it counts.
    pub class: u32,
    /// How many of them may be in flight.
    pub most: u32,
    /// What becomes of those over it.
    pub when_full: WhenFull,
}

/// Pools, who asks for their connections, and how long.
#[derive(Debug, Clone, PartialEq)]
pub struct EnginePlan {
    pub(super) pools: u32,
    pub(super) connections: u32,
    pub(super) routing: Routing,
    pub(super) classes: Vec<RequestClass>,
    pub(super) until: SimTime,
    pub(super) cap: Option<InFlightCap>,
    pub(super) processors: u32,
}

/// Why a plan cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is nothing to play.
    #[error("a plan needs at least one {0}")]
    Nothing(&'static str),
    /// More than the engine plays at once.
    #[error("a plan has at most {most} {what}; this one has {count}")]
    TooMany {
        /// Of what there are too many.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many there may be.
        most: u64,
    },
    /// The run takes more virtual time than the clock counts.
    #[error(
        "the run would take more than 36 years of virtual time; ask for fewer requests, a shorter time or a higher rate"
    )]
    TooLong,
    /// A caller that never spends time would send requests without end at one instant.
    #[error(
        "a caller that neither thinks nor spends time in its request never lets time pass; give one of them a time"
    )]
    NoTimePasses,
}

impl RequestSource {
    /// The instants of an open loop.
    pub(super) fn instants(&self) -> Option<Instants> {
        match self {
            Self::Open(arrivals) => Some(Instants::new(arrivals.as_ref().clone())),
            Self::Closed { .. } => None,
        }
    }

    /// Whether requests come whatever becomes of the earlier ones.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self, Self::Closed { .. })
    }
}

impl EnginePlan {
    /// The most requests that are played.
    pub const MOST_REQUESTS: u64 = 10_000_000_000;
    /// The most pools.
    pub const MOST_POOLS: u64 = 4_000_000;
    /// The most classes.
    pub const MOST_CLASSES: u64 = 100;
    /// The most callers of a class.
    pub const MOST_CALLERS: u64 = 20_000_000;
    /// The longest virtual time that is expected to pass: 2⁶⁰ ns, 36 years.
    pub const LONGEST: SimTime = SimTime::new(1 << 60);

    /// One pool of connections, until an instant; those that have come by then are played to their end.
    ///
    /// # Errors
    /// As [`EnginePlan::fleet`].
    pub fn pool(connections: u32, classes: Vec<RequestClass>, until: SimTime) -> Result<Self, PlanError> {
        Self::fleet(1, connections, Routing::RoundRobin, classes, until)
    }

    /// Many pools of the same size, to which requests are routed.
    ///
    /// # Errors
    /// When there is nothing to play, or more than can be: see [`PlanError`].
    pub fn fleet(
        pools: u32,
        connections: u32,
        routing: Routing,
        classes: Vec<RequestClass>,
        until: SimTime,
    ) -> Result<Self, PlanError> {
        for (count, what) in [(pools, "pool"), (connections, "connection in a pool")] {
            if count == 0 {
                return Err(PlanError::Nothing(what));
            }
        }
        if classes.is_empty() {
            return Err(PlanError::Nothing("class of requests"));
        }
        at_most("pools", pools.into(), Self::MOST_POOLS)?;
        at_most("classes of requests", classes.len() as u64, Self::MOST_CLASSES)?;
        let plan = Self { pools, connections, routing, classes, until, cap: None, processors: 1 };
        plan.check_length()?;
        Ok(plan)
    }

    /// The same with a cap on the requests in flight.
    #[must_use]
    pub fn capped(self, cap: InFlightCap) -> Self {
        Self { cap: Some(cap), ..self }
    }

    /// The same with so many processors in the service of each pool, at least one, for what computes; else
    /// there is one.
    #[must_use]
    pub fn computing(self, processors: NonZeroU32) -> Self {
        Self { processors: processors.get(), ..self }
    }

    /// All connections of all pools.
    #[must_use]
    pub fn all_connections(&self) -> u64 {
        u64::from(self.pools) * u64::from(self.connections)
    }

    /// Whether no pool depends on another one.
    pub(super) fn has_pools_apart(&self) -> bool {
        let blind = self.routing != Routing::LeastLoaded && self.cap.is_none();
        blind && self.classes.iter().all(|class| class.source.is_open())
    }

    fn check_length(&self) -> Result<(), PlanError> {
        let seconds = |time: SimTime| time.get() as f64 / 1e9;
        let (mut rate, mut spent, mut held): (f64, f64, f64) = (0.0, 0.0, 0.0);
        let (mut due_requests, mut patience) = (0.0, Some(0.0_f64));
        let computes = self.classes.iter().any(|class| class.program.computes());
        for class in &self.classes {
            let (spends, holds) = class.program.spends().map_err(|_| PlanError::TooLong)?;
            let (spends, holds) = (seconds(spends), seconds(holds));
            match &class.source {
                RequestSource::Open(arrivals) => due_requests += arrivals.expected_until(self.until.get()),
                RequestSource::Closed { callers: 0, .. } => return Err(PlanError::Nothing("caller")),
                RequestSource::Closed { callers, think, .. } => {
                    at_most("callers", (*callers).into(), Self::MOST_CALLERS)?;
                    let round = seconds(think.mean()) + spends;
                    if round == 0.0 {
                        return Err(PlanError::NoTimePasses);
                    }
                    rate += f64::from(*callers) / round;
                }
            }
            let waits = class.timeout.map(|longest| seconds(longest) * f64::from(class.program.holds()));
            patience = patience.zip(waits).map(|(so_far, waits)| so_far.max(waits));
            spent = spent.max(spends);
            held = held.max(holds);
        }
        let time = seconds(self.until);
        let requests = rate * time + due_requests;
        at_most("requests", requests as u64, Self::MOST_REQUESTS)?;
        // When all have come, the connections still have to serve, at worst, all of them, or as many
        // as do not give up.
        let queue = held * requests / self.all_connections() as f64;
        let processors = f64::from(self.processors) * f64::from(self.pools);
        let line = if computes { spent * requests / processors } else { 0.0 };
        let longest = time + spent + line + patience.map_or(queue, |patience| queue.min(patience));
        if longest < seconds(Self::LONGEST) { Ok(()) } else { Err(PlanError::TooLong) }
    }
}

fn at_most(what: &'static str, count: u64, most: u64) -> Result<(), PlanError> {
    if count > most { Err(PlanError::TooMany { what, count, most }) } else { Ok(()) }
}
