//! Requests that hold one connection and ask for another.

use super::*;

/// Two requests that each need two connections of a pool of two.
pub(super) fn nested(outer: f64) -> Program {
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
