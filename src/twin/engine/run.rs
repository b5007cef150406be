//! Plays a plan on the path that suits it.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::fifo::Fifo;
use super::general::General;
use super::plan::EnginePlan;
use super::seed::Seed;
use super::sim_time::SimTime;
use super::sink::{Merge, Sink};

/// How a plan is played. All ways give the same history of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// No list of events; all holds alike or of no time, so connections come free in the order taken.
    Ring,
    /// No list of events; a tournament for the connection that is free first.
    Fifo,
    /// One event after the other.
    General,
}

/// What was counted of a run that was played to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// Requests that came.
    pub requests: u64,
    /// Requests that never end, because their pool is in deadlock for ever.
    pub stuck: u64,
    /// When the last thing happened.
    pub last: SimTime,
}

/// Why a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// More requests at once than there is room for.
    #[error(
        "after {at} of virtual time more than {most} requests are in flight or held back; the load has no steady state or is too large to be played request by request"
    )]
    TooManyInFlight {
        /// The virtual time at which it was stopped.
        at: SimTime,
        /// The most requests that there is room for.
        most: u32,
    },
}

/// The path that [`play`] takes for a plan.
#[must_use]
pub fn engine(plan: &EnginePlan) -> Engine {
    match Fifo::new(plan) {
        Some(fifo) if fifo.holds_alike() => Engine::Ring,
        Some(_) => Engine::Fifo,
        None => Engine::General,
    }
}

/// Plays a plan and tells a sink what happens. Everything that came is played to its end, however
/// long after the last has come.
///
/// # Errors
/// [`PlayError::TooManyInFlight`] when the requests in flight outgrow the memory set aside for them.
pub fn play<S: Sink>(plan: &EnginePlan, seed: Seed, sink: &mut S) -> Result<Ended, PlayError> {
    play_part(plan, seed, Shard::all(plan), sink)
}

/// As [`play`], one event after the other whatever the plan.
///
/// # Errors
/// As [`play`].
pub fn play_events<S: Sink>(plan: &EnginePlan, seed: Seed, sink: &mut S) -> Result<Ended, PlayError> {
    General::new(plan, seed, Shard::all(plan), sink).play()
}

/// As [`play`], on several threads where pools do not depend on each other: open loops with random or
/// round-robin routing and no in-flight cap. The result does not depend on the number of threads.
///
/// Every thread walks through all arrivals, plays those that go to its own pools, and tells a sink that
/// is made for it.
///
/// # Errors
/// As [`play`].
pub fn play_parallel<S: Sink + Merge + Send>(
    plan: &EnginePlan,
    seed: Seed,
    threads: NonZeroUsize,
    make: impl Fn() -> S + Sync,
) -> Result<(S, Ended), PlayError> {
    let parts = if plan.has_pools_apart() { threads.get().min(plan.pools as usize) as u32 } else { 1 };
    let make = &make;
    let part = move |index: u32| {
        let bound = |part: u32| (u64::from(plan.pools) * u64::from(part) / u64::from(parts)) as u32;
        let mut sink = make();
        let ended = play_part(plan, seed, Shard(bound(index)..bound(index + 1)), &mut sink)?;
        Ok((sink, ended))
    };
    let played: Vec<Result<(S, Ended), PlayError>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..parts).map(|index| scope.spawn(move || part(index))).collect();
        let mut played = vec![part(0)];
        for other in others {
            played.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        played
    });
    let mut whole: Option<(S, Ended)> = None;
    for part in played {
        let (sink, ended) = part?;
        whole = Some(match whole {
            None => (sink, ended),
            Some((mut all, so_far)) => {
                all.merge(sink);
                (all, so_far.with(ended))
            }
        });
    }
    Ok(whole.unwrap_or_default())
}

fn play_part<S: Sink>(plan: &EnginePlan, seed: Seed, shard: Shard, sink: &mut S) -> Result<Ended, PlayError> {
    match Fifo::new(plan) {
        Some(fifo) => Ok(fifo.play(seed, &shard, sink)),
        None => General::new(plan, seed, shard, sink).play(),
    }
}

impl Ended {
    fn with(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            stuck: self.stuck + other.stuck,
            last: self.last.max(other.last),
        }
    }
}

/// The pools that are played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shard(Range<u32>);

impl Shard {
    pub(super) fn all(plan: &EnginePlan) -> Self {
        Self(0..plan.pools)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a pool is played.
    #[inline]
    pub(super) fn has(&self, pool: u32) -> bool {
        self.0.contains(&pool)
    }

    /// Where a pool that is played is kept.
    #[inline]
    pub(super) fn place(&self, pool: u32) -> usize {
        (pool - self.0.start) as usize
    }

    /// The pool kept at a place.
    #[inline]
    pub(super) fn pool(&self, place: usize) -> u32 {
        self.0.start + place as u32
    }
}
