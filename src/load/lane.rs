//! One lane, from its connections to its tape.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::act::{LaneError, LaneOutcome};
use super::agenda::{ArrivalStream, Offered};
use super::clock::{Clock, SystemClock};
use super::live::{Cut, Live, Stop};
use super::misuse::{Misusing, lends};
use super::open::Sender;
use super::request::{ActiveRequest, LaneState, Traced};
use super::{LaneSpec, Task, closed, open};
use crate::arrivals::failure_draw;
use crate::jobs::repository::Repository;
use crate::jobs::service::Service;
use crate::jobs::{Request, router};
use crate::pool::{AcquireError, Pool};
use crate::queue::Queue;
use crate::record::{Class, Nanos, Outcome, Recorder};

/// What a lane waits for between its connections and its load.
pub(super) struct StartGate {
    /// Told when the connections are made, or what went wrong.
    pub(super) ready: tokio::sync::oneshot::Sender<Result<(), LaneError>>,
    /// Gives the instant at which all lanes start; closed when the act does not take place.
    pub(super) go: tokio::sync::oneshot::Receiver<Instant>,
}

/// Runs a lane. A set-up that fails is told through the gate, so that no other lane waits for it.
pub(super) async fn run<P: Pool>(
    spec: LaneSpec,
    gate: StartGate,
    live: Arc<Live>,
    stop: Stop,
) -> Option<LaneOutcome> {
    let set_up = match stop.cuts(SETTING_UP, set_up::<P>(&spec)).await {
        Ok(set_up) => set_up,
        Err(Cut::Stopped) => Err(LaneError::Stopped),
        Err(Cut::TimedOut) => Err(LaneError::TooSlow(SETTING_UP)),
    };
    let service = match set_up {
        Ok(service) => Rc::new(service),
        Err(fault) => {
            let _ = gate.ready.send(Err(fault));
            return None;
        }
    };
    gate.ready.send(Ok(())).ok()?;
    let start = gate.go.await.ok()?;
    let clock = SystemClock::starting_at(start);
    tokio::time::sleep_until(start.into()).await;
    let recorder = Recorder::new(spec.task.window(), spec.step);
    let recorder = recorder.of_holds_a_request(spec.play.itinerary.acquisitions());
    let state = LaneState::new(recorder, clock);
    let ticker = tokio::task::spawn_local(tick(state.clone(), service.clone(), live, spec.step));
    let mut misusing = spec.misuse.map(|misuse| Misusing::begin(misuse, &service, state.clock));
    let (trace, offered) = drive(&spec, &state, &service, &stop).await;
    ticker.abort();
    let _ = ticker.await;
    let mut lent_at_end = None;
    if let Some(misusing) = &mut misusing {
        misusing.end().await;
        lent_at_end = stop.within(ASKING, lends(&service, spec.pool.size)).await;
    }
    drop(misusing);
    // Sessions that were cut off are still on their way back; a pool that never closes must not
    // hold up the run.
    let _ = stop.within(CLOSING, service.repository.close()).await;
    let tape = state.recorder.borrow_mut().take();
    Some(LaneOutcome { tape, trace, offered, lent_at_end })
}

const CLOSING: Duration = Duration::from_secs(2);

/// How long asking a pool for all its connections may take.
const ASKING: Duration = Duration::from_secs(5);

/// How long a lane may take until its connections are there.
const SETTING_UP: Duration = Duration::from_secs(30);

async fn drive<P: Pool>(
    spec: &LaneSpec,
    state: &Rc<LaneState<SystemClock>>,
    service: &Rc<Service<P>>,
    stop: &Stop,
) -> (Vec<Traced>, Option<Offered>) {
    let submitter = Submitter { service: service.clone(), spec: Rc::new(spec.clone()) };
    match &spec.task {
        Task::Anatomy { within } => (trace_one(spec, state, service, *within, stop).await, None),
        Task::Open(plan) => {
            let offered = open::drive((**plan).clone(), state, submitter, stop).await;
            (Vec::new(), Some(offered))
        }
        Task::Closed(plan) => {
            closed::drive(*plan, state, submitter, stop).await;
            (Vec::new(), None)
        }
    }
}

/// Makes the queue's connection and the pool's, all of those asked for.
async fn set_up<P: Pool>(spec: &LaneSpec) -> Result<Service<P>, LaneError> {
    let queue = Queue::connect(spec.queue.as_ref()).await?;
    let mut options = spec.pool.clone();
    // Making a connection may take longer than the scaled acquire timeout allows.
    options.acquire_timeout = options.acquire_timeout.max(CONNECTING);
    let patient = P::open(&spec.address, &options)?;
    drop(patient.acquire().await?);
    patient.close().await;
    let pool = P::open(&spec.address, &spec.pool)?;
    connect(&pool, spec.connect, spec.pool.acquire_timeout).await?;
    Ok(Service { repository: Repository::new(pool, &spec.schema, &spec.lane), queue })
}

const CONNECTING: Duration = Duration::from_secs(8);

/// Holds so many connections at once, so that the pool has made them. An acquire timeout that is
/// shorter than a connect is tried again: the connections made so far stay in the pool.
async fn connect<P: Pool>(pool: &P, connections: u32, timeout: Duration) -> Result<(), LaneError> {
    let began = Instant::now();
    loop {
        let mut held = Vec::new();
        let mut fault = None;
        for _ in 0..connections {
            match pool.acquire().await {
                Ok(session) => held.push(session),
                Err(failed) => fault = Some(failed),
            }
        }
        match fault {
            None => return Ok(()),
            Some(AcquireError::TimedOut(_)) if began.elapsed() > CONNECTING => {
                return Err(LaneError::SlowToConnect(timeout));
            }
            Some(fault) if began.elapsed() > CONNECTING => return Err(fault.into()),
            Some(_) => drop(held),
        }
        tokio::task::yield_now().await;
    }
}

/// Notes the gauges at the end of each slice.
async fn tick<P: Pool>(
    state: Rc<LaneState<SystemClock>>,
    service: Rc<Service<P>>,
    live: Arc<Live>,
    step: Nanos,
) {
    for slice in 1.. {
        state.clock.sleep_until(slice * step).await;
        let now = state.clock.now();
        let mut recorder = state.recorder.borrow_mut();
        // The slice that has just ended, unless this tick is late.
        let gauges = recorder.tick(now.saturating_sub(1).min(slice * step - 1), service.repository.gauges());
        let tape = recorder.tape();
        let ledgers = [&tape.measured.ledger, &tape.warm_up.ledger];
        let due = ledgers.iter().map(|ledger| ledger.scheduled).sum();
        let completed = ledgers.iter().map(|ledger| ledger.completed).sum();
        let failed =
            ledgers.iter().map(|l| l.acquire_timed_out + l.acquire_failed + l.work_failed + l.panicked).sum();
        live.show(now, &gauges, due, completed, failed);
    }
}

/// One request on an idle pool, every move noted. Nothing when it was cut off.
async fn trace_one<P: Pool>(
    spec: &LaneSpec,
    state: &Rc<LaneState<SystemClock>>,
    service: &Rc<Service<P>>,
    within: Duration,
    stop: &Stop,
) -> Vec<Traced> {
    let now = state.clock.now();
    state.recorder.borrow_mut().scheduled(Class::Measured, now);
    let mut active = ActiveRequest::traced(state, Class::Measured, now);
    let request = Request { number: spec.first_request, job: 0, failure_draw: 1.0, name: None };
    tokio::select! {
        biased;
        () = stop.stopped() => {
            state.cut_off.set(Outcome::Abandoned);
            Vec::new()
        }
        () = tokio::time::sleep(within) => Vec::new(),
        response = router::submit(service, &spec.play, request, &mut active) => active.finish(response),
    }
}

/// Sends the requests of a lane through the router.
pub(super) struct Submitter<P> {
    service: Rc<Service<P>>,
    spec: Rc<LaneSpec>,
}

impl<P: Pool, C: Clock> Sender<C> for Submitter<P> {
    fn send(
        &self,
        stream: ArrivalStream,
        number: u64,
        mut active: ActiveRequest<C>,
    ) -> impl Future<Output = ()> + 'static {
        let (service, spec) = (self.service.clone(), self.spec.clone());
        async move {
            let response = match stream {
                ArrivalStream::Requests => {
                    let failure_draw = failure_draw(spec.seed, number);
                    let number = spec.first_request + number;
                    let request = Request { number, job: 0, failure_draw, name: None };
                    router::submit(&service, &spec.play, request, &mut active).await
                }
                // On the heap: few of those in flight are bystanders, and all would carry the room.
                ArrivalStream::Bystanders => {
                    Box::pin(router::glance(&service, spec.bystander_time, &mut active)).await
                }
            };
            active.finish(response);
        }
    }
}
