use super::super::Little;
use super::*;

#[test]
fn the_parts_of_an_acquire_add_up_to_it() {
    let mut recorder = recorder();
    let mut line = recorder.dispatch(Class::Measured, 100, 100);
    recorder.asks(&mut line);
    recorder.passed(&mut line, Mark::Acquired(AcquireParts { create: 0, recycle: 4 }), 110);
    let tape = recorder.take();
    let parts = &tape.measured.acquire_parts;
    assert_eq!((parts.wait.sum(), parts.recycle.sum(), parts.create.count()), (6, 4, 0));
}

fn recorder() -> Recorder {
    Recorder::new(Window { from: 100, to: 200 }, 10)
}

#[test]
fn a_completed_request_is_told_by_its_instants() {
    let mut recorder = recorder();
    recorder.scheduled(Class::Measured, 100);
    let mut line = recorder.dispatch(Class::Measured, 100, 103);
    recorder.asks(&mut line);
    recorder.passed(&mut line, Mark::Acquired(AcquireParts::default()), 110);
    recorder.passed(&mut line, Mark::Sql, 120);
    recorder.passed(&mut line, Mark::Away, 170);
    recorder.passed(&mut line, Mark::Committed, 175);
    recorder.passed(&mut line, Mark::Released, 176);
    recorder.finish(&mut line, Outcome::Completed, 180);
    let tape = recorder.take();
    let cohort = &tape.measured;
    assert_eq!(cohort.ledger.check(), Ok(()));
    assert_eq!(cohort.schedule_lag.sum(), 3);
    assert_eq!(cohort.acquire_wait.seen.sum(), 7);
    assert_eq!(cohort.hold.seen.sum(), 66);
    assert_eq!(cohort.busy_hold.sum(), 15);
    assert_eq!(cohort.response.seen.sum(), 80);
    assert_eq!(cohort.service.seen.sum(), 77);
    assert_eq!((tape.pool.stays, tape.busy_in_window), (66, 15));
    assert_eq!(tape.queue, Little { integral: 7, stays: 7 });
    assert_eq!(tape.system, Little { integral: 77, stays: 77 });
    assert_eq!(tape.completed_in_window, 1);
    assert_eq!(tape.occupancy.spans, [(0, Hold { acquired: 110, released: 176, busy: 15 })]);
}

/// It asks for a second connection while it holds one, and gives that back after it got none.
#[test]
fn a_wait_in_vain_beside_a_hold_is_no_sql() {
    let mut recorder = recorder();
    recorder.scheduled(Class::Measured, 100);
    let mut line = recorder.dispatch(Class::Measured, 100, 100);
    recorder.asks(&mut line);
    recorder.passed(&mut line, Mark::Acquired(AcquireParts::default()), 110);
    recorder.passed(&mut line, Mark::Sql, 120);
    recorder.asks(&mut line);
    recorder.passed(&mut line, Mark::NotAcquired, 150);
    recorder.passed(&mut line, Mark::Sql, 153);
    recorder.passed(&mut line, Mark::Released, 154);
    recorder.finish(&mut line, Outcome::AcquireTimedOut, 160);
    let tape = recorder.take();
    assert_eq!(tape.queue, Little { integral: 40, stays: 40 });
    let cohort = &tape.measured;
    assert_eq!((cohort.acquire_wait.seen.sum(), cohort.acquire_wait.censored.sum()), (10, 30));
    assert_eq!((cohort.hold.seen.sum(), cohort.busy_hold.sum()), (44, 13));
    assert_eq!(tape.busy_in_window, 13);
}

#[test]
fn a_hold_across_the_window_is_clipped_to_it() {
    let mut recorder = recorder();
    let mut line = recorder.dispatch(Class::WarmUp, 50, 50);
    recorder.asks(&mut line);
    recorder.passed(&mut line, Mark::Acquired(AcquireParts::default()), 60);
    recorder.passed(&mut line, Mark::Sql, 150);
    recorder.passed(&mut line, Mark::Away, 400);
    recorder.passed(&mut line, Mark::Released, 400);
    recorder.finish(&mut line, Outcome::Completed, 400);
    let tape = recorder.take();
    assert_eq!(tape.pool, Little { integral: 100, stays: 100 });
    assert_eq!(tape.busy_in_window, 50);
    assert_eq!(tape.completed_in_window, 0);
}

#[test]
fn the_unfinished_enter_as_lower_bounds_and_once() {
    let mut recorder = recorder();
    let mut waits = recorder.dispatch(Class::Measured, 100, 100);
    recorder.asks(&mut waits);
    recorder.finish(&mut waits, Outcome::AcquireTimedOut, 130);
    recorder.finish(&mut waits, Outcome::InFlight, 150);
    let mut holds = recorder.dispatch(Class::Measured, 100, 100);
    recorder.asks(&mut holds);
    recorder.passed(&mut holds, Mark::Acquired(AcquireParts::default()), 105);
    recorder.finish(&mut holds, Outcome::InFlight, 190);
    let gauges = recorder.tick(195, Gauges::default());
    assert_eq!((gauges.in_use, gauges.waiting, gauges.in_flight), (0, 0, 0));
    let tape = recorder.take();
    let cohort = &tape.measured;
    assert_eq!((cohort.ledger.acquire_timed_out, cohort.ledger.in_flight), (1, 1));
    assert_eq!(cohort.acquire_wait.censored.sum(), 30);
    assert_eq!(cohort.acquire_wait.seen.sum(), 5);
    assert_eq!(cohort.hold.censored.sum(), 85);
    assert_eq!(cohort.busy_hold.count(), 0);
    assert_eq!(cohort.response.censored.count(), 2);
    assert_eq!(tape.pool, Little { integral: 85, stays: 85 });
}

#[test]
fn of_several_connections_each_is_a_hold_of_its_own_and_sql_runs_on_the_last() {
    let mut recorder = recorder();
    let mut line = recorder.dispatch(Class::Measured, 100, 100);
    for at in [110, 120] {
        recorder.asks(&mut line);
        recorder.passed(&mut line, Mark::Acquired(AcquireParts::default()), at);
    }
    recorder.passed(&mut line, Mark::Sql, 125);
    recorder.passed(&mut line, Mark::Released, 130);
    recorder.passed(&mut line, Mark::Away, 150);
    recorder.passed(&mut line, Mark::Committed, 153);
    recorder.passed(&mut line, Mark::Released, 160);
    recorder.finish(&mut line, Outcome::Completed, 160);
    let mut cut = recorder.dispatch(Class::Measured, 160, 160);
    for at in [165, 170] {
        recorder.asks(&mut cut);
        recorder.passed(&mut cut, Mark::Acquired(AcquireParts::default()), at);
    }
    recorder.finish(&mut cut, Outcome::InFlight, 180);
    assert_eq!(recorder.tick(195, Gauges::default()).in_use, 0);
    let tape = recorder.take();
    let spans: Vec<Hold> = tape.occupancy.spans.iter().map(|(_, hold)| *hold).collect();
    assert_eq!(spans[0], Hold { acquired: 120, released: 130, busy: 5 });
    assert_eq!(spans[1], Hold { acquired: 110, released: 160, busy: 3 });
    assert_eq!((tape.measured.hold.seen.sum(), tape.measured.hold.censored.sum()), (60, 25));
    assert_eq!(tape.pool, Little { integral: 85, stays: 85 });
    assert_eq!(tape.queue.stays, 30);
}

/// Busy, idle and given back: however a request ends, no connection is left running.
#[test]
fn it_is_told_on_how_many_connections_sql_runs() {
    let mut recorder = recorder();
    let begin = |recorder: &mut Recorder| {
        recorder.scheduled(Class::Measured, 100);
        let mut line = recorder.dispatch(Class::Measured, 100, 100);
        // Nothing runs without a connection.
        recorder.runs_sql(&mut line);
        recorder.asks(&mut line);
        recorder.passed(&mut line, Mark::Acquired(AcquireParts::default()), 110);
        recorder.runs_sql(&mut line);
        line
    };
    let (mut first, mut second) = (begin(&mut recorder), begin(&mut recorder));
    let standing = |recorder: &Recorder| (recorder.standing().in_use, recorder.standing().running);
    assert_eq!(standing(&recorder), (2, 2));
    recorder.passed(&mut first, Mark::Sql, 120);
    assert_eq!(standing(&recorder), (2, 1));
    recorder.runs_sql(&mut first);
    recorder.finish(&mut second, Outcome::Abandoned, 125);
    assert_eq!(standing(&recorder), (1, 1));
    recorder.passed(&mut first, Mark::Committed, 130);
    recorder.passed(&mut first, Mark::Released, 130);
    recorder.finish(&mut first, Outcome::Completed, 131);
    assert_eq!(recorder.standing(), Standing::default());
}
