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
use crate::jobs::repository::Repository;
use crate::jobs::service::{Play, Service};
use crate::jobs::{Particulars, Processors, Request, router};
use crate::pool::{AcquireError, Pool};
use crate::queue::Queue;
use crate::record::{Class, Gauges, Nanos, Outcome, Recorder};

/// What a lane waits for between its connections and its load.
pub(super) struct StartGate {
    /// Told when the connections are made, or what went wrong.
    pub(super) ready: tokio::sync::oneshot::Sender<Result<(), LaneError>>,
    /// Gives the instant at which all lanes start; closed when the act does not take place.
    pub(super) go: tokio::sync::oneshot::Receiver<Instant>,
}

/// What a lane sends its requests to, set up and ready.
pub(super) trait System: 'static {
    /// What sends its requests.
    type Sender: Sender<SystemClock>;

    /// A sender of its requests.
    fn sender(self: &Rc<Self>) -> Self::Sender;

    /// One request while nothing else is under way, with the moves that are seen of it. Nothing when it was
    /// cut off.
    fn trace_one(
        self: &Rc<Self>,
        state: &Rc<LaneState<SystemClock>>,
        within: Duration,
        stop: &Stop,
    ) -> impl Future<Output = Vec<Traced>>;

    /// What somebody else does with its pool while the load lasts.
    type Beside;

    /// Begins it; none mostly.
    fn beside(&self, clock: SystemClock) -> Option<Self::Beside>;

    /// Ends it, and tells how many connections the pool lends at once then.
    fn ends(&self, beside: Self::Beside, stop: &Stop) -> impl Future<Output = Option<u32>>;

    /// What its pool says of itself, where there is one that can be asked.
    fn gauges(&self) -> Gauges;

    /// What a service behind an address calls itself; nothing of a pool.
    fn calls_itself(&self) -> Option<String> {
        None
    }

    /// Gives back what it has.
    fn close(&self) -> impl Future<Output = ()>;
}

/// The load of a lane, whatever it goes to.
pub(super) struct LoadSpec {
    /// What is driven.
    pub(super) task: Task,
    /// Length of the slices of its series.
    pub(super) step: Nanos,
    /// How many connections one request takes one after the other, as far as that is seen.
    pub(super) holds: u32,
    /// How many kinds of requests there are.
    pub(super) kinds: usize,
}

/// Runs a lane. A set-up that fails is told through the gate, so that no other lane waits for it.
pub(super) async fn run<P: Pool>(
    spec: LaneSpec,
    gate: StartGate,
    live: Arc<Live>,
    stop: Stop,
) -> Option<LaneOutcome> {
    let (task, step) = (spec.task.clone(), spec.step);
    let load =
        LoadSpec { task, step, holds: spec.play.itinerary.acquisitions(), kinds: 1 + spec.other_kinds.len() };
    let set_up =
        async { Ok(JobService { service: Rc::new(set_up::<P>(&spec).await?), spec: Rc::new(spec) }) };
    play(set_up, load, gate, live, stop).await
}

/// Sets a system up, waits for the start, and drives the load.
pub(super) async fn play<S: System>(
    set_up: impl Future<Output = Result<S, LaneError>>,
    load: LoadSpec,
    gate: StartGate,
    live: Arc<Live>,
    stop: Stop,
) -> Option<LaneOutcome> {
    let set_up = match stop.cuts(SETTING_UP, set_up).await {
        Ok(set_up) => set_up,
        Err(Cut::Stopped) => Err(LaneError::Stopped),
        Err(Cut::TimedOut) => Err(LaneError::TooSlow(SETTING_UP)),
    };
    let system = match set_up {
        Ok(system) => Rc::new(system),
        Err(fault) => {
            let _ = gate.ready.send(Err(fault));
            return None;
        }
    };
    gate.ready.send(Ok(())).ok()?;
    let start = gate.go.await.ok()?;
    let clock = SystemClock::starting_at(start);
    tokio::time::sleep_until(start.into()).await;
    let recorder = Recorder::new(load.task.window(), load.step);
    let recorder = recorder.of_holds_a_request(load.holds).of_kinds(load.kinds);
    let state = LaneState::new(recorder, clock);
    let ticker = tokio::task::spawn_local(tick(state.clone(), system.clone(), live, load.step));
    let beside = system.beside(state.clock);
    let (trace, offered) = drive(&load.task, &state, &system, &stop).await;
    ticker.abort();
    let _ = ticker.await;
    let lent_at_end = match beside {
        Some(beside) => system.ends(beside, &stop).await,
        None => None,
    };
    // Sessions that were cut off are still on their way back; a pool that never closes must not
    // hold up the run.
    let _ = stop.within(CLOSING, system.close()).await;
    let tape = state.recorder.borrow_mut().take();
    Some(LaneOutcome { tape, trace, offered, lent_at_end, calls_itself: system.calls_itself() })
}

const CLOSING: Duration = Duration::from_secs(2);

/// How long asking a pool for all its connections may take.
const ASKING: Duration = Duration::from_secs(5);

/// How long a lane may take until its connections are there.
const SETTING_UP: Duration = Duration::from_secs(30);

async fn drive<S: System>(
    task: &Task,
    state: &Rc<LaneState<SystemClock>>,
    system: &Rc<S>,
    stop: &Stop,
) -> (Vec<Traced>, Option<Offered>) {
    match task {
        Task::Anatomy { within } => (system.trace_one(state, *within, stop).await, None),
        Task::Open(plan) => {
            let offered = open::drive((**plan).clone(), state, system.sender(), stop).await;
            (Vec::new(), Some(offered))
        }
        Task::Closed(plan) => {
            closed::drive(*plan, state, system.sender(), stop).await;
            (Vec::new(), None)
        }
    }
}

/// The job service on a pool, in this very process.
struct JobService<P> {
    service: Rc<Service<P>>,
    spec: Rc<LaneSpec>,
}

impl<P: Pool> System for JobService<P> {
    type Sender = Submitter<P>;

    fn sender(self: &Rc<Self>) -> Submitter<P> {
        Submitter { service: self.service.clone(), spec: self.spec.clone() }
    }

    async fn trace_one(
        self: &Rc<Self>,
        state: &Rc<LaneState<SystemClock>>,
        within: Duration,
        stop: &Stop,
    ) -> Vec<Traced> {
        trace_one(&self.spec, state, &self.service, within, stop).await
    }

    type Beside = Misusing<P>;

    fn beside(&self, clock: SystemClock) -> Option<Misusing<P>> {
        self.spec.misuse.map(|misuse| Misusing::begin(misuse, &self.service, clock))
    }

    async fn ends(&self, mut misusing: Misusing<P>, stop: &Stop) -> Option<u32> {
        misusing.end().await;
        stop.within(ASKING, lends(&self.service, self.spec.pool.size)).await
    }

    fn gauges(&self) -> Gauges {
        self.service.repository.gauges()
    }

    async fn close(&self) {
        self.service.repository.close().await;
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
    Ok(Service {
        repository: Repository::new(pool, &spec.schema, &spec.lane),
        queue,
        processors: Processors::new(spec.play.processors),
    })
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

/// How often a lane shows how it stands, while its slices may be longer.
const SHOWN_EVERY: Nanos = 100_000_000;

/// Notes the gauges at the end of each slice, and shows how the lane stands.
async fn tick<S: System>(state: Rc<LaneState<SystemClock>>, system: Rc<S>, live: Arc<Live>, step: Nanos) {
    let (mut shown, mut slice_ends) = (0, step);
    loop {
        shown = slice_ends.min(shown + SHOWN_EVERY);
        state.clock.sleep_until(shown).await;
        let now = state.clock.now();
        let mut recorder = state.recorder.borrow_mut();
        if shown == slice_ends {
            // The slice that has just ended, unless this tick is late.
            recorder.tick(now.saturating_sub(1).min(slice_ends - 1), system.gauges());
            slice_ends += step;
        }
        let tape = recorder.tape();
        let ledgers = [&tape.measured.ledger, &tape.warm_up.ledger];
        let due = ledgers.iter().map(|ledger| ledger.scheduled).sum();
        let completed = ledgers.iter().map(|ledger| ledger.completed).sum();
        let failed = ledgers.iter().map(|ledger| ledger.failed()).sum();
        live.show(now, recorder.standing(), due, completed, failed);
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
    let request = Request { number: spec.first_request, job: 0, failure_draw: 1.0, particulars: None };
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

/// A request by its number, and what it does. Apart, so that nothing of it stays with a request that waits.
fn make<'s, C: Clock>(spec: &'s LaneSpec, number: u64, active: &mut ActiveRequest<C>) -> (&'s Play, Request) {
    let (kind, play) = spec.kind(number);
    let times = play.times(|step| spec.seeds.step_time(number, step));
    if !spec.other_kinds.is_empty() {
        active.is_of_kind(kind);
    }
    if times.is_some() {
        active.differs();
    }
    let request = Request {
        number: spec.first_request + number,
        job: 0,
        failure_draw: spec.seeds.failure(number),
        particulars: times.map(|times| Box::new(Particulars { times: Some(times), name: None })),
    };
    (play, request)
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
                    let (play, request) = make(&spec, number, &mut active);
                    router::submit(&service, play, request, &mut active).await
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
