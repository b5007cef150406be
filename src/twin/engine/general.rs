//! The general engine: one event after the other, for whatever a plan asks.
//!
//! Events that fall on one instant happen in this order: steps end, requests arrive, waits time out;
//! so a connection that comes free at the last moment of a wait is still taken. Steps that end at one instant
//! end in the order in which they began, and so do waits; who is let go on by one of them goes on before the
//! next. A step that takes no time is none: nothing comes between what is before it and what is after it.

use std::collections::VecDeque;

mod gate;
mod steps;

use super::arrivals::Instants;
use super::code::Code;
use super::law::Sampler;
use super::plan::{EnginePlan, RequestSource};
use super::requests::{PoolState, RequestTable};
use super::route::{Blind, Loads};
use super::run::{Ended, PlayError, Shard};
use super::seed::{Bits, ByRequest, DrawStream, Seed};
use super::sim_time::SimTime;
use super::sink::Sink;
use super::timers::{Timer, TimerQueue, Timers};
use gate::InFlightGate;

/// A plan while it is played.
#[derive(Debug)]
pub(super) struct General<'p, S> {
    plan: &'p EnginePlan,
    sink: &'p mut S,
    shard: Shard,
    code: Code,
    requests: RequestTable,
    pools: Vec<PoolState>,
    /// The service of each pool.
    services: Vec<Computing>,
    route: Option<Blind>,
    loads: Option<Loads>,
    gate: Option<InFlightGate>,
    classes: Vec<Playing>,
    timers: Timers,
    /// First the queues of fixed times, then those of the timeouts.
    queues: Vec<TimerQueue>,
    /// When each source of events has its next one: timers, fixed times, arrivals, waits.
    next: Vec<SimTime>,
    /// Requests that got a connection while another one was at work.
    ready: VecDeque<u32>,
    /// Timers that were set.
    began: u64,
    /// Pools in deadlock, and since when.
    stalled: Vec<(u32, SimTime)>,
    now: SimTime,
    ended: Ended,
}

/// The processors of a service.
#[derive(Debug, Clone, Default)]
struct Computing {
    busy: u32,
    /// Who waits for one, and how long each will keep it busy.
    line: VecDeque<(u32, SimTime)>,
}

/// A class while it is played.
#[derive(Debug)]
struct Playing {
    steps: ByRequest,
    source: PlayingSource,
    timeout: Option<(u32, SimTime)>,
}

#[derive(Debug)]
enum PlayingSource {
    Open { instants: Option<Instants>, number: u64 },
    Closed { callers: u32, think: Sampler, spread: SimTime, draws: ByRequest },
}

impl<'p, S: Sink> General<'p, S> {
    pub(super) fn new(plan: &'p EnginePlan, seed: Seed, shard: Shard, sink: &'p mut S) -> Self {
        let code = Code::new(plan);
        let mut timeouts: Vec<SimTime> = Vec::new();
        let classes: Vec<Playing> = plan
            .classes
            .iter()
            .enumerate()
            .map(|(index, class)| Playing {
                steps: seed.by_request(DrawStream::Steps, index),
                source: match &class.source {
                    RequestSource::Closed { callers, think, spread } => PlayingSource::Closed {
                        callers: *callers,
                        think: think.sampler(),
                        spread: *spread,
                        draws: seed.by_request(DrawStream::Think, index),
                    },
                    open => PlayingSource::Open { instants: open.instants(), number: 0 },
                },
                timeout: class.timeout.map(|timeout| {
                    let known = timeouts.iter().position(|other| *other == timeout);
                    let index = known.unwrap_or_else(|| {
                        timeouts.push(timeout);
                        timeouts.len() - 1
                    });
                    ((code.queues.len() + index) as u32, timeout)
                }),
            })
            .collect();
        let queues = code.queues.len() + timeouts.len();
        let route = Blind::new(plan.routing, plan.pools, seed);
        let deepest = plan.classes.iter().map(|class| class.program.deepest()).max().unwrap_or(0);
        Self {
            pools: vec![PoolState::new(plan.connections); shard.len()],
            services: vec![Computing::default(); shard.len()],
            requests: RequestTable::new(deepest),
            loads: route.is_none().then(|| Loads::new(plan.pools)),
            gate: plan.cap.map(InFlightGate::new),
            queues: (0..queues).map(|_| TimerQueue::default()).collect(),
            next: vec![SimTime::NEVER; 1 + queues + classes.len()],
            timers: Timers::default(),
            ready: VecDeque::new(),
            began: 0,
            stalled: Vec::new(),
            now: SimTime::ZERO,
            ended: Ended::default(),
            plan,
            sink,
            shard,
            code,
            route,
            classes,
        }
    }

    pub(super) fn play(mut self) -> Result<Ended, PlayError> {
        self.run()
    }

    fn run(&mut self) -> Result<Ended, PlayError> {
        self.start()?;
        let fixed = 1 + self.code.queues.len();
        let arriving = fixed + self.classes.len();
        loop {
            let mut source = 0;
            let mut at = self.next[0];
            for (index, next) in self.next.iter().enumerate().skip(1) {
                if *next <= at && (*next < at || self.began_before(index, source)) {
                    (source, at) = (index, *next);
                }
            }
            if at == SimTime::NEVER {
                break;
            }
            self.now = at;
            if source == 0 {
                let slot = self.timers.take();
                self.step(slot);
                self.timers.settle();
            } else if source < fixed {
                if let Some(due) = self.queues[source - 1].take() {
                    self.step(due.slot());
                }
                self.next[source] = self.queues[source - 1].next();
            } else if source < arriving {
                self.arrive(source)?;
            } else {
                self.give_up(source);
            }
            self.next[0] = self.timers.next();
        }
        self.ended.stuck = self.requests.in_flight();
        self.close_gate();
        Ok(self.ended)
    }

    /// Of two sources of events that have one at the same instant, whether the later one comes first: both
    /// are steps, or both are waits, and its own began first.
    #[cold]
    fn began_before(&self, later: usize, earlier: usize) -> bool {
        let fixed = 1 + self.code.queues.len();
        let arriving = fixed + self.classes.len();
        let first = |source: usize| match source {
            0 => self.timers.first(),
            steps if steps < fixed => self.queues[steps - 1].first(),
            waits => self.queues[waits - 1 - self.classes.len()].first(),
        };
        let alike = later < fixed || earlier >= arriving;
        alike
            && matches!((first(later), first(earlier)), (Some(one), Some(other)) if one.rank() < other.rank())
    }

    /// A timer for a request that begins now.
    #[inline]
    fn begin_timer(&mut self, at: SimTime, slot: u32) -> Timer {
        self.began += 1;
        Timer::new(at, self.began, slot)
    }

    /// Sets the first arrivals, and the callers thinking.
    fn start(&mut self) -> Result<(), PlayError> {
        let fixed = 1 + self.code.queues.len();
        for class in 0..self.classes.len() {
            let Playing { source, .. } = &mut self.classes[class];
            match source {
                PlayingSource::Open { instants, .. } => self.next[fixed + class] = next_of(instants),
                PlayingSource::Closed { callers, think, spread, draws } => {
                    for caller in 0..*callers {
                        let slot = self.requests.add(class).ok_or(full(self.now))?;
                        let mut own = draws.of(caller.into());
                        let drawn = think.draw(&mut own).get();
                        // Spread as the load spreads them.
                        let first =
                            own.below(drawn + 1) + spread.get() / u64::from(*callers) * u64::from(caller);
                        let request = self.requests.get_mut(slot);
                        (request.number, request.at) = (caller.into(), self.code.starts[class]);
                        self.began += 1;
                        self.timers.add(Timer::new(SimTime::new(first), self.began, slot));
                    }
                }
            }
        }
        self.next[0] = self.timers.next();
        Ok(())
    }

    /// A request of an open loop comes.
    fn arrive(&mut self, source: usize) -> Result<(), PlayError> {
        let class = source - 1 - self.code.queues.len();
        let Playing { source: PlayingSource::Open { instants, number }, .. } = &mut self.classes[class]
        else {
            unreachable!("only open loops have arrivals")
        };
        if self.now > self.plan.until {
            self.next[source] = SimTime::NEVER;
            return Ok(());
        }
        self.next[source] = next_of(instants);
        let this = *number;
        *number += 1;
        if self.gate.as_ref().is_some_and(|gate| gate.is_for(class)) {
            return self.offer(class, this);
        }
        let pool = self.choose();
        if !self.shard.has(pool) {
            return Ok(());
        }
        let slot = self.admit(class, this, self.now, pool)?;
        self.ended.requests += 1;
        self.step(slot);
        Ok(())
    }

    /// Makes room for a request that is sent now.
    #[inline]
    fn admit(&mut self, class: usize, number: u64, arrived: SimTime, pool: u32) -> Result<u32, PlayError> {
        let slot = self.requests.add(class).ok_or(full(self.now))?;
        let request = self.requests.get_mut(slot);
        (request.arrived, request.number) = (arrived, number);
        request.own = self.classes[class].steps.of(number);
        let start = self.code.elsewhere(class, number).unwrap_or(self.code.starts[class]);
        (request.place, request.at) = (self.shard.place(pool) as u32, start);
        Ok(slot)
    }

    fn choose(&mut self) -> u32 {
        match (&mut self.route, &self.loads) {
            (Some(blind), _) => blind.next(),
            (None, Some(loads)) => loads.least(),
            (None, None) => 0,
        }
    }
}

fn next_of(instants: &mut Option<Instants>) -> SimTime {
    instants.as_mut().map_or(SimTime::NEVER, Instants::next)
}

fn full(at: SimTime) -> PlayError {
    PlayError::TooManyInFlight { at, most: RequestTable::MOST }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::{Arrivals, Profile, Spacing};
    use crate::scenario::Routing;
    use crate::twin::engine::{Law, Program, ProgramMove, RequestClass};
    use crate::units::Rate;

    fn plan(moves: Vec<ProgramMove>, per_second: f64, connections: u32, requests: u64) -> EnginePlan {
        let profile = Profile::constant(Rate::per_second(per_second).unwrap());
        let until = (requests as f64 / per_second * 1e9) as u64;
        let source = RequestSource::Open(Box::new(Arrivals::new(Spacing::Poisson, profile, until, 1)));
        let class = RequestClass {
            source,
            program: Program::new(moves).unwrap(),
            timeout: Some(SimTime::new(3_000_000_000)),
        };
        EnginePlan::fleet(3, connections, Routing::LeastLoaded, vec![class], SimTime::new(until)).unwrap()
    }

    /// A sink that listens to nothing.
    struct Nobody;

    impl Sink for Nobody {}

    fn law(millis: u64) -> ProgramMove {
        ProgramMove::Spend(Law::exponential(SimTime::new(millis * 1_000_000)).unwrap())
    }

    #[test]
    fn state_grows_with_what_is_in_flight_and_not_with_what_has_been() {
        let moves = || {
            vec![
                ProgramMove::Acquire,
                law(700),
                ProgramMove::Acquire,
                law(100),
                ProgramMove::Release,
                law(50),
                ProgramMove::Release,
                law(900),
            ]
        };
        let slots = |requests| {
            let plan = plan(moves(), 18.0, 10, requests);
            let mut sink = Nobody;
            let mut general = General::new(&plan, Seed(1), Shard::all(&plan), &mut sink);
            general.run().unwrap();
            assert_eq!(general.requests.in_flight(), 0);
            (general.requests.room(), general.queues.iter().map(TimerQueue::room).sum::<usize>())
        };
        let (short, long) = (slots(5_000), slots(100_000));
        assert!(long.0 <= 3 * short.0 && long.1 <= 4 * short.1, "{short:?} {long:?}");
    }

    #[test]
    fn a_run_that_outgrows_its_room_is_stopped() {
        let plan = plan(vec![law(1_000_000)], 1e5, 1, 1_000_000);
        let stopped = General::new(&plan, Seed(1), Shard::all(&plan), &mut Nobody).play();
        assert!(
            matches!(stopped, Err(PlayError::TooManyInFlight { most: RequestTable::MOST, .. })),
            "{stopped:?}"
        );
    }
}
