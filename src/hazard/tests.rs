use super::*;
use crate::record::{Nanos, Series, Slice, Window};
use crate::scenario::POOLS;

#[test]
fn every_hazard_has_a_sound_scenario_for_every_pool() {
    for hazard in HAZARDS {
        assert_eq!(hazard.name().parse::<Hazard>(), Ok(hazard));
        for trial in hazard.trials(&POOLS).unwrap() {
            assert_eq!(trial.plan.pools.len(), POOLS.len(), "{}", hazard.name());
            let scopes = &trial.plan.scopes;
            assert!(trial.expects.iter().all(|(scope, _)| scopes.contains(scope)), "{}", hazard.name());
            assert!(trial.planned.1 < trial.plan.phases.warm_up + trial.plan.phases.measure);
        }
    }
}

#[test]
fn the_fewest_connections_that_cannot_deadlock_are_one_more_than_the_requests() {
    let trials = Hazard::NestedDeadlock.trials(&POOLS[..1]).unwrap();
    let sizes: Vec<u32> = trials.iter().map(|trial| trial.plan.pool.size).collect();
    assert_eq!(sizes, [8, 9]);
}

const MS: Nanos = 1_000_000;

/// Slices of 100 ms in a span of 3 s.
fn recovery(change: impl Fn(usize, &mut Slice)) -> Recovery {
    let mut slices = vec![Slice { waiting: 2, completed: 4, ..Slice::default() }; 40];
    slices.iter_mut().enumerate().for_each(|(at, slice)| change(at, slice));
    let window = Window { from: 0, to: 3_000 * MS };
    Recovery::of(&Series::whole(100 * MS, slices), window, (1_000 * MS, 1_200 * MS))
}

#[test]
fn a_lane_has_recovered_when_nothing_fails_and_no_more_wait_than_before() {
    assert_eq!(recovery(|_, _| {}), Recovery::AtOnce);
    // A failure while there is trouble is none after it.
    assert_eq!(recovery(|at, slice| slice.failed = u64::from(at == 11)), Recovery::AtOnce);
    let after = |ms| Recovery::After(Duration::from_millis(ms));
    assert_eq!(recovery(|at, slice| slice.timed_out = u64::from(at == 13)), after(200));
    assert_eq!(recovery(|at, slice| slice.waiting = if (11..17).contains(&at) { 3 } else { 2 }), after(600));
    // One that waits later, as any may, is not of the trouble.
    assert_eq!(recovery(|at, slice| slice.waiting = if at == 20 { 9 } else { 2 }), Recovery::AtOnce);
    assert_eq!(recovery(|at, slice| slice.waiting = if at > 10 { 3 } else { 2 }), Recovery::NotSeen);
    // What happens after the measured span is the drain's.
    assert_eq!(recovery(|at, slice| slice.failed = u64::from(at == 35)), Recovery::AtOnce);
    assert_eq!(recovery(|at, slice| slice.failed = u64::from(at == 27)), Recovery::NotSeen);
}
