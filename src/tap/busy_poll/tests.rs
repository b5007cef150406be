//! Who is waited for awake, and for how long.

use super::*;

/// A side that never answers.
fn silence() -> io::Result<usize> {
    Err(io::ErrorKind::WouldBlock.into())
}

fn length(came: Option<io::Result<usize>>) -> Option<usize> {
    came.map(Result::unwrap)
}

#[test]
fn bytes_and_ends_that_come_meanwhile_are_taken() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    let mut asked = 0;
    let came = poll.wait(Awaited::Client, || {
        asked += 1;
        if asked < 3 { silence() } else { Ok(7) }
    });
    assert_eq!((length(came), asked), (Some(7), 3));
    assert_eq!(length(poll.wait(Awaited::Client, || Ok(0))), Some(0), "the end of its words");
    let reset = poll.wait(Awaited::Client, || Err(io::ErrorKind::ConnectionReset.into()));
    assert!(reset.unwrap().is_err());
}

#[test]
fn a_side_that_takes_long_is_tried_seldom_and_trusted_again() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    running.up();
    let tried = |poll: &mut BusyPoll<'_>, answer: fn() -> io::Result<usize>| {
        let mut tried = false;
        poll.wait(Awaited::Server, || {
            tried = true;
            answer()
        });
        tried
    };
    let begun = Instant::now();
    assert!(tried(&mut poll, silence), "the first one");
    assert!(begun.elapsed() >= LONGEST);
    let mut passes = |most: usize| (0..most).take_while(|_| !tried(&mut poll, silence)).count();
    assert_eq!([passes(9_999), passes(9_999), passes(9_999)], [64, 128, 256]);
    assert_eq!(passes(511), 511);
    assert!(!tried(&mut poll, || Ok(1)) && tried(&mut poll, || Ok(1)), "and once more");
    assert!(tried(&mut poll, || Ok(1)), "it was quick");
    assert!(tried(&mut poll, silence) && !tried(&mut poll, silence), "and is no more");
    // The other side has a trust of its own.
    running.down();
    assert_eq!(length(poll.wait(Awaited::Client, || Ok(1))), Some(1));
}

#[test]
fn nobody_is_waited_for_while_others_are_at_work() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    running.up();
    assert!(poll.wait(Awaited::Client, || Ok(1)).is_none(), "another connection runs SQL");
    running.up();
    assert!(poll.wait(Awaited::Server, || Ok(1)).is_none(), "another one too");
    running.down();
    let came = poll.wait(Awaited::Server, || {
        running.up();
        silence()
    });
    assert!(came.is_none(), "another one began meanwhile");
    running.down();
    of_thread.store(2, Ordering::Relaxed);
    assert!(poll.wait(Awaited::Server, || Ok(1)).is_none(), "another one on this thread");
}

#[test]
fn one_thread_stays_awake_at_once_and_none_on_a_lone_core() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    let came = poll.wait(Awaited::Client, || {
        let mut other = BusyPoll::new(&core, &of_thread, &running);
        assert!(other.wait(Awaited::Client, || Ok(1)).is_none());
        Ok(2)
    });
    assert_eq!(length(came), Some(2));
    let mut other = BusyPoll::new(&core, &of_thread, &running);
    assert!(other.wait(Awaited::Client, || Ok(1)).is_some(), "the core is free again");
    let lone = Core::of(1);
    assert!(BusyPoll::new(&lone, &of_thread, &running).wait(Awaited::Client, || Ok(1)).is_none());
}

#[test]
fn the_runtime_has_its_turn() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    let waited = (0..100).filter(|_| poll.wait(Awaited::Client, || Ok(1)).is_some()).count();
    assert_eq!(waited, 100 - 100 / (IN_A_ROW as usize + 1));
}

#[test]
fn a_crowded_machine_is_left_to_others() {
    let (core, of_thread, running) = (Core::of(2), AtomicUsize::new(1), Gauge::default());
    let mut poll = BusyPoll::new(&core, &of_thread, &running);
    let late = || {
        std::thread::sleep(CROWDED * 2);
        Ok(1)
    };
    assert_eq!(length(poll.wait(Awaited::Client, late)), Some(1), "what came is taken all the same");
    let mut passes = |late: fn() -> io::Result<usize>| {
        (0..9_999).take_while(|_| poll.wait(Awaited::Client, late).is_none()).count()
    };
    assert_eq!([passes(late), passes(late), passes(late)], [64, 128, 256]);
}
