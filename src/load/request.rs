//! One request under way: it reads the clock at the end of each move, and notes it. A request
//! that is dropped half way (cut off, stopped, panicked) notes how it ended as well.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::clock::Clock;
use crate::itinerary::Move;
use crate::jobs::router::Response;
use crate::jobs::{Counted, FailedRequest, Observer, Waited};
use crate::record::{Class, Failed, Mark, Nanos, Outcome, Recorder, Timeline};

/// What all requests of a lane share.
#[derive(Debug)]
pub(super) struct LaneState<C> {
    pub(super) recorder: RefCell<Recorder>,
    pub(super) clock: C,
    /// How a request ends that is dropped half way.
    pub(super) cut_off: Cell<Outcome>,
}

impl<C: Clock> LaneState<C> {
    pub(super) fn new(recorder: Recorder, clock: C) -> Rc<Self> {
        Rc::new(Self { recorder: RefCell::new(recorder), clock, cut_off: Cell::new(Outcome::InFlight) })
    }
}

/// A move of a traced request with its span.
pub(super) type Traced = (Move, Nanos, Nanos);

/// The moves of a request, in order.
#[derive(Default)]
struct MoveTrace {
    moves: Vec<Traced>,
}

/// One request under way.
pub(super) struct ActiveRequest<C: Clock> {
    state: Rc<LaneState<C>>,
    timeline: Timeline,
    commits_job: bool,
    /// Of the few that are traced.
    trace: Option<Box<MoveTrace>>,
}

impl<C: Clock> ActiveRequest<C> {
    /// Sends a request now.
    pub(super) fn dispatch(state: &Rc<LaneState<C>>, class: Class, intended: Nanos) -> Self {
        let now = state.clock.now();
        let timeline = state.recorder.borrow_mut().dispatch(class, intended, now);
        Self { state: state.clone(), timeline, commits_job: false, trace: None }
    }

    /// The same, keeping every move with its span.
    pub(super) fn traced(state: &Rc<LaneState<C>>, class: Class, intended: Nanos) -> Self {
        let mut active = Self::dispatch(state, class, intended);
        active.trace = Some(Box::default());
        active
    }

    /// Notes that it has times of its own.
    pub(super) fn differs(&mut self) {
        self.state.recorder.borrow_mut().differs(&mut self.timeline);
    }

    /// Notes of which kind it is, where there are several.
    pub(super) fn is_of_kind(&mut self, kind: usize) {
        self.state.recorder.borrow_mut().is_of_kind(&mut self.timeline, kind);
    }

    /// The clock that it lives by.
    #[cfg(test)]
    pub(super) fn clock(&self) -> C {
        self.state.clock.clone()
    }

    /// Notes how the request ended.
    pub(super) fn finish(self, response: Response) -> Vec<Traced> {
        let (outcome, failed) = response;
        self.end(outcome, failed.as_ref().map(FailedRequest::told))
    }

    /// The same, with what went wrong in the recorder's words.
    pub(super) fn end(mut self, outcome: Outcome, failed: Option<Failed<'_>>) -> Vec<Traced> {
        let now = self.state.clock.now();
        let mut recorder = self.state.recorder.borrow_mut();
        recorder.finish(&mut self.timeline, outcome, now);
        if let Some(failed) = failed {
            recorder.failed(&self.timeline, &failed);
        }
        drop(recorder);
        self.trace.take().unwrap_or_default().moves
    }
}

impl<C: Clock> Drop for ActiveRequest<C> {
    fn drop(&mut self) {
        if !self.timeline.has_ended() {
            let outcome = if std::thread::panicking() { Outcome::Panicked } else { self.state.cut_off.get() };
            let now = self.state.clock.now();
            self.state.recorder.borrow_mut().finish(&mut self.timeline, outcome, now);
        }
        if self.commits_job {
            self.state.recorder.borrow_mut().transactions().in_doubt += 1;
        }
    }
}

impl<C: Clock> Observer for ActiveRequest<C> {
    fn asks(&mut self) {
        self.state.recorder.borrow_mut().asks(&mut self.timeline);
    }

    #[inline]
    fn runs_sql(&mut self) {
        self.state.recorder.borrow_mut().runs_sql(&mut self.timeline);
    }

    #[inline]
    fn passed(&mut self, step: Option<Move>, mark: Mark) {
        let now = self.state.clock.now();
        if let (Some(trace), Some(step)) = (&mut self.trace, step) {
            trace.moves.push((step, self.timeline.last(), now));
        }
        self.state.recorder.borrow_mut().passed(&mut self.timeline, mark, now);
    }

    fn planned(&mut self, time: Duration, mark: Mark) {
        self.state.recorder.borrow_mut().planned(&mut self.timeline, time.as_nanos() as Nanos, mark);
    }

    fn count(&mut self, what: Counted) {
        let mut recorder = self.state.recorder.borrow_mut();
        let transactions = recorder.transactions();
        match what {
            Counted::CommitsJob => self.commits_job = true,
            Counted::JobCommitted => {
                self.commits_job = false;
                transactions.jobs_committed += 1;
            }
            Counted::JobMarkedFailed => transactions.jobs_marked_failed += 1,
            // Where a commit was refused and the connection is still good enough to roll back, the
            // job is not there for sure.
            Counted::RolledBack => {
                self.commits_job = false;
                transactions.rolled_back += 1;
            }
            Counted::TransactionFailed => transactions.failed += 1,
        }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.state.clock.now().saturating_sub(self.timeline.last()))
    }

    fn wait_out(&self, time: Duration) -> impl Future<Output = Waited> {
        let until = self.timeline.last() + time.as_nanos() as Nanos;
        async move {
            self.state.clock.sleep_until(until).await;
            let late = self.state.clock.now().saturating_sub(until);
            self.state.recorder.borrow_mut().woke(late);
            Waited::Out
        }
    }
}
