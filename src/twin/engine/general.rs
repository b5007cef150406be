//! The general engine: one event after the other, for whatever a plan asks.
//!
//! Events that fall on one instant happen in this order: steps end, requests arrive, waits time out;
//! so a connection that comes free at the last moment of a wait is still taken.

use std::collections::VecDeque;

mod gate;
mod steps;

use super::arrivals::Instants;
use super::code::Code;
use super::law::Sampler;
use super::nanos::Nanos;
use super::plan::{Plan, Source};
use super::requests::{Pool, Requests};
use super::route::{Blind, Loads};
use super::run::{Ended, PlayError, Shard};
use super::seed::{Bits, ByRequest, Seed, Stream};
use super::sink::Sink;
use super::timers::{Due, Queue, Timers};
use gate::Gate;

/// A plan while it is played.
#[derive(Debug)]
pub(super) struct General<'p, S> {
    plan: &'p Plan,
    sink: &'p mut S,
    shard: Shard,
    code: Code,
    requests: Requests,
    pools: Vec<Pool>,
    route: Option<Blind>,
    loads: Option<Loads>,
    gate: Option<Gate>,
    classes: Vec<Playing>,
    timers: Timers,
    /// First the queues of fixed times, then those of the timeouts.
    queues: Vec<Queue>,
    /// When each source of events has its next one: timers, fixed times, arrivals, waits.
    next: Vec<Nanos>,
    /// Requests that got a connection while another one was at work.
    ready: VecDeque<u32>,
    /// Pools in deadlock, and since when.
    stalled: Vec<(u32, Nanos)>,
    now: Nanos,
    ended: Ended,
}

/// A class while it is played.
#[derive(Debug)]
struct Playing {
    steps: ByRequest,
    source: Coming,
    timeout: Option<(u32, Nanos)>,
}

#[derive(Debug)]
enum Coming {
    Open { instants: Option<Instants>, number: u64 },
    Closed { callers: u32, think: Sampler, spread: Nanos, draws: ByRequest },
}

impl<'p, S: Sink> General<'p, S> {
    pub(super) fn new(plan: &'p Plan, seed: Seed, shard: Shard, sink: &'p mut S) -> Self {
        let code = Code::new(plan);
        let mut timeouts: Vec<Nanos> = Vec::new();
        let classes: Vec<Playing> = plan
            .classes
            .iter()
            .enumerate()
            .map(|(index, class)| Playing {
                steps: seed.by_request(Stream::Steps, index),
                source: match &class.source {
                    Source::Closed { callers, think, spread } => Coming::Closed {
                        callers: *callers,
                        think: think.sampler(),
                        spread: *spread,
                        draws: seed.by_request(Stream::Think, index),
                    },
                    open => Coming::Open { instants: open.instants(), number: 0 },
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
            pools: vec![Pool::new(plan.connections); shard.len()],
            requests: Requests::new(deepest),
            loads: route.is_none().then(|| Loads::new(plan.pools)),
            gate: plan.cap.map(Gate::new),
            queues: (0..queues).map(|_| Queue::default()).collect(),
            next: vec![Nanos::NEVER; 1 + queues + classes.len()],
            timers: Timers::default(),
            ready: VecDeque::new(),
            stalled: Vec::new(),
            now: Nanos::ZERO,
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
                if *next < at {
                    (source, at) = (index, *next);
                }
            }
            if at == Nanos::NEVER {
                break;
            }
            self.now = at;
            if source == 0 {
                let slot = self.timers.take();
                self.step(slot);
                self.timers.settle();
            } else if source < fixed {
                if let Some(due) = self.queues[source - 1].take() {
                    self.step(due.slot);
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

    /// Sets the first arrivals, and the callers thinking.
    fn start(&mut self) -> Result<(), PlayError> {
        let fixed = 1 + self.code.queues.len();
        for class in 0..self.classes.len() {
            let Playing { source, .. } = &mut self.classes[class];
            match source {
                Coming::Open { instants, .. } => self.next[fixed + class] = next_of(instants),
                Coming::Closed { callers, think, spread, draws } => {
                    for caller in 0..*callers {
                        let slot = self.requests.add(class).ok_or(full(self.now))?;
                        let mut own = draws.of(caller.into());
                        let drawn = think.draw(&mut own).get();
                        // Spread as the load spreads them.
                        let first =
                            own.below(drawn + 1) + spread.get() / u64::from(*callers) * u64::from(caller);
                        let request = self.requests.get_mut(slot);
                        (request.number, request.at) = (caller.into(), self.code.starts[class]);
                        self.timers.add(Due { at: Nanos::new(first), slot });
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
        let Playing { source: Coming::Open { instants, number }, .. } = &mut self.classes[class] else {
            unreachable!("only open loops have arrivals")
        };
        if self.now > self.plan.until {
            self.next[source] = Nanos::NEVER;
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
    fn admit(&mut self, class: usize, number: u64, arrived: Nanos, pool: u32) -> Result<u32, PlayError> {
        let slot = self.requests.add(class).ok_or(full(self.now))?;
        let request = self.requests.get_mut(slot);
        (request.arrived, request.number) = (arrived, number);
        request.own = self.classes[class].steps.of(number);
        let start = self.code.failing(class, number).unwrap_or(self.code.starts[class]);
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

fn next_of(instants: &mut Option<Instants>) -> Nanos {
    instants.as_mut().map_or(Nanos::NEVER, Instants::next)
}

fn full(at: Nanos) -> PlayError {
    PlayError::TooManyInFlight { at, most: Requests::MOST }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::{Arrivals, Profile, Spacing};
    use crate::twin::engine::{Class, Law, Move, Program, Routing};
    use crate::units::Rate;

    fn plan(moves: Vec<Move>, per_second: f64, connections: u32, requests: u64) -> Plan {
        let profile = Profile::constant(Rate::per_second(per_second).unwrap());
        let until = (requests as f64 / per_second * 1e9) as u64;
        let source = Source::Open(Box::new(Arrivals::new(Spacing::Poisson, profile, until, 1)));
        let class =
            Class { source, program: Program::new(moves).unwrap(), timeout: Some(Nanos::new(3_000_000_000)) };
        Plan::fleet(3, connections, Routing::LeastLoaded, vec![class], Nanos::new(until)).unwrap()
    }

    /// A sink that listens to nothing.
    struct Nobody;

    impl Sink for Nobody {}

    fn law(millis: u64) -> Move {
        Move::Spend(Law::exponential(Nanos::new(millis * 1_000_000)).unwrap())
    }

    #[test]
    fn state_grows_with_what_is_in_flight_and_not_with_what_has_been() {
        let moves = || {
            vec![
                Move::Acquire,
                law(700),
                Move::Acquire,
                law(100),
                Move::Release,
                law(50),
                Move::Release,
                law(900),
            ]
        };
        let slots = |requests| {
            let plan = plan(moves(), 18.0, 10, requests);
            let mut sink = Nobody;
            let mut general = General::new(&plan, Seed(1), Shard::all(&plan), &mut sink);
            general.run().unwrap();
            assert_eq!(general.requests.in_flight(), 0);
            (general.requests.room(), general.queues.iter().map(Queue::room).sum::<usize>())
        };
        let (short, long) = (slots(5_000), slots(100_000));
        assert!(long.0 <= 3 * short.0 && long.1 <= 4 * short.1, "{short:?} {long:?}");
    }

    #[test]
    fn a_run_that_outgrows_its_room_is_stopped() {
        let plan = plan(vec![law(1_000_000)], 1e5, 1, 1_000_000);
        let stopped = General::new(&plan, Seed(1), Shard::all(&plan), &mut Nobody).play();
        assert!(
            matches!(stopped, Err(PlayError::TooManyInFlight { most: Requests::MOST, .. })),
            "{stopped:?}"
        );
    }
}
