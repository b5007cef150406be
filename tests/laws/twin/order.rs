//! Who comes first at the same instant, which pool is asked, and where a run ends.

use super::deadlocks::nested;
use super::*;

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
