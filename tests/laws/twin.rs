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

/// Waits of the requests after the first ones.
#[derive(Default)]
struct Settled {
    skip: u64,
    count: u64,
    waited: u64,
    wait: u128,
    gave_up: u64,
    tail: u64,
    limit: SimTime,
}

impl Sink for Settled {
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        if who.request >= self.skip {
            self.count += 1;
            self.wait += u128::from((at - asked).get());
            self.waited += u64::from(at > asked);
            self.tail += u64::from(at - asked > self.limit);
        }
    }
    fn gave_up(&mut self, who: RequestRef, _: SimTime, _: SimTime) {
        self.gave_up += u64::from(who.request >= self.skip);
    }
}

/// A number in [0, 1) for a case of a test.
fn drawn(case: u64, what: u64) -> f64 {
    let mixed = (case * 31 + what + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 53) as f64
}

/// A load and a pool in which at least one request in ten waits.
fn drawn_station(case: u64, hold: Hold) -> (Rate, Connections) {
    for attempt in 0.. {
        let connections = Connections::new(1 + (40.0 * drawn(case, 2 * attempt)) as u32).unwrap();
        let load = 0.4 + 0.55 * drawn(case, 2 * attempt + 1);
        let rate = load * f64::from(connections.get()) / hold.mean().as_secs_f64();
        let rate = Rate::per_second(rate).unwrap();
        let offered = theory::little::offered(rate, hold).unwrap();
        if theory::erlang::waits(offered, connections).unwrap().get() > 0.1 {
            return (rate, connections);
        }
    }
    unreachable!()
}

#[test]
fn mean_waits_agree_with_closed_forms_at_drawn_loads() {
    for case in 0..16 {
        let seconds = 0.01 + 100.0 * drawn(case, 99);
        let mean = Duration::from_secs_f64(seconds);
        let (law, held) = if case % 2 == 0 {
            (exponential(seconds), Hold::exponential(mean).unwrap())
        } else {
            (fixed(seconds), Hold::fixed(mean).unwrap())
        };
        let (rate, connections) = drawn_station(case, held);
        let station =
            theory::Station { connections, hold: held, load: theory::Load::poisson(rate), timeout: None };
        let theory::Prediction::Steady(steady) = theory::predict(&station).unwrap() else { panic!("steady") };
        let forget = Relaxation::new(rate, Variability::EXPONENTIAL, held, connections).unwrap().time();
        let skip = (10.0 * forget.as_secs_f64() * rate.as_per_second()) as u64;
        let requests = skip as usize + 400_000;
        let mut sink = Settled { skip, ..Settled::default() };
        let source = arrivals(Spacing::Poisson, rate.as_per_second(), case);
        let plan = one_pool(connections.get(), vec![class(source, hold(law))], requests);
        play(&plan, Seed(case), &mut sink).unwrap();
        assert_eq!(sink.count, 400_000);
        let expected = steady.waits.mean().as_secs_f64();
        let played = sink.wait as f64 / 1e9 / sink.count as f64;
        // Relative variance of the mean of n successive waits: 2(ca² + cs²) ÷ ((1 − ρ)²·C·n).
        let waiting = steady.waits.longer_than(Duration::ZERO).get();
        let idle = 1.0 - steady.utilisation.get();
        let variance = 2.0 * (1.0 + held.variability().get()) / (idle * idle * waiting * 400_000.0);
        let z = (played / expected - 1.0) / variance.sqrt();
        assert!(z.abs() <= 4.0, "case {case}: {station:?}: theory {expected}, twin {played}, z {z:.2}");
        // The share that waits varies less than the wait itself.
        let share = sink.waited as f64 / sink.count as f64;
        assert!((share / waiting - 1.0).abs() <= 4.0 * variance.sqrt(), "case {case}: {share} {waiting}");
    }
}

/// Mean and standard error of a figure over runs with seeds of their own.
fn replicated(mut run: impl FnMut(u64) -> f64) -> (f64, f64) {
    let runs: Vec<f64> = (0..16).map(&mut run).collect();
    let n = runs.len() as f64;
    let mean = runs.iter().sum::<f64>() / n;
    let variance = runs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn agree(what: &str, played: (f64, f64), expected: f64) {
    let z = (played.0 - expected) / played.1;
    assert!(z.abs() <= 4.0, "{what}: theory {expected}, twin {} ± {}, z {z:.2}", played.0, played.1);
}

#[test]
fn timeouts_agree_with_the_closed_form_at_drawn_loads() {
    for case in 0..8 {
        let connections = 1 + (30.0 * drawn(case, 1)) as u32;
        let load = 0.7 + 0.8 * drawn(case, 2);
        let timeout = 0.05 + 1.5 * drawn(case, 3);
        let rate = Rate::per_second(load * f64::from(connections)).unwrap();
        let law = TimeoutWaits::new(
            rate,
            Hold::exponential(Duration::from_secs(1)).unwrap(),
            Connections::new(connections).unwrap(),
            Duration::from_secs_f64(timeout),
        )
        .unwrap();
        let mut runs: Vec<Settled> = (0..16)
            .map(|seed| {
                let source = arrivals(Spacing::Poisson, rate.as_per_second(), seed);
                let arriving = within(timeout, class(source, hold(exponential(1.0))));
                let plan = one_pool(connections, vec![arriving], 22_000);
                let mut sink = Settled { skip: 2000, limit: nanos(timeout / 2.0), ..Settled::default() };
                play(&plan, Seed(seed), &mut sink).unwrap();
                sink
            })
            .collect();
        let lost = replicated(|run| runs[run as usize].gave_up as f64 / 20_000.0);
        agree(&format!("case {case}, timed out"), lost, law.timed_out().get());
        let mean = replicated(|run| runs[run as usize].wait as f64 / 1e9 / runs[run as usize].count as f64);
        agree(&format!("case {case}, mean of served"), mean, law.mean_of_served().as_secs_f64());
        let tail = replicated(|run| {
            let run = &mut runs[run as usize];
            (run.tail + run.gave_up) as f64 / 20_000.0
        });
        let half = law.longer_than(Duration::from_secs_f64(timeout / 2.0)).get();
        agree(&format!("case {case}, longer than half of the timeout"), tail, half);
    }
}

#[test]
fn closed_loops_agree_with_the_closed_form() {
    for (callers, connections, think, thinking) in
        [(300u32, 5, 49.0, exponential(49.0)), (340, 5, 69.0, fixed(69.0)), (40, 8, 3.0, lognormal(3.0, 2.0))]
    {
        let law = ClosedLoopWaits::new(
            Callers::new(callers).unwrap(),
            Duration::from_secs_f64(think),
            Hold::exponential(Duration::from_secs(1)).unwrap(),
            Connections::new(connections).unwrap(),
        )
        .unwrap();
        let source = RequestSource::Closed { callers, think: thinking, spread: SimTime::ZERO };
        // So long that some 16,000 requests are sent.
        let until = nanos(16_000.0 / law.throughput().unwrap().as_per_second());
        let plan = EnginePlan::pool(connections, vec![class(source, hold(exponential(1.0)))], until).unwrap();
        let runs: Vec<Settled> = (0..16)
            .map(|seed| {
                let mut sink = Settled { skip: 4000, limit: nanos(0.5), ..Settled::default() };
                play(&plan, Seed(seed), &mut sink).unwrap();
                sink
            })
            .collect();
        let share = |value: u64, run: &Settled| value as f64 / run.count as f64;
        let mean = replicated(|run| runs[run as usize].wait as f64 / 1e9 / runs[run as usize].count as f64);
        agree("mean wait", mean, law.mean().as_secs_f64());
        let waited = replicated(|run| share(runs[run as usize].waited, &runs[run as usize]));
        agree("share that waits", waited, law.longer_than(Duration::ZERO).get());
        let tail = replicated(|run| share(runs[run as usize].tail, &runs[run as usize]));
        agree("longer than 0.5 s", tail, law.longer_than(Duration::from_millis(500)).get());
    }
}

/// Mean responses beyond a fraction that are skipped, for lines before processors.
#[derive(Debug, Default)]
struct Responses {
    skip: u64,
    finished: u64,
    sum: u128,
}

impl Sink for Responses {
    fn finished(&mut self, who: RequestRef, _: SimTime, at: SimTime, _: PlayedOutcome) {
        if who.request >= self.skip {
            self.finished += 1;
            self.sum += u128::from((at - who.arrived).get());
        }
    }
}

#[test]
fn what_computes_waits_for_a_processor_as_erlang_says() {
    // Holds of no time before: the pool is in nobody's way, and the line before the processors is M/M/c.
    for (processors, rate) in [(1_u32, 0.6), (3, 2.4)] {
        let law = ExponentialWaits::erlang(
            Rate::per_second(rate).unwrap(),
            Hold::exponential(Duration::from_secs(1)).unwrap(),
            Connections::new(processors).unwrap(),
        )
        .unwrap();
        let program = || Program::new(vec![ProgramMove::Compute(exponential(1.0))]).unwrap();
        let response = replicated(|seed| {
            let source = arrivals(Spacing::Poisson, rate, seed);
            let plan = one_pool(1, vec![class(source, program())], 40_000);
            let mut sink = Responses { skip: 4_000, ..Responses::default() };
            play(&plan.computing(processors.try_into().unwrap()), Seed(seed), &mut sink).unwrap();
            sink.sum as f64 / 1e9 / sink.finished as f64
        });
        agree("mean response", response, law.mean().as_secs_f64() + 1.0);
    }
}

#[test]
fn a_hold_waits_for_its_processor_with_the_connection() {
    // Two requests at once on two connections, and one processor: the second holds twice as long.
    let moves = vec![ProgramMove::Acquire, ProgramMove::Compute(fixed(1.0)), ProgramMove::Release];
    let plan = one_pool(2, vec![class(paced(1.9), Program::new(moves).unwrap())], 2);
    let mut holds = Holds::default();
    play(&plan, Seed(1), &mut holds).unwrap();
    let mut seconds: Vec<f64> = holds.0.iter().map(|hold| *hold / 1e9).collect();
    seconds.sort_by(f64::total_cmp);
    assert!((seconds[0] - 1.0).abs() < 1e-6 && (seconds[1] - (2.0 - 1.0 / 1.9)).abs() < 1e-6, "{seconds:?}");
}

#[test]
fn laws_have_the_moments_that_they_say() {
    // Variance ÷ mean², that of the bins from their ends and counts.
    let laws =
        [(fixed(2.0), 0.0), (exponential(3.0), 1.0), (lognormal(1.0, 0.5), 0.5), (measured(1.0), 0.676_4)];
    for (law, spread) in laws {
        let plan = one_pool(50, vec![class(paced(1.0), hold(law.clone()))], 60_000);
        let mut holds = Holds::default();
        play(&plan, Seed(9), &mut holds).unwrap();
        let (n, mean) = (holds.0.len() as f64, law.mean().get() as f64);
        let played = holds.0.iter().sum::<f64>() / n;
        let variance = holds.0.iter().map(|x| (x - played).powi(2)).sum::<f64>() / n;
        assert!((played - mean).abs() <= 4.0 * (spread / n).sqrt() * mean, "{law:?}: {played}");
        assert!((variance / (mean * mean) - spread).abs() <= 0.05 * spread, "{law:?}");
    }
}

#[derive(Default)]
struct Holds(Vec<f64>);

impl Sink for Holds {
    fn released(&mut self, _: RequestRef, acquired: SimTime, at: SimTime) {
        self.0.push((at - acquired).get() as f64);
    }
}

/// Counts who waits and who holds as time passes, and what each stay adds within a window.
#[derive(Default)]
struct Books {
    window: (SimTime, SimTime),
    now: SimTime,
    waiting: HashMap<(u32, u64), SimTime>,
    holding: HashMap<(u32, u64, u32), SimTime>,
    most: u64,
    over: u64,
    areas: [u128; 2],
    stays: [u128; 2],
}

impl Books {
    fn within(start: SimTime, end: SimTime) -> Self {
        Self { window: (start, end), ..Self::default() }
    }

    fn clipped(&self, from: SimTime, to: SimTime) -> u128 {
        let (start, end) = self.window;
        u128::from(to.clamp(start, end).get()) - u128::from(from.clamp(start, end).get())
    }

    fn pass(&mut self, now: SimTime) {
        assert!(now >= self.now, "time runs forward");
        let time = self.clipped(self.now, now);
        self.areas[0] += time * self.waiting.len() as u128;
        self.areas[1] += time * self.holding.len() as u128;
        self.now = now;
    }

    /// Counts what waits and holds for ever as long as the window lasts.
    fn close(&mut self) {
        self.pass(SimTime::NEVER);
        for (index, since) in
            self.waiting.values().map(|at| (0, at)).chain(self.holding.values().map(|at| (1, at)))
        {
            self.stays[index] += self.clipped(*since, SimTime::NEVER);
        }
    }
}

impl Sink for Books {
    fn asked(&mut self, who: RequestRef, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.insert((who.class, who.request), at), None);
    }
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.remove(&(who.class, who.request)), Some(asked));
        assert_eq!(self.holding.insert((who.class, who.request, who.hold), at), None);
        self.most = self.most.max(self.holding.len() as u64);
        self.stays[0] += self.clipped(asked, at);
    }
    fn gave_up(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.remove(&(who.class, who.request)), Some(asked));
        self.stays[0] += self.clipped(asked, at);
    }
    fn released(&mut self, who: RequestRef, acquired: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.holding.remove(&(who.class, who.request, who.hold)), Some(acquired));
        self.stays[1] += self.clipped(acquired, at);
    }
    fn finished(&mut self, _: RequestRef, _: SimTime, at: SimTime, _: PlayedOutcome) {
        self.pass(at);
        self.over += 1;
    }
}

#[test]
fn littles_law_holds_to_the_nanosecond_in_any_window() {
    let twice = program(vec![
        ProgramMove::Acquire,
        spend(exponential(0.5)),
        ProgramMove::Release,
        spend(lognormal(3.0, 1.0)),
        ProgramMove::Acquire,
        spend(fixed(0.1)),
        ProgramMove::Acquire,
        spend(exponential(0.1)),
        ProgramMove::Release,
        ProgramMove::Release,
    ]);
    let callers = RequestSource::Closed { callers: 30, think: fixed(2.0), spread: SimTime::ZERO };
    let classes = vec![within(0.8, class(poisson(12.0), twice)), class(callers, hold(exponential(0.3)))];
    for routing in [Routing::Random, Routing::LeastLoaded] {
        let plan = EnginePlan::fleet(2, 8, routing, classes.clone(), nanos(1200.0)).unwrap();
        let mut books = Books::within(nanos(100.3), nanos(700.7));
        let ended = play(&plan, Seed(8), &mut books).unwrap();
        assert_eq!(ended.stuck, 0);
        assert!(books.areas[0] > 0 && books.areas[1] > 0);
        assert_eq!(books.areas, books.stays);
        assert!(books.waiting.is_empty() && books.holding.is_empty());
    }
}

/// Two requests that each need two connections of a pool of two.
fn nested(outer: f64) -> Program {
    let moves = vec![
        ProgramMove::Acquire,
        spend(fixed(outer)),
        ProgramMove::Acquire,
        spend(fixed(1.0)),
        ProgramMove::Release,
        ProgramMove::Release,
    ];
    program(moves)
}

#[test]
fn a_deadlock_is_found_and_says_who_holds_what() {
    let plan = one_pool(2, vec![class(paced(2.0), nested(1.0)), class(paced(1.0), hold(fixed(9.0)))], 6);
    let (told, ended) = histories(&plan, 0);
    // Request 0 and the bystander take both connections at 0 s. At 1 s request 0 waits for its second
    // one, behind request 1 of 0.5 s, which gets the bystander's connection at 9 s.
    let [deadlock] = told.deadlocks.as_slice() else { panic!("{:?}", told.deadlocks) };
    assert_eq!((deadlock.pool, deadlock.at, deadlock.ends()), (0, nanos(10.0), None));
    let holders: Vec<(u64, u32, u32, SimTime)> =
        deadlock.holders.iter().map(|h| (h.who.request, h.who.hold, h.holds, h.asked)).collect();
    assert_eq!(holders, [(0, 1, 1, nanos(1.0)), (1, 1, 1, nanos(10.0))]);
    assert_eq!((ended.requests, ended.stuck), (6, 5));
    assert_eq!(deadlock.bystanders, 3);
}

#[test]
fn a_timeout_ends_a_deadlock() {
    let plan = one_pool(2, vec![within(30.0, class(paced(2.0), nested(1.0)))], 2);
    let (told, ended) = histories(&plan, 0);
    assert_eq!(told.deadlocks.len(), 1);
    assert_eq!((told.deadlocks[0].at, told.deadlocks[0].ends()), (nanos(1.5), Some(nanos(31.0))));
    assert_eq!(told.recovered, [(0, nanos(1.5), nanos(31.0))]);
    assert_eq!((ended.stuck, ended.last), (0, nanos(32.0)));
    let last = |request| told.of[&(0, request)].last().unwrap().0;
    assert_eq!((last(0), last(1)), ("timed out", "completed"));
    // The one that gave up gave back its connection, and said which.
    assert!(told.of[&(0, 0)].contains(&("released", 0, 0, nanos(0.0), nanos(31.0))));
    assert!(told.of[&(0, 1)].contains(&("acquired", 0, 1, nanos(1.5), nanos(31.0))));
}

#[test]
fn a_pool_of_the_deadlock_free_size_never_locks() {
    let callers = |n| RequestSource::Closed { callers: n, think: exponential(0.1), spread: SimTime::ZERO };
    let deep = || {
        program(vec![
            ProgramMove::Acquire,
            spend(exponential(0.1)),
            ProgramMove::Acquire,
            spend(exponential(0.1)),
            ProgramMove::Acquire,
            spend(exponential(0.1)),
            ProgramMove::Release,
            ProgramMove::Release,
            ProgramMove::Release,
        ])
    };
    let together = std::num::NonZeroU32::new(3).unwrap();
    let enough = theory::deadlock_free(Callers::new(6).unwrap(), together).unwrap().get();
    let run = |connections| {
        histories(&EnginePlan::pool(connections, vec![class(callers(6), deep())], nanos(300.0)).unwrap(), 3)
    };
    let (told, ended) = run(enough);
    assert_eq!((told.deadlocks.len(), ended.stuck), (0, 0));
    let (told, ended) = run(enough - 1);
    assert_eq!((told.deadlocks.len(), ended.stuck), (1, 6));
    assert_eq!(told.deadlocks[0].holders.iter().map(|h| h.holds).sum::<u32>(), 12);
}

#[test]
fn two_scopes_see_the_same_requests() {
    // The same steps, held throughout or for the first of them only: every request arrives at the same
    // time and takes as long for its steps.
    let steps = || [spend(exponential(0.2)), spend(lognormal(5.0, 1.0)), spend(exponential(0.5))];
    let [a, b, c] = steps();
    let request_scoped = program(vec![ProgramMove::Acquire, a, b, c, ProgramMove::Release]);
    let [a, b, c] = steps();
    let repository_scoped = program(vec![
        ProgramMove::Acquire,
        a,
        ProgramMove::Release,
        b,
        ProgramMove::Acquire,
        c,
        ProgramMove::Release,
    ]);
    let run = |program, connections| {
        let plan = one_pool(connections, vec![class(poisson(10.0), program)], 500);
        histories(&plan, 5).0
    };
    let (before, after) = (run(request_scoped.clone(), 1000), run(repository_scoped, 1000));
    let crowded = run(request_scoped, 40);
    for request in 0..500 {
        let whole = |told: &Histories| *told.of[&(0, request)].last().unwrap();
        assert_eq!(whole(&before), whole(&after), "request {request}");
        assert_eq!(whole(&before).3, whole(&crowded).3, "request {request}");
    }
}

#[test]
fn looking_at_the_pools_beats_taking_turns_beats_chance() {
    let waits = |routing| {
        let classes = vec![class(poisson(0.9 * 5.0 * 40.0), hold(exponential(1.0)))];
        let plan = fleet(40, 5, routing, classes, 40_000);
        let mut tally = Tally::default();
        play(&plan, Seed(1), &mut tally).unwrap();
        tally.mean_wait()
    };
    let (random, turns, least) =
        (waits(Routing::Random), waits(Routing::RoundRobin), waits(Routing::LeastLoaded));
    assert!(least * 10.0 < turns && turns < random, "{least} {turns} {random}");
}

#[test]
fn a_closed_loop_stops_at_its_limit() {
    let source = RequestSource::Closed { callers: 50, think: exponential(2.0), spread: SimTime::ZERO };
    let classes = vec![class(source, hold(fixed(0.1)))];
    let plan = EnginePlan::pool(3, classes, nanos(60.0)).unwrap();
    let (told, ended) = histories(&plan, 1);
    let arrivals: Vec<SimTime> = told.of.values().map(|history| history.last().unwrap().3).collect();
    assert_eq!(arrivals.len() as u64, ended.requests);
    assert!(arrivals.iter().all(|at| *at <= nanos(60.0)) && ended.last > nanos(59.0));
    assert_eq!(ended.stuck, 0);
}

#[test]
fn what_cannot_be_played_is_refused() {
    let fault = |plan: Result<EnginePlan, PlanError>| plan.unwrap_err().to_string();
    let plan = |connections, class, until| EnginePlan::pool(connections, vec![class], until);
    let second = nanos(1.0);
    let plain = || class(poisson(10.0), hold(fixed(1.0)));
    assert!(fault(plan(0, plain(), second)).contains("at least one connection"));
    assert!(fault(EnginePlan::pool(1, vec![], second)).contains("at least one class"));
    assert!(fault(plan(1, plain(), SimTime::NEVER)).contains("at most 10000000000 requests"));
    assert!(fault(plan(1, class(poisson(1e-9), hold(fixed(1.0))), SimTime::NEVER)).contains("36 years"));
    assert!(fault(plan(1, class(poisson(1e300), hold(fixed(1.0))), second)).contains("requests"));
    let idle = class(
        RequestSource::Closed { callers: 1, think: fixed(0.0), spread: SimTime::ZERO },
        hold(fixed(0.0)),
    );
    assert_eq!(plan(1, idle, second), Err(PlanError::NoTimePasses));
    let nobody = class(
        RequestSource::Closed { callers: 0, think: fixed(1.0), spread: SimTime::ZERO },
        hold(fixed(0.0)),
    );
    assert!(fault(plan(1, nobody, second)).contains("caller"));
    assert_eq!(Program::new(vec![ProgramMove::Release]), Err(ProgramError::NothingHeld(0)));
    assert_eq!(Program::new(vec![ProgramMove::Acquire]), Err(ProgramError::StillHeld(1)));
    assert_eq!(Law::fixed(SimTime::NEVER), Err(LawError::TooLong));
    assert_eq!(Law::lognormal(nanos(1.0), f64::NAN), Err(LawError::Spread));
    assert_eq!(Law::measured(&[]), Err(LawError::Empty));
    let backwards = Bin { low: nanos(2.0), high: nanos(1.0), count: 1 };
    assert_eq!(Law::measured(&[backwards]), Err(LawError::Empty));
}

#[test]
fn extreme_plans_are_played_at_once() {
    let start = Instant::now();
    // A pool of 10⁹ keeps nothing for connections that nobody uses.
    let vast = one_pool(1_000_000_000, vec![class(poisson(1e6), hold(exponential(1.0)))], 10_000);
    assert_eq!(engine(&vast), Engine::General);
    assert!(histories(&vast, 1).1.requests >= 10_000);
    // Nothing takes any time.
    let instant = one_pool(1, vec![within(0.0, class(paced(1e8), nested(0.0)))], 1000);
    assert_eq!(histories(&instant, 1).1.requests, 1000);
    let nothing = one_pool(1, vec![class(poisson(1.0), program(vec![]))], 1000);
    assert_eq!(histories(&nothing, 1).1.requests, 1000);
    // Nobody comes.
    let nobody = EnginePlan::pool(1, vec![class(poisson(1e-6), hold(fixed(1.0)))], nanos(1.0)).unwrap();
    assert_eq!(histories(&nobody, 1).1, Ended::default());
    // Nearly nobody is served.
    let flooded = one_pool(1, vec![within(1.0, class(poisson(1e5), hold(fixed(100.0))))], 100_000);
    let (told, _) = histories(&flooded, 1);
    assert_eq!(told.of.values().filter(|history| history.last().unwrap().0 == "completed").count(), 1);
    // Spreads as wide as may be.
    let wide = one_pool(2, vec![class(poisson(1.0), hold(lognormal(1.0, Law::WIDEST)))], 1000);
    assert_eq!(histories(&wide, 1).1.requests, 1000);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// Any law with times of a second or so.
fn any_law() -> impl Strategy<Value = Law> {
    (0..5u8, 0.01..2.0f64, 0.0..5.0f64).prop_map(|(kind, seconds, spread)| match kind {
        // Round times meet on the same instants.
        0 => fixed((seconds * 4.0).round() / 4.0),
        1 => fixed(seconds),
        2 => exponential(seconds),
        3 => lognormal(seconds, spread),
        _ => measured(seconds),
    })
}

fn any_timeout() -> impl Strategy<Value = Option<SimTime>> {
    prop::option::of(prop_oneof![Just(nanos(0.0)), Just(nanos(0.25)), (0.0..3.0f64).prop_map(nanos)])
}

fn any_arrivals() -> impl Strategy<Value = RequestSource> {
    prop_oneof![(0.1..20.0f64).prop_map(poisson), (0.1..20.0f64).prop_map(paced), Just(paced(4.0)),]
}

fn any_routing() -> impl Strategy<Value = Routing> {
    prop::sample::select(vec![Routing::Random, Routing::RoundRobin, Routing::LeastLoaded])
}

/// Moves, and others for those that fail, who may fail anywhere on the way.
fn any_program() -> impl Strategy<Value = Program> {
    let way = (any_moves(), any::<prop::sample::Index>(), 0.0..1.0f64).prop_map(|(mut moves, at, below)| {
        moves.insert(at.index(moves.len() + 1), ProgramMove::Fail);
        ProgramBranch { below, moves }
    });
    (any_moves(), prop::collection::vec(way, 0..3), any::<u64>())
        .prop_map(|(moves, ways, seed)| program(moves).failing(seed, ways).unwrap())
}

/// Moves that go into up to three nested holds and out again.
fn any_moves() -> impl Strategy<Value = Vec<ProgramMove>> {
    prop::collection::vec((0..3u8, any_law()), 1..12).prop_map(|steps| {
        let (mut moves, mut held) = (Vec::new(), 0);
        for (kind, law) in steps {
            match kind {
                0 if held < 3 => {
                    held += 1;
                    moves.push(ProgramMove::Acquire);
                }
                1 if held > 0 => {
                    held -= 1;
                    moves.push(ProgramMove::Release);
                }
                _ => moves.push(spend(law)),
            }
        }
        moves.extend((0..held).map(|_| ProgramMove::Release));
        moves
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_without_events_has_the_same_history_with_them(
        connections in 1u32..12, pools in 1u32..5, routing in any_routing(), seed: u64,
        classes in prop::collection::vec((any_arrivals(), any_law(), any_law(), any_timeout()), 1..4),
    ) {
        prop_assume!(pools == 1 || routing != Routing::LeastLoaded);
        let classes = classes.into_iter().map(|(source, held, after, timeout)| {
            let program = program(vec![ProgramMove::Acquire, spend(held), ProgramMove::Release, spend(after)]);
            RequestClass { source, program, timeout }
        });
        let plan = fleet(pools, connections, routing, classes.collect(), 300);
        prop_assert!(engine(&plan) != Engine::General);
        let (fast, of_fast) = histories(&plan, seed);
        let mut events = Histories::default();
        let of_events = play_events(&plan, Seed(seed), &mut events).unwrap();
        prop_assert_eq!(of_fast, of_events);
        prop_assert!(fast == events);
        // A cap that is never reached changes nothing.
        let capped = plan.capped(InFlightCap { class: 0, most: 400, when_full: WhenFull::Shed });
        prop_assert_eq!(engine(&capped), Engine::General);
        prop_assert!(histories(&capped, seed) == (events, of_events));
    }

    #[test]
    fn any_plan_keeps_its_books(
        connections in 1u32..12, pools in 1u32..4, routing in any_routing(), seed: u64,
        open in prop::collection::vec((any_arrivals(), any_program(), any_timeout()), 0..3),
        callers in 1u32..30, think in any_law(), round in any_program(), patience in any_timeout(),
    ) {
        let mut classes: Vec<RequestClass> =
            open.into_iter().map(|(source, program, timeout)| RequestClass { source, program, timeout }).collect();
        let think = if think.mean() == SimTime::ZERO { fixed(1.0) } else { think };
        classes.push(RequestClass { source: RequestSource::Closed { callers, think, spread: SimTime::ZERO }, program: round, timeout: patience });
        let plan = EnginePlan::fleet(pools, connections, routing, classes, nanos(25.0)).unwrap();
        let mut books = Books::within(nanos(3.3), nanos(22.2));
        let ended = play(&plan, Seed(seed), &mut books).unwrap();
        books.close();
        prop_assert_eq!(books.areas, books.stays);
        prop_assert_eq!(books.over + ended.stuck, ended.requests);
        // Whoever is stuck waits, or is away in a request that never asks again.
        prop_assert!(ended.stuck >= books.waiting.len() as u64);
        prop_assert!(ended.stuck > 0 || books.holding.is_empty());
        prop_assert!(books.most <= u64::from(pools) * u64::from(connections));
        let (told, again) = histories(&plan, seed);
        prop_assert_eq!(ended, again);
        let open = told.deadlocks.len() - told.recovered.len();
        prop_assert_eq!(open > 0, ended.stuck > 0);
    }
}

/// Two classes whose steps end together, and ask for the only connection at that instant.
fn tied(first: (f64, f64), second: (f64, f64)) -> Histories {
    let program = |step: f64| {
        let moves = vec![spend(fixed(step)), ProgramMove::Acquire, spend(fixed(0.05)), ProgramMove::Release];
        Program::new(moves).unwrap()
    };
    let of = |(rate, step)| class(paced(rate), program(step));
    let plan = one_pool(1, vec![of(first), of(second)], 30);
    let mut told = Histories::default();
    play_events(&plan, Seed(1), &mut told).unwrap();
    told
}

#[test]
fn of_steps_that_end_together_the_one_that_began_first_goes_on_first() {
    // Due at 1 s, 2 s, … and at 0.5 s, 1 s, …: after 0.2 s and 0.7 s both ask at the same instants.
    let (late, early) = ((1.0, 0.2), (2.0, 0.7));
    // Whichever class is named first.
    for (late_class, told) in [(0, tied(late, early)), (1, tied(early, late))] {
        let waits = |of: u32| -> Vec<u64> {
            let histories = told.of.iter().filter(|((class, _), _)| *class == of).map(|(_, told)| told);
            let got = histories.flatten().filter(|(what, ..)| *what == "acquired");
            got.map(|(.., from, to)| (*to - *from).get()).collect()
        };
        let (late, early) = (waits(late_class), waits(1 - late_class));
        assert!(
            late.len() > 5 && late.iter().filter(|wait| **wait == 50_000_000).count() >= late.len() - 1,
            "{late:?}"
        );
        assert!(early.iter().all(|wait| *wait == 0), "{early:?}");
    }
}

#[test]
fn a_step_of_no_time_lets_nobody_in_between() {
    // Both come at the same instants and take two connections of two, one after the other without delay.
    let nested = || {
        let moves = vec![
            ProgramMove::Acquire,
            spend(fixed(0.0)),
            ProgramMove::Acquire,
            spend(fixed(0.1)),
            ProgramMove::Release,
            ProgramMove::Release,
        ];
        class(paced(1.0), Program::new(moves).unwrap())
    };
    let plan = one_pool(2, vec![nested(), nested()], 30);
    let mut told = Histories::default();
    play_events(&plan, Seed(1), &mut told).unwrap();
    assert!(told.deadlocks.is_empty(), "{:?}", told.deadlocks.first());
    let completed = told.of.values().filter(|told| told.iter().any(|(what, ..)| *what == "completed"));
    assert_eq!(completed.count(), told.of.len());
}
