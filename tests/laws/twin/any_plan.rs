//! Plans and programs of any kind: the same history by every engine, and books that are kept.

use super::books::Books;
use super::*;

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
