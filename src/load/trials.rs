//! The load drivers on paused time: what they do when the service stalls, fails, panics or never
//! answers.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::clock::{Clock, TokioClock};
use super::open::Sender;
use super::request::{ActiveRequest, LaneState};
use super::*;
use crate::analyse::Survival;
use crate::jobs::Failure;
use crate::pool::{AcquireError, AcquirePhase, SqlError};
use crate::record::{Cohort, Outcome, Recorder, Tape};
use crate::units::{Quantile, Rate};

pub(super) const MILLISECOND: Nanos = 1_000_000;
pub(super) const SECOND: Nanos = 1_000 * MILLISECOND;

/// Runs a load on paused time, and answers what was noted.
fn on_paused_time<S: Sender<TokioClock>>(task: Task, sender: S, stop_at: Option<Nanos>) -> Tape {
    noted(task, sender, &Stop::default(), stop_at).0
}

/// The same for a sender that may stop the load itself, with what an open loop was given.
pub(super) fn noted<S: Sender<TokioClock>>(
    task: Task,
    sender: S,
    stop: &Stop,
    stop_at: Option<Nanos>,
) -> (Tape, Option<Offered>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let state =
            LaneState::new(Recorder::new(task.window(), 100 * MILLISECOND), TokioClock::starting_now());
        if let Some(at) = stop_at {
            let (stop, wait) = (stop.clone(), state.clock.sleep_until(at));
            tokio::task::spawn_local(async move {
                wait.await;
                stop.stop();
            });
        }
        let offered = match task {
            Task::Open(plan) => Some(open::drive(*plan, &state, sender, stop).await),
            Task::Closed(plan) => {
                closed::drive(plan, &state, sender, stop).await;
                None
            }
            Task::Anatomy { .. } => unreachable!(),
        };
        (state.recorder.replace(Recorder::new(Window::default(), SECOND)).take(), offered)
    })
}

pub(super) fn constant(per_second: f64, end: Nanos) -> Arrivals {
    Arrivals::new(Spacing::Constant, Profile::constant(Rate::per_second(per_second).unwrap()), end, 1)
}

pub(super) fn open_plan(requests: Arrivals, window: Window, cap: u32, when_full: CapPolicy) -> OpenPlan {
    let drain_until = window.to + 60 * SECOND;
    OpenPlan { requests, bystanders: None, in_flight_cap: cap, when_full, window, drain_until }
}

/// A service of 5 ms that stands still for one second.
struct Stalling;

const STALL: Window = Window { from: 3 * SECOND, to: 4 * SECOND };

impl Sender<TokioClock> for Stalling {
    #[expect(clippy::manual_async_fn, reason = "an async fn would borrow the sender")]
    fn send(
        &self,
        _: ArrivalStream,
        _: u64,
        active: ActiveRequest<TokioClock>,
    ) -> impl Future<Output = ()> + 'static {
        async move {
            let clock = active.clock();
            let now = clock.now();
            let starts = if STALL.holds(now) { STALL.to } else { now };
            clock.sleep_until(starts + 5 * MILLISECOND).await;
            active.finish((Outcome::Completed, None));
        }
    }
}

/// 1,000 arrivals due over 10 s. A tool that skips late arrivals, or times them from when they
/// were sent, reports a p99 of 5 ms here.
#[test]
fn a_stall_is_felt_by_all_who_were_due_in_it() {
    for (cap, p99) in [(1, 960), (8, 920)] {
        let window = Window { from: 0, to: 10 * SECOND };
        let plan = open_plan(constant(100.0, 10 * SECOND), window, cap, CapPolicy::Queue);
        let tape = on_paused_time(Task::Open(Box::new(plan)), Stalling, None);
        let cohort = &tape.measured;
        assert_eq!(cohort.ledger.check(), Ok(()));
        assert_eq!((cohort.ledger.scheduled, cohort.ledger.completed), (1000, 1000));
        let measured = Survival::of(&cohort.response).quantile(Quantile::P99).unwrap().at_least();
        let off = measured.as_secs_f64() / Duration::from_millis(p99).as_secs_f64() - 1.0;
        assert!(off.abs() < 0.03, "cap {cap}: p99 {measured:?}, expected {p99} ms");
    }
}

/// What a request of a [`Faulty`] service comes to.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Completes,
    TimesOut,
    Refused,
    Fails,
    Panics,
    NeverEnds,
}

/// A service in which every request has a fate, after some time.
struct Faulty {
    fates: Vec<(Fate, u64)>,
    sent: Rc<Cell<u64>>,
}

impl Sender<TokioClock> for Faulty {
    fn send(
        &self,
        _: ArrivalStream,
        number: u64,
        active: ActiveRequest<TokioClock>,
    ) -> impl Future<Output = ()> + 'static {
        let (fate, after) = self.fates[number as usize % self.fates.len()];
        self.sent.set(self.sent.get() + 1);
        async move {
            let clock = active.clock();
            clock.sleep_until(clock.now() + after * MILLISECOND).await;
            let failed = |failure: Failure, outcome| (outcome, Some(failure.during("step")));
            let response = match fate {
                Fate::Completes => (Outcome::Completed, None),
                Fate::TimesOut => {
                    failed(AcquireError::TimedOut(AcquirePhase::Wait).into(), Outcome::AcquireTimedOut)
                }
                Fate::Refused => failed(AcquireError::Failed("closed".into()).into(), Outcome::AcquireFailed),
                Fate::Fails => failed(SqlError::new("no").into(), Outcome::WorkFailed),
                Fate::Panics => {
                    // The panic is the test's own: no need to tell it on the terminal.
                    std::panic::resume_unwind(Box::new("as the test asks"));
                }
                Fate::NeverEnds => std::future::pending().await,
            };
            active.finish(response);
        }
    }
}

fn fates() -> impl Strategy<Value = Vec<(Fate, u64)>> {
    let fate = prop_oneof![
        5 => Just(Fate::Completes),
        1 => Just(Fate::TimesOut),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Fails),
        1 => Just(Fate::Panics),
        1 => Just(Fate::NeverEnds),
    ];
    prop::collection::vec((fate, 0_u64..2000), 1..20)
}

pub(super) fn balances(cohort: &Cohort) -> Result<(), TestCaseError> {
    prop_assert_eq!(cohort.ledger.check(), Ok(()));
    let responses = cohort.response.seen.count() + cohort.response.censored.count();
    prop_assert_eq!(responses, cohort.ledger.dispatched + cohort.ledger.still_queued);
    prop_assert_eq!(cohort.response.seen.count(), cohort.ledger.completed);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_open_ledger_balances_under_every_fault(
        fates in fates(),
        per_second in 1.0_f64..200.0,
        cap in 1_u32..30,
        shed in any::<bool>(),
        stop_at in prop::option::of(0_u64..8),
    ) {
        let window = Window { from: SECOND, to: 5 * SECOND };
        let when_full = if shed { CapPolicy::Shed } else { CapPolicy::Queue };
        let plan = open_plan(constant(per_second, window.to), window, cap, when_full);
        let due = constant(per_second, window.to).count() as u64;
        let sent = Rc::new(Cell::new(0));
        let sender = Faulty { fates, sent: sent.clone() };
        let tape = on_paused_time(Task::Open(Box::new(plan)), sender, stop_at.map(|at| at * SECOND));
        balances(&tape.measured)?;
        balances(&tape.warm_up)?;
        let ledgers = [tape.measured.ledger, tape.warm_up.ledger];
        let scheduled: u64 = ledgers.iter().map(|ledger| ledger.scheduled).sum();
        prop_assert!(scheduled == due || stop_at.is_some(), "{scheduled} of {due}");
        prop_assert_eq!(ledgers.iter().map(|ledger| ledger.dispatched).sum::<u64>(), sent.get());
        if !shed {
            prop_assert_eq!(ledgers.iter().map(|ledger| ledger.shed).sum::<u64>(), 0);
        }
    }

    #[test]
    fn the_closed_ledger_balances_under_every_fault(
        fates in fates(),
        callers in 1_u32..20,
        think in 0_u64..500,
        stop_at in prop::option::of(0_u64..6_000),
    ) {
        // A service that fails at once would make a caller's loop endless on paused time.
        let fates: Vec<_> = fates.into_iter().map(|(fate, after)| (fate, after + 1)).collect();
        let window = Window { from: SECOND, to: 4 * SECOND };
        let plan = ClosedPlan { callers, think: think * MILLISECOND, spread: SECOND, window };
        let sent = Rc::new(Cell::new(0));
        let sender = Faulty { fates, sent: sent.clone() };
        let tape = on_paused_time(Task::Closed(plan), sender, stop_at.map(|at| at * MILLISECOND));
        balances(&tape.measured)?;
        balances(&tape.warm_up)?;
        let dispatched = tape.measured.ledger.dispatched + tape.warm_up.ledger.dispatched;
        prop_assert_eq!(dispatched, sent.get());
    }
}

/// A lane that nobody answers.
pub(super) fn spec() -> LaneSpec {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = crate::target::DatabaseUrl::new(format!("postgres://u:s3cret@127.0.0.1:{closed}/db"));
    let address = crate::pool::Address::parse(&url).unwrap();
    let workload = std::sync::Arc::new(crate::itinerary::Workload { steps: Vec::new() });
    let play = crate::jobs::service::Play {
        itinerary: crate::itinerary::Itinerary::new(crate::itinerary::SessionScope::Request, workload),
        steps: Vec::new(),
        mark_failed: Duration::ZERO,
        processors: std::num::NonZeroU32::MIN,
    };
    LaneSpec {
        library: Library::Deadpool,
        address,
        pool: PoolOptions::default(),
        queue: None,
        schema: "poolbench".to_owned(),
        play: Arc::new(play),
        other_kinds: Vec::new(),
        bystander_time: Duration::ZERO,
        lane: "test".into(),
        first_request: 0,
        task: Task::Anatomy { within: Duration::from_secs(60) },
        connect: 1,
        step: SECOND,
        seeds: crate::arrivals::RequestSeeds { failures: 1, step_times: 2, kinds: 3 },
        misuse: None,
    }
}

/// A lane on the pool that does nothing.
pub(crate) fn idle_lane(task: Task) -> LaneSpec {
    LaneSpec { library: Library::Noop, connect: 0, step: 20 * MILLISECOND, task, ..spec() }
}

/// A caller is counted and sends in one go, so that no stop comes between.
#[test]
fn the_closed_ledger_balances_at_real_speed_whenever_it_is_stopped() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (stop_after, spread) in [(0, 0), (30, 0), (30, SECOND)] {
        let window = Window { from: 10 * MILLISECOND, to: 60 * SECOND };
        let task = Task::Closed(ClosedPlan { callers: 500, think: 0, spread, window });
        let stop = Stop::default();
        let mut started = runtime.block_on(start(vec![idle_lane(task)], &stop)).unwrap();
        std::thread::sleep(Duration::from_millis(stop_after));
        stop.stop();
        let tape = started.lanes.remove(0).join().unwrap().tape;
        for cohort in [&tape.measured, &tape.warm_up] {
            balances(cohort).unwrap();
            assert_eq!(cohort.ledger.scheduled, cohort.ledger.dispatched);
        }
    }
}

/// A set-up that fails ends the act with its reason; the lanes that are ready are not waited for.
#[test]
fn a_lane_that_cannot_be_set_up_ends_the_act() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spec = spec();
    let began = std::time::Instant::now();
    let fault = runtime.block_on(start(vec![spec.clone(), spec], &Stop::default())).unwrap_err().to_string();
    assert!(fault.starts_with("cannot set up the pool") && !fault.contains("s3cret"), "{fault}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
