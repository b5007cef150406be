use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::clock::{SystemClock, TokioClock};
use super::super::lane::Submitter;
use super::super::trials::{MILLISECOND, SECOND, balances, constant, idle_lane, noted, open_plan};
use super::super::{LaneOutcome, Task, start};
use super::*;
use crate::arrivals::{Burst, Fingerprint, Profile, Spacing};
use crate::pool::Pool;
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::noop::NoopPool;
use crate::pool::sqlx::SqlxPool;
use crate::record::{ArrivalsCut, Recorder, Tape};
use crate::units::Rate;

/// What tokio adds to the future of a task: its header, its scheduler, and who waits for it.
const OF_A_TASK: usize = 104;

fn size_of_answer<A, F>(_: impl Fn(A) -> F) -> usize {
    size_of::<F>()
}

fn in_flight<P: Pool>() -> usize {
    size_of_answer(Line::<SystemClock, Submitter<P>>::see_through) + OF_A_TASK
}

/// Tasks are aligned to 128 bytes, for which the allocator takes up to as much again.
#[test]
fn a_request_in_flight_takes_less_than_a_kibibyte() {
    for size in [in_flight::<NoopPool>(), in_flight::<DeadpoolPool>(), in_flight::<SqlxPool>()] {
        assert!(size.next_multiple_of(128) + 128 < 1024, "{size}");
    }
}

/// Requests that are ready all the time: so many at once that those made last wait long for their
/// first turn. One in some panics, and one of them stops the load.
struct Busy {
    turns: u32,
    panics_every: u64,
    stops_after: Option<u64>,
    stop: Stop,
    sent: Rc<Cell<u64>>,
}

impl Sender<TokioClock> for Busy {
    fn send(
        &self,
        _: ArrivalStream,
        number: u64,
        active: ActiveRequest<TokioClock>,
    ) -> impl Future<Output = ()> + 'static {
        self.sent.set(self.sent.get() + 1);
        if Some(self.sent.get()) == self.stops_after {
            self.stop.stop();
        }
        let (turns, panics) = (self.turns, number % self.panics_every == self.panics_every - 1);
        async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            if panics {
                // The panic is the test's own: no need to tell it on the terminal.
                std::panic::resume_unwind(Box::new("as the test asks"));
            }
            active.finish((Outcome::Completed, None));
        }
    }
}

fn total(tape: &Tape, of: impl Fn(&crate::record::Ledger) -> u64) -> u64 {
    [&tape.measured, &tape.warm_up].iter().map(|cohort| of(&cohort.ledger)).sum()
}

fn all_balance(tape: &Tape) -> Result<(), TestCaseError> {
    for cohort in [&tape.measured, &tape.warm_up, &tape.bystanders, &tape.bystanders_warm_up] {
        balances(cohort)?;
    }
    Ok(())
}

/// A burst of 500, stopped when 100 were sent: the tasks of others were made and never ran.
#[test]
fn a_request_that_was_never_polled_is_still_queued() {
    let window = Window { from: 0, to: SECOND };
    let requests = constant(1.0, window.to).with_burst(Burst { at: 0, requests: 500 });
    let plan = open_plan(requests, window, 10_000, CapPolicy::Queue);
    let (stop, sent) = (Stop::default(), Rc::new(Cell::new(0)));
    let busy = Busy {
        turns: 1_000,
        panics_every: u64::MAX,
        stops_after: Some(100),
        stop: stop.clone(),
        sent: sent.clone(),
    };
    let (tape, _) = noted(Task::Open(Box::new(plan)), busy, &stop, None);
    all_balance(&tape).unwrap();
    let ledger = tape.measured.ledger;
    assert_eq!((ledger.scheduled, ledger.dispatched, ledger.abandoned), (501, sent.get(), sent.get()));
    assert_eq!(ledger.still_queued, 501 - sent.get());
    assert!(ledger.still_queued > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_ledger_balances_whenever_and_by_whom_the_load_is_stopped(
        turns in 0_u32..60,
        panics_every in 1_u64..50,
        per_second in 1.0_f64..300.0,
        burst in 0_u32..600,
        cap in prop_oneof![1_u32..30, Just(10_000)],
        shed in any::<bool>(),
        bystanders in any::<bool>(),
        stops_after in prop::option::of(1_u64..900),
        stop_at in prop::option::of(0_u64..2_500),
    ) {
        let window = Window { from: SECOND, to: 2 * SECOND };
        let requests = constant(per_second, window.to).with_burst(Burst { at: SECOND, requests: burst });
        let when_full = if shed { CapPolicy::Shed } else { CapPolicy::Queue };
        let others = bystanders.then(|| constant(50.0, window.to));
        let plan = OpenPlan { bystanders: others, ..open_plan(requests.clone(), window, cap, when_full) };
        let (stop, sent) = (Stop::default(), Rc::new(Cell::new(0)));
        let busy = Busy { turns, panics_every, stops_after, stop: stop.clone(), sent: sent.clone() };
        let stop_at = stop_at.map(|at| at * MILLISECOND);
        let (tape, offered) = noted(Task::Open(Box::new(plan)), busy, &stop, stop_at);
        all_balance(&tape)?;
        let offered = offered.unwrap();
        let others = tape.bystanders.ledger.dispatched + tape.bystanders_warm_up.ledger.dispatched;
        prop_assert_eq!(total(&tape, |ledger| ledger.dispatched) + others, sent.get());
        // What was given is the beginning of what was planned, to the last request in the ledger.
        let scheduled = total(&tape, |ledger| ledger.scheduled);
        prop_assert_eq!(offered.fingerprint.count(), scheduled);
        let due = requests.clone().count() as u64;
        prop_assert!(scheduled == due || stop.is_stopped(), "{} of {}", scheduled, due);
        let given: Fingerprint = requests.take(scheduled as usize).collect();
        prop_assert_eq!(offered.fingerprint, given);
        prop_assert_eq!(offered.cut, None);
    }
}

/// Bystanders need no place, so they are sent on time while requests wait for theirs.
#[test]
fn bystanders_pass_requests_that_wait() {
    struct Stuck;
    impl Sender<TokioClock> for Stuck {
        #[expect(clippy::manual_async_fn, reason = "an async fn would borrow the sender")]
        fn send(
            &self,
            stream: ArrivalStream,
            _: u64,
            active: ActiveRequest<TokioClock>,
        ) -> impl Future<Output = ()> + 'static {
            async move {
                if stream == ArrivalStream::Requests {
                    std::future::pending::<()>().await;
                }
                active.finish((Outcome::Completed, None));
            }
        }
    }
    let window = Window { from: 0, to: SECOND };
    let plan = OpenPlan {
        bystanders: Some(constant(100.0, window.to)),
        ..open_plan(constant(10.0, window.to), window, 1, CapPolicy::Queue)
    };
    let (tape, _) = noted(Task::Open(Box::new(plan)), Stuck, &Stop::default(), None);
    let (requests, others) = (tape.measured.ledger, tape.bystanders.ledger);
    assert_eq!((requests.scheduled, requests.in_flight, requests.still_queued), (10, 1, 9));
    assert_eq!((others.scheduled, others.completed), (100, 100));
    assert!(tape.bystanders.schedule_lag.greatest() < 5 * MILLISECOND);
}

/// Drives a lane on the no-op pool at real speed, and says stop after a while.
fn driven(per_second: f64, plan: impl Fn(Arrivals) -> OpenPlan, stop_after: Option<Duration>) -> LaneOutcome {
    let rate = Rate::per_second(per_second).unwrap();
    let requests = Arrivals::new(Spacing::Poisson, Profile::constant(rate), 60 * SECOND, 1);
    let spec = idle_lane(Task::Open(Box::new(plan(requests))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stop = Stop::default();
    let mut started = runtime.block_on(start(vec![spec], &stop)).unwrap();
    if let Some(time) = stop_after {
        std::thread::sleep(time);
        stop.stop();
    }
    started.lanes.remove(0).join().unwrap()
}

#[test]
fn the_ledger_balances_at_real_speed_whenever_it_is_stopped() {
    let window = Window { from: 10 * MILLISECOND, to: 60 * SECOND };
    for (stop_after, when_full) in [(30, CapPolicy::Queue), (45, CapPolicy::Shed), (70, CapPolicy::Queue)] {
        let plan = |requests| open_plan(requests, window, 1_000, when_full);
        let outcome = driven(200_000.0, plan, Some(Duration::from_millis(stop_after)));
        all_balance(&outcome.tape).unwrap();
        let counted = total(&outcome.tape, |ledger| ledger.scheduled);
        assert_eq!(outcome.offered.unwrap().fingerprint.count(), counted);
        assert!(counted > 0);
    }
}

/// Nobody can draw a million million arrivals a second, and the load ends all the same.
#[test]
fn a_rate_beyond_all_reach_ends_when_stopped_and_when_its_time_is_up() {
    let long = Window { from: 0, to: 60 * SECOND };
    let short = Window { from: 0, to: 30 * MILLISECOND };
    let soon = Some(Duration::from_millis(50));
    for (window, stop_after) in [(long, soon), (short, None)] {
        for when_full in [CapPolicy::Queue, CapPolicy::Shed] {
            let began = Instant::now();
            let plan = |requests| OpenPlan {
                drain_until: window.to + 20 * MILLISECOND,
                ..open_plan(requests, window, 1_000, when_full)
            };
            let outcome = driven(1e12, plan, stop_after);
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
            all_balance(&outcome.tape).unwrap();
            let ArrivalsCut { until, due, scheduled } = outcome.offered.unwrap().cut.unwrap();
            assert_eq!(scheduled, total(&outcome.tape, |ledger| ledger.scheduled));
            assert!(until > 0 && due > 1_000 * scheduled, "{scheduled} of {due} until {until}");
        }
    }
}

#[test]
fn who_was_due_and_not_sent_is_counted_up_to_a_limit() {
    let window = Window { from: 0, to: 10 * SECOND };
    let plan = OpenPlan {
        bystanders: Some(constant(1.0, window.to)),
        ..open_plan(constant(10.0, window.to), window, 1, CapPolicy::Queue)
    };
    let left = |most| {
        let mut recorder = Recorder::new(window, SECOND);
        let offered = Agenda::new(&plan).leave(&plan, 4 * SECOND + 1, most, &mut recorder);
        let tape = recorder.take();
        all_balance(&tape).unwrap();
        (tape.measured.ledger.still_queued, tape.bystanders.ledger.still_queued, offered.cut)
    };
    assert_eq!(left(46), (41, 5, None));
    let cut = ArrivalsCut { until: 4 * SECOND + 1, due: 44, scheduled: 11 };
    assert_eq!(left(11), (10, 1, Some(cut)));
}
