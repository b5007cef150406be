//! The open loop: requests are sent when they are due, whatever became of the earlier ones.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::iter::Peekable;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task::LocalSet;

use super::clock::Clock;
use super::live::Stop;
use super::passage::{Desk, Passage};
use crate::arrivals::Arrivals;
use crate::record::{Class, Nanos, Outcome, Window};

/// Who is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// A request of the scenario's workload.
    Requests,
    /// A bystander.
    Bystanders,
}

/// What becomes of a request that is due while the cap is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits its turn.
    Queue,
    /// It is not sent.
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
    pub when_full: WhenFull,
    /// The measured span; what is due before it is warm-up.
    pub window: Window,
    /// When the drain ends, at the latest.
    pub drain_until: Nanos,
}

/// Sends one request and sees it through; given its stream, its number and its passage.
pub(super) trait Sender<C: Clock>: 'static {
    fn send(&self, stream: Stream, number: u64, passage: Passage<C>) -> impl Future<Output = ()> + 'static;
}

/// A request that is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    stream: Stream,
    at: Nanos,
    number: u64,
    class: Class,
}

/// Both streams in the order of their due times.
struct Agenda {
    requests: Peekable<Arrivals>,
    bystanders: Option<Peekable<Arrivals>>,
    numbers: [u64; 2],
    window: Window,
}

impl Iterator for Agenda {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let request = self.requests.peek().copied();
        let bystander = self.bystanders.as_mut().and_then(|stream| stream.peek().copied());
        let bystander_first = match (request, bystander) {
            (None, None) => return None,
            (Some(request), Some(bystander)) => bystander < request,
            (request, _) => request.is_none(),
        };
        let (stream, at) = if bystander_first {
            (Stream::Bystanders, self.bystanders.as_mut()?.next()?)
        } else {
            (Stream::Requests, self.requests.next()?)
        };
        let measured = at >= self.window.from;
        let class = match (stream, measured) {
            (Stream::Requests, true) => Class::Measured,
            (Stream::Requests, false) => Class::WarmUp,
            (Stream::Bystanders, true) => Class::Bystander,
            (Stream::Bystanders, false) => Class::BystanderWarmUp,
        };
        let number = &mut self.numbers[usize::from(bystander_first)];
        *number += 1;
        Some(Due { stream, at, number: *number - 1, class })
    }
}

/// Drives an open loop to its end: all arrivals, then the drain.
pub(super) async fn drive<C: Clock, S: Sender<C>>(
    plan: OpenPlan,
    desk: &Rc<Desk<C>>,
    sender: S,
    stop: &Stop,
) {
    let line = Rc::new(Line {
        desk: desk.clone(),
        sender,
        backlog: VecDeque::new().into(),
        in_flight: 0.into(),
        tasks: Tasks::default(),
    });
    let drain_until = plan.drain_until;
    // A set of its own, so that dropping it cuts off what is under way.
    let set = LocalSet::new();
    set.run_until(async {
        tokio::select! {
            biased;
            () = stop.stopped() => {}
            () = issue(plan, &line) => {
                tokio::select! {
                    biased;
                    () = stop.stopped() => {}
                    () = desk.clock.sleep_until(drain_until) => {}
                    () = line.tasks.all_ended() => {}
                }
            }
        }
    })
    .await;
    if stop.is_stopped() {
        desk.cut_off.set(Outcome::Abandoned);
    }
    drop(set);
    let now = desk.clock.now();
    for due in line.backlog.borrow_mut().drain(..) {
        desk.recorder.borrow_mut().still_queued(due.class, now.saturating_sub(due.at));
    }
}

/// The requests in flight, and those that wait because of the cap.
struct Line<C: Clock, S> {
    desk: Rc<Desk<C>>,
    sender: S,
    backlog: RefCell<VecDeque<Due>>,
    in_flight: Cell<u32>,
    tasks: Tasks,
}

impl<C: Clock, S: Sender<C>> Line<C, S> {
    /// Sees a request through, and then those that waited for its place.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    fn see_through(place: Place<C, S>, mut due: Due) -> impl Future<Output = ()> {
        async move {
            loop {
                let passage = Passage::dispatch(&place.line.desk, due.class, due.at);
                place.line.sender.send(due.stream, due.number, passage).await;
                match place.next() {
                    Some(next) => due = next,
                    None => return,
                }
            }
        }
    }

    fn spawn(self: &Rc<Self>, due: Due) {
        let place = Place::take(self, due.stream);
        tokio::task::spawn_local(Self::see_through(place, due));
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

/// A place under the cap, given back also when the request panics. Bystanders do not count.
struct Place<C: Clock, S> {
    line: Rc<Line<C, S>>,
    stream: Stream,
}

impl<C: Clock, S> Place<C, S> {
    fn take(line: &Rc<Line<C, S>>, stream: Stream) -> Self {
        line.tasks.running.set(line.tasks.running.get() + 1);
        if stream == Stream::Requests {
            line.in_flight.set(line.in_flight.get() + 1);
        }
        Self { line: line.clone(), stream }
    }

    /// Who waits for this place.
    fn next(&self) -> Option<Due> {
        match self.stream {
            Stream::Requests => self.line.backlog.borrow_mut().pop_front(),
            Stream::Bystanders => None,
        }
    }
}

impl<C: Clock, S> Drop for Place<C, S> {
    fn drop(&mut self) {
        let Line { in_flight, tasks, .. } = &*self.line;
        tasks.running.set(tasks.running.get() - 1);
        if self.stream == Stream::Requests {
            in_flight.set(in_flight.get() - 1);
        }
        if tasks.running.get() == 0 {
            tasks.ended.notify_one();
        }
    }
}

/// Arrivals that are late are sent in runs of at most so many, so that those sent get a turn while
/// the processor's nearest cache still holds them: runs of 64 cost a tenth more a request.
const RUN: u32 = 16;

async fn issue<C: Clock, S: Sender<C>>(plan: OpenPlan, line: &Rc<Line<C, S>>) {
    let agenda = Agenda {
        requests: plan.requests.peekable(),
        bystanders: plan.bystanders.map(Iterator::peekable),
        numbers: [0, 0],
        window: plan.window,
    };
    let clock = &line.desk.clock;
    let mut in_a_run = 0;
    for due in agenda {
        if clock.now() < due.at {
            clock.sleep_until(due.at).await;
            in_a_run = 0;
        } else if in_a_run == RUN {
            tokio::task::yield_now().await;
            in_a_run = 0;
        }
        in_a_run += 1;
        line.desk.recorder.borrow_mut().scheduled(due.class, due.at);
        let full = due.stream == Stream::Requests && line.in_flight.get() >= plan.in_flight_cap;
        match (full, plan.when_full) {
            (true, WhenFull::Shed) => line.desk.recorder.borrow_mut().shed(due.class),
            (true, WhenFull::Queue) => line.backlog.borrow_mut().push_back(due),
            (false, _) => line.spawn(due),
        }
    }
    clock.sleep_until(plan.window.to).await;
}

#[cfg(test)]
mod tests {
    use super::super::clock::SystemClock;
    use super::super::lane::Submitter;
    use super::*;
    use crate::pool::Pool;
    use crate::pool::deadpool::DeadpoolPool;
    use crate::pool::noop::NoopPool;
    use crate::pool::sqlx::SqlxPool;

    /// What tokio adds to the future of a task: its header, its scheduler, and who waits for it.
    const OF_A_TASK: usize = 104;

    fn size_of_answer<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
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
}
