//! The engines against each other, against closed forms, and against the books that any history must
//! keep.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use poolbench::arrivals::{Arrivals, Profile, Spacing};
use poolbench::record::Histogram;
use poolbench::scenario::{Routing, WhenFull};
use poolbench::theory::{
    self, Callers, ClosedLoopWaits, Connections, ExponentialWaits, Hold, Relaxation, TimeoutWaits,
    Variability, WaitLaw,
};
use poolbench::twin::engine::{
    Bin, Deadlock, Ended, Engine, EnginePlan, InFlightCap, Law, LawError, Merge, PlanError, PlayedOutcome,
    Program, ProgramBranch, ProgramError, ProgramMove, RequestClass, RequestRef, RequestSource, Seed,
    SimTime, Sink, engine, play, play_events, play_parallel,
};
use poolbench::units::Rate;
use proptest::prelude::*;

mod any_plan;
mod books;
mod closed_forms;
mod deadlocks;
mod order;

fn nanos(seconds: f64) -> SimTime {
    Duration::from_secs_f64(seconds).into()
}

fn fixed(seconds: f64) -> Law {
    Law::fixed(nanos(seconds)).unwrap()
}

fn exponential(seconds: f64) -> Law {
    Law::exponential(nanos(seconds)).unwrap()
}

fn lognormal(seconds: f64, spread: f64) -> Law {
    Law::lognormal(nanos(seconds), spread).unwrap()
}

/// Three bins, of which the middle one counts half.
fn measured(seconds: f64) -> Law {
    let bin =
        |low: f64, high: f64, count| Bin { low: nanos(low * seconds), high: nanos(high * seconds), count };
    Law::measured(&[bin(0.1, 0.4, 3), bin(0.5, 1.0, 6), bin(2.0, 3.0, 3), bin(9.0, 9.0, 0)]).unwrap()
}

fn spend(law: Law) -> ProgramMove {
    ProgramMove::Spend(law)
}

fn program(moves: Vec<ProgramMove>) -> Program {
    Program::new(moves).unwrap()
}

fn hold(law: Law) -> Program {
    Program::hold(law).unwrap()
}

fn arrivals(spacing: Spacing, per_second: f64, seed: u64) -> RequestSource {
    let profile = Profile::constant(Rate::per_second(per_second).unwrap());
    RequestSource::Open(Box::new(Arrivals::new(spacing, profile, u64::MAX, seed)))
}

fn poisson(per_second: f64) -> RequestSource {
    arrivals(Spacing::Poisson, per_second, per_second.to_bits())
}

fn paced(per_second: f64) -> RequestSource {
    arrivals(Spacing::Constant, per_second, 0)
}

fn class(source: RequestSource, program: Program) -> RequestClass {
    RequestClass { source, program, timeout: None }
}

fn within(timeout: f64, class: RequestClass) -> RequestClass {
    RequestClass { timeout: Some(nanos(timeout)), ..class }
}

/// One pool and the first so many requests of open loops.
fn one_pool(connections: u32, classes: Vec<RequestClass>, requests: usize) -> EnginePlan {
    fleet(1, connections, Routing::RoundRobin, classes, requests)
}

fn fleet(
    pools: u32,
    connections: u32,
    routing: Routing,
    classes: Vec<RequestClass>,
    requests: usize,
) -> EnginePlan {
    let of = |class: &RequestClass| match &class.source {
        RequestSource::Open(arrivals) => arrivals.as_ref().clone().take(requests),
        RequestSource::Closed { .. } => panic!("an open loop"),
    };
    let mut due: Vec<u64> = classes.iter().flat_map(of).collect();
    due.sort_unstable();
    EnginePlan::fleet(pools, connections, routing, classes, SimTime::new(due[requests - 1])).unwrap()
}

/// Sums over a whole run, exact to the nanosecond and the same whatever engine played it.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    /// Waits of those that got their connection.
    waits: Histogram,
    held: u128,
    responses: u128,
    completed: u64,
    timed_out: u64,
    failed: u64,
    deadlocks: u64,
}

impl Tally {
    fn mean_wait(&self) -> f64 {
        self.waits.sum() as f64 / self.waits.count() as f64 / 1e9
    }
}

impl Sink for Tally {
    fn acquired(&mut self, _: RequestRef, asked: SimTime, at: SimTime) {
        self.waits.note((at - asked).get());
    }
    fn released(&mut self, _: RequestRef, acquired: SimTime, at: SimTime) {
        self.held += u128::from((at - acquired).get());
    }
    fn finished(&mut self, who: RequestRef, _: SimTime, at: SimTime, outcome: PlayedOutcome) {
        match outcome {
            PlayedOutcome::Completed => {
                self.completed += 1;
                self.responses += u128::from((at - who.arrived).get());
            }
            PlayedOutcome::TimedOut => self.timed_out += 1,
            PlayedOutcome::Failed => self.failed += 1,
        }
    }
    fn deadlocked(&mut self, _: &Deadlock) {
        self.deadlocks += 1;
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.waits.merge(&other.waits);
        self.held += other.held;
        self.responses += other.responses;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.failed += other.failed;
        self.deadlocks += other.deadlocks;
    }
}

/// What happened, in which pool, to which hold, since when and when.
type Told = (&'static str, u32, u32, SimTime, SimTime);

/// Everything that was told about every request.
#[derive(Debug, Default, PartialEq)]
struct Histories {
    of: HashMap<(u32, u64), Vec<Told>>,
    deadlocks: Vec<Deadlock>,
    recovered: Vec<(u32, SimTime, SimTime)>,
}

impl Histories {
    fn note(&mut self, what: &'static str, who: RequestRef, from: SimTime, to: SimTime) {
        self.of.entry((who.class, who.request)).or_default().push((what, who.pool, who.hold, from, to));
    }
}

impl Sink for Histories {
    fn asked(&mut self, who: RequestRef, at: SimTime) {
        self.note("asked", who, at, at);
    }
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.note("acquired", who, asked, at);
    }
    fn gave_up(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.note("gave up", who, asked, at);
    }
    fn released(&mut self, who: RequestRef, acquired: SimTime, at: SimTime) {
        self.note("released", who, acquired, at);
    }
    fn finished(&mut self, who: RequestRef, arrived: SimTime, at: SimTime, outcome: PlayedOutcome) {
        let what = match outcome {
            PlayedOutcome::Completed => "completed",
            PlayedOutcome::TimedOut => "timed out",
            PlayedOutcome::Failed => "failed",
        };
        self.note(what, who, arrived, at);
    }
    fn deadlocked(&mut self, deadlock: &Deadlock) {
        self.deadlocks.push(deadlock.clone());
    }
    fn recovered(&mut self, pool: u32, since: SimTime, at: SimTime) {
        self.recovered.push((pool, since, at));
    }
}

fn histories(plan: &EnginePlan, seed: u64) -> (Histories, Ended) {
    let mut told = Histories::default();
    let ended = play(plan, Seed(seed), &mut told).unwrap();
    (told, ended)
}

/// Plans that both a path without events and the general engine can play.
fn plans_for_both() -> Vec<(EnginePlan, Engine)> {
    let around = |law: Law| {
        program(vec![
            spend(fixed(0.3)),
            ProgramMove::Acquire,
            spend(law),
            spend(fixed(0.2)),
            ProgramMove::Release,
            spend(exponential(2.0)),
        ])
    };
    let mixed = vec![
        within(1.5, class(poisson(3.0), hold(exponential(2.0)))),
        class(poisson(9.0), hold(measured(0.5))),
        within(0.2, class(paced(2.0), hold(fixed(0.7)))),
    ];
    let until = EnginePlan::pool(20, vec![class(poisson(19.0), hold(lognormal(1.0, 4.0)))], nanos(90.0));
    let alike = vec![class(poisson(5.0), hold(fixed(1.0))), within(0.5, class(paced(4.0), hold(fixed(1.0))))];
    vec![
        (one_pool(20, vec![class(poisson(18.0), hold(exponential(1.0)))], 3000), Engine::Fifo),
        (one_pool(1, vec![class(poisson(0.9), hold(exponential(1.0)))], 2000), Engine::Fifo),
        (one_pool(20, vec![class(poisson(19.5), hold(fixed(1.0)))], 3000), Engine::Ring),
        (one_pool(7, vec![within(0.4, class(poisson(9.0), hold(fixed(1.0))))], 3000), Engine::Ring),
        (one_pool(20, vec![within(0.5, class(poisson(40.0), hold(exponential(1.0))))], 3000), Engine::Fifo),
        (one_pool(20, vec![within(0.0, class(poisson(25.0), hold(measured(1.0))))], 3000), Engine::Fifo),
        (one_pool(3, vec![class(paced(4.0), hold(exponential(0.7)))], 3000), Engine::Fifo),
        // More fixed times than have a queue of their own.
        (
            one_pool(
                40,
                (1..=20_u32)
                    .map(|n| {
                        let source = arrivals(Spacing::Poisson, 1.7, n.into());
                        within(0.1, class(source, hold(fixed(0.1 * f64::from(n)))))
                    })
                    .collect(),
                3000,
            ),
            Engine::Fifo,
        ),
        // Releases, arrivals and timeouts that fall on the same instants.
        (one_pool(2, vec![within(0.5, class(paced(4.0), hold(fixed(1.0))))], 500), Engine::Ring),
        (one_pool(2, vec![within(1.0, class(paced(4.0), hold(fixed(1.0))))], 500), Engine::Ring),
        (one_pool(3, vec![class(paced(1e8), hold(fixed(0.0)))], 500), Engine::Ring),
        (one_pool(20, vec![class(poisson(17.0), around(exponential(0.9)))], 3000), Engine::Fifo),
        (one_pool(20, vec![class(poisson(17.0), around(fixed(0.9)))], 3000), Engine::Ring),
        (one_pool(12, mixed, 3000), Engine::Fifo),
        (one_pool(10, alike, 2000), Engine::Ring),
        (until.unwrap(), Engine::Fifo),
        (
            fleet(9, 4, Routing::Random, vec![class(poisson(30.0), hold(exponential(1.0)))], 3000),
            Engine::Fifo,
        ),
        (
            fleet(9, 4, Routing::RoundRobin, vec![within(0.3, class(poisson(30.0), hold(fixed(1.0))))], 3000),
            Engine::Ring,
        ),
    ]
}

#[test]
fn all_engines_tell_the_same_history() {
    for (index, (plan, expected)) in plans_for_both().into_iter().enumerate() {
        assert_eq!(engine(&plan), expected, "plan {index}");
        for seed in [1, 2] {
            let (fast, of_fast) = histories(&plan, seed);
            let mut events = Histories::default();
            let of_events = play_events(&plan, Seed(seed), &mut events).unwrap();
            assert!(fast == events, "plan {index}, seed {seed}");
            assert_eq!(of_fast, of_events, "plan {index}, seed {seed}");
            assert_eq!(fast.of.len() as u64, of_fast.requests);
        }
    }
}

#[test]
fn long_runs_sum_to_the_same_nanosecond() {
    let classes: [RequestClass; 5] = [
        class(poisson(18.0), hold(exponential(1.0))),
        class(poisson(19.5), hold(fixed(1.0))),
        within(0.5, class(poisson(25.0), hold(exponential(1.0)))),
        within(2.0, class(poisson(19.0), hold(lognormal(1.0, 2.0)))),
        class(poisson(17.0), hold(measured(1.0))),
    ];
    for class in classes {
        let plan = one_pool(20, vec![class], 100_000);
        let (mut fast, mut events) = (Tally::default(), Tally::default());
        play(&plan, Seed(11), &mut fast).unwrap();
        play_events(&plan, Seed(11), &mut events).unwrap();
        assert_eq!(fast, events);
        assert_eq!(fast.completed + fast.timed_out, 100_000);
    }
}

#[test]
fn threads_change_nothing() {
    let nested = program(vec![
        ProgramMove::Acquire,
        spend(exponential(0.4)),
        ProgramMove::Acquire,
        ProgramMove::Release,
        ProgramMove::Release,
    ]);
    let several =
        vec![within(1.0, class(poisson(150.0), nested)), class(paced(40.0), hold(exponential(1.0)))];
    let plans = [
        (Routing::Random, vec![class(poisson(330.0), hold(exponential(1.0)))]),
        (Routing::RoundRobin, vec![class(poisson(330.0), hold(fixed(1.0)))]),
        (Routing::Random, several.clone()),
        (Routing::LeastLoaded, several),
    ];
    for (routing, classes) in plans {
        let plan = fleet(37, 10, routing, classes, 20_000);
        let mut alone = Tally::default();
        let ended = play(&plan, Seed(4), &mut alone).unwrap();
        for threads in [1, 2, 3, 64] {
            let (tally, of_threads) =
                play_parallel(&plan, Seed(4), NonZeroUsize::new(threads).unwrap(), Tally::default).unwrap();
            assert_eq!((&tally, of_threads), (&alone, ended), "{routing:?}, {threads} threads");
        }
    }
}

#[test]
fn one_seed_gives_one_history_on_every_machine() {
    let sums = |law: Law| {
        let mut tally = Tally::default();
        let plan = one_pool(20, vec![within(1.0, class(poisson(19.0), hold(law)))], 20_000);
        play(&plan, Seed(2026), &mut tally).unwrap();
        (tally.waits.sum(), tally.held, tally.timed_out)
    };
    assert_eq!(sums(fixed(1.0)), (5_147_089_903_799, 19_885_000_000_000, 115));
    assert_eq!(sums(exponential(1.0)), (5_437_679_336_079, 19_626_241_088_848, 432));
    assert_eq!(sums(lognormal(1.0, 4.0)), (6_260_712_795_247, 19_807_298_081_425, 824));
    assert_eq!(sums(measured(0.8)), (1_108_666_763_934, 16_966_371_651_805, 0));
}
