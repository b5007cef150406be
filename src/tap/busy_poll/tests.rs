//! Who is waited for awake, and for how long, by a clock that goes on by 50 µs each time that somebody looks at it.

use std::cell::Cell;

use super::*;

/// A tap with one connection on its thread.
struct Tap {
    core: Core,
    of_thread: AtomicUsize,
    running: Gauge,
    begun: Instant,
    clock: Cell<Duration>,
}

impl Tap {
    fn new() -> Self {
        Self {
            core: Core::of(2),
            of_thread: AtomicUsize::new(1),
            running: Gauge::default(),
            begun: Instant::now(),
            clock: Cell::default(),
        }
    }

    fn poll(&self) -> BusyPoll<'_, impl Fn() -> Instant> {
        BusyPoll::by(&self.core, &self.of_thread, &self.running, || {
            self.goes_on(Duration::from_micros(50));
            self.begun + self.clock.get()
        })
    }

    fn goes_on(&self, time: Duration) {
        self.clock.set(self.clock.get() + time);
    }
}

/// A side that never answers.
fn silence() -> io::Result<usize> {
    Err(io::ErrorKind::WouldBlock.into())
}

fn length(came: Option<io::Result<usize>>) -> Option<usize> {
    came.map(Result::unwrap)
}

#[test]
fn bytes_and_ends_that_come_meanwhile_are_taken() {
    let tap = Tap::new();
    let mut poll = tap.poll();
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
    let tap = Tap::new();
    let mut poll = tap.poll();
    tap.running.up();
    let mut tried = |answer: fn() -> io::Result<usize>| {
        let mut times = 0;
        poll.wait(Awaited::Server, || {
            times += 1;
            answer()
        });
        times > 0
    };
    let begun = tap.clock.get();
    assert!(tried(silence), "the first one");
    assert!((LONGEST..CROWDED).contains(&(tap.clock.get() - begun)));
    let mut passes = |most: usize| (0..most).take_while(|_| !tried(silence)).count();
    assert_eq!([passes(9_999), passes(9_999), passes(9_999)], [64, 128, 256]);
    assert_eq!(passes(511), 511);
    assert!(!tried(|| Ok(1)) && tried(|| Ok(1)), "and once more");
    assert!(tried(|| Ok(1)), "it was quick");
    assert!(tried(silence) && !tried(silence), "and is no more");
    // The other side has a trust of its own.
    tap.running.down();
    assert_eq!(length(poll.wait(Awaited::Client, || Ok(1))), Some(1));
}

#[test]
fn nobody_is_waited_for_while_others_are_at_work() {
    let tap = Tap::new();
    let mut poll = tap.poll();
    tap.running.up();
    assert!(poll.wait(Awaited::Client, || Ok(1)).is_none(), "another connection runs SQL");
    tap.running.up();
    assert!(poll.wait(Awaited::Server, || Ok(1)).is_none(), "another one too");
    tap.running.down();
    let mut poll = tap.poll();
    let came = poll.wait(Awaited::Server, || {
        tap.running.up();
        silence()
    });
    assert!(came.is_none(), "another one began meanwhile");
    assert!(tap.clock.get() < LONGEST, "and is not kept waiting");
    tap.running.down();
    tap.of_thread.store(2, Ordering::Relaxed);
    assert!(tap.poll().wait(Awaited::Server, || Ok(1)).is_none(), "another one on this thread");
}

#[test]
fn one_thread_stays_awake_at_once_and_none_on_a_lone_core() {
    let mut tap = Tap::new();
    let came = tap.poll().wait(Awaited::Client, || {
        assert!(tap.poll().wait(Awaited::Client, || Ok(1)).is_none());
        Ok(2)
    });
    assert_eq!(length(came), Some(2));
    assert!(tap.poll().wait(Awaited::Client, || Ok(1)).is_some(), "the core is free again");
    tap.core = Core::of(1);
    assert!(tap.poll().wait(Awaited::Client, || Ok(1)).is_none());
}

#[test]
fn the_runtime_has_its_turn() {
    let tap = Tap::new();
    let mut poll = tap.poll();
    let waited = (0..100).filter(|_| poll.wait(Awaited::Client, || Ok(1)).is_some()).count();
    assert_eq!(waited, 100 - 100 / (IN_A_ROW as usize + 1));
}

#[test]
fn a_crowded_machine_is_left_to_others() {
    let tap = Tap::new();
    let mut poll = tap.poll();
    let late = || {
        tap.goes_on(CROWDED);
        Ok(1)
    };
    assert_eq!(length(poll.wait(Awaited::Client, late)), Some(1), "what came is taken all the same");
    let mut passes = || (0..9_999).take_while(|_| poll.wait(Awaited::Client, late).is_none()).count();
    assert_eq!([passes(), passes(), passes()], [64, 128, 256]);
    // So many messages in a row are no accident either.
    let mut passes = || (0..99_999).take_while(|_| poll.wait(Awaited::Client, || Ok(1)).is_none()).count();
    assert_eq!(passes(), 512);
    for _ in 0..=Crowd::CALM {
        assert!(passes() <= 1, "the runtime has its turn");
    }
    poll.wait(Awaited::Client, late);
    let passes = (0..9_999).take_while(|_| poll.wait(Awaited::Client, late).is_none()).count();
    assert_eq!(passes, 64);
}
