//! Between the router, which may run anywhere, and the service, which stays on its thread: what is
//! asked goes over the desk, and an answer comes back. A client that goes away changes nothing for the
//! request that it sent.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::Served;
use super::Serving;
use super::journal::Journal;
use super::metrics::Metrics;
use super::observer::{Told, Watching};
use crate::jobs::repository::Lookup;
use crate::jobs::service::Service;
use crate::jobs::{FailedRequest, Particulars, Request};
use crate::pool::{Pool, ReadText};
use crate::record::Gauges;

/// The most requests in flight; beyond, a client is told to come again.
const MOST_IN_FLIGHT: usize = 100_000;

/// What is asked of the service.
#[derive(Debug)]
pub(super) enum Asked {
    /// A job of this name is to be created and enqueued.
    Submit(Arc<str>),
    /// Somebody wants to know of jobs.
    LookUp(Lookup),
    /// Whether the pool answers.
    Ping,
    /// What the pool says of itself.
    Gauges,
}

/// What the service answers.
#[derive(Debug)]
pub(super) enum Answered {
    /// The id of the job that was submitted.
    Submitted(i64),
    /// Jobs as JSON; nothing where there is no such job.
    Found(Option<String>),
    /// The pool answers.
    Alive,
    /// What the pool says of itself.
    Gauges(Gauges),
    /// It failed, after having created this job, if any.
    Failed(FailedRequest, Option<i64>),
    /// There are too many requests in flight.
    Busy,
    /// The service is being stopped.
    Stopping,
}

struct Call {
    asked: Asked,
    id: Arc<str>,
    answer: oneshot::Sender<Answered>,
}

/// Where the router asks.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    calls: mpsc::UnboundedSender<Call>,
    closed: Arc<AtomicBool>,
}

/// What stands behind the desk.
pub(super) struct Shop<P> {
    service: Service<P>,
    serving: Serving,
    told: Rc<Told>,
    cut: watch::Sender<bool>,
    numbers: Cell<u64>,
    compensated: Cell<u64>,
}

impl<P: Pool<Session: ReadText>> Shop<P> {
    pub(super) fn new(
        service: Service<P>,
        serving: Serving,
        metrics: Arc<Metrics>,
        journal: Journal,
    ) -> Self {
        let (cut, receiver) = watch::channel(false);
        let told = Rc::new(Told { metrics, journal, cut: receiver });
        Self { service, serving, told, cut, numbers: Cell::new(0), compensated: Cell::new(0) }
    }

    pub(super) async fn close(&self) {
        self.service.repository.close().await;
    }

    async fn does(&self, asked: Asked, id: &str) -> Answered {
        let itinerary = &self.serving.play.itinerary;
        let watching = |statement| Watching::new(self.told.clone(), id, itinerary, statement);
        match asked {
            Asked::Submit(name) => self.submit(name, watching("select")).await,
            Asked::LookUp(lookup) => match self.service.look_up(lookup, &mut watching("look_up")).await {
                Ok(found) => Answered::Found(found),
                Err(failed) => self.failed(failed, None),
            },
            Asked::Ping => match self.service.glance(Duration::ZERO, &mut watching("ping")).await {
                Ok(()) => Answered::Alive,
                Err(failed) => self.failed(failed, None),
            },
            Asked::Gauges => Answered::Gauges(self.service.repository.gauges()),
        }
    }

    async fn submit(&self, name: Arc<str>, mut watching: Watching<'_>) -> Answered {
        let number = self.numbers.replace(self.numbers.get() + 1);
        let Serving { play, seeds, .. } = &self.serving;
        let mut request = Request {
            number,
            job: 0,
            failure_draw: seeds.failure(number),
            particulars: Some(Box::new(Particulars {
                times: play.times(|step| seeds.step_time(number, step)),
                name: Some(name),
            })),
        };
        let done = self.service.submit(play, &mut request, &mut watching).await;
        if watching.was_cut_short() {
            self.compensated.set(self.compensated.get() + 1);
        }
        match done {
            Ok(()) => Answered::Submitted(request.job),
            Err(failed) => self.failed(failed, (request.job > 0).then_some(request.job)),
        }
    }

    fn failed(&self, failed: FailedRequest, job: Option<i64>) -> Answered {
        if failed.outcome() == crate::record::Outcome::AcquireTimedOut {
            self.told.metrics.timeouts.inc();
        }
        Answered::Failed(failed, job)
    }
}

/// The service at work.
pub(super) struct Attending {
    closed: Arc<AtomicBool>,
    worker: JoinHandle<Served>,
    /// Told how long to go on, and how long to compensate.
    closes: oneshot::Sender<(Duration, Duration)>,
}

impl Desk {
    /// Opens a desk, with the service at work behind it.
    pub(super) fn open<P: Pool<Session: ReadText>>(shop: Rc<Shop<P>>) -> (Self, Attending) {
        let (sender, calls) = mpsc::unbounded_channel();
        let (closes, closing) = oneshot::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let worker = tokio::task::spawn_local(attend(shop, calls, closing));
        (Self { calls: sender, closed: closed.clone() }, Attending { closed, worker, closes })
    }

    /// Asks, and waits for the answer. Nothing where the request broke down.
    pub(super) async fn ask(&self, asked: Asked, id: Arc<str>) -> Option<Answered> {
        if self.closed.load(Ordering::Relaxed) && !matches!(asked, Asked::Gauges) {
            return Some(Answered::Stopping);
        }
        let (answer, answered) = oneshot::channel();
        self.calls.send(Call { asked, id, answer }).ok()?;
        answered.await.ok()
    }
}

async fn attend<P: Pool<Session: ReadText>>(
    shop: Rc<Shop<P>>,
    mut calls: mpsc::UnboundedReceiver<Call>,
    mut closing: oneshot::Receiver<(Duration, Duration)>,
) -> Served {
    let mut in_flight = JoinSet::new();
    let (grace, compensating) = loop {
        tokio::select! {
            Some(call) = calls.recv() => take(&shop, call, &mut in_flight),
            Some(_) = in_flight.join_next() => {}
            times = &mut closing => break times.unwrap_or_default(),
        }
    };
    let mut served = Served { finished: 0, compensated: 0, given_up: 0 };
    // What was asked before the desk was closed is done.
    while let Ok(call) = calls.try_recv() {
        take(&shop, call, &mut in_flight);
    }
    let at_the_stop = in_flight.len() as u64;
    let _ = tokio::time::timeout(grace, all(&mut in_flight)).await;
    // Whoever waits outside the database fails now, and does what a failed request does.
    shop.cut.send_replace(true);
    let _ = tokio::time::timeout(compensating, all(&mut in_flight)).await;
    served.given_up = in_flight.len() as u64;
    served.compensated = shop.compensated.get();
    served.finished = at_the_stop.saturating_sub(served.given_up + served.compensated);
    // A session that is dropped rolls back.
    in_flight.shutdown().await;
    served
}

fn take<P: Pool<Session: ReadText>>(shop: &Rc<Shop<P>>, call: Call, in_flight: &mut JoinSet<()>) {
    let Call { asked, id, answer } = call;
    if in_flight.len() >= MOST_IN_FLIGHT {
        // A client that has gone away is not told.
        let _ = answer.send(Answered::Busy);
        return;
    }
    let shop = shop.clone();
    in_flight.spawn_local(async move {
        let _ = answer.send(shop.does(asked, &id).await);
    });
}

async fn all(in_flight: &mut JoinSet<()>) {
    while in_flight.join_next().await.is_some() {}
}

impl Attending {
    /// Takes nothing more, lets what is in flight go on for a while, and compensates the rest.
    pub(super) async fn close(self, grace: Duration, compensating: Duration) -> Served {
        self.closed.store(true, Ordering::Relaxed);
        let _ = self.closes.send((grace, compensating));
        self.worker.await.unwrap_or(Served { finished: 0, compensated: 0, given_up: 0 })
    }
}
