//! A lane whose requests go to a service behind an address. What becomes of them inside is not seen: of each
//! there is its answer, and when it came.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::Task;
use super::act::{LaneError, LaneOutcome, Named};
use super::agenda::ArrivalStream;
use super::bind::on_this_thread;
use super::clock::{Clock, SystemClock};
use super::lane::{self, LoadSpec, StartGate, System};
use super::live::{Live, Stop};
use super::open::Sender;
use super::request::{ActiveRequest, LaneState, Traced};
use crate::http::{Answer, Call, Client, Fault, Place};
use crate::record::{Class, Failed, Gauges, Nanos, Outcome, Why};

/// What an answer means to the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The request is done.
    Success,
    /// The service says that it waited in vain for a connection.
    TimedOut,
    /// It is not done for another reason.
    Failure,
}

/// Tells what an answer means.
pub type Meanings = Arc<dyn Fn(&Answer) -> Meaning + Send + Sync>;

/// All that such a lane needs to know.
#[derive(Clone)]
pub struct HttpLaneSpec {
    /// What its thread is called.
    pub lane: String,
    /// Where its requests go.
    pub place: Place,
    /// A request.
    pub request: Call,
    /// A bystander's request; none where there are no bystanders.
    pub bystander: Option<Call>,
    /// How long an answer is waited for; none for as long as the load lasts.
    pub timeout: Option<Duration>,
    /// What an answer to a request means. To a bystander every status below 400 is a success.
    pub means: Meanings,
    /// The number of its first request; the others follow, unique in the run.
    pub first_request: u64,
    /// The load that it drives.
    pub task: Task,
    /// Length of the slices of its series.
    pub step: Nanos,
}

impl fmt::Debug for HttpLaneSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lane, place, timeout, first_request, task, step, .. } = self;
        let mut told = f.debug_struct("HttpLaneSpec");
        told.field("lane", lane).field("place", place).field("timeout", timeout);
        told.field("first_request", first_request).field("task", task).field("step", step);
        told.finish_non_exhaustive()
    }
}

impl Named for HttpLaneSpec {
    fn name(&self) -> &str {
        &self.lane
    }
}

/// Runs such a lane on this thread.
pub(super) fn run(spec: HttpLaneSpec, gate: StartGate, live: Arc<Live>, stop: Stop) -> Option<LaneOutcome> {
    // What a request holds inside is not seen.
    let load = LoadSpec { task: spec.task.clone(), step: spec.step, holds: 0, kinds: 1 };
    let set_up = async {
        let client = Client::new(spec.place.clone()).map_err(LaneError::from)?;
        Ok::<_, LaneError>(Service(Rc::new(Behind { client, name: OnceCell::new(), spec })))
    };
    on_this_thread(lane::play(set_up, load, gate, live, stop))
}

/// The service behind an address.
struct Behind {
    client: Client,
    /// What the service calls itself, as of its first answer.
    name: OnceCell<String>,
    spec: HttpLaneSpec,
}

struct Service(Rc<Behind>);

impl System for Service {
    type Sender = Caller;

    fn sender(self: &Rc<Self>) -> Caller {
        Caller(self.0.clone())
    }

    async fn trace_one(
        self: &Rc<Self>,
        state: &Rc<LaneState<SystemClock>>,
        within: Duration,
        stop: &Stop,
    ) -> Vec<Traced> {
        let now = state.clock.now();
        state.recorder.borrow_mut().scheduled(Class::Measured, now);
        let active = ActiveRequest::dispatch(state, Class::Measured, now);
        tokio::select! {
            biased;
            () = stop.stopped() => state.cut_off.set(Outcome::Abandoned),
            () = tokio::time::sleep(within) => {}
            () = self.sender().send(ArrivalStream::Requests, 0, active) => {}
        }
        Vec::new()
    }

    /// Nobody else has a hand in the client.
    type Beside = Infallible;

    fn beside(&self, _: SystemClock) -> Option<Infallible> {
        None
    }

    async fn ends(&self, beside: Infallible, _: &Stop) -> Option<u32> {
        match beside {}
    }

    fn gauges(&self) -> Gauges {
        Gauges::default()
    }

    fn calls_itself(&self) -> Option<String> {
        self.0.name.get().cloned().filter(|name| !name.is_empty())
    }

    /// Its connections end with the load that they were made in.
    async fn close(&self) {}
}

/// Sends the requests of such a lane.
struct Caller(Rc<Behind>);

impl<C: Clock> Sender<C> for Caller {
    fn send(
        &self,
        stream: ArrivalStream,
        number: u64,
        active: ActiveRequest<C>,
    ) -> impl Future<Output = ()> + 'static {
        let behind = self.0.clone();
        async move {
            let told = behind.ask(stream, number).await;
            let (outcome, failed) = behind.outcome(stream, &told);
            active.end(outcome, failed);
        }
    }
}

/// What came of asking: an answer, a fault, or nothing in time.
type Told = Option<Result<Answer, Fault>>;

impl Behind {
    async fn ask(&self, stream: ArrivalStream, number: u64) -> Told {
        let call = match (stream, &self.spec.bystander) {
            (ArrivalStream::Bystanders, Some(bystander)) => bystander,
            _ => &self.spec.request,
        };
        let sent = self.client.send(call, self.spec.first_request + number);
        let told = match self.spec.timeout {
            None => Some(sent.await),
            Some(timeout) => tokio::time::timeout(timeout, sent).await.ok(),
        };
        if let Some(Ok(answer)) = &told {
            self.name.get_or_init(|| answer.server.clone());
        }
        told
    }

    /// The column that a request ends in, and what is told of it.
    fn outcome<'a>(&self, stream: ArrivalStream, told: &'a Told) -> (Outcome, Option<Failed<'a>>) {
        let step = match stream {
            ArrivalStream::Requests => "request",
            ArrivalStream::Bystanders => "bystander",
        };
        let failed = |why, says: Cow<'a, str>| Some(Failed { why, state: None, step, statement: "", says });
        let answer = match told {
            None => return (Outcome::Unanswered, failed(Why::NoAnswer, "".into())),
            Some(Err(fault)) => {
                return (Outcome::WorkFailed, failed(Why::NotConnected, fault.to_string().into()));
            }
            Some(Ok(answer)) => answer,
        };
        let meaning = match stream {
            ArrivalStream::Requests => (self.spec.means)(answer),
            ArrivalStream::Bystanders if answer.status < 400 => Meaning::Success,
            ArrivalStream::Bystanders => Meaning::Failure,
        };
        match meaning {
            Meaning::Success => (Outcome::Completed, None),
            Meaning::TimedOut => {
                (Outcome::AcquireTimedOut, failed(Why::AcquireTimedOut, answer.status_line().into()))
            }
            Meaning::Failure => (Outcome::WorkFailed, failed(Why::Answer, answer.status_line().into())),
        }
    }
}
