//! The sink: what the engines tell of each request while they play.

use super::deadlock::Deadlock;
use super::round::Round;
use super::sim_time::SimTime;

/// Which request, and which of its holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRef {
    /// Its class, in the order of the plan.
    pub class: u32,
    /// Its number within the class. The callers of a closed loop number theirs in turns: caller
    /// `i` of `n` has `i`, `i + n`, `i + 2n` and so on.
    pub request: u64,
    /// When the request came.
    pub arrived: SimTime,
    /// The pool that it was sent to.
    pub pool: u32,
    /// Which `Acquire` of its moves this is about, from 0; for a whole request, 0. Those of
    /// the branches of failing requests are numbered after those of its moves.
    pub hold: u32,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayedOutcome {
    /// It did all that it had to.
    Completed,
    /// It waited as long as the acquire timeout allows, and gave back what it held.
    TimedOut,
    /// One of its steps failed.
    Failed,
}

/// Why a request was never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The in-flight cap was reached.
    Shed,
    /// It was still held back by the cap when everything had come to an end.
    StillQueued,
}

/// Is told what happens in a run. What it does not ask for costs nothing.
///
/// What happens to one request is told in its order. The general engine tells everything in the order
/// of time; the paths without an event list tell one request after the other, in order of arrival, and
/// some hundred of them at a time.
pub trait Sink {
    /// Requests were played to their end. A sink that does not care for whole rounds is told of each.
    #[inline]
    fn played(&mut self, round: &Round)
    where
        Self: Sized,
    {
        round.tell(self);
    }

    /// A request asks for a connection.
    #[inline]
    fn asked(&mut self, _who: RequestRef, _at: SimTime) {}

    /// It gets a connection, for which it asked at `asked`.
    #[inline]
    fn acquired(&mut self, _who: RequestRef, _asked: SimTime, _at: SimTime) {}

    /// It gives up waiting for one.
    #[inline]
    fn gave_up(&mut self, _who: RequestRef, _asked: SimTime, _at: SimTime) {}

    /// It gives a connection back, which it got at `acquired`.
    #[inline]
    fn released(&mut self, _who: RequestRef, _acquired: SimTime, _at: SimTime) {}

    /// A request is over that was sent when it came, unless an in-flight cap held it back.
    #[inline]
    fn finished(&mut self, _who: RequestRef, _sent: SimTime, _at: SimTime, _outcome: PlayedOutcome) {}

    /// A request came and was not sent, because of an in-flight cap; it has no pool.
    #[inline]
    fn not_sent(&mut self, _who: RequestRef, _why: NotSent) {}

    /// Every connection of a pool is held by a request that waits for another one.
    #[inline]
    fn deadlocked(&mut self, _deadlock: &Deadlock) {}

    /// A timeout has set a pool free again.
    #[inline]
    fn recovered(&mut self, _pool: u32, _since: SimTime, _at: SimTime) {}
}

/// A sink of which several can watch one run, each a part of the pools.
pub trait Merge: Default {
    /// Takes in what another part saw. The order in which parts are merged makes no difference.
    fn merge(&mut self, other: Self);
}
