//! Who is due next in an open loop.
//!
//! Arrivals are arithmetic, so they are drawn one by one, each when it is its turn to be sent. Those
//! that wait because of the cap, or because the driver is late, are the next ones of their stream:
//! they take no memory, however many they are.

use std::iter::Peekable;

use super::open::OpenPlan;
use crate::arrivals::{Arrivals, Fingerprint};
use crate::record::{ArrivalsCut, Class, Nanos, Recorder, Window};

/// The stream of arrivals that a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalStream {
    /// A request of the scenario's workload.
    Requests,
    /// A bystander: a cheap query of somebody else on the same pool.
    Bystanders,
}

/// What an open loop was given: the arrivals that the driver came to, not those that were planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// Of the due times of the requests, in the order in which they were sent, shed or left. Of
    /// bystanders there is none: stored records never had one, and have to stay comparable.
    pub fingerprint: Fingerprint,
    /// Set when more was due than the driver could even count.
    pub cut: Option<ArrivalsCut>,
}

/// A request that is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct DueRequest {
    pub(super) stream: ArrivalStream,
    pub(super) class: Class,
    pub(super) at: Nanos,
    /// Its place in its stream, from 0.
    pub(super) number: u64,
}

/// Which streams may send their next request now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eligible {
    Everybody,
    /// Requests wait for a place under the cap; bystanders need none.
    BystandersAlone,
}

/// Both streams in the order of their due times.
pub(super) struct Agenda {
    requests: Peekable<Arrivals>,
    bystanders: Option<Peekable<Arrivals>>,
    numbers: [u64; 2],
    window: Window,
    fingerprint: Fingerprint,
}

/// At the end of a load, so many who were due and not sent are counted one by one, each with its
/// lower bound. That takes a second or so; at a rate far beyond any driver it has to end
/// somewhere, or the run never would. Tests are not optimised, and count fewer.
pub(super) const MOST_LEFT: u64 = if cfg!(test) { 100_000 } else { 10_000_000 };

impl Agenda {
    pub(super) fn new(plan: &OpenPlan) -> Self {
        Self {
            requests: plan.requests.clone().peekable(),
            bystanders: plan.bystanders.clone().map(Iterator::peekable),
            numbers: [0, 0],
            window: plan.window,
            fingerprint: Fingerprint::default(),
        }
    }

    /// The next one whose turn it may be, and when it is due; none when all have had theirs.
    pub(super) fn next(&mut self, who: Eligible) -> Option<(ArrivalStream, Nanos)> {
        let request = match who {
            Eligible::Everybody => self.requests.peek().map(|at| (ArrivalStream::Requests, *at)),
            Eligible::BystandersAlone => None,
        };
        let bystander = self.bystanders.as_mut().and_then(Peekable::peek);
        let bystander = bystander.map(|at| (ArrivalStream::Bystanders, *at));
        match (request, bystander) {
            (Some(request), Some(bystander)) if bystander.1 < request.1 => Some(bystander),
            (request, bystander) => request.or(bystander),
        }
    }

    /// Takes the next one of a stream, which is due.
    pub(super) fn take(&mut self, stream: ArrivalStream) -> Option<DueRequest> {
        let at = match stream {
            ArrivalStream::Requests => self.requests.next()?,
            ArrivalStream::Bystanders => self.bystanders.as_mut()?.next()?,
        };
        if stream == ArrivalStream::Requests {
            self.fingerprint.note(at);
        }
        let class = match (stream, at >= self.window.from) {
            (ArrivalStream::Requests, true) => Class::Measured,
            (ArrivalStream::Requests, false) => Class::WarmUp,
            (ArrivalStream::Bystanders, true) => Class::Bystander,
            (ArrivalStream::Bystanders, false) => Class::BystanderWarmUp,
        };
        let number = &mut self.numbers[stream as usize];
        *number += 1;
        Some(DueRequest { stream, class, at, number: *number - 1 })
    }

    /// Counts who was due until `now`, the end of the load, and was never sent: at most so many.
    pub(super) fn leave(
        mut self,
        plan: &OpenPlan,
        now: Nanos,
        most: u64,
        recorder: &mut Recorder,
    ) -> Offered {
        for _ in 0..most {
            let Some(due) = self.overdue(now).and_then(|stream| self.take(stream)) else { break };
            recorder.scheduled(due.class, due.at);
            recorder.still_queued(due.class, now - due.at);
        }
        let cut = self.overdue(now).map(|_| {
            let streams = [Some(&plan.requests), plan.bystanders.as_ref()];
            let due: f64 = streams.into_iter().flatten().map(|stream| stream.expected_until(now)).sum();
            let scheduled = self.numbers.iter().sum();
            // A Poisson stream may be ahead of what is expected of it; more than was taken is due.
            ArrivalsCut { until: now, due: (due as u64).max(scheduled + 1), scheduled }
        });
        Offered { fingerprint: self.fingerprint, cut }
    }

    fn overdue(&mut self, now: Nanos) -> Option<ArrivalStream> {
        self.next(Eligible::Everybody).filter(|(_, at)| *at <= now).map(|(stream, _)| stream)
    }
}
