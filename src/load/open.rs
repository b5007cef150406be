//! The open loop: requests are sent when they are due, whatever became of the earlier ones.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task::LocalSet;

use super::agenda::{Agenda, ArrivalStream, DueRequest, Eligible, MOST_LEFT, Offered};
use super::clock::Clock;
use super::live::Stop;
use super::request::{ActiveRequest, LaneState};
use crate::arrivals::Arrivals;
use crate::record::{Nanos, Outcome, Window};

/// What becomes of a request that is due while the cap is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapPolicy {
    /// It waits until a request in flight has ended.
    Queue,
    /// It is never sent, and counted as shed.
    Shed,
}

/// The arrivals of an open loop.
#[derive(Debug, Clone)]
pub struct OpenPlan {
    /// Due times of the requests.
    pub requests: Arrivals,
    /// Due times of the bystanders.
    pub bystanders: Option<Arrivals>,
    /// Most requests in flight; bystanders do not count.
    pub in_flight_cap: u32,
    /// What becomes of those over the cap.
    pub when_full: CapPolicy,
    /// The measured span; what is due before it is warm-up.
    pub window: Window,
    /// When the load ends, at the latest: whoever is under way is cut off, and whoever was not sent
    /// by then never is.
    pub drain_until: Nanos,
}

/// Sends one request and sees it through; given its stream, its number and its active.
pub(super) trait Sender<C: Clock>: 'static {
    fn send(
        &self,
        stream: ArrivalStream,
        number: u64,
        active: ActiveRequest<C>,
    ) -> impl Future<Output = ()> + 'static;
}

/// Drives an open loop to its end: all arrivals, then the drain. Tells what it was given.
pub(super) async fn drive<C: Clock, S: Sender<C>>(
    plan: OpenPlan,
    state: &Rc<LaneState<C>>,
    sender: S,
    stop: &Stop,
) -> Offered {
    let line = Rc::new(Line {
        state: state.clone(),
        sender,
        cap: plan.in_flight_cap,
        in_flight: 0.into(),
        freed: Notify::new(),
        tasks: Tasks::default(),
    });
    let mut agenda = Agenda::new(&plan);
    // A set of its own, so that dropping it cuts off what is under way.
    let set = LocalSet::new();
    set.run_until(async {
        tokio::select! {
            biased;
            () = stop.stopped() => {}
            () = state.clock.sleep_until(plan.drain_until) => {}
            () = issue(&plan, &mut agenda, &line) => {}
        }
    })
    .await;
    if stop.is_stopped() {
        state.cut_off.set(Outcome::Abandoned);
    }
    drop(set);
    agenda.leave(&plan, state.clock.now(), MOST_LEFT, &mut state.recorder.borrow_mut())
}

/// The requests in flight, and what they share.
struct Line<C: Clock, S> {
    state: Rc<LaneState<C>>,
    sender: S,
    cap: u32,
    in_flight: Cell<u32>,
    /// A request has ended while the cap was reached.
    freed: Notify,
    tasks: Tasks,
}

impl<C: Clock, S: Sender<C>> Line<C, S> {
    /// Sends a request and waits for its end.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    fn see_through(mut turn: Turn<C, S>) -> impl Future<Output = ()> {
        async move {
            let active = turn.dispatch();
            turn.line.sender.send(turn.due.stream, turn.due.number, active).await;
            drop(turn);
        }
    }

    fn is_full(&self) -> bool {
        self.in_flight.get() >= self.cap
    }
}

/// How many requests are under way. Cheaper than keeping a handle of each: a million of them are
/// no more than a million futures.
#[derive(Default)]
struct Tasks {
    running: Cell<u32>,
    ended: Notify,
}

impl Tasks {
    async fn all_ended(&self) {
        while self.running.get() > 0 {
            self.ended.notified().await;
        }
    }
}

/// A request with its place under the cap, which it gives back also when it panics. Bystanders need
/// no place.
///
/// A run may end after a request's task was made and before it first ran. It was then due and never
/// sent, which nobody but this value knows: dropping it says so.
struct Turn<C: Clock, S> {
    line: Rc<Line<C, S>>,
    due: DueRequest,
    dispatched: bool,
}

impl<C: Clock, S> Turn<C, S> {
    fn take(line: &Rc<Line<C, S>>, due: DueRequest) -> Self {
        line.tasks.running.set(line.tasks.running.get() + 1);
        if due.stream == ArrivalStream::Requests {
            line.in_flight.set(line.in_flight.get() + 1);
        }
        Self { line: line.clone(), due, dispatched: false }
    }

    /// Sends the request now.
    fn dispatch(&mut self) -> ActiveRequest<C> {
        self.dispatched = true;
        ActiveRequest::dispatch(&self.line.state, self.due.class, self.due.at)
    }
}

impl<C: Clock, S> Drop for Turn<C, S> {
    fn drop(&mut self) {
        let Line { state, cap, in_flight, freed, tasks, .. } = &*self.line;
        if !self.dispatched {
            let so_far = state.clock.now().saturating_sub(self.due.at);
            state.recorder.borrow_mut().still_queued(self.due.class, so_far);
        }
        tasks.running.set(tasks.running.get() - 1);
        if self.due.stream == ArrivalStream::Requests {
            if in_flight.get() == *cap {
                freed.notify_one();
            }
            in_flight.set(in_flight.get() - 1);
        }
        if tasks.running.get() == 0 {
            tasks.ended.notify_one();
        }
    }
}

/// Arrivals that are late are sent in runs of at most so many, so that those sent get a turn while
/// the processor's nearest cache still holds them: runs of 64 cost a tenth more a request. Between
/// two runs the word to stop is heard, and the end of the drain is seen.
const RUN: u32 = 16;

/// Sends everybody when due, or as soon after as there is a place, and waits for the end of all.
/// It may be dropped at any await: nobody has been taken from the agenda then who is not counted.
async fn issue<C: Clock, S: Sender<C>>(plan: &OpenPlan, agenda: &mut Agenda, line: &Rc<Line<C, S>>) {
    let clock = &line.state.clock;
    let mut in_a_run = 0;
    loop {
        let held_up = plan.when_full == CapPolicy::Queue && line.is_full();
        let who = if held_up { Eligible::BystandersAlone } else { Eligible::Everybody };
        let Some((stream, at)) = agenda.next(who) else {
            if agenda.next(Eligible::Everybody).is_none() {
                break;
            }
            line.freed.notified().await;
            continue;
        };
        if clock.now() < at {
            tokio::select! {
                biased;
                () = line.freed.notified(), if held_up => {}
                () = clock.sleep_until(at) => {}
            }
            in_a_run = 0;
            continue;
        }
        if in_a_run == RUN {
            tokio::task::yield_now().await;
            in_a_run = 0;
            continue;
        }
        in_a_run += 1;
        let Some(due) = agenda.take(stream) else { break };
        line.state.recorder.borrow_mut().scheduled(due.class, due.at);
        if stream == ArrivalStream::Requests && line.is_full() {
            line.state.recorder.borrow_mut().shed(due.class);
        } else {
            tokio::task::spawn_local(Line::see_through(Turn::take(line, due)));
        }
    }
    clock.sleep_until(plan.window.to).await;
    line.tasks.all_ended().await;
}

#[cfg(test)]
mod tests;
