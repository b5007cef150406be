//! Waits and responses beside closed forms, at drawn loads.

use super::*;

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
